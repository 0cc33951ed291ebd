"""Cases over HTTP: the whole way of a dispatcher, and what hostile or mistaken callers get."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from cases.models import Case
from cases.workflow import Stage
from cells.models import CellVersion, Role
from spatial import crs as reference
from tests.cases.makers import NOON, a_case, a_component, a_user, middle_of
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


@pytest.fixture
def dispatcher() -> Client:
    client = Client()
    client.force_login(a_user(Role.DISPATCHER, name="dispatcher"))
    return client


def a_body(**given: Any) -> dict[str, Any]:
    lon, lat = reference.from_city([middle_of()], srid=settings.CITY_SRID)[0].tolist()
    return {"lon": lon, "lat": lat, "crs": "WGS84", "kind": "event", "class": "0103", "words": "路面塌陷"} | given


def send(client: Client, body: Any, address: str = "/api/cases", **headers: str) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(address, text, content_type="application/json", headers=headers)


def test_a_dispatcher_files_and_dispatches_in_two_calls(dispatcher: Client) -> None:
    filed = send(dispatcher, a_body(key="k1", accuracy=3.0))
    assert filed.status_code == 201, filed.content
    case = Case.objects.get()
    body = filed.json()
    assert filed.headers["Location"] == f"/api/cases/{case.number}"
    assert body["number"] == case.number
    assert (body["stage"], body["owner"]["code"]) == ("filed", case.owner.code)
    assert body["owner"]["name_zh"].startswith("社区")
    assert body["class"]["code"] == "0103"
    assert {"dispatch", "propose_void", "declare_emergency"} < set(body["open_acts"])
    assert body["given"]["accuracy_m"] == 3.0
    sent = send(dispatcher, {"note": "请处理"}, f"/api/cases/{case.number}/dispatch")
    assert sent.status_code == 200, sent.content
    assert [line["act"] for line in sent.json()["history"]] == ["report", "file", "dispatch"]
    assert sent.json()["history"][-1]["by"]
    # The second dispatcher sees who was quicker.
    again = send(dispatcher, "", f"/api/cases/{case.number}/dispatch")
    assert again.status_code == 409
    assert again.json()["error"] == "already_done"
    assert again.json()["where"]["by"] == sent.json()["history"][-1]["by"]
    assert again.json()["where"]["at"]


def test_a_resend_with_the_same_key_is_the_same_case(dispatcher: Client) -> None:
    body = a_body()
    first = send(dispatcher, body, **{"Idempotency-Key": "abc"})
    second = send(dispatcher, body, **{"Idempotency-Key": "abc"})
    third = send(dispatcher, {**body, "key": "abc"})
    assert {r.json()["number"] for r in (first, second, third)} == {Case.objects.get().number}


def test_cases_in_a_box_come_as_geojson_newest_first(dispatcher: Client) -> None:
    cases = [a_case(lon=x, lat=y, crs="CITY") for x, y in map(middle_of, (0, 9, 20))]
    outside = a_case(lon=middle_of()[0] - 40_000, lat=middle_of()[1], crs="CITY")
    everything = dispatcher.get("/api/cases").json()
    assert [f["properties"]["number"] for f in everything["features"]] == [c.number for c in (outside, *cases[::-1])]
    assert everything["truncated"] is False
    one = next(f for f in everything["features"] if f["properties"]["number"] == cases[0].number)
    lon, lat = reference.from_city([[cases[0].place.x, cases[0].place.y]], srid=settings.CITY_SRID)[0]
    # 1e-7 degrees are a centimetre: PROJ in the database and in Python agree to far less.
    assert one["geometry"]["coordinates"] == pytest.approx([lon, lat], abs=1e-7)
    assert one["properties"]["class"]["name_zh"]
    assert one["properties"]["cell"] == cases[0].cell.code
    d = 1e-5
    box = f"{lon - d},{lat - d},{lon + d},{lat + d}"
    assert [f["id"] for f in dispatcher.get("/api/cases", {"bbox": box}).json()["features"]] == [cases[0].pk]
    few = dispatcher.get("/api/cases", {"limit": "2"}).json()
    assert (len(few["features"]), few["truncated"]) == (2, True)
    assert dispatcher.get("/api/cases", {"stage": "closed,void"}).json()["features"] == []
    for wide in ("-180,-90,180,90", "-10,-10,10,10"):
        assert dispatcher.get("/api/cases", {"bbox": wide}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"},
        {"bbox": "nan,0,1,1"},
        {"bbox": "5,0,1,1"},
        {"bbox": "0,0,1,inf"},
        {"bbox": "a,b,c,d"},
        {"limit": "0"},
        {"limit": "1.5"},
        {"limit": "10001"},
        {"limit": "nan"},
        {"stage": "asleep"},
    ],
)
def test_a_mistaken_list_is_answered_with_what_is_allowed(dispatcher: Client, query: dict[str, str]) -> None:
    answer = dispatcher.get("/api/cases", query)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert answer.json()["hint"]


def test_near_a_place_are_open_cases_and_components(dispatcher: Client) -> None:
    x, y = middle_of()
    near, far = (a_case(lon=x + d, lat=y, crs="CITY") for d in (5.0, 30.0))
    for n in range(12):
        a_component(x + 2.0 * n, y + 1.0, code=f"99010100100{n:05d}")
    lon, lat = reference.from_city([[x, y]], crs="BD-09", srid=settings.CITY_SRID)[0].tolist()
    answer = dispatcher.get("/api/near", {"lon": lon, "lat": lat, "crs": "bd09", "radius": 50}).json()
    assert answer["radius_m"] == 50
    assert [c["number"] for c in answer["cases"]] == [near.number, far.number]
    assert [c["distance_m"] for c in answer["cases"]] == pytest.approx([5.0, 30.0], abs=0.01)
    assert answer["cases"][0]["stage"] == "filed"
    assert answer["cases"][0]["age_s"] > 0
    assert len(answer["components"]) == 10
    distances = [t["distance_m"] for t in answer["components"]]
    assert distances == sorted(distances)
    assert distances[0] == pytest.approx(1.0, abs=0.01)
    assert answer["components"][0]["class"]["code"]
    there = reference.from_city([[near.place.x, near.place.y]], srid=settings.CITY_SRID)[0]
    assert [answer["cases"][0]["lon"], answer["cases"][0]["lat"]] == pytest.approx(there.tolist(), abs=1e-7)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"lon": "114"},
        {"lon": "nan", "lat": "34"},
        {"lon": "114", "lat": "91"},
        {"lon": "34.68", "lat": "113.46"},
        {"lon": "113.46", "lat": "34.68", "crs": "MARS"},
        {"lon": "113.46", "lat": "34.68", "radius": "-1"},
        {"lon": "113.46", "lat": "34.68", "radius": "1e9"},
        {"lon": "113.46", "lat": "34.68", "radius": "wide"},
    ],
)
def test_a_mistaken_place_is_answered_with_the_way_out(dispatcher: Client, query: dict[str, str]) -> None:
    answer = dispatcher.get("/api/near", query)
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "status", "error"),
    [
        ("", 400, "bad_request"),
        ("[1, 2]", 400, "bad_request"),
        ("{", 400, "bad_request"),
        ('{"lon": NaN, "lat": 1}', 400, "bad_request"),
        ('{"lon": 1e999, "lat": 34}', 400, "bad_coordinate"),
        (b"\xff\xfe", 400, "bad_request"),
        ("[" * 60_000, 400, "bad_request"),
        ({"lon": "here"}, 400, "bad_request"),
        ({"lon": [114.0]}, 400, "bad_request"),
        ({"lon": True}, 400, "bad_request"),
        ({"words": 5}, 400, "bad_request"),
        ({"words": {"a": 1}}, 400, "bad_request"),
        ({"words": "\ud800"}, 400, "bad_request"),
        ({"words": "字" * 4001}, 400, "bad_report"),
        ({"words": "\x00"}, 400, "bad_report"),
        ({"class": "9999"}, 400, "bad_report"),
        ({"class": "\x00"}, 400, "bad_report"),
        ({"source": "\x00"}, 400, "bad_report"),
        ({"component": "\x00"}, 400, "bad_report"),
        ({"class": None, "kind": "event", "source": "no"}, 400, "bad_report"),
        ({"accuracy": "-3"}, 400, "bad_report"),
        ({"keep_outside": "yes"}, 400, "bad_request"),
        ({"colour": "red"}, 400, "bad_request"),
        ({"key": "k" * 65}, 400, "bad_report"),
    ],
)
def test_hostile_reports_get_an_answer_and_leave_nothing(
    dispatcher: Client, given: Any, status: int, error: str
) -> None:
    answer = send(dispatcher, a_body(**given) if isinstance(given, dict) else given)
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.content
    assert answer.json()["sentence"]
    assert Case.objects.count() == 0


def test_ten_megabytes_are_not_read(dispatcher: Client) -> None:
    answer = send(dispatcher, a_body(words="x" * 10_000_000))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_outside_the_city_is_said_with_the_nearest_cell(dispatcher: Client) -> None:
    x, y, *_ = CellVersion.objects.current().order_by("cell__code").first().shape.extent
    answer = send(dispatcher, a_body(lon=x - 1000, lat=y, crs="CITY"))
    assert (answer.status_code, answer.json()["error"]) == (422, "outside_city")
    assert answer.json()["where"]["nearest"]["cell"]
    kept = send(dispatcher, a_body(lon=x - 1000, lat=y, crs="CITY", keep_outside=True))
    assert (kept.status_code, kept.json()["stage"], kept.json()["owner"]) == (201, "reported", None)


def test_who_is_not_logged_in_or_has_no_token_changes_nothing(dispatcher: Client) -> None:
    case = a_case()
    nobody = Client()
    for address in ("/api/cases", f"/api/cases/{case.number}", "/api/near?lon=1&lat=1"):
        assert nobody.get(address).status_code == 401
    assert send(nobody, a_body()).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(a_user(Role.DISPATCHER))
    answer = send(strict, a_body())
    assert (answer.status_code, answer.json()["error"]) == (403, "no_token")
    assert Case.objects.count() == 1


def test_a_leader_looks_but_does_not_dispatch() -> None:
    case = a_case(at=NOON)
    leader = Client()
    leader.force_login(a_user(Role.LEADER))
    assert leader.get(f"/api/cases/{case.number}").json()["open_acts"] == []
    answer = send(leader, "", f"/api/cases/{case.number}/dispatch")
    assert (answer.status_code, answer.json()["error"]) == (403, "not_yours")
    case.refresh_from_db()
    assert case.stage == Stage.FILED


@pytest.mark.parametrize("number", ["nothing", "2026%00", "x" * 300, "../../etc", "%E5%AD%97"])
def test_an_unknown_number_is_not_found(dispatcher: Client, number: str) -> None:
    assert dispatcher.get(f"/api/cases/{number}").status_code == 404


def test_a_list_and_a_neighbourhood_take_a_bounded_number_of_queries(
    dispatcher: Client, django_assert_max_num_queries: Any
) -> None:
    x, y = middle_of()
    for n in range(8):
        a_case(lon=x + n, lat=y, crs="CITY")
        a_component(x + n, y, code=f"99010100100{n:05d}")
    with django_assert_max_num_queries(4):  # session, user, person, list
        dispatcher.get("/api/cases")
    dispatcher.get("/api/near", {"lon": x, "lat": y, "crs": "CITY"})  # the process reads once what the CRS measures in
    with django_assert_max_num_queries(6):  # session, user, edition in force, person, cases, components
        dispatcher.get("/api/near", {"lon": x, "lat": y, "crs": "CITY"})
