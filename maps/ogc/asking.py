"""Arguments of a call for features, by the letter of the standard: what is not known is refused."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Polygon
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from maps import boxes
from maps.errors import BadRequest
from maps.ogc.collections import CRS84, city_crs
from spatial import crs as reference

USUAL, MOST, MOST_OFFSET = 100, 2000, 100_000
_KNOWN = ("limit", "offset", "after", "bbox", "bbox-crs", "crs", "datetime", "f")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `nowhere`: the box lies nowhere near the city."""

    limit: int
    offset: int
    after: int | None
    ground: Polygon | None
    nowhere: bool
    crs: str
    since: dt.datetime | None
    until: dt.datetime | None

    @property
    def in_city_crs(self) -> bool:
        """Whether coordinates are told in the city's own CRS."""
        return self.crs != CRS84


def read(asked: QueryDict) -> Asked:
    """The arguments of a list of features.

    Raises
    ------
    BadRequest
    """
    strange = sorted(set(asked) - set(_KNOWN))
    if strange:
        raise BadRequest(f"“{strange[0][:40]}” is not known here.", hint=f"Known: {', '.join(_KNOWN)}.", field="query")
    only_json(asked)
    box = asked.get("bbox", "")
    ground = _ground(box, _crs(asked, "bbox-crs")) if box else None
    since, until = _interval(asked.get("datetime", ""))
    return Asked(
        # More than there may be is answered with as much as there may be (Core, 7.15.3).
        limit=min(_whole(asked, "limit", least=1, most=None) or USUAL, MOST),
        offset=_whole(asked, "offset", least=0, most=MOST_OFFSET) or 0,
        after=_whole(asked, "after", least=0, most=None),
        ground=ground,
        nowhere=bool(box) and ground is None,
        crs=_crs(asked, "crs"),
        since=since,
        until=until,
    )  # fmt: skip


def crs_alone(asked: QueryDict) -> str:
    """The CRS of a single feature; raises BadRequest, also for whatever else is asked."""
    strange = sorted(set(asked) - {"crs", "f"})
    if strange:
        raise BadRequest(f"“{strange[0][:40]}” is not known here.", hint="Known: crs.", field="query")
    only_json(asked)
    return _crs(asked, "crs")


def only_json(asked: QueryDict) -> None:
    """All is told in JSON; raises BadRequest where another form is asked for."""
    if asked.get("f", "json") not in ("json", "geojson", "application/json", "application/geo+json"):
        raise BadRequest(f"f is “{asked['f'][:40]}”.", hint="All is JSON here.", field="f")


def _crs(asked: QueryDict, name: str) -> str:
    given = asked.get(name, CRS84)
    if given not in (CRS84, city_crs()):
        raise BadRequest(f"{name} is “{given[:80]}”.", hint=f"Known: {CRS84}, {city_crs()}.", field=name)
    return given


def _ground(text: str, crs: str) -> Polygon | None:
    box = boxes.read(text)
    if crs == CRS84:
        return boxes.ground_of_degrees(box)
    if reference.is_north_first(settings.CITY_SRID):
        south, west, north, east = box
        box = (west, south, east, north)
    return boxes.ground_of_metres(box)


def _whole(asked: QueryDict, name: str, *, least: int, most: int | None) -> int | None:
    given = asked.get(name)
    if given is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", given, re.ASCII) or int(given) < least or (most and int(given) > most):
        raise BadRequest(
            f"{name} is “{given[:40]}”.", field=name,
            hint=f"Give a whole number from {least}{f' to {most}' if most else ''}.",
        )  # fmt: skip
    return int(given)


def _interval(text: str) -> tuple[dt.datetime | None, dt.datetime | None]:
    """A moment, or two with a slash; an open end is “..” or nothing."""
    if not text:
        return None, None
    ends = text.split("/")
    if len(ends) > 2 or (len(ends) == 2 and all(end in ("", "..") for end in ends)):
        raise _no_time(text)
    if len(ends) == 1:
        return _moment(ends[0], text), _moment(ends[0], text, last=True)
    since, until = (None if e in ("", "..") else _moment(e, text, last=n == 1) for n, e in enumerate(ends))
    if since is not None and until is not None and until < since:
        raise _no_time(text)
    return since, until


def _moment(part: str, text: str, *, last: bool = False) -> dt.datetime:
    try:
        day = parse_date(part)
        if day is not None and len(part) == 10:
            end = dt.time(23, 59, 59, 999_999) if last else dt.time()
            return dt.datetime.combine(day, end, dt.UTC)
        found = parse_datetime(part)
        found = found and found.astimezone(dt.UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise _no_time(text)
    return found


def _no_time(text: str) -> Any:
    return BadRequest(
        f"datetime is “{text[:80]}”.", field="datetime",
        hint="Give 2026-03-02T12:00:00Z, or two with a slash, the earlier first; “..” is an open end.",
    )  # fmt: skip
