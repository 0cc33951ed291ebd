"""Lists as files: what the page shows, to the same reader, in every format; nothing in a cell starts a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pyarrow.parquet as pq
import pytest
from django.test import Client

from cases.dispatch import dispatch
from cells.models import Role
from maps.list_tables import LISTS
from spatial import crs as reference
from tests.cases.makers import a_case, a_user
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client
from tests.maps.test_row_security import body

pytestmark = pytest.mark.django_db
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def city() -> City:
    """Two communities, each with a case to assign; the words of one begin like a formula."""
    made = a_city(cells="8x2", community="4x2", at=EARLIER)
    for column, words in ((0, FORMULA), (1, "路面塌陷"), (6, "井盖丢失")):
        lon, lat = made.metres(column, 0)
        dispatch(a_case(lon=lon, lat=lat, crs=reference.CITY, at=EARLIER, words=words), by=None, at=EARLIER)
    return made


def take(client: Client, name: str, form: str, **asked: Any) -> bytes:
    answer = client.get(f"/lists/{name}.{form}", asked)
    assert answer.status_code == 200, body(answer)
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')
    return body(answer)


def test_every_format_has_the_same_rows_and_places(city: City, tmp_path: Path) -> None:
    client = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    shown = {case["number"] for case in client.get("/api/desk", {"queue": "assign"}).json()["cases"]}
    assert len(shown) == 2
    client.cookies["django_language"] = "en"
    table = list(csv.reader(io.StringIO(take(client, "desk", "csv", queue="assign").decode("utf-8-sig"))))
    at = next(n for n, row in enumerate(table) if row[:1] == ["Case number"])
    assert {row[0] for row in table[at + 1 :]} == shown
    assert f"'{FORMULA}" in {row[3] for row in table[at + 1 :]}
    sheet = openpyxl.load_workbook(io.BytesIO(take(client, "desk", "xlsx", queue="assign"))).active
    assert {cell.value for cell in sheet["A"]} >= shown
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    (tmp_path / "a.gpkg").write_bytes(take(client, "desk", "gpkg", queue="assign"))
    (tmp_path / "a.parquet").write_bytes(take(client, "desk", "parquet", queue="assign"))
    points, again = geopandas.read_file(tmp_path / "a.gpkg"), geopandas.read_parquet(tmp_path / "a.parquet")
    assert set(points["Case number"]) == set(again["Case number"]) == shown
    lon, lat = city.lonlat(0, 0)
    for frame in (points, again):
        nearest = frame.geometry.iloc[list(frame["Words"]).index(FORMULA)]
        assert (nearest.x, nearest.y) == pytest.approx((lon, lat), abs=1e-3)  # longitude first


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_without_rows_is_a_whole_file_too(name: str, tmp_path: Path) -> None:
    a_city(cells="2x2", at=EARLIER)
    client = a_client(a_user(Role.DISPATCHER))
    for form in ("csv", "xlsx", "parquet", *(["gpkg"] if LISTS[name].placed else [])):
        assert take(client, name, form)
    (tmp_path / "a.parquet").write_bytes(take(client, name, "parquet"))
    told = pq.read_schema(tmp_path / "a.parquet")
    assert len(told.names) > 3
    assert (b"geo" in told.metadata) == LISTS[name].placed
    if LISTS[name].placed:
        assert json.loads(told.metadata[b"geo"])["primary_column"] == "geometry"


def test_what_cannot_be_is_said(city: City) -> None:
    client = a_client(a_user(Role.DISPATCHER))
    for asked, field in (({"queue": "x"}, "queue"), ({"day": "2026-02-30"}, "day"), ({"days": "0"}, "days")):
        answer = client.get("/lists/gaps.csv", asked)
        assert (answer.status_code, answer.json()["where"]["field"]) == (400, field)
    assert client.get("/lists/none.csv").status_code == 404
    assert client.get("/lists/orders.gpkg").status_code == 404
    assert Client().get("/lists/desk.csv").status_code in (302, 401, 403)
    assert a_client(a_user(None)).get("/lists/desk.csv").status_code == 403


def test_the_page_offers_every_list(city: City) -> None:
    page = a_client(a_user(Role.DISPATCHER)).get("/lists/").content.decode()
    assert all(f"/lists/{name}.csv" in page for name in LISTS)
