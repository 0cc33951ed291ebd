"""Where nobody looks, for the coverage map.

GET /api/gaps?day=2026-03-02&days=7    figures, the cells as GeoJSON with class and gaps, communities, who is posted

Who works in a territory gets his own ground only. The database keeps cases of other units back from him, so they are
not counted for him either: `whole` says whether all are. Telephones are told to people of the city, as on the roster.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from cases.errors import NotYours
from cases.gaps.finding import Gaps
from cases.gaps.finding import gaps as find
from cases.gaps.telling import collection
from cells.models import GridVersion, Posting, Role
from cells.territory import territory_of
from maps.api.wire import answer_json, number_of
from maps.errors import BadRequest, for_people

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 1)
MOST_DAYS = 366


@require_GET
@for_people
def gaps(request: HttpRequest) -> HttpResponse:
    """Every cell of the reader's ground as it stood at the end of a day (today where none is asked for)."""
    if getattr(request.user, "person", None) is None:
        raise NotYours("Only people of the city see where nobody looks.", hint="Log in as one.")
    found = find(_day(request), days=_days(request), user=request.user)
    drawn = collection(found)
    for one, feature in zip(found.cells, drawn["features"], strict=True):
        feature["properties"] |= {"community": one.community, "grid": one.grid}
    whole = territory_of(request.user) is None
    return answer_json({**drawn, "whole": whole, "communities": _communities(found), "people": _people(found)})


def _communities(found: Gaps) -> dict[int, dict[str, str]]:
    there = GridVersion.objects.of_edition(found.edition).filter(grid__in={one.community for one in found.cells})
    return {
        grid: {"code": code, "name_zh": zh, "name_en": en}
        for grid, code, zh, en in there.values_list("grid", "grid__code", "name_zh", "name_en")
    }


def _people(found: Gaps) -> dict[int, list[dict[str, str]]]:
    """Who answers for each third-level grid on the day."""
    grids = {one.grid for one in found.cells} - {None}
    held = Posting.objects.on(found.date).filter(grid__in=grids).exclude(person__role=Role.SECONDED)
    by_grid: dict[int, list[dict[str, str]]] = {}
    for grid, zh, en, user, telephone in held.order_by("grid", "person").values_list(
        "grid", "person__name_zh", "person__name_en", "person__user__username", "person__telephone"
    ):
        by_grid.setdefault(grid, []).append({"name_zh": zh or user, "name_en": en, "telephone": telephone})
    return by_grid


def _day(request: HttpRequest) -> dt.date:
    text = request.GET.get("day")
    if not text:
        return timezone.localdate()
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise BadRequest(f"“{text}” is no day.", hint="Give it as 2026-03-02.", field="day")
    return day


def _days(request: HttpRequest) -> int | None:
    days: Any = number_of(request.GET, "days")
    if days is None:
        return None
    if days != int(days) or not 1 <= days <= MOST_DAYS:
        raise BadRequest(f"{days:g} is no number of days.", hint=f"Give 1 to {MOST_DAYS}.", field="days")
    return int(days)
