"""An amended locator says of every place what a locator of the same cells says that was made anew."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.amended import Amended
from spatial.errors import BrokenCoverage
from spatial.locator import OUTSIDE, Locator
from tests.spatial.lattice import bent_lattice
from tests.spatial.test_locator import special_points


def agree(amended: Locator, codes: np.ndarray, polygons: np.ndarray, *, rng: np.random.Generator) -> None:
    """Owners, holders, distances and neighbours, on corners, edges, a millimetre beside them, and anywhere."""
    anew = Locator(codes, polygons)
    assert amended.codes.tolist() == anew.codes.tolist()
    assert len(amended) == len(anew)
    west, south, east, north = anew.bounds
    assert amended.bounds == anew.bounds
    anywhere = rng.uniform((west - 150, south - 150), (east + 150, north + 150), (400, 2))
    xy = np.concatenate([special_points(polygons), anywhere, [[np.nan, 0], [1e12, 1e12], [west - 1e6, south]]])
    found = anew.locate_many(xy)
    assert np.array_equal(amended.locate_many(xy), found)
    some = xy[:: max(1, len(xy) // 300)]
    for x, y in some.tolist():
        assert amended.locate(x, y) == anew.locate(x, y)
        assert amended.owners(x, y) == anew.owners(x, y)
    x, y = anywhere[0].tolist()
    assert amended.within(x, y, 120.0) == anew.within(x, y, 120.0)
    np.testing.assert_array_equal(amended.border_distance_many(xy, found), anew.border_distance_many(xy, found))
    for ours, theirs in zip(amended.nearest_many(anywhere), anew.nearest_many(anywhere), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def mixed(polygons: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The chosen cells with the shape of the next each, so that together they cover what they covered."""
    out = polygons.copy()
    out[chosen] = polygons[np.roll(chosen, 1)]
    return out


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_cells_that_change_shapes_come_and_go_are_found_as_in_a_locator_made_anew(data: st.DataObject) -> None:
    columns, rows, seed = (data.draw(st.integers(1, top)) for top in (7, 7, 999))
    names, polygons = bent_lattice(columns, rows, seed=seed)
    codes, rng = np.array(names, dtype=np.str_), np.random.default_rng(seed)
    locator: Locator = Locator(codes, polygons)
    assert locator.positions.tolist() == np.argsort(codes).tolist()
    codes, polygons = codes[locator.positions], polygons[locator.positions]
    for turn in range(data.draw(st.integers(1, 3))):
        n = len(codes)
        swapped = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), max_size=n))), np.intp)
        renamed = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), max_size=3))), np.intp)
        gone = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), max_size=max(0, n - 1)))), np.intp)[:5]
        shapes = mixed(polygons, swapped)
        now = codes.astype("<U20")
        now[renamed] = [f"{'0Z'[int(rng.integers(2))]}{turn}-{k}-a-long-name"[:20] for k in renamed]
        touched = np.union1d(np.union1d(swapped, renamed), gone).astype(np.intp)
        given_now = np.setdiff1d(touched, gone)
        order = rng.permutation(len(given_now))
        amended = Amended(locator, touched, now[given_now][order], shapes[given_now][order])
        stay = np.setdiff1d(np.arange(n), gone)
        if not len(stay):
            assert len(amended) == 0
            return
        agree(amended, now[stay], shapes[stay], rng=rng)
        # Arrays that go with the cells follow them.
        olds = np.concatenate([codes.astype("<U20"), now[given_now][order]])
        assert olds[amended.positions].tolist() == amended.codes.tolist()
        again = np.argsort(now[stay], kind="stable")
        locator, codes, polygons = amended, now[stay][again], shapes[stay][again]


def test_what_is_amended_twice_still_stands_on_the_first() -> None:
    codes, polygons = bent_lattice(12, 12)
    first = Locator(codes, polygons)
    shapes = first._shapes.copy()
    shapes[[3, 4]] = shapes[[4, 3]]
    second = Amended(first, [3, 4], first.codes[[3, 4]], shapes[[3, 4]])
    shapes[[70, 71]] = shapes[[71, 70]]
    third = Amended(second, [70, 71], second.codes[[70, 71]], shapes[[70, 71]])
    assert third._base is first
    assert second.share == pytest.approx(4 / 144)
    assert third.share == pytest.approx(8 / 144)
    agree(third, third.codes, shapes, rng=np.random.default_rng(1))
    back = Amended(third, [3, 4], third.codes[[3, 4]], first._shapes[[3, 4]])
    assert len(back._fresh) == 4, "it stands on the first's shapes no more, though they are the same"
    copy = pickle.loads(pickle.dumps(third))
    agree(copy, third.codes, shapes, rng=np.random.default_rng(2))
    # A few cells far from one another do not take a raster of the whole city.
    assert third._fresh.nbytes < 300_000


def test_a_code_that_is_there_already_is_refused() -> None:
    codes, polygons = bent_lattice(4, 4)
    locator = Locator(codes, polygons)
    with pytest.raises(BrokenCoverage, match="names two cells"):
        Amended(locator, [0], [codes[5]], polygons[:1])
    with pytest.raises(BrokenCoverage, match="names two cells"):
        Amended(locator, [0, 1], ["new", "new"], polygons[:2])
    with pytest.raises(BrokenCoverage, match="1 mm grid"):
        Amended(locator, [0], [codes[0]], [shapely.box(0.0005, 0, 10, 10)])


def test_a_city_may_lose_all_its_cells_and_be_made_again() -> None:
    codes, polygons = bent_lattice(3, 3)
    locator = Locator(codes, polygons)
    empty = Amended(locator, np.arange(9), [], [])
    west, south, _east, _north = locator.bounds
    assert len(empty) == 0
    assert empty.locate(west + 50, south + 50) == OUTSIDE
    assert empty.locate_many([[west + 50, south + 50]]).tolist() == [OUTSIDE]
    assert empty.owners(west + 50, south + 50) == ()
    assert np.isnan(empty.border_distance_many([[west, south]], [OUTSIDE])).all()
    agree(Amended(empty, [], codes, polygons), np.array(codes), polygons, rng=np.random.default_rng(3))
