"""What the database keeps of history, even against those who go round the one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cases import standing
from cases.dispatch import dispatch
from cases.holding import ask_extension
from cases.models import Case, CaseEvent
from cases.workflow import Act, Stage
from spatial.postgis import run
from tests.cases.makers import NOON, a_case
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def behind_the_door(*works: Callable[[], Any]) -> None:
    """Write round `cases.moves`, up to what a commit would check."""
    with transaction.atomic():
        for work in works:
            work()
        check_now()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_caseevent SET note = 'changed'",
        "DELETE FROM cases_caseevent",
        "UPDATE cases_caseevent SET at = at + interval '1 day'",
    ],
)
def test_history_refuses_change(statement: str) -> None:
    case = a_case()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [line.act for line in case.history.all()] == ["report", "file"]


def test_history_refuses_to_be_emptied() -> None:
    a_case()
    check_now()
    with connection.cursor() as cursor:
        # Asleep in tests (see tests/conftest.py): waken it as it is in life.
        cursor.execute("ALTER TABLE cases_caseevent ENABLE TRIGGER history_is_not_emptied")
    with pytest.raises(DatabaseError, match="TRUNCATE refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE cases_caseevent CASCADE")
    assert CaseEvent.objects.count() == 2


def test_a_stage_is_not_changed_behind_the_door() -> None:
    case = a_case()
    check_now()
    with pytest.raises(IntegrityError, match="history ends at"):
        behind_the_door(lambda: Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED, due_at=None))
    case.refresh_from_db()
    assert case.stage == Stage.FILED


def test_a_line_of_history_does_not_stand_without_its_stage() -> None:
    case = a_case()
    check_now()
    line = CaseEvent(case=case, act=Act.DISPATCH, from_stage="filed", to_stage="dispatched", at=NOON)
    with pytest.raises(IntegrityError, match="history ends at"):
        behind_the_door(line.save)


def test_a_line_begins_where_the_one_before_ended() -> None:
    case = a_case()
    check_now()
    line = CaseEvent(case=case, act=Act.CLOSE, from_stage="handled", to_stage="closed", at=NOON)
    with pytest.raises(IntegrityError, match="is broken"):
        behind_the_door(line.save, lambda: Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED, due_at=None))


def test_a_case_without_history_does_not_stand() -> None:
    case = Case(number="X1", source_id="hotline", reported_at=NOON)
    with pytest.raises(IntegrityError, match='history ends at ""'):
        behind_the_door(case.save)


@pytest.mark.parametrize(
    "change", [{"extensions": 1}, {"hold_until": NOON}, {"asked": "void"}, {"on_spot": True}, {"true": True}]
)
def test_how_a_case_stands_is_not_changed_without_a_line(change: dict[str, Any]) -> None:
    case = dispatch(a_case(), by=None, at=NOON)
    check_now()
    # All of a test is one transaction, and a line of it would speak for the change: these are of an earlier one.
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE cases_caseevent SET written_at = written_at - interval '1 hour'")
        cursor.execute("SET session_replication_role = origin")
    with pytest.raises(IntegrityError, match="no line of its history"):
        behind_the_door(lambda: Case.objects.filter(pk=case.pk).update(**change))
    behind_the_door(lambda: ask_extension(case, by=None, at=NOON, note="r"))
    assert Case.objects.get(pk=case.pk).asked == "extension"


def test_every_field_of_the_standing_is_watched() -> None:
    guard = run.statement("cases", "standing_guard_v4")
    for name in standing.NAMES:
        assert f"OLD.{name}" in guard.replace('"', ""), name
        assert f"NEW.{name}" in guard.replace('"', ""), name
