"""The leader's page, and the cases behind each of its numbers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import daily
from cases.daily import Of
from cases.models import Case
from cases.models.case import CaseQuerySet
from cells import routing
from cells.models import Grid, Level, NoEditionInForce
from maps import leader_look
from maps.errors import BadRequest
from maps.pages.dispatch import city_bounds
from maps.pages.printing import sent
from maps.printing.leader import leader_sheet
from maps.stages import stage_names
from spatial import crs as reference

A_PAGE = 100


@require_safe
@login_required
def leader(request: HttpRequest) -> HttpResponse:
    """One screen; `?hall=1` fills it, for a wall display."""
    bounds = city_bounds()
    config = {
        "bounds": bounds,
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "figures": [{"of": str(what), "name": name, "formula": formula} for what, (name, formula) in words().items()],
    }
    return render(request, "maps/leader.html", {"config": config, "hall": request.GET.get("hall") == "1"})


@require_safe
@login_required
def on_paper(request: HttpRequest) -> HttpResponse:
    """The day as a sheet to print: `as` pdf or png, `paper` A4 or A3."""
    at, names = timezone.now(), {what: name for what, (name, _formula) in words().items()}
    name = f"overview-{timezone.localtime(at):%Y%m%d-%H%M}"
    try:
        return sent(
            request, name, lambda kind, paper: leader_sheet(kind, names=names, by=request.user, at=at, paper=paper)
        )
    except (BadRequest, NoEditionInForce) as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")


def words() -> dict[Of, tuple[str, str]]:
    """The name of each figure, and its formula in a sentence."""
    return {
        Of.REPORTED: (_("Reported today"), _("Reports that came in since midnight, whatever became of them.")),
        Of.FILED: (_("Filed today"), _("Cases that entered the ledger since midnight.")),
        Of.CLOSED: (_("Closed today"), _("Cases that were closed since midnight and are not open again.")),
        Of.OPEN: (_("Open"), _("Reports and cases that are neither closed, nor void, nor declined.")),
        Of.OVERDUE: (
            _("Overdue"),
            _("Open cases with a running clock that is past its end; those on hold do not count."),
        ),
        Of.EMERGENCY: (_("Emergencies"), _("Open cases that were declared an emergency.")),
    }


@require_safe
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a number: `of` a figure, the overdue ones of a `grid`, or those of a `cell` in four weeks."""
    found, title = _found(request)
    page = Paginator(found.order_by("-reported_at", "-pk").select_related("catalogue_class"), A_PAGE).get_page(
        request.GET.get("page")
    )
    names, lines = stage_names(), list(page.object_list)
    places = [case.place.coords for case in lines if case.place is not None]
    where = iter(reference.from_city(places, srid=settings.CITY_SRID).tolist() if places else [])
    rows = []
    for case in lines:
        at = next(where) if case.place is not None else None
        view = f"map=17/{at[1]:.5f}/{at[0]:.5f}&at={at[0]:.7f},{at[1]:.7f}&q={case.number}" if at else ""
        rows.append({"case": case, "stage": names.get(case.stage, case.stage), "view": view})
    query = request.GET.copy()
    query.pop("page", None)
    context = {"title": title, "rows": rows, "page": page, "query": query.urlencode(), "now": timezone.now()}
    return render(request, "maps/leader_cases.html", context)


def _found(request: HttpRequest) -> tuple[CaseQuerySet, str]:
    asked, now = request.GET, timezone.now()
    if asked.get("of") in set(Of):
        what = Of(asked["of"])
        return daily.cases_of(what, by=request.user, at=now), words()[what][0]
    if "grid" in asked:
        grid = Grid.objects.filter(code=asked["grid"][:40]).first() or _none()
        late = daily.cases_of(Of.OVERDUE, by=request.user, at=now)
        ground = routing.ground()
        inside = ground.cell_ids[ground.area_ids(grid.level_id) == grid.pk].tolist()
        return late.filter(cell__in=inside), _("Overdue in %(code)s") % {"code": grid.code}
    if "cell" in asked:
        period = leader_look.usual_question().asked.parameters()
        mine = Case.objects.in_territory_of(request.user).filter(cell__code=asked["cell"][:40])
        title = _("Reported in cell %(code)s in four weeks") % {"code": asked["cell"][:40]}
        return mine.filter(reported_at__gte=period["since"], reported_at__lt=period["until"]), title
    raise Http404


def _none() -> Any:
    raise Http404
