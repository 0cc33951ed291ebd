"""The live board: each case in the column of its clock, only those of the territory, page by page, from the indexes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import board, dispatch, handling, holding
from cases.board import Column, Wanted
from cases.models import Case, StageLimit
from cells.models import FilingCondition, Role
from tests.cases.makers import a_case, a_user
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
HOURS = {"red": 5, "amber": 9, "green": 40}  # limits by the clock of cases dispatched 8 hours ago


@pytest.fixture
def city() -> City:
    return a_city("4x4", community="2x2", at=timezone.now() - dt.timedelta(days=30))


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def dispatched(city: City, column: int, row: int, colour: str, now: dt.datetime) -> Case:
    """A case in a cell that shows a colour now."""
    FilingCondition.objects.all().delete()
    StageLimit.objects.filter(stage="handle").update(value=HOURS[colour], unit="UH")
    lon, lat = city.metres(column, row)
    at = now - dt.timedelta(hours=8)
    return dispatch.dispatch(a_case(at=at, lon=lon, lat=lat, crs="CITY"), by=None, at=at)


def a_client(role: str = Role.DISPATCHER, territory: Any = None) -> Client:
    client = Client()
    client.force_login(a_user(role, territory=territory))
    return client


def columns(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [c["number"] for c in column["cases"]] for name, column in answer["columns"].items()}


def test_each_case_stands_in_the_column_of_its_clock(city: City, now: dt.datetime) -> None:
    cases = {colour: dispatched(city, 0, 0, colour, now) for colour in HOURS}
    held = dispatched(city, 1, 1, "green", now)
    unit, head = a_user(Role.COMMUNITY, territory=held.owner), a_user(Role.SHIFT_HEAD)
    held = holding.ask_hold(held, by=unit, at=now, until=now + dt.timedelta(days=2), note="等")
    holding.grant_hold(held, by=head, at=now)
    done = handling.handle(dispatched(city, 0, 0, "red", now), by=None, at=now)
    answer = a_client().get("/api/board").json()
    assert columns(answer) == {
        "red": [cases["red"].number],
        "amber": [cases["amber"].number],
        # What is handled waits for its check: half an hour from now.
        "green": [done.number, cases["green"].number],
        "none": [held.number],
    }
    assert answer["counts"] == {"red": 1, "amber": 1, "green": 2, "none": 1}
    (red,) = answer["columns"]["red"]["cases"]
    assert red["due"] == pytest.approx((now - dt.timedelta(hours=3)).timestamp(), abs=1e-3)
    assert (red["owner"]["code"], red["column"]) == (cases["red"].owner.code, "red")
    # The next to turn is the check, after 24 minutes.
    assert answer["turns"] == pytest.approx((now + dt.timedelta(minutes=24)).timestamp(), abs=1e-3)


def test_nobody_sees_beyond_his_territory(city: City, now: dt.datetime) -> None:
    mine, other = dispatched(city, 0, 0, "red", now), dispatched(city, 3, 3, "red", now)
    town = city.community(0, 0).versions.get(until=None).parent
    community = a_client(Role.COMMUNITY, city.community(0, 0))
    for client in (community, a_client(Role.COMMUNITY, town)):
        answer = client.get("/api/board").json()
        assert (columns(answer)["red"], answer["counts"]["red"]) == ([mine.number], 1)
        # Neither by a filter nor by name.
        there = client.get("/api/board", {"grid": other.owner.code}).json()
        assert there["counts"] == {"red": 0, "amber": 0, "green": 0, "none": 0}
        assert client.get("/api/board", {"ids": f"{other.pk}"}).json()["cases"] == []
    assert a_client().get("/api/board").json()["counts"]["red"] == 2
    page = community.get("/board/").content.decode()
    assert mine.owner.code in page
    assert other.owner.code not in page
    assert a_client(None).get("/api/board").json()["counts"]["red"] == 0
    assert Client().get("/api/board").status_code == 401
    assert Client().get("/board/").status_code == 302


def test_filters_narrow_the_board(city: City, now: dt.datetime) -> None:
    one, two = dispatched(city, 0, 0, "red", now), dispatched(city, 3, 3, "red", now)
    handling.take_on(two, by=None, at=now)
    client = a_client()

    def found(**query: str) -> list[str]:
        return columns(client.get("/api/board", query).json())["red"]

    town = city.community(0, 0).versions.get(until=None).parent
    assert found(grid=one.owner.code) == found(grid=town.code) == [one.number]
    assert found(stage="handling") == [two.number]
    assert found(stage="handling,dispatched") == found(**{"class": "event-0103"}) == [one.number, two.number]
    assert found(**{"class": "event-0101"}) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"grid": "nowhere"}, "grid"),
        ({"stage": "closed"}, "stage"),
        ({"class": "x"}, "class"),
        ({"column": "blue"}, "column"),
        ({"column": "red", "after": "x-1"}, "after"),
        ({"ids": "1,x"}, "ids"),
        ({"limit": "0"}, "limit"),
    ],
)
def test_a_wrong_question_is_told_which_part_is_wrong(city: City, query: dict[str, str], field: str) -> None:
    answer = a_client().get("/api/board", query)
    assert (answer.status_code, answer.json()["where"]["field"]) == (400, field)


def test_pages_of_a_column_join_without_a_gap(city: City, now: dt.datetime) -> None:
    cases = [dispatched(city, n % 4, 0, "red", now) for n in range(7)]  # all due at the same moment
    client, seen = a_client(), []
    page = client.get("/api/board", {"column": "red", "limit": 3}).json()
    for _ in range(5):
        seen += [c["number"] for c in page["cases"]]
        if page["next"] is None:
            break
        page = client.get("/api/board", {"column": "red", "limit": 3, "after": page["next"]}).json()
    assert seen == [case.number for case in cases]


def test_a_change_is_fetched_by_its_id(city: City, now: dt.datetime) -> None:
    case = dispatched(city, 0, 0, "red", now)
    other = dispatched(city, 0, 0, "red", now)
    handling.handle(case, by=None, at=now)
    answer = a_client().get("/api/board", {"ids": f"{case.pk},999999999"}).json()
    assert [(c["number"], c["column"], c["stage"]) for c in answer["cases"]] == [(case.number, "green", "handled")]
    assert answer["counts"] == {"red": 1, "amber": 0, "green": 1, "none": 0}
    assert other.number not in str(answer["cases"])


def test_the_board_asks_the_same_few_questions_however_many_cases(city: City, now: dt.datetime) -> None:
    client = a_client()
    for colour in ("red", "amber"):
        dispatched(city, 0, 0, colour, now)
    client.get("/api/board")
    with CaptureQueriesContext(connection) as few:
        client.get("/api/board")
    for n in range(4):
        dispatched(city, n, 0, "amber", now)
    with CaptureQueriesContext(connection) as many:
        client.get("/api/board")
    assert len(few) == len(many)


def plans_of(cases: Any, which: Column, now: dt.datetime) -> str:
    """The plans by which the cases of a column are chosen and read."""
    with CaptureQueriesContext(connection) as seen:
        list(board.column_of(cases, which, at=now, most=25))
    plans = []
    with connection.cursor() as cursor:
        for query in seen.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"])
            plans += [line for (line,) in cursor.fetchall()]
    return "\n".join(plans)


def test_a_large_board_is_read_from_its_indexes(city: City, now: dt.datetime) -> None:
    """40,000 cases of which 1,600 are open, spread over the communities; triggers are off for filling them in."""
    owners = [city.community(column, row).pk for column in (0, 2) for row in (0, 2)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """INSERT INTO cases_case (number, source_id, stage, words, given_crs, address, reason, reported_at,
                                       source_label, owner_id, amber_at, due_at)
            SELECT 'X' || n, 'hotline', CASE WHEN n %% 25 = 0 THEN 'dispatched' ELSE 'closed' END, '', '', '', '{}',
                   %(now)s, '', (%(owners)s::bigint[])[1 + n %% 4],
                   CASE WHEN n %% 25 = 0 THEN %(now)s::timestamptz + (n - 20000) * interval '1 second' END,
                   CASE WHEN n %% 25 = 0 THEN %(now)s::timestamptz + (n - 10000) * interval '1 second' END
            FROM generate_series(1, 40000) n""",
            {"now": now, "owners": owners},
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE cases_case")
    whole = board.seen(None, Wanted())
    community = whole.in_territory(owners[:1])
    for colour in (Column.RED, Column.AMBER, Column.GREEN):
        for cases in (whole, community):
            plan = plans_of(cases, colour, now)
            assert "case_due" in plan, plan
            assert "Seq Scan on cases_case" not in plan, plan
    counted = board.counts(whole, at=now).of
    # By hand: due before now are n < 10,000, yellow before now n < 20,000.
    assert counted == {Column.RED: 399, Column.AMBER: 400, Column.GREEN: 801, Column.NONE: 0}
    assert "Seq Scan" not in whole.filter(due_at__isnull=False).order_by().values("due_at").explain()
    assert "case_without_end" in plans_of(whole, Column.NONE, now)
