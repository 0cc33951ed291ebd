"""What a plan changes: its cells beside those of the edition it starts from, for hatching, impact and publishing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import shapely

from cells.models import Plan
from spatial.changes import hardly_moved
from spatial.postgis import run
from spatial.succession import drawn_together


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that is another in the plan. What it is not before or after is None; a grid of 0 is none."""

    key: int
    code: str  # empty if born in the plan
    community_before: int | None
    community_after: int | None
    grid_before: int | None
    grid_after: int | None
    before: Any  # Polygon, metres
    after: Any
    origin: tuple[int, ...]  # base cells it came from, itself left out
    vertex_only: bool  # another polygon, but the same ground to the millimetre
    changes_hands: bool = False  # somebody else is responsible for ground of it: these are hatched

    @property
    def born(self) -> bool:
        """Not in the base edition."""
        return self.before is None

    @property
    def retired(self) -> bool:
        """Not in the plan any more."""
        return self.after is None

    @property
    def moved(self) -> bool:
        """Whether its ground is another one."""
        same = self.before is self.after
        return not same and not self.vertex_only

    @property
    def holders(self) -> set[tuple[int, int]]:
        """Community and third-level grid that answer for it, before and after."""
        was = {(self.community_before or 0, self.grid_before or 0)} if self.before is not None else set()
        now = {(self.community_after or 0, self.grid_after or 0)} if self.after is not None else set()
        return was | now


def changes(plan: Plan, *, keys: Iterable[int] | None = None) -> list[Difference]:
    """Every cell that differs from the base edition, by ascending key; those touched but back as they were left out.

    Of all cells, or of some by key.
    """
    found = []
    some = None if keys is None else sorted(set(keys))
    rows = run.rows("cells", "plan_changes_v1", {"plan": plan.pk, "base": plan.base.number, "keys": some})
    for key, code, retired, origin, community, grid, shape, new_community, new_grid, new_shape in rows:
        before = None if shape is None else bytes(shape)
        after = None if retired else bytes(new_shape)
        if before == after and (community, grid) == (new_community, new_grid):
            continue
        was = None if before is None else shapely.from_wkb(before)
        now = was if before == after else after and shapely.from_wkb(after)
        vertex_only = was is not None and now is not None and now is not was and hardly_moved(was, now)
        found.append(
            Difference(
                key,
                code,
                community,
                None if retired else new_community,
                None if was is None else grid,
                None if retired else new_grid,
                was,
                now,
                tuple(origin),
                vertex_only,
            )
        )
    return _with_hands(found)


def _with_hands(found: list[Difference]) -> list[Difference]:
    """Say which cells change hands: those whose holder is another, and of cells that exchange ground those that do so
    with another's. A cell that is split, or whose border moves, within one grid stays in its hands."""
    group = drawn_together([d.before for d in found], [d.after for d in found]).tolist()
    holders: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for d, g in zip(found, group, strict=True):
        if not d.vertex_only:
            holders[g] |= d.holders
    return [
        replace(d, changes_hands=len(d.holders) > 1 or (d.moved and len(holders[g]) > 1))
        for d, g in zip(found, group, strict=True)
    ]
