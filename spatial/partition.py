"""The tiling: cells that share every border, proved without a tolerance.

Coordinates of the tiling are whole millimetres. Turn every ring into directed segments and add them
up: where two cells meet, their segments run against each other and cancel, so **what is left must be
the outline, segment for segment**. Equal sums plus valid cells of positive area mean that every point
of the outline lies in exactly one cell (on borders: in the closure of each neighbour). That is a
proof, not a measurement; it is local, and integer arithmetic makes it exact.

Functions take and give numpy object arrays of shapely polygons in metres of the city's projected
coordinate system, on the 1 mm grid (`on_grid`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MM_PER_M = 1000.0
GRID_M = 0.001


def to_mm(coordinates: Floats) -> Ints:
    """Give metres as whole millimetres, rounded to the nearest."""
    return np.rint(np.asarray(coordinates) * MM_PER_M).astype(np.int64)


def from_mm(millimetres: Ints) -> Floats:
    """Give whole millimetres as metres. Division, never `* 0.001`: that differs in 14 % of integers."""
    return np.asarray(millimetres) / MM_PER_M


def as_shapes(shapes: Any) -> Shapes:
    """Give one geometry or any sequence of them as a one-dimensional object array."""
    return np.atleast_1d(np.asarray(shapes, dtype=object))


def on_grid(shapes: Any) -> Shapes:
    """Move every vertex to its nearest millimetre, without any other change (rings may become invalid)."""
    moved: Shapes = shapely.transform(as_shapes(shapes), lambda c: from_mm(to_mm(c)))
    return moved


def is_on_grid(shapes: Any) -> bool:
    """Say whether every vertex is a whole millimetre, to the last bit."""
    coordinates = shapely.get_coordinates(as_shapes(shapes))
    return bool((from_mm(to_mm(coordinates)) == coordinates).all())


@dataclass(frozen=True, slots=True)
class Chain:
    """Directed boundary segments in millimetres: shells counter-clockwise, holes clockwise."""

    start: Ints  # (n, 2)
    end: Ints  # (n, 2)
    owner: Ints  # (n,) index of the shape each segment bounds


def boundary_chain(shapes: Any) -> Chain:
    """Give the directed boundary segments of all shapes, in the order of the shapes."""
    parts, part_owner = shapely.get_parts(shapely.orient_polygons(as_shapes(shapes)), return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    vertices = to_mm(coordinates)
    start, end = vertices[:-1], vertices[1:]
    kept = (vertex_ring[1:] == vertex_ring[:-1]) & (start != end).any(axis=1)
    owner = part_owner[ring_part[vertex_ring[:-1][kept]]].astype(np.int64)
    return Chain(start[kept], end[kept], owner)


def _undirected(start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Give (lower key, upper key, direction ±1) of segments: equal keys mean the same pair of points."""
    if len(start) == 0:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, empty
    low = np.minimum(start.min(axis=0), end.min(axis=0))
    extent = np.maximum(start.max(axis=0), end.max(axis=0)) - low
    if extent.max() >= 2**31:
        raise ValueError(f"The shapes span {extent.max() / 1e6:.0f} km; a city of up to 2,147 km is supported.")
    key_a = ((start[:, 0] - low[0]) << 32) | (start[:, 1] - low[1])
    key_b = ((end[:, 0] - low[0]) << 32) | (end[:, 1] - low[1])
    return np.minimum(key_a, key_b), np.maximum(key_a, key_b), np.where(key_a < key_b, 1, -1)


def chain_difference(parts: Any, whole: Any) -> Floats:
    """Give the segments in which the boundary of `parts` and the boundary of `whole` differ.

    Returns
    -------
    (n, 2, 2) float64, metres
        Start and end of each segment that does not cancel, in no promised order; empty for a partition.
    """
    inner, outer = boundary_chain(parts), boundary_chain(whole)
    start = np.concatenate([inner.start, outer.end])  # the outline is subtracted: added the other way round
    end = np.concatenate([inner.end, outer.start])
    lower, upper, direction = _undirected(start, end)
    order = np.lexsort((upper, lower))
    lower, upper, direction = lower[order], upper[order], direction[order]
    first = np.flatnonzero(np.r_[True, (np.diff(lower) != 0) | (np.diff(upper) != 0)]) if len(lower) else order
    total = np.add.reduceat(direction, first) if len(first) else direction
    left = order[first[total != 0]]
    return from_mm(np.stack([start[left], end[left]], axis=1))


def is_partition(parts: Any, whole: Any) -> bool:
    """Say whether `parts` tile `whole` exactly: no gap, no overlap, not one millimetre over the outline.

    Every part must be one valid polygon of positive area, every vertex on the 1 mm grid; `whole` may have
    holes and several parts.
    """
    cells, outline = as_shapes(parts), as_shapes(whole)
    sound = shapely.get_type_id(cells) == shapely.GeometryType.POLYGON
    sound &= shapely.is_valid(cells) & (double_areas_mm2(cells) > 0)
    exact = is_on_grid(cells) and is_on_grid(outline) and bool(shapely.is_valid(outline).all())
    return exact and bool(sound.all()) and len(chain_difference(cells, outline)) == 0


