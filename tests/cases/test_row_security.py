"""PostgreSQL by itself keeps foreign cases from the roles of the web: asked in SQL, past every filter of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from cases import callers, intake, sight
from cases.dispatch import dispatch
from cases.double_report import report_up
from cases.models import Caller, CallerLook, Case, CaseEvent, Message
from cells.models import Grid, Level, Person, Posting, Role
from cells.territory import territory_of
from spatial import crs as reference
from spatial.postgis import roles, run, short
from tests.cases.ladder_desk import up
from tests.cases.makers import NOON, a_case, a_user
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@contextmanager
def working_as(user: Any) -> Iterator[None]:
    """The connection as a request of the user has it; None is nobody logged in."""
    pk = None if user is None else user.pk
    found = run.row("cases", "web_seat_v1", {"user": pk, "day": timezone.localdate()})
    assert found is not None
    role, grids, may_take = found
    assert may_take
    here = ",".join(map(str, grids or ()))
    roles.take(role, {"wanmi.reader": "" if pk is None else str(pk), "wanmi.grids": f"{{{here}}}"})
    try:
        yield
    finally:
        roles.give_back()


def asked(sql: str, *parameters: Any) -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=NOON - DAY)


def at_cell(city: City, column: int, *, by: Any = None, **given: Any) -> Case:
    lon, lat = city.metres(column, 0)
    return a_case(lon=lon, lat=lat, crs=reference.CITY, by=by, **given)


def the_people(city: City) -> list[Any]:
    """One of each role, seated where such people are seated: in the first community, above it, in the whole city."""
    here = city.community(0, 0)
    town = here.versions.get(until=None).parent
    people = [a_user(role) for role in Role.objects.values_list("pk", flat=True)]
    people += [a_user(role, territory=here) for role in (Role.COMMUNITY, Role.OFFICER, Role.SECONDED, Role.OPERATOR)]
    people += [a_user(Role.COMMUNITY, territory=town), a_user(None), a_user(Role.OFFICER)]
    posted = Grid.objects.get(code=f"{city.community(6, 0).code}-01")
    Posting.objects.create(person=people[-1].person, grid=posted, since=dt.date(2020, 1, 1))
    users = get_user_model().objects
    return [*people, users.create_superuser("root")]


def a_mixed_city(city: City, people: list[Any]) -> None:
    """Cases of every sort: here and there, gone up, worked on by people from elsewhere, reported or told of across."""
    seated_there = (p for p in people if getattr(p, "person", None) and p.person.territory_id)
    officer = next(p for p in seated_there if p.person.role_id == Role.OFFICER)
    for column in range(8):
        at_cell(city, column)
    at_cell(city, 7, by=officer)
    outside = at_cell(city, 6, words="无主")
    Case.objects.filter(pk=outside.pk).update(owner=None)
    foreign = [dispatch(at_cell(city, 5), by=None, at=NOON) for _ in range(5)]
    for case, name in zip(foreign, ("assignee", "handler", "checker", "asked_of"), strict=False):
        # Behind the guard's back: who stands there, however he came there, keeps the case in sight.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"UPDATE cases_case SET {name}_id = %s WHERE id = %s", [officer.pk, case.pk])
            cursor.execute("SET LOCAL session_replication_role = origin")
    letter = Message.objects.create(to=city.community(0, 0), kind=Message.Kind.CASES_WENT)
    letter.cases.add(foreign[4])
    mine = dispatch(at_cell(city, 0), by=None, at=NOON)
    report_up(mine, at=NOON, body="超出职责")
    seated = a_user(Role.COMMUNITY, territory=city.community(0, 0))
    up(mine, seated)


def test_everybody_sees_in_sql_exactly_what_the_query_layer_shows_him(city: City) -> None:
    people = the_people(city)
    a_mixed_city(city, people)
    sizes = set()
    for user in people:
        user = get_user_model().objects.get(pk=user.pk)
        may_see = set(sight.seen_by(user).values_list("pk", flat=True))
        assert set(Case.objects.in_territory_of(user).values_list("pk", flat=True)) <= may_see
        territory = territory_of(user)
        found = run.row("cases", "web_seat_v1", {"user": user.pk, "day": timezone.localdate()})
        assert found is not None
        assert (None if found[1] is None else sorted(found[1])) == (None if territory is None else sorted(territory))
        with working_as(user):
            assert asked("SELECT id FROM cases_case") == may_see, user
            assert asked("SELECT case_id FROM cases_caseevent") == may_see, user
            assert asked("SELECT case_id FROM cases_message_cases") <= may_see
        sizes.add(len(may_see))
    assert {0, Case.objects.count()} < sizes
    assert len(sizes) >= 5


def test_nobody_logged_in_sees_no_case(city: City) -> None:
    at_cell(city, 0)
    with working_as(None):
        assert asked("SELECT id FROM cases_case") == set()


def test_a_foreign_row_is_not_changed_and_nothing_is_written_to_it(city: City) -> None:
    mine, foreign = at_cell(city, 0), at_cell(city, 6)
    with working_as(a_user(Role.COMMUNITY, territory=city.community(0, 0))):
        for case, rows in ((mine, 1), (foreign, 0)):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE cases_case SET address = 'x' WHERE id = %s", [case.pk])
                assert cursor.rowcount == rows
                cursor.execute("DELETE FROM cases_casephoto WHERE case_id = %s", [foreign.pk])
                assert cursor.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            CallerLook.objects.create(case=foreign, at=NOON)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CaseEvent.objects.filter(case=mine).update(note="")


def test_what_somebody_finds_outside_his_territory_he_reports_and_keeps_in_sight(city: City) -> None:
    officer = a_user(Role.OFFICER, territory=city.community(0, 0))
    with working_as(officer):
        lon, lat = city.metres(6, 0)
        report = intake.Report(source="patrol", words="坑", lon=lon, lat=lat, crs=reference.CITY, idempotency_key="k")
        filed = intake.receive(report, by=officer, at=NOON)
        assert sight.case_seen(filed.number, officer) == filed
        assert intake.receive(report, by=officer, at=NOON) == filed
    assert filed.owner == city.community(6, 0)


def test_every_table_with_a_key_to_a_case_is_bound() -> None:
    """A new one: the migration that makes it ends with `run.statement("cases", "bind_rows_v1")`."""
    unbound = asked(
        """SELECT DISTINCT k.conrelid::regclass::text FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
           WHERE k.contype = 'f' AND 'cases_case'::regclass IN (k.confrelid, k.conrelid) AND (
               NOT t.relrowsecurity
               OR (SELECT count(*) FROM pg_policy p WHERE p.polrelid = t.oid
                   AND p.polname IN ('territory', 'whole_city')) <> 2)"""
    )
    assert unbound == set()


def test_who_called_is_readable_only_for_those_who_speak_with_callers(city: City) -> None:
    here = city.community(0, 0)
    at_cell(city, 0, caller_name="王小明", caller_telephone="13900001111")
    for user in (a_user(Role.COMMUNITY, territory=here), a_user(Role.LEADER), a_user(Role.CHECKER)):
        with working_as(user):
            assert Caller.objects.count() == 1
            for column in ("name", "telephone", "words"):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    asked(f"SELECT {column} FROM cases_caller")
    for user in (a_user(Role.OPERATOR), a_user(Role.SHIFT_HEAD), a_user(Role.OPERATOR, territory=here)):
        with working_as(user):
            assert asked("SELECT telephone FROM cases_caller") == {"13900001111"}


def test_a_look_at_callers_stays_as_it_was_written(city: City) -> None:
    operator, case = a_user(Role.OPERATOR), at_cell(city, 0, caller_name="王小明")
    callers.callers_of(case, by=operator, at=NOON)
    look = CallerLook.objects.get()
    for change in (lambda: CallerLook.objects.filter(pk=look.pk).update(at=NOON + DAY), look.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert CallerLook.objects.get().at == NOON


# ---- what it costs ---------------------------------------------------------------------------------------------------


def plan_of(sql: str, *, without: str = "") -> str:
    """The plan where tables are too large to be read through; `without` ways that small ones may seem to be cheaper."""
    with connection.cursor() as cursor:
        for way in ("seqscan", *without.split()):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_policy_asks_its_grids_once_and_of_a_case_by_its_key(city: City) -> None:
    with working_as(a_user(Role.COMMUNITY, territory=city.community(0, 0))):
        with transaction.atomic():
            due = "SELECT id FROM cases_case WHERE owner_id = 1 AND due_at IS NOT NULL"
            plan = plan_of(due, without="bitmapscan indexscan")
            transaction.set_rollback(True)
        # A hash, made once, and in no index' way; a call of the slow question only where the hash says no.
        assert "(hashed SubPlan 1) OR cases_web_sees(id)" in plan, plan
        assert "Index Only Scan using case_due" in plan, plan
        for table in ("cases_caller", "cases_ledgerentry", "cases_caseevent", "cases_message_cases"):
            plan = plan_of(f"SELECT id FROM {table}")
            assert "Index Scan using cases_case_pkey on cases_case seen" in plan, plan
            assert f"Index Cond: (id = {table}.case_id)" in plan, plan
    assert asked("SELECT proparallel::text FROM pg_proc WHERE proname ~ '^cases_web_(sees|grids|reader)$'") == {"s"}


def test_a_word_is_looked_for_by_its_index_and_only_what_may_be_seen_is_read(city: City) -> None:
    mine, foreign = (at_cell(city, column, words="路面塌陷") for column in (0, 6))
    reader = a_user(Role.COMMUNITY, territory=city.community(0, 0))
    plans: list[str] = []

    def explained(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and "regexp_replace" in sql:
            with context["connection"].connection.cursor() as raw:
                raw.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
                raw.execute("SELECT current_user")
                plans.append(str(raw.fetchone()))
                raw.execute(f"EXPLAIN (COSTS OFF) {sql}", parameters)
                plans.append("\n".join(line for (line,) in raw.fetchall()))
        return execute(sql, parameters, many, context)

    login = str((role_now(),))
    with working_as(reader), connection.execute_wrapper(explained):
        # A page that forgot to ask for the territory: more is chosen than is shown.
        chosen = Case.objects.with_words("塌陷").chosen("pk", most=5)
        assert chosen == [mine.pk, foreign.pk]
        assert list(Case.objects.filter(pk__in=chosen)) == [mine]
    assert plans[0] == login
    assert "Bitmap Index Scan on case_word_pairs" in plans[1], plans[1]
    assert "cases_web_sees" not in plans[1]


# ---- the role of a connection ---------------------------------------------------------------------------------------


def role_now() -> str:
    return str(asked("SELECT current_user").pop())


def test_a_role_outlives_a_rollback_and_is_lifted_only_inside(city: City) -> None:
    login = role_now()
    with working_as(a_user(Role.COMMUNITY, territory=city.community(0, 0))):
        web = role_now()
        assert web != login
        with pytest.raises(DatabaseError), transaction.atomic(), roles.as_owner():  # noqa: PT012
            assert role_now() == login
            asked("SELECT 1 / 0")
        assert role_now() == web
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            with roles.as_owner(), roles.as_owner():
                assert role_now() == login
            assert role_now() == web
            raise ZeroDivisionError
        assert role_now() == web
        with roles.as_owner(), transaction.atomic():
            pass
        assert role_now() == web
    assert role_now() == login


def test_a_role_taken_at_need_is_said_with_the_first_statement_that_shows_rows(city: City) -> None:
    case, login = at_cell(city, 0), role_now()
    give_back = roles.take("wanmi_nobody_has_this_role", {"wanmi.reader": ""}, at_need=True)
    assert short.texts("cells", "stamp_in_force_v1", {"now": timezone.now().isoformat()}), "what all may know"
    give_back()  # and none has to be taken off
    assert role_now() == login

    role = str(asked("SELECT cases_web_role('')").pop())
    give_back = roles.take(role, {"wanmi.reader": "", "wanmi.grids": "{}"}, at_need=True)
    assert not Case.objects.filter(pk=case.pk).exists(), "the first statement of its own is under the role"
    assert role_now() == role, "and there it stays"
    with roles.as_owner():
        assert Case.objects.filter(pk=case.pk).exists()
    give_back()
    assert role_now() == login
    assert Case.objects.filter(pk=case.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_connection_opened_anew_has_the_role_again(city: City) -> None:
    with working_as(a_user(Role.COMMUNITY, territory=city.community(0, 0))):
        web = role_now()
        connection.close()
        # Even where the first thing said on the new one is taken back.
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            assert role_now() == web
            raise ZeroDivisionError
        assert role_now() == web
        assert asked("SELECT cardinality(cases_web_grids())") != {0}
    assert Person.objects.exists()
    assert Grid.objects.filter(level=Level.CITY).exists()
