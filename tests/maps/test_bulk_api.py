"""Many cases at once at the desk: whom they are proposed to and why, assigned by one act, and taken back by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import assigning, handling
from cases.history import verify_history
from cases.models import Case, CaseEvent, DoneOnce
from cells.models import DutyShift, Role, Team, TeamKind
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, a_dispatched, an_officer, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


@pytest.fixture
def seat(city: City) -> Any:
    return a_person(Role.COMMUNITY, territory=city.community(0, 0))


def assign(client: Client, *given: tuple[Case, Any], key: str = "k", **more: Any) -> Any:
    cases = [{"number": case.number, "person": user.pk, **more} for case, user in given]
    return client.post("/api/desk/assign", {"key": key, "cases": cases}, content_type="application/json")


def undo(client: Client, *, of: str = "k", key: str = "u") -> Any:
    return client.post("/api/desk/assign/undo", {"key": key, "of": of}, content_type="application/json")


def work_of(*cases: Case) -> list[Any]:
    return [Case.objects.get(pk=case.pk).assignee for case in cases]


def proposed(client: Client, *cases: Case) -> dict[str, list[int]]:
    told = client.get("/api/desk/people", {"numbers": ",".join(case.number for case in cases)}).json()
    return {one["number"]: [who["id"] for who in one["proposed"]] for one in told["cases"]}


def seen_at(user: Any, city: City, column: int, *, ago: dt.timedelta, case: Case) -> None:
    """A line of history that tells where a user's phone was."""
    CaseEvent.objects.create(
        case=case, act="note", from_stage=case.stage, to_stage=case.stage, by=user, at=timezone.now() - ago,
        owner_id=case.owner_id, place=city.point(column, 0),
    )  # fmt: skip


def test_many_cases_are_assigned_by_one_act_however_often_it_is_sent(city: City, seat: Any) -> None:
    officer, client = an_officer(city, 0, name="li"), a_client(seat)
    cases = [a_dispatched(city, n % 2) for n in range(5)]
    first, second = (assign(client, *((case, officer) for case in cases)) for _ in range(2))
    assert first.status_code == 200, first.content
    assert [one["number"] for one in first.json()["done"]] == [case.number for case in cases]
    assert second.json() == first.json() | {"again": True}
    assert work_of(*cases) == [officer] * 5
    assert [lines(case) for case in cases] == [["report", "file", "dispatch", "assign"]] * 5
    assert verify_history().broken == 0


def test_each_case_is_done_or_refused_with_words_and_the_others_go_on(city: City, seat: Any) -> None:
    officer, other = an_officer(city, 0, name="li"), an_officer(city, 4, name="elsewhere")
    good, handled, foreign, taken = (a_dispatched(city, column) for column in (0, 0, 4, 1))
    handling.handle(handled, by=None, at=timezone.now())
    assigning.assign(taken, person=officer, by=seat, at=timezone.now())
    client = a_client(seat)
    answer = assign(client, (good, officer), (handled, officer), (foreign, officer), (taken, officer)).json()
    assert [one["number"] for one in answer["done"]] == [good.number]
    refused = {one["number"]: one for one in answer["refused"]}
    assert [refused[case.number]["error"] for case in (handled, foreign, taken)] == [
        "step_refused", "refused", "already_done",
    ]  # fmt: skip
    assert all(one["sentence"] and one["detail"] for one in refused.values())
    assert lines(foreign) == ["report", "file", "dispatch"]
    stranger = assign(client, (good, other), key="k2").json()
    assert [one["error"] for one in stranger["refused"]] == ["not_yours"]
    assert work_of(good) == [officer]


def test_what_somebody_assigned_meanwhile_is_not_taken_from_him(city: City, seat: Any) -> None:
    first, second = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    case = a_dispatched(city, 0)
    assigning.assign(case, person=first, by=seat, at=timezone.now())
    answer = assign(a_client(seat), (case, second), was=None).json()
    assert [(one["error"], one["where"]["by"]) for one in answer["refused"]] == [("already_done", seat.username)]
    assert assign(a_client(seat), (case, second), key="k2", was=first.pk).json()["refused"] == []


