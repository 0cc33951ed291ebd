"""The leader's page: each figure is the number of cases behind it, in the reader's territory, at this time of day."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from cases import daily, dispatch, emergencies
from cases.daily import Of
from cases.demo.planting import plant
from cases.ledger import enter_due
from cases.models import Case, StageLimit
from cells.models import FilingCondition, Role
from maps import leader_look
from tests.cases.hotspot_desk import TODAY, empty_city, ordinary_cases
from tests.cases.makers import a_case, a_user, closed, voided
from tests.makers import City, a_city, noon

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = noon("2026-03-12")


@pytest.fixture
def city() -> City:
    return a_city("4x4", community="2x2", at=NOW - 60 * DAY)


def case_at(city: City, at: dt.datetime, column: int = 0, row: int = 0) -> Case:
    x, y = city.metres(column, row)
    return a_case(at=at, lon=x, lat=y, crs="CITY")


def a_client(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def figures(user: Any = None, at: dt.datetime = NOW) -> dict[str, tuple[int, int | None, int | None]]:
    return {str(f.of): (f.now, f.yesterday, f.last_week) for f in daily.figures(by=user, at=at)}


def test_days_are_compared_up_to_the_same_hour(city: City) -> None:
    case_at(city, NOW - HOUR)
    case_at(city, NOW - HOUR - DAY)
    case_at(city, NOW + HOUR - DAY)  # yesterday, but later in the day
    closed(case_at(city, NOW - 2 * HOUR - DAY), at=NOW - HOUR)
    voided(case_at(city, NOW - 2 * HOUR - 7 * DAY), at=NOW - 6 * DAY)
    told = figures()
    assert told["reported"] == (1, 2, 1)
    assert told["closed"] == (1, 0, 0)
    # Of those that were there at this time yesterday one was closed since; last week one, which is void now.
    assert told["open"] == (3, 2, 1)
    assert told["overdue"][1:] == told["emergency"][1:] == (None, None)


def test_figures_of_a_territory_are_those_of_its_cases(city: City) -> None:
    for column, row in ((0, 0), (3, 3), (3, 2)):
        case_at(city, NOW - HOUR, column, row)
    here = a_user(Role.LEADER, territory=city.community(3, 3))
    assert figures(here)["reported"][0] == figures(here)["open"][0] == 2
    assert figures()["open"][0] == 3


def test_every_figure_is_the_length_of_the_list_behind_it(city: City) -> None:
    now = timezone.now()
    FilingCondition.objects.all().delete()
    StageLimit.objects.filter(stage="handle").update(value=1, unit="UH")
    late = [dispatch.dispatch(case_at(city, now - 9 * HOUR, 3, 3), by=None, at=now - 9 * HOUR) for _ in range(2)]
    closed(case_at(city, now - dt.timedelta(seconds=40)), at=now - dt.timedelta(seconds=20))
    head = a_user(Role.SHIFT_HEAD)
    emergencies.declare(case_at(city, now - HOUR), grade="major", by=head, at=now, note="塌陷")
    enter_due(at=now)
    client = a_client(a_user(Role.LEADER))
    told = {f["of"]: f["now"] for f in client.get("/api/leader").json()["figures"]}
    assert told["overdue"] == len(late)
    assert told["emergency"] == 1
    for what in Of:
        page = client.get("/leader/cases/", {"of": what}).content.decode()
        assert re.search(rf'data-test="count">{told[what]}<', page), what
        assert page.count('data-case="') == told[what]
    grids = client.get("/api/leader").json()["grids"]
    assert sum(grid["overdue"] for grid in grids) == len(late)
    behind = client.get("/leader/cases/", {"grid": grids[0]["code"]}).content.decode()
    assert f'data-test="count">{grids[0]["overdue"]}<' in behind
    assert client.get("/leader/cases/", {"of": "nothing"}).status_code == 404
    assert client.get("/leader/cases/", {"grid": "nothing"}).status_code == 404


def test_a_leader_is_told_the_hot_spot_and_what_is_new(tmp_path: Path, settings: Any) -> None:
    settings.REPORTS = tmp_path
    made = empty_city()
    ordinary_cases(made, days=84)
    plant(1, seed=3, today=TODAY, effects=(6.0,))
    with translation.override("en"):
        told = leader_look.look(by=None, at=noon(TODAY.isoformat()))
    spot = told["spots"][0]
    assert told["todo"]["of"] == "spot"
    assert str(spot["cases_count"]) in told["todo"]["words"]
    assert told["query"] == {"from": "2026-05-04", "to": "2026-05-31", "frame": "cells"}
    cell = told["cells"][0]
    assert cell["code"] in spot["units"]
    client = a_client(a_user(Role.LEADER))
    behind = client.get("/leader/cases/", {"cell": cell["code"]}).content.decode()
    assert f'data-test="count">{cell["cases"]}<' in behind
    json.dumps(told)
    # Who leads another part of the city is not sent there.
    elsewhere = next(
        made.community(column, row)
        for column in (0, 19)
        for row in (0, 19)
        if made.community_code(column, row) not in spot["community_codes"]
    )
    theirs = leader_look.look(by=a_user(Role.LEADER, territory=elsewhere), at=noon(TODAY.isoformat()))
    assert spot["spot"] not in [s["spot"] for s in theirs["spots"]]
    assert cell["code"] not in [c["code"] for c in theirs["cells"]]


def test_a_leader_comes_to_the_overview_and_others_do_not() -> None:
    a_city("4x4", community="2x2")
    for role, page in ((Role.LEADER, "/leader/"), (Role.DISPATCHER, "/")):
        user = a_user(role)
        user.set_password("wanmi-12345")
        user.save()
        there = Client().post("/login/", {"username": user.username, "password": "wanmi-12345"})
        assert there.headers["Location"] == page
    assert a_client(a_user(Role.LEADER)).get("/leader/?hall=1").status_code == 200
    assert Client().get("/leader/").status_code == 302
    assert Client().get("/api/leader").status_code == 401


def test_the_class_that_changed_most_is_told_to_who_leads_the_city(city: City) -> None:
    now = timezone.now()
    for n in range(12):
        case_at(city, now - 2 * DAY, n % 4)
    case_at(city, now - 9 * DAY)
    with translation.override("en"):
        told = leader_look.look(by=None, at=now)["changes"]
        name = str(Case.objects.all()[0].catalogue_class)
    told = [c["words"] for c in told if c["kind"] == "class"]
    assert told == [f"“{name}”: 12 in seven days, in the seven before 1."]
    theirs = leader_look.look(by=a_user(Role.LEADER, territory=city.community(0, 0)), at=now)["changes"]
    assert "class" not in {c["kind"] for c in theirs}
