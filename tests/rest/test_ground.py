"""The city by the REST door: grids, cells, components, catalogue, rates."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from cases.judging import counting
from tests.makers import City, a_component
from tests.rest.desk import Program, a_dispatched, a_program

pytestmark = pytest.mark.django_db


def all_pages(program: Program, path: str, **asked: object) -> list[str]:
    found: list[str] = []
    onward = None
    while True:
        told = program.get(path, **asked, **({"cursor": onward} if onward else {})).json()
        found += [item["code"] for item in told["items"]]
        onward = told["next"]
        if onward is None:
            return found


def test_every_grid_and_cell_comes_once_page_by_page(city: City) -> None:
    program = a_program()
    codes = [city.code(column, row) for column in range(4) for row in range(2)]
    assert all_pages(program, "cells", limit=3) == sorted(codes)
    assert len(all_pages(program, "grids", limit=2)) == 3 + 2 + 4
    assert all_pages(program, "grids", level="community") == [city.community_code(0, 0), city.community_code(2, 0)]
    assert len(all_pages(program, "cells", community=city.community_code(0, 0))) == 4


def test_shapes_are_in_degrees_longitude_first(city: City) -> None:
    program = a_program()
    lon, lat = city.lonlat(0, 0)
    cell = program.get(f"cells/{city.code(0, 0)}").json()
    assert (cell["community"], cell["geometry"]["type"]) == (city.community_code(0, 0), "Polygon")
    ring = cell["geometry"]["coordinates"][0]
    assert min(x for x, _ in ring) < lon < max(x for x, _ in ring)
    assert min(y for _, y in ring) < lat < max(y for _, y in ring)
    grid = program.get(f"grids/{city.community_code(0, 0)}").json()
    assert (grid["geometry"]["type"], grid["level"]) == ("MultiPolygon", "community")
    around = f"{lon - 0.0001},{lat - 0.0001},{lon + 0.0001},{lat + 0.0001}"
    assert all_pages(program, "cells", bbox=around) == [city.code(0, 0)]


@pytest.mark.parametrize(
    "box", ["1,2,3", "a,b,c,d", "34,113,35,114,", "113,35,114,34", "nan,0,1,1", "1e999,0,1,1", "²,0,1,1"]
)
def test_a_box_that_is_none_is_refused_in_words(city: City, box: str) -> None:
    answer = a_program().get("cells", bbox=box)
    assert answer.status_code == 400
    assert "bbox" in answer.json()["detail"]


def test_components_are_told_by_cell_class_and_place(city: City) -> None:
    lamp = a_component(city, 1, 0)
    program = a_program()
    told = program.get("components", cell=lamp.cell.code if lamp.cell else city.code(1, 0)).json()["items"]
    lon, _lat = city.lonlat(1, 0)
    assert program.get(f"components/{lamp.code}").json()["lon"] == pytest.approx(lon, abs=1e-3)
    assert all(item["code"] == lamp.code for item in told)
    kind = f"component-{lamp.catalogue_class.code}"
    assert all_pages(program, "components", class_code=kind) == [lamp.code]
    assert program.get("components/none").status_code == 404


def test_the_catalogue_in_use_is_told(city: City) -> None:
    told = a_program().get("catalogue").json()
    codes = {item["code"] for item in told["items"]}
    assert {"event-01", "event-0103"} <= codes
    assert told["edition"]


def test_rates_are_those_of_the_command_within_the_territory(city: City) -> None:
    a_dispatched(city, 0)
    a_dispatched(city, 2)
    counting.fresh()
    today = timezone.localdate()
    days = {"from": (today - dt.timedelta(days=1)).isoformat(), "to": today.isoformat()}
    whole = a_program().get("rates", unit="community", **days).json()
    assert [row["code"] for row in whole["rows"]] == [city.community_code(0, 0), city.community_code(2, 0)]
    assert whole["total"]["facts"]["filed"] == 2
    assert whole["total"]["indicators"]["file_rate"] == 100.0
    here = a_program(territory=city.community(0, 0), name="here")
    assert here.get("rates", unit="community", **days).json()["total"]["facts"]["filed"] == 1
    assert here.get("rates", unit="community", within=city.community_code(2, 0), **days).status_code == 400
    assert here.get("rates", unit="person", **days).status_code == 400
    assert here.get("rates", **{"from": "2026-02-02", "to": "2026-01-01"}).status_code == 400
