"""Where nobody looks, for the coverage map.

GET /api/gaps?day=2026-03-02&days=7    figures, the cells in columns with class and gaps, communities, who is posted
GET /api/gaps/ageing?day=2026-03-02&weeks=8&over=7&grid=…   how old gaps were, day by day, on the ground of a grid

Shapes are not told: they are the tiles /tiles/cells/{z}/{x}/{y}.mvt?edition=…, each cell under its `id`.
Who works in a territory gets his own ground only. The database keeps cases of other units back from him, so they are
not counted for him either: `whole` says whether all are. Telephones are told to people of the city, as on the roster.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from cases.errors import NotYours
from cases.gaps.ageing import MOST_WEEKS, ageing
from cases.gaps.finding import Gaps, Known, Layer
from cases.gaps.finding import gaps as find
from cases.gaps.telling import columns
from cases.patrols.orders import cells_of, orders_for, running_orders
from cases.patrols.records import WALKS
from cells import rules
from cells.models import GridVersion, Posting, Role
from cells.territory import grids_within, territory_of
from maps.api.wire import answer_json, number_of
from maps.errors import BadRequest, NotFound, for_people

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 1)
MOST_DAYS = 366
USUAL_WEEKS = 8


@gzip_page  # nothing in it is both secret and given by who asks
@require_GET
@for_people
def gaps(request: HttpRequest) -> HttpResponse:
    """Every cell of the reader's ground as it stood at the end of a day (today where none is asked for)."""
    if getattr(request.user, "person", None) is None:
        raise NotYours("Only people of the city see where nobody looks.", hint="Log in as one.")
    found = find(_day(request), days=_days(request, "days"), user=request.user)
    far_m, share, long_days, years = rules.figures(
        "gap_team_far_m", "gap_discovery_share", "gap_reports_days", "gap_survey_years"
    )
    return JsonResponse(
        {
            "figures": found.as_data(),
            "rules": {"far_m": far_m, "share": share, "long_days": int(long_days), "years": years},
            "classes": list(Known),
            "layers": list(Layer),
            "cells": columns(found),
            "whole": territory_of(request.user) is None,
            "communities": _communities(found),
            "people": _people(found),
            "ordered": _ordered(request.user),
        },
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


@require_GET
@for_people
def gap_ages(request: HttpRequest) -> HttpResponse:
    """How old gaps were day by day, on the reader's ground or a part of it."""
    if getattr(request.user, "person", None) is None:
        raise NotYours("Only people of the city see where nobody looks.", hint="Log in as one.")
    weeks, over = _days(request, "weeks", most=MOST_WEEKS) or USUAL_WEEKS, _days(request, "over")
    told = ageing(_day(request), days=7 * weeks, over=over, grids=_ground(request))
    return answer_json(
        {
            "over": told.over,
            "began": told.began,
            "days": [asdict(day) for day in told.days],
        }
    )


def _ground(request: HttpRequest) -> list[int] | None:
    """The grids asked for within the reader's territory; raises NotFound where he has no such grid."""
    own, number = territory_of(request.user), number_of(request.GET, "grid")
    if number is None:
        return own
    if number != int(number) or not 0 < number < 1 << 62 or (own is not None and int(number) not in own):
        raise NotFound(f"There is no grid {number:g} of yours.", hint="Leave it out for all your ground.", field="grid")
    return grids_within(int(number))


def _communities(found: Gaps) -> dict[int, dict[str, str]]:
    there = GridVersion.objects.of_edition(found.edition).filter(grid__in={one.community for one in found.cells})
    return {
        grid: {"code": code, "name_zh": zh, "name_en": en}
        for grid, code, zh, en in there.values_list("grid", "grid__code", "name_zh", "name_en")
    }


def _people(found: Gaps) -> dict[int, list[dict[str, Any]]]:
    """Who answers for each third-level grid on the day; `walks` says whether he can be ordered to walk."""
    grids = {one.grid or one.community for one in found.cells}
    held = Posting.objects.on(found.date).filter(grid__in=grids).exclude(person__role=Role.SECONDED)
    by_grid: dict[int, list[dict[str, Any]]] = {}
    for grid, person, zh, en, user, telephone, role in held.order_by("grid", "person").values_list(
        "grid", "person", "person__name_zh", "person__name_en", "person__user__username", "person__telephone",
        "person__role",
    ):  # fmt: skip
        by_grid.setdefault(grid, []).append(
            {"id": person, "name_zh": zh or user, "name_en": en, "telephone": telephone, "walks": role in WALKS}
        )
    return by_grid


def _ordered(user: Any) -> dict[int, list[Any]]:
    """The cells that wait in orders the reader may see: by cell, the order's number and its last day."""
    now = timezone.now()
    running = list(running_orders(orders_for(user), at=now))
    until = {order.pk: order.until for order in running}
    return {cell.cell: [cell.order, until[cell.order]] for cell in cells_of(running, at=now) if cell.waits}


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


def _days(request: HttpRequest, name: str, *, most: int = MOST_DAYS) -> int | None:
    days: Any = number_of(request.GET, name)
    if days is None:
        return None
    if not 1 <= days <= most or days != int(days):
        raise BadRequest(f"“{name}” is {days:g}.", hint=f"Give a whole number from 1 to {most}.", field=name)
    return int(days)
