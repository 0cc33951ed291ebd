"""The addresses of the site."""

from django.conf.urls.i18n import set_language
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from maps import live
from maps.api import (
    acts,
    board,
    bulk,
    callers,
    calls,
    cases,
    checks,
    coordination,
    division,
    editions,
    gaps,
    hotspots,
    leader,
    ledger,
    plan_edits,
    plan_judging,
    plans,
    public,
    routing,
    search,
    tiles,
)
from maps.api import desk as desk_api
from maps.api import officer as officer_api
from maps.api import patrol_orders as patrol_orders_api
from maps.api import patrols as patrols_api
from maps.api import staffing as staffing_api
from maps.pages import (
    account,
    appeals,
    bulletins,
    desk,
    dispatch,
    division_report,
    heatmap,
    history,
    hooks,
    hotline,
    lists,
    messages,
    notices,
    public_desk,
    public_follow,
    ranking_desk,
    reports,
    second_factor,
)
from maps.pages import board as board_page
from maps.pages import checks as checks_pages
from maps.pages import coordination as coordination_page
from maps.pages import correction as correction_pages
from maps.pages import gaps as gaps_page
from maps.pages import handover as handover_page
from maps.pages import hotspots as hotspots_page
from maps.pages import leader as leader_pages
from maps.pages import ledger as ledger_page
from maps.pages import officer as officer_pages
from maps.pages import patrol_orders as patrol_order_pages
from maps.pages import patrols as patrol_pages
from maps.pages import plans as plan_pages
from maps.pages import province as province_page
from maps.pages import public as public_page
from maps.pages import ranking as ranking_pages
from maps.pages import roster as roster_pages
from maps.pages import staffing as staffing_pages

