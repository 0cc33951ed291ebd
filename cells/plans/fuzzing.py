"""Thousands of valid, silly and hostile edits through the same functions as the pages, judged by code of another kind.

The plan is thrown away after. Every accepted edit is judged where it changed the map; now and then, and at the end, the
whole city is read anew and judged. At last everything is undone, and the city must be the first one, byte for byte.
"""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from tqdm import tqdm

from cells.models import Component, Plan, PlanCell
from cells.plans.doing import Applied
from cells.plans.editing import apply
from cells.plans.errors import EditRefused, StaleEdit
from cells.plans.opening import open_plan
from cells.plans.sketch import Sketch, corners_and_middles, double_area_mm2, is_tiling, orphans
from cells.plans.stray_edits import draw
from cells.plans.undoing import redo, undo
from cells.plans.working import working_cells
from spatial.postgis.convert import array_to_shapely

WHOLE_EVERY = 200  # edits between two looks at the whole city
RANDOM_POINTS = 20_000
VERTICES_M2 = 2.0  # what vertices within a millimetre of a community's border may add to it or take from it
WITHIN_M = 0.002  # the outline may move by its own rounding; points are looked for inside of it


@dataclass(slots=True)
class Figures:
    """What came of it."""

    edits: int = 0
    accepted: int = 0
    refused: int = 0
    invalid_coverages: int = 0
    area_drift_m2: float = 0.0
    orphan_points: int = 0
    crashes: int = 0
    seconds: float = 0.0
    undone: bool = False  # to the first edition, byte for byte
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing at all went wrong."""
        faults = self.invalid_coverages or self.area_drift_m2 or self.orphan_points or self.crashes
        return self.undone and not faults


def fuzz(*, edits: int, seed: int, show: bool = False) -> Figures:
    """Carry out random edits in a plan of the edition in force, and undo them all.

    Raises
    ------
    NoEditionInForce : there is no city
    """
    begun = perf_counter()
    plan = open_plan(title=f"fuzz {seed}")
    try:
        trial = _Trial(plan, np.random.default_rng(seed))
        for n in tqdm(range(edits), unit=" edits", disable=not show):
            trial.one_edit()
            if (n + 1) % WHOLE_EVERY == 0:
                trial.judge_whole()
        trial.judge_whole()
        trial.undo_all()
    finally:
        plan.delete()
    trial.figures.seconds = round(perf_counter() - begun, 1)
    return trial.figures


class _Trial:
    """One plan being tried."""

    def __init__(self, plan: Plan, rng: Generator) -> None:
        self.plan, self.rng, self.figures = plan, rng, Figures()
        first = working_cells(plan)
        self.first, self.sketch = first, Sketch.of(first)
        self.first_area = double_area_mm2(first.shapes)
        self.ground = shapely.buffer(shapely.coverage_union_all(first.shapes), -WITHIN_M)
        shapely.prepare(self.ground)
        places = array_to_shapely(Component.objects.values_list("place", flat=True))
        low, high = np.array(self.ground.bounds[:2]), np.array(self.ground.bounds[2:])
        self.points = self._inside(np.concatenate([places, shapely.points(rng.uniform(low, high, (RANDOM_POINTS, 2)))]))
        self.revision = plan.revision

    def one_edit(self) -> None:
        """Try one edit; before some of them, go back and forth in the history."""
        if self.rng.integers(12) == 0:
            self._wander()
        self.figures.edits += 1
        kind: Any = "?"
        intent: Any = None
        try:
            kind, intent = draw(self.sketch, self.plan, self.rng)
            stale = self.revision > 0 and self.rng.integers(50) == 0
            done = apply(self.plan, kind, intent, revision=self.revision - int(stale))
        except (EditRefused, StaleEdit) as error:
            self.figures.refused += 1
            reason = getattr(error, "reason", "stale")
            self.figures.reasons[reason] = self.figures.reasons.get(reason, 0) + 1
            if not str(error):
                self._crashed(kind, intent, error)
            return
        except Exception as error:  # whatever else comes up is what is being looked for
            self._crashed(kind, intent, error)
            return
        self.figures.accepted += 1
        self._follow(done, crossing=isinstance(intent, dict) and intent.get("across") is True)

    def judge_whole(self) -> None:
        """Read the city anew: it must be what the answers said, a tiling, with no point and no mm² lost."""
        cells = working_cells(self.plan)
        same = self.sketch.same_as(cells)
        self.figures.invalid_coverages += not (same and is_tiling(cells.shapes))
        drift = abs(double_area_mm2(cells.shapes) - self.first_area) / 2e6
        self.figures.area_drift_m2 = max(self.figures.area_drift_m2, drift)
        self.figures.orphan_points += orphans(self.points, cells.shapes)

    def undo_all(self) -> None:
        """Take everything back and compare with the first edition."""
        while Plan.objects.get(pk=self.plan.pk).cursor:
            self.revision = undo(self.plan, revision=self.revision).revision
        nothing_left = not PlanCell.objects.filter(plan=self.plan).exists()
        self.figures.undone = nothing_left and Sketch.of(self.first).same_as(working_cells(self.plan))

    def _wander(self) -> None:
        back = int(self.rng.integers(1, 6))
        for verb in [undo] * back + [redo] * int(self.rng.integers(0, back + 2)):
            try:
                self._follow(verb(self.plan, revision=self.revision))
            except EditRefused:
                return
            except Exception as error:
                self._crashed(verb.__name__, None, error)
                return

    def _follow(self, done: Applied, *, crossing: bool = True) -> None:
        """Judge an answer where it changed the map; without `crossing`, no land may have left its community."""
        self.revision = done.revision
        touched = (*done.changed, *done.removed)
        before = [self.sketch.shapes[k] for k in touched]
        held = self.sketch.area_by_community(touched)
        self.sketch.follow(done)
        holds = self.sketch.area_by_community(done.cells.keys.tolist())
        if not crossing:
            moved = max((abs(holds.get(c, 0.0) - held.get(c, 0.0)) for c in {*held, *holds}), default=0.0)
            self.figures.invalid_coverages += moved > VERTICES_M2
        after = list(done.cells.shapes)
        if double_area_mm2(before) != double_area_mm2(after):
            drift = abs(double_area_mm2(after) - double_area_mm2(before)) / 2e6
            self.figures.area_drift_m2 = max(self.figures.area_drift_m2, drift)
        if not after or all(a is b for a, b in zip(before, after, strict=False)):
            return
        around = [self.sketch.shapes[k] for k in sorted({k for g in after for k in self.sketch.touching(g)})]
        self.figures.invalid_coverages += not is_tiling(around)
        self.figures.orphan_points += orphans(self._inside(corners_and_middles(after)), around)

    def _inside(self, points: Any) -> Any:
        return points[shapely.contains(self.ground, points)]

    def _crashed(self, kind: Any, intent: Any, error: Exception) -> None:
        self.figures.crashes += 1
        sys.stderr.write(f"{kind} {str(intent)[:300]}\n{''.join(traceback.format_exception(error))}\n")
