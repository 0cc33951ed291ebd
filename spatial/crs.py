"""Coordinates at the door: a named coordinate system comes in, the city's own metres on the 1 mm grid go on.

Order is always longitude, latitude (east, north), whatever a register says; the city's CRS is an EPSG number given by
the caller. This is the only file that names EPSG codes. Nothing is guessed silently: a name decides the arithmetic, and
what cannot be a place is told by row (`faults`). GCJ-02 and BD-09, the shifted systems of Chinese web maps, are undone
exactly (`spatial.gcj02`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from spatial import gcj02
from spatial.errors import BadCoordinate, UnknownCrs, UnsuitableCrs
from spatial.projecting import converted

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

MM = 1000.0
WGS84 = "WGS84"
CGCS2000 = "CGCS2000"
GCJ02 = "GCJ-02"
BD09 = "BD-09"
CITY = "CITY"
_GEOGRAPHIC = {WGS84: 4326, CGCS2000: 4490, GCJ02: 4326, BD09: 4326}
WEB_MERCATOR = 3857
_PLAIN = frozenset({WGS84, CGCS2000})
LONLAT = _GEOGRAPHIC[WGS84]
_ALIASES = {
    "WGS84": WGS84,
    "WGS1984": WGS84,
    "GPS": WGS84,
    "CRS84": WGS84,
    "CGCS2000": CGCS2000,
    "GCJ02": GCJ02,
    "GCJ": GCJ02,
    "BD09": BD09,
    "BD09LL": BD09,
    "CITY": CITY,
}
NAMES = (WGS84, CGCS2000, GCJ02, BD09, "EPSG:n")


class Fault(IntEnum):
    """Why a coordinate cannot be used; 0 is none."""

    NONE = 0
    NOT_A_NUMBER = 1
    LATITUDE = 2
    LONGITUDE = 3
    SWAPPED = 4
    NOT_IN_CHINA = 5
    DEGREES = 6
    UNREACHABLE = 7


_WORDS: Mapping[Fault, tuple[str, str]] = {
    Fault.NOT_A_NUMBER: ("The coordinate is not a number.", "Leave the row out or give its place in words."),
    Fault.LATITUDE: (
        "The latitude lies outside -90 … 90 degrees.",
        "Check the column, or name the projected CRS (EPSG:n).",
    ),
    Fault.LONGITUDE: (
        "The longitude lies outside -180 … 180 degrees.",
        "Such values are usually metres or feet: name their CRS (EPSG:n).",
    ),
    Fault.SWAPPED: ("Longitude and latitude are swapped.", "Give longitude first, then latitude."),
    Fault.NOT_IN_CHINA: ("GCJ-02 and BD-09 exist in China only.", "Name the CRS as WGS84 or EPSG:n."),
    Fault.DEGREES: ("The values are degrees, but the named CRS measures on a plane.", "Name the CRS as WGS84."),
    Fault.UNREACHABLE: ("The point cannot be projected into the city's CRS.", "Check the CRS named for it."),
}


def words(fault: int) -> tuple[str, str]:
    """What is so, and the way out, for a `Fault` other than NONE."""
    return _WORDS[Fault(fault)]


@lru_cache(maxsize=256)
def canonical(name: str | int) -> str:
    """The one spelling of a CRS name: WGS84, CGCS2000, GCJ-02, BD-09, CITY or EPSG:n.

    Raises
    ------
    UnknownCrs
        If the name means nothing here; the hint lists what does.

    Examples
    --------
    >>> canonical("wgs 84"), canonical("gcj02"), canonical("epsg:4326"), canonical(2249)
    ('WGS84', 'GCJ-02', 'WGS84', 'EPSG:2249')
    """
    text = str(name).strip().upper()
    alias = _ALIASES.get(re.sub(r"[\s_\-]", "", text).removeprefix("OGC:"))
    if alias:
        return alias
    number = re.fullmatch(r"(?:EPSG:{1,2})?(\d{4,6})", text)
    if number:
        code = int(number[1])
        for plain in (WGS84, CGCS2000):
            if _GEOGRAPHIC[plain] == code:
                return plain
        _by_code(code)
        return f"EPSG:{code}"
    raise UnknownCrs(
        f"“{name}” is not a coordinate system known here.", hint=f"Use one of {', '.join(NAMES)}.", crs=str(name)
    )


def is_geographic(name: str | int) -> bool:
    """Whether the CRS counts in degrees."""
    name = canonical(name)
    return name in _GEOGRAPHIC or (name != CITY and bool(_by_code(int(name[5:])).is_geographic))


def authority(name: str | int) -> str:
    """The name as other software understands it, EPSG:n; raises UnknownCrs for CITY and the shifted systems.

    >>> authority("WGS84")
    'EPSG:4326'
    """
    name = canonical(name)
    if name in (GCJ02, BD09, CITY):
        raise UnknownCrs(f"{name} has no number in the register.", hint="Give WGS84 or EPSG:n.", crs=name)
    return f"EPSG:{_GEOGRAPHIC[name]}" if name in _GEOGRAPHIC else name


def is_north_first(srid: int) -> bool:
    """Whether the register says north before east: what standards that follow it to the letter expect of coordinates.

    >>> is_north_first(4547)
    True
    """
    axes = _by_code(srid).axis_info
    return bool(axes) and axes[0].direction == "north"


def require_metric(srid: int) -> None:
    """A city is kept in a projected CRS that measures in metres.

    Raises
    ------
    UnknownCrs, UnsuitableCrs
    """
    crs = _by_code(srid)
    unit = crs.axis_info[0].unit_name if crs.axis_info else "nothing"
    if not crs.is_projected or unit not in ("metre", "meter") or srid == WEB_MERCATOR:
        why = "stretches with the latitude" if srid == WEB_MERCATOR else f"counts in {unit}"
        raise UnsuitableCrs(
            f"EPSG:{srid} ({crs.name}) {why}.",
            hint="Choose the projected CRS in metres of the city's surveying, such as 4547 for CGCS2000 at 114°E.",
            srid=srid,
        )


def area_of_use(srid: int) -> Box:
    """Where the CRS is meant to be used: west, south, east, north in degrees (the whole world where it does not say).

    Raises
    ------
    UnknownCrs
    """
    area = _by_code(srid).area_of_use
    return (area.west, area.south, area.east, area.north) if area else (-180.0, -90.0, 180.0, 90.0)


def snap(xy: ArrayLike) -> Floats:
    """Coordinates in metres on the 1 mm grid.

    The millimetres are divided by 1000.0, never multiplied by 0.001: the products differ for 14 % of integers, and
    equal borders would stop being equal.
    """
    return np.asarray(np.rint(np.asarray(xy, np.float64) * MM) / MM, np.float64)


def faults(xy: ArrayLike, *, crs: str | int, srid: int, home: Box | None = None) -> NDArray[np.int8]:
    """(n,) `Fault` of each coordinate pair, judged before any arithmetic.

    Parameters
    ----------
    xy : (n, 2) float
        Longitude, latitude in degrees, or east, north of a projected CRS.
    crs : str
        The name under which the coordinates are given.
    srid : int
        EPSG number of the city's CRS.
    home : (west, south, east, north), optional
        Degrees; where points are expected. Swapped pairs are found by it where both orders are possible numbers.
        Default: the area of use of the city's CRS, grown by one degree.
    """
    pairs = _pairs(xy)
    name = canonical(crs)
    found = np.zeros(len(pairs), np.int8)
    x, y = pairs[:, 0], pairs[:, 1]
    finite = np.isfinite(pairs).all(axis=1)
    if is_geographic(name):
        west, south, east, north = home or _home(srid)
        here = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        if name not in (GCJ02, BD09) and here.all() and max(-west, east) <= 180 and max(-south, north) <= 90:
            return found  # as good as always
        turned = (y >= west) & (y <= east) & (x >= south) & (x <= north)
        found[(np.abs(x) > 180)] = Fault.LONGITUDE
        found[(np.abs(y) > 90)] = Fault.LATITUDE
        found[(np.abs(x) > 180) & (np.abs(y) > 90)] = Fault.LONGITUDE
        found[(np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90) & turned] = Fault.SWAPPED
        found[~here & turned] = Fault.SWAPPED
        if name in (GCJ02, BD09):
            found[(found == 0) & ~_in_box(x, y, gcj02.BOX)] = Fault.NOT_IN_CHINA
    else:
        code = srid if name == CITY else int(name[5:])
        if not _on_plane_near_origin(code):
            found[(np.abs(x) <= 180) & (np.abs(y) <= 180)] = Fault.DEGREES
    found[~finite] = Fault.NOT_A_NUMBER
    return found


def to_city_with_faults(
    xy: ArrayLike, *, crs: str | int, srid: int, home: Box | None = None
) -> tuple[Floats, NDArray[np.int8]]:
    """(n, 2) metres in the city's CRS on the 1 mm grid, NaN where a row is at fault, and the (n,) faults."""
    pairs = _pairs(xy)
    found = faults(pairs, crs=crs, srid=srid, home=home)
    if not found.any():
        metres = _transformed(pairs, canonical(crs), srid)
        if np.isfinite(metres).all():
            return metres, found
    good = found == Fault.NONE
    metres = np.full(pairs.shape, np.nan)
    metres[good] = _transformed(pairs[good], canonical(crs), srid)
    found[good & ~np.isfinite(metres).all(axis=1)] = Fault.UNREACHABLE
    metres[found != Fault.NONE] = np.nan
    return metres, found


