"""What a superuser does behind the database's back is found, and the case is named."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cases import history
from cases.dispatch import dispatch
from cases.history import verify_history
from cases.models import Case, CaseEvent, HistorySeal
from cases.voiding import propose_void
from spatial.postgis import run
from spatial.postgis.bulk import copy_in
from tests.cases.makers import NOON, a_case
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


@pytest.fixture
def cases() -> list[Case]:
    """Three cases of three or four lines; the last line of the second changes no stage."""
    made = [dispatch(a_case(words=f"{n}"), by=None, at=NOON, note=f"n{n}") for n in range(3)]
    made[1] = propose_void(made[1], by=None, at=NOON, note="重复")
    _settle()
    return made


def _settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def behind(*statements: str, **values: Any) -> None:
    """Run statements as a superuser who has switched every trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


def lines(case: Case) -> list[CaseEvent]:
    return list(case.history.order_by("pk"))


def test_histories_that_nobody_touched_are_whole(cases: list[Case]) -> None:
    found = verify_history()
    assert (found.cases, found.events, found.broken, found.broken_cases) == (3, 10, 0, [])
    assert {s.case_id: s.lines for s in HistorySeal.objects.all()} == dict(
        zip([c.pk for c in cases], [3, 4, 3], strict=True)
    )


def test_a_digest_is_that_of_the_content_and_the_line_before(cases: list[Case]) -> None:
    """Made by hand: the canonical form is JSON as PostgreSQL writes it, so Python's own JSON says the same."""
    before = b""
    for line in lines(cases[1]):
        micro = [round(when.timestamp() * 1_000_000) for when in (line.at, line.written_at)]
        content = [line.pk, line.case_id, line.act, line.from_stage, line.to_stage, line.by_id, *micro, line.owner_id,
                   line.note, None, None, line.clocks, {}]  # fmt: skip
        before = hashlib.sha256(before + json.dumps(content, ensure_ascii=False).encode()).digest()
        assert bytes(line.digest) == before
    assert bytes(HistorySeal.objects.get(case=cases[1]).digest) == before


def _swap(case: Case) -> None:
    first, second = lines(case)[:2]
    columns = "act, from_stage, to_stage, by_id, at, written_at, owner_id, note, clocks, given, digest"
    qualified = ", ".join(f"o.{name.strip()}" for name in columns.split(","))
    behind(
        f"UPDATE cases_caseevent e SET ({columns}) = (SELECT {qualified} FROM cases_caseevent o "
        "WHERE o.id = CASE WHEN e.id = %(a)s THEN %(b)s ELSE %(a)s END) WHERE e.id IN (%(a)s, %(b)s)",
        a=first.pk, b=second.pk,
    )  # fmt: skip


