"""Vector tiles: what is in them at which zoom, that nothing is lost at their edges, and what a browser keeps."""

from __future__ import annotations

import gzip
import math
from typing import Any

import mapbox_vector_tile
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.models import Case
from cells import editions
from cells.models import CellVersion
from maps import tiles
from spatial import crs
from tests.cases.makers import NOON, a_case, voided
from tests.makers import City, a_building, a_city, a_component, a_person, a_place, a_street

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Two communities of 3 × 3 cells with a street, buildings, places and a component."""
    made = a_city(cells="6x3", community="3x3", at=NOON)
    a_street(made, 1)
    for column in range(6):
        a_building(made, column, 2)
    a_place(made, 0, 0)
    a_component(made, 5, 0)
    return made


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(a_person("dispatcher"))
    return client


def tile_of(lonlat: tuple[float, float], z: int) -> tuple[int, int, int]:
    """The tile that a place lies in (the arithmetic of the tile scheme, written anew)."""
    lon, lat = lonlat
    count = 2**z
    y = (1 - math.log(math.tan(math.radians(lat)) + 1 / math.cos(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * count), int(y * count)


def layers(client: Client, name: str, z: int, x: int, y: int) -> dict[str, Any]:
    answer = client.get(reverse("tile", args=[name, z, x, y]))
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == "gzip"
    return mapbox_vector_tile.decode(gzip.decompress(answer.content))


def test_a_cell_is_drawn_with_its_code_in_the_tile_it_lies_in(city: City, reader: Client) -> None:
    drawn = layers(reader, "grids", *tile_of(city.lonlat(4, 1), 17))["cells"]["features"]
    found = {f["properties"]["code"]: f["id"] for f in drawn}
    assert found[city.code(4, 1)] == city.cell(4, 1).pk


@pytest.mark.parametrize(
    ("zoom", "expected"),
    [
        (8, {"city", "district"}),
        (10, {"city", "district", "town"}),
        (12, {"city", "district", "town", "community"}),
        (15, {"city", "district", "town", "community", "grid"}),
    ],
)
def test_levels_come_with_the_zoom(city: City, reader: Client, zoom: int, expected: set[str]) -> None:
    drawn = layers(reader, "grids", *tile_of(city.lonlat(1, 1), zoom))
    assert {f["properties"]["level"] for f in drawn["grids"]["features"]} == expected
    assert ("cells" in drawn) is (zoom >= 14)


def test_tiles_side_by_side_overlap_by_their_buffer(city: City, reader: Client) -> None:
    """Every cell that touches a tile or its margin is in it: select with the buffered bounds, clip to them."""
    z = 17
    shapes = dict(CellVersion.objects.current().values_list("cell__code", "shape"))
    _, x, y = tile_of(city.lonlat(2, 1), z)
    expected = set()
    with connection.cursor() as cursor:
        for code, shape in shapes.items():
            cursor.execute(
                "SELECT ST_Intersects(ST_Transform(%s::geometry, 3857), ST_Expand(t, w * %s)) FROM "
                "(SELECT t, ST_XMax(t) - ST_XMin(t) AS w FROM (SELECT ST_TileEnvelope(%s, %s, %s) t) e) b",
                [shape.ewkb, 0.98 * tiles.BUFFER / tiles.EXTENT, z, x, y],
            )
            if cursor.fetchone()[0]:
                expected.add(code)
    drawn = {f["properties"]["code"] for f in layers(reader, "grids", z, x, y)["cells"]["features"]}
    assert expected
    assert expected <= drawn


def test_the_ground_and_the_components_are_there(city: City, reader: Client) -> None:
    ground = layers(reader, "ground", *tile_of(city.lonlat(0, 0), 16))
    assert {f["properties"]["name_zh"] for f in ground["streets"]["features"]} == {"人民路"}
    assert ground["buildings"]["features"]
    things = layers(reader, "components", *tile_of(city.lonlat(5, 0), 18))
    assert len(things["components"]["features"]) == 1


def test_far_out_and_in_a_crowd_every_open_case_is_counted_once(
    city: City, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all tiles of a zoom the numbers add up, also where squares and tiles meet."""
    for n, (column, row, e) in enumerate((c, r, e) for c in range(6) for r in range(3) for e in range(1, 4)):
        x, y = city.metres(column, row, east=e / 4)
        case = a_case(lon=x, lat=y, crs=crs.CITY)
        if n % 5 == 0:
            voided(case)
    still_open = Case.objects.open().count()
    assert 0 < still_open < Case.objects.count()
    for zoom in (10, 12, 14, 16):
        monkeypatch.setattr(tiles, "CROWD", 0)
        corners = [city.lonlat(c, r, east=e, south=s) for c, e in ((0, 0), (5, 1)) for r, s in ((0, 0), (2, 1))]
        touched = {tile_of(corner, zoom) for corner in corners}
        _, x, y = zip(*touched, strict=True)
        wanted = [(i, j) for i in range(min(x), max(x) + 1) for j in range(min(y), max(y) + 1)]
        counted = [layers(reader, "cases", zoom, i, j).get("case_counts", {"features": []}) for i, j in wanted]
        assert sum(f["properties"]["cases"] for c in counted for f in c["features"]) == still_open
        assert not any("cases" in layers(reader, "cases", zoom, i, j) for i, j in wanted)
    # So near that a pile stays a pile; and where there are not many.
    for zoom, crowd in ((17, 0), (16, 1500)):
        monkeypatch.setattr(tiles, "CROWD", crowd)
        near = layers(reader, "cases", *tile_of(city.lonlat(0, 0), zoom))
        assert near["cases"]["features"]
        assert "case_counts" not in near


