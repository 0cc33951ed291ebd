"""Every point has exactly one owner: against shapely as the oracle, on borders, corners, holes and parts."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.errors import BrokenCoverage
from spatial.locator import OUTSIDE, Locator
from tests.spatial.lattice import bent_lattice

SIZE = 40


@pytest.fixture(scope="module")
def lattice() -> tuple[list[str], np.ndarray, Locator]:
    codes, polygons = bent_lattice(SIZE, SIZE)
    assert shapely.coverage_is_valid(polygons)
    assert shapely.is_valid(polygons).all()
    return codes, polygons, Locator(codes, polygons)


def by_brute_force(codes: list[str], polygons: np.ndarray, xy: np.ndarray) -> list[str]:
    """The border rule in the plainest words: all closed polygons that hold the point, the smallest code of them.

    Coordinates are scaled to whole millimetres, where the oracle's arithmetic is exact too.
    """
    whole = shapely.transform(polygons, lambda c: np.rint(c * 1000))
    tree = shapely.STRtree(whole)
    out = [""] * len(xy)
    for point, cell in zip(*tree.query(shapely.points(np.rint(xy * 1000)), predicate="intersects"), strict=True):
        out[point] = min(out[point] or codes[cell], codes[cell])
    return out


def named(locator: Locator, index: np.ndarray) -> list[str]:
    return [str(locator.codes[i]) if i != OUTSIDE else "" for i in index]


def special_points(polygons: np.ndarray) -> np.ndarray:
    """Every vertex, the (rounded) middle of every edge, and both a millimetre to each side."""
    rings = shapely.get_rings(polygons)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    middle = np.rint((xy[:-1][same] + xy[1:][same]) * 500) / 1000.0
    points = np.concatenate([xy, middle])
    steps = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) / 1000.0
    return (np.rint((points[:, None] + steps) * 1000) / 1000.0).reshape(-1, 2)


def test_a_million_random_points_have_exactly_one_owner(lattice) -> None:
    _, polygons, locator = lattice
    rng = np.random.default_rng(3)
    west, south, east, north = shapely.total_bounds(polygons)
    xy = np.rint(rng.uniform((west, south), (east, north), (1_000_000, 2)) * 1000) / 1000.0
    index = locator.locate_many(xy)
    whole = shapely.union_all(polygons)
    inside = shapely.intersects_xy(whole, xy[:, 0], xy[:, 1])
    # The city as one polygon has no shared border inside, so it is an oracle for "somewhere inside".
    assert np.array_equal(index != OUTSIDE, inside)
    chosen = np.flatnonzero(inside)
    # Whoever was named holds the point; and an interior point is held by nobody else.
    assert shapely.intersects_xy(locator._shapes[index[chosen]], xy[chosen, 0], xy[chosen, 1]).all()
    sample = chosen[:: max(1, len(chosen) // 20_000)]
    owners = [locator.owners(*xy[i]) for i in sample]
    assert all(len(o) >= 1 for o in owners)
    assert [o[0] for o in owners] == index[sample].tolist()


def test_every_vertex_and_mid_edge_has_exactly_one_owner(lattice) -> None:
    codes, polygons, locator = lattice
    xy = special_points(polygons)
    assert len(xy) > 5 * 2 * 16 * SIZE * SIZE
    assert named(locator, locator.locate_many(xy)) == by_brute_force(codes, polygons, xy)


def test_random_points_agree_with_brute_force(lattice) -> None:
    codes, polygons, locator = lattice
    rng = np.random.default_rng(4)
    west, south, east, north = shapely.total_bounds(polygons)
    xy = rng.uniform((west - 50, south - 50), (east + 50, north + 50), (50_000, 2))
    assert named(locator, locator.locate_many(xy)) == by_brute_force(codes, polygons, xy)


def test_one_point_and_many_give_the_same_answer(lattice) -> None:
    _, polygons, locator = lattice
    xy = special_points(polygons)[::97]
    assert [locator.locate(*p) for p in xy.tolist()] == locator.locate_many(xy).tolist()
    owners = [locator.owners(*p) for p in xy.tolist()]
    assert [o[0] if o else OUTSIDE for o in owners] == locator.locate_many(xy).tolist()
    # Corners in the middle of the lattice have four owners.
    assert max(len(o) for o in owners) == 4


def test_the_order_of_the_cells_changes_nothing(lattice) -> None:
    codes, polygons, locator = lattice
    turned = Locator(codes[::-1], polygons[::-1])
    xy = special_points(polygons)[::31]
    assert np.array_equal(turned.locate_many(xy), locator.locate_many(xy))
    back = shapely.reverse(polygons)
    assert np.array_equal(Locator(codes, back).locate_many(xy), locator.locate_many(xy))


@settings(max_examples=60, deadline=None)
@given(
    columns=st.integers(1, 6),
    rows=st.integers(1, 6),
    side_m=st.floats(0.5, 400),
    seed=st.integers(0, 2**16),
    east=st.floats(-2e6, 2e6),
)
def test_any_lattice_gives_each_special_point_its_owner(columns, rows, side_m, seed, east) -> None:
    codes, polygons = bent_lattice(columns, rows, side_m=side_m, seed=seed, origin=(round(east, 3), 3_900_000.0))
    # Sides of a few millimetres may round onto each other.
    assume(shapely.is_valid(polygons).all() and shapely.coverage_is_valid(polygons))
    locator = Locator(codes, polygons)
    xy = special_points(polygons)
    assert named(locator, locator.locate_many(xy)) == by_brute_force(codes, polygons, xy)


def test_point_on_shared_border_belongs_to_the_smallest_code() -> None:
    #  C | A
    #  --+--   all four meet in (10, 10)
    #  B | D
    cells = {"A": box(10, 10, 20, 20), "B": box(0, 0, 10, 10), "C": box(0, 10, 10, 20), "D": box(10, 0, 20, 10)}
    locator = Locator(list(cells), list(cells.values()))

    def owner(x: float, y: float) -> str:
        return named(locator, np.array([locator.locate(x, y)]))[0]

    assert owner(10, 10) == "A"
    assert [str(locator.codes[i]) for i in locator.owners(10, 10)] == ["A", "B", "C", "D"]
    assert owner(10, 5) == "B"  # with D
    assert owner(5, 10) == "B"  # with C
    assert owner(10, 15) == "A"  # with C
    assert owner(15, 10) == "A"  # with D
    assert owner(0, 0) == "B"  # the city's own corner belongs to it
    assert owner(20, 0) == "D"
    assert owner(20.0004, 0) == "D"  # rounds to the border
    assert owner(20.0006, 0) == ""  # rounds a millimetre outside


def test_holes_and_parts() -> None:
    ring = Polygon([(0, 0), (90, 0), (90, 90), (0, 90)], [[(30, 30), (60, 30), (60, 60), (30, 60)]])
    parts = MultiPolygon([box(30, 30, 60, 60), box(100, 0, 130, 30)])
    locator = Locator(["Z", "A"], [ring, parts])
    points = [(45, 45), (115, 15), (10, 10), (30, 45), (95, 10), (60, 60)]
    assert named(locator, locator.locate_many(points)) == ["A", "A", "Z", "A", "", "A"]
    assert locator.border_distance(45, 45, 0) == 15.0
    assert locator.border_distance(15, 45, 1) == 15.0
    lonely = Locator(["Z"], [ring])
    assert named(lonely, lonely.locate_many([(45, 45), (30, 45)])) == ["", "Z"]  # a hole is outside, its border is not
    assert lonely.nearest(45, 45) == (0, 15.0)


def test_a_thin_diagonal_sliver_is_not_lost_between_pixels() -> None:
    sliver = Polygon([(0, 0), (1000, 999), (1000, 1000)])
    above = Polygon([(0, 0), (1000, 1000), (0, 1000)])
    below = Polygon([(0, 0), (1000, 0), (1000, 999)])
    codes, polygons = ["3", "1", "2"], np.array([sliver, above, below])
    locator = Locator(codes, polygons)
    rng = np.random.default_rng(5)
    t = rng.uniform(0, 1000, 20_000)
    xy = np.rint(np.column_stack([t, t - rng.uniform(0, 2, len(t))]) * 1000) / 1000.0
    xy = xy[xy.min(axis=1) >= 0]
    assert named(locator, locator.locate_many(xy)) == by_brute_force(codes, polygons, xy)


def test_outside_names_the_nearest_cell_and_how_far(lattice) -> None:
    _, polygons, locator = lattice
    rng = np.random.default_rng(6)
    west, south, east, north = shapely.total_bounds(polygons)
    xy = np.rint(rng.uniform((west - 500, south - 500), (east + 500, north + 500), (3_000, 2)) * 1000) / 1000.0
    xy = xy[locator.locate_many(xy) == OUTSIDE]
    assert len(xy) > 500
    index, distance = locator.nearest_many(xy)
    oracle = np.array([shapely.distance(locator._shapes, shapely.Point(p)) for p in xy[:200]])
    assert np.allclose(distance[:200], oracle.min(axis=1), atol=1e-6)
    assert np.allclose(oracle[np.arange(200), index[:200]], oracle.min(axis=1), atol=1e-6)
    # Straight below the corner that two cells share, both are equally far: the smaller code is named.
    two = Locator(["B", "A"], [box(0, 0, 10, 10), box(10, 0, 20, 10)])
    assert two.nearest(10, -7) == (0, 7.0)
    assert two.nearest(9, -7) == (1, 7.0)
    assert two.nearest(3_000_000.0, 5.0) == (0, pytest.approx(3e6 - 20))


def test_within_lists_the_candidates_of_an_uncertain_place() -> None:
    cells = {"A": box(10, 10, 20, 20), "B": box(0, 0, 10, 10), "C": box(0, 10, 10, 20), "D": box(10, 0, 20, 10)}
    locator = Locator(list(cells), list(cells.values()))
    found = [(str(locator.codes[i]), d) for i, d in locator.within(9, 7, 3)]
    assert found == [("B", 0.0), ("D", 1.0), ("C", 3.0)]
    assert locator.within(100, 100, 5) == []


def test_distance_to_the_border_agrees_with_shapely(lattice) -> None:
    _, polygons, locator = lattice
    rng = np.random.default_rng(7)
    west, south, east, north = shapely.total_bounds(polygons)
    xy = np.rint(rng.uniform((west, south), (east, north), (5_000, 2)) * 1000) / 1000.0
    index = locator.locate_many(xy)
    ours = locator.border_distance_many(xy, index)
    inside = index != OUTSIDE
    theirs = shapely.distance(shapely.boundary(locator._shapes[index[inside]]), shapely.points(xy[inside]))
    assert np.allclose(ours[inside], theirs, atol=1e-6)
    assert np.isnan(ours[~inside]).all()


def test_what_is_not_a_number_or_out_of_reach_is_outside(lattice) -> None:
    locator = lattice[2]
    bad = [(np.nan, 0), (np.inf, 0), (0, -np.inf), (1e300, 1e300), (0, 0), (-5e5, -5e5)]
    assert locator.locate_many(bad).tolist() == [OUTSIDE] * len(bad)
    assert [locator.locate(*p) for p in bad] == [OUTSIDE] * len(bad)
    assert [locator.owners(*p) for p in bad] == [()] * len(bad)
    assert locator.locate_many(np.empty((0, 2))).shape == (0,)
    index, distance = locator.nearest_many(bad[:2])
    assert index.tolist() == [OUTSIDE] * 2
    assert np.isnan(distance).all()


def test_a_city_without_cells_answers_outside() -> None:
    empty = Locator([], [])
    assert len(empty) == 0
    assert empty.locate(1, 1) == OUTSIDE
    assert empty.locate_many([(1, 1)]).tolist() == [OUTSIDE]
    assert empty.nearest(1, 1) is None
    assert empty.within(1, 1, 10) == []


def test_a_large_city_takes_larger_pixels_and_stays_exact() -> None:
    codes, polygons = bent_lattice(12, 12, side_m=10_000)
    locator = Locator(codes, polygons)
    assert locator.pixel_m == 16.384
    assert locator._raster.nbytes <= 4 << 26
    xy = special_points(polygons)
    assert named(locator, locator.locate_many(xy)) == by_brute_force(codes, polygons, xy)


def test_what_is_no_exact_coverage_is_refused() -> None:
    with pytest.raises(BrokenCoverage, match="off the 1 mm grid"):
        Locator(["A"], [box(0, 0, 10, 10.0004)])
    with pytest.raises(BrokenCoverage, match="names two cells"):
        Locator(["A", "A"], [box(0, 0, 10, 10), box(10, 0, 20, 10)])
    with pytest.raises(BrokenCoverage, match="reach over"):
        Locator(["A"], [box(0, 0, 1_100_000, 10)])
