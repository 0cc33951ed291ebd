"""Third-level grids that the plan touches: in one part, without holes, compact, with cells.

What a grid was like before is not held against the plan: a grid is named where the plan makes it worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_noop

from cells.plans.checks.scene import Found, Held, Scene, ground_of, shapes_of, spot_in
from cells.rules import figures
from spatial.blocks import compactness
from spatial.partition import Ints, connected_groups, neighbours

PARTS = gettext_noop("Grid {grid} lies in {parts} parts; the smallest has {cells} cells.")
HOLE = gettext_noop("Grid {grid} has a hole of {area} m².")
LONG = gettext_noop("Grid {grid} has a compactness of {value}; {least} is the least (1 is a circle).")
EMPTY = gettext_noop("Grid {grid} loses all its {cells} cells and ends.")
EMPTY_BORN = gettext_noop("The new grid {grid} has no cells and will not be made.")
EMPTY_COMMUNITY = gettext_noop("Community {grid} loses all its {cells} cells.")
HOLE_LEAST_M2 = 1.0


def grid_not_contiguous(scene: Scene) -> Iterator[Found]:
    """Grids in several parts, cells that meet in a corner only being apart; shown is the smallest part."""
    for grid, parts in _parts(scene, scene.members_after).items():
        if len(parts) < 2:
            continue
        if len(_parts(scene, {grid: scene.members_before[grid]})[grid]) >= len(parts):
            continue
        least = min(parts, key=lambda part: (len(part), part[0].key))
        values = {"grid": scene.grid_name(grid), "parts": len(parts), "cells": len(least)}
        yield Found(f"grid:{grid}", PARTS, values, spot_in(least[0].shape), tuple(h.key for h in least))


def grid_has_hole(scene: Scene) -> Iterator[Found]:
    """Grids round ground that is not theirs: of another grid, or of no cell."""
    for grid, ground in scene.unions_after.items():
        holes = _holes(ground)
        if len(holes) == 0:
            continue
        was = scene.members_before[grid]
        old = shapely.union_all(_holes(ground_of(was))) if was else shapely.MultiPolygon()
        fresh = shapely.area(shapely.difference(holes, old)) > 0.5 * shapely.area(holes)
        if not fresh.any():
            continue
        largest = max(holes[fresh], key=lambda hole: hole.area)
        inside = shapely.STRtree(scene.cells.shapes).query(largest, predicate="covers")
        keys = tuple(sorted(scene.cells.keys[inside].tolist()))
        values = {"grid": scene.grid_name(grid), "area": f"{shapely.area(holes[fresh]).sum():,.0f}"}
        yield Found(f"grid:{grid}", HOLE, values, spot_in(largest), keys)


def grid_not_compact(scene: Scene) -> Iterator[Found]:
    """Grids of one part below the rule `grid_compactness_least` (4π·area by perimeter²)."""
    (least,) = figures("grid_compactness_least")
    grids = [g for g, ground in scene.unions_after.items() if ground.geom_type == "Polygon"]
    for grid, value in zip(grids, compactness([scene.unions_after[g] for g in grids]).tolist(), strict=True):
        was = scene.members_before[grid]
        if value >= least or (was and float(compactness(ground_of(was))) <= value):
            continue
        values = {"grid": scene.grid_name(grid), "value": f"{value:.2f}", "least": f"{least:g}"}
        keys = tuple(h.key for h in scene.members_after[grid])
        yield Found(f"grid:{grid}", LONG, values, spot_in(scene.unions_after[grid]), keys)


def grid_without_cells(scene: Scene) -> Iterator[Found]:
    """Grids that have no cell any more; new grids that have none yet."""
    for grid in scene.grids:
        was = scene.members_before[grid]
        if scene.members_after[grid]:
            continue
        if grid < 0:
            yield Found(f"grid:{grid}", EMPTY_BORN, {"grid": scene.grid_name(grid)}, None)
        elif was:
            values = {"grid": scene.grid_name(grid), "cells": len(was)}
            yield Found(f"grid:{grid}", EMPTY, values, _middle(was), tuple(h.key for h in was))


def community_without_cells(scene: Scene) -> Iterator[Found]:
    """Communities whose cells all go elsewhere: an edition in which one has none cannot be published."""
    held = set(scene.cells.communities.tolist())
    for community in scene.communities:
        was = [h for h in scene.before if h.community == community]
        if community not in held and was:
            values = {"grid": scene.community_code(community), "cells": len(was)}
            keys = tuple(h.key for h in was)
            yield Found(f"community:{community}", EMPTY_COMMUNITY, values, _middle(was), keys)


def _parts(scene: Scene, members: dict[int, list[Held]]) -> dict[int, list[list[Held]]]:
    """Give the parts that the cells of each grid fall into."""
    held = [(g, h) for g, cells in members.items() for h in cells]
    if not held:
        return {g: [] for g in members}
    grid = np.array([g for g, _ in held], dtype=np.int64)
    one, other, _ = neighbours(shapes_of(h for _, h in held))
    same = grid[one] == grid[other]
    group: Ints = connected_groups(len(held), one[same], other[same])
    found: dict[int, dict[int, list[Held]]] = {g: {} for g in members}
    for (g, h), part in zip(held, group.tolist(), strict=True):
        found[g].setdefault(part, []).append(h)
    return {g: list(parts.values()) for g, parts in found.items()}


def _holes(ground: Any) -> Any:
    rings = shapely.get_parts(ground)
    holes = [shapely.polygons(ring) for part in rings for ring in part.interiors]
    found = np.array(holes, dtype=object)
    return found[shapely.area(found) > HOLE_LEAST_M2] if len(holes) else found


def _middle(held: Iterable[Held]) -> tuple[float, float]:
    return spot_in(shapely.union_all(shapes_of(held)))
