"""Coordinates at the door: order, names, faults, the shifted systems of Chinese web maps."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial import crs
from spatial.crs import Fault
from spatial.crs_verdict import judge_crs
from spatial.errors import BadCoordinate, SpatialError, UnknownCrs, UnsuitableCrs
from spatial.projecting import converted

ZHENGZHOU = 4547
VECTORS = Path(os.environ.get("WANMI_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
needs_vectors = pytest.mark.skipif(not (VECTORS / "coord_vectors").exists(), reason="real data not here")


def metres_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Ground distance of pairs in degrees, on a sphere: good to 1 % for neighbours."""
    mean = np.radians((a[:, 1] + b[:, 1]) / 2)
    return 6378137 * np.hypot(np.radians(a[:, 0] - b[:, 0]) * np.cos(mean), np.radians(a[:, 1] - b[:, 1]))


def test_longitude_comes_first_although_the_register_says_otherwise() -> None:
    # EPSG:4326, 4490 and 4547 all declare north first. On the central meridian of 114°E the easting is the false
    # easting, 500 km; the northing at 34°N is the meridian arc, 6,378,137 m x 0.590 rad (about 3,763 km).
    for name in ("WGS84", "CGCS2000", "EPSG:4490"):
        east, north = crs.to_city([[114.0, 34.0]], crs=name, srid=ZHENGZHOU)[0]
        assert east == 500_000.0
        assert 3_763_000 < north < 3_764_000
    # EPSG:4549's neighbour zone, named as a projected CRS: east first as well.
    assert crs.to_city([[500_000.0, 3_763_661.442]], crs="EPSG:4547", srid=ZHENGZHOU)[0].tolist() == [
        500_000.0,
        3_763_661.442,
    ]


def test_one_degree_east_is_east() -> None:
    here, east, north = crs.to_city([[113.6, 34.7], [113.7, 34.7], [113.6, 34.8]], crs="WGS84", srid=ZHENGZHOU)
    assert east[0] - here[0] > 9_000
    assert abs(east[1] - here[1]) < 100
    assert north[1] - here[1] > 11_000
    assert abs(north[0] - here[0]) < 100


def test_metres_lie_on_the_millimetre_grid() -> None:
    rng = np.random.default_rng(1)
    xy = crs.to_city(rng.uniform((113, 34), (114, 35), (1000, 2)), crs="WGS84", srid=ZHENGZHOU)
    assert np.array_equal(xy, np.rint(xy * 1000) / 1000.0)


@given(st.floats(112.6, 115.4), st.floats(30, 40), st.sampled_from(["WGS84", "CGCS2000", "GCJ-02", "BD-09"]))
def test_every_named_system_comes_back_to_a_millimetre(lon: float, lat: float, name: str) -> None:
    xy = crs.to_city([[lon, lat]], crs=name, srid=ZHENGZHOU)
    back = crs.from_city(xy, crs=name, srid=ZHENGZHOU)
    assert metres_apart(back, np.array([[lon, lat]]))[0] < 0.002


