"""The ladder, limits in parts, evaluation and refused answers at the desk, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import callers
from cases.callers import Told
from cases.models import CallerLook, Case, StageLimit
from cases.workflow import Stage
from cells.models import FilingCondition, Grid, Role
from tests.cases.makers import a_user, closed
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, a_dispatched, lines
from tests.maps.test_acts_api import do, open_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


# ---- the ladder ----------------------------------------------------------------------------------------------------


def level_above(city: City) -> Any:
    """The seat of the town above the first community."""
    return a_person(Role.COMMUNITY, territory=Grid.objects.get(code=city.town_code(0)))


def offered(client: Client, case: Case, act: str) -> dict[str, Any]:
    told = client.get(f"/api/cases/{case.number}/acts").json()["acts"]
    found: dict[str, Any] = next(one for one in told if one["act"] == act)
    return found


def test_a_case_goes_up_and_comes_down_and_is_decided_by_the_desks(city: City) -> None:
    desk = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    town, case = a_client(level_above(city)), a_dispatched(city, 0)
    assert offered(desk, case, "escalate")["needs"] == ["reason", "measure"]
    assert do(desk, case, "escalate", note="管线属市政").json()["where"]["field"] == "measure"
    for _ in range(2):
        up = do(desk, case, "escalate", key="up", note="管线属市政", measure="已围挡")
        assert up.status_code == 200, up.content
    assert lines(case) == ["report", "file", "dispatch", "escalate"]
    assert open_to(desk, case) == set()
    assert [unit["code"] for unit in offered(town, case, "come_down")["units"]] == [city.community_code(0, 0)]
    assert do(town, case, "come_down", note="属社区").json()["where"]["field"] == "unit"
    down = do(town, case, "come_down", note="属社区", unit=city.community_code(0, 0))
    assert down.status_code == 200, down.content
    assert do(desk, case, "refer", note="争议").status_code == 200
    stands = town.get(f"/api/cases/{case.number}/acts").json()
    assert stands["to_decide"] is True
    units = offered(town, case, "decide")["units"]
    assert (units[0]["code"], units[0]["had"]) == (city.community_code(0, 0), True)
    assert city.community_code(4, 0) in [unit["code"] for unit in units]
    decided = do(town, case, "decide", key="d", note="归四号社区", unit=city.community_code(4, 0))
    assert decided.status_code == 200, decided.content
    assert Case.objects.get().owner == city.community(4, 0)
    other = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    known = other.get(f"/api/cases/{case.number}/acts").json()["precedents"]
    assert [(one["number"], one["owner"]["code"], one["note"]) for one in known] == [
        (case.number, city.community_code(4, 0), "归四号社区")
    ]
    history = other.get(f"/api/cases/{case.number}").json()["history"]
    assert next(line for line in history if line["act"] == "escalate")["measure"] == "已围挡"


def test_a_limit_in_parts_is_done_part_by_part(city: City) -> None:
    FilingCondition.objects.all().delete()
    StageLimit.objects.filter(stage="handle").delete()
    for order, (label, value) in enumerate((("围挡", 3), ("抢修", 8)), start=1):
        StageLimit.objects.create(stage="handle", order=order, label_zh=label, value=value, unit="UH")
    desk, case = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0))), a_dispatched(city, 0)
    part = offered(desk, case, "finish_part")["part"]
    assert (part["part"], part["of"], part["name"]) == (1, 2, "围挡")
    assert do(desk, case, "finish_part").json()["where"]["field"] == "part"
    for _ in range(2):
        assert do(desk, case, "finish_part", key="p", part=1).status_code == 200
    assert lines(case)[-1] == "finish_part"
    assert "finish_part" not in open_to(desk, case)


def test_a_closed_case_is_evaluated_with_the_citys_marks(city: City) -> None:
    centre, case = a_client(a_user(Role.OPERATOR)), closed(a_dispatched(city, 0), at=timezone.now())
    marks = [mark["slug"] for mark in offered(centre, case, "evaluate")["marks"]]
    assert marks == ["mark-quality", "mark-speed"]
    for wrong in ({}, {"mark-speed": 6}, {"mark-speed": "5"}, {"mark-beauty": 3}):
        refused = do(centre, case, "evaluate", marks=wrong)
        assert (refused.status_code, refused.json()["where"]["field"]) == (400, "marks")
    assert do(centre, case, "evaluate", marks={"mark-speed": 5, "mark-quality": 4}).status_code == 200
    assert case.history.get(act="evaluate").given == {"more": {"mark-quality": 4, "mark-speed": 5}}


# ---- callers at the desk -------------------------------------------------------------------------------------------


def test_callers_are_listed_masked_to_those_who_answer_them_and_a_refused_answer_reopens(city: City) -> None:
    case = a_dispatched(city, 0)
    callers.join(case, caller=Told(name="王小明", telephone="13812345678"), by=None, at=timezone.now())
    case = closed(case, at=timezone.now())
    centre, head = a_client(a_user(Role.OPERATOR)), a_client(a_user(Role.SHIFT_HEAD))
    told = centre.get(f"/api/cases/{case.number}/acts").json()["told_by"]
    assert [(one["name"], one["telephone"]) for one in told] == [("王**", "138******78")]
    assert told[0]["answered_at"]
    assert head.get(f"/api/cases/{case.number}/acts").json()["told_by"] == []
    assert CallerLook.objects.count() == 0
    assert do(centre, case, "reopen").json()["where"]["field"] == "reason"
    assert do(centre, case, "reopen", note="仍有积水").json()["stage"] == Stage.FILED
