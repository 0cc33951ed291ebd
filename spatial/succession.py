"""From one tiling to a later one: is it the same ground, and what was changed together with what?

Both questions are answered by boundary chains in whole millimetres (`spatial.partition`): the segments of the cells
before and after are added up, and what cells share cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from spatial.partition import (
    Ints,
    Shapes,
    as_shapes,
    boundary_chain,
    chain_difference,
    connected_groups,
    double_areas_mm2,
    from_mm,
    to_mm,
)
from spatial.rings import Detours, Point, Segment, directed, with_detours

Place = tuple[float, float]


def unproved(before: Any, after: Any, *, others: Callable[[Any], Any]) -> Place | None:
    """Give a place where some cells do not tile what they tiled before; None is the proof that they do.

    Every shape must be one valid polygon with an area. Where a cell got a vertex on the outline of the whole map, or
    lost one, a segment there became a path, no more than a millimetre off: that is allowed if the cells cover as much
    as before, to the square millimetre, and the path runs into no other cell.

    Parameters
    ----------
    before, after : polygons, metres on the 1 mm grid, in no order
    others : gives the cells that are neither in `before` nor in `after` and may meet a line
    """
    old, new = as_shapes(before), as_shapes(after)
    sound = (shapely.get_type_id(new) == shapely.GeometryType.POLYGON) & shapely.is_valid(new)
    sound &= double_areas_mm2(new) > 0
    if not sound.all():
        return _inner(new[int(np.flatnonzero(~sound)[0])])
    left = chain_difference(new, old)
    if not len(left):
        return None
    place = (float(left[0, :, 0].mean()), float(left[0, :, 1].mean()))
    if sum(double_areas_mm2(new).tolist()) != sum(double_areas_mm2(old).tolist()):
        return place
    paths = [_detours(segments, corners) for segments, corners in _sides(old, new, left)]
    if not any(paths):
        return place
    along = [as_shapes([with_detours(shape, p)[0] for shape in g]) for g, p in zip((old, new), paths, strict=True)]
    same_area = all(
        sum(double_areas_mm2(longer).tolist()) == sum(double_areas_mm2(shapes).tolist())
        for longer, shapes in zip(along, (old, new), strict=True)
    )
    if not same_area or not all(shapely.is_valid(shapes).all() for shapes in along):
        return place
    if len(chain_difference(along[1], along[0])):
        return place
    for path in (path for p in paths for path in p.values()):
        for other in as_shapes(others(shapely.linestrings(from_mm(np.array(path))))):
            if shapely.relate_pattern(other, new, "T********").any():
                return place
    return None


def same_outline(before: Any, after: Any) -> bool:
    """Say whether two sets of edge-matched shapes have the same outline, segment for segment."""
    return not len(chain_difference(as_shapes(after), as_shapes(before)))


def drawn_together(before: Any, after: Any) -> Ints:
    """Number the smallest groups of changes that can be made without the others: (n,) int64.

    Parallel arrays of polygons, metres on the 1 mm grid; None where a cell was not before, or is not after. Two belong
    together where a segment of the border between them appears or vanishes; so each group by itself tiles what it
    tiled before. A cell whose polygon stays is a group of its own.
    """
    old, new = as_shapes(before), as_shapes(after)
    segments: list[Ints] = []
    owners: list[Ints] = []
    for n, (was, now) in enumerate(zip(old, new, strict=True)):
        if was is now:
            continue
        edges = [boundary_chain(shape) for shape in (was, now) if shape is not None]
        pairs = [np.concatenate([chain.start, chain.end], axis=1) for chain in edges]
        different = _difference(*pairs) if len(pairs) == 2 else pairs[0]
        segments.append(_undirected(different))
        owners.append(np.full(len(different), n, dtype=np.int64))
    if not segments:
        return np.arange(len(old), dtype=np.int64)
    rows, owner = np.concatenate(segments), np.concatenate(owners)
    order = np.lexsort(rows.T)
    rows, owner = rows[order], owner[order]
    alike = np.flatnonzero((rows[1:] == rows[:-1]).all(axis=1))
    return connected_groups(len(old), owner[alike], owner[alike + 1])


def _difference(one: Ints, other: Ints) -> Ints:
    """Give the rows that stand in one of two arrays, (n, 4) int64."""
    rows, count = np.unique(np.concatenate([one, other]), axis=0, return_counts=True)
    return np.asarray(rows[count == 1])


def _undirected(rows: Ints) -> Ints:
    """Give segments (n, 4) with their smaller end first."""
    swap = (rows[:, 0] > rows[:, 2]) | ((rows[:, 0] == rows[:, 2]) & (rows[:, 1] > rows[:, 3]))
    return np.where(swap[:, None], rows[:, [2, 3, 0, 1]], rows)


def _sides(old: Shapes, new: Shapes, left: Any) -> list[tuple[list[Segment], list[Point]]]:
    """Give, for the cells before and after, the segments that do not cancel, and the corners of those of the other."""
    segments: list[Segment] = [((a, b), (c, d)) for a, b, c, d in to_mm(np.asarray(left).reshape(-1, 4)).tolist()]
    there = set(directed(old))
    mine = [(b, a) for a, b in segments if (b, a) in there]
    theirs = [(a, b) for a, b in segments if (b, a) not in there]
    corners = [sorted({p for segment in side for p in segment}) for side in (mine, theirs)]
    return [(mine, corners[1]), (theirs, corners[0])]


def _detours(segments: list[Segment], corners: list[Point]) -> Detours:
    """Give the paths that segments become by corners that lie on them, to the millimetre."""
    paths: Detours = {}
    for start, end in segments:
        (ax, ay), (bx, by) = start, end
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        on: list[tuple[int, Point]] = []
        for x, y in corners:
            along = (x - ax) * dx + (y - ay) * dy
            across = (x - ax) * dy - (y - ay) * dx
            if 0 < along < length2 and across * across <= length2:
                on.append((along, (x, y)))
        if on:
            paths[start, end] = [start, *(corner for _, corner in sorted(on)), end]
    return paths


def _inner(shape: Any) -> Place:
    point = shapely.point_on_surface(shape)
    return (float("nan"), float("nan")) if point.is_empty else (float(point.x), float(point.y))
