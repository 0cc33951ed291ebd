"""Patrols over HTTP: a phone sends its track in batches, and asks what is seen today and what to walk next.

`POST /api/my/track` with `{"crs": "WGS84", "device": "…", "points": [{"at", "lon", "lat", "accuracy_m"}]}`; `at` is
ISO 8601 with its zone, or milliseconds since 1970. A batch may come late, twice and in any order: a point is known by
its person and moment. A point that cannot be taken is told in the answer and stops no other.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from cases.patrols.days import microseconds
from cases.patrols.orders import orders_to_walk
from cases.patrols.records import record_for, today_of, track_of
from cases.patrols.rounds import BeatCell, Weights, beat_of, round_of, with_hot_spots
from cases.patrols.taking import Late, Taken, accuracies, device_of, moments_at_fault, take
from cells import rules
from cells.models import Person
from maps.api.officer import phone_at
from maps.api.patrol_orders import order_data
from maps.api.wire import answer_json, moment_in, number_of, text_of
from maps.errors import BadRequest, TooLarge, for_people, json_body
from spatial import crs as reference
from spatial.tours import length
from spatial.tracks import POINT

MOST_LABEL = 60
_NO_TIME = np.iinfo(np.int64).min
_REASONS = {Late.FORGOTTEN: "too_old", Late.AHEAD: "in_the_future", Late.NO_TIME: "no_time"}


@require_POST
@for_people
def track(request: HttpRequest) -> HttpResponse:
    """Take a batch: `{"points", "inserted", "duplicates", "late", "rejected": [{"point", "reason"}], "today"}`."""
    person = _person(request)
    body = json_body(request)
    crs = reference.canonical(text_of(body, "crs") or reference.WGS84)
    label = text_of(body, "device")[:MOST_LABEL]
    rows = body.get("points")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadRequest("“points” is no list of objects.", field="points")
    (most,) = rules.figures("track_batch_most_points")
    if len(rows) > most:
        raise TooLarge(
            f"{len(rows)} points; at most {int(most)} a batch.", hint="Send several batches.", most=int(most)
        )
    now = timezone.now()
    points, rejected = _points(rows, crs=crs, now=now)
    points["person"] = person.pk
    if len(points):
        points["device"] = device_of(label, crs)
    done = take(points) if len(points) else Taken()
    return answer_json(
        {
            "points": len(rows),
            "inserted": done.inserted,
            "duplicates": done.duplicates,
            "late": done.late,
            "rejected": rejected,
            "today": _today(request, now),
        }
    )


@require_GET
@for_people
def next_cells(request: HttpRequest) -> HttpResponse:
    """The reader's beat today: how much of it is seen, his orders, and the cells to walk next in the order of the way.

    Cells of an order come first (`order` is its number).

    `lon`, `lat` (WGS 84): where he is; the way begins there. Without, it begins in the north. Each cell says why it is
    in the round: `unseen_days` (null: never seen), open `cases` and `checks`, `hot` (null, or `tier` and `ratio`).
    """
    now = timezone.now()
    today = timezone.localdate(now)
    here = phone_at(number_of(request.GET, "lon"), number_of(request.GET, "lat"))
    person = getattr(request.user, "person", None)
    asked, waiting = orders_to_walk(person, at=now) if person is not None else ([], [])
    order_of = {cell.cell: cell.order for cell in reversed(waiting)}
    known = with_hot_spots(beat_of(request.user, at=now, ordered=order_of), today=today)
    by = Weights.of_city()
    cells = round_of(known, here=here, today=today, ordered=order_of, by=by)
    beat = [c for c in known if c.of_beat]
    seen = sum(c.seen_on == today for c in beat)
    xy = np.array([[c.x, c.y] for c in cells]).reshape(-1, 2)
    start = np.array(here) if here is not None else xy[:1].reshape(-1)
    degrees = reference.from_city(xy, srid=settings.CITY_SRID).round(7).tolist() if len(cells) else []
    metres = whole(length(xy, list(range(len(cells))), start=start)) if len(cells) else 0
    return answer_json(
        {
            "at": now,
            "day": today,
            "beat": {"cells": len(beat), "seen": seen, "share": seen / len(beat) if beat else None},
            "unseen": len(beat) - seen,
            "length_m": metres,
            "minutes": whole(by.minutes_of(xy)),
            "minutes_most": by.minutes,
            "cells": [
                _cell(c, at, today, here) | {"order": order_of.get(c.id)} for c, at in zip(cells, degrees, strict=True)
            ],
            "orders": [order_data(one) for one in asked],
            "today": _today(request, now),
        }
    )


@require_GET
@for_people
def record_track(request: HttpRequest, number: int) -> HttpResponse:
    """The track of a record as GeoJSON: one line a stretch without a gap, in degrees (WGS 84)."""
    record = record_for(request.user, number)
    points = track_of(record)
    (gap_s,) = rules.figures("patrol_gap_most_s")
    xy = np.array([[x, y] for _, x, y in points]).reshape(-1, 2)
    degrees = reference.from_city(xy, srid=settings.CITY_SRID).round(6).tolist() if points else []
    lines: list[list[list[float]]] = []
    for k, at in enumerate(degrees):
        if k == 0 or (points[k][0] - points[k - 1][0]).total_seconds() > gap_s:
            lines.append([])
        lines[-1].append(at)
    return answer_json(
        {
            "type": "Feature",
            "geometry": {"type": "MultiLineString", "coordinates": [line for line in lines if len(line) > 1]},
            "properties": {"record": record.pk, "points": len(points)},
        }
    )


def whole(metres: float) -> int:
    """Whole metres."""
    return int(metres + 0.5)


def _person(request: HttpRequest) -> Person:
    person: Person | None = getattr(request.user, "person", None)
    if person is None:
        raise BadRequest("This user is no person of the city.", hint="Log in as an officer.")
    return person


def _points(rows: list[dict[str, Any]], *, crs: str, now: dt.datetime) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The points that can be taken, and why the others cannot."""
    out = np.zeros(len(rows), POINT)
    given = np.array([[_number(row.get("lon")), _number(row.get("lat"))] for row in rows]).reshape(-1, 2)
    metres, fault = reference.to_city_with_faults(given, crs=crs, srid=settings.CITY_SRID)
    out["x"], out["y"] = metres[:, 0], metres[:, 1]
    out["at"] = [_moment(row.get("at")) for row in rows]
    out["accuracy"] = accuracies(np.array([_number(row.get("accuracy_m")) for row in rows]))
    late = moments_at_fault(out["at"], at=now)
    bad = (fault != 0) | (late != 0)
    rejected = [
        {
            "point": k,
            "reason": _REASONS.get(Late(int(late[k]))) or reference.Fault(int(fault[k])).name.lower(),
        }
        for k in np.flatnonzero(bad).tolist()
    ]
    return out[~bad], rejected


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _moment(value: Any) -> int:
    """Microseconds since 1970 (UTC)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value * 1000) if abs(value) < 1e14 else int(_NO_TIME)
    found = moment_in(value)
    return microseconds(found) if found is not None else int(_NO_TIME)


def _cell(c: BeatCell, at: list[float], today: dt.date, here: tuple[float, float] | None) -> dict[str, Any]:
    return {
        "code": c.code,
        "lon": at[0],
        "lat": at[1],
        "seen_on": c.seen_on,
        "unseen_days": None if c.seen_on is None else (today - c.seen_on).days,
        "cases": c.cases,
        "checks": c.checks,
        "hot": None if c.hot is None else {"tier": c.hot.tier, "ratio": c.hot.ratio},
        "distance_m": None if here is None else whole(float(np.hypot(c.x - here[0], c.y - here[1]))),
    }


def _today(request: HttpRequest, now: dt.datetime) -> dict[str, Any]:
    record = today_of(request.user, at=now)
    if record is None:
        return {"record": None, "points": 0, "metres": 0, "minutes": 0}
    return {
        "record": record.pk,
        "points": record.points,
        "metres": whole(record.metres),
        "minutes": record.minutes,
        "last_at": record.last_at,
    }
