"""What a planner's hand gives: points, lines and outlines, made fit for the tiling or refused.

Anything can arrive here: nothing, text, NaN, places on the other side of the world, a line that stops a
finger's breadth before the border. What can be meant is put on the 1 mm grid; the rest is refused with its
place. Coordinates are metres of the city's system (`spatial.crs` stands before this door); they come back
bit-identical when the browser sends longitude and latitude with 9 decimals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from spatial.changes import Partition
from spatial.partition import Floats, Ints, Shapes, as_shapes, from_mm, on_grid, to_mm
from spatial.refusals import Place, Reason, refuse


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what an edit may leave behind and of what it may be asked; a city's own values come from its data."""

    min_area_m2: float = 50.0
    min_width_m: float = 1.0
    spike_width_m: float = 0.04
    spike_length_m: float = 1.0
    snap_m: float = 0.05  # a hand's point this near to a corner or border is meant to be on it
    far_m: float = 20_000.0  # how far outside the map a point may lie
    most_points: int = 20_000


DEFAULT_LIMITS = Limits()


def require_cells(partition: Partition, cells: Iterable[int]) -> list[int]:
    """Give cell ids, each once, ascending; refuse unknown ones and those that are only neighbours."""
    given = sorted({int(k) for k in cells})
    if not given:
        refuse(Reason.EMPTY, what="selection of cells")
    for k in given:
        if k not in partition:
            refuse(Reason.UNKNOWN_CELL, cells=(k,), cell=k)
        if k in partition.rim:
            refuse(Reason.NOT_LOADED, cells=(k,), cell=k)
    return given


def point_given(partition: Partition, given: Any, limits: Limits) -> tuple[int, int]:
    """Give a point, an (x, y) pair or a shapely Point in metres, in whole millimetres."""
    if isinstance(given, shapely.Geometry) and given.geom_type != "Point":
        refuse(Reason.WRONG_KIND, wanted="point", found=given.geom_type)
    pairs = _pairs(partition, given, "point", limits)
    if len(pairs) != 1:
        refuse(Reason.WRONG_KIND, wanted="point", found=f"list of {len(pairs)} points")
    x, y = to_mm(pairs)[0].tolist()
    return x, y


def lines_given(partition: Partition, given: Any, limits: Limits) -> Shapes:
    """Give one or several lines on the grid: (n,) LineStrings of two points or more, without repeated points.

    Accepted: a LineString, LinearRing or MultiLineString, an (n, 2) array in metres, or a sequence of these.
    """
    items = _line_items(given)
    lines = []
    for item in items:
        if isinstance(item, shapely.Geometry) and item.geom_type not in ("LineString", "LinearRing"):
            refuse(Reason.WRONG_KIND, wanted="line", found=item.geom_type)
        points = without_repeats(to_mm(_pairs(partition, item, "line", limits)))
        if len(points) >= 2:
            lines.append(shapely.linestrings(from_mm(points)))
    if not lines:
        refuse(Reason.EMPTY, what="line")
    total = int(shapely.get_num_coordinates(as_shapes(lines)).sum())
    if total > limits.most_points:
        refuse(Reason.TOO_LONG, what="line", count=total, limit=limits.most_points)
    return as_shapes(lines)


def outline_given(partition: Partition, given: Any, limits: Limits) -> Any:
    """Give an outline as one valid Polygon on the grid.

    Accepted: a Polygon, a MultiPolygon of one part, or the (n, 2) corners in metres. One that crosses itself
    or has several parts is refused; its largest sound part is the nearest allowed.
    """
    if isinstance(given, shapely.Geometry):
        if given.geom_type not in ("Polygon", "MultiPolygon"):
            refuse(Reason.WRONG_KIND, wanted="area", found=given.geom_type)
        _pairs(partition, given, "outline", limits)
        raw = given
    else:
        corners = without_repeats(to_mm(_pairs(partition, given, "outline", limits)))
        if len(np.unique(corners, axis=0)) < 3:
            refuse(Reason.BAD_OUTLINE, place=place_of(from_mm(corners[0])), fault="fewer than three corners")
        raw = shapely.polygons(from_mm(corners))
    parts = shapely.get_parts(on_grid(raw))
    fault = "" if len(parts) == 1 else f"{len(parts)} parts"
    if not fault and not parts[0].is_valid:
        fault = str(shapely.is_valid_reason(parts[0]))
    if not fault and parts[0].area > 0:
        return parts[0]
    place = place_of(shapely.get_coordinates(raw)[0])
    refuse(Reason.BAD_OUTLINE, place=fault_place(fault) or place, nearest=_largest_part(raw), fault=fault or "no area")


