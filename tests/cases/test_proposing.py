"""Propose for me: contiguous, even, with the locked grids as they are, and undone like any other edit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from cases.impact import loads
from cases.proposing import propose
from cells.models import Plan, PlanCell, PlanGrid, Rule
from cells.plans import EditRefused, PlanClosed, StaleEdit, findings, open_plan, undo, working_cells
from spatial.grouping import group_cells
from tests.cells.planning_desk import Desk, state_of
from tests.makers import a_city, a_component, a_street

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    """6 × 4 cells in one community with two grids; every cell is 1 minute a day, those in column 0 are 3."""
    desk = Desk("6x4", "6x4")
    Rule.objects.filter(pk="load_component_minutes").update(value=2)
    for row in range(4):
        a_component(desk.city, 0, row)
    return desk


def ask(desk, grids, **other):
    return propose(
        desk.plan, community=desk.city.community(0, 0).pk, grids=grids, **{"revision": desk.revision} | other
    )


def squares(desk):
    """The grid of each square, by column and row."""
    cells = working_cells(desk.plan)
    grid = dict(zip(cells.keys.tolist(), cells.grids.tolist(), strict=True))
    return {(c, r): grid[desk.key(c, r)] for c in range(desk.city.columns) for r in range(desk.city.rows)}


def hangs_together(places):
    """Whether squares hang together by their sides (no code of ours)."""
    left, todo = set(places), [min(places)]
    while todo:
        c, r = todo.pop()
        for near in ((c, r), (c + 1, r), (c - 1, r), (c, r + 1), (c, r - 1)):
            if near in left:
                left.discard(near)
                todo.append(near)
    return not left


def by_grid(desk):
    found = {}
    for place, grid in squares(desk).items():
        found.setdefault(grid, []).append(place)
    return found


def test_a_proposal_is_contiguous_and_as_even_as_can_be(desk):
    done = ask(desk, 4)
    assert all(hangs_together(places) for places in by_grid(desk).values())
    assert max(abs(g.load - 8) for g in done.groups) <= 1  # 32 minutes among 4
    assert (done.method, done.optimal) == ("exact", True)
    assert [f.check for f in findings(desk.plan) if f.check == "grid_not_contiguous"] == []
    assert sum(g.cells for g in done.groups) == 24
    assert sum(g.area_m2 for g in done.groups) == pytest.approx(240_000)
    for group in done.groups:
        places = by_grid(desk)[group.key]
        assert group.cells == len(places)
        assert group.load == pytest.approx(sum(3 if c == 0 else 1 for c, _ in places))


def test_a_proposal_is_more_even_than_grids_of_like_many_cells(desk):
    cells = working_cells(desk.plan)
    minutes = np.array([loads(desk.plan, cells.keys.tolist())[k] for k in cells.keys.tolist()])
    naive = group_cells(cells.shapes, usual=6, most=8)
    uneven = np.bincount(naive, minutes).max() / (minutes.sum() / (naive.max() + 1))
    done = ask(desk, int(naive.max()) + 1)
    assert max(g.load for g in done.groups) / (minutes.sum() / len(done.groups)) < uneven - 0.1


def test_with_as_many_grids_the_objective_gets_better_and_both_grids_go_on(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    done = ask(desk, 2)
    assert done.after < done.before
    assert {g.key for g in done.groups} == {west, east}
    assert done.applied.grids == ()
    assert squares(desk)[0, 0] == west
    assert squares(desk)[5, 3] == east
    with pytest.raises(EditRefused) as caught:
        propose(desk.plan, community=desk.city.community(0, 0).pk, grids=2, revision=done.applied.revision)
    assert caught.value.reason == "nothing_better"
    assert "present one stays" in str(caught.value)


def test_more_grids_are_born_with_names_and_fewer_end(desk):
    done = ask(desk, 3)
    assert PlanGrid.objects.get(plan=desk.plan).name_en == "community 1 03"
    assert [g.key for g in done.groups][2] == -1
    assert done.groups[2].code == ""
    assert done.groups[0].code.endswith("-01")
    one = propose(desk.plan, community=desk.city.community(0, 0).pk, grids=1, revision=done.applied.revision)
    heaviest = max(g.load for g in done.groups)
    assert [g.cells for g in one.groups] == [24]
    assert one.groups[0].key in {g.key for g in done.groups if g.load == pytest.approx(heaviest)}


def test_locked_grids_stay_as_they_are(desk):
    east = desk.grid(0, 0, 2)
    desk.do("lock", grids=[east])
    of_east = by_grid(desk)[east]
    done = ask(desk, 3)
    after = by_grid(desk)
    assert after[east] == of_east
    assert len(after) == 3
    assert all(hangs_together(places) for places in after.values())
    assert [g.locked for g in done.groups] == [False, True, False]
    assert {desk.key(c, r) for c, r in of_east}.isdisjoint(done.applied.changed)


def test_one_undo_gives_the_plan_back_byte_for_byte(desk):
    before = state_of(desk.plan)
    done = ask(desk, 5)
    assert state_of(desk.plan) != before
    undo(desk.plan, revision=done.applied.revision)
    assert state_of(desk.plan) == before
    assert not PlanCell.objects.exists()
    assert not PlanGrid.objects.exists()


def test_cells_born_in_the_plan_are_shared_out_too(desk):
    line = [desk.at(1, 1, south=-0.1), desk.at(1, 1, south=1.1)]
    born = desk.do("split", cells=[desk.key(1, 1)], line=line).added[0]
    done = ask(desk, 3)
    assert sum(g.cells for g in done.groups) == 25
    assert int(working_cells(desk.plan, keys=[born]).grids[0]) in {g.key for g in done.groups}


def test_a_street_is_the_better_border(db):
    city = a_city("4x4", grids=False)
    a_street(city, 2)
    plan = open_plan(title="Two halves")
    done = propose(plan, community=city.community(0, 0).pk, grids=2, revision=0)
    assert done.before is None
    cells = working_cells(plan)
    grid = dict(zip(cells.keys.tolist(), cells.grids.tolist(), strict=True))
    north = {grid[city.cell(c, r).pk] for c in range(4) for r in (0, 1)}
    south = {grid[city.cell(c, r).pk] for c in range(4) for r in (2, 3)}
    assert len(north) == len(south) == 1
    assert north != south
    assert done.applied.grids == (-2, -1)


@pytest.mark.parametrize(
    ("grids", "least", "most"), [(0, 1, 24), (25, 1, 24), (-3, 1, 24), (True, 1, 24), ("2", 1, 24)]
)
def test_a_number_that_cannot_be_is_refused_with_those_that_can(desk, grids, least, most):
    with pytest.raises(EditRefused, match=f"from {least} to {most} are possible") as caught:
        ask(desk, grids)
    assert caught.value.reason == "cannot_make_grids"
    assert not PlanCell.objects.exists()


def test_parts_and_locked_grids_count_for_what_is_possible(desk):
    middle = [desk.key(c, r) for c in (2, 3) for r in range(4)]
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="Middle", cells=middle)
    desk.do("lock", grids=[-1])
    with pytest.raises(EditRefused, match=r"16 free cells in 2 parts and 1 locked grids.*from 3 to 17"):
        ask(desk, 2)
    assert len(ask(desk, 4).groups) == 4


def test_a_proposal_for_a_plan_that_went_on_or_is_closed_is_not_made(desk):
    with pytest.raises(EditRefused) as caught:
        propose(desk.plan, community=10**6, grids=2, revision=0)
    assert caught.value.reason == "unknown_community"
    desk.do("paint", cells=[desk.key(2, 0)], grid=desk.grid(0, 0, 2))
    with pytest.raises(StaleEdit):
        ask(desk, 2, revision=0)
    Plan.objects.filter(pk=desk.plan.pk).update(state=Plan.State.SENT)
    with pytest.raises(PlanClosed):
        ask(desk, 2)


def test_a_large_community_is_answered_in_time(db):
    desk = Desk("20x20", "20x20")
    done = ask(desk, 20, seconds=0.5)
    assert all(hangs_together(places) for places in by_grid(desk).values())
    assert done.method == "pool"
    # One share-out is grown however short the time, and what is around it takes its time too.
    assert done.seconds < 6


def test_the_command_does_the_same_as_the_page(desk, capsys):
    code = desk.city.community_code(0, 0)
    call_command("propose_grids", str(desk.plan.pk), "--community", code, "--grids", "3", "--json")
    data = json.loads(capsys.readouterr().out)
    assert set(data) == {"revision", "before", "after", "method", "optimal", "seconds", "groups"}
    assert data["revision"] == 1
    assert len(data["groups"]) == 3
    assert set(data["groups"][0]) == {
        "key", "code", "name_zh", "name_en", "locked", "cells", "load", "area_m2", "compactness",
    }  # fmt: skip
    call_command("propose_grids", str(desk.plan.pk), "--community", code, "--grids", "2")
    assert "objective" in capsys.readouterr().out
    for given, words in (
        (("--community", code, "--grids", "99"), "from 1 to 24"),
        (("--community", "7", "--grids", "2"), "no community"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("propose_grids", str(desk.plan.pk), *given)
    with pytest.raises(CommandError, match="no plan"):
        call_command("propose_grids", "999999", "--community", code, "--grids", "2")
