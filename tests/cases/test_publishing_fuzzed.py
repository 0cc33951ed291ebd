"""Whatever chance draws and the plan accepts can be published, taken back, rebased: judged by code of another kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model

from cases.models import Case
from cases.publishing import publish_plan, rebase, revert_edition
from cells import routing
from cells.coverage import check_edition
from cells.models import Component, Edition, Plan, PlanCheck
from cells.plans import approve, changes, fuzzing, open_plan, send
from tests.cases.makers import a_case
from tests.cells.lattice_city import a_lattice_city
from tests.cells.planning_desk import state_of

pytestmark = pytest.mark.django_db


def fuzzed(seed: int, edits: int, title: str = "by chance") -> fuzzing._Trial:
    """A plan of random edits, all of them sound."""
    trial = fuzzing._Trial(open_plan(title=title), np.random.default_rng(seed))
    for _ in range(edits):
        trial.one_edit()
    assert trial.figures.invalid_coverages == trial.figures.crashes == 0
    return trial


def approved(plan: Plan) -> Plan:
    PlanCheck.objects.update(severity=PlanCheck.Severity.OFF)  # what is found in a plan is tested elsewhere
    second, _ = get_user_model().objects.get_or_create(username="second")
    send(plan, by=None)
    return approve(plan, by=second)


def sound() -> bool:
    """Whether the edition in force has no fault, by independent code.

    A third-level grid drawn by chance where a community had none leaves the rest of it without one: that is meant.
    """
    report = check_edition(Edition.objects.in_force())
    found = [(level, f.why) for level, inspection in report.levels.items() for f in inspection.findings]
    return [f for f in found if f != ("grid", "parent not covered")] == []


def placed(rng: np.random.Generator, count: int) -> None:
    """Components and open cases anywhere in the city."""
    ground = routing.ground()
    west, south, east, north = ground.locator.bounds
    points = np.round(rng.uniform((west, south), (east, north), (count, 2)), 3)
    for x, y in points[ground.locator.locate_many(points) >= 0].tolist():
        a_case(lon=x, lat=y, crs="CITY")


def stale() -> list[Any]:
    """Open cases whose cell or owner is not what routing says now."""
    found = []
    for case in Case.objects.select_related("owner"):
        told = routing.route(*case.place.coords, crs="CITY", accuracy_m=case.accuracy_m)
        if (told.cell_id, told.area("community").id) != (case.cell_id, case.owner_id):
            found.append((case, told))
        elif case.edition.number == told.edition:
            assert case.reason == told.as_data()
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_plan_by_chance_is_published_and_taken_back(seed: int) -> None:
    a_lattice_city(16, 12)
    placed(np.random.default_rng(seed), 200)
    first = state_of(open_plan(title="look"))
    trial = fuzzed(seed, 150)
    drawn = {bytes_of(row) for row in state_of(trial.plan)}
    plan = approved(trial.plan)
    done = publish_plan(plan)
    assert sound()
    assert stale() == []
    now = state_of(open_plan(title="look"))
    assert {bytes_of(row) for row in now} == drawn
    codes = [row[1] for row in now]
    assert len(codes) == len(set(codes))
    back = revert_edition(done.edition)
    assert state_of(open_plan(title="look")) == first
    assert sound()
    assert stale() == []
    revert_edition(back.edition)
    assert {bytes_of(row) for row in state_of(open_plan(title="look"))} == drawn
    assert stale() == []


@pytest.mark.parametrize("seed", [4, 5])
def test_plans_by_chance_are_published_one_after_the_other_after_a_rebase(seed: int) -> None:
    a_lattice_city(16, 12)
    trials = [fuzzed(10 * seed + n, 25, f"plan {n}") for n in range(3)]
    for trial in trials:
        plan = Plan.objects.get(pk=trial.plan.pk)
        before = len(changes(plan))
        if plan.base != Edition.objects.in_force():
            done = rebase(plan, revision=plan.revision)
            assert done.kept + len(done.dropped) == before
            if not done.kept:
                continue
            plan = done.plan
        publish_plan(approved(plan))
        assert sound()
    assert Component.objects.count() == 0


def bytes_of(row: tuple[Any, ...]) -> tuple[int, bytes]:
    """Of a cell as a plan has it: its community and its shape."""
    return row[2], bytes(row[4])
