"""The demo city: the same every time, a real network, an exact territory, nothing built where nothing can stand."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import connection

from cases.models import Case, CaseEvent
from cells.demo import loading
from cells.demo.city import DemoCity, make_city
from cells.demo.words import words
from cells.division import division_report
from cells.models import CatalogueClass, Cell, Component, Edition, Grid, GridVersion, Place, Street
from spatial.partition import find_faults

DAY = dt.date(2026, 6, 1)
ORIGIN = (500_000.0, 3_841_000.0)
ROOT = Path(__file__).resolve().parents[2]


def a_city(cells: int = 200, seed: int = 1, origin: tuple[float, float] = ORIGIN) -> DemoCity:
    return make_city(cells=cells, seed=seed, origin=origin, today=DAY)


@pytest.fixture(scope="module", params=[1, 4])
def city(request: pytest.FixtureRequest) -> DemoCity:
    return a_city(600, seed=request.param)


def of_level(city: DemoCity, level: str) -> np.ndarray:
    return city.areas.loc[city.areas["level"] == level, "shape"].to_numpy()


def test_the_same_seed_gives_the_same_city_in_another_process() -> None:
    program = (
        "import datetime as dt; from cells.demo.city import make_city; "
        f"print(make_city(cells=200, seed=1, origin={ORIGIN}, today=dt.date(2026, 6, 1)).fingerprint())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PYTHONHASHSEED": "77", "PATH": ""},
    )  # fmt: skip
    here = a_city(200)
    assert other.stdout.strip() == here.fingerprint()
    assert a_city(200, seed=2).fingerprint() != here.fingerprint()


def test_too_few_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="200 or more"):
        a_city(199)


def test_the_size_is_what_was_asked_for(city: DemoCity) -> None:
    assert of_level(city, "city")[0].area == pytest.approx(600 * 10_000, rel=0.02)


def test_each_level_tiles_the_one_above_exactly(city: DemoCity) -> None:
    for lower, upper in (("community", "town"), ("town", "district"), ("district", "city")):
        parts = city.areas[city.areas["level"] == lower]
        assert find_faults(parts["shape"].to_numpy()) == []
        for whole in city.areas[city.areas["level"] == upper].itertuples():
            mine = parts.loc[parts["parent"] == whole.code, "shape"].to_numpy()
            assert shapely.equals(shapely.coverage_union_all(mine), whole.shape)


def test_everything_lies_on_the_millimetre_grid(city: DemoCity) -> None:
    shapes = [table["shape"] for table in (city.areas, city.streets, city.buildings, city.water, city.green)]
    for column in (*shapes, city.places["place"], city.components["place"]):
        xy = shapely.get_coordinates(column.to_numpy())
        assert np.array_equal(np.rint(xy * 1000) / 1000.0, xy)
        assert shapely.is_valid(column.to_numpy()).all()


def test_communities_are_as_big_as_communities_are(city: DemoCity) -> None:
    area = shapely.area(of_level(city, "community"))
    assert area.min() > 0.2e6
    assert area.max() < 2.0e6


def test_codes_are_made_up_and_nested(city: DemoCity) -> None:
    codes = city.areas.set_index("code")
    assert codes.index.is_unique
    for row in city.areas.itertuples():
        assert row.code.startswith("99")
        assert len(row.code) == {"city": 6, "district": 6, "town": 9, "community": 12}[row.level]
        if row.level in ("town", "community"):
            assert row.code.startswith(row.parent)
    assert city.areas["name_zh"].is_unique


def test_streets_meet_at_shared_vertices(city: DemoCity) -> None:
    """Wherever two streets touch or cross, the place is a vertex of both."""
    shapes = city.streets["shape"].to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    meeting = shapely.intersection(shapes[a], shapes[b])
    assert set(shapely.get_type_id(meeting)) <= {0, 4}, "streets run on each other"
    points, pair = shapely.get_parts(meeting, return_index=True)
    for of in (a, b):
        vertices = shapely.multipoints(shapely.points(shapely.get_coordinates(shapes)),
                                       indices=shapely.get_coordinates(shapes, return_index=True)[1])  # fmt: skip
        assert shapely.distance(vertices[of[pair]], points).max() == 0.0


def test_public_streets_end_only_at_other_streets(city: DemoCity) -> None:
    public = city.streets.loc[city.streets["block"] < 0, "shape"].to_numpy()
    tree = shapely.STRtree(public)
    for end in (0, -1):
        points = shapely.get_point(public, end)
        touched = np.bincount(tree.query(points, predicate="intersects")[0], minlength=len(public))
        closed = shapely.is_closed(public)
        assert (touched[~closed] >= 2).all()


def test_buildings_stand_clear_of_streets_water_borders_and_each_other(city: DemoCity) -> None:
    buildings = city.buildings["shape"].to_numpy()
    tree = shapely.STRtree(buildings)
    a, b = tree.query(buildings, predicate="intersects")
    assert (a == b).all()
    assert tree.query(city.streets["shape"].to_numpy(), predicate="dwithin", distance=3.0).shape[1] == 0
    assert tree.query(city.water["shape"].to_numpy(), predicate="dwithin", distance=3.0).shape[1] == 0
    borders = shapely.boundary(of_level(city, "community"))
    assert tree.query(borders, predicate="intersects").shape[1] == 0


def test_parks_hold_pavilions_at_most(city: DemoCity) -> None:
    buildings = city.buildings[city.buildings["kind"].isin(["park", "lake_park"])]
    assert shapely.area(buildings["shape"].to_numpy()).max(initial=0) < 200
    parks = city.green.loc[~city.green["kind"].isin(["sports_field"]), "shape"].to_numpy()
    others = city.buildings.loc[~city.buildings["kind"].isin(["park", "lake_park"]), "shape"].to_numpy()
    assert shapely.STRtree(others).query(parks, predicate="intersects").shape[1] == 0


def test_a_street_name_belongs_to_one_street(city: DemoCity) -> None:
    """But for rings and radial avenues, which go on under their name beyond a river or a park."""
    public = city.streets[
        (city.streets["block"] < 0) & (city.streets["name_zh"] != "") & (city.streets["length_m"] > 25)
    ]
    once = public[~public["key"].str.match("ring-|limit|radial-")]
    assert once["name_zh"].is_unique


def test_door_plates_are_odd_on_the_left_and_grow_away_from_the_centre(city: DemoCity) -> None:
    plates = city.places[city.places["kind"] == "door_plate"]
    name = "人民北路"
    street = city.streets.loc[city.streets["name_zh"] == name, "shape"].iloc[0]
    mine = plates[plates["name_zh"].str.match(name + r"\d+号")]
    number = mine["name_zh"].str.extract(r"(\d+)号")[0].astype(int).to_numpy()
    assert len(number) > 5
    points = mine["place"].to_numpy()
    at = shapely.line_locate_point(street, points)
    for odd in (True, False):
        order = np.argsort(at[(number % 2 == 1) == odd])
        assert (np.diff(number[(number % 2 == 1) == odd][order]) == 2).all()
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(street, at + 0.5))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(street, np.maximum(at - 0.5, 0)))
    way, off = ahead - behind, shapely.get_coordinates(points) - behind
    left = way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0] > 0
    assert np.array_equal(left, number % 2 == 1)


def test_components_have_codes_of_their_district_and_class(city: DemoCity) -> None:
    table = city.components
    assert table["code"].is_unique
    assert table["code"].str.fullmatch(r"\d{16}").all()
    assert (table["code"].str[6:10] == table["class"]).all()
    for district in city.areas[city.areas["level"] == "district"].itertuples():
        mine = table.loc[table["code"].str[:6] == district.code, "place"].to_numpy()
        assert len(mine)
        assert shapely.contains(district.shape, mine).all()
    assert (table["surveyed_on"] < DAY).all()
    assert 7 < len(table) / 600 < 35


def test_lamps_stand_every_thirty_metres_on_alternate_sides() -> None:
    from cells.demo.sampling import along

    points, of = along(np.array([shapely.LineString([(0, 0), (100, 0)])]), every_m=30, offset_m=9, alternate=True)
    assert shapely.get_coordinates(points).tolist() == [[15, 9], [45, -9], [75, 9]]
    assert of.tolist() == [0, 0, 0]


def test_another_crs_has_its_city_in_its_own_area(settings: pytest.FixtureRequest) -> None:
    settings.CITY_SRID = 26986  # Massachusetts mainland, metres: far from the usual place
    east, north = loading.place_of()
    assert 80_000 < east < 280_000
    assert 850_000 < north < 970_000
    settings.CITY_SRID = 4547
    assert loading.place_of() == (500_000.0, 3_841_000.0)


@pytest.mark.django_db
def test_the_command_loads_a_city_that_can_be_dispatched() -> None:
    call_command("demo_city", cells=200, today=DAY, jobs=1, verbosity=0)
    edition = Edition.objects.in_force()
    assert edition.label == " ".join(words()["city"])
    assert Cell.objects.count() == pytest.approx(200, rel=0.06)
    report = division_report()
    assert report["within_25pct"] >= 0.93
    assert report["street_share"] >= 0.60
    assert report["buildings_cut"] <= 0.001
    assert not Component.objects.filter(cell=None).exists()
    assert not Case.objects.filter(owner=None).exists()
    assert Place.objects.filter(words__contains="人民北路").exists()
    assert GridVersion.objects.current().filter(grid__level="community").exclude(name_zh="").exists()
    assert set(Component.objects.values_list("catalogue_class__edition", flat=True)) == {"gbt30428-2"}


@pytest.mark.django_db
def test_a_load_that_was_stopped_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    east, north = loading.place_of()
    order = loading.DemoOrder(200, 1, DAY.isoformat(), 4547, east, north)
    loading.write_ground(make_city(cells=200, seed=1, origin=(east, north), today=DAY), order)
    streets = Street.objects.count()
    call_command("demo_city", cells=200, jobs=1, verbosity=0)
    assert Street.objects.count() == streets
    assert Case.objects.exists()
    cases = Case.objects.count()
    capsys.readouterr()
    call_command("demo_city", cells=200, verbosity=0)
    assert "loaded already" in capsys.readouterr().out
    assert Case.objects.count() == cases


@pytest.mark.django_db
def test_a_city_that_is_no_demo_city_is_never_touched() -> None:
    Edition.objects.create(number=1, label="a real city")
    Grid.objects.create(level_id="city", code="410100")
    with pytest.raises(CommandError, match="another database"):
        call_command("demo_city", cells=200, verbosity=0)
    with pytest.raises(CommandError, match="no demo city"):
        call_command("demo_city", cells=200, replace=True, verbosity=0)
    call_command("demo_city", cells=200, if_empty=True, verbosity=0)
    assert Grid.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_replace_removes_the_demo_city_and_its_history() -> None:
    call_command("demo_city", cells=200, today=DAY, jobs=1, verbosity=0)
    with pytest.raises(CommandError, match="--replace"):
        call_command("demo_city", cells=200, seed=2, today=DAY, verbosity=0)
    before = CaseEvent.objects.count()
    try:
        call_command("demo_city", cells=200, seed=2, today=DAY, jobs=1, replace=True, verbosity=0)
    finally:
        # As in conftest: they sleep in tests, and the city was emptied with them awake.
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER history_is_not_emptied")
            cursor.execute("ALTER TABLE cases_callerlook DISABLE TRIGGER looks_are_not_emptied")
    assert before > 0
    assert Edition.objects.count() == 1
    assert Cell.objects.count() == pytest.approx(200, rel=0.06)
    assert CatalogueClass.objects.exists()