def to_city(xy: ArrayLike, *, crs: str | int, srid: int, home: Box | None = None) -> Floats:
    """(n, 2) metres in the city's CRS on the 1 mm grid, in the order given.

    Parameters
    ----------
    xy : (n, 2) float
        Longitude, latitude (or east, north of a projected CRS). One pair may be given flat.
    crs, srid, home
        See `faults`.

    Raises
    ------
    UnknownCrs
        The name means nothing here.
    BadCoordinate
        At the first row at fault; `where` holds row, the pair found, the fault and how many rows have one.

    Examples
    --------
    >>> to_city([[114.0, 34.0]], crs="WGS84", srid=4547).tolist()
    [[500000.0, 3763661.442]]
    >>> to_city([[34.0, 114.0]], crs="WGS84", srid=4547)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    spatial.errors.BadCoordinate: Longitude and latitude are swapped. Found (34.0, 114.0). Give longitude first...
    >>> to_city(np.empty((0, 2)), crs="WGS84", srid=4547).shape
    (0, 2)
    """
    metres, found = to_city_with_faults(xy, crs=crs, srid=srid, home=home)
    if found.any():
        row = int(np.flatnonzero(found)[0])
        pair = tuple(float(v) for v in _pairs(xy)[row])
        detail, hint = words(int(found[row]))
        raise BadCoordinate(
            f"{detail} Found {pair}.",
            hint=hint,
            row=row,
            found=[v if np.isfinite(v) else str(v) for v in pair],
            fault=Fault(int(found[row])).name.lower(),
            rows_at_fault=int(np.count_nonzero(found)),
        )
    return metres


