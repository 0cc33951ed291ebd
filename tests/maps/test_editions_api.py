"""The history of the grids over HTTP: the list of editions, what two have different, the family of a cell."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import shapely
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from cases.publishing import publish_plan
from cells import routing
from cells.models import Edition, Grid, Plan
from cells.plans import apply, open_plan
from maps.api import editions as api
from spatial import crs
from tests.cells.next_editions import next_edition
from tests.makers import City, a_city, a_person, noon

pytestmark = pytest.mark.django_db

COMMUNITY = "990101001001"
MARCH, APRIL, MAY = noon("2026-03-02"), noon("2026-04-01"), noon("2026-05-01")


@pytest.fixture
def city() -> City:
    """Four cells: in April the third changes hands, in May the second is cut and the fourth becomes 006."""
    made = a_city("4x1", at=MARCH)
    planner = a_person("planner")
    second = next_edition(
        made,
        at=APRIL,
        label="April",
        by=planner,
        rehanded={f"{COMMUNITY}003": Grid.objects.get(code=f"{COMMUNITY}-01")},
    )
    plan = open_plan(title="North side", by=planner, base=made.edition)
    plan.edition, plan.state = second, plan.State.PUBLISHED
    plan.save()
    next_edition(
        made,
        at=MAY,
        reshaped={f"{COMMUNITY}002": (1, 0, 1.5, 1)},
        retired=[f"{COMMUNITY}004"],
        born={f"{COMMUNITY}005": (1.5, 0, 2, 1), f"{COMMUNITY}006": (3, 0, 4, 1)},
        descents=[(f"{COMMUNITY}002", f"{COMMUNITY}005"), (f"{COMMUNITY}004", f"{COMMUNITY}006")],
    )
    return made


@pytest.fixture
def reader(client: Client, city: City) -> Client:
    client.force_login(a_person("dispatcher"))
    return client


def test_editions_are_listed_with_what_they_changed(reader: Client) -> None:
    listed = reader.get("/api/editions").json()["editions"]
    assert [e["number"] for e in listed] == [3, 2, 1]
    third, second, first = listed
    assert second["label"] == "April"
    assert second["by"] == "planner"
    assert second["plan"]["title"] == "North side"
    assert (third["by"], third["plan"]) == ("", None)
    assert [dt.datetime.fromisoformat(e["valid_from"]) for e in listed] == [MAY, APRIL, MARCH]
    assert [e["valid_to"] for e in listed] == [None, third["valid_from"], second["valid_from"]]
    assert second["cells"] == {"born": 0, "retired": 0, "reshaped": 0, "rehanded": 1, "changed": 1}
    assert third["cells"] == {"born": 2, "retired": 1, "reshaped": 1, "rehanded": 0, "changed": 4}
    assert first["cells"]["born"] == 4
    assert {e["takes_back"] for e in listed} == {None}


def test_an_edition_that_takes_another_back_says_so_on_both_sides(reader: Client) -> None:
    Edition.objects.filter(number=3).update(takes_back=Edition.objects.get(number=2))
    listed = {e["number"]: e for e in reader.get("/api/editions").json()["editions"]}
    assert listed[3]["takes_back"] == 2
    assert listed[2]["taken_back_by"] == 3


def test_the_list_takes_two_questions_however_long(
    city: City, reader: Client, django_assert_max_num_queries: Any
) -> None:
    reader.get("/api/editions")
    with django_assert_max_num_queries(5):  # three more for the session, its user and his seat
        reader.get("/api/editions")


def test_a_moment_finds_its_edition_to_the_microsecond(city: City, reader: Client) -> None:
    began = MAY + dt.timedelta(days=30, microseconds=123_457)
    fourth = next_edition(city, at=began, retired=[f"{COMMUNITY}001"])
    told = reader.get("/api/editions").json()["editions"][0]["valid_from"]
    assert reader.get("/api/editions", {"at": told}).json()["editions"][0]["number"] == fourth.number
    just_before = (began - dt.timedelta(microseconds=1)).isoformat()
    assert reader.get("/api/editions", {"at": just_before}).json()["editions"][0]["number"] == 3
    lon, lat = city.lonlat(0, 0)
    assert reader.get("/api/route", {"lon": lon, "lat": lat, "at": told}).json()["cell"] is None


@pytest.mark.parametrize(
    ("at", "number"), [("2026-03-02", 1), ("2026-04-01", 2), ("2026-04-30", 2), ("2026-05-01T12:00", 3)]
)
def test_a_day_finds_its_edition(reader: Client, at: str, number: int) -> None:
    assert reader.get("/api/editions", {"at": at}).json()["editions"][0]["number"] == number


def test_a_day_before_the_first_edition_is_refused_in_words(reader: Client) -> None:
    answer = reader.get("/api/editions", {"at": "2026-03-01"})
    assert (answer.status_code, answer.json()["error"]) == (404, "before_first_edition")
    assert "the first began on 2026-03-02 12:00" in answer.json()["detail"]


def test_changes_are_geojson_where_the_cells_lie(city: City, reader: Client) -> None:
    told = reader.get("/api/editions/3/changes").json()
    assert (told["type"], told["edition"], told["since"]) == ("FeatureCollection", 3, 2)
    by_code = {f["properties"]["code"][-3:]: f for f in told["features"]}
    assert {code: f["properties"]["kind"] for code, f in by_code.items()} == {
        "002": "reshaped", "004": "retired", "005": "born", "006": "born",
    }  # fmt: skip
    born = shapely.geometry.shape(by_code["005"]["geometry"])
    assert born.contains(shapely.Point(city.lonlat(1, 0, east=0.75)))
    assert "before" not in by_code["005"]
    retired = shapely.geometry.shape(by_code["004"]["geometry"])
    assert retired.contains(shapely.Point(city.lonlat(3, 0)))
    reshaped = by_code["002"]
    then, now = shapely.geometry.shape(reshaped["before"]), shapely.geometry.shape(reshaped["geometry"])
    assert then.contains(shapely.Point(city.lonlat(1, 0, east=0.75)))
    assert not now.contains(shapely.Point(city.lonlat(1, 0, east=0.75)))
    # Ten decimals lead back to the millimetre.
    back = crs.to_city(shapely.get_coordinates(then), crs=crs.WGS84, srid=settings.CITY_SRID)
    assert shapely.Polygon(crs.snap(back)).area == 10_000.0


def test_changes_name_the_hands_before_and_after(reader: Client) -> None:
    (feature,) = reader.get("/api/editions/2/changes").json()["features"]
    assert feature["properties"] == {
        "code": f"{COMMUNITY}003",
        "kind": "rehanded",
        "community_before": COMMUNITY,
        "community_after": COMMUNITY,
        "grid_before": f"{COMMUNITY}-02",
        "grid_after": f"{COMMUNITY}-01",
        "changes_hands": True,
    }


def test_changes_over_several_editions(reader: Client) -> None:
    told = reader.get("/api/editions/3/changes", {"since": 1}).json()
    assert {f["properties"]["code"][-3:] for f in told["features"]} == {"002", "003", "004", "005", "006"}
    assert reader.get("/api/editions/3/changes", {"since": 3}).json()["features"] == []


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/api/editions/1/changes", 400, "the first"),
        ("/api/editions/9/changes", 404, "No edition 9"),
        ("/api/editions/99999999999999999999/changes", 404, "No edition"),
        ("/api/editions/3/changes?since=x", 400, "since"),
        ("/api/editions/3/changes?since=9", 404, "No edition 9"),
        ("/api/editions/2/changes?since=3", 400, "later than 2"),
        ("/api/cells/990101001001999/family", 404, "no cell"),
        ("/api/editions?at=soon", 400, "no day"),
    ],
)
def test_what_is_not_there_is_told_in_words(reader: Client, address: str, status: int, words: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_more_changes_than_are_listed_are_refused(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_CHANGES", 3)
    answer = reader.get("/api/editions/3/changes")
    assert (answer.status_code, answer.json()["error"]) == (413, "too_many")
    assert "more than 3 cells" in answer.json()["detail"]


def test_the_family_of_a_cell_is_told_with_days_and_places(city: City, reader: Client) -> None:
    told = reader.get(f"/api/cells/{COMMUNITY}005/family").json()
    assert told["cell"]["code"] == f"{COMMUNITY}005"
    assert told["cell"]["in_force"]
    (link,) = told["ancestors"]
    assert (link["parent"][-3:], link["child"][-3:], link["edition"], link["kind"]) == ("002", "005", 3, "split")
    assert dt.datetime.fromisoformat(link["at"]) == MAY
    parent = told["members"][f"{COMMUNITY}002"]
    assert routing.route(*parent["place"]).cell == f"{COMMUNITY}002"
    gone = reader.get(f"/api/cells/{COMMUNITY}004/family").json()
    assert not gone["cell"]["in_force"]
    assert (gone["cell"]["born"], gone["cell"]["retired"]) == (1, 3)
    assert [link["child"][-3:] for link in gone["descendants"]] == ["006"]


@pytest.mark.parametrize("address", ["/api/editions", "/api/editions/3/changes", f"/api/cells/{COMMUNITY}001/family"])
def test_history_is_for_people_of_the_city(city: City, client: Client, address: str) -> None:
    assert client.get(address).status_code == 401


@pytest.fixture
def split() -> tuple[City, str]:
    """A city in which a plan that cuts its first cell was published: edition 2; and the code of that cell."""
    made = a_city("6x4", community="3x2", at=MARCH)
    planner = a_person("planner")
    plan = open_plan(title="Cut", by=planner)
    cut = [list(made.lonlat(0, 0, south=-0.2)), list(made.lonlat(0, 0, south=1.2))]
    apply(plan, "split", {"cells": [made.cell(0, 0).pk], "line": cut}, revision=0, by=planner)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.APPROVED)
    publish_plan(plan.pk, by=planner)
    return made, made.code(0, 0)


def test_the_newest_edition_is_taken_back_by_a_planner(split: tuple[City, str], client: Client) -> None:
    city, code = split
    client.force_login(User.objects.get(username="planner"))
    cut_off = client.get(f"/api/cells/{code}/family").json()["descendants"][0]["child"]
    done = client.post("/api/editions/2/revert", {}, content_type="application/json")
    assert done.status_code == 200
    assert (done.json()["edition"], done.json()["takes_back"], done.json()["cells_retired"]) == (3, 2, 1)
    listed = {e["number"]: e for e in client.get("/api/editions").json()["editions"]}
    assert (listed[3]["takes_back"], listed[2]["taken_back_by"], listed[3]["by"]) == (2, 3, "planner")
    assert listed[2]["plan"]["title"] == "Cut"
    assert listed[2]["cells"] == {"born": 1, "retired": 0, "reshaped": 1, "rehanded": 0, "changed": 2}
    assert listed[3]["cells"] == {"born": 0, "retired": 1, "reshaped": 1, "rehanded": 0, "changed": 2}
    # From before the plan to after it was taken back nothing differs; who owned the part cut off is known for ever.
    assert client.get("/api/editions/3/changes", {"since": 1}).json()["features"] == []
    owners = []
    for number in (1, 2, 3):
        place = city.lonlat(0, 0, east=0.25), city.lonlat(0, 0, east=0.75)
        at = listed[number]["valid_from"]
        owners.append({client.get("/api/route", {"lon": x, "lat": y, "at": at}).json()["cell"] for x, y in place})
    assert owners == [{code}, {code, cut_off}, {code}]


@pytest.mark.parametrize("role", ["operator", "dispatcher", "community", "officer", "leader"])
def test_others_may_not_take_an_edition_back(split: tuple[City, str], client: Client, role: str) -> None:
    client.force_login(a_person(role))
    answer = client.post("/api/editions/2/revert", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (403, "not_yours")
    assert Edition.objects.in_force().number == 2


@pytest.mark.parametrize(("number", "status"), [(1, 409), (7, 404)])
def test_only_the_edition_in_force_is_taken_back(
    split: tuple[City, str], client: Client, number: int, status: int
) -> None:
    client.force_login(User.objects.get(username="planner"))
    answer = client.post(f"/api/editions/{number}/revert", {}, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert Edition.objects.in_force().number == 2
    assert client.get(f"/api/editions/{number}/revert").status_code == 405