handler500 = "maps.errors.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", dispatch.dispatch, name="home"),
    # One login: the administrator's too asks for a password of one's own first.
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/", admin.site.urls),
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", account.ChoosePassword.as_view(), name="choose_password"),
    path("second-factor/", second_factor.page, name="second_factor"),
    path("language/", set_language, name="set_language"),
    path("jsi18n/", JavaScriptCatalog.as_view(packages=["maps"]), name="javascript-catalog"),
    # What browsers ask for on pages that name no icon, such as the administrator's.
    path("favicon.ico", RedirectView.as_view(url=static("maps/icon.svg"))),
    path("board/", board_page.board, name="board"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<int:number>/read/", messages.read, name="read_message"),
    path("live/", live.live, name="live"),
    path("tiles/<slug:name>/<int:z>/<int:x>/<int:y>.mvt", tiles.tile, name="tile"),
    path("tiles/<slug:name>.json", tiles.document, name="tile-document"),
    path("api/route", routing.route, name="route"),
    path("api/cases", cases.cases, name="api-cases"),
    path("api/cases/<str:number>", cases.case, name="api-case"),
    path("api/cases/<str:number>/dispatch", cases.dispatch, name="api-dispatch"),
    path("api/cases/<str:number>/acts", acts.acts, name="api-acts"),
    path("api/cases/<str:number>/coordination", coordination.coordination, name="api-coordination"),
    path("api/units", coordination.units, name="api-units"),
    path("cases/<str:number>/coordination/", coordination_page.coordination, name="coordination"),
    path("cases/<str:number>/commitments/<int:commitment>/", coordination_page.letter, name="commitment_letter"),
    path("api/desk", desk_api.desk, name="api-desk"),
    path("api/desk/people", bulk.people, name="api-desk-people"),
    path("api/desk/assign", bulk.assign, name="api-desk-assign"),
    path("api/desk/assign/undo", bulk.undo, name="api-desk-assign-undo"),
    path("desk/", desk.desk, name="desk"),
    path("api/cells/<str:code>/family", editions.family, name="api-family"),
    path("api/board", board.board, name="api-board"),
    path("api/editions", editions.edition_list, name="api-editions"),
    path("api/editions/<int:number>/changes", editions.changes, name="api-edition-changes"),
    path("api/editions/<int:number>/revert", editions.revert, name="api-edition-revert"),
    path("api/cases/<str:number>/join", callers.join, name="api-join"),
    path("api/cases/<str:number>/callers", callers.callers, name="api-callers"),
    path("api/calls", calls.calls, name="api-calls"),
    path("api/suggest", callers.suggest, name="api-suggest"),
    path("api/twins", callers.twins, name="api-twins"),
    path("api/cases/<str:number>/photos", officer_api.add_photo, name="api-add-photo"),
    path("api/my/cases", officer_api.mine, name="api-my-cases"),
    path("api/my/acts", officer_api.act, name="api-my-acts"),
    path("api/my/track", patrols_api.track, name="api-my-track"),
    path("api/my/round", patrols_api.next_cells, name="api-my-round"),
    path("api/patrols/<int:number>/track", patrols_api.record_track, name="api-patrol-track"),
    path("photos/<int:number>/<str:size>.jpg", officer_api.photo, name="photo"),
    path("my/", officer_pages.my, name="my"),
    path("my/manifest.webmanifest", officer_pages.manifest, name="my-manifest"),
    # At the root, because a service worker rules what lies below its own address.
    path("sw.js", officer_pages.worker, name="service-worker"),
    path("api/near", cases.near, name="api-near"),
    path("api/search", search.search, name="search"),
    path("api/plans", plans.plan_list, name="api-plans"),
    path("api/plans/<int:number>", plans.plan, name="api-plan"),
    path("api/plans/<int:number>/cells", plans.cells, name="api-plan-cells"),
    path("api/plans/<int:number>/communities", plans.communities, name="api-plan-communities"),
    path("api/plans/<int:number>/grids", plans.grids, name="api-plan-grids"),
    path("api/plans/<int:number>/steps", plans.steps, name="api-plan-steps"),
    path("api/plans/<int:number>/borders", plan_edits.borders, name="api-plan-borders"),
    path("api/plans/<int:number>/select", plan_edits.select, name="api-plan-select"),
    path("api/plans/<int:number>/edits", plan_edits.edits, name="api-plan-edits"),
    *(
        path(f"api/plans/<int:number>/{name}", view, name=f"api-plan-{name.replace('.', '-')}")
        for name, view in {
            "impact": plan_judging.impact,
            "impact.csv": plan_judging.impact_csv,
            "findings": plan_judging.findings,
            "remarks": plan_judging.remarks,
            "conflicts": plan_judging.conflicts,
            "rebase": plan_judging.rebase,
            "propose": plan_judging.propose,
            "publish": plan_judging.publish,
        }.items()
    ),
    *(
        path(f"api/plans/<int:number>/{verb}", plan_edits.back_and_forth, {"verb": verb}, name=f"api-plan-{verb}")
        for verb in ("undo", "redo")
    ),
    *(
        path(f"api/plans/<int:number>/{verb}", plans.settle, {"verb": verb}, name=f"api-plan-{verb}")
        for verb in ("send", "approve", "take_back", "withdraw")
    ),
    path("api/outline", plan_edits.outline, name="api-outline"),
    path("patrols/", patrol_pages.patrols, name="patrols"),
    path("api/patrols/orders", patrol_orders_api.orders, name="api-patrol-orders"),
    path("patrols/orders/<int:number>/", patrol_order_pages.order, name="patrol_order"),
    path("patrols/<int:number>/", patrol_pages.patrol, name="patrol"),
    path("hotline/", hotline.hotline, name="hotline"),
    path("plans/", plan_pages.plans, name="plans"),
    path("plans/<int:number>/", plan_pages.plan, name="plan"),
    path("roster/", roster_pages.week, name="roster"),
    path("roster/add/", roster_pages.add, name="roster_add"),
    path("roster/shifts/<int:number>/remove/", roster_pages.remove, name="roster_remove"),
    path("api/staffing", staffing_api.overview, name="api-staffing"),
    path("api/staffing/grids/<int:number>", staffing_api.grid, name="api-staffing-grid"),
    path("staffing/", staffing_pages.staffing, name="staffing"),
    path("staffing/import/", staffing_pages.take_in, name="staffing_import"),
    path("staffing/handover/<int:number>/", handover_page.handover, name="handover"),
    path("staffing/handover/<int:number>/<int:which>/cancel/", handover_page.cancel, name="handover_cancel"),
    path("staffing/posts.xlsx", staffing_pages.template, name="staffing_template"),
    path("api/ledger", ledger.ledger, name="api-ledger"),
    path("ledger/", ledger_page.ledger, name="ledger"),
    *(
        path(f"ledger/export.{form}", ledger.export, {"form": form}, name=f"ledger_{form}")
        for form in ("xlsx", "gpkg", "csv", "parquet")
    ),
    path("lists/", lists.page, name="lists"),
    path("lists/<slug:name>.<slug:form>", lists.download, name="list_file"),
    path("hooks/", hooks.page, name="hooks"),
    path("hooks/replay/", hooks.replay, name="hooks_replay"),
    path("ranking/", ranking_pages.page, name="ranking"),
    path("ranking/rates/", ranking_pages.rates_page, name="ranking_rates"),
    path("ranking/figure/", ranking_pages.figure, name="ranking_figure"),
    path("ranking/cases/", ranking_pages.cases, name="ranking_cases"),
    path("ranking/publish/", ranking_desk.publish, name="ranking_publish"),
    path("ranking/try/", ranking_desk.attempt, name="ranking_try"),
    path("ranking/register/", ranking_desk.entries, name="ranking_register"),
    path("ranking/year/", ranking_desk.year, name="ranking_year"),
    path("appeals/", appeals.page, name="appeals"),
    path("appeals/new/", appeals.new, name="appeal"),
    path("appeals/<int:number>.jpg", appeals.photo, name="appeal_photo"),
    path("appeals/<int:number>.pdf", appeals.paper, name="appeal_paper"),
    path("correction/", correction_pages.page, name="correction"),
    path("correction/unit/", correction_pages.unit, name="correction_unit"),
    path("checks/", checks_pages.checks, name="checks"),
    path("checks/draws/", checks_pages.draws, name="checks_draws"),
    path("checks/draws/<str:month>/", checks_pages.draw, name="checks_draw"),
    path("checks/draws/<str:month>/frame.csv", checks_pages.frame, name="checks_frame"),
    path("checks/photos/<int:number>.jpg", checks_pages.photo, name="checks_photo"),
    path("api/checks", checks.checks, name="api-checks"),
    path("province/", province_page.province, name="province"),
    path("ranking/bulletin/", bulletins.fresh, name="ranking_bulletin"),
    path("ranking/ranking.xlsx", bulletins.scheme_sheet, name="ranking_xlsx"),
    path("ranking/ranking.csv", bulletins.ranking_csv, name="ranking_csv"),
    *(
        path(f"ranking/rates.{form}", bulletins.rates_file, {"form": form}, name=f"ranking_rates_{form}")
        for form in ("csv", "xlsx")
    ),
    path("reports/bulletins/", bulletins.listed, name="bulletins"),
    path("reports/bulletins/<str:name>", bulletins.one_kept, name="bulletin_file"),
    path("reports/heatmap/", heatmap.page, name="heatmap"),
    path("reports/heatmap/map/", heatmap.drawing, name="heatmap_drawing"),
    path("api/hotspots", hotspots.hotspots, name="api-hotspots"),
    path("api/hotspots/frame", hotspots.frame, name="api-hotspots-frame"),
    path("api/hotspots/density", hotspots.density, name="api-hotspots-density"),
    path("api/hotspots/spot", hotspots.spot, name="api-hotspots-spot"),
    path("api/leader", leader.leader, name="api-leader"),
    path("leader/", leader_pages.leader, name="leader"),
    path("leader/print/", leader_pages.on_paper, name="leader_print"),
    path("leader/cases/", leader_pages.cases, name="leader_cases"),
    path("hotspots/take-along/", hotspots_page.take_along, name="hotspots_take_along"),
    path("hotspots/print/", hotspots_page.on_paper, name="hotspots_print"),
    path("hotspots/", hotspots_page.hotspots, name="hotspots"),
    path("api/gaps", gaps.gaps, name="api-gaps"),
    path("api/gaps/ageing", gaps.gap_ages, name="api-gap-ages"),
    path("gaps/print/", gaps_page.on_paper, name="gaps_print"),
    path("gaps/", gaps_page.gaps, name="gaps"),
    path("public/", public_page.report, name="public"),
    path("public/follow/", public_follow.find, name="public_follow"),
    path("public/follow/<str:code>/", public_follow.standing, name="public_standing"),
    path("public/solved/", public_follow.solved_page, name="public_solved"),
    path("public/notices/", notices.public_board, name="public_notices"),
    path("public/desk/", public_desk.desk, name="public_desk"),
    path("public/desk/photos/<int:number>/", public_desk.photo, name="public_desk_photo"),
    path("notices/", notices.board, name="notices"),
    path("notices/<int:number>/take-down/", notices.take_down, name="notice_take_down"),
    path("awards/", notices.awards, name="awards"),
    path("awards/<int:number>/decide/", notices.decide, name="award_decide"),
    path("public/places.json", public.places, name="public-places"),
    path("public/near.json", public.near, name="public-near"),
    path("public/tiles/<int:z>/<int:x>/<int:y>.mvt", public.ground, name="public-tile"),
    path("public/photos/<int:number>/<str:size>.jpg", public.photo, name="public-photo"),
    path("open311/", include("maps.open311.urls")),
    path("rest/v1/", include("maps.rest.urls")),
    path("ogc/", include("maps.ogc.urls")),
    path("api/division", division.division, name="api-division"),
    path("reports/division/", division_report.report, name="division_report"),
    path("history/", history.history, name="history"),
    path("reports/routing/", reports.routing, name="routing_reports"),
    path("reports/routing/<str:name>/", reports.routing, name="routing_report"),
    path("reports/routing/<str:name>/<str:file>", reports.routing_file, name="routing_report_file"),
]