def test_a_tile_that_has_not_changed_is_not_sent_again(city: City, reader: Client) -> None:
    address = reverse("tile", args=["grids", *tile_of(city.lonlat(1, 1), 15)])
    first = reader.get(address)
    again = reader.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in first["Cache-Control"]


def test_a_new_edition_is_seen_at_once(city: City, reader: Client) -> None:
    address = reverse("tile", args=["grids", *tile_of(city.lonlat(1, 1), 17)])
    before = reader.get(address)
    draft = editions.open_draft()
    gone = CellVersion.objects.get(cell=city.cell(1, 1))
    gone.until = draft
    gone.save()
    assert reader.get(address)["ETag"] == before["ETag"]  # a draft is nobody's business
    editions.publish()
    after = mapbox_vector_tile.decode(gzip.decompress(reader.get(address).content))
    assert city.code(1, 1) not in {f["properties"]["code"] for f in after["cells"]["features"]}


def test_an_edition_of_the_past_is_drawn_as_it_was(city: City, reader: Client) -> None:
    address = reverse("tile", args=["grids", *tile_of(city.lonlat(1, 1), 17)])
    now = reader.get(address)
    gone = CellVersion.objects.get(cell=city.cell(1, 1))
    gone.until = editions.open_draft()
    gone.save()
    second = editions.publish()

    def codes(number: int) -> set[str]:
        answer = reader.get(address, {"edition": number})
        drawn = mapbox_vector_tile.decode(gzip.decompress(answer.content))
        return {f["properties"]["code"] for f in drawn["cells"]["features"]}

    assert city.code(1, 1) in codes(city.edition.number)
    assert codes(city.edition.number) - codes(second.number) == {city.code(1, 1)}
    # The same bytes as when it was in force, and of the edition in force with its number or without.
    assert reader.get(address, {"edition": city.edition.number}).content == now.content
    assert reader.get(address, {"edition": second.number}).content == reader.get(address).content


def test_the_tile_of_a_named_edition_is_kept_by_the_browser(city: City, reader: Client) -> None:
    address = reverse("tile", args=["grids", *tile_of(city.lonlat(1, 1), 15)])
    named = reader.get(address, {"edition": city.edition.number})
    assert "immutable" in named["Cache-Control"]
    assert "private" in named["Cache-Control"]
    again = reader.get(address, {"edition": city.edition.number}, headers={"If-None-Match": named["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("number", ["2", "0", "-1", "first", "", "1e3", "99999999999999999999", "１"])
def test_an_edition_that_was_never_published_has_no_tiles(city: City, reader: Client, number: str) -> None:
    editions.open_draft()  # number 2
    answer = reader.get(reverse("tile", args=["grids", *tile_of(city.lonlat(1, 1), 15)]), {"edition": number})
    assert answer.status_code == 404
    assert "edition" in answer.json()["detail"]


def test_sets_without_editions_say_so(city: City, reader: Client) -> None:
    answer = reader.get(reverse("tile", args=["cases", 10, 1, 1]), {"edition": 1})
    assert answer.status_code == 404
    assert "with ?edition=: grids" in answer.json()["hint"]


def test_grids_name_the_area_they_lie_in(city: City, reader: Client) -> None:
    """The third-level grids of one community can be told from those of the next."""
    drawn = layers(reader, "grids", *tile_of(city.lonlat(4, 1), 16))
    for part in ("grids", "grid_labels"):
        parents = {f["properties"]["parent"] for f in drawn[part]["features"] if f["properties"]["level"] == "grid"}
        assert city.community(4, 1).pk in parents


def test_an_empty_place_of_the_world_has_an_empty_tile(city: City, reader: Client) -> None:
    assert layers(reader, "grids", 10, 0, 0) == {}


@pytest.mark.parametrize("address", ["/tiles/secrets/3/1/1.mvt", "/tiles/grids/3/8/1.mvt", "/tiles/grids/25/1/1.mvt"])
def test_there_is_no_such_tile(city: City, reader: Client, address: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


def test_tiles_are_for_people_of_the_city(city: City, client: Client) -> None:
    assert client.get(reverse("tile", args=["cases", 10, 1, 1])).status_code == 401


def test_a_tile_is_one_question_to_the_database(city: City, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        tiles.drawn("grids", *tile_of(city.lonlat(1, 1), 15), city.edition.number)


def test_far_out_no_shape_is_drawn_that_is_not_wanted(city: City) -> None:
    """The choice of rows stays below the drawing of shapes (OFFSET 0): the plan draws as many as are sent."""
    z, x, y = tile_of(city.lonlat(1, 1), 8)
    parameters = {"z": z, "x": x, "y": y, "srid": 4547, "m": 611.5, "e": city.edition.number}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN VERBOSE {tiles.sentence((tiles.GRIDS,), z)}", parameters)
        lines = [row[0] for row in cursor.fetchall()]
    assert not [line for line in lines if "Filter:" in line and "st_asmvtgeom" in line]