@given(st.floats(112.4, 115.6), st.floats(-91, 91), st.sampled_from(["wgs84", "CGCS2000", "GCJ-02", "EPSG:4547"]))
def test_one_place_is_the_same_as_a_place_of_many(lon: float, lat: float, name: str) -> None:
    def said(ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except BadCoordinate as error:
            return str(error)

    assert said(lambda: crs.point_to_city(lon, lat, crs=name, srid=ZHENGZHOU)) == said(
        lambda: tuple(crs.to_city([[lon, lat]], crs=name, srid=ZHENGZHOU)[0].tolist())
    )


def test_gcj02_moves_a_point_by_hundreds_of_metres() -> None:
    # Published vector of the open converters: 22.543847, 113.912316 -> 22.540796131694766, 113.9171764808363.
    plain = crs.to_city([[113.912316, 22.543847]], crs="WGS84", srid=ZHENGZHOU)
    shifted = crs.to_city([[113.9171764808363, 22.540796131694766]], crs="GCJ-02", srid=ZHENGZHOU)
    mistaken = crs.to_city([[113.9171764808363, 22.540796131694766]], crs="WGS84", srid=ZHENGZHOU)
    assert np.hypot(*(plain - shifted)[0]) <= 0.0015
    assert 590 < np.hypot(*(plain - mistaken)[0]) < 620


@needs_vectors
@pytest.mark.real_data
def test_the_three_published_forward_vectors_of_gcj02() -> None:
    table = pd.read_csv(VECTORS / "coord_vectors" / "eviltransform_tests.csv")
    # Its two BD-09 rows are answers of a map service; the package they test is 11 m and 41 m off them itself.
    table = table[table.op == "wgs2gcj"]
    given_wgs = table[["in_lon", "in_lat"]].to_numpy()
    gcj = crs.from_city(crs.to_city(given_wgs, crs="WGS84", srid=ZHENGZHOU), crs="GCJ-02", srid=ZHENGZHOU)
    assert metres_apart(gcj, table[["out_lon", "out_lat"]].to_numpy()).max() < 0.02


@needs_vectors
@pytest.mark.real_data
def test_332_cities_agree_with_an_independent_converter() -> None:
    table = pd.read_csv(VECTORS / "coord_vectors" / "gcoord_china_cities.csv")
    # One zone for the whole country strains the projection at the rim, so the comparison is made near it.
    table = table[table.wgs84_x.between(108, 120)]
    wgs, gcj, bd = (table[[f"{n}_x", f"{n}_y"]].to_numpy() for n in ("wgs84", "gcj02", "bd09"))
    from_gcj = crs.from_city(crs.to_city(gcj, crs="GCJ-02", srid=ZHENGZHOU), srid=ZHENGZHOU)
    from_bd = crs.from_city(crs.to_city(bd, crs="BD-09", srid=ZHENGZHOU), srid=ZHENGZHOU)
    assert metres_apart(from_gcj, from_bd).max() < 0.05
    # Its WGS 84 column comes from a one-step inverse: 0.67 m from the exact one in the median.
    assert metres_apart(from_gcj, wgs).max() < 1.0
    back = crs.from_city(crs.to_city(gcj, crs="GCJ-02", srid=ZHENGZHOU), crs="GCJ-02", srid=ZHENGZHOU)
    assert metres_apart(back, gcj).max() < 0.002


BAD = [
    ((float("nan"), 34.7), Fault.NOT_A_NUMBER, "not a number"),
    ((float("inf"), 34.7), Fault.NOT_A_NUMBER, "not a number"),
    ((113.6, 91.0), Fault.LATITUDE, "latitude"),
    ((181.0, 34.7), Fault.LONGITUDE, "longitude"),
    ((34.7, 113.6), Fault.SWAPPED, "swapped"),
    ((462_000.0, 3_840_000.0), Fault.LONGITUDE, "EPSG:n"),
]


@pytest.mark.parametrize(("pair", "fault", "word"), BAD)
def test_what_cannot_be_a_place_is_refused_with_words(pair: tuple[float, float], fault: Fault, word: str) -> None:
    with pytest.raises(BadCoordinate) as caught:
        crs.to_city([[113.6, 34.7], pair], crs="WGS84", srid=ZHENGZHOU)
    assert word in str(caught.value)
    assert caught.value.where["row"] == 1
    assert caught.value.where["fault"] == fault.name.lower()
    assert caught.value.where["rows_at_fault"] == 1


def test_good_rows_survive_beside_bad_ones() -> None:
    xy, faults = crs.to_city_with_faults([p for p, _, _ in BAD] + [(113.6, 34.7)], crs="WGS84", srid=ZHENGZHOU)
    assert faults.tolist() == [int(f) for _, f, _ in BAD] + [0]
    assert np.isnan(xy[:-1]).all()
    assert np.isfinite(xy[-1]).all()


def test_a_swapped_pair_is_seen_where_both_orders_are_possible_numbers() -> None:
    # Massachusetts: 42.36, -71.06 is a place in the Southern Ocean.
    assert crs.faults([[42.36, -71.06], [-71.06, 42.36]], crs="WGS84", srid=26986).tolist() == [Fault.SWAPPED, 0]
    # A point elsewhere on earth is no fault: it is outside the city, and routing says so.
    assert crs.faults([[2.35, 48.85], [0.0, 0.0]], crs="WGS84", srid=26986).tolist() == [0, 0]


def test_degrees_under_a_projected_name_and_gcj02_outside_china_are_refused() -> None:
    assert crs.faults([[-71.06, 42.36]], crs="EPSG:2249", srid=26986).tolist() == [Fault.DEGREES]
    assert crs.faults([[-71.06, 42.36]], crs="GCJ-02", srid=26986).tolist() == [Fault.NOT_IN_CHINA]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wgs84", "WGS84"),
        ("WGS 84", "WGS84"),
        ("EPSG:4326", "WGS84"),
        ("4326", "WGS84"),
        ("gcj02", "GCJ-02"),
        ("GCJ-02", "GCJ-02"),
        ("bd09ll", "BD-09"),
        ("epsg:4490", "CGCS2000"),
        ("EPSG:2249", "EPSG:2249"),
        ("city", "CITY"),
    ],
)
def test_names_have_one_spelling(name: str, expected: str) -> None:
    assert crs.canonical(name) == expected


