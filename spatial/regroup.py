"""Second thoughts on a division: blocks whose buildings no cut spares, and cells of odd size.

*By buildings*: every point of a block goes to the building it is nearest to (Voronoi cells of the walls,
simplified together); these surroundings then grow together like small blocks. No building is cut, at the price
of crooked borders.

*Even*: a street block of 0.7 or 1.4 cells can only become even together with a neighbour, at the price of the
street between them. Where more than six cells in a hundred are odd, the cheapest such pairs are cut anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from spatial.blocks import MergeRules, border_worth, compactness, merge_small
from spatial.cuts import CutRules, Roads, cut_block
from spatial.ground import Layout
from spatial.noding import WORK_GRID_M, dissolve, empty_shapes, faces, node_together
from spatial.partition import Bools, Floats, Ints, Shapes, as_shapes, shared_borders

SHRINK_M = 0.4  # walls that touch must not share Voronoi sites
SITE_STEP_M = 4.0
SIMPLIFY_M = 6.0
SMALL_BUILDING_M2 = 30.0
WHOLE_SHARE = 0.97  # a building with this share in one cell counts as whole
FAIR_AREA = (0.5, 1.5)  # of the target
FAIR_COMPACTNESS = 0.25
EVEN = 0.25  # a cell further than this from the target is odd
ODD_SHARE = 0.06  # of the cells of an area may stay odd for the sake of streets
EVEN_COMPACTNESS = 0.4


def buildings_cut(cells: Shapes, buildings: Shapes) -> int:
    """Count the buildings that lie in the cells and have less than 97 % of themselves in one of them."""
    largest, covered = shares_in_cells(cells, buildings)
    whole = shapely.area(buildings)
    return int(((largest < WHOLE_SHARE * covered) & (covered > 0.5 * whole)).sum())


def shares_in_cells(cells: Shapes, buildings: Shapes) -> tuple[Any, Any]:
    """Give for each building its largest area in one cell and its area in all of them, m²."""
    largest, covered = np.zeros(len(buildings)), np.zeros(len(buildings))
    if len(buildings) == 0:
        return largest, covered
    whole = shapely.area(buildings)
    tree = shapely.STRtree(cells)
    building, cell = tree.query(buildings, predicate="intersects")
    area = np.where(np.bincount(building, minlength=len(buildings))[building] == 1, whole[building], -1.0)
    # A building that meets one cell may still reach over the outline: only those inside are known by their area.
    asked = np.flatnonzero((area < 0) | ~shapely.contains_properly(cells[cell], buildings[building]))
    area[asked] = shapely.area(shapely.intersection(buildings[building[asked]], cells[cell[asked]]))
    np.maximum.at(largest, building, area)
    np.add.at(covered, building, area)
    return largest, covered


def regroup_by_buildings(block: Any, layout: Layout, rules: CutRules) -> Shapes:
    """Give cells of a block that follow its buildings' surroundings; empty where none of fair quality exist."""
    local = layout.near(block)
    inside = shapely.get_parts(shapely.intersection(local.buildings, block, grid_size=WORK_GRID_M))
    inside = inside[shapely.area(inside) > SMALL_BUILDING_M2]
    surroundings = _surroundings(block, inside)
    if len(surroundings) < 2:
        return empty_shapes()
    atoms = faces(block, shapely.boundary(surroundings))
    atoms, _ = node_together(atoms, grid_m=WORK_GRID_M)
    grown = merge_small(atoms, Layout(empty_shapes(), local.line_class[:0], local.buildings),
                        MergeRules(rules.target_m2, shape_weight=4.8))  # fmt: skip
    cells = as_shapes([c for region in grown for c in cut_block(region, local, Roads(), rules)])
    area = shapely.area(cells) / rules.target_m2
    fair = area.min() > FAIR_AREA[0] and area.max() < FAIR_AREA[1] and compactness(cells).min() > FAIR_COMPACTNESS
    return cells if fair else empty_shapes()


def even_out(cells: Shapes, layout: Layout, roads: Roads, rules: CutRules) -> Shapes:
    """Cut odd cells anew together with a neighbour until all but six in a hundred are within a quarter of the target.

    Pairs that lose the least good border go first. A new pair of cells counts only if all of it is even and
    compact and cuts no more buildings than before. `cells` must be edge-matched; the result is not.
    """
    area = shapely.area(cells)
    odd = np.abs(area / rules.target_m2 - 1) > EVEN
    allowed = int(ODD_SHARE * len(cells))
    if odd.sum() <= allowed:
        return cells
    left = int(odd.sum())
    made = list(cells)
    touched: set[int] = set()
    for i, j in _pairs_by_loss(cells, area, odd, layout, rules.target_m2):
        if left <= allowed:
            break
        if i in touched or j in touched:
            continue
        both = cells[[i, j]]
        joined = shapely.coverage_union_all(both)
        if shapely.get_type_id(joined) != shapely.GeometryType.POLYGON:
            continue
        parts = as_shapes(cut_block(joined, layout, roads, rules))
        buildings = layout.near(joined).buildings
        even = (np.abs(shapely.area(parts) / rules.target_m2 - 1) <= EVEN).all()
        compact = compactness(parts).min() > min(EVEN_COMPACTNESS, compactness(both).min())
        if even and compact and buildings_cut(parts, buildings) <= buildings_cut(both, buildings):
            left -= int(odd[[i, j]].sum())
            touched |= {i, j}
            made[i] = None
            made[j] = None
            made.extend(parts)
    return as_shapes([c for c in made if c is not None])


def _pairs_by_loss(
    cells: Shapes, area: Floats, odd: Bools, layout: Layout, target_m2: float
) -> Iterable[tuple[int, int]]:
    """Give pairs of neighbours, one of them odd, whose sum is even: least border of worth for each odd cell first."""
    borders = shared_borders(cells)
    length = borders.length_m
    loss = length * border_worth(borders.start, borders.end, layout)
    ends = np.sort(np.stack([borders.left, borders.right], axis=1), axis=1)
    pairs, index = np.unique(ends, axis=0, return_inverse=True)
    metres = np.bincount(index.ravel(), length, minlength=len(pairs))
    lost = np.bincount(index.ravel(), loss, minlength=len(pairs))
    both = area[pairs].sum(axis=1) / target_m2
    count = np.maximum(1, np.rint(both))
    helped = odd[pairs].sum(axis=1)
    good = (helped > 0) & (metres >= 15.0) & (np.abs(both / count - 1) <= EVEN - 0.05)
    order = np.lexsort((pairs[good, 1], pairs[good, 0], np.round(lost[good] / helped[good], 3)))
    return map(tuple, pairs[good][order].tolist())


def _surroundings(block: Any, buildings: Shapes) -> Shapes:
    """Give the simplified Voronoi cell of each building's walls."""
    if len(buildings) < 2:
        return empty_shapes()
    walls = shapely.segmentize(shapely.buffer(buildings, -SHRINK_M), SITE_STEP_M)
    sites, owner = shapely.get_coordinates(walls, return_index=True)
    sites, first = np.unique(np.round(sites, 3), axis=0, return_index=True)
    owner = owner[first]
    if len(np.unique(owner)) < 2:
        return empty_shapes()
    around = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=shapely.buffer(block, 50.0), ordered=True)
    )
    joined, _ = dissolve(around, _as_ints(owner))
    return np.asarray(shapely.coverage_simplify(joined, SIMPLIFY_M))


def _as_ints(values: Any) -> Ints:
    return np.asarray(values, dtype=np.int64)
