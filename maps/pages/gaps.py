"""The coverage map: what is known of every cell, where nobody looks, and who is sent there."""

from __future__ import annotations

import datetime as dt
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
from maps.errors import BadRequest
from maps.pages.dispatch import city_bounds
from maps.pages.printing import sent
from maps.printing.gaps import gap_sheet

MOST_DAYS = 366

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


@require_safe
@login_required
def on_paper(request: HttpRequest) -> HttpResponse:
    """The map as a sheet to print: `day` and `days` as on the page, `as` pdf or png, `paper` A4 or A3."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city see where nobody looks."))
    try:
        day, days = _window(request)
        name = f"coverage-{day:%Y%m%d}"
        return sent(request, name, lambda kind, paper: gap_sheet(day, kind, days=days, paper=paper, by=request.user))
    except (BadRequest, NoEditionInForce) as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")


def _window(request: HttpRequest) -> tuple[dt.date, int | None]:
    day, days = request.GET.get("day", ""), request.GET.get("days", "")
    try:
        at = dt.date.fromisoformat(day) if day else timezone.localdate()
    except ValueError:
        raise BadRequest(f"“{day[:40]}” is no day.", hint="As 2026-03-02.", field="day") from None
    if not 2000 <= at.year < 2199 or (days and not (days.isdecimal() and 1 <= int(days[:4]) <= MOST_DAYS)):
        raise BadRequest(f"{at}, {days[:10]} days: no such window.", hint=f"1 to {MOST_DAYS} days.", field="days")
    return at, int(days[:4]) if days else None
