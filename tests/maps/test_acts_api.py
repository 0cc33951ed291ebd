"""The desk over HTTP: queues of a side, acts done exactly once, foreign territories, and callers who are answered."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import assigning, callers, checking, handling, holding
from cases.callers import Told
from cases.models import Case, CaseClock, DoneOnce, Outgoing
from cases.queues import DESK
from cases.workflow import Stage
from cells.models import Role
from spatial import crs as reference
from tests.cases.makers import a_case, a_user
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, a_dispatched, an_officer, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


def at_cell(city: City, column: int, row: int = 0, **given: Any) -> Case:
    """A case in a cell: filed, or (`by` a collector) reported only."""
    lon, lat = city.metres(column, row)
    return a_case(lon=lon, lat=lat, crs=reference.CITY, at=EARLIER, **given)


def do(client: Client, case: Case, act: str, *, key: str = "k", **given: Any) -> Any:
    body = {"act": act, "key": key, **given}
    return client.post(f"/api/cases/{case.number}/acts", body, content_type="application/json")


def open_to(client: Client, case: Case) -> set[str]:
    return {one["act"] for one in client.get(f"/api/cases/{case.number}/acts").json()["acts"]}


def numbers(client: Client, queue: str) -> list[str]:
    return [case["number"] for case in client.get("/api/desk", {"queue": queue}).json()["cases"]]


# ---- queues --------------------------------------------------------------------------------------------------------


def test_each_role_has_the_queues_of_its_sides(city: City) -> None:
    seats = {role: city.community(0, 0) if role == Role.COMMUNITY else None for role in DESK | {Role.LEADER}}
    of = {role: a_client(a_user(role, territory=at)).get("/api/desk").json()["counts"] for role, at in seats.items()}
    centre = {"emergency", "verify", "file", "dispatch", "check", "close", "answer"}
    gathering = {"coordinate", "late"}
    assert set(of[Role.OPERATOR]) == centre
    assert set(of[Role.DISPATCHER]) == centre | gathering
    assert set(of[Role.SHIFT_HEAD]) == centre | gathering | {"decide", "held"}
    assert set(of[Role.CHECKER]) == set(of[Role.COLLECTOR]) == {"verify", "check"}
    assert set(of[Role.COMMUNITY]) == {"assign", "work", "promised"} | gathering
    assert set(of[Role.RESPONDER]) == {"emergency"}
    assert of[Role.LEADER] == {}


def test_a_case_moves_from_queue_to_queue_and_is_in_one_at_a_time(city: City) -> None:
    centre, collector = a_client(a_user(Role.DISPATCHER)), a_user(Role.COLLECTOR)
    desk = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    case = at_cell(city, 0, by=collector)

    def where() -> set[str]:
        found = {
            (n, who) for who, c in (("centre", centre), ("unit", desk)) for n in c.get("/api/desk").json()["counts"]
        }
        return {n for n, who in found if case.number in numbers(centre if who == "centre" else desk, n)}

    assert where() == {"verify"}
    assert do(centre, case, "accept", key="1").status_code == 200
    assert where() == {"file"}
    assert do(centre, case, "file", key="2").status_code == 200
    assert where() == {"dispatch"}
    assert do(centre, case, "dispatch", key="3").status_code == 200
    assert where() == {"assign"}
    assert do(desk, case, "handle", key="4").status_code == 200
    assert where() == {"check"}


def test_what_is_asked_of_another_is_not_in_my_queue(city: City) -> None:
    mine, others = a_user(Role.CHECKER), a_user(Role.CHECKER)
    case = handling.handle(a_dispatched(city, 0), by=None, at=timezone.now())
    checking.ask_check(case, by=None, at=timezone.now(), whom=mine)
    assert numbers(a_client(mine), "check") == [case.number]
    assert numbers(a_client(others), "check") == []


def test_the_nearest_to_its_end_comes_first(city: City) -> None:
    centre = a_client(a_user(Role.DISPATCHER))
    first, second, third = (at_cell(city, n) for n in range(3))
    now = timezone.now()
    for case, hours in ((first, 3), (second, 1), (third, 2)):
        CaseClock.objects.filter(case=case).update(due_at=now + dt.timedelta(hours=hours), amber_at=now)
        Case.objects.filter(pk=case.pk).update(due_at=now + dt.timedelta(hours=hours), amber_at=now)
    assert numbers(centre, "dispatch") == [second.number, third.number, first.number]


def test_a_queue_costs_the_same_however_many_cases_it_has(city: City, django_assert_max_num_queries: Any) -> None:
    centre = a_client(a_user(Role.SHIFT_HEAD))
    for n in range(8):
        at_cell(city, n)
    with django_assert_max_num_queries(11):  # whatever the number of cases
        assert len(centre.get("/api/desk", {"queue": "dispatch"}).json()["cases"]) == 8


@pytest.mark.parametrize("query", [{"queue": "nothing"}, {"limit": "0"}, {"limit": "1.5"}, {"limit": "x"}])
def test_a_mistaken_queue_is_answered_with_what_is_allowed(city: City, query: dict[str, str]) -> None:
    assert a_client(a_user(Role.DISPATCHER)).get("/api/desk", query).status_code == 400


# ---- acts ----------------------------------------------------------------------------------------------------------


def test_each_side_may_do_only_its_acts(city: City) -> None:
    centre, checker = a_client(a_user(Role.DISPATCHER)), a_client(a_user(Role.CHECKER))
    shift = a_client(a_user(Role.SHIFT_HEAD))
    desk = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    case = a_dispatched(city, 0)
    assert open_to(centre, case) == {"propose_void", "declare_emergency"}
    assert open_to(checker, case) == set()
    assert {"take_on", "handle", "return", "assign", "ask_hold"} <= open_to(desk, case)
    for client, act in ((centre, "handle"), (checker, "assign"), (desk, "propose_void"), (shift, "handle")):
        refused = do(client, case, act, key=act, note="为什么", person=1 if act == "assign" else None)
        assert refused.status_code in (400, 403, 409), (act, refused.content)
    assert lines(case) == ["report", "file", "dispatch"]
    assert DoneOnce.objects.count() == 0
    assert Client().post(f"/api/cases/{case.number}/acts").status_code == 401


def test_a_whole_life_at_the_desks(city: City) -> None:
    collector, checker = a_user(Role.COLLECTOR), a_user(Role.CHECKER)
    centre, desk = a_client(a_user(Role.DISPATCHER)), a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    officer = an_officer(city, 0, name="li")
    case = at_cell(city, 0, by=collector)
    assert do(centre, case, "ask_verify", person=collector.pk, key="1").status_code == 200
    without = do(a_client(collector), case, "verify", key="2")
    assert (without.status_code, without.json()["where"]["field"]) == (400, "found")
    assert do(a_client(collector), case, "verify", key="2", found=True).status_code == 200
    for n, act in enumerate(("file", "dispatch")):
        assert do(centre, case, act, key=f"c{n}").status_code == 200
    assert do(desk, case, "assign", key="d0").json()["where"]["field"] == "person"
    assert do(desk, case, "assign", key="d0", person=officer.pk).status_code == 200
    assert Case.objects.get().assignee == officer
    assert do(desk, case, "handle", key="d1").json()["stage"] == Stage.HANDLED
    assert do(centre, case, "ask_check", key="c2").status_code == 200
    drawn = Case.objects.get().asked_of
    assert drawn in (checker, collector)
    assert do(a_client(drawn), case, "pass_check", key="p").json()["stage"] == Stage.CHECKED
    closed = do(centre, case, "close", key="c3")
    assert (closed.status_code, closed.json()["stage"], closed.json()["again"]) == (200, "closed", False)


def test_a_request_is_granted_by_the_head_of_the_shift(city: City) -> None:
    desk = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    case, shift = a_dispatched(city, 0), a_client(a_user(Role.SHIFT_HEAD))
    until = timezone.now() + dt.timedelta(days=3)
    assert do(desk, case, "ask_hold", note="等材料").json()["where"]["field"] == "until"
    assert do(desk, case, "ask_hold", note="等材料", until="2026-03-09").status_code == 400  # no zone
    assert do(desk, case, "ask_hold", note="等材料", until=until.isoformat()).status_code == 200
    assert numbers(shift, "decide") == [case.number]
    assert {"grant_hold", "refuse_hold"} <= open_to(shift, case)
    assert do(shift, case, "grant_hold").json()["stage"] == Stage.HELD
    assert (numbers(shift, "decide"), numbers(shift, "held")) == ([], [case.number])
    assert Case.objects.get().hold_until == until


def test_a_double_click_is_one_act(city: City) -> None:
    centre, case = a_client(a_user(Role.DISPATCHER)), at_cell(city, 0)
    first, second = do(centre, case, "dispatch"), do(centre, case, "dispatch")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() | {"again": True} == second.json()
    assert lines(case) == ["report", "file", "dispatch"]
    other = do(centre, at_cell(city, 1), "dispatch")
    assert (other.status_code, other.json()["where"]["field"]) == (400, "key")


def test_who_is_late_is_told_who_was_quicker(city: City) -> None:
    case = at_cell(city, 0)
    assert do(a_client(a_user(Role.DISPATCHER)), case, "dispatch").status_code == 200
    late = do(a_client(a_user(Role.OPERATOR)), case, "dispatch")
    assert (late.status_code, late.json()["error"]) == (409, "already_done")
    assert late.json()["where"]["by"].startswith("dispatcher")


@pytest.mark.parametrize(
    "body",
    [
        {"act": "fix_on_spot"}, {"act": "redraw"}, {"act": ""}, {"act": 1}, {"act": "dispatch", "key": ""},
        {"act": "dispatch", "person": "li"}, {"act": "dispatch", "person": True}, {"act": "dispatch", "person": 2**64},
        {"act": "ask_verify", "person": 999_999_999}, {"act": "verify", "found": "yes"},
        {"act": "dispatch", "until": "x"},
        {"act": "dispatch", "note": "字" * 5000}, {"act": "dispatch", "stage": "closed"}, {"act": "propose_void"},
    ],
)  # fmt: skip
def test_a_mistaken_act_is_answered_with_words_and_changes_nothing(city: City, body: dict[str, Any]) -> None:
    case = at_cell(city, 0)
    answer = a_client(a_user(Role.DISPATCHER)).post(
        f"/api/cases/{case.number}/acts", {"key": "k", **body}, content_type="application/json"
    )
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]
    assert lines(case) == ["report", "file"]


# ---- whom to ask ---------------------------------------------------------------------------------------------------


def test_those_of_the_third_level_grid_are_proposed_the_lightest_load_first(city: City) -> None:
    seat = a_person(Role.COMMUNITY, territory=city.community(0, 0))
    busy, free = an_officer(city, 0, name="busy"), an_officer(city, 0, name="free")
    an_officer(city, 0, name="other grid", grid=2), an_officer(city, 4, name="other community")
    assigning.assign(a_dispatched(city, 1), person=busy, by=seat, at=timezone.now())
    case, client = a_dispatched(city, 0), a_client(seat)
    told = client.get(f"/api/cases/{case.number}/acts").json()["acts"]
    people = next(one for one in told if one["act"] == "assign")["people"]
    assert [(p["name"], p["posted_here"], p["load"]) for p in people] == [
        ("free", True, 0), ("busy", True, 1), (seat.username, False, 0),
    ]  # fmt: skip
    assert do(client, case, "assign", person=free.pk).status_code == 200
    told = client.get(f"/api/cases/{case.number}/acts").json()["acts"]
    again = next(one for one in told if one["act"] == "assign")["people"]
    assert "free" not in [p["name"] for p in again]


def test_asked_again_the_lot_names_another_checker(city: City) -> None:
    checkers = {a_user(Role.CHECKER).pk for _ in range(2)}
    case, centre = handling.handle(a_dispatched(city, 0), by=None, at=timezone.now()), a_client(a_user(Role.OPERATOR))
    drawn = []
    for n in range(4):
        assert do(centre, case, "ask_check", key=f"{n}").status_code == 200
        drawn.append(Case.objects.get().asked_of_id)
    assert set(drawn) == checkers
    assert all(a != b for a, b in itertools.pairwise(drawn))


# ---- territory -----------------------------------------------------------------------------------------------------


def test_a_case_of_a_foreign_territory_is_not_there(city: City) -> None:
    case = a_dispatched(city, 0)
    other = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    own = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    nobody = a_client(a_user(None))
    unknown = other.get("/api/cases/2099010100001")
    for client in (other, nobody):
        for address in (f"/api/cases/{case.number}", f"/api/cases/{case.number}/acts"):
            assert client.get(address).status_code == 404
        refused = do(client, case, "handle")
        assert refused.status_code == 404
        # The same words as for a number that nobody has.
        assert refused.json()["hint"] == unknown.json()["hint"]
        assert client.post(f"/api/cases/{case.number}/dispatch", {}, content_type="application/json").status_code == 404
        assert client.get("/api/cases").json()["features"] == []
    lon, lat = city.lonlat(0, 0)
    assert other.get("/api/near", {"lon": lon, "lat": lat}).json()["cases"] == []
    assert [c["number"] for c in own.get("/api/near", {"lon": lon, "lat": lat}).json()["cases"]] == [case.number]
    assert own.get(f"/api/cases/{case.number}").status_code == 200
    assert [f["properties"]["number"] for f in own.get("/api/cases").json()["features"]] == [case.number]
    assert numbers(other, "assign") == []
    assert lines(case) == ["report", "file", "dispatch"]


def test_what_is_or_was_ones_own_work_stays_in_sight(city: City) -> None:
    checker = a_person(Role.CHECKER, territory=city.community(4, 0))
    case = handling.handle(a_dispatched(city, 0), by=None, at=timezone.now())
    client = a_client(checker)
    assert client.get(f"/api/cases/{case.number}").status_code == 404
    Case.objects.filter(pk=case.pk).update(asked_of=checker)
    assert client.get(f"/api/cases/{case.number}").status_code == 200


# ---- answers -------------------------------------------------------------------------------------------------------


def test_closing_answers_each_caller_once_however_often_it_is_clicked(city: City) -> None:
    case, now = a_dispatched(city, 0), timezone.now()
    first = callers.join(case, caller=Told(telephone="13800000001"), by=None, at=now)
    second = callers.join(case, caller=Told(telephone="13800000002"), by=None, at=now)
    checker, centre = a_user(Role.CHECKER), a_client(a_user(Role.OPERATOR))
    case = checking.ask_check(handling.handle(case, by=None, at=now), by=None, at=now)
    checking.pass_check(case, by=checker, at=now)
    assert centre.get(f"/api/cases/{case.number}/acts").json()["callers_waiting"] == 2
    for _ in range(2):
        assert do(centre, case, "close", note="已修复").status_code == 200
    assert [(m.key, m.kind) for m in Outgoing.objects.order_by("pk")] == [
        (f"answer/{case.number}/{caller.pk}", "phone") for caller in (first, second)
    ]
    assert centre.get(f"/api/cases/{case.number}/acts").json()["callers_waiting"] == 0
    assert numbers(centre, "answer") == []


def test_callers_whom_nobody_answered_wait_in_a_queue(city: City) -> None:
    case = at_cell(city, 0)
    callers.join(case, caller=Told(telephone="13800000001"), by=None, at=EARLIER)
    head, centre = a_client(a_user(Role.SHIFT_HEAD)), a_client(a_user(Role.DISPATCHER))
    assert do(centre, case, "propose_void", note="重复").status_code == 200
    assert do(head, case, "void").json()["stage"] == "void"
    assert numbers(centre, "answer") == [case.number]
    assert "answer" in open_to(centre, case)
    assert do(centre, case, "answer", key="a", note="已并入另一案件").status_code == 200
    assert (numbers(centre, "answer"), Outgoing.objects.count()) == ([], 1)


# ---- the page ------------------------------------------------------------------------------------------------------


def test_the_desk_is_in_the_bar_of_those_who_sit_at_one(city: City) -> None:
    for role in (Role.DISPATCHER, Role.COMMUNITY, Role.CHECKER):
        page = a_client(a_user(role)).get("/desk/")
        assert page.status_code == 200
        assert 'href="/desk/"' in page.content.decode()
    leader = a_client(a_user(Role.LEADER)).get("/desk/")
    assert leader.status_code == 403
    assert 'href="/desk/"' not in leader.content.decode()
    assert Client().get("/desk/").status_code == 302


def test_an_extension_asked_for_is_granted_once(city: City) -> None:
    seat = a_person(Role.COMMUNITY, territory=city.community(0, 0))
    case = a_dispatched(city, 0)
    now = timezone.now()
    CaseClock.objects.filter(case=case).update(due_at=now + dt.timedelta(hours=9), amber_at=now)
    Case.objects.filter(pk=case.pk).update(due_at=now + dt.timedelta(hours=9), amber_at=now)
    holding.ask_extension(case, by=seat, at=timezone.now(), note="雨天")
    head = a_client(a_user(Role.SHIFT_HEAD))
    for _ in range(2):
        assert do(head, case, "grant_extension").status_code == 200
    assert Case.objects.get().extensions == 1
