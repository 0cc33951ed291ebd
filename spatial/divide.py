"""A community becomes unit cells (单元网格) of about 10,000 m²: along streets, round buildings, without a remainder.

1. Streets and river banks cut the area into blocks; small blocks grow together (`spatial.blocks`).
2. Blocks of several cells are cut evenly (`spatial.cuts`); where a cut would still go through a building,
   the block is put together again from the surroundings of its buildings (`spatial.regroup`).
3. What is far too small joins a neighbour; everything is noded on the 1 mm grid.

The result is a tiling for every input: no streets, no buildings, holes, strips, several parts. The same
input in any order gives the same cells, to the last bit.
"""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
import shapely

from spatial.blocks import MergeRules, merge_small
from spatial.cuts import CutRules, Roads, cut_block
from spatial.ground import MUST_CLASS, Ground, Layout, lay_out, meet, merge_carriageways, off_border
from spatial.noding import WORK_GRID_M, faces_and_dead_ends, node_together, tile
from spatial.partition import Shapes, as_shapes, from_mm, on_grid, to_mm
from spatial.regroup import buildings_cut, even_out, regroup_by_buildings

TARGET_M2 = 10_000.0
DEAD_END_REACH_M = 80.0  # how far a dead end is prolonged to make a cut
DEAD_END_MIN_M = 15.0
SMALLEST = 0.5  # of the target: cells below it join a neighbour


def divide_area(outline: Any, ground: Ground | None = None, *, target_m2: float = TARGET_M2) -> Shapes:
    """Divide one area into unit cells.

    Parameters
    ----------
    outline : Polygon or MultiPolygon, metres of the city's coordinate system
        May have holes and several parts; each part is divided by itself.
    ground : Ground, optional
        Streets, water and buildings in and around it, same system.
    target_m2 : float
        Area aimed at.

    Returns
    -------
    (n,) object array of Polygon
        An exact tiling on the 1 mm grid. Where a cut meets a slanting border, the border gets a vertex there,
        up to 0.7 mm off the straight line: make one tiling of neighbouring areas (`spatial.noding.tile`).

    Raises
    ------
    ValueError
        The outline is empty, or the target is not positive.
    """
    if not target_m2 > 0:
        raise ValueError(f"The target area is {target_m2} m²; it must be more than 0.")
    parts = [p for p in shapely.get_parts(shapely.make_valid(on_grid(outline))) if p.area > 0]
    parts = [p for p in shapely.get_parts(parts) if shapely.get_type_id(p) == shapely.GeometryType.POLYGON]
    if not parts:
        raise ValueError("The outline to divide has no area.")
    origin = np.floor(to_mm(shapely.total_bounds(parts)[:2]) / 1000).astype(np.int64) * 1000
    local = shapely.normalize(shapely.transform(as_shapes(parts), lambda c: from_mm(to_mm(c) - origin)))
    local = local[np.argsort(shapely.to_wkb(local, byte_order=1))]
    layout = lay_out(ground or Ground(), origin)
    cells = np.concatenate([_divide_part(part, layout, target_m2) for part in local])
    cells, _ = tile(cells)
    cells = as_shapes(shapely.normalize(shapely.transform(cells, lambda c: from_mm(to_mm(c) + origin))))
    return cells[np.argsort(shapely.to_wkb(cells, byte_order=1))]


def divide_timed(outline: Any, ground: Ground, target_m2: float) -> tuple[Shapes, float]:
    """Divide as `divide_area` does; give also the seconds of processor time it took (for pools of processes)."""
    begun = process_time()
    cells = divide_area(outline, ground, target_m2=target_m2)
    return cells, process_time() - begun


def _divide_part(part: Any, layout: Layout, target_m2: float) -> Shapes:
    """Divide one polygon in local metres."""
    layout = layout.near(part)
    must = layout.line_class <= MUST_CLASS
    lines, classes = merge_carriageways(layout.lines[must], layout.line_class[must])
    lines, classes = off_border(lines, classes, part)
    blocks, dead_ends = faces_and_dead_ends(part, meet(lines))
    blocks = merge_small(blocks, layout, MergeRules(target_m2))
    roads = _possible_cuts(np.concatenate([dead_ends, layout.lines[~must]]))
    cells: list[Any] = []
    rules = CutRules(target_m2)
    for block in blocks:
        made = as_shapes(cut_block(block, layout, roads, rules))
        if len(made) > 1 and (cut := buildings_cut(made, layout.near(block).buildings)):
            other = regroup_by_buildings(block, layout, rules)
            if len(other) and buildings_cut(other, layout.near(block).buildings) < cut:
                made = other
        cells.extend(made)
    edge_matched, _ = node_together(cells, grid_m=WORK_GRID_M)
    ending = MergeRules(target_m2, too_small=SMALLEST, too_narrow_m=8.0, too_big=1.6)
    return even_out(merge_small(edge_matched, layout, ending), layout, roads, rules)


def _possible_cuts(roads: Shapes) -> Roads:
    """Prolong roads straight on at both ends: a dead end then reaches the other side of its block."""
    roads = roads[shapely.length(roads) >= DEAD_END_MIN_M]
    if len(roads) == 0:
        return Roads()
    longer = []
    for road in roads:
        c = shapely.get_coordinates(road)
        first, last = c[0] - c[1], c[-1] - c[-2]
        first *= DEAD_END_REACH_M / np.hypot(*first)
        last *= DEAD_END_REACH_M / np.hypot(*last)
        longer.append(shapely.linestrings(np.vstack([c[0] + first, c, c[-1] + last])))
    lines = as_shapes(longer)
    return Roads(lines, shapely.length(roads) / shapely.length(lines))
