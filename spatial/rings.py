"""Rings in whole millimetres: segments with their direction, and polygons made of points.

The small change of the edit path, where a cell has some twenty corners and plain tuples are quicker and
plainer than arrays.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import shapely

from spatial.partition import boundary_chain, from_mm, to_mm

Point: TypeAlias = tuple[int, int]
Segment: TypeAlias = tuple[Point, Point]
Detours: TypeAlias = dict[Segment, list[Point]]


def directed(shapes: Any) -> list[Segment]:
    """Give the boundary segments of shapes, each with its area to the left."""
    chain = boundary_chain(shapes)
    pairs = np.concatenate([chain.start, chain.end], axis=1).tolist()
    return [((a, b), (c, d)) for a, b, c, d in pairs]


def outer_segments(shapes: Any) -> set[Segment]:
    """Give the segments around a set of edge-matched shapes: those whose reverse bounds none of them."""
    inside = directed(shapes)
    present = set(inside)
    return {(a, b) for a, b in inside if (b, a) not in present}


def with_detours(shape: Any, paths: Detours) -> tuple[Any, set[Segment]]:
    """Give a polygon whose segments run along the given paths, in either direction, and the paths it has used."""
    both = paths | {(b, a): path[::-1] for (a, b), path in paths.items()}
    used: set[Segment] = set()
    rings = []
    for ring in shapely.get_rings(shape):
        points = mm_points(ring)
        longer: list[Point] = []
        for a, b in pairwise(points):
            longer.append(a)
            if (a, b) in both:
                longer.extend(both[a, b][1:-1])
                used.add((a, b))
        rings.append([*longer, points[-1]])
    return (polygon(rings), used) if used else (shape, used)


def polygon(rings: list[list[Point]]) -> Any:
    """Give the polygon of closed rings in millimetres, the shell first."""
    shell, *holes = (from_mm(np.array(ring)) for ring in rings)
    return shapely.Polygon(shell, holes)


def mm_points(line: Any) -> list[Point]:
    """Give the points of a line or ring in millimetres."""
    return [(x, y) for x, y in to_mm(shapely.get_coordinates(line)).tolist()]