def reaching(lines: Shapes, area: Any, limits: Limits) -> Shapes:
    """Put line points that all but meet a corner of an area onto it, and carry ends that stop short to its border."""
    border = shapely.boundary(area)
    out = []
    for line in onto_corners(lines, area, limits):
        c = shapely.get_coordinates(line)
        if not np.array_equal(c[0], c[-1]):
            c = np.vstack([*_end_on(c[0], border, limits), c, *_end_on(c[-1], border, limits)])
        c = without_repeats(to_mm(c))
        if len(c) >= 2:
            out.append(shapely.linestrings(from_mm(c)))
    if not out:
        refuse(Reason.EMPTY, what="line")
    return as_shapes(out)


def onto_corners(shapes: Any, area: Any, limits: Limits) -> Shapes:
    """Move points of shapes that lie within a hand's reach of a corner of an area to that corner."""
    corners = shapely.get_coordinates(area)
    tree = shapely.STRtree(shapely.points(corners))

    def moved(c: Floats) -> Floats:
        point, corner = tree.query_nearest(shapely.points(c), max_distance=limits.snap_m, all_matches=False)
        c = c.copy()
        c[point] = corners[corner]
        return c

    result: Shapes = shapely.transform(as_shapes(shapes), moved)
    return result


def prolonged(line: Any, length_m: float) -> Any:
    """Give a line with both ends carried straight on, on the grid."""
    c = shapely.get_coordinates(line)
    first, last = c[0] - c[1], c[-1] - c[-2]
    first, last = first * (length_m / np.hypot(*first)), last * (length_m / np.hypot(*last))
    return on_grid(shapely.linestrings(np.vstack([c[0] + first, c, c[-1] + last])))[0]


def without_repeats(points: Ints) -> Ints:
    """Give (n, 2) points without those that repeat the one before."""
    if len(points) == 0:
        return points
    return points[np.r_[True, (points[1:] != points[:-1]).any(axis=1)]]


def place_of(pair: Any) -> Place:
    """Give an (x, y) pair as plain numbers."""
    return float(pair[0]), float(pair[1])


def fault_place(reason: str) -> Place | None:
    """Read the place out of GEOS's sentence about an invalid shape, "Self-intersection[x y]"."""
    if "[" not in reason:
        return None
    x, _, y = reason.rpartition("[")[2].rstrip("]").partition(" ")
    return float(x), float(y)


def _line_items(given: Any) -> list[Any]:
    if isinstance(given, shapely.Geometry):
        return list(shapely.get_parts(given))
    if isinstance(given, np.ndarray) and given.dtype != object:
        return [given]
    try:
        items = list(given)
    except TypeError:
        refuse(Reason.WRONG_KIND, wanted="line", found=type(given).__name__)
    if items and all(isinstance(item, shapely.Geometry) for item in items):
        return [part for item in items for part in shapely.get_parts(item)]
    nested = bool(items) and all(np.ndim(item) == 2 for item in items if not isinstance(item, str))
    return items if nested else [items]


def _pairs(partition: Partition, given: Any, what: str, limits: Limits) -> Floats:
    """Give the (n, 2) coordinates of whatever was given, all of them places near the map."""
    try:
        raw = shapely.get_coordinates(given) if isinstance(given, shapely.Geometry) else given
        pairs = np.asarray(raw, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, ShapelyError):
        refuse(Reason.WRONG_KIND, wanted=what, found=type(given).__name__)
    if len(pairs) == 0:
        refuse(Reason.EMPTY, what=what)
    if len(pairs) > limits.most_points:
        refuse(Reason.TOO_LONG, what=what, count=len(pairs), limit=limits.most_points)
    finite = np.isfinite(pairs).all(axis=1)
    if not finite.all():
        refuse(Reason.NOT_FINITE, what=what, row=int(finite.argmin()) + 1)
    west, south, east, north = partition.bounds
    beyond = np.maximum(np.array([west, south]) - pairs, pairs - np.array([east, north])).max(axis=1)
    if not beyond.max() <= limits.far_m:
        row = int(beyond.argmax())
        distance, limit = float(beyond[row]) / 1000, limits.far_m / 1000
        refuse(Reason.FAR_AWAY, place=place_of(pairs[row]), what=what, distance_km=distance, limit_km=limit)
    return pairs


def _end_on(point: Floats, border: Any, limits: Limits) -> list[Floats]:
    end = shapely.Point(point)
    if not shapely.dwithin(end, border, limits.snap_m):
        return []
    return [np.asarray(shapely.get_coordinates(shapely.shortest_line(end, border))[1])]


def _largest_part(shape: Any) -> Any:
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(on_grid(shape))))
    parts = shapely.get_parts(on_grid(parts[shapely.area(parts) > 0]))
    parts = parts[shapely.is_valid(parts)] if len(parts) else parts
    return parts[int(shapely.area(parts).argmax())] if len(parts) else None
