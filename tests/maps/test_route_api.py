"""/api/route: one point and many, in every form; what is wrong is told as JSON."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.test import Client

from cells import editions, routing
from cells.models import Edition
from spatial import crs
from tests.cells.lattice_city import a_draft, a_lattice_city
from tests.makers import noon

ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"


@pytest.fixture
def city(db: None) -> np.ndarray:
    """Places of a lattice city in WGS 84: 60 within, then one 300 m west of it."""
    a_lattice_city(8, 8)
    west, south, east, north = routing.ground().locator.bounds
    xy = np.random.default_rng(12).uniform((west + 30, south + 30), (east - 30, north - 30), (60, 2))
    return crs.from_city(np.concatenate([xy, [[west - 300, south + 200]]]), srid=settings.CITY_SRID)


@pytest.fixture
def asker() -> Client:
    # As a browser on another site would come: no cookie, CSRF checked.
    return Client(enforce_csrf_checks=True)


def owner(lonlat: np.ndarray) -> routing.Explanation:
    return routing.route(*lonlat.tolist())


def test_one_point_is_answered_with_its_chain_and_the_reason(city: np.ndarray, asker: Client) -> None:
    lon, lat = city[0].tolist()
    answer = asker.get("/api/route", {"lon": repr(lon), "lat": repr(lat)})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    found = answer.json()
    expected = owner(city[0])
    assert found["cell"] == expected.cell
    assert found["rule"] == "contains"
    assert [found[level]["code"] for level in ("community", "town", "district", "city")] == [
        expected.cell[:12],
        expected.cell[:9],
        expected.cell[:6],
        "city",
    ]
    assert found["community"]["name_zh"].startswith("社区")
    assert found["edition"] == expected.edition
    assert found["border_m"] == pytest.approx(expected.border_m, abs=1e-3)
    assert found["why"]


def test_accuracy_and_crs_are_heeded(city: np.ndarray, asker: Client) -> None:
    lon, lat = city[0].tolist()
    vague = asker.get("/api/route", {"lon": repr(lon), "lat": repr(lat), "accuracy": "60"}).json()
    assert vague["rule"] == "near_border"
    assert len(vague["candidates"]) > 1
    assert vague["candidates"][0]["cell"] == vague["cell"]
    shifted = crs.from_city(
        crs.to_city([[lon, lat]], crs="WGS84", srid=settings.CITY_SRID), crs="GCJ-02", srid=settings.CITY_SRID
    )
    gcj = {"lon": repr(float(shifted[0, 0])), "lat": repr(float(shifted[0, 1]))}
    assert asker.get("/api/route", gcj | {"crs": "gcj02"}).json()["cell"] == vague["cell"]
    assert asker.get("/api/route", gcj).json()["cell"] != vague["cell"]


def test_outside_names_the_nearest_cell(city: np.ndarray, asker: Client) -> None:
    lon, lat = city[-1].tolist()
    found = asker.get("/api/route", {"lon": repr(lon), "lat": repr(lat)}).json()
    assert (found["rule"], found["cell"], found["community"]) == ("outside", None, None)
    assert 280 < found["border_m"] < 330
    assert found["candidates"][0]["distance_m"] == found["border_m"]


BAD = [
    ({"lat": "34.7"}, "bad_request", "lon is missing"),
    ({"lon": "abc", "lat": "34.7"}, "bad_request", "not a number"),
    ({"lon": "nan", "lat": "34.7"}, "bad_coordinate", "not a number"),
    ({"lon": "113.6", "lat": "91"}, "bad_coordinate", "latitude"),
    ({"lon": "34.7", "lat": "113.6"}, "bad_coordinate", "swapped"),
    ({"lon": "113.6", "lat": "34.7", "crs": "mars"}, "unknown_crs", "mars"),
    ({"lon": "2.3", "lat": "48.8", "crs": "GCJ-02"}, "bad_coordinate", "China"),
    ({"lon": "113.6", "lat": "34.7", "accuracy": "-1"}, "bad_request", "accuracy"),
]


@pytest.mark.parametrize(("asked", "error", "word"), BAD)
def test_what_is_wrong_is_told_as_json(city: np.ndarray, asker: Client, asked: dict, error: str, word: str) -> None:
    answer = asker.get("/api/route", asked)
    assert answer.status_code == 400
    found = answer.json()
    assert found["error"] == error
    assert word in found["detail"]
    assert found["hint"]
    assert isinstance(found["where"], dict)


def test_before_the_first_edition_the_answer_is_503(db: None, asker: Client) -> None:
    answer = asker.get("/api/route", {"lon": "113.6", "lat": "34.7"})
    assert answer.status_code == 503
    assert answer.json()["error"] == "no_edition"


def post(asker: Client, body: object, **kwargs: str):
    return asker.post("/api/route", data=json.dumps(body), content_type="application/json", **kwargs)


def test_many_points_as_json_come_back_in_order_without_login_or_csrf(city: np.ndarray, asker: Client) -> None:
    answer = post(asker, {"points": [*city.tolist(), [None, 34.7], [34.7, 113.6]], "crs": "WGS84"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["count"] == len(city) + 2
    assert [r["cell"] for r in found["routes"][:-3]] == [owner(p).cell for p in city[:-1]]
    assert found["routes"][-3]["rule"] == "outside"
    assert found["routes"][-3]["nearest_cell"]
    assert "not a number" in found["routes"][-2]["fault"]
    assert "swapped" in found["routes"][-1]["fault"]
    assert found["routes"][-1]["cell"] is None
    # The list alone, and objects with whatever else they carry.
    assert post(asker, city.tolist()).json()["routes"] == found["routes"][:-2]
    objects = [{"id": n, "lng": x, "lat": y} for n, (x, y) in enumerate(city.tolist())]
    routes = post(asker, {"points": objects}).json()["routes"]
    assert [r["id"] for r in routes] == list(range(len(city)))
    assert [r["cell"] for r in routes] == [r["cell"] for r in found["routes"][:-2]]
    vague = post(asker, {"points": city[:1].tolist(), "accuracy": 60}).json()["routes"][0]
    assert len(vague["candidates"]) > 1
    assert post(asker, []).json()["routes"] == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("{", "not JSON"),
        ('{"points": 3}', "no list of points"),
        ('{"points": [[1, 2, 3]]}', "not a pair"),
        ('{"points": ["x"]}', "not a pair"),
        ('{"points": [["a", "b"]]}', "not a number"),
        ('{"points": [{"id": 1}]}', "longitude"),
        ('{"points": [{"lon": 1, "lat": 2}, [1, 2]]}', "some are not"),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(city: np.ndarray, asker: Client, body: str, word: str) -> None:
    answer = asker.post("/api/route", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_numbers_that_json_does_not_have_are_faults_of_their_row(city: np.ndarray, asker: Client) -> None:
    answer = asker.post(
        "/api/route", data='{"points": [{"lon": NaN, "lat": 1e999, "id": 7}]}', content_type="application/json"
    )
    assert answer.status_code == 200
    assert "not a number" in answer.json()["routes"][0]["fault"]


@pytest.mark.parametrize("kind", [ARROW, PARQUET])
def test_tables_come_back_with_the_owners_beside_them(city: np.ndarray, asker: Client, kind: str) -> None:
    table = pa.table({"id": np.arange(len(city)), "LONGITUDE": city[:, 0], "LATITUDE": city[:, 1]})
    body = io.BytesIO()
    if kind == ARROW:
        with pa.ipc.new_stream(body, table.schema) as stream:
            stream.write_table(table)
    else:
        pq.write_table(table, body)
    answer = asker.post("/api/route?crs=WGS84", data=body.getvalue(), content_type=kind)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == kind
    found = (
        pa.ipc.open_stream(answer.content).read_all() if kind == ARROW else pq.read_table(io.BytesIO(answer.content))
    )
    assert found.column_names[:3] == ["id", "LONGITUDE", "LATITUDE"]
    assert found.column("id").to_pylist() == list(range(len(city)))
    assert found.column("cell").to_pylist()[:-1] == [owner(p).cell for p in city[:-1]]
    assert found.column("community").to_pylist()[:-1] == [owner(p).cell[:12] for p in city[:-1]]
    broken = asker.post("/api/route", data=b"no table", content_type=kind)
    assert broken.status_code == 400
    assert broken.json()["error"] == "bad_request"


def test_too_many_points_and_unknown_forms_are_refused(city: np.ndarray, asker: Client) -> None:
    answer = post(asker, {"points": [[113.6, 34.7]] * 100_001})
    assert answer.status_code == 413
    assert answer.json()["where"] == {"found": 100_001, "most": 100_000}
    assert asker.post("/api/route", data="x", content_type="text/csv").status_code == 400
    assert asker.put("/api/route").status_code == 405


def test_a_day_past_is_answered_by_its_own_edition(city: np.ndarray, asker: Client) -> None:
    """The lattice is bent anew between two editions: some places have another owner before and after."""
    first = Edition.objects.in_force()
    Edition.objects.update(valid_from=noon("2026-03-02"))
    old = [owner(place).cell for place in city[:20]]
    a_draft(8, 8, seed=2)
    editions.publish(at=noon("2026-06-01"))
    now = [owner(place).cell for place in city[:20]]
    assert old != now

    def asked(place: np.ndarray, at: str) -> dict:
        return asker.get("/api/route", {"lon": float(place[0]), "lat": float(place[1]), "at": at}).json()

    assert [asked(place, "2026-03-02")["cell"] for place in city[:20]] == old
    assert [asked(place, "2026-06-01T12:00")["cell"] for place in city[:20]] == now
    found = asked(city[0], "2026-05-31")
    assert (found["edition"], found["at"]) == (first.number, "2026-05-31T23:59:59.999999+08:00")
    many = {"points": city[:20].tolist(), "at": "2026-05-31"}
    answer = asker.post("/api/route", many, content_type="application/json").json()
    assert (answer["edition"], [row["cell"] for row in answer["routes"]]) == (first.number, old)


@pytest.mark.parametrize(
    ("at", "status", "error", "words"),
    [
        ("2020-01-01", 404, "before_first_edition", "No edition of the grids was in force on 2020-01-01 23:59"),
        ("yesterday", 400, "unreadable_moment", "“yesterday” is no day and no time"),
        ("2026-02-30", 400, "unreadable_moment", "is no day: day is out of range"),
    ],
)
def test_a_day_without_grids_and_no_day_are_told_in_words(
    city: np.ndarray, asker: Client, at: str, status: int, error: str, words: str
) -> None:
    answer = asker.get("/api/route", {"lon": city[0][0], "lat": city[0][1], "at": at})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert words in answer.json()["detail"]
    assert answer.json()["hint"]
