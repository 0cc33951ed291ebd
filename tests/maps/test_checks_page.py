"""The pages of spot checks: a phone's form is taken in once, a draw is secret until its checks are over."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import SpotCheck, SpotDraw
from cases.spot_checks import drawing
from cells.models import CellVersion, Role
from spatial import crs as reference
from tests.cases.makers import a_case
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client, a_file

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MONTH = f"{timezone.localdate():%Y-%m}"


@pytest.fixture
def city(settings: Any, tmp_path: Any) -> City:
    settings.PHOTOS = tmp_path
    return a_city(cells="4x2", at=NOW - dt.timedelta(days=400))


@pytest.fixture
def checker(city: City) -> Client:
    return a_client(a_person(Role.CHECKER))


@pytest.fixture
def leader(city: City) -> Client:
    return a_client(a_person(Role.LEADER))


def drawn(*, days_ago: int = 1) -> SpotDraw:
    return drawing.draw(MONTH, by=None, at=NOW - dt.timedelta(days=days_ago))


def test_a_phone_gets_its_cells_and_sends_a_check_once(city: City, checker: Client) -> None:
    drawn()
    listed = checker.get("/api/checks").json()["checks"]
    assert len(listed) == 3
    one = listed[0]
    assert one["ring"][0] == one["ring"][-1]
    shape = CellVersion.objects.current().get(cell__code=one["cell"]).shape
    inner = shape.point_on_surface
    known = a_case(source="patrol", lon=inner.x, lat=inner.y, crs=reference.CITY, at=NOW - dt.timedelta(days=3))
    found = [{"class": "event-0103", "words": "坑"}, {"class": "event-0102", "words": "垃圾"}]

    def send(**given: Any) -> Any:
        form = {"key": "k", "number": one["id"], "found": json.dumps(found), "lon": one["lon"], "lat": one["lat"]}
        return checker.post("/api/checks", {**form, "proof": a_file(), "found-1": a_file(), **given})

    answer = send().json()
    assert (answer["proved"], answer["again"]) == (True, False)
    assert [one["known"] for one in answer["found"]] == ["grid", "new"]
    assert answer["found"][0]["number"] == known.number
    assert send().json()["again"] is True
    assert send(key="other").status_code == 409
    assert len(checker.get("/api/checks").json()["checks"]) == 2
    page = checker.get("/checks/").content.decode()
    assert one["cell"] not in page
    for bad in ({"found": "{"}, {"found": '["x"]'}, {"found": '[{"class": 3}]'}, {"number": "²"}, {"number": ""}):
        assert send(key="bad", **bad).status_code == 400, bad


def test_who_checks_nothing_is_sent_to_the_draws(city: City, leader: Client) -> None:
    assert leader.get("/checks/")["Location"] == "/checks/draws/"
    officer = a_client(a_person(Role.OFFICER, territory=city.community(0, 0)))
    assert officer.get("/checks/")["Location"] == "/checks/draws/"


def test_where_is_looked_stays_secret_until_the_checks_are_over(city: City, checker: Client, leader: Client) -> None:
    draw = drawn()
    address = f"/checks/draws/{MONTH}/"
    officer = a_client(a_person(Role.OFFICER, territory=city.community(0, 0)))
    listed = officer.get("/checks/draws/").content.decode()
    assert draw.digest in listed
    assert draw.seed not in listed
    assert officer.get(address).status_code == 403
    assert officer.get(f"{address}frame.csv").status_code == 403
    told = leader.get(address).content.decode()
    assert told.count("data-cell=") == 3
    assert draw.seed not in told
    assert officer.get("/checks/draws/2001-01/").status_code == 404
    assert officer.get("/checks/photos/1.jpg").status_code == 404


def test_once_over_anybody_has_all_that_is_needed_to_draw_again(city: City, checker: Client) -> None:
    draw = drawn(days_ago=40)
    officer = a_client(a_person(Role.OFFICER, territory=city.community(0, 0)))
    page = officer.get(f"/checks/draws/{MONTH}/").content.decode()
    assert draw.seed in page
    assert draw.seed in officer.get("/checks/draws/").content.decode()
    lines = officer.get(f"/checks/draws/{MONTH}/frame.csv").content.decode().splitlines()
    assert (lines[0], len(lines)) == ("cell,unit,ground", 9)


def test_only_who_judges_binds_and_draws(city: City, checker: Client, leader: Client) -> None:
    assert checker.post("/checks/draws/", {"month": "2026-11", "do": "commit"}).status_code == 403
    for wrong in ({"month": "x\x00", "do": "commit"}, {"month": "9999-99"}, {"month": MONTH, "words": "a|b"}, {}):
        leader.post("/checks/draws/", wrong)
    assert not SpotDraw.objects.exists()
    leader.post("/checks/draws/", {"month": MONTH, "do": "commit"})
    digest = SpotDraw.objects.get().digest
    leader.post("/checks/draws/", {"month": MONTH, "do": "draw", "words": "7 12 33"})
    leader.post("/checks/draws/", {"month": MONTH, "do": "draw"})
    draw = SpotDraw.objects.get()
    assert (draw.digest, draw.words, SpotCheck.objects.count()) == (digest, "7 12 33", 3)
    assert leader.post("/checks/draws/", {"month": MONTH, "do": "rest"}).status_code == 302


def test_the_photo_is_for_who_made_it_and_who_judges(city: City, checker: Client, leader: Client) -> None:
    drawn()
    one = checker.get("/api/checks").json()["checks"][0]
    checker.post("/api/checks", {"key": "k", "number": one["id"], "proof": a_file()})
    address = f"/checks/photos/{one['id']}.jpg"
    assert checker.get(address)["Content-Type"] == "image/jpeg"
    assert leader.get(address).status_code == 200
    assert a_client(a_person(Role.COLLECTOR)).get(address).status_code == 404
    told = leader.get(f"/checks/draws/{MONTH}/", headers={"accept-language": "en"}).content.decode()
    assert "not at the cell" in told
