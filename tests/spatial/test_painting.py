"""Gestures of the painter on squares of 100 m."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.changes import Partition
from spatial.painting import cells_along, cells_in, flood, hatch, outline_of, pieces, share_along, web_of
from spatial.refusals import Refused


def squares(columns: int, rows: int) -> Partition:
    """Squares of 100 m, numbered row by row from the south-west."""
    places = [(x * 100, y * 100) for y in range(rows) for x in range(columns)]
    return Partition.of(range(len(places)), [shapely.box(x, y, x + 100, y + 100) for x, y in places])


def test_a_lasso_takes_the_cells_whose_middle_it_holds():
    city = squares(4, 4)
    assert cells_in(city, shapely.box(40, 40, 240, 160)) == [0, 1, 4, 5]
    assert cells_in(city, shapely.box(40, 40, 240, 160), rule="touch") == [0, 1, 2, 4, 5, 6]
    assert cells_in(city, shapely.box(-10, -10, 210, 110), rule="whole") == [0, 1]
    assert cells_in(city, [[40, 40], [240, 40], [240, 160], [40, 160]]) == [0, 1, 4, 5]


def test_a_lasso_may_cross_itself():
    assert cells_in(squares(4, 4), [[0, 0], [400, 400], [400, 0], [0, 400]], rule="touch")


def test_a_lasso_of_nan_is_refused():
    with pytest.raises(Refused):
        cells_in(squares(2, 2), [[np.nan, 0], [1, 1], [2, 0]])


def test_a_street_takes_the_cells_on_both_sides_and_none_at_its_corners():
    city = squares(4, 4)
    assert cells_along(city, [[0, 100], [200, 100]]) == [0, 1, 4, 5]
    assert cells_along(city, [[150, 50], [150, 150]]) == [1, 5]


def test_flooding_stops_at_a_street():
    city = squares(4, 4)
    web = web_of(city)
    street = share_along(web, [shapely.LineString([(200, -10), (200, 410)])])
    assert flood(web, 0, barrier=street) == [0, 1, 4, 5, 8, 9, 12, 13]
    assert flood(web, 3, barrier=street) == [2, 3, 6, 7, 10, 11, 14, 15]
    assert len(flood(web, 0)) == 16
    assert flood(web, 0, barrier=street, among=[0, 1, 9]) == [0, 1]


def test_a_street_with_a_gap_lets_the_flood_through():
    web = web_of(squares(4, 4))
    street = share_along(web, [shapely.LineString([(200, -10), (200, 190)])])
    assert len(flood(web, 0, barrier=street)) == 16


def test_the_share_along_a_street_is_measured_per_border():
    web = web_of(squares(2, 1))
    half = shapely.LineString([(100, 0), (100, 50)])
    assert share_along(web, [half], within_m=0.5)[0] == pytest.approx(0.5, abs=0.06)
    assert share_along(web, []).tolist() == [0.0]


def test_a_set_that_meets_in_a_corner_is_two_pieces():
    web = web_of(squares(4, 4))
    assert pieces(web, [0, 1, 6, 7, 11]) == [[6, 7, 11], [0, 1]]
    assert pieces(web, [0, 1, 5]) == [[0, 1, 5]]
    assert pieces(web, []) == []


@settings(max_examples=40, deadline=None)
@given(chosen=st.sets(st.integers(0, 24), min_size=1))
def test_pieces_are_the_parts_of_the_union(chosen: set[int]):
    city = squares(5, 5)
    found = pieces(web_of(city), chosen)
    assert sorted(k for piece in found for k in piece) == sorted(chosen)
    # shrunk a little, so that ground that meets in a corner comes apart; grown together first within a millimetre
    ground = shapely.union_all(city.of_cells(sorted(chosen))).buffer(-1, join_style="mitre")
    assert len(found) == len(shapely.get_parts(ground))
    assert outline_of(city, chosen).area == len(chosen) * 10_000


def test_hatching_is_one_pattern_for_the_whole_city():
    city = squares(2, 1)
    whole = hatch(city.of_cells([0, 1]))
    apart = [hatch(city.of_cells([k])) for k in (0, 1)]
    assert whole.length == pytest.approx(sum(part.length for part in apart))
    assert whole.length == pytest.approx(20_000 / 12, rel=0.02)
    assert hatch([]).is_empty