def point_to_city(lon: float, lat: float, *, crs: str | int, srid: int, home: Box | None = None) -> tuple[float, float]:
    """One place in the city's metres, the same to the bit as `to_city` says, without arrays where it is in degrees.

    >>> point_to_city(114.0, 34.0, crs="WGS84", srid=4547)
    (500000.0, 3763661.442)
    """
    name = canonical(crs)
    west, south, east, north = home or _home(srid)
    # Within these no fault is possible, and NaN is in no box.
    if name in _PLAIN and -180 <= west <= lon <= east <= 180 and -90 <= south <= lat <= north <= 90:
        x, y = converted(_transformer(_GEOGRAPHIC[name], srid), lon, lat)
        if math.isfinite(x) and math.isfinite(y):
            return round(x * MM) / MM, round(y * MM) / MM
    x, y = to_city([[lon, lat]], crs=crs, srid=srid, home=home)[0].tolist()
    return x, y


def from_city(xy: ArrayLike, *, crs: str | int = WGS84, srid: int) -> Floats:
    """(n, 2) longitude, latitude (or east, north of a projected CRS) of points in the city's metres."""
    pairs = _pairs(xy)
    name = canonical(crs)
    if name == CITY:
        return pairs.copy()
    code = _GEOGRAPHIC.get(name) or int(name[5:])
    out = np.column_stack(converted(_transformer(srid, code), pairs[:, 0], pairs[:, 1]))
    if name in (GCJ02, BD09):
        out = gcj02.wgs84_to_gcj02(out)
    return gcj02.gcj02_to_bd09(out) if name == BD09 else out


