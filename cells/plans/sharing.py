"""Share out: all cells of a community are given to its third-level grids in one edit, as a proposal answers it.

Like paint, it moves no border. What a grid has no cell of any more is left without; it ends when the plan is published.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from cells.division.tiling import scheme
from cells.models import Grid, GridVersion, Level, Plan, PlanGrid
from cells.plans.doing import Change
from cells.plans.errors import EditRefused
from cells.plans.geojson import place
from cells.plans.intents import Intent
from cells.plans.painting import (
    community_of_grid,
    inner,
    name_of_grid,
    require_cells,
    require_community,
    require_unlocked,
)
from cells.plans.states import GridState, State
from cells.plans.working import Cells, working_cells


def share_out(plan: Plan, intent: Intent) -> Change:
    """Give all cells of a `community` to the grids of `groups`, each {"grid": number or null, "cells": numbers}.

    Every cell of the community that is not in a locked grid is in one group. A grid of null is a new one; it is
    named after the community and the next number in it.
    """
    community = require_community(plan, intent.key("community"))
    groups = intent.groups()
    cells = working_cells(plan, communities=[community])
    _require_each_cell_once(plan, community, cells, groups)
    _require_grids(plan, community, [grid for grid, _ in groups if grid is not None])
    born = _new_grids(plan, community, sum(grid is None for grid, _ in groups))
    fresh = iter(born)
    goes: dict[int, int] = {}
    for grid, keys in groups:
        goes.update(dict.fromkeys(keys, next(fresh) if grid is None else grid))
    moving = [k for k in sorted(goes) if int(cells.grids[cells.at(k)]) != goes[k]]
    if not moving:
        raise EditRefused("nothing_changes")
    require_unlocked(plan, cells, moving, *sorted({goes[k] for k in moving}))
    change = Change(last_key=min(born, default=0))
    for key, grid in born.items():
        change.before.grids[key], change.after.grids[key] = None, grid
    for k in moving:
        state = cells.state(k)
        change.before.cells[k] = cells.before(k)
        change.after.cells[k] = State(community, goes[k], False, state.shape, state.origin)
    return change


def _require_each_cell_once(
    plan: Plan, community: int, cells: Cells, groups: list[tuple[int | None, list[int]]]
) -> None:
    """Refuse groups that share cells, hold cells of elsewhere, or leave one out that is not locked."""
    given = Counter(k for _, keys in groups for k in keys)
    known = set(cells.keys.tolist())
    foreign = sorted(set(given) - known)
    if foreign:
        there = require_cells(plan, foreign)
        one, other = int(there.communities[0]), community
        names = Grid.objects.in_bulk([one, other])
        raise EditRefused(
            "crosses_community",
            {"one": names[one].code, "other": names[other].code},
            place(inner(there.shapes[0])),
            tuple(foreign),
        )
    twice = sorted(k for k, times in given.items() if times > 1)
    left = cells.keys[~np.isin(cells.grids, list(plan.locked)) & ~np.isin(cells.keys, list(given))].tolist()
    for reason, keys in (("cell_in_two_groups", twice), ("cells_left_over", left)):
        if keys:
            spot = place(inner(cells.shapes[cells.at(keys[0])]))
            raise EditRefused(reason, {"count": len(keys)}, spot, tuple(keys))


def _require_grids(plan: Plan, community: int, grids: list[int]) -> None:
    """Refuse grids that are named twice, unknown, of another community, or locked."""
    for grid, times in Counter(grids).items():
        if times > 1:
            raise EditRefused("grid_in_two_groups", {"grid": name_of_grid(plan, grid)})
        if community_of_grid(plan, grid) != community:
            raise EditRefused("foreign_grid", {"grid": name_of_grid(plan, grid)})


def _new_grids(plan: Plan, community: int, count: int) -> dict[int, GridState]:
    """Give so many new grids by key, named after the community and the numbers that come next."""
    if not count:
        return {}
    version = GridVersion.objects.of_edition(plan.base).select_related("grid").get(grid=community)
    rules = scheme()
    own = rules.segments[Level.GRID]
    code = version.grid.code
    used = Grid.objects.filter(level=Level.GRID, code__startswith=code + own.mark).values_list("code", flat=True)
    number = rules.next_serial(Level.GRID, code, used) + PlanGrid.objects.filter(plan=plan, community=community).count()
    return {
        plan.last_key - 1 - n: GridState(
            community,
            f"{version.name_zh} {number + n:0{own.digits}d}".strip(),
            f"{version.name_en} {number + n:0{own.digits}d}".strip(),
        )
        for n in range(count)
    }