def test_one_undo_gives_each_back_to_who_had_it(city: City, seat: Any) -> None:
    first, second = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    nobodys, firsts, helped, touched = (a_dispatched(city, n % 2) for n in range(4))
    assigning.assign(firsts, person=first, by=seat, at=timezone.now())
    assigning.ask_help(helped, by=seat, at=timezone.now(), note="缺人")
    client = a_client(seat)
    assert len(assign(client, *((c, second) for c in (nobodys, firsts, helped, touched))).json()["done"]) == 4
    handling.take_on(Case.objects.get(pk=touched.pk), by=second, at=timezone.now())
    one, again = undo(client), undo(client)
    assert one.status_code == 200, one.content
    assert {c["number"] for c in one.json()["done"]} == {c.number for c in (nobodys, firsts, helped)}
    assert [(c["number"], c["error"]) for c in one.json()["refused"]] == [(touched.number, "already_done")]
    assert again.json() == one.json() | {"again": True}
    assert work_of(nobodys, firsts, helped, touched) == [None, first, None, second]
    assert Case.objects.get(pk=helped.pk).wants_help
    assert (lines(nobodys)[-1], lines(firsts)[-1]) == ("unassign", "assign")
    # A second undo finds that all of it moved on.
    assert undo(client, key="u2").json()["done"] == []
    assert verify_history().broken == 0


def test_a_dozen_cases_are_assigned_and_taken_back_by_as_many_statements_as_three(city: City, seat: Any) -> None:
    officer, client = an_officer(city, 0, name="li"), a_client(seat)
    took = []
    for count in (1, 3, 12):
        cases = [a_dispatched(city, n % 2) for n in range(count)]
        with CaptureQueriesContext(connection) as seen:
            assert len(assign(client, *((case, officer) for case in cases), key=f"k{count}").json()["done"]) == count
            assert len(undo(client, of=f"k{count}", key=f"u{count}").json()["done"]) == count
        took.append(len(seen))
        assert work_of(*cases) == [None] * count
    assert took[1] == took[2], [query["sql"][:100] for query in seen.captured_queries]
    assert verify_history().broken == 0


def test_many_at_once_come_to_stand_as_one_by_one(city: City, seat: Any) -> None:
    """Stage, clocks, marks and the line of history, but for keys and moments of writing."""
    officer, at = an_officer(city, 0, name="li"), timezone.now()
    alone, *others = (a_dispatched(city, 0) for _ in range(3))
    assigning.assign(alone, person=officer, by=seat, at=at, note="快")
    wishes = [assigning.Wish(Case.objects.get(pk=case.pk), officer) for case in others]
    with transaction.atomic():
        done = assigning.assign_each(wishes, by=seat, at=at, note="快")
    assert [done[case.pk] for case in others] == others

    def stands(case: Case) -> tuple[Any, ...]:
        fields = {f.attname for f in Case._meta.concrete_fields} - {
            "id",
            "number",
            "reported_at",
            "idempotency_key",
            "place",
        }
        line = case.history.values(
            "act", "from_stage", "to_stage", "by", "at", "owner", "note", "clocks", "given"
        ).last()
        clocks = case.clocks.values("kind", "round", "part", "state", "due_at", "stopped_at", "pauses")
        return Case.objects.filter(pk=case.pk).values(*fields).get(), line, list(clocks)

    for case in others:
        assert stands(case) == stands(alone)


def test_nobody_takes_back_what_another_did(city: City, seat: Any) -> None:
    officer, case = an_officer(city, 0, name="li"), a_dispatched(city, 0)
    assign(a_client(seat), (case, officer))
    colleague = a_person(Role.COMMUNITY, territory=city.community(0, 0), username="colleague")
    refused = undo(a_client(colleague))
    assert (refused.status_code, refused.json()["where"]["field"]) == (400, "of")
    assert work_of(case) == [officer]


