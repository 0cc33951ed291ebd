"""The pages in the bar at the top, for whoever looks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import inbox
from cases.callers import HOTLINE
from cases.citizens.solved import RELEASES
from cases.judging.publishing import JUDGES
from cases.patrols.records import READS
from cases.queues import DESK
from cells.models import Role
from maps import province

PAGES = (
    ("leader", _("Overview")),
    ("home", _("Map")),
    ("my", _("My cases")),
    ("patrols", _("Patrols")),
    ("desk", _("Desk")),
    ("hotline", _("Hotline")),
    ("board", _("Board")),
    ("roster", _("Roster")),
    ("staffing", _("Staffing")),
    ("ranking", _("Rankings")),
    ("checks", _("Spot checks")),
    ("ledger", _("Ledger")),
    ("hotspots", _("Hot spots")),
    ("gaps", _("Coverage")),
    ("heatmap", _("Heatmap")),
    ("division_report", _("Division")),
    ("plans", _("Plans")),
    ("history", _("History")),
    ("routing_reports", _("Routing check")),
    ("lists", _("Lists as files")),
    ("notices", _("Notices")),
    ("public_desk", _("Public page")),
    ("hooks", _("Web-hooks")),
    ("province", _("Cities")),
)
IN_BAR = 11
LEADS = {Role.LEADER, Role.SHIFT_HEAD, Role.PLANNER, Role.ADMINISTRATOR}
# Pages for some roles only; the others are told so there, and are not sent.
FOR = {
    "desk": DESK,
    "hotline": HOTLINE,
    "my": {Role.OFFICER, Role.COMMUNITY},
    "patrols": READS,
    "leader": LEADS,
    "public_desk": RELEASES,
    "checks": {Role.CHECKER, Role.COLLECTOR, *JUDGES},
    "hooks": {Role.ADMINISTRATOR},
    "province": LEADS,
}
# Pages below one of these: the bar shows theirs.
PART_OF = {
    "plan": "plans",
    "patrol": "patrols",
    "patrol_order": "patrols",
    "staffing_import": "staffing",
    "handover": "staffing",
    "leader_cases": "leader",
    "awards": "notices",
    "appeals": "ranking",
    "appeal": "ranking",
    "correction": "ranking",
    "correction_unit": "ranking",
    "checks_draws": "checks",
    "checks_draw": "checks",
    "bulletins": "ranking",
    **dict.fromkeys((f"ranking_{name}" for name in ("rates", "figure", "cases", "try", "register", "year")), "ranking"),
}


def site_pages(request: HttpRequest) -> dict[str, Any]:
    """For templates: `site_pages` with name, address, and whether it is the one shown, those of them that the bar and
    its “More” show; messages that wait."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    person = getattr(getattr(request, "user", None), "person", None)
    role = person.role_id if person else ""
    pages = [
        {"name": name, "address": reverse(view), "here": view == PART_OF.get(here, here)}
        for view, name in PAGES
        if role in FOR.get(view, {role}) and (view != "province" or province.is_kept())
    ]
    # The bar has room for so many; the others stand under “More”, and the one that is shown takes the last place.
    late = [page for page in pages[IN_BAR:] if page["here"]]
    in_bar = pages[: IN_BAR - len(late)] + late
    return {
        "site_pages": pages,
        "pages_in_bar": in_bar,
        "pages_more": [page for page in pages if page not in in_bar],
        # Asked where it is shown: not by pages without the bar, nor for strangers.
        "messages_waiting": lambda: inbox.waiting(request.user),
    }