def geometries_to_city(geometries: ArrayLike, *, crs: str | int, srid: int) -> NDArray[np.object_]:
    """(n,) shapely geometries in the city's CRS, vertices on the 1 mm grid; may be invalid then, as drawn is as drawn.

    Raises
    ------
    UnknownCrs, BadCoordinate
        As `to_city`; the row is that of the vertex.
    """
    array = np.asarray(geometries, dtype=object)
    moved = shapely.transform(shapely.force_2d(array), lambda xy: to_city(xy, crs=crs, srid=srid))
    return np.asarray(moved, dtype=object)


def geometries_from_city(geometries: ArrayLike, *, crs: str | int = WGS84, srid: int) -> NDArray[np.object_]:
    """(n,) shapely geometries of the city's metres in another CRS."""
    array = np.asarray(geometries, dtype=object)
    return np.asarray(shapely.transform(array, lambda xy: from_city(xy, crs=crs, srid=srid)), dtype=object)


# --- arithmetic -----------------------------------------------------------------------------------------------


def _pairs(xy: ArrayLike) -> Floats:
    return np.asarray(xy, np.float64).reshape(-1, 2)


def _in_box(x: Floats, y: Floats, box: Box) -> NDArray[np.bool_]:
    return (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])


def _transformed(pairs: Floats, name: str, srid: int) -> Floats:
    if name == CITY:
        return snap(pairs)
    if name == BD09:
        pairs = gcj02.bd09_to_gcj02(pairs)
    if name in (GCJ02, BD09):
        pairs = gcj02.gcj02_to_wgs84(pairs)
    code = _GEOGRAPHIC.get(name) or int(name[5:])
    if code == srid:
        return snap(pairs)
    east, north = converted(_transformer(code, srid), pairs[:, 0], pairs[:, 1])
    return snap(np.column_stack([east, north]))


@lru_cache(maxsize=64)
def _transformer(source: int, target: int) -> Transformer:
    # always_xy: the register's axis order of EPSG:4326 and EPSG:4547 is north first, ours never is.
    _by_code(source), _by_code(target)
    return Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def _by_code(code: int) -> Any:
    try:
        return CRS.from_epsg(code)
    except CRSError:
        raise UnknownCrs(f"EPSG:{code} is not in the register.", hint="Ask the city's surveyors.", crs=code) from None


@lru_cache(maxsize=16)
def _home(srid: int) -> Box:
    area = _by_code(srid).area_of_use
    if area is None:
        return (-180.0, -90.0, 180.0, 90.0)
    return (area.west - 1, area.south - 1, area.east + 1, area.north + 1)


@lru_cache(maxsize=16)
def _on_plane_near_origin(code: int) -> bool:
    """Whether coordinates as small as degrees can be places of the CRS's own area."""
    crs = _by_code(code)
    area = crs.area_of_use
    if crs.is_geographic or area is None:
        return True
    bounds = (area.west, area.south, area.east, area.north)
    west, south, east, north = _transformer(_GEOGRAPHIC[WGS84], code).transform_bounds(*bounds)
    return bool(west <= 180 and east >= -180 and south <= 180 and north >= -180)
