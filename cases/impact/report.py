"""The impact of a plan: what every grid it touches is before and after, who it concerns, and what is passed on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Min
from django.utils import timezone

from cases.impact.counting import YEAR, count_points
from cases.impact.figures import Figures, Web, Weights, figures_by, loads_of, totalled, weights
from cases.impact.ground import GridNames, Ground, Side, read_ground
from cases.impact.people import PersonChange, changes_of_people, people_of, posted_to
from cases.models import Case
from cells import staffing
from cells.models import CellVersion, Level, Plan
from cells.plans import changes
from spatial.partition import Floats, Ints


@dataclass(frozen=True, slots=True)
class GridImpact:
    """A third-level grid or community that a plan touches. None: not there on that side."""

    key: int  # number of the grid, negative if born in the plan
    names: GridNames
    community: GridNames
    before: Figures | None
    after: Figures | None

    def as_data(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "key": self.key,
            "code": self.names.code,
            "name_zh": self.names.name_zh,
            "name_en": self.names.name_en,
            "community": self.names.community,
            "community_code": self.community.code,
            "community_name_zh": self.community.name_zh,
            "community_name_en": self.community.name_en,
            "level": self.names.level,
            "before": self.before and self.before.as_data(),
            "after": self.after and self.after.as_data(),
        }


@dataclass(frozen=True, slots=True)
class Impact:
    """What a plan would do, as things stand now."""

    plan: int
    revision: int
    base: int  # number of the edition
    grids: tuple[GridImpact, ...]  # by community: the community, then its grids by code, those born in the plan last
    before: Figures  # of all communities touched, together
    after: Figures
    cells_changing_hands: int
    people: tuple[PersonChange, ...]
    cases_changing_owner: int
    deadlines_touched: int
    load_before_max: float  # of a third-level grid; of a community where there are none
    load_after_max: float

    def as_data(self) -> dict[str, Any]:
        """Plain JSON, for the page and the command."""
        return {
            "plan": self.plan,
            "revision": self.revision,
            "base": self.base,
            "grids": [grid.as_data() for grid in self.grids],
            "totals": {"before": self.before.as_data(), "after": self.after.as_data()},
            "cells_changing_hands": self.cells_changing_hands,
            "people": [person.as_data() for person in self.people],
            "cases_changing_owner": self.cases_changing_owner,
            "deadlines_touched": self.deadlines_touched,
            "load_before_max": round(self.load_before_max, 2),
            "load_after_max": round(self.load_after_max, 2),
        }


def impact(plan: Plan, *, at: dt.datetime | None = None) -> Impact:
    """What a plan would do to the third-level grids and communities that any of its changed cells lies in.

    Figures are of all cells of such a grid, before as in the plan's base edition and after as in the plan, and count
    what there is at `at` (now): components, open cases, cases closed in the last 30 and 365 days, people posted.

    - `cells_out_of_range` counts cells outside the rules `cell_area_least_m2` to `cell_area_most_m2` in core areas:
      where the grade of management of the cell, or else of its community, is a core one (`cells.rules.is_core`); if
      the city has graded nothing, every cell counts.
    - `people` are the persons who answer for a grid touched. A grid that has no cells left in the plan ends, and its
      officers lose it; a grid born in the plan has nobody yet.
    - `cases_changing_owner` are open cases whose place will be another community's, `deadlines_touched` those of them
      that are dispatched: their clock runs on with the new owner. A case that was given by hand to somebody else than
      the community of its place stays with whom it was given to.
    - Totals are of all communities touched (see `cases.impact.figures.totalled`).

    A plan that changes nothing has an empty impact.
    """
    now = at or timezone.now()
    differences = changes(plan)
    touched = {c for d in differences for c in (d.community_before, d.community_after) if c is not None}
    ground = read_ground(plan, differences, touched)
    counted = count_points(plan, ground, at=now)
    by = weights(days=days_on_record(now))
    officers = posted_to(plan, ground.names, day=timezone.localdate(now))
    before_web = Web.of(ground.before)
    after_web = Web.of(ground.after) if ground.borders_move else before_web
    before = _sided(ground, ground.before, before_web, counted.before, by, officers)
    after = _sided(ground, ground.after, after_web, counted.after, by, officers)
    wanted = touched | {g for d in differences for g in (d.grid_before, d.grid_after) if g}
    rows = [
        GridImpact(key, names, ground.names[names.community], before.figures.get(key), after.figures.get(key))
        for key, names in ground.names.items()
        if key in wanted and (key in before.figures or key in after.figures)
    ]
    ended = {g: ground.names[g].code for g in wanted if g in before.figures and g not in after.figures}
    return Impact(
        plan=plan.pk,
        revision=plan.revision,
        base=plan.base.number,
        grids=tuple(sorted(rows, key=_order)),
        before=before.total,
        after=after.total,
        cells_changing_hands=sum(d.changes_hands for d in differences),
        people=tuple(changes_of_people(officers, touched=wanted, ended=ended)),
        cases_changing_owner=counted.cases_changing_owner,
        deadlines_touched=counted.deadlines_touched,
        load_before_max=_heaviest([(row.names.level, row.before) for row in rows]),
        load_after_max=_heaviest([(row.names.level, row.after) for row in rows]),
    )


def loads(plan: Plan, keys: Iterable[int], *, at: dt.datetime | None = None) -> dict[int, float]:
    """Minutes of work a day of cells of a plan, by key: what a share-out among grids has to even out.

    Keys that are not in the plan are left out. See `cases.impact.figures` for the formula.
    """
    wanted = set(keys)
    now = at or timezone.now()
    differences = changes(plan)
    stored = CellVersion.objects.of_edition(plan.base).filter(cell__in=[k for k in wanted if k > 0])
    touched = {c for d in differences for c in (d.community_before, d.community_after) if c is not None}
    ground = read_ground(plan, differences, touched | set(stored.values_list("community", flat=True)))
    counted = count_points(plan, ground, at=now)
    minutes = loads_of(ground.after, counted.after, weights(days=days_on_record(now)))
    found = zip(ground.after.keys.tolist(), minutes.tolist(), strict=True)
    return {key: value for key, value in found if key in wanted}


def days_on_record(now: dt.datetime) -> float:
    """The days of the last 365 in which there can be reports: since the first case on record; 0 if there is none."""
    first = Case.objects.filter(reported_at__lte=now).aggregate(first=Min("reported_at"))["first"]
    return 0.0 if first is None else min(now - first, YEAR) / dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _SideFigures:
    figures: dict[int, Figures]  # of third-level grids and communities
    total: Figures


def _sided(
    ground: Ground, side: Side, web: Web, counts: Ints, by: Weights, officers: list[staffing.Officer]
) -> _SideFigures:
    load: Floats = loads_of(side, counts, by)
    grids = [int(g) for g in np.unique(side.grids) if g]
    people, everybody = people_of(officers, grids, {g: ground.names[g].community for g in grids})
    of_grids = figures_by(side.grids, side, web, counts, load, by, people)
    of_communities = figures_by(side.communities, side, web, counts, load, by, people)
    total = totalled(list(of_communities.values()), list(of_grids.values()), everybody)
    return _SideFigures(of_grids | of_communities, total)


def _heaviest(rows: list[tuple[str, Figures | None]]) -> float:
    """The load of the third-level grid that has most; of a community where there are no grids."""
    of_level: dict[str, list[float]] = {}
    for level, figures in rows:
        if figures is not None:
            of_level.setdefault(level, []).append(figures.load_minutes_per_day)
    return max(of_level.get(Level.GRID) or of_level.get(Level.COMMUNITY) or [0.0])


def _order(row: GridImpact) -> tuple[str, bool, bool, str, int]:
    born = row.key < 0
    return row.community.code, row.names.level == Level.GRID, born, row.names.code, -row.key if born else row.key
