"""What the checks of a plan look at: the cells it changes, their neighbours, and the grids and communities concerned.

Read once for all checks, by a few queries, and only as far as the plan reaches: a plan of some cells costs the same in
a village and in a city of 50,000 cells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from cells.models import Grid, GridVersion, Level, Plan, PlanGrid
from cells.plans.changed import Difference, changes
from cells.plans.painting import inner
from cells.plans.working import RING_M, Cells, working_cells
from spatial.partition import Shapes, as_shapes
from spatial.postgis import run

Spot = tuple[float, float]  # metres
# Corners of lines are rounded to the millimetre: ground narrower or smaller than this has not moved.
HAIR_M = 0.005
HAIR_M2 = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found at one place, before it is given its gravity."""

    subject: str  # the same as long as the finding is about the same thing: "cell:17", "grid:-2"
    sentence: str  # English template
    values: dict[str, Any]
    spot: Spot | None
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """One cell before the plan, or after it."""

    key: int
    code: str
    community: int
    grid: int
    shape: Any


@dataclass(frozen=True, slots=True)
class Share:
    """Ground that a cell of the plan has of a cell of the base edition."""

    cell: Difference
    of: Difference
    area_m2: float
    ground: Any


@dataclass(frozen=True)
class Scene:
    """A plan's changes with all that is around them."""

    plan: Plan
    changed: list[Difference] = field(default_factory=list)

    @classmethod
    def of(cls, plan: Plan) -> Scene:
        """The scene of a plan as it is now."""
        return cls(plan, changes(plan))

    @property
    def day(self) -> dt.date:
        """The day on which the plan takes effect as far as is known: the one set, or today."""
        at = self.plan.effective_at
        return timezone.localdate(at) if at is not None else timezone.localdate()

    # --- cells ----------------------------------------------------------------------------------------------------

    @cached_property
    def reshaped(self) -> list[Difference]:
        """Cells whose polygon is another one, born, or gone; also those that only received a vertex."""
        return [d for d in self.changed if d.before is not d.after]

    @cached_property
    def boxes(self) -> dict[str, list[float]]:
        """The boxes of the ground that has other borders now, grown so that neighbours meet them."""
        shapes = [s for d in self.reshaped for s in (d.before, d.after) if s is not None]
        bounds = shapely.bounds(as_shapes(shapes)).reshape(-1, 4) + np.array([-RING_M, -RING_M, RING_M, RING_M])
        return dict(zip(("west", "south", "east", "north"), bounds.T.tolist(), strict=True))

    @cached_property
    def ring(self) -> list[Held]:
        """The cells around the reshaped ones, as the base edition and the plan both have them."""
        if not self.reshaped:
            return []
        asked = {
            **self.boxes,
            "srid": settings.CITY_SRID,
            "number": self.plan.base.number,
            "but": [d.key for d in self.reshaped],
        }
        found = run.rows("cells", "cells_in_boxes_v1", asked)
        shapes = shapely.from_wkb([bytes(r[4]) for r in found])
        return [Held(*r[:4], shape) for r, shape in zip(found, shapes, strict=True)]

    @cached_property
    def communities(self) -> list[int]:
        """The communities concerned, of before or after."""
        return sorted({c for d in self.changed for c in (d.community_before, d.community_after) if c is not None})

    @cached_property
    def cells(self) -> Cells:
        """All cells of these communities as the plan has them."""
        return working_cells(self.plan, communities=self.communities)

    @cached_property
    def after(self) -> list[Held]:
        """The same, one by one."""
        cells = self.cells
        rows = zip(
            cells.keys.tolist(),
            cells.codes,
            cells.communities.tolist(),
            cells.grids.tolist(),
            cells.shapes,
            strict=True,
        )
        return [Held(*row) for row in rows]

    @cached_property
    def before(self) -> list[Held]:
        """All cells of these communities as the base edition has them, by ascending key."""
        changed = {d.key for d in self.changed}
        held = [h for h in self.after if h.key not in changed]
        for d in self.changed:
            if d.before is not None:
                held.append(Held(d.key, d.code, d.community_before or 0, d.grid_before or 0, d.before))
        return sorted(held, key=lambda h: h.key)

    @cached_property
    def shares(self) -> list[Share]:
        """What each changed cell has of which cell of the base edition, hairs left out."""
        kept = [d for d in self.changed if d.after is not None and d.before is not None and not d.moved]
        found = [Share(d, d, float(d.after.area), d.after) for d in kept]
        was = [d for d in self.reshaped if d.before is not None]
        now = [d for d in self.reshaped if d.after is not None and d.moved]
        if not was or not now:
            return found
        before, after = as_shapes([d.before for d in was]), as_shapes([d.after for d in now])
        n, b = shapely.STRtree(before).query(after, predicate="intersects")
        ground = shapely.intersection(after[n], before[b])
        area = shapely.area(ground)
        wide = np.flatnonzero((area > HAIR_M2) & (2 * area > HAIR_M * shapely.length(ground)))
        return found + [Share(now[n[k]], was[b[k]], float(area[k]), ground[k]) for k in wide.tolist()]

    # --- grids ----------------------------------------------------------------------------------------------------

    @cached_property
    def grids(self) -> list[int]:
        """The third-level grids whose ground or cells change, of before or after; and those born."""
        touched = [d for d in self.changed if d.moved or d.changes_hands]
        return sorted({g for d in touched for g in (d.grid_before, d.grid_after) if g} | set(self.born_grids))

    @cached_property
    def born_grids(self) -> dict[int, PlanGrid]:
        """The third-level grids born in the plan, by key."""
        return {g.key: g for g in PlanGrid.objects.filter(plan=self.plan).order_by("-key")}

    @cached_property
    def members_after(self) -> dict[int, list[Held]]:
        """The cells of each third-level grid concerned, in the plan."""
        return _by_grid(self.after, self.grids)

    @cached_property
    def members_before(self) -> dict[int, list[Held]]:
        """The cells of each third-level grid concerned, in the base edition."""
        return _by_grid(self.before, self.grids)

    @cached_property
    def unions_after(self) -> dict[int, Any]:
        """The ground of each third-level grid that has cells in the plan."""
        return {g: ground_of(held) for g, held in self.members_after.items() if held}

    # --- names ----------------------------------------------------------------------------------------------------

    @cached_property
    def _codes(self) -> dict[int, str]:
        wanted = {g for g in self.grids if g > 0} | set(self.communities)
        return dict(Grid.objects.filter(pk__in=wanted).values_list("pk", "code"))

    def grid_name(self, grid: int) -> str:
        """What a person calls a grid or community: its code, or the name or number of one born in the plan."""
        born = self.born_grids.get(grid)
        if born is None:
            return self._codes.get(grid) or (f"+{-grid}" if grid < 0 else str(grid))
        chinese = (get_language() or "").startswith("zh")
        names = (born.name_zh, born.name_en) if chinese else (born.name_en, born.name_zh)
        return names[0] or names[1] or f"+{-grid}"

    def community_code(self, community: int) -> str:
        """The code of a community concerned."""
        return self._codes.get(community) or str(community)

    @cached_property
    def districts(self) -> dict[int, str]:
        """The code of the district of each community concerned; a community without one is left out."""
        at = {c: c for c in self.communities}
        found: dict[int, str] = {}
        while at:
            rows = GridVersion.objects.of_edition(self.plan.base).filter(grid__in=set(at.values()))
            above = {g: (level, code, up) for g, level, code, up in rows.values_list(*_LADDER)}
            climbing = {}
            for community, grid in at.items():
                level, code, parent = above.get(grid, ("", "", None))
                if level == Level.DISTRICT:
                    found[community] = code
                elif parent is not None and parent != grid:
                    climbing[community] = parent
            at = climbing
        return found


_LADDER = ("grid", "grid__level", "grid__code", "parent")


def _by_grid(held: Iterable[Held], grids: Iterable[int]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {g: [] for g in grids}
    for h in held:
        if h.grid in found:
            found[h.grid].append(h)
    return found


def ground_of(held: Iterable[Held]) -> Any:
    """The ground of some cells as one shape, also where they do not tile it."""
    shapes = shapes_of(held)
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        return shapely.union_all(shapely.make_valid(shapes))


def shapes_of(held: Iterable[Held]) -> Shapes:
    """The polygons of some cells."""
    return as_shapes([h.shape for h in held])


def called(key: int, code: str) -> str:
    """What a person calls a cell: its code, or its number with a plus before it if it was born in the plan."""
    return code or f"+{-key}"


def spot_in(shape: Any) -> Spot:
    """A place inside a shape."""
    return inner(shape)
