"""How values come in and go out at the JSON doors: texts, numbers, places; each refusal names the field."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.http import JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cells.ground import Ground
from maps.errors import BadRequest
from spatial import crs as reference


def point_of(query: Any, ground: Ground) -> Point:
    """The place that a query asks about, by lon, lat and the CRS named, in the city's metres."""
    lon, lat = (number_of(query, name) for name in ("lon", "lat"))
    if lon is None or lat is None:
        raise BadRequest("No place is given.", hint="Give lon and lat, and crs if they are not WGS84.")
    x, y = ground.to_metres(lon, lat, query.get("crs") or reference.WGS84)
    return Point(x, y, srid=settings.CITY_SRID)


def lonlat_of(places: list[Point]) -> list[dict[str, float]]:
    """Places of the city as degrees (WGS 84), all at once."""
    if not places:
        return []
    degrees = reference.from_city([[p.x, p.y] for p in places], srid=settings.CITY_SRID)
    return [{"lon": round(lon, 8), "lat": round(lat, 8)} for lon, lat in degrees.tolist()]


def text_of(body: Any, name: str) -> str:
    """A text of a query or a body; empty where it is left out."""
    found = body.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadRequest(f"“{name}” is {type(found).__name__}, not text.", field=name)
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in found):
        raise BadRequest(f"“{name}” has half a character.", hint="Send UTF-8.", field=name)
    return found


def truth_of(body: dict[str, Any], name: str) -> bool:
    """True or false of a body; false where it is left out."""
    found = body.get(name, False)
    if not isinstance(found, bool):
        raise BadRequest(f"“{name}” is neither true nor false.", field=name)
    return found


def number_of(values: Any, name: str) -> float | None:
    """A number of a query or a body; None where it is left out."""
    found = values.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise BadRequest(f"“{name}” is {type(found).__name__}, not a number.", field=name)
    try:
        return float(found)
    except (ValueError, OverflowError):
        raise BadRequest(f"“{name}” is {str(found)[:40]!r}, not a number.", field=name) from None


def moment_of(values: Any, name: str, *, by_city_clock: bool = False) -> dt.datetime | None:
    """A moment of a query or a body (ISO 8601); None where it is left out.

    It comes with its zone, or, `by_city_clock`, may come without: then it is the time that the city's clocks show.
    """
    text = text_of(values, name)
    if not text:
        return None
    found = moment_in(text, by_city_clock=by_city_clock)
    if found is None:
        like = "2026-03-09T18:00" if by_city_clock else "2026-03-09T18:00+08:00"
        how = "Give it like" if by_city_clock else "Give it with its zone:"
        raise BadRequest(f"“{name}” is {text[:40]!r}, no moment.", hint=f"{how} {like}.", field=name)
    return found


def moment_in(value: Any, *, by_city_clock: bool = False) -> dt.datetime | None:
    """The moment that a value says, as `moment_of`; None where it says none: of a phone's clock, which stops no act."""
    try:
        found = parse_datetime(value[:40]) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None or found.tzinfo is not None:
        return found
    return timezone.make_aware(found) if by_city_clock else None


def answer_json(data: dict[str, Any], *, status: int = 200) -> JsonResponse:
    """The answer, Chinese as Chinese."""
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