TAMPERING: dict[str, tuple[Callable[[Case], None], str]] = {
    "a note is changed": (
        lambda case: behind("UPDATE cases_caseevent SET note = 'x' WHERE id = %(id)s", id=lines(case)[0].pk),
        "not as it was written",
    ),
    "a time is changed by a microsecond": (
        lambda case: behind(
            "UPDATE cases_caseevent SET at = at + interval '1 microsecond' WHERE id = %(id)s", id=lines(case)[-1].pk
        ),
        "not as it was written",
    ),
    "a line in the middle is deleted": (
        lambda case: behind("DELETE FROM cases_caseevent WHERE id = %(id)s", id=lines(case)[1].pk),
        "lines are missing",
    ),
    "the last line is deleted": (
        lambda case: behind("DELETE FROM cases_caseevent WHERE id = %(id)s", id=lines(case)[-1].pk),
        "lines are missing",
    ),
    "the last line is deleted and the count put right": (
        lambda case: behind(
            "DELETE FROM cases_caseevent WHERE id = %(id)s",
            "UPDATE cases_historyseal SET lines = lines - 1 WHERE case_id = %(case)s",
            id=lines(case)[-1].pk, case=case.pk,
        ),
        "not the one that was sealed",
    ),
    "a line is added at the end": (
        lambda case: behind(
            "INSERT INTO cases_caseevent (case_id, act, from_stage, to_stage, at, note) "
            "VALUES (%(case)s, 'return', 'dispatched', 'filed', now(), '')", case=case.pk,
        ),
        "lines were added",
    ),
    "two lines are swapped": (_swap, "not as it was written"),
    "the seal is deleted": (
        lambda case: behind("DELETE FROM cases_historyseal WHERE case_id = %(case)s", case=case.pk),
        "the seal is gone",
    ),
    "the stage is set without a line": (
        lambda case: behind("UPDATE cases_case SET stage = 'closed', due_at = NULL WHERE id = %(case)s", case=case.pk),
        "the stage is not that of the last line",
    ),
    "the whole history is deleted": (
        lambda case: behind("DELETE FROM cases_caseevent WHERE case_id = %(case)s", case=case.pk),
        "the history is gone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERING)
def test_tampering_breaks_one_case_and_it_is_named(cases: list[Case], tampering: str) -> None:
    deed, what = TAMPERING[tampering]
    deed(cases[1])
    found = verify_history()
    assert (found.broken, found.broken_cases) == (1, [cases[1].number])
    assert what in found.what[cases[1].number]


def test_a_case_that_is_taken_away_with_its_lines_leaves_its_seal(cases: list[Case]) -> None:
    behind(
        "DELETE FROM cases_caseevent WHERE case_id = %(case)s", "DELETE FROM cases_case WHERE id = %(case)s",
        case=cases[0].pk,
    )  # fmt: skip
    found = verify_history()
    assert (found.cases, found.broken_cases) == (2, [f"id {cases[0].pk}"])


def test_a_line_that_no_step_could_write_is_found_though_it_is_sealed(cases: list[Case]) -> None:
    """Written through the triggers by somebody who goes round the door: the chain holds, the step does not exist."""
    CaseEvent.objects.create(case=cases[2], act="close", from_stage="dispatched", to_stage="closed", at=NOON)
    Case.objects.filter(pk=cases[2].pk).update(stage="closed", due_at=None)
    _settle()
    assert verify_history().what == {cases[2].number: "a line is no step of the workflow"}


def test_whoever_makes_all_digests_anew_is_given_away_by_an_anchor_kept_elsewhere(cases: list[Case]) -> None:
    kept = verify_history()
    dispatch(a_case(words="later"), by=None, at=NOON)
    assert verify_history(up_to=kept.up_to).anchor == kept.anchor, "later lines change nothing before them"
    behind(
        "UPDATE cases_caseevent SET note = 'x' WHERE id = %(id)s",
        "UPDATE cases_caseevent SET digest = NULL WHERE case_id = %(case)s",
        "DELETE FROM cases_historyseal WHERE case_id = %(case)s",
        "SELECT cases_seal_unsealed(%(case)s, %(case)s + 1)",
        id=lines(cases[0])[0].pk, case=cases[0].pk,
    )  # fmt: skip
    found = verify_history(up_to=kept.up_to)
    assert found.broken == 0, "a chain that was made anew as a whole is a whole chain"
    assert found.anchor != kept.anchor


def test_the_same_is_found_in_blocks(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    behind("UPDATE cases_caseevent SET note = 'x'")
    whole = verify_history()
    monkeypatch.setattr(history, "CASES_AT_ONCE", 1)
    assert verify_history() == whole
    assert whole.broken_cases == [case.number for case in cases]


def test_the_command_says_it_in_json_and_by_its_exit(cases: list[Case]) -> None:
    out = io.StringIO()
    call_command("verify_history", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (said["cases"], said["events"], said["broken"]) == (3, 10, 0)
    call_command("verify_history", "--json", up_to=said["up_to"], anchor=said["anchor"], stdout=io.StringIO())
    behind("UPDATE cases_caseevent SET note = 'x' WHERE id = %(id)s", id=lines(cases[0])[0].pk)
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_history", "--json", stdout=out)
    assert ended.value.code == 1
    said = json.loads(out.getvalue())
    assert (said["broken"], said["broken_cases"]) == (1, [cases[0].number])


def test_lines_by_copy_are_sealed_like_any_others() -> None:
    made = [a_case(words=f"{n}") for n in range(4)]
    ids = [case.pk for case in made for _ in range(3)]
    acts = ["redo", "undo", "redo"] * 4  # no acts of the table: only the chain is looked at
    copy_in(
        CaseEvent,
        {"case_id": ids, "act": acts, "from_stage": "filed", "to_stage": "filed", "at": [NOON] * 12, "clocks": "{}",
         "given": "{}"},
    )  # fmt: skip
    assert set(verify_history().what.values()) == {"a line is no step of the workflow"}
    assert set(HistorySeal.objects.values_list("lines", flat=True)) == {5}


def test_histories_from_before_there_were_seals_get_theirs(cases: list[Case]) -> None:
    behind("UPDATE cases_caseevent SET digest = NULL, written_at = NULL", "DELETE FROM cases_historyseal")
    # A line that comes while they wait does not begin a chain of its own.
    dispatch(a_case(words="new"), by=None, at=NOON)
    propose_void(cases[0], by=None, at=NOON, note="r")
    _settle()
    assert CaseEvent.objects.filter(digest=None).count() == 11
    low, high = run.row("cases", "history_bounds_v1") or (0, 0)
    run.execute("cases", "history_fill_v1", {"first": low, "until": high + 1})
    assert verify_history().broken == 0
    assert CaseEvent.objects.filter(digest=None).count() == 0
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CaseEvent.objects.update(note="x")


@pytest.mark.parametrize("statement", ["UPDATE cases_historyseal SET lines = 9", "DELETE FROM cases_historyseal"])
def test_the_seals_are_the_databases_own(cases: list[Case], statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="by the database alone")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