@pytest.mark.parametrize(
    "body",
    [
        {"cases": []}, {"cases": "all"}, {"cases": [{"number": "1"}]}, {"cases": [{"number": "1", "person": "li"}]},
        {"cases": [{"number": "1", "person": 1}] * 2}, {"cases": [{"number": str(n), "person": 1} for n in range(501)]},
        {"cases": [{"number": "1", "person": 1}], "key": ""}, {"cases": [{"number": "1", "person": 1}], "stage": "x"},
    ],
)  # fmt: skip
def test_a_mistaken_act_is_answered_with_words(city: City, seat: Any, body: dict[str, Any]) -> None:
    answer = a_client(seat).post("/api/desk/assign", {"key": "k", **body}, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]
    assert DoneOnce.objects.count() == 0


# ---- whom, and why -------------------------------------------------------------------------------------------------


def test_first_the_grids_own_then_on_duty_then_the_nearest_then_the_lightest_load(city: City, seat: Any) -> None:
    here = {name: an_officer(city, 0, name=name) for name in ("busy", "free", "near", "duty")}
    case, other = a_dispatched(city, 0), a_dispatched(city, 7)
    assigning.assign(a_dispatched(city, 1), person=here["busy"], by=seat, at=timezone.now())
    client = a_client(seat)

    def order() -> list[str]:
        told = client.get(f"/api/cases/{case.number}/acts").json()["acts"]
        return [p["name"] for p in next(one for one in told if one["act"] == "assign")["people"]]

    assert order() == ["free", "near", "duty", "busy", seat.username]
    seen_at(here["near"], city, 0, ago=dt.timedelta(minutes=12), case=other)
    seen_at(here["busy"], city, 7, ago=dt.timedelta(minutes=5), case=other)
    seen_at(here["free"], city, 0, ago=dt.timedelta(hours=30), case=other)  # too long ago to count
    assert order() == ["near", "busy", "free", "duty", seat.username]
    now = timezone.now()
    team = Team.objects.create(
        kind=TeamKind.objects.first(), name_zh="夜班", telephone="0371-1234567", base=city.point(0, 0),
        territory=city.community(0, 0),
    )  # fmt: skip
    until = now + dt.timedelta(hours=2)
    DutyShift.objects.create(
        team=team, person=here["duty"].person, starts_at=now - dt.timedelta(hours=1), ends_at=until
    )
    assert order() == ["duty", "near", "busy", "free", seat.username]
    told = {p["name"]: p for p in client.get("/api/desk/people", {"numbers": case.number}).json()["people"]}
    assert (told["near"]["seen_minutes"], told["free"]["seen_minutes"]) == (12, None)
    assert (told["duty"]["on_duty"], told["near"]["on_duty"]) == (True, False)
    first = client.get("/api/desk/people", {"numbers": case.number}).json()["cases"][0]["proposed"][1]
    assert first == {"id": here["near"].pk, "posted_here": True, "away_m": 0}


def test_of_many_cases_nobody_is_proposed_for_all(city: City, seat: Any) -> None:
    an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    cases = [a_dispatched(city, 0) for _ in range(4)]
    firsts = [listed[0] for listed in proposed(a_client(seat), *cases).values()]
    assert sorted(firsts.count(user) for user in set(firsts)) == [2, 2]


def test_a_hundred_cases_of_one_grid_cost_no_more_queries_than_three(
    city: City, seat: Any, django_assert_max_num_queries: Any
) -> None:
    an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    client = a_client(seat)
    few = [a_dispatched(city, 0) for _ in range(3)]
    with django_assert_max_num_queries(40) as asked:
        proposed(client, *few)
    many = [*few, *(a_dispatched(city, 1) for _ in range(9))]
    with django_assert_max_num_queries(len(asked)):
        assert len(proposed(client, *many)) == 12


def test_cases_of_a_foreign_territory_are_proposed_to_nobody(city: City, seat: Any) -> None:
    own, foreign = a_dispatched(city, 0), a_dispatched(city, 4)
    assert list(proposed(a_client(seat), own, foreign)) == [own.number]