@pytest.mark.parametrize("name", ["", "WGS", "EPSG:1", "EPSG:999999", "mars"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(UnknownCrs):
        crs.canonical(name)


def test_a_city_is_kept_in_metres() -> None:
    crs.require_metric(ZHENGZHOU)
    crs.require_metric(26986)
    for srid in (4326, 2249, 3857):
        with pytest.raises(UnsuitableCrs):
            crs.require_metric(srid)
    assert issubclass(UnsuitableCrs, SpatialError)


def test_geometries_are_moved_vertex_by_vertex() -> None:
    square = shapely.box(113.6, 34.7, 113.601, 34.701)
    moved = crs.geometries_to_city(np.array([square, None]), crs="WGS84", srid=ZHENGZHOU)
    assert moved[1] is None
    # 0.001° is 91.5 m by 110.9 m at 34.7°N.
    assert 10_100 < moved[0].area < 10_200
    back = crs.geometries_from_city(moved[:1], srid=ZHENGZHOU)
    assert shapely.hausdorff_distance(back[0], square) < 1e-7


def test_a_pile_given_in_gcj02_as_wgs84_is_noticed() -> None:
    rng = np.random.default_rng(2)
    district = shapely.box(460_000, 3_838_000, 466_000, 3_844_000)
    xy = rng.uniform((460_050, 3_838_050), (465_950, 3_843_950), (2_000, 2))

    def inside(metres: np.ndarray) -> np.ndarray:
        return np.asarray(shapely.intersects_xy(district, metres[:, 0], metres[:, 1]))

    as_gcj = crs.from_city(xy, crs="GCJ-02", srid=ZHENGZHOU)
    verdict = judge_crs(as_gcj, crs="WGS84", srid=ZHENGZHOU, is_right=inside)
    assert verdict.mistaken
    assert verdict.best == "GCJ-02"
    assert verdict.shares["GCJ-02"] == 1.0
    assert "Give the CRS as GCJ-02" in verdict.sentence()
    rightly = judge_crs(as_gcj, crs="GCJ-02", srid=ZHENGZHOU, is_right=inside)
    assert not rightly.mistaken
    # Ten points in the middle fit every name: nothing is claimed.
    few = crs.from_city(rng.uniform((462_000, 3_840_000), (464_000, 3_842_000), (10, 2)), srid=ZHENGZHOU)
    assert not judge_crs(few, crs="WGS84", srid=ZHENGZHOU, is_right=inside).mistaken


@needs_vectors
@pytest.mark.real_data
def test_restaurants_of_a_real_city_fit_its_districts_only_in_the_system_they_were_taken_in() -> None:
    """districts_datav and the POIs are both GCJ-02: 98.75 % agree; read as WGS 84 against GCJ-02 districts, 94.65 %."""
    import geopandas as gpd

    districts = gpd.read_file(VECTORS / "zhengzhou" / "districts_datav_gcj02.geojson")
    shapes = crs.geometries_to_city(districts.geometry.to_numpy(), crs="GCJ-02", srid=ZHENGZHOU)
    pois = pd.read_csv(VECTORS / "zhengzhou" / "poi_catering_gcj02.csv")
    lon, lat = (next(c for c in pois if c.lower().startswith(k)) for k in ("lon", "lat"))
    label = next(c for c in pois if "district" in c.lower() or "adname" in c.lower() or "area" in c.lower())
    name_of = dict(enumerate(districts["name"]))
    tree = shapely.STRtree(shapes)

    def right(metres: np.ndarray) -> np.ndarray:
        good = np.flatnonzero(np.isfinite(metres).all(axis=1))
        point, area = tree.query(shapely.points(metres[good]), predicate="intersects")
        out = np.zeros(len(metres), bool)
        labels = pois[label].to_numpy()
        out[good[point]] = [labels[good[p]] == name_of[int(a)] for p, a in zip(point, area, strict=True)]
        return out

    verdict = judge_crs(pois[[lon, lat]].to_numpy(), crs="WGS84", srid=ZHENGZHOU, is_right=right)
    assert verdict.best == "GCJ-02"
    assert verdict.shares["GCJ-02"] > 0.985
    assert verdict.shares["WGS84"] < 0.95


def test_threads_that_come_and_go_share_one_that_transforms() -> None:
    """PROJ would set itself up anew in each; a thread that lives on and asks often does it by itself in the end."""
    told: list[tuple[object, str]] = []

    class Told:
        def transform(self, x: object, y: object) -> tuple[object, object]:
            told.append((x, threading.current_thread().name))
            return x, y

    threads = [threading.Thread(target=converted, args=(Told(), n, n)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(n for n, _ in told) == [0, 1, 2, 3, 4]
    assert len({name for _, name in told}) == 1

    told.clear()
    often = threading.Thread(target=lambda: [converted(Told(), n, n) for n in range(100)], name="often")
    often.start()
    often.join()
    names = [name for _, name in told]
    assert names[0] != "often" == names[-1]
    assert names == sorted(names, key=lambda name: name == "often"), "once it does it by itself, it always does"

    here = crs.to_city([[114.0, 34.7]], crs="WGS84", srid=4547)
    there: list[object] = []
    thread = threading.Thread(target=lambda: there.append(crs.to_city([[114.0, 34.7]], crs="WGS84", srid=4547)))
    thread.start()
    thread.join()
    assert (np.asarray(there[0]) == here).all()


def test_a_forked_process_transforms_in_its_own_threads() -> None:
    thread = threading.Thread(target=crs.from_city, args=([[500_000.0, 3_840_000.0]],), kwargs={"srid": 4547})
    thread.start()
    thread.join()
    child = os.fork()
    if child == 0:
        done: list[object] = []
        inner = threading.Thread(
            target=lambda: done.append(crs.from_city([[500_000.0, 3_840_000.0]], srid=4547)), daemon=True
        )
        inner.start()
        inner.join(20)
        os._exit(0 if done else 1)
    assert os.waitpid(child, 0)[1] == 0
