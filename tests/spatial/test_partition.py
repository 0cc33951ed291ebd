"""The exact checks of a tiling, against shapely's own coverage functions and against areas counted by hand."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import noding, partition


def squares(columns, rows, side=100.0, origin=(530_000.0, 3_380_000.0)):
    x0, y0 = origin
    return np.array(
        [shapely.box(x0 + side * i, y0 + side * j, x0 + side * (i + 1), y0 + side * (j + 1))
         for j in range(rows) for i in range(columns)]
    )  # fmt: skip


@pytest.fixture
def block():
    """Four by three squares of one hectare and their outline."""
    cells = squares(4, 3)
    return cells, shapely.coverage_union_all(cells)


def test_squares_tile_their_outline(block):
    cells, outline = block
    # the union keeps the vertices where squares meet, so segments agree one by one
    assert partition.is_partition(cells, outline)
    assert partition.double_areas_mm2(cells).tolist() == [2 * 10_000 * 1_000_000] * 12


def test_a_cell_moved_by_one_millimetre_is_no_partition(block):
    cells, outline = block
    cells[5] = shapely.transform(cells[5], lambda c: c + np.array([0.001, 0.0]))
    assert not partition.is_partition(cells, outline)
    left = partition.chain_difference(cells, outline)
    assert len(left) == 8  # its four sides where they were, and the four where they are
    assert np.abs(left[:, :, 0] - 530_150).max() < 51  # all at the moved cell


def test_a_missing_and_a_doubled_cell_are_found_where_they_are(block):
    cells, outline = block
    broken = np.concatenate([np.delete(cells, 5), [cells[0]]])
    kinds = {f.kind: f for f in partition.find_faults(broken, outline)}
    assert kinds["gap"].area_m2 == pytest.approx(10_000)
    assert kinds["gap"].place == pytest.approx((530_150, 3_380_150), abs=50)
    assert kinds["overlap"].owners == (0, 11)
    assert len(partition.find_faults(cells, outline)) == 0


def test_a_narrow_gap_is_found_without_an_outline_and_a_lake_is_not():
    cells = squares(3, 3)
    assert partition.find_faults(np.delete(cells, 4)) == []
    narrow = cells.copy()
    narrow[4] = shapely.box(530_100.2, 3_380_100, 530_200, 3_380_200)
    (gap,) = partition.find_faults(narrow)
    assert (gap.kind, round(gap.area_m2, 6), set(gap.owners)) == ("gap", 20.0, {0, 1, 3, 4, 6, 7})


def test_holes_and_parts_count():
    ring = np.delete(squares(3, 3), 4)
    far = squares(1, 1, origin=(531_000.0, 3_380_000.0))
    outline = shapely.coverage_union_all(np.concatenate([ring, far]))
    assert partition.is_partition(np.concatenate([ring, far]), outline)
    assert partition.double_areas_mm2(outline).tolist() == [2 * 9 * 10_000 * 1_000_000]


def test_neighbours_share_a_border_not_only_a_corner(block):
    cells, _ = block
    i, j, metres = partition.neighbours(cells)
    # 4 x 3 squares: 3 * 3 across and 4 * 2 up
    assert len(i) == 17
    assert (i < j).all()
    assert metres.tolist() == [100.0] * 17


def test_a_spike_in_a_valid_tiling_is_seen():
    spike = shapely.Polygon([(0, 0), (100, 0), (100, 50), (150, 50.005), (100, 50.01), (100, 100), (0, 100)])
    assert partition.thin_spikes([shapely.box(0, 0, 100, 100), spike]).tolist() == [1]


def test_a_proof_needs_whole_millimetres(block):
    cells, _ = block
    shifted = shapely.transform(cells, lambda c: c + 0.0004)
    assert not partition.is_partition(shifted, shapely.coverage_union_all(shifted))
    assert partition.is_partition(partition.on_grid(shifted), shapely.coverage_union_all(cells))


def test_rings_in_any_direction_are_the_same_chain(block):
    cells, outline = block
    assert partition.is_partition(shapely.reverse(cells), shapely.reverse(outline))


def test_zone_prefixed_coordinates_are_no_matter(block):
    cells = squares(4, 3, origin=(38_530_000.0, 3_380_000.0))
    assert partition.is_partition(cells, shapely.coverage_union_all(cells))


def test_shapes_farther_apart_than_a_country_are_refused():
    with pytest.raises(ValueError, match="2,147 km"):
        partition.neighbours([shapely.box(0, 0, 1, 1), shapely.box(3e6, 0, 3e6 + 1, 1)])


def test_no_shapes_at_all():
    assert len(partition.chain_difference([], [])) == 0
    assert partition.double_areas_mm2([]).tolist() == []
    assert noding.tile([])[0].tolist() == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_what_tile_gives_is_a_partition_by_both_proofs(seed, count):
    """Random lines through a slanting outline: the integer proof and shapely's coverage test agree."""
    rng = np.random.default_rng(seed)
    outline = shapely.Polygon([(530_000, 3_380_000), (530_731, 3_380_111), (530_600, 3_380_650), (530_050, 3_380_500)])
    ends = rng.uniform(-100, 900, (count, 2, 2)) + np.array([530_000, 3_380_000])
    cells, _ = noding.tile(noding.faces(outline, shapely.linestrings(ends)))
    whole = shapely.coverage_union_all(cells)
    assert partition.is_partition(cells, whole)
    assert shapely.coverage_is_valid(cells)
    assert partition.double_areas_mm2(cells).sum() == partition.double_areas_mm2(whole).sum()
    assert whole.area == pytest.approx(outline.area, abs=1.0)
    assert len(partition.thin_spikes(cells)) == 0


def test_areas_that_nearly_share_borders_become_one_tiling():
    west = shapely.Polygon([(0, 0), (100, 0), (110, 100), (0, 100)])
    east = shapely.Polygon([(100.0004, 0), (200, 0), (200, 100), (110, 100), (105.0013, 49.9998)])
    assert len(partition.neighbours([west, east])[0]) == 0
    cells, source = noding.tile([west, east], territory=np.array([0, 1]))
    assert source.tolist() == [0, 1]
    assert partition.neighbours(cells)[2] == pytest.approx(np.hypot(10, 100), abs=0.01)
    assert partition.is_partition(cells, shapely.coverage_union_all(cells))


def test_a_crumb_stays_in_its_territory():
    left, right = shapely.box(0, 0, 100, 100), shapely.box(100.2, 0, 200, 100)
    crumb = shapely.box(100, 0, 100.2, 100)
    cells, source = noding.tile([left, crumb, right], territory=np.array([0, 1, 1]))
    assert source.tolist() == [0, 2]
    assert cells[1].bounds == (100, 0, 200, 100)
