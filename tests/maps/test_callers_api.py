"""The hotline seat over HTTP: twins while the caller speaks, joining one, and who may see who called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cases.models import Caller, CallerLook, Case
from cases.training import train
from cells.models import Role
from spatial import crs as reference
from tests.cases.makers import a_case, a_user, middle_of, voided
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


@pytest.fixture
def operator() -> Client:
    return a_client(Role.OPERATOR)


def a_client(role: str) -> Client:
    client = Client()
    client.force_login(a_user(role))
    return client


def a_fresh_case(east_m: float = 0.0, **given: Any) -> Case:
    x, y = middle_of()
    return a_case(lon=x + east_m, lat=y, crs="CITY", **{"at": timezone.now(), **given})


def send(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def here(crs: str = "WGS84") -> dict[str, Any]:
    lon, lat = reference.from_city([middle_of()], crs=crs, srid=settings.CITY_SRID)[0].tolist()
    return {"lon": lon, "lat": lat, "crs": crs}


@pytest.mark.parametrize("crs", ["WGS84", "GCJ-02", "BD-09"])
def test_twins_come_nearest_first_whatever_the_map_of_the_caller(operator: Client, crs: str) -> None:
    far, near = a_fresh_case(30, caller_name="李先生"), a_fresh_case(10, words="坑")
    a_fresh_case(5, catalogue_class="event-0110")
    answer = operator.get("/api/twins", {**here(crs), "class": "event-0103"})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["radius_m"], body["window_hours"]) == (50, 24)
    assert [t["number"] for t in body["twins"]] == [near.number, far.number]
    assert body["twins"][0]["distance_m"] == pytest.approx(10, abs=0.02)
    assert (body["twins"][0]["words"], body["twins"][0]["callers"]) == ("坑", 0)
    assert body["twins"][1]["callers"] == 1
    assert 0 <= body["twins"][0]["age_s"] < 60
    # Who called is not said here.
    assert "李先生" not in answer.content.decode()


def test_twins_of_a_class_by_kind_and_code_and_of_all(operator: Client) -> None:
    pit, rubbish = a_fresh_case(10), a_fresh_case(5, catalogue_class="event-0110")
    by_code = operator.get("/api/twins", {**here(), "kind": "event", "class": "0103"}).json()
    assert [t["number"] for t in by_code["twins"]] == [pit.number]
    everything = operator.get("/api/twins", here()).json()
    assert [t["number"] for t in everything["twins"]] == [rubbish.number, pit.number]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"lon": "1"}, "bad_request"),
        ({"lon": "a", "lat": "1"}, "bad_request"),
        ({"lon": "nan", "lat": "34"}, "bad_coordinate"),
        ({"lon": "113.6", "lat": "34.7", "crs": "MARS"}, "unknown_crs"),
        ({"lon": "113.6", "lat": "34.7", "class": "event-9999"}, "bad_report"),
    ],
)
def test_a_mistaken_question_is_answered_with_words(operator: Client, query: dict[str, str], error: str) -> None:
    answer = operator.get("/api/twins", query)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["detail"]


def test_a_second_caller_joins_and_is_seen_with_the_first(operator: Client) -> None:
    filed = send(
        operator,
        "/api/cases",
        {**here(), "class": "event-0103", "words": "坑", "caller_name": "李先生", "caller_telephone": "13800000000"},
    )
    assert filed.status_code == 201, filed.content
    assert "李先生" not in filed.content.decode()
    number = filed.json()["number"]
    body = {"name": "王女士", "telephone": "0371-1234567", "words": "好几天了", "key": "k1"}
    for _ in range(2):
        joined = send(operator, f"/api/cases/{number}/join", body)
        assert joined.status_code == 201, joined.content
        assert (joined.json()["callers"], joined.json()["stage"]) == (2, "filed")
    seen = operator.get(f"/api/cases/{number}/callers")
    assert seen.headers["Cache-Control"] == "no-store"
    first, second = seen.json()["callers"]
    assert (first["name"], first["telephone"], first["words"]) == ("李先生", "13800000000", "")
    assert (second["name"], second["telephone"], second["words"]) == ("王女士", "03711234567", "好几天了")
    assert second["taken_by"]
    assert (second["answered_at"], second["answered_by"]) == (None, None)
    assert CallerLook.objects.count() == 1


def test_an_anonymous_caller_joins_without_a_name(operator: Client) -> None:
    case = a_fresh_case()
    assert send(operator, f"/api/cases/{case.number}/join", {"anonymous": True}).status_code == 201
    assert operator.get(f"/api/cases/{case.number}/callers").json()["callers"][0]["anonymous"] is True


def test_the_key_may_come_as_a_header(operator: Client) -> None:
    case = a_fresh_case()
    for _ in range(2):
        send(operator, f"/api/cases/{case.number}/join", {"name": "王女士"}, **{"Idempotency-Key": "abc"})
    assert Caller.objects.get().idempotency_key == "abc"


def test_a_closed_case_says_file_anew_or_reopen(operator: Client) -> None:
    case = a_fresh_case()
    voided(case, at=timezone.now())
    answer = send(operator, f"/api/cases/{case.number}/join", {"name": "王女士"})
    assert (answer.status_code, answer.json()["error"]) == (409, "case_closed")
    assert "reopened" in answer.json()["hint"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "bad_report"),
        ({"name": 5}, "bad_request"),
        ({"name": "a", "anonymous": "yes"}, "bad_request"),
        ({"nom": "a"}, "bad_request"),
        ({"name": "\ud800"}, "bad_request"),
        ([], "bad_request"),
        ({"name": "王", "telephone": "no"}, "bad_report"),
    ],
)
def test_a_mistaken_join_is_refused_and_leaves_nothing(operator: Client, body: Any, error: str) -> None:
    answer = send(operator, f"/api/cases/{a_fresh_case().number}/join", body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert Caller.objects.count() == 0


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.OFFICER, Role.LEADER, Role.ADMINISTRATOR])
def test_others_may_not_see_callers(role: str) -> None:
    case = a_fresh_case(caller_name="李先生")
    answer = a_client(role).get(f"/api/cases/{case.number}/callers")
    assert (answer.status_code, answer.json()["error"]) == (403, "not_yours")
    assert "李先生" not in answer.content.decode()
    assert CallerLook.objects.count() == 0


@pytest.mark.parametrize("address", ["/api/twins", "/api/cases/2026030200001/callers", "/api/suggest"])
def test_nobody_asks_without_a_login(address: str) -> None:
    assert Client().get(address).status_code == 401


def test_a_case_that_is_not_there_is_not_found(operator: Client) -> None:
    assert operator.get("/api/cases/x/callers").status_code == 404
    assert send(operator, "/api/cases/x/join", {"name": "a"}).status_code == 404


def test_without_a_model_the_answer_is_null_and_no_error(operator: Client) -> None:
    assert operator.get("/api/suggest", {"words": "垃圾"}).json() == {"model": None, "suggestions": []}


def test_suggestions_come_with_the_accuracy_of_the_model(operator: Client) -> None:
    for n in range(65):
        a_fresh_case(words=f"垃圾没人清{n}", catalogue_class="event-0110")
        a_fresh_case(words=f"路面塌陷{n}", catalogue_class="event-0103")
    train(at=timezone.now())
    body = operator.get("/api/suggest", {"words": "这里垃圾很多"}).json()
    assert (body["model"]["cases"], body["model"]["held_out"], body["model"]["top1"]) == (130, 26, 1.0)
    first, second = body["suggestions"]
    assert (first["kind"], first["code"], second["code"]) == ("event", "0110", "0103")
    assert first["name_zh"]
    assert first["probability"] > 0.5 > second["probability"]


def test_words_without_end_are_refused(operator: Client) -> None:
    answer = operator.get("/api/suggest", {"words": "字" * 1001})
    assert (answer.status_code, answer.json()["where"]) == (400, {"field": "words"})
    assert operator.get("/api/suggest").json()["suggestions"] == []
