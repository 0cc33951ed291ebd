"""Arguments out of a call: what is empty is not there, and each that cannot be read is told with what it should be."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from maps.open311.refusals import Refused

# The standard's moments: W3C's subset of ISO 8601, with their zone.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_PLUS_LOST = re.compile(r"\d\d:\d\d:\d\d(\.\d+)? \d\d:\d\d", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def text(asked: Mapping[str, Any], name: str) -> str:
    """An argument without the blanks around it; empty where it is not given."""
    found = str(asked.get(name) or "").strip()
    if "\ufffd" in found or any(0xD800 <= ord(sign) <= 0xDFFF for sign in found):
        raise Refused([(400, f"{name} is not UTF-8: send application/x-www-form-urlencoded; charset=utf-8.")])
    if "\x00" in found:
        raise Refused([(400, f"{name} has signs that are no text.")])
    return found


def listed(asked: QueryDict, name: str) -> list[str]:
    """The parts of a list with commas, also where the argument comes more than once; none where it is not given."""
    given = ",".join(asked.getlist(name))
    text({name: given}, name)
    return [part.strip() for part in given.split(",") if part.strip()]


def moment(asked: Mapping[str, Any], name: str) -> dt.datetime | None:
    """A moment with its zone."""
    found = text(asked, name)
    return moment_of(found, name) if found else None


def moment_of(found: str, name: str) -> dt.datetime:
    """A text as a moment with its zone; raises Refused with what is wrong with it."""
    if _PLUS_LOST.search(found):
        raise Refused([(400, f"{name} is “{found[:40]}”: its “+” came as a blank. Write it as %2B in the address.")])
    try:
        read = parse_datetime(found) if _MOMENT.fullmatch(found) else None
        read = read and read.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        read = None
    if read is None:
        raise Refused([(400, f"{name} is “{found[:40]}”: give 2026-03-02T12:00:00Z, or +08:00 for the Z.")])
    return read


def number(asked: Mapping[str, Any], name: str) -> float | None:
    """A finite number in digits."""
    found = text(asked, name)
    if not found:
        return None
    read = float(found) if _PLAIN.fullmatch(found) else math.nan
    if not math.isfinite(read):
        raise Refused([(400, f"{name} is “{found[:40]}”, not a number.")])
    return read


def degrees(asked: Mapping[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude, both or none; raises Refused for one alone and for what lies outside the globe."""
    lat, lon = number(asked, "lat"), number(asked, "long")
    if lat is None and lon is None:
        return None
    faults = []
    if lat is None or lon is None:
        faults.append((400, f"Only {'long' if lat is None else 'lat'} is given: a place has lat and long."))
    for name, value, most in (("lat", lat, 90), ("long", lon, 180)):
        if value is not None and abs(value) > most:
            faults.append((400, f"{name} is {value:g}: it lies between -{most} and {most} degrees."))
    if faults:
        raise Refused(faults)
    assert lat is not None
    assert lon is not None
    return lon, lat


def whole(asked: Mapping[str, Any], name: str, *, most: int) -> int | None:
    """A whole number from 0 to `most`."""
    found = text(asked, name)
    if not found:
        return None
    if not (found.isascii() and found.isdigit() and len(found) < 12 and int(found) <= most):
        raise Refused([(400, f"{name} is “{found[:20]}”: give a whole number up to {most}.")])
    return int(found)


def truth(asked: Mapping[str, Any], name: str) -> bool:
    """true or false; false where it is not given."""
    found = text(asked, name).lower()
    if found not in ("", "true", "false", "1", "0"):
        raise Refused([(400, f"{name} is “{found[:20]}”: give true or false.")])
    return found in ("true", "1")


def box(asked: Mapping[str, Any], name: str = "bbox") -> tuple[float, float, float, float] | None:
    """West, south, east and north in degrees."""
    found = text(asked, name)
    if not found:
        return None
    parts = found.split(",")
    numbers = [float(part) for part in parts if _PLAIN.fullmatch(part.strip())]
    if len(parts) != 4 or len(numbers) != 4:
        raise Refused([(400, f"{name} is “{found[:60]}”: give west,south,east,north in degrees.")])
    west, south, east, north = numbers
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Refused([(400, f"{name} is “{found[:60]}”: west before east, south before north, in degrees.")])
    return west, south, east, north
