"""Areas that nearly tile become an exact tiling: by hand where one can check it in the head, then at random."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.coverage import inspect
from spatial.mending import fit_to_parents, mend
from spatial.partition import is_partition, on_grid

WEST, EAST = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)


def tiles(shapes: np.ndarray) -> bool:
    parts = shapely.get_parts(shapes)
    return is_partition(parts, shapely.coverage_union_all(parts)) and not inspect(shapes).findings


def test_an_exact_tiling_stays_as_it_is():
    mended = mend([WEST, EAST])
    assert not mended.closed
    assert not mended.left
    assert mended.moved_m2.max() == 0
    assert shapely.area(mended.shapes).tolist() == [10_000, 10_000]


def test_a_slit_of_digitising_noise_is_closed():
    mended = mend([WEST, shapely.box(100.05, 0, 200, 100)])  # 5 cm wide, open at both ends
    assert [(f.kind, round(f.width_m, 2)) for f in mended.closed] == [("gap", 0.05)]
    assert shapely.area(mended.shapes).sum() == pytest.approx(20_000, abs=1e-6)
    assert tiles(mended.shapes)


def test_a_wide_overlap_is_listed_and_closed_only_within_the_tolerance():
    shapes = [WEST, shapely.box(97, 0, 200, 100)]  # 3 m by 100 m: mean width 2 * 300 / 206
    assert [(f.kind, f.area_m2, round(f.width_m, 2)) for f in mend(shapes).left] == [("overlap", 300.0, 2.91)]
    mended = mend(shapes, width_m=5)
    assert not mended.left
    assert shapely.area(mended.shapes).sum() == pytest.approx(20_000)
    assert tiles(mended.shapes)


def test_a_lake_between_areas_stays_open():
    ring = shapely.box(0, 0, 300, 300) - shapely.box(100, 100, 200, 200)
    halves = [
        shapely.intersection(ring, shapely.box(0, 0, 150, 300)),
        shapely.intersection(ring, shapely.box(150, 0, 300, 300)),
    ]
    mended = mend(halves, width_m=5)
    assert [(f.kind, f.area_m2) for f in mended.left] == [("gap", 10_000.0)]
    assert shapely.area(mended.shapes).sum() == 80_000


def test_islands_and_holes_stay_with_their_area():
    island = shapely.box(500, 500, 520, 520)
    hole = shapely.box(40, 40, 60, 60)
    mended = mend([shapely.union(WEST - hole, island), hole])
    assert shapely.get_num_geometries(mended.shapes[0]) == 2
    assert shapely.area(mended.shapes).tolist() == [10_000 - 400 + 400, 400]


def test_a_detached_crumb_goes_to_the_neighbour_and_a_lost_one_is_reported():
    crumb = shapely.box(150, 40, 150.5, 40.5)  # inside EAST, but said to be WEST's
    lost = shapely.box(900, 900, 900.5, 900.5)
    mended = mend([shapely.union_all([WEST, crumb, lost]), EAST - crumb])
    assert shapely.area(mended.shapes).tolist() == [10_000, 10_000]
    assert [round(f.area_m2, 3) for f in mended.lost] == [0.25]


def test_twins_leave_the_second_empty():
    mended = mend([WEST, WEST])
    assert shapely.is_empty(mended.shapes).tolist() == [False, True]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.floats(0.0, 0.8))
def test_a_shaken_lattice_becomes_a_tiling_of_the_same_areas(seed: int, size: int, shake_m: float):
    """Every area is shaken by itself, so that all borders disagree by up to twice the shake."""
    rng = np.random.default_rng(seed)
    boxes = [shapely.box(50 * i, 50 * j, 50 * i + 50, 50 * j + 50) for i in range(size) for j in range(size)]
    boxes = shapely.segmentize(np.array(boxes, dtype=object), 12)
    shaken = on_grid([shapely.transform(b, lambda c: c + _closed(rng, len(c), shake_m)) for b in boxes])
    shaken = shapely.make_valid(shaken, method="structure", keep_collapsed=False)
    mended = mend(shaken, width_m=5)
    assert tiles(mended.shapes)
    assert not [f for f in mended.left if f.kind == "overlap"]
    assert np.abs(shapely.area(mended.shapes) - 2500).max() < 400 * max(shake_m, 0.01) + 1


def _closed(rng: np.random.Generator, count: int, shake_m: float) -> np.ndarray:
    moves = rng.uniform(-shake_m, shake_m, (count, 2))
    moves[-1] = moves[0]
    return moves


@pytest.mark.real_data
def test_a_real_city_s_precincts_tile_after_mending(real_data: Path):
    """255 areas as published, with 206 gaps and overlaps up to 0.92 m wide on the mean, one of 1,033 m²."""
    frame = geopandas.read_file(real_data / "boston" / "precincts_wgs84.geojson").to_crs(26986)
    shapes = shapely.make_valid(on_grid(frame.geometry.values), method="structure", keep_collapsed=False)
    before = inspect(shapes)
    assert (before.count("gap") > 100, before.count("overlap") > 80) == (True, True)
    mended = mend(shapes, width_m=3)
    assert not mended.left
    assert tiles(mended.shapes)
    assert shapely.area(mended.shapes).sum() == pytest.approx(shapely.union_all(shapes).area, rel=5e-5)


def test_slivers_in_another_parent_go_to_the_neighbour_there():
    # The border between the parents runs at x = 100, that between the areas at 101 in the south, 130 in the north.
    south, north = shapely.box(0, 0, 101, 50), shapely.box(0, 50, 130, 100)
    east = shapely.Polygon([(101, 0), (200, 0), (200, 100), (130, 100), (130, 50), (101, 50)])
    tiling = mend([south, north, east]).shapes
    fitted, moved = fit_to_parents(tiling, np.array([0, 0, 1]), [WEST, EAST], width_m=2)
    assert shapely.area(fitted).tolist() == [5_000, 6_500, 8_500]  # 30 m is no sliver: the parent follows there
    assert moved.tolist() == [50, 0, 0]
    assert tiles(fitted)
