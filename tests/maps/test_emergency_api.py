"""Emergencies over HTTP: filed with a grade, teams proposed nearest first, sent once, settled before closing."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from cases.models import Case
from cells.models import Role
from tests.cases.duty_desk import a_team
from tests.cases.makers import a_user
from tests.makers import City, a_city
from tests.maps.officer_desk import EARLIER, a_client

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def city() -> City:
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


def filed(client: Any, city: City, **given: Any) -> Any:
    lon, lat = city.lonlat(1, 0)
    body = {"lon": lon, "lat": lat, "class": "event-0501", "words": "爆管", **given}
    return client.post("/api/cases", body, content_type="application/json")


def do(client: Any, number: str, act: str, *, key: str, **given: Any) -> Any:
    body = {"act": act, "key": key, **given}
    return client.post(f"/api/cases/{number}/acts", body, content_type="application/json")


def acts(client: Any, number: str) -> dict[str, Any]:
    stands = client.get(f"/api/cases/{number}/acts").json()
    return {one["act"]: one for one in stands["acts"]} | {"emergency": stands["emergency"]}


def test_an_emergency_goes_from_the_call_to_the_settled_owner(city: City) -> None:
    now = timezone.now()
    on_duty = {"since": now - HOUR, "until": now + HOUR}
    near, responder = a_team(city.metres(2, 0), serves=city.community(0, 0), **on_duty)
    far, _ = a_team(city.metres(1, 0), serves=city.community(7, 0), name="邻区队", **on_duty)
    sweepers, _ = a_team(city.metres(1, 0), serves=city.community(0, 0), kind="sanitation", name="环卫队", **on_duty)
    operator, head = a_client(a_user(Role.OPERATOR)), a_client(a_user(Role.SHIFT_HEAD))
    answer = filed(operator, city, emergency="major")
    assert answer.status_code == 201, answer.json()
    number = answer.json()["number"]
    open_acts = acts(operator, number)
    assert open_acts["emergency"]["grade"] == "major"
    assert open_acts["emergency"]["coordinator"]["level"] == "city"
    teams = open_acts["send_team"]["teams"]
    # The trade for the class first, then who serves the ground, then the nearest.
    assert [team["id"] for team in teams] == [near.pk, far.pk, sweepers.pk]
    assert (teams[0]["distance_m"], teams[0]["serves"], teams[0]["telephone"]) == (100.0, True, near.telephone)
    assert teams[0]["people"] == [str(responder.person)]
    assert [grade["slug"] for grade in open_acts["change_grade"]["grades"]] == ["difficult", "ordinary"]

    sent = do(operator, number, "send_team", key="a", team=near.pk, owner_open=True)
    assert (sent.status_code, sent.json()["stage"]) == (200, "handling")
    assert do(operator, number, "send_team", key="a", team=near.pk, owner_open=True).json()["again"] is True
    assert do(operator, number, "send_team", key="b", team=10**9).status_code == 400
    assert do(operator, number, "send_team", key="c").status_code == 400
    assert "settle_owner" not in acts(operator, number)
    team = a_client(responder)
    assert set(acts(team, number)) == {"emergency", "team_done"}
    assert team.get("/api/desk").json()["counts"] == {"emergency": 1}
    assert do(team, number, "team_done", key="d", note="已关阀").json()["stage"] == "handled"
    units = acts(head, number)["settle_owner"]["units"]
    assert units[0]["code"] == city.community_code(1, 0)
    assert city.community_code(7, 0) in {unit["code"] for unit in units}
    assert do(head, number, "settle_owner", key="e", owner=units[0]["code"]).status_code == 400, "no reason"
    assert do(head, number, "settle_owner", key="f", owner=units[0]["code"], note="属社区").status_code == 200
    case = Case.objects.get(number=number)
    assert (case.owner.code, case.owner_open) == (units[0]["code"], False)
    assert not acts(head, number)["emergency"]["owner_open"]
    told = [line["told"] for line in head.get(f"/api/cases/{number}").json()["history"]]
    settled = units[0]["name_zh"]
    assert told == ["", "", "重大", f"{near.name_zh} · 100 m", "", settled]


def test_a_grade_is_one_of_the_citys_and_who_may_not_declare_files_nothing(city: City) -> None:
    assert filed(a_client(a_user(Role.OPERATOR)), city, emergency="huge").status_code == 400
    assert filed(a_client(a_user(Role.COLLECTOR)), city, emergency="major").status_code == 403
    assert not Case.objects.exists()


def test_the_drill_goes_through_and_leaves_nothing(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    a_user(Role.CHECKER)
    at = timezone.now() + HOUR
    a_team(city.metres(1, 0), serves=city.community(0, 0), since=at - HOUR, until=at + HOUR)
    call_command("drill_emergency", "--json", "--at", at.isoformat())
    told = json.loads(capsys.readouterr().out)
    assert (told["owner_open"], told["closing_refused"], told["stage"], told["callers_answered"]) == (
        True, True, "closed", 1,
    )  # fmt: skip
    assert told["limit"].split()[1] == "UH"
    assert not Case.objects.exists()
