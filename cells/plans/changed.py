"""What a plan changes: its cells beside those of the edition it starts from, for hatching, impact and publishing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import shapely

from cells.models import Plan
from spatial.changes import hardly_moved
from spatial.postgis import run


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
    def changes_hands(self) -> bool:
        """Whether somebody else is responsible for ground of it: these are hatched."""
        return self.moved or (self.grid_before, self.community_before) != (self.grid_after, self.community_after)


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
    return found
