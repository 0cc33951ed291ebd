"""Is it the same ground, and what was changed together? By hand on squares of 10 m, and on random cuts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial.partition import as_shapes
from spatial.succession import drawn_together, same_outline, unproved

WEST, EAST = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
NOBODY = lambda line: as_shapes([])  # noqa: E731


def proved(before: list[Any], after: list[Any], others: list[Any] | None = None) -> bool:
    return unproved(before, after, others=lambda line: as_shapes(others or [])) is None


def test_a_moved_border_is_the_same_ground() -> None:
    moved = [shapely.box(0, 0, 12, 10), shapely.box(12, 0, 20, 10)]
    assert proved([WEST, EAST], moved)  # on the outline, two corners went and two came
    bent_border = [
        shapely.Polygon([(0, 0), (10, 0), (12, 5), (10, 10), (0, 10)]),
        shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (12, 5)]),
    ]
    assert proved([WEST, EAST], bent_border)
    assert proved(bent_border, [WEST, EAST])


@pytest.mark.parametrize(
    "after",
    [
        [WEST],
        [WEST, EAST, shapely.box(20, 0, 30, 10)],
        [WEST, shapely.box(10.001, 0, 20, 10)],
        [WEST, shapely.box(9.999, 0, 20, 10)],
        [WEST, shapely.Polygon([(10, 0), (20, 10), (20, 0), (10, 10)])],
        [shapely.MultiPolygon([WEST, EAST])],
        [WEST, shapely.Polygon()],
    ],
)
def test_other_ground_has_a_place(after: list[Any]) -> None:
    assert unproved([WEST, EAST], after, others=NOBODY) is not None


def test_a_new_corner_on_the_outline_is_the_same_ground_both_ways() -> None:
    cut = [
        shapely.Polygon([(0, 0), (5, 0), (5, 10), (0, 10)]),
        shapely.Polygon([(5, 0), (10, 0), (10, 10), (5, 10)]),
    ]
    assert proved([WEST], cut)
    assert proved(cut, [WEST])


def test_a_corner_off_the_outline_is_other_ground() -> None:
    bent = shapely.Polygon([(0, 0), (5, -0.001), (10, 0), (10, 10), (0, 10)])
    assert not proved([WEST], [bent])
    # As much is taken on one side as is given on the other: still not over a neighbour.
    both = shapely.Polygon([(0, 0), (5, -0.001), (10, 0), (10, 10), (5, 9.999), (0, 10)])
    assert proved([WEST], [both])
    assert not proved([WEST], [both], others=[shapely.box(0, -10, 10, 0)])


def test_outlines_are_compared_by_segments() -> None:
    assert same_outline([WEST, EAST], [shapely.union_all([WEST, EAST]).segmentize(10.0)])
    assert not same_outline([WEST, EAST], [WEST])
    assert same_outline([], [])


def test_changes_that_share_a_changed_border_belong_together() -> None:
    """Three squares in a row and a fourth far away: the first border moves, the fourth is cut, the third is painted."""
    third, far = shapely.box(20, 0, 30, 10), shapely.box(90, 0, 100, 10)
    moved = [
        shapely.Polygon([(0, 0), (10, 0), (12, 5), (10, 10), (0, 10)]),
        shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (12, 5)]),
    ]
    halves = [shapely.box(90, 0, 95, 10), shapely.box(95, 0, 100, 10)]
    groups = drawn_together([WEST, EAST, third, far, None], [*moved, third, *halves])
    assert groups[0] == groups[1]
    assert groups[3] == groups[4]
    assert len(set(groups.tolist())) == 3


def test_nothing_changed_is_as_many_groups_as_cells() -> None:
    assert drawn_together([WEST, EAST], [WEST, EAST]).tolist() == [0, 1]
    assert drawn_together([], []).tolist() == []


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True), st.integers(0, 2**30))
def test_each_group_by_itself_tiles_what_it_tiled(columns: list[int], seed: int) -> None:
    """Cells of a row of ten are cut at random heights inside; the ends of each cut are corners of the neighbours."""
    rng = np.random.default_rng(seed)
    corners: dict[int, list[float]] = {}  # heights of the corners on the border west of a column
    for c in columns:
        for border in (c, c + 1):
            corners.setdefault(border, []).append(round(float(rng.uniform(1, 9)), 3))
    heights = {b: sorted(set(h)) for b, h in corners.items()}

    def cell(c: int, low: tuple[float, float], high: tuple[float, float]) -> Any:
        east = [(10.0 * (c + 1), y) for y in heights.get(c + 1, []) if low[1] < y < high[1]]
        west = [(10.0 * c, y) for y in heights.get(c, []) if low[0] < y < high[0]]
        ring = [(10.0 * c, low[0]), (10.0 * (c + 1), low[1]), *east, (10.0 * (c + 1), high[1]), (10.0 * c, high[0])]
        return shapely.Polygon([*ring, *west[::-1]])

    before, after = [], []
    for c in range(12):
        square = shapely.box(10.0 * c, 0, 10.0 * (c + 1), 10)
        if c in columns:
            middle = (heights[c][0], heights[c + 1][-1])
            before += [square, None]
            after += [cell(c, (0, 0), middle), cell(c, middle, (10, 10))]
        elif c in heights or c + 1 in heights:
            before.append(square)
            after.append(cell(c, (0, 0), (10, 10)))
    groups = drawn_together(before, after)
    for group in set(groups.tolist()):
        chosen = np.flatnonzero(groups == group)
        was = [before[k] for k in chosen if before[k] is not None]
        assert proved(was, [after[k] for k in chosen])
