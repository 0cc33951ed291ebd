"""Today's round: what is worth most in the time that there is, on a short way."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.tours import length, round_through

# An hour at 3.6 km/h, a minute at each place.
AN_HOUR: dict[str, Any] = {"start": np.zeros(2), "visit_s": 60.0, "kmh": 3.6, "budget_s": 3600.0, "most": 30}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=6, unique=True))
def test_with_time_enough_all_are_visited_once_on_nearly_the_shortest_way(places: list[tuple[int, int]]) -> None:
    xy = np.array(places, float)
    order = round_through(xy, np.ones(len(xy)), **AN_HOUR)
    assert sorted(order) == list(range(len(places)))
    best = min(length(xy, list(way), start=np.zeros(2)) for way in permutations(range(len(places))))
    assert best - 1e-6 <= length(xy, order, start=np.zeros(2)) <= 1.05 * best + len(places)


def test_what_there_is_no_time_for_is_what_weighs_least_and_the_same_question_has_the_same_answer() -> None:
    # Ten places 100 m apart in a row: 160 s each from the second on. Light ones at the near end, heavy ones beyond.
    xy = np.column_stack([np.arange(1, 11) * 100.0, np.zeros(10)])
    weights = np.array([1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0])
    ask = AN_HOUR | {"budget_s": 60.0 + 2 * 160.0}
    assert round_through(xy, weights, **ask) == [4, 5, 6] == round_through(xy, weights, **ask)
    assert len(round_through(xy, weights, **(AN_HOUR | {"most": 4}))) == 4
    assert set(round_through(xy, weights, **(AN_HOUR | {"most": 3}))) == {4, 5, 6}


def test_the_way_to_the_first_place_takes_none_of_the_time() -> None:
    xy = np.array([[0.0, 0.0], [50.0, 0.0]]) + 30_000
    assert round_through(xy, np.ones(2), **AN_HOUR) == [0, 1]


def test_no_place_no_time_no_room_no_round() -> None:
    assert round_through(np.empty((0, 2)), np.empty(0), **AN_HOUR) == []
    assert round_through(np.zeros((1, 2)), np.ones(1), **(AN_HOUR | {"budget_s": 0.0})) == []
    assert round_through(np.zeros((1, 2)), np.ones(1), **(AN_HOUR | {"most": 0})) == []
    # Several cells at one place, and where one stands.
    assert sorted(round_through(np.zeros((4, 2)), np.ones(4), **AN_HOUR)) == [0, 1, 2, 3]
