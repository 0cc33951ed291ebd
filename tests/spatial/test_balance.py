"""Share-outs: exact where it can be checked by trying all, sound everywhere."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.balance import contiguous_groups, keep_names, propose, units_of_cells
from spatial.changes import Partition
from spatial.growing import grow
from spatial.shares import Aims, Units, are_contiguous, costs, objective


def lattice(columns: int, rows: int, load: np.ndarray, *, present: np.ndarray | None = None) -> Units:
    """Squares of 100 m, row by row; no streets."""
    n = np.arange(columns * rows).reshape(rows, columns)
    left = np.concatenate([n[:, :-1].ravel(), n[:-1].ravel()])
    right = np.concatenate([n[:, 1:].ravel(), n[1:].ravel()])
    ones = np.ones(columns * rows)
    return Units(load, ones * 1e4, ones * 400, left, right, np.full(len(left), 100.0), np.zeros(len(left)), present)


def cheapest_of_all(units: Units, groups: int, aims: Aims) -> float:
    """The least objective over every labelling, contiguous ones only."""
    best = np.inf
    for rest in product(range(groups), repeat=len(units) - 1):
        array = np.array([0, *rest])  # the groups have no names: the first unit may be in the first
        if len(set(rest) | {0}) == groups and are_contiguous(units, array):
            best = min(best, objective(units, array, aims))
    return best


def test_the_cost_of_a_square_group_by_hand():
    units = lattice(2, 2, np.array([1.0, 1, 1, 1]))
    # load 4 of a mean of 2: |4/2 - 1| ** 1.5 = 1; roundness of a square = 2 / sqrt(pi) = 1.12838
    cost = costs(units, np.ones((1, 4), dtype=bool), 2.0, Aims(shape=1.0, keep=0.0))
    assert cost[0] == pytest.approx(1 + 2 / np.sqrt(np.pi) - 1)


def test_contiguous_groups_of_a_square_of_four():
    # 4 single, 4 pairs, 4 triples, 1 of all: the two diagonals are not contiguous
    assert len(contiguous_groups(lattice(2, 2, np.ones(4)), most_load=9, at_most=99) or []) == 13
    assert len(contiguous_groups(lattice(2, 2, np.ones(4)), most_load=2, at_most=99) or []) == 8
    assert len(contiguous_groups(lattice(2, 2, np.ones(4)), most_load=9, most_units=1, at_most=99) or []) == 4
    assert contiguous_groups(lattice(2, 2, np.ones(4)), most_load=9, at_most=12) is None


@settings(max_examples=12, deadline=None)
@given(load=st.lists(st.integers(0, 20), min_size=8, max_size=8), groups=st.integers(2, 3))
def test_small_tasks_are_solved_as_well_as_by_trying_all(load: list[int], groups: int):
    units = lattice(4, 2, np.array(load, dtype=float))
    proposal = propose(units, groups)
    assert proposal.optimal
    assert are_contiguous(units, proposal.label)
    assert len(np.unique(proposal.label)) == groups
    assert proposal.after == pytest.approx(cheapest_of_all(units, groups, Aims()), abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), groups=st.integers(2, 6), columns=st.integers(3, 8))
def test_any_share_out_is_contiguous_complete_and_the_same_again(seed: int, groups: int, columns: int):
    load = np.random.default_rng(seed).gamma(3, 10, columns * 5)
    units = lattice(columns, 5, load, present=np.arange(columns * 5) // 10)
    one = propose(units, groups, most_groups_listed=2_000)
    other = propose(units, groups, most_groups_listed=2_000)
    assert one.label.tolist() == other.label.tolist()
    assert are_contiguous(units, one.label)
    assert len(np.unique(one.label)) == groups
    assert one.after == pytest.approx(objective(units, one.label, Aims()))
    assert one.before == pytest.approx(objective(units, units.present, Aims()))


def test_the_grown_share_out_comes_near_the_exact_one():
    load = np.random.default_rng(1).gamma(3, 10, 25) + 5
    units = lattice(5, 5, load)
    exact = propose(units, 3)
    label, _ = grow(units, 3, aims=Aims())
    assert exact.optimal
    assert exact.after <= objective(units, label, Aims()) <= 1.1 * exact.after


def test_cells_become_units_and_a_street_makes_the_border():
    squares = [shapely.box(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100, 200, 300)]
    city = Partition.of(range(10, 18), squares)
    street = shapely.LineString([(100, -5), (100, 205)])
    ids, units = units_of_cells(city, dict.fromkeys(range(10, 18), 1.0), streets=[street])
    assert ids == list(range(10, 18))
    assert len(units.left) == 10
    assert (units.on_street > 0.99).sum() == 2
    assert propose(units, 2, aims=Aims(shape=50.0, street_metre=0.0)).label.tolist() == [0, 1, 1, 1] * 2


def test_locked_groups_stay():
    units = lattice(4, 2, np.ones(8))
    proposal = propose(units, 3, locked=[[0, 4]])
    assert proposal.label.tolist()[0] == proposal.label.tolist()[4] == 0
    assert (proposal.label == 0).sum() == 2
    assert sorted(np.bincount(proposal.label).tolist()) == [2, 3, 3]


def test_a_border_on_a_street_is_preferred():
    load = np.ones(8)
    units = lattice(4, 2, load)
    across = (units.left % 4 == 0) & (units.right == units.left + 1)  # between the first and the second column
    street = Units(
        load, units.area_m2, units.perimeter_m, units.left, units.right, units.border_m, across.astype(float)
    )
    even = Aims(shape=0.0, keep=0.0)
    assert propose(street, 2, aims=even).label.tolist() in ([0, 0, 1, 1] * 2, [0, 0, 0, 0, 1, 1, 1, 1])
    on_street = propose(street, 2, aims=Aims(shape=50.0, street_metre=0.0, keep=0.0))
    assert on_street.label.tolist() == [0, 1, 1, 1] * 2


def test_present_groups_are_kept_where_nothing_is_gained():
    present = np.array([0, 0, 1, 1] * 2)
    units = lattice(4, 2, np.ones(8), present=present)
    proposal = propose(units, 2)
    assert proposal.label.tolist() == present.tolist()
    assert proposal.before == pytest.approx(proposal.after)
    assert keep_names(proposal.label, units) == {0: 0, 1: 1}


def test_two_or_three_units_a_group():
    load = np.random.default_rng(0).gamma(3, 10, 60) + 5
    proposal = propose(lattice(12, 5, load), 25, size=(2, 3), aims=Aims(shape=0, keep=0))
    assert proposal.optimal
    assert set(np.bincount(proposal.label).tolist()) == {2, 3}


def test_groups_that_can_all_be_listed_need_no_share_out_to_start_from():
    load = np.random.default_rng(1).gamma(3, 10, 12) + 5
    at_once = propose(lattice(4, 3, load), 5, size=(2, 3), starts=0)
    assert at_once.optimal
    assert at_once.after == pytest.approx(propose(lattice(4, 3, load), 5, size=(2, 3)).after)
    with pytest.raises(ValueError, match="No share-out"):
        propose(lattice(4, 3, load), 5, starts=0, most_groups_listed=10)


@pytest.mark.parametrize(
    ("groups", "locked"),
    [(0, []), (10, []), (3, [[0, 1], [1, 2]]), (1, [[4]])],
    ids=["none", "more than units", "locked twice", "no group left for the rest"],
)
def test_numbers_that_do_not_fit_are_refused(groups: int, locked: list[list[int]]):
    with pytest.raises(ValueError, match=r"\d"):
        propose(lattice(3, 3, np.ones(9)), groups, locked=locked)


def test_two_separate_pieces_cannot_make_one_group():
    apart = Units(np.ones(2), np.full(2, 1e4), np.full(2, 400.0), *(np.empty(0, int),) * 2, *(np.empty(0),) * 2)
    with pytest.raises(ValueError, match="2 separate pieces"):
        propose(apart, 1)
    assert propose(apart, 2).label.tolist() == [0, 1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_answer_is_never_dearer_than_the_present_share_out(seed):
    load = np.random.default_rng(seed).gamma(2, 5, 120)
    # A good share-out, found with much time, is hard to better with little.
    good, _ = grow(lattice(12, 10, load), 10, aims=Aims(), seed=seed, starts=4)
    for starts in (1, 2):
        found = propose(lattice(12, 10, load, present=good * 7), 10, seed=seed + 50, starts=starts, seconds=0.2)
        assert found.before is not None
        assert found.after <= found.before


def test_growing_ends_when_its_time_is_up_but_never_without_an_answer():
    units = lattice(12, 10, np.ones(120))
    in_time, _ = grow(units, 8, aims=Aims(), until=-1.0)
    once, _ = grow(units, 8, aims=Aims(), starts=1)
    assert in_time.tolist() == once.tolist()
    assert are_contiguous(units, in_time)
