"""What a track says: which point counts, steps, jumps, and marks of copies."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial import marks, tracks
from spatial.tracks import POINT, SECOND, Limits, Points


def points(*rows: tuple[float, float, float], person: int = 1, device: int = 1, accuracy: float = 5) -> Points:
    """Points of (seconds, x, y)."""
    return np.array([(person, int(t * SECOND), x, y, accuracy, device) for t, x, y in rows], POINT)


def test_of_one_moment_the_most_exact_point_counts_and_an_unknown_error_is_the_worst() -> None:
    sure, unsure = points((0, 1, 1), accuracy=3), points((0, 2, 2), accuracy=9)
    silent, later = points((0, 0, 0), accuracy=float("nan")), points((1, 0, 0))
    every = [sure, unsure, silent, later]
    for order in permutations(range(4)):
        given_so = np.concatenate([every[k] for k in order])
        assert given_so[tracks.kept(given_so)].tolist() == [sure[0].item(), later[0].item()]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 2), st.integers(1, 2)), max_size=30))
def test_what_is_kept_knows_no_order_and_keeping_again_changes_nothing(rows: list[tuple[int, ...]]) -> None:
    every = np.array([(p, at, x, 0, 5, d) for p, at, x, d in rows], POINT)
    once = every[tracks.kept(every)]
    assert len(once) == len({(p, at) for p, at, _, _ in rows})
    assert once[tracks.kept(once)].tolist() == once.tolist()
    back = every[::-1]
    assert back[tracks.kept(back)].tolist() == once.tolist()


def test_a_step_needs_one_phone_a_short_gap_and_a_speed_that_can_be() -> None:
    here = points((0, 0, 0), (10, 10, 0), (20, 60, 0), (400, 70, 0), (410, 9000, 0))
    found = tracks.steps(here, np.zeros(5, np.int64), Limits())
    assert found.first.tolist() == [0, 1]
    assert found.metres.tolist() == [10, 50]
    assert found.foot.tolist() == [True, False]
    other = here.copy()
    other["device"] = [1, 2, 1, 2, 1]
    assert len(tracks.steps(other, np.zeros(5, np.int64), Limits()).first) == 0


def test_a_jump_is_told_only_beyond_both_errors() -> None:
    group = np.zeros(2, np.int64)
    far = points((0, 0, 0), (10, 700, 0))
    assert tracks.teleports(far, group, Limits(), least_m=100).tolist() == [1]
    unsure = points((0, 0, 0), (10, 700, 0), accuracy=150)
    assert tracks.teleports(unsure, group, Limits(), least_m=100).tolist() == []


def test_copies_share_marks_whenever_they_were_walked_and_noise_shares_none() -> None:
    rng = np.random.default_rng(1)
    way = np.cumsum(rng.normal(8, 2, (200, 2)), axis=0).round(3)
    first = points(*((10.0 * k, x, y) for k, (x, y) in enumerate(way.tolist())))
    again, honest = first.copy(), first.copy()
    again["at"] += 9999 * SECOND
    honest["x"] = (honest["x"] + rng.normal(0, 3, 200)).round(3)
    every = np.concatenate([first, again, honest])
    group = np.repeat(np.arange(3), 200)
    path, twice = marks.path_marks(every, group, groups=3)
    assert [len(m) for m in path] == [marks.MOST] * 3
    assert path[0] == path[1]
    assert set(path[0]).isdisjoint(path[2])
    assert not twice.any()
    both = np.concatenate([first, again])
    assert marks.path_marks(both, np.zeros(400, np.int64), groups=1)[1].tolist() == [True]
    place, minutes = marks.place_marks(every, group, groups=3)
    assert set(place[0]).isdisjoint(place[1])
    assert minutes.tolist() == [34, 34, 34]


def test_who_stands_still_walks_no_way() -> None:
    still = points(*((10.0 * k, 5.0, 5.0) for k in range(50)))
    assert marks.path_marks(still, np.zeros(50, np.int64), groups=1) == ([[]], pytest.approx([False]))
