"""The ground that a plan touches: the cells of the communities in question, in the base edition and in the plan.

Figures are of whole grids and communities, so all their cells are read, not only those that change; the rest of the
city is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import QuerySet

from cells.models import CellVersion, GridVersion, Level, Plan, PlanGrid
from cells.plans import Difference
from cells.rules import is_core
from spatial.partition import Bools, Floats, Ints, Shapes, as_shapes
from spatial.postgis import run

# Whether a cell (key, community, cells it came from) lies in a core area.
Core = Callable[[int, int, Iterable[int]], bool]


@dataclass(frozen=True, slots=True)
class Side:
    """Cells on one side of a plan, parallel, by ascending key."""

    keys: Ints  # (n,)
    codes: list[str]  # empty for those born in the plan
    communities: Ints  # (n,)
    grids: Ints  # (n,) 0: none
    areas_m2: Floats  # (n,)
    perimeters_m: Floats  # (n,)
    core: Bools  # (n,) in a core area, where the limits of area hold
    shapes: Shapes  # (n,)

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, keys: Ints) -> Ints:
        """Positions of keys, -1 where a key is not there."""
        if len(self.keys) == 0:
            return np.full(len(keys), -1, dtype=np.int64)
        spot = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[spot] == keys, spot, -1)


@dataclass(frozen=True, slots=True)
class GridNames:
    """What a grid or community is called, and where it belongs."""

    code: str  # empty if born in the plan
    name_zh: str
    name_en: str
    community: int
    level: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The communities in question before and after, cell by cell."""

    communities: list[int]  # ascending
    before: Side
    after: Side
    since: Ints  # of `before`: number of the edition in which the cell's state began
    by_cell: Bools  # of `before`: what is stored as lying in the cell lies in it before and after
    borders_move: bool  # False: the plan only paints
    names: dict[int, GridNames]  # of the communities and their third-level grids


def read_ground(plan: Plan, differences: list[Difference], communities: Iterable[int]) -> Ground:
    """Read the cells of some communities, and overlay what a plan changes."""
    wanted = sorted(set(communities))
    rows = run.rows("cases", "impact_cells_v1", {"communities": wanted, "base": plan.base.number})
    names, grades = _names(plan, wanted, _community_of(rows, differences))
    own = {row[0]: row[6] for row in rows}
    judged_all = not _is_graded(plan, grades, own)

    def core(key: int, community: int, origin: Iterable[int]) -> bool:
        grade = own.get(key) or next((own[k] for k in origin if own.get(k)), "") or grades.get(community, "")
        return judged_all or is_core(grade)

    numbers = np.array([(r[0], r[2], r[3], r[7], r[8]) for r in rows], dtype=np.int64).reshape(-1, 5)
    before = Side(
        keys=numbers[:, 0],
        codes=[r[1] for r in rows],
        communities=numbers[:, 1],
        grids=numbers[:, 2],
        areas_m2=np.array([r[4] for r in rows], dtype=np.float64),
        perimeters_m=np.array([r[5] for r in rows], dtype=np.float64),
        core=np.array([core(r[0], r[2], ()) for r in rows], dtype=np.bool_),
        shapes=as_shapes(shapely.from_wkb([bytes(r[9]) for r in rows])),
    )
    moved = [d.key for d in differences if d.before is not d.after]
    by_cell = (numbers[:, 4] == 1) & ~np.isin(before.keys, moved)
    after = _overlaid(before, differences, set(wanted), core)
    return Ground(wanted, before, after, numbers[:, 3], by_cell, bool(moved), names)


def _overlaid(before: Side, differences: list[Difference], communities: set[int], core: Core) -> Side:
    """The cells of some communities in the plan: those that stay as they were, and those that come or change."""
    kept = ~np.isin(before.keys, [d.key for d in differences])
    coming = [d for d in differences if not d.retired and d.community_after in communities]
    shapes = as_shapes([d.after for d in coming])
    keys = np.concatenate([before.keys[kept], np.array([d.key for d in coming], dtype=np.int64)])
    order = np.argsort(keys)
    codes = [before.codes[n] for n in np.flatnonzero(kept).tolist()] + [d.code for d in coming]

    def joined(stays: Any, comes: Any) -> Any:
        return np.concatenate([stays[kept], np.asarray(comes, dtype=stays.dtype)])[order]

    return Side(
        keys=keys[order],
        codes=[codes[n] for n in order.tolist()],
        communities=joined(before.communities, [d.community_after for d in coming]),
        grids=joined(before.grids, [d.grid_after or 0 for d in coming]),
        areas_m2=joined(before.areas_m2, shapely.area(shapes)),
        perimeters_m=joined(before.perimeters_m, shapely.length(shapes)),
        core=joined(before.core, [core(d.key, d.community_after or 0, d.origin) for d in coming]),
        shapes=joined(before.shapes, shapes),
    )


def _community_of(rows: list[tuple[Any, ...]], differences: list[Difference]) -> dict[int, int]:
    """The community of each third-level grid that has cells on either side: that of its cells."""
    found = {d.grid_before: d.community_before for d in differences if d.grid_before and d.community_before}
    found |= {row[3]: row[2] for row in rows if row[3]}
    return found | {d.grid_after: d.community_after for d in differences if d.grid_after and d.community_after}


def _names(
    plan: Plan, communities: list[int], community_of: dict[int, int]
) -> tuple[dict[int, GridNames], dict[int, str]]:
    """Names of the communities and of their third-level grids; grades of management of the communities."""
    asked = communities + [g for g in community_of if g > 0]
    columns = ("grid", "grid__code", "name_zh", "name_en", "grid__level", "management_grade")
    names, grades = {}, {}
    for grid, code, zh, en, level, grade in _there(plan).filter(grid__in=asked).values_list(*columns):
        names[grid] = GridNames(code, zh, en, community_of.get(grid, grid), level)
        if level == Level.COMMUNITY:
            grades[grid] = grade
    born = [g for g in community_of if g < 0]
    if born:
        rows = PlanGrid.objects.filter(plan=plan, key__in=born).values_list("key", "name_zh", "name_en")
        names |= {key: GridNames("", zh, en, community_of[key], Level.GRID) for key, zh, en in rows}
    return names, grades


def _there(plan: Plan) -> QuerySet[GridVersion]:
    return GridVersion.objects.of_edition(plan.base).order_by()


def _is_graded(plan: Plan, grades: dict[int, str], own: dict[int, str]) -> bool:
    """Whether the city has graded any community or any cell in the plan's base edition."""
    if any(grades.values()) or any(own.values()):
        return True
    if _there(plan).filter(grid__level=Level.COMMUNITY).exclude(management_grade="").exists():
        return True
    return CellVersion.objects.of_edition(plan.base).exclude(management_grade="").exists()
