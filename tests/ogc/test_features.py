"""OGC API – Features: what is open, what needs a token, boxes, pages, coordinates, and GDAL's own client."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cells.models import CellVersion
from maps.ogc.collections import CRS84, city_crs
from tests.makers import City, a_city, a_component
from tests.rest.desk import Program, a_dispatched, a_program

pytestmark = pytest.mark.django_db
PUBLIC = {"district", "town", "community", "grid", "cells"}


@pytest.fixture
def city() -> City:
    return a_city(cells="4x2", community="2x2")


def told(path: str, program: Program | None = None, **asked: Any) -> dict[str, Any]:
    client = program or Client()
    answer = client.get(f"/ogc/{path}", asked) if program is None else program.get(f"/ogc/{path}", **asked)
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def ids(collection: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in collection["features"]]


def test_from_the_landing_page_everything_is_found(city: City) -> None:
    links = {link["rel"]: link["href"] for link in told("")["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= set(links)
    for address in links.values():
        assert Client().get(address.removeprefix("http://testserver")).status_code == 200
    assert told("api")["paths"]["/collections/{collectionId}/items"]
    assert any(name.endswith("conf/core") for name in told("conformance")["conformsTo"])
    found = told("collections")["collections"]
    assert {one["id"] for one in found} == PUBLIC
    west, south, east, north = found[0]["extent"]["spatial"]["bbox"][0]
    lon, lat = city.lonlat(0, 0)
    assert west < lon < east
    assert south < lat < north


def test_cases_and_components_are_for_programs_with_a_token(city: City) -> None:
    mine, foreign = (a_dispatched(city, column, caller_name="欧阳修文") for column in (0, 2))
    a_component(city, 0, 0)
    for name in ("cases", "components"):
        assert Client().get(f"/ogc/collections/{name}/items").status_code == 401
    assert a_program("rates:read").get("/ogc/collections/cases/items").status_code == 403
    program = a_program("cases:read", territory=city.community(0, 0))
    assert {c["id"] for c in told("collections", program)["collections"]} == PUBLIC | {"cases"}
    found = program.get("/ogc/collections/cases/items")
    assert ids(found.json()) == [mine.number]
    assert "欧阳修文" not in found.content.decode()
    assert program.get(f"/ogc/collections/cases/items/{foreign.number}").status_code == 404
    one = told(f"collections/cases/items/{mine.number}", program)
    assert one["geometry"]["coordinates"] == pytest.approx(city.lonlat(0, 0), abs=1e-7)
    assert one["properties"]["stage"] == "dispatched"


def test_pages_have_every_feature_once(city: City) -> None:
    found: list[str] = []
    address = "/ogc/collections/cells/items?limit=3"
    while address:
        page = Client().get(address).json()
        found += ids(page)
        assert (page["numberMatched"], page["numberReturned"]) == (8, len(page["features"]))
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "").removeprefix(
            "http://testserver"
        )
    assert sorted(found) == sorted(city.code(c, r) for c in range(4) for r in range(2))
    assert ids(told("collections/cells/items", limit=3, offset=6)) == found[6:]
    assert len(told("collections/cells/items", limit=100_000)["features"]) == 8


def test_a_box_chooses_in_either_crs(city: City) -> None:
    lon, lat = city.lonlat(1, 0)
    x, y = city.metres(1, 0)
    degrees = f"{lon - 0.0001},{lat - 0.0001},{lon + 0.0001},{lat + 0.0001}"
    # The register says north first.
    metres = f"{y - 10},{x - 10},{y + 10},{x + 10}"
    assert ids(told("collections/cells/items", bbox=degrees)) == [city.code(1, 0)]
    assert ids(told("collections/cells/items", bbox=metres, **{"bbox-crs": city_crs()})) == [city.code(1, 0)]
    assert len(ids(told("collections/cells/items", bbox="-180,-90,180,90"))) == 8
    assert ids(told("collections/cells/items", bbox="0,0,1,1")) == []


def test_coordinates_come_in_the_crs_that_is_asked_for(city: City) -> None:
    code = city.code(0, 0)
    answer = Client().get(f"/ogc/collections/cells/items/{code}", {"crs": city_crs()})
    assert answer["Content-Crs"] == f"<{city_crs()}>"
    ring = answer.json()["geometry"]["coordinates"][0]
    shape = CellVersion.objects.get(cell__code=code).shape
    assert sorted(map(tuple, ring)) == sorted((y, x) for x, y in shape[0].coords)
    usual = Client().get(f"/ogc/collections/cells/items/{code}")
    assert usual["Content-Crs"] == f"<{CRS84}>"
    assert usual["Content-Type"] == "application/geo+json"


def test_datetime_is_when_a_case_was_reported(city: City) -> None:
    case = a_dispatched(city, 0)
    program = a_program()
    now = timezone.now().astimezone(dt.UTC)
    before, after = (f"{now + dt.timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ}" for h in (-1, 1))
    for interval, there in (
        (f"{before}/{after}", True), (f"{before}/..", True), (f"../{before}", False), (f"{after}/", False),
        (f"{now:%Y-%m-%d}", True), ("2001-01-01/2002-01-01", False),
    ):  # fmt: skip
        found = ids(told("collections/cases/items", program, datetime=interval))
        assert found == ([case.number] if there else []), interval


@pytest.mark.parametrize(
    "asked",
    [
        {"bbox": "1,2,3"}, {"bbox": "1,5,2,4"}, {"limit": "0"}, {"limit": "x"}, {"limit": "-1"}, {"offset": "1e3"},
        {"crs": "EPSG:1"}, {"bbox": "0,0,1,1", "bbox-crs": "x"}, {"datetime": "now"}, {"datetime": "../.."},
        {"datetime": "2026-02-30"}, {"datetime": "2026-03-02/2026-03-01"}, {"nonsense": "1"}, {"f": "html"},
        {"after": "９"}, {"offset": "999999999999999999"}, {"bbox": "\x00"}, {"after": "9" * 19},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(city: City, asked: dict[str, str]) -> None:
    answer = Client().get("/ogc/collections/cells/items", asked)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["detail"]


def test_what_is_not_there_is_404_and_unchanged_304(city: City) -> None:
    for path in ("collections/none", "collections/none/items", "collections/cells/items/none"):
        assert Client().get(f"/ogc/{path}").status_code == 404
    first = Client().get("/ogc/collections/cells/items")
    assert Client().get("/ogc/collections/cells/items", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_before_the_first_edition_it_says_so(db: None) -> None:
    assert told("collections")["collections"][0]["id"] == "district"
    assert Client().get("/ogc/collections/cells/items").status_code == 503


def test_tiles_are_described_as_tilejson(city: City, admin_client: Client) -> None:
    document = admin_client.get("/tiles/grids.json").json()
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://testserver/tiles/grids/{z}/{x}/{y}.mvt"]
    layers = {layer["id"]: layer for layer in document["vector_layers"]}
    assert layers["cells"]["fields"].keys() == {"code", "grid", "community", "area"}
    assert admin_client.get("/tiles/none.json").status_code == 404
    assert Client().get("/tiles/grids.json").status_code == 401


READS = """
import json, sys, pyogrio
url, token = sys.argv[1:]
code = {}
code["layers"] = [name for name, _ in pyogrio.list_layers(url)]
cells = pyogrio.read_dataframe(url, layer="cells", PAGE_SIZE="3", CRS="OGC:CRS84")
code["cells"], code["degrees"] = sorted(cells["code"]), list(cells.total_bounds)
code["metres"] = list(pyogrio.read_dataframe(url, layer="cells").total_bounds)
code["cases"] = len(pyogrio.read_dataframe(url, layer="cases", USERPWD=f"gdal:{token}"))
print(json.dumps(code))
"""


@pytest.mark.django_db(transaction=True)
def test_gdal_opens_it_by_its_url(city: City, live_server: Any) -> None:
    """GDAL's own client, which is that of QGIS, in a process of its own: pages, both CRSs, and a token.

    Where it is not told which, GDAL takes the CRS in which the data are kept: the city's own.
    """
    a_dispatched(city, 0)
    asked = [f"OAPIF:{live_server.url}/ogc/", a_program().token]
    done = subprocess.run([sys.executable, "-c", READS, *asked], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["layers"]) == PUBLIC
    assert found["cells"] == sorted(city.code(c, r) for c in range(4) for r in range(2))
    for box, (x, y) in ((found["degrees"], city.lonlat(0, 0)), (found["metres"], city.metres(0, 0))):
        assert box[0] < x < box[2]
        assert box[1] < y < box[3]
    assert found["cases"] == 1
