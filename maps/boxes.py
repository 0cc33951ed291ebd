"""Boxes of degrees or metres as ground of the city: what clients of maps ask for, also when it is the whole world."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.gis.geos import Polygon

from maps.errors import BadRequest
from spatial import crs as reference

Box = tuple[float, float, float, float]
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
# The projection of a city is true some degrees beyond where it is meant to be used.
_BEYOND = 1.0
_METRES_MOST = 1e8
_HAIR = 1e-9


def read(text: str, *, name: str = "bbox") -> Box:
    """Four numbers (west, south, east, north), or six with heights, which are left out.

    Raises
    ------
    BadRequest : not four or six finite numbers
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadRequest(f"{name} is “{text[:80]}”.", hint="Give west,south,east,north.", field=name)
    west, south = float(parts[0]), float(parts[1])
    east, north = (float(part) for part in (parts[2:] if len(parts) == 4 else parts[3:5]))
    return west, south, east, north


def ground_of_degrees(box: Box, *, name: str = "bbox") -> Polygon | None:
    """A box of degrees (WGS 84, longitude first) as ground in the city's CRS; None where it lies nowhere near the city.

    Raises
    ------
    BadRequest : not west before east and south before north, within the globe
    """
    west, south, east, north = box
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequest(
            f"{name} is {west:g},{south:g},{east:g},{north:g}.", field=name,
            hint="Longitude comes first: west,south,east,north in degrees, south before north.",
        )  # fmt: skip
    least_x, least_y, most_x, most_y = reference.area_of_use(settings.CITY_SRID)
    if west > east:  # over the line of the date: the half that the city can lie in
        west, east = (west, 180.0) if most_x >= west else (-180.0, east)
    west, east = max(west, least_x - _BEYOND), min(east, most_x + _BEYOND)
    south, north = max(south, least_y - _BEYOND, -89.9), min(north, most_y + _BEYOND, 89.9)
    if west > east or south > north:
        return None
    # A box without width is a line: as ground it gets a hair's breadth.
    east, north = max(east, west + _HAIR), max(north, south + _HAIR)
    steps = [n / 8 for n in range(9)]
    ring = [(west + (east - west) * s, south) for s in steps] + [(east, south + (north - south) * s) for s in steps]
    ring += [(east - (east - west) * s, north) for s in steps] + [(west, north - (north - south) * s) for s in steps]
    xy, faults = reference.to_city_with_faults(
        ring, crs=reference.WGS84, srid=settings.CITY_SRID, home=(-180.0, -90.0, 180.0, 90.0)
    )
    if any(faults):
        return None
    points = [tuple(p) for p in xy.tolist()]
    return Polygon([*points, points[0]], srid=settings.CITY_SRID)


def ground_of_metres(box: Box, *, name: str = "bbox") -> Polygon:
    """A box of metres in the city's own CRS as ground; raises BadRequest for one that is turned round or endless."""
    west, south, east, north = box
    if not (-_METRES_MOST <= west <= east <= _METRES_MOST and -_METRES_MOST <= south <= north <= _METRES_MOST):
        raise BadRequest(
            f"{name} is {west:g},{south:g},{east:g},{north:g}.", field=name,
            hint="West before east, south before north, in metres.",
        )  # fmt: skip
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Polygon(ring, srid=settings.CITY_SRID)
