"""How the grids are staffed, for the staffing map.

GET /api/staffing?day=2026-03-02          figures, every third-level grid with a gap, the ids of those without
GET /api/staffing/grids/ID?day=           a grid's card: the posts there and above, who holds them, where it lies

Who works in a territory gets his own ground only; telephones are told to people of the city, as on the duty roster.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from cases.errors import NotYours
from cells import posts, staffing
from cells.models import Grid, GridVersion
from cells.posts import GridPosts, Holder
from cells.territory import territory_of
from maps.api.wire import answer_json
from maps.errors import BadRequest, NotFound, for_people
from spatial import crs as reference

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 1)


@require_GET
@for_people
def overview(request: HttpRequest) -> HttpResponse:
    """The figures of a day (today's where none is asked for) and the grids behind them."""
    day, ground = _day(request), _ground(request.user)
    found = staffing.staffed_grids(day, grids=ground)
    figures = staffing.staffing_figures(day, grids=ground, staffed=found)
    return answer_json(
        {
            "day": day,
            "bounds": None if ground is None else _bounds([one.grid for one in found]),
            "grids": figures.grids,
            "well": [one.grid for one in found if not one.gaps],
            "gaps": figures.gaps,
            "missing": [
                {
                    "id": one.grid,
                    "code": one.code,
                    "name_zh": one.name_zh,
                    "name_en": one.name_en,
                    "gaps": one.gaps,
                    "ends_on": one.ends_on,
                }
                for one in found
                if one.gaps
            ],
            "kinds": [
                {
                    "kind": one.kind,
                    "name_zh": one.name_zh,
                    "name_en": one.name_en,
                    "grids": one.grids,
                    "vacant": one.vacant,
                    "people_outside": one.people_outside,
                }
                for one in figures.kinds
            ],
        }
    )


@require_GET
@for_people
def grid(request: HttpRequest, number: int) -> HttpResponse:
    """The card of a grid of any level; 403 outside the reader's ground."""
    day, ground = _day(request), _ground(request.user)
    if not Grid.objects.filter(pk=number).exists():
        raise NotFound(f"There is no grid {number}.", hint="GET /api/staffing lists those with a gap.")
    if ground is not None and number not in ground:
        raise NotYours("The grid lies outside your territory.", hint="Ask somebody of its unit.", grid=number)
    levels = posts.card(number, day)
    if not levels:
        raise NotFound(f"Grid {number} is in force no more.", grid=number)
    missing = staffing.staffed_grids(day, grids=[number])
    return answer_json(
        {
            "id": number,
            "day": day,
            "gaps": missing[0].gaps if missing else [],
            "ends_on": missing[0].ends_on if missing else None,
            "bounds": _bounds([number]),
            "levels": [_level_data(level) for level in levels],
        }
    )


def _level_data(level: GridPosts) -> dict[str, Any]:
    return {
        "id": level.grid,
        "level": level.level,
        "code": level.code,
        "name_zh": level.name_zh,
        "name_en": level.name_en,
        "posts": [
            {
                "kind": line.kind.pk,
                "name_zh": line.kind.name_zh,
                "name_en": line.kind.name_en,
                "duty": line.duty,
                "reward": line.reward,
                "holders": [_holder_data(holder) for holder in line.holders],
            }
            for line in level.posts
        ],
    }


def _holder_data(holder: Holder) -> dict[str, Any]:
    return {
        "person": holder.person,
        "name_zh": holder.name_zh,
        "name_en": holder.name_en,
        "telephone": holder.telephone,
        "unit": holder.unit,
        "since": holder.since,
        "until": holder.until,
        "stands_in_for": {"name_zh": holder.for_zh, "name_en": holder.for_en} if holder.for_person else None,
    }


def _ground(user: Any) -> list[int] | None:
    """The grids of all levels that a reader may look at; None is the whole city."""
    if getattr(user, "person", None) is None:
        raise NotYours("Only people of the city see how it is staffed.", hint="Log in as one.")
    return territory_of(user)


def _bounds(grids: list[int]) -> list[float] | None:
    """West, south, east, north of some grids in degrees."""
    extent = GridVersion.objects.current().filter(grid__in=grids).aggregate(extent=Extent("shape"))["extent"]
    if extent is None:
        return None
    west, south, east, north = extent
    corners = reference.from_city([[west, south], [east, north]], srid=settings.CITY_SRID)
    return [round(value, 6) for value in (*corners[0].tolist(), *corners[1].tolist())]


def _day(request: HttpRequest) -> dt.date:
    text = request.GET.get("day")
    if not text:
        return timezone.localdate()
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise BadRequest(f"“{text[:40]}” is no day.", hint="Write it as 2026-03-02.", field="day")
    return found
