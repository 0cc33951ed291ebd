"""Vertices for the neighbours: where a new border ends on an old one, both sides must know the point.

On the 1 mm grid the point lies up to 0.7 mm off a slanting border, so the border becomes a path through it,
for the cell that was cut and for the cell beyond alike. At the outline of the whole map there is no cell
beyond; there the path also goes through the mirror image of each new point in the middle of the segment, and
the area enclosed stays the same to the square millimetre.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely

from spatial.changes import Partition
from spatial.intents import place_of
from spatial.partition import from_mm
from spatial.refusals import Reason, refuse
from spatial.rings import Detours, Point, outer_segments, with_detours

_OFF_MM = 1.0


def detours(old: Any, new: Any) -> Detours:
    """Give the path that replaces each outer segment of the old shapes that the new ones, on the same ground, lack."""
    was, now = outer_segments(old), outer_segments(new)
    onward: dict[Point, list[Point]] = {}
    for a, b in sorted(now - was):
        onward.setdefault(a, []).append(b)
    return {(a, b): _path(a, b, onward) for a, b in sorted(was - now)}


def _path(a: Point, b: Point, onward: Mapping[Point, list[Point]]) -> list[Point]:
    path, at = [a], a
    while at != b:
        ahead = [p for p in onward.get(at, ()) if _along(a, b, at) < _along(a, b, p) and _off(a, b, p) <= _OFF_MM]
        if not ahead:
            refuse(Reason.NOT_EXACT, place=place_of(from_mm(np.array([a, b])).mean(axis=0)))
        at = min(ahead, key=lambda p: (_along(a, b, p), p))
        path.append(at)
    return path


def _along(a: Point, b: Point, p: Point) -> int:
    return (p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])


def _across(a: Point, b: Point, p: Point) -> int:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _off(a: Point, b: Point, p: Point) -> float:
    return float(abs(_across(a, b, p)) / np.hypot(b[0] - a[0], b[1] - a[1]))


def pass_on(
    partition: Partition, cut: Iterable[int], after: dict[int, Any], paths: Detours
) -> tuple[set[int], Detours]:
    """Put new vertices into the cells beyond the border of the cells that were cut.

    Parameters
    ----------
    cut : cells whose polygons were made anew
    after : the new polygons by id; the cells beyond are added, and new cells at the outline may be replaced
    paths : what `detours` gives for the cells that were cut

    Returns
    -------
    the ids of the cells beyond that received a vertex, and the paths on the outline of the map
    """
    own, left = set(cut), dict(paths)
    reached: set[int] = set()
    if not paths:
        return reached, left
    for k in sorted({k for a, b in paths for k in partition.near(_line([a, b])) if k not in own}):
        shape, used = with_detours(partition.shapes[k], left)
        if used:
            after[k] = shape
            reached.add(k)
            for segment in used:
                left.pop(segment, None)
                left.pop((segment[1], segment[0]), None)
    outline: Detours = {}
    extra: Detours = {}
    for (a, b), path in left.items():
        outline[a, b] = _symmetric(a, b, path)
        extra.update(_between(path, outline[a, b]))
    if extra:
        for k in [k for k in after if k not in reached]:
            after[k] = with_detours(after[k], extra)[0]
    return reached, outline


def _line(points: list[Point]) -> Any:
    return shapely.linestrings(from_mm(np.array(points)))


def _symmetric(a: Point, b: Point, path: list[Point]) -> list[Point]:
    """Add to a path its mirror image in the middle of its chord, if that is needed to keep the area."""
    inner = set(path[1:-1])
    if all(_across(a, b, p) == 0 for p in inner):
        return path
    inner |= {(a[0] + b[0] - x, a[1] + b[1] - y) for x, y in inner}
    return [a, *sorted(inner, key=lambda p: (_along(a, b, p), _across(a, b, p))), b]


def _between(path: list[Point], longer: list[Point]) -> Detours:
    """Give the pieces of a longer path that replace the steps of a path."""
    at = [longer.index(p) for p in path]
    steps = zip(path[:-1], path[1:], at[:-1], at[1:], strict=True)
    return {(p, q): longer[i : j + 1] for p, q, i, j in steps if j > i + 1}
