"""Paint: cells change their third-level grid; no border moves, so no gap can open. Grids are born and locked here."""

from __future__ import annotations

from typing import Any

import shapely

from cells.models import Cell, CellVersion, Grid, GridVersion, Level, Plan, PlanGrid
from cells.plans.doing import Change
from cells.plans.errors import EditRefused
from cells.plans.geojson import place
from cells.plans.intents import Intent
from cells.plans.states import GridState, Side, State
from cells.plans.working import Cells, working_cells


def paint(plan: Plan, intent: Intent) -> Change:
    """Give `cells` to the third-level grid `grid`; with `across` also from other communities.

    A cell painted across belongs to the grid's community from then on; its code, which names the old one, is settled
    when the plan is published.
    """
    keys, grid, across = intent.keys(), intent.key("grid"), intent.flag("across")
    return _painted(plan, keys, grid, community_of_grid(plan, grid), across=across)


def new_grid(plan: Plan, intent: Intent) -> Change:
    """Make a third-level grid in `community`, named `name_zh` and `name_en`, and give it `cells` if there are any."""
    community = require_community(plan, intent.key("community"))
    key = plan.last_key - 1
    made = GridState(community, intent.text("name_zh"), intent.text("name_en"))
    change = Change()
    if intent.has("cells"):
        change = _painted(plan, intent.keys(), key, community, across=intent.flag("across"))
    change.before.grids[key], change.after.grids[key], change.last_key = None, made, key
    return change


def lock(plan: Plan, intent: Intent) -> Change:
    """Lock `grids`: no edit may change the ground or the number of their cells."""
    return _locks(plan, set(plan.locked) | {g for g in intent.keys("grids") if community_of_grid(plan, g)})


def unlock(plan: Plan, intent: Intent) -> Change:
    """Unlock `grids`."""
    return _locks(plan, set(plan.locked) - set(intent.keys("grids")))


def _locks(plan: Plan, locked: set[int]) -> Change:
    if locked == set(plan.locked):
        raise EditRefused("nothing_changes")
    return Change(Side(locked=list(plan.locked)), Side(locked=sorted(locked)))


def _painted(plan: Plan, keys: list[int], grid: int, community: int, *, across: bool) -> Change:
    cells = require_cells(plan, keys)
    moving = [
        k for n, k in enumerate(cells.keys.tolist()) if cells.grids[n] != grid or cells.communities[n] != community
    ]
    if not moving:
        raise EditRefused("nothing_changes")
    require_unlocked(plan, cells, moving, grid)
    foreign = [k for k in moving if cells.communities[cells.at(k)] != community]
    if foreign and not across:
        names = Grid.objects.in_bulk([int(cells.communities[cells.at(foreign[0])]), community])
        one, other = (names[g].code for g in (int(cells.communities[cells.at(foreign[0])]), community))
        raise EditRefused(
            "crosses_community",
            {"one": one, "other": other},
            place(inner(cells.shapes[cells.at(foreign[0])])),
            tuple(foreign),
            nearest_cells=tuple(k for k in moving if k not in set(foreign)),
        )
    change = Change()
    for k in moving:
        state = cells.state(k)
        change.before.cells[k] = cells.before(k)
        change.after.cells[k] = State(community, grid, False, state.shape, state.origin)
    return change


def require_cells(plan: Plan, keys: list[int]) -> Cells:
    """The working cells of some keys, all of them, or refused."""
    cells = working_cells(plan, keys=keys)
    if len(cells) < len(keys):
        missing = sorted(set(keys) - set(cells.keys.tolist()))
        code = Cell.objects.filter(pk=missing[0]).values_list("code", flat=True).first()
        raise EditRefused("unknown_cell", {"cell": code or missing[0]}, cells=tuple(missing))
    return cells


def require_unlocked(plan: Plan, cells: Cells, keys: list[int], *grids: int) -> None:
    """Refuse a change of cells that are in a locked grid, or of the locked grids themselves."""
    locked = set(plan.locked)
    for grid in grids:
        if grid in locked:
            raise EditRefused("locked", {"grid": name_of_grid(plan, grid)})
    held = [k for k in keys if int(cells.grids[cells.at(k)]) in locked]
    if held:
        n = cells.at(held[0])
        raise EditRefused(
            "locked",
            {"grid": name_of_grid(plan, int(cells.grids[n]))},
            place(inner(cells.shapes[n])),
            tuple(held),
            nearest_cells=tuple(k for k in keys if k not in set(held)),
        )


def community_of_grid(plan: Plan, grid: int) -> int:
    """The community of a third-level grid, of the base edition or born in the plan; refuses others."""
    if grid < 0:
        born = PlanGrid.objects.filter(plan=plan, key=grid).values_list("community", flat=True).first()
        if born is not None:
            return int(born)
    else:
        versions = GridVersion.objects.of_edition(plan.base).filter(grid=grid, grid__level=Level.GRID)
        parent = versions.values_list("parent", flat=True).first()
        if parent is not None:
            return int(parent)
    raise EditRefused("unknown_grid", {"grid": grid})


def require_community(plan: Plan, community: int) -> int:
    """The number of a community of the base edition that has cells; refuses others."""
    if not CellVersion.objects.of_edition(plan.base).filter(community=community).exists():
        raise EditRefused("unknown_community", {"community": community})
    return community


def name_of_grid(plan: Plan, grid: int) -> str:
    """What a person calls a grid: its code, or the name or number of one born in the plan."""
    if grid > 0:
        return Grid.objects.filter(pk=grid).values_list("code", flat=True).first() or str(grid)
    born = PlanGrid.objects.filter(plan=plan, key=grid).first()
    return str(born) if born is not None else str(grid)


def inner(shape: Any) -> tuple[float, float]:
    """A point inside a shape, metres."""
    point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)
