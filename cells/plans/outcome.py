"""What an edit of the geometry means for the plan: which cells are born of which, who owns them, what is locked."""

from __future__ import annotations

from collections.abc import Iterable

import shapely

from cells.models import Plan
from cells.plans.doing import Change
from cells.plans.painting import require_unlocked
from cells.plans.refusing import refused
from cells.plans.states import State
from cells.plans.working import Cells, Window, id_of, key_of
from spatial.changes import Edit
from spatial.edits import Answer
from spatial.partition import as_shapes
from spatial.refusals import Refusal


def as_change(plan: Plan, held: Window, answer: Answer) -> Change:
    """The states before and after an edit; raises EditRefused for a refusal, and where a grid is locked.

    A new cell takes its third-level grid and its origin from the cells on whose ground it lies, the grid from the one
    with most of it; a cell that swallowed others remembers them as its origin.
    """
    if isinstance(answer, Refusal):
        raise refused(answer, held.cells)
    cells, change = held.cells, Change()
    change.vertex_only = tuple(sorted(key_of(k) for k in answer.vertex_only))
    moved = sorted(key_of(k) for k in {*answer.moved, *answer.removed} - set(answer.added))
    require_unlocked(plan, cells, moved)
    ground = {k: answer.before[id_of(k)] for k in moved}
    for cell, shape in answer.changed.items():
        key = key_of(cell)
        if cell in answer.added:
            parents = _under(shape, ground)
            community = int(answer.community[cell])
            origin = _origin(cells, parents, but=key)
            change.before.cells[key] = None
            change.after.cells[key] = State(community, _grid(cells, parents, community), False, shape, origin)
            change.last_key = min(change.last_key, key)
            continue
        state = cells.state(key)
        swallowed = _swallowed(shape, answer)
        origin = state.origin if not swallowed else _origin(cells, [key, *swallowed], but=key)
        change.before.cells[key] = cells.before(key)
        change.after.cells[key] = State(state.community, state.grid, False, shape, origin)
    for cell in answer.removed:
        key = key_of(cell)
        state = cells.state(key)
        change.before.cells[key] = cells.before(key)
        gone = State(state.community, state.grid, True, state.shape, state.origin)
        change.after.cells[key] = gone if key > 0 else None
    return change


def _under(shape: object, ground: dict[int, object]) -> list[int]:
    """Give the cells on whose ground a shape lies, the one with most of it first."""
    keys = list(ground)
    area = shapely.area(shapely.intersection(as_shapes(list(ground.values())), shape)).tolist()
    share = {k: a for k, a in zip(keys, area, strict=True) if a > 1.0}
    return sorted(share, key=lambda k: (-share[k], k)) or keys[:1]


def _swallowed(shape: object, answer: Edit) -> list[int]:
    """Give the removed cells most of whose ground a shape now holds."""
    gone = list(answer.removed)
    if not gone:
        return []
    was = as_shapes([answer.before[k] for k in gone])
    held = shapely.area(shapely.intersection(was, shape)) > 0.5 * shapely.area(was)
    return [key_of(k) for k, yes in zip(gone, held.tolist(), strict=True) if yes]


def _grid(cells: Cells, parents: list[int], community: int) -> int:
    """Give the third-level grid of the first parent that is in a community; 0 if it has none."""
    home = [cells.at(k) for k in parents if int(cells.communities[cells.at(k)]) == community]
    return int(cells.grids[home[0]]) if home else 0


def _origin(cells: Cells, parents: Iterable[int], *, but: int) -> tuple[int, ...]:
    """Give the base edition's cells that some cells of the plan are, or came from."""
    found: set[int] = set()
    for key in parents:
        found.update(cells.origins[cells.at(key)])
        if key > 0:
            found.add(key)
    return tuple(sorted(found - {but}))