def double_areas_mm2(shapes: Any) -> Ints:
    """Give twice the area of each shape in mm², exactly.

    Vertices are counted from the shape's first one; sums wrap around in 64 bits and come back right as
    long as the result itself fits (up to four million km²).
    """
    shapes = as_shapes(shapes)
    chain = boundary_chain(shapes)
    doubled = np.zeros(len(shapes), dtype=np.int64)
    if len(chain.owner) == 0:
        return doubled
    owners, first = np.unique(chain.owner, return_index=True)
    origin = np.zeros((len(shapes), 2), dtype=np.int64)
    origin[owners] = chain.start[first]
    a, b = chain.start - origin[chain.owner], chain.end - origin[chain.owner]
    np.add.at(doubled, chain.owner, a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1])
    return doubled


@dataclass(frozen=True, slots=True)
class Borders:
    """Segments shared by two shapes, each once."""

    left: Ints  # (n,) index of one owner
    right: Ints  # (n,) index of the other
    start: Floats  # (n, 2) metres
    end: Floats  # (n, 2) metres

    @property
    def length_m(self) -> Floats:
        """Length of each segment in metres."""
        return np.asarray(np.hypot(*(self.end - self.start).T))


def shared_borders(shapes: Any) -> Borders:
    """Give every segment in which two shapes of an edge-matched tiling meet."""
    chain = boundary_chain(shapes)
    lower, upper, _ = _undirected(chain.start, chain.end)
    order = np.lexsort((upper, lower))
    twin = np.flatnonzero((np.diff(lower[order]) == 0) & (np.diff(upper[order]) == 0))
    one, other = order[twin], order[twin + 1]
    return Borders(chain.owner[one], chain.owner[other], from_mm(chain.start[one]), from_mm(chain.end[one]))


def neighbours(shapes: Any) -> tuple[Ints, Ints, Floats]:
    """Give (i, j, shared length in metres) of every pair of shapes with a common border, i < j, sorted."""
    borders = shared_borders(shapes)
    low, high = np.minimum(borders.left, borders.right), np.maximum(borders.left, borders.right)
    pairs, index = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
    total = np.bincount(index.ravel(), borders.length_m, minlength=len(pairs)).astype(np.float64)
    return pairs[:, 0], pairs[:, 1], total


def connected_groups(count: int, left: Ints, right: Ints) -> Ints:
    """Number the connected components of `count` things joined in pairs: (count,) int64, by first member."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def thin_spikes(shapes: Any, *, width_m: float = 0.04, length_m: float = 1.0) -> Ints:
    """Give the indices of shapes with a part thinner than `width_m` and longer than `length_m`.

    A tiling can be exact and still hold a spike 100 m long and 3 mm wide; opening the shape by half the
    width takes such a part away, and the distance to what is left is its length.
    """
    shapes = as_shapes(shapes)
    reach = shapely.hausdorff_distance(shapes, opened(shapes, width_m))  # nan where nothing is left
    return np.flatnonzero(~(reach <= length_m))


def opened(shapes: Any, width_m: float) -> Any:
    """Give shapes without the parts thinner than `width_m`: shrunk by half of it and grown again."""
    shrunk = shapely.buffer(shapes, -width_m / 2, join_style="mitre", mitre_limit=20.0)
    return shapely.buffer(shrunk, width_m / 2, join_style="mitre", mitre_limit=20.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where shapes do not tile: what is wrong, where, how much, and whose it is."""

    kind: Literal["gap", "overlap"]
    place: tuple[float, float]  # a point in the fault, metres
    area_m2: float
    width_m: float  # mean width of the fault: twice its area by its length round
    owners: tuple[int, ...]  # indices of the shapes that overlap or that surround the gap


def find_faults(shapes: Any, whole: Any = None, *, gap_width_m: float = 1.0) -> list[Fault]:
    """Locate the overlaps between shapes and the gaps among them.

    Overlaps are pairs of shapes with common area. Gaps are the uncovered pieces of `whole`; without it,
    holes in the union that are narrower than `gap_width_m` (wider ones may be meant: a lake, an enclave).
    """
    shapes = as_shapes(shapes)
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(shapes[one], shapes[other])
    faults = [
        _fault("overlap", piece, (int(one[k]), int(other[k])))
        for k in np.flatnonzero(shapely.area(common) > 0)
        for piece in shapely.get_parts(common[k])
        if piece.area > 0
    ]
    union = shapely.union_all(shapes)
    if whole is not None:
        empty = shapely.get_parts(shapely.difference(shapely.union_all(as_shapes(whole)), union))
    else:
        parts = shapely.get_parts(union)
        rings = shapely.get_rings(parts[shapely.get_num_interior_rings(parts) > 0])
        holes = shapely.polygons(rings[~shapely.is_ccw(rings)]) if len(rings) else rings
        empty = shapely.difference(holes, union)
        empty = empty[2 * shapely.area(empty) < gap_width_m * shapely.length(empty)]
    for gap in empty[shapely.area(empty) > 0]:
        around = tree.query(gap, predicate="dwithin", distance=GRID_M)
        faults.append(_fault("gap", gap, tuple(sorted(int(k) for k in around))))
    return faults


def _fault(kind: Literal["gap", "overlap"], piece: Any, owners: tuple[int, ...]) -> Fault:
    point = shapely.point_on_surface(piece)
    width = 2 * piece.area / piece.length
    return Fault(kind, (float(point.x), float(point.y)), float(piece.area), float(width), owners)
