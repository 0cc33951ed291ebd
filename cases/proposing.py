"""Propose for me: a community's cells shared out among N third-level grids, evenly loaded, compact, in one part each.

    proposed = propose(plan, community=community.pk, grids=4, revision=plan.revision, by=user)
    proposed.before, proposed.after, proposed.groups

The mathematics is `spatial.balance`; here are the load of each cell (cases, components, area), the streets that make
good borders, the grids that are locked, and the names: a present grid goes on where most of its load stays. What comes
of it is one edit of kind `share_out`, which the planner corrects by painting, or undoes.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from django.db import transaction

from cases.impact import loads
from cells.models import Plan
from cells.plans import Applied, Cells, EditRefused, apply, grids_of, working_cells
from cells.plans.doing import hold
from cells.plans.ground import streets
from cells.plans.painting import require_community
from cells.plans.working import box_round
from spatial import balance
from spatial.blocks import compactness
from spatial.changes import Partition
from spatial.partition import Ints, connected_groups
from spatial.shares import Units

LONGEST_S = 60.0
# Contiguous groups listed for the exact solution in a second: pricing them takes most of it (35 cells, 56,000 groups:
# 1.0 s). Communities of up to some 40 cells are solved exactly, larger ones from a pool of good groups.
LISTED_A_SECOND = 20_000


@dataclass(frozen=True, slots=True)
class Group:
    """One third-level grid of a proposal."""

    key: int  # of the grid, negative if born in the plan
    code: str  # empty if born in the plan
    name_zh: str
    name_en: str
    locked: bool
    cells: int
    load: float  # minutes of work a day
    area_m2: float
    compactness: float  # 4π·area by perimeter²

    def as_data(self) -> dict[str, Any]:
        """Plain data for pages and commands."""
        return {
            "key": self.key,
            "code": self.code,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "locked": self.locked,
            "cells": self.cells,
            "load": round(self.load, 1),
            "area_m2": round(self.area_m2, 1),
            "compactness": round(self.compactness, 3),
        }


@dataclass(frozen=True, slots=True)
class Proposed:
    """A share-out that was put into the plan, beside what was before."""

    applied: Applied
    before: float | None  # objective of the share-out before (`spatial.shares`); less is better; None: there was none
    after: float
    method: str  # "exact": of all contiguous groups; "pool": of the good ones met while looking
    optimal: bool  # proved that no other is better
    groups: tuple[Group, ...]
    seconds: float

    def as_data(self) -> dict[str, Any]:
        """Plain data for pages and commands, but for what the edit changed (`applied`)."""
        return {
            "revision": self.applied.revision,
            "before": None if self.before is None else round(self.before, 4),
            "after": round(self.after, 4),
            "method": self.method,
            "optimal": self.optimal,
            "seconds": round(self.seconds, 2),
            "groups": [group.as_data() for group in self.groups],
        }


def propose(
    plan: Plan | int, *, community: int, grids: int, revision: int | None, by: Any = None, seconds: float = 5.0
) -> Proposed:
    """Share the cells of a community out among so many third-level grids, locked ones included.

    Nobody waits while it is looked for: the plan is locked only when the edit is made, and a plan that has gone on
    meanwhile is not touched. With 60 cells it takes 1 s, with 200 some 4 s, with 400 all of its time.

    Parameters
    ----------
    grids : how many; more than there are: new ones; fewer: those that keep least are left without cells and end
    seconds : how long to look at most, up to a minute

    Raises
    ------
    EditRefused : the number cannot be (with those that can), nothing better is found, no such community
    StaleEdit, PlanClosed : see `cells.plans.apply`
    """
    begun = perf_counter()
    with transaction.atomic():
        held = hold(plan, revision=revision)
    require_community(held, community)
    cells = working_cells(held, communities=[community])
    units = _units(held, cells)
    locked = _locked(held, cells)
    _require_possible(units, locked, grids)
    limit = float(np.clip(seconds, balance.LEAST_S, LONGEST_S))
    proposal = balance.propose(
        units, grids, locked=list(locked.values()), seconds=limit, most_groups_listed=int(LISTED_A_SECOND * limit)
    )
    names = _names(units, proposal.label, list(locked))
    if all(names[n] == int(grid) for n, grid in zip(proposal.label.tolist(), cells.grids, strict=True)):
        raise EditRefused("nothing_better", {"grids": grids})
    free = [n for n in sorted(names) if n >= len(locked)]
    groups = [{"grid": names[n], "cells": cells.keys[proposal.label == n].tolist()} for n in free]
    applied = apply(held, "share_out", {"community": community, "groups": groups}, revision=held.revision, by=by)
    return Proposed(
        applied,
        proposal.before,
        proposal.after,
        proposal.method,
        proposal.optimal,
        _groups(held, community, units),
        perf_counter() - begun,
    )


def _units(plan: Plan, cells: Cells) -> Units:
    """Give the cells as units, in the order of their keys."""
    # The ids of a partition must ascend as the keys do, and keys of born cells are negative: so, positions.
    positions = range(len(cells))
    partition = Partition.of(positions, cells.shapes, proven=True)
    minutes = loads(plan, cells.keys.tolist())
    present = dict(enumerate(cells.grids.tolist())) if (cells.grids != 0).any() else None
    lines, _ = streets(box_round(cells.shapes, 10.0))
    load = {n: minutes[k] for n, k in enumerate(cells.keys.tolist())}
    return balance.units_of_cells(partition, load, streets=lines, present=present)[1]


def _locked(plan: Plan, cells: Cells) -> dict[int, list[int]]:
    """Give the cells of each locked grid, by position."""
    found = {grid: np.flatnonzero(cells.grids == grid).tolist() for grid in plan.locked}
    return {grid: members for grid, members in found.items() if members}


def _require_possible(units: Units, locked: dict[int, list[int]], grids: int) -> None:
    """Refuse a number of grids that the free cells cannot make, and say which can."""
    free = np.setdiff1d(np.arange(len(units)), [n for members in locked.values() for n in members])
    rest = units.subset(free)
    parts = len(np.unique(connected_groups(len(rest), rest.left, rest.right))) if len(rest) else 0
    least, most = len(locked) + parts, len(locked) + len(free)
    whole = isinstance(grids, int) and not isinstance(grids, bool)
    if not whole or not max(least, 1) <= grids <= most:
        values = {"cells": len(free), "parts": parts, "locked": len(locked), "least": max(least, 1), "most": most}
        raise EditRefused("cannot_make_grids", {"grids": str(grids)[:20], **values})


def _names(units: Units, label: Ints, locked: list[int]) -> dict[int, int | None]:
    """Give the grid that each group goes on as; None: a new one."""
    free = np.flatnonzero(label >= len(locked))
    kept = balance.keep_names(label[free], units.subset(free)) if len(free) else {}
    names: dict[int, int | None] = dict(enumerate(locked))
    for group in np.unique(label[free]).tolist():
        names[group] = kept.get(group) or None  # 0: cells that had no grid
    return names


def _groups(plan: Plan, community: int, units: Units) -> tuple[Group, ...]:
    """Give the grids of the community as they are after the edit, those without cells left out."""
    after = working_cells(plan, communities=[community])
    found = []
    for grid in grids_of(plan, community):
        mine = after.grids == grid.key
        if not mine.any():
            continue
        ground = shapely.coverage_union_all(after.shapes[mine])
        found.append(
            Group(
                grid.key,
                grid.code,
                grid.name_zh,
                grid.name_en,
                grid.locked,
                int(mine.sum()),
                float(units.load[mine].sum()),
                float(ground.area),
                float(compactness(ground)),
            )
        )
    return tuple(found)
