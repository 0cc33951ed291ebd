"""Linework to faces, and cells to a tiling that shares every vertex.

Cutting is done on a grid of a thousandth of a millimetre, so that a cut may be cut again without moving;
the 1 mm grid of the city is applied **once**, to all cells together. Rounding after every cut instead
leaves spikes of a few millimetres by a hundred metres that no validity test complains about.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from spatial.partition import (
    GRID_M,
    Bools,
    Floats,
    Ints,
    Shapes,
    as_shapes,
    connected_groups,
    opened,
    shared_borders,
    thin_spikes,
)

WORK_GRID_M = 1e-6
SLIVER_M2 = 0.5
SLIVER_WIDTH_M = 0.3


def empty_shapes() -> Shapes:
    """Give an array of no geometry."""
    return np.empty(0, dtype=object)


def faces(outline: Any, lines: Any) -> Shapes:
    """Cut one polygon by lines: the faces inside it, edge-matched, in no promised order.

    Lines may cross, overshoot or end inside; what does not close a face cuts nothing.
    """
    return faces_and_dead_ends(outline, lines)[0]


def faces_and_dead_ends(outline: Any, lines: Any) -> tuple[Shapes, Shapes]:
    """Cut one polygon by lines as `faces` does; give also the pieces of line inside it that close no face."""
    net = shapely.union_all(np.concatenate([[shapely.boundary(outline)], as_shapes(lines)]), grid_size=WORK_GRID_M)
    closed, cuts, dangles, _ = shapely.polygonize_full([net])
    found = shapely.get_parts(closed)
    if len(found) == 0:
        return empty_shapes(), empty_shapes()
    shapely.prepare(outline)
    found = found[shapely.contains(outline, shapely.point_on_surface(found))]
    loose = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(_lines_of(dangles, cuts))))
    return found[shapely.area(found) > WORK_GRID_M], loose[shapely.intersects(outline, loose)]


def _lines_of(*collections: Any) -> Shapes:
    parts = shapely.get_parts(as_shapes(collections))
    return as_shapes(parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING])


def dissolve(shapes: Any, group: Ints) -> tuple[Shapes, Ints]:
    """Join edge-matched shapes of one group: (joined, group of each), ordered by group.

    A group that hangs together at points only, or not at all, gives a multi-part shape.
    """
    shapes = as_shapes(shapes)
    order = np.argsort(group, kind="stable")
    groups, first = np.unique(group[order], return_index=True)
    joined = [
        shapes[members[0]] if len(members) == 1 else shapely.coverage_union_all(shapes[members])
        for members in np.split(order, first[1:])
    ]
    return _objects(joined), groups


def _objects(items: list[Any]) -> Shapes:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def node_together(shapes: Any, *, territory: Ints | None = None, grid_m: float = GRID_M) -> tuple[Shapes, Ints]:
    """Make a tiling of cells that nearly share borders: every vertex on the grid and known to both sides.

    Crumbs that rounding or cutting leaves (under half a square metre, or narrower than 0.3 m on the mean)
    go to the neighbour with the longest common border, never over the border of a territory; so does a
    piece that rounding pinched off its cell.

    Parameters
    ----------
    shapes : (n,) polygons, metres; where two overlap, the face goes to the one nearest to its inner point
    territory : (n,) int64, optional
        The area (a community) each shape belongs to. A crumb without a neighbour in its own stays.
    grid_m : grid of the result in metres

    Returns
    -------
    cells : (m,) polygons, each one part
    source : (m,) int64, ascending: which input shape each is. A shape that was nothing but a crumb is
        missing; one that rounding pinched in two without a neighbour to take a half appears twice.
    """
    shapes = as_shapes(shapes)
    if len(shapes) == 0:
        return empty_shapes(), np.empty(0, dtype=np.int64)
    territory = np.zeros(len(shapes), dtype=np.int64) if territory is None else territory
    net = shapely.union_all(shapely.boundary(shapes), grid_size=grid_m)
    pieces = shapely.get_parts(shapely.polygonize([net]))
    inner = shapely.point_on_surface(pieces)
    tree = shapely.STRtree(shapes)
    found, source = tree.query_nearest(inner, max_distance=10 * GRID_M, all_matches=False)
    pieces, label = pieces[found], source.astype(np.int64)
    label = _settle_crumbs(pieces, label, territory)
    borders = shared_borders(pieces)
    within = label[borders.left] == label[borders.right]
    group = connected_groups(len(pieces), borders.left[within], borders.right[within])
    cells, groups = dissolve(pieces, group)
    owner = np.empty(len(groups), dtype=np.int64)
    owner[group] = label
    order = np.argsort(owner, kind="stable")
    return cells[order], owner[order]


def tile(shapes: Any, *, territory: Ints | None = None) -> tuple[Shapes, Ints]:
    """Make the final tiling: as `node_together` on the 1 mm grid, and free of thin spikes.

    Rounding itself can draw a corner of a few degrees out to a spike millimetres thin and metres long; such
    spikes are cut off and settled like crumbs until none is left (mostly at once, at most three times).
    """
    shapes = as_shapes(shapes)
    territory = np.zeros(len(shapes), dtype=np.int64) if territory is None else territory
    cells, source = shapes, np.arange(len(shapes))
    for _ in range(4):
        cells, origin = _without_spikes(cells)
        source = source[origin]
        cells, kept = node_together(cells, territory=territory[source])
        source = source[kept]
        if len(thin_spikes(cells)) == 0:
            break
    order = np.argsort(source, kind="stable")
    return cells[order], source[order]


def _without_spikes(shapes: Shapes, *, width_m: float = 0.04, length_m: float = 1.0) -> tuple[Shapes, Ints]:
    """Cut thin spikes off, as shapes of their own at the end: (shapes, index of the shape each was part of)."""
    shapes = shapes.copy()
    spikes, owner = [empty_shapes()], [np.arange(len(shapes))]
    for k in thin_spikes(shapes, width_m=width_m, length_m=length_m):
        thin = shapely.get_parts(shapely.difference(shapes[k], opened(shapes[k], width_m)))
        thin = thin[(shapely.length(thin) > 2 * length_m) & (shapely.area(thin) > WORK_GRID_M)]
        rest = shapely.get_parts(shapely.difference(shapes[k], shapely.union_all(thin)))
        if len(rest):
            largest = int(shapely.area(rest).argmax())
            shapes[k] = rest[largest]
            spikes += [thin, np.delete(rest, largest)]
            owner.append(np.full(len(thin) + len(rest) - 1, k))
    return np.concatenate([shapes, *spikes]), np.concatenate(owner)


def _settle_crumbs(pieces: Shapes, label: Ints, territory: Ints) -> Ints:
    """Give the label of each piece after crumbs and pinched-off pieces went to a neighbour of their territory."""
    borders = shared_borders(pieces)
    same = territory[label[borders.left]] == territory[label[borders.right]]
    one = np.concatenate([borders.left[same], borders.right[same]])
    other = np.concatenate([borders.right[same], borders.left[same]])
    length = np.tile(borders.length_m[same], 2)
    area = shapely.area(pieces)
    crumb = (area < SLIVER_M2) | (2 * area < SLIVER_WIDTH_M * shapely.length(pieces))
    while True:
        loose, group = _loose(label, one, other, area, crumb)
        usable = loose[one] & ~loose[other] & (label[one] != label[other])
        if not usable.any():
            return label
        claims = np.stack([group[one[usable]], label[other[usable]]], axis=1)
        claims, index = np.unique(claims, axis=0, return_inverse=True)
        common = np.bincount(index.ravel(), length[usable], minlength=len(claims))
        best = np.lexsort((claims[:, 1], -common, claims[:, 0]))
        winners = claims[best[np.unique(claims[best, 0], return_index=True)[1]]]
        target = np.full(group.max() + 1, -1, dtype=np.int64)
        target[winners[:, 0]] = winners[:, 1]
        label = np.where(target[group] >= 0, target[group], label)


def _loose(label: Ints, one: Ints, other: Ints, area: Floats, crumb: Bools) -> tuple[Bools, Ints]:
    """Say which pieces are no firm part of a cell, and number the connected groups of equal label.

    Firm is the largest connected group of each label, unless it is nothing but crumbs.
    """
    within = label[one] == label[other]
    group = connected_groups(len(label), one[within], other[within])
    count = int(group.max()) + 1
    size = np.bincount(group, area, minlength=count)
    owner = np.empty(count, dtype=np.int64)
    owner[group] = label
    largest_first = np.lexsort((-size, owner))
    firm = np.zeros(count, dtype=np.bool_)
    firm[largest_first[np.unique(owner[largest_first], return_index=True)[1]]] = True
    firm &= np.bincount(group, ~crumb, minlength=count) > 0
    return ~firm[group], group
