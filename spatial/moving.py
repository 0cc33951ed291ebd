"""Move a corner or a shared border: the same points change in every cell that has them.

Nothing is cut anew, so the boundary chains around the moved cells stay what they are; what is left to see is
that each cell is still a simple polygon, and `spatial.proof` sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import shapely
from shapely.ops import substring

from spatial.arcs import Arc, corner_cells, find_arc
from spatial.changes import Edit, Partition
from spatial.intents import Limits, place_of, require_cells
from spatial.partition import Floats, from_mm, on_grid, to_mm
from spatial.proof import Draft, prove
from spatial.refusals import Reason, Refused, refuse
from spatial.rings import Point, mm_points, outer_segments, polygon

Ends = Literal["pinned", "moved"]
_TOUCHING_M = 0.00075
_TRIALS = 8
_LOOK_AROUND_M = 200.0


def moved_vertex(partition: Partition, at: Point, to: Point, limits: Limits, *, across: bool) -> Edit:
    """Move the corner nearest to a place for all cells that have it."""
    corner = _nearest_corner(partition, at, limits)
    star = _movable_star(partition, corner, across=across)
    return _moved(partition, "move_vertex", star, {corner: _onto(partition, star, corner, to, limits)}, limits)


def vertex_way(partition: Partition, at: Point, to: Point, limits: Limits) -> Callable[[float], Point]:
    """Give the straight way of a corner as a function of 0 … 1."""
    corner = _nearest_corner(partition, at, limits)
    return lambda t: (round(corner[0] + t * (to[0] - corner[0])), round(corner[1] + t * (to[1] - corner[1])))


def moved_arc(partition: Partition, arc: str | Arc, line: Any, limits: Limits, *, ends: Ends, across: bool) -> Edit:
    """Put a new line in the place of a shared border.

    With `ends="pinned"` its corners stay and take the place of the line's first and last point; with "moved" they
    go to the ends of the line, and the other borders that meet there follow.
    """
    old = find_arc(partition, arc)
    if not old.movable:
        _refuse_fixed(partition, old, across=across)
    cells = require_cells(partition, (old.left, old.right))
    path = _facing(old, mm_points(line))
    moves: dict[Point, Point] = {}
    if old.closed:
        path = path if path[0] == path[-1] else [*path, path[0]]
    elif ends == "pinned":
        path = [old.points[0], *path[1:-1], old.points[-1]]
    else:
        moves = {p: q for p, q in ((old.points[0], path[0]), (old.points[-1], path[-1])) if p != q}
    if not moves and tuple(path) == old.points:
        refuse(Reason.NOTHING_CHANGES)
    star = sorted({*cells, *(k for corner in moves for k in _movable_star(partition, corner, across=across))})
    return _moved(partition, "move_arc", star, moves, limits, old=old.points, new=path)


def blend(old: Any, new: Any, share: float) -> Any:
    """Give the line that lies between two lines, point for point by share of length: 0 is `old`, 1 is `new`."""
    where = np.unique(np.concatenate([_positions(old), _positions(new)]))
    one, other = (
        shapely.get_coordinates(shapely.line_interpolate_point(g, where, normalized=True)) for g in (old, new)
    )
    return shapely.linestrings(from_mm(to_mm(one + share * (other - one))))


def stretch(arc: Arc, along: Any) -> Any:
    """Give the way from one corner of an arc to a line, along it, and to the other corner."""
    first, last = (shapely.line_locate_point(along, shapely.Point(p)) for p in (arc.xy[0], arc.xy[-1]))
    if first == last:
        refuse(Reason.DOES_NOT_DIVIDE, place=place_of(arc.xy[0]), cells=(arc.left, arc.right))
    part = shapely.get_coordinates(substring(along, first, last))
    return on_grid(shapely.linestrings(np.vstack([arc.xy[:1], part, arc.xy[-1:]])))[0]


def furthest(attempt: Callable[[float], Any], result: Callable[[float], Any]) -> Any:
    """Give `result` at the furthest of a row of trials between 0 and 1 that is allowed; None if none is."""
    low, high, best = 0.0, 1.0, None
    for _ in range(_TRIALS):
        middle = (low + high) / 2
        try:
            attempt(middle)
        except Refused:
            high = middle
        else:
            low, best = middle, middle
    return None if best is None else result(best)


def _moved(
    partition: Partition,
    verb: str,
    star: Sequence[int],
    moves: Mapping[Point, Point],
    limits: Limits,
    *,
    old: Sequence[Point] = (),
    new: Sequence[Point] = (),
) -> Edit:
    after = {}
    for k in star:
        shape = _rewritten(k, partition.shapes[k], moves, old, new)
        if shape is None:
            continue
        if shape.exterior.is_ccw != partition.shapes[k].exterior.is_ccw:  # turned inside out, the whole star with it
            refuse(Reason.FOLDS_OVER, cells=(k,), place=place_of(from_mm(np.array([*moves.values(), *new][0]))))
        after[k] = shape
    _keep_clear(after, moves, new)
    return prove(partition, Draft(verb, after), limits)


def _rewritten(cell: int, shape: Any, moves: Mapping[Point, Point], old: Sequence[Point], new: Sequence[Point]) -> Any:
    """Give a polygon with the run `old` of its points replaced by `new` and single points moved; None if unchanged."""
    rings = []
    changed = False
    for ring in shapely.get_rings(shape):
        points = mm_points(ring)[:-1]
        after = [moves.get(p, p) for p in points]
        if old and old[0] in points and old[-1] in points:
            after = _with_run(points, list(old), list(new), moves) or after
        if after == points:
            rings.append([*points, points[0]])
            continue
        changed = True
        after = [p for n, p in enumerate(after) if p != after[n - 1]]
        if len(after) < 3:
            place = place_of(from_mm(np.array(points[0])))
            refuse(Reason.VANISHES if not rings else Reason.FOLDS_OVER, cells=(cell,), place=place, cell=cell)
        rings.append([*after, after[0]])
    return polygon(rings) if changed else None


def _with_run(
    points: list[Point], old: list[Point], new: list[Point], moves: Mapping[Point, Point]
) -> list[Point] | None:
    """Replace a run of points, met in either direction, in an open ring; None if the run is not there."""
    closed = old[0] == old[-1]
    for run, other in ((old, new), (old[::-1], new[::-1])):
        at = points.index(run[0])
        turned = points[at:] + points[:at]
        around = [*turned, turned[0]]
        if around[: len(run)] == run:
            rest = [] if closed else [moves.get(p, p) for p in turned[len(run) :]]
            return (other[:-1] if closed else other) + rest
    return None


def _keep_clear(after: Mapping[int, Any], moves: Mapping[Point, Point], new: Sequence[Point]) -> None:
    """Refuse segments that come within three quarters of a millimetre of a corner they do not end in."""
    fresh = {*new, *moves.values()}
    segments: set[tuple[Point, Point]] = set()
    corners: set[Point] = set()
    for shape in after.values():
        for ring in shapely.get_rings(shape):
            points = mm_points(ring)
            corners.update(points)
            for a, b in pairwise(points):
                if a in fresh or b in fresh:
                    segments.add((a, b) if a < b else (b, a))
    if not segments:
        return
    ordered = sorted(corners)
    lines = shapely.linestrings(from_mm(np.array(sorted(segments))))
    tree = shapely.STRtree(shapely.points(from_mm(np.array(ordered))))
    line, corner = tree.query(lines, predicate="dwithin", distance=_TOUCHING_M)
    for (a, b), p in zip((sorted(segments)[n] for n in line), (ordered[n] for n in corner), strict=True):
        if p not in (a, b):
            refuse(Reason.FOLDS_OVER, place=place_of(from_mm(np.array(p))))


def _nearest_corner(partition: Partition, at: Point, limits: Limits) -> Point:
    place = shapely.Point(from_mm(np.array(at)))
    around = partition.near(place, limits.snap_m) or partition.near(place, _LOOK_AROUND_M)
    corners = shapely.get_coordinates(partition.of_cells(around))
    if len(corners):
        distance = np.hypot(*(corners - from_mm(np.array(at))).T)
        best = int(distance.argmin())
        if distance[best] <= limits.snap_m:
            x, y = to_mm(corners[best]).tolist()
            return x, y
        nearest = shapely.Point(corners[best])
        found = float(distance[best])
        refuse(
            Reason.NO_VERTEX,
            place=place_of((place.x, place.y)),
            nearest=nearest,
            limit_m=limits.snap_m,
            distance_m=found,
        )
    refuse(Reason.NO_VERTEX, place=place_of((place.x, place.y)), limit_m=limits.snap_m, distance_m=_LOOK_AROUND_M)


def _movable_star(partition: Partition, corner: Point, *, across: bool) -> list[int]:
    """Give the cells around a corner; refuse if it lies on the outline or, unless `across`, between communities."""
    place = place_of(from_mm(np.array(corner)))
    star = corner_cells(partition, corner)
    if any(corner in segment for segment in outer_segments(partition.of_cells(star))):
        refuse(Reason.OUTLINE_FIXED, place=place, cells=tuple(star))
    labels = sorted({partition.community[k] for k in star}, key=str)
    if len(labels) > 1 and not across:
        refuse(Reason.CROSSES_COMMUNITY, place=place, cells=tuple(star), one=labels[0], other=labels[1])
    return star


def _refuse_fixed(partition: Partition, arc: Arc, *, across: bool) -> None:
    place = place_of(arc.xy[len(arc.points) // 2])
    if arc.right not in partition:
        refuse(Reason.OUTLINE_FIXED, place=place, cells=(arc.left,))
    if not across:
        one, other = partition.community[arc.left], partition.community[arc.right]
        refuse(Reason.CROSSES_COMMUNITY, place=place, cells=(arc.left, arc.right), one=one, other=other)


def _onto(partition: Partition, star: Sequence[int], corner: Point, to: Point, limits: Limits) -> Point:
    """Give the goal of a corner: an existing corner of the cells around, where the hand is that near to one."""
    corners = {p for k in star for ring in shapely.get_rings(partition.shapes[k]) for p in mm_points(ring)} - {corner}
    reach = limits.snap_m * 1000
    near = [p for p in corners if abs(p[0] - to[0]) <= reach and abs(p[1] - to[1]) <= reach]
    return min(near, key=lambda p: ((p[0] - to[0]) ** 2 + (p[1] - to[1]) ** 2, p)) if near else to


def _facing(arc: Arc, path: list[Point]) -> list[Point]:
    """Give a path in the direction of the arc."""
    a, b = np.array(arc.points[0]), np.array(arc.points[-1])
    first, last = np.array(path[0]), np.array(path[-1])
    if arc.closed:
        ring = np.array(path if path[0] == path[-1] else [*path, path[0]])
        forward = shapely.is_ccw(shapely.linestrings(np.array(arc.points)))
        return path if len(ring) < 4 or shapely.is_ccw(shapely.linestrings(ring)) == forward else path[::-1]
    straight = np.hypot(*(first - a)) + np.hypot(*(last - b))
    turned = np.hypot(*(first - b)) + np.hypot(*(last - a))
    return path if straight <= turned else path[::-1]


def _positions(line: Any) -> Floats:
    c = shapely.get_coordinates(line)
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(c, axis=0).T))]
    return np.asarray(along / along[-1]) if along[-1] > 0 else np.array([0.0, 1.0])
