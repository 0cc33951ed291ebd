"""The coverage map: what is known of every cell, where nobody looks, and who is sent there."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.patrols.orders import may_give
from cells import rules
from cells.models import GridVersion, Level, NoEditionInForce
from cells.plans import DRAW
from cells.territory import territory_of
from maps.pages.dispatch import city_bounds

# The ground of a curve: levels, and how far each is set in.
DEPTH = {Level.DISTRICT: 0, Level.TOWN: 1, Level.COMMUNITY: 2}
WEEKS, USUAL_WEEKS = (2, 4, 8, 13, 26), 8


@require_safe
@login_required
def gaps(request: HttpRequest) -> HttpResponse:
    """The map and the list, for everybody who works here."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city see where nobody looks."))
    (days,) = rules.figures("gap_days")
    person = request.user.person
    config = {
        "bounds": city_bounds(),
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "today": timezone.localdate().isoformat(),
        "days": int(days),
        "gives": may_give(request.user),
        "draws": person.role_id in DRAW,
    }
    context = {"config": config, "areas": _areas(request.user), "curve_weeks": WEEKS, "usual_weeks": USUAL_WEEKS}
    return render(request, "maps/gaps.html", context)


def _areas(user: Any) -> list[dict[str, Any]]:
    """The districts, towns and communities of the reader's ground, each above those that lie in it."""
    try:
        current = GridVersion.objects.current()
    except NoEditionInForce:
        return []
    grids = territory_of(user)
    here = current if grids is None else current.filter(grid__in=grids)
    rows = here.filter(grid__level__in=DEPTH).order_by("grid__code")
    named = rows.values_list("grid", "grid__level", "grid__code", "name_zh", "name_en")
    chinese = (get_language() or "").startswith("zh")
    return [
        {"id": grid, "words": DEPTH[level] * "\u2003" + ((zh or en or code) if chinese else (en or zh or code))}
        for grid, level, code, zh, en in named
    ]
