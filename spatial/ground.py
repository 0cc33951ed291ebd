"""What lies on an area to be divided: streets, water, buildings, in an order that does not depend on the input's.

Borders of unit cells follow what one can see on the ground. A line's class says how good a border it is:
1 arterial street, river bank; 2 secondary street; 3 local street; 4 compound road (a border where it helps,
never a must).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from spatial.noding import empty_shapes
from spatial.partition import Ints, Shapes, as_shapes, from_mm, to_mm

# How much a metre of border along a line of each class is worth; index = class.
BORDER_WORTH = np.array([0.0, 1.0, 0.7, 0.35, 0.15])
MUST_CLASS = 3  # lines up to this class bound blocks
PARALLEL_M = 8.0  # two lines closer than this over a stretch are one street
MEET_M = 10.0  # a street drawn this much short of a crossing still meets it
WATER_MIN_M2 = 5_000.0  # smaller ponds are no borders


@dataclass(frozen=True, slots=True)
class Ground:
    """Streets, water and buildings in and around an area, metres of the city's coordinate system.

    `streets` are lines, `street_class` their classes 1 to 4; `water` polygons or lines; `buildings` polygons.
    """

    streets: Shapes = field(default_factory=empty_shapes)
    street_class: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    water: Shapes = field(default_factory=empty_shapes)
    buildings: Shapes = field(default_factory=empty_shapes)


@dataclass(frozen=True, slots=True)
class Layout:
    """A ground made ready for division: canonical order, local metres, one line per street."""

    lines: Shapes  # LineStrings
    line_class: Ints
    buildings: Shapes  # Polygons

    def near(self, outline: Any) -> Layout:
        """Give the part that touches one polygon."""
        lines = shapely.intersects(self.lines, outline)
        buildings = shapely.intersects(self.buildings, outline)
        return Layout(self.lines[lines], self.line_class[lines], self.buildings[buildings])


def lay_out(ground: Ground, origin_mm: Ints) -> Layout:
    """Bring a ground to metres from `origin_mm`, every part once and in canonical order.

    The result is the same for any order of the input and any direction of its lines and rings.
    """
    streets, street = shapely.get_parts(as_shapes(ground.streets), return_index=True)
    classes = np.clip(np.asarray(ground.street_class, dtype=np.int64)[street], 1, 4)
    banks = _banks(as_shapes(ground.water))
    lines = np.concatenate([streets, banks])
    classes = np.concatenate([classes, np.ones(len(banks), dtype=np.int64)])
    lines, classes = _canonical(_lines_only(lines), origin_mm, classes)
    buildings = shapely.get_parts(as_shapes(ground.buildings))
    buildings, _ = _canonical(buildings, origin_mm, np.zeros(len(buildings), dtype=np.int64))
    return Layout(lines, classes, buildings[shapely.get_type_id(buildings) == shapely.GeometryType.POLYGON])


def _lines_only(shapes: Shapes) -> Shapes:
    kept: Shapes = np.where(shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING, shapes, np.array(None))
    return kept


def _banks(water: Shapes) -> Shapes:
    """Give the shores of water areas, and watercourses drawn as lines."""
    parts = shapely.get_parts(water)
    areas = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    shores = shapely.get_rings(parts[areas & (shapely.area(parts) >= WATER_MIN_M2)])
    coordinates, ring = shapely.get_coordinates(shores, return_index=True)
    return np.concatenate([shapely.linestrings(coordinates, indices=ring), parts[~areas]])


def _canonical(shapes: Shapes, origin_mm: Ints, classes: Ints) -> tuple[Shapes, Ints]:
    """Give the shapes normalised on the grid, sorted by class and bytes, without repeats and empties."""
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    moved = shapely.transform(shapes[present], lambda c: from_mm(to_mm(c) - origin_mm))
    moved = shapely.normalize(shapely.make_valid(shapely.remove_repeated_points(moved)))
    moved, source = shapely.get_parts(moved, return_index=True)
    key = shapely.to_wkb(shapely.normalize(moved), byte_order=1)
    kept = classes[present][source]
    order = np.lexsort((key, kept)) if len(key) else np.empty(0, dtype=np.int64)
    first = np.r_[True, key[order][1:] != key[order][:-1]] if len(key) else np.empty(0, dtype=np.bool_)
    return moved[order[first]], kept[order[first]]


def merge_carriageways(lines: Shapes, classes: Ints) -> tuple[Shapes, Ints]:
    """Keep one line of each street: drop stretches that run beside a better line.

    Better is the higher class, then the longer line. Crossings are kept: only what runs within `PARALLEL_M`
    of a kept line for longer than four times that distance goes.
    """
    if len(lines) < 2:
        return lines, classes
    order = np.lexsort((-np.round(shapely.length(lines), 3), classes))
    lines, classes = lines[order], classes[order]
    margin = shapely.buffer(lines, PARALLEL_M, quad_segs=2, cap_style="flat")
    worse, better = shapely.STRtree(margin).query(lines, predicate="intersects")
    later = better < worse
    worse, better = worse[later], better[later]
    beside = shapely.length(shapely.intersection(lines[worse], margin[better])) > 4 * PARALLEL_M
    for line in np.unique(worse[beside]):
        rivals = margin[better[beside & (worse == line)]]
        lines[line] = _off_stretches(lines[line], shapely.union_all(rivals))
    pieces, source = shapely.get_parts(lines, return_index=True)
    return pieces, classes[source]


def off_border(lines: Shapes, classes: Ints, outline: Any) -> tuple[Shapes, Ints]:
    """Drop stretches of lines that run along the outline (they are its border already); keep crossings."""
    margin = shapely.buffer(shapely.boundary(outline), PARALLEL_M, quad_segs=4)
    lines = lines.copy()
    for k in np.flatnonzero(shapely.length(shapely.intersection(lines, margin)) > 4 * PARALLEL_M):
        lines[k] = _off_stretches(lines[k], margin)
    pieces, source = shapely.get_parts(lines, return_index=True)
    return pieces, classes[source]


def meet(lines: Shapes) -> Shapes:
    """Prolong free ends straight on by a few metres, so that streets drawn short of a crossing close blocks."""
    if len(lines) == 0:
        return lines
    vertices, line = shapely.get_coordinates(lines, return_index=True)
    first = np.r_[True, line[1:] != line[:-1]]
    last = np.r_[line[1:] != line[:-1], True]
    at = np.flatnonzero(first | last)
    inward = np.where(first[at], 1, -1)
    heading = vertices[at] - vertices[at + inward]
    _, end, times = np.unique(to_mm(vertices[at]), axis=0, return_inverse=True, return_counts=True)
    free = times[end.ravel()] == 1
    heading *= np.where(free, MEET_M / np.maximum(np.hypot(*heading.T), 1e-9), 0.0)[:, None]
    before = first[at] & free
    after = last[at] & free
    order = np.concatenate([np.arange(len(vertices)), at[before] - 0.4, at[after] + 0.4])
    all_vertices = np.concatenate([vertices, (vertices[at] + heading)[before], (vertices[at] + heading)[after]])
    all_lines = np.concatenate([line, line[at[before]], line[at[after]]])
    order = np.argsort(order, kind="stable")
    return as_shapes(shapely.linestrings(all_vertices[order], indices=all_lines[order]))


def _off_stretches(line: Any, margin: Any) -> Any:
    """Give a line without its long stretches inside the margin; short ones (crossings) stay."""
    inside = shapely.get_parts(shapely.line_merge(shapely.intersection(line, margin)))
    outside = shapely.get_parts(shapely.difference(line, margin))
    kept = np.concatenate([outside, inside[shapely.length(inside) <= 4 * PARALLEL_M]])
    kept = kept[shapely.get_type_id(kept) == shapely.GeometryType.LINESTRING]
    return shapely.line_merge(shapely.multilinestrings(kept)) if len(kept) else shapely.MultiLineString()
