"""Answering: whoever told of a case is told how it ended, once, in the transaction that ends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cases import answering, callers, checking, handling, verifying, voiding
from cases.callers import Told
from cases.dispatch import dispatch
from cases.errors import CaseError, NotYours
from cases.models import Case, Outgoing
from cases.workflow import StepRefused
from cells.models import Role
from tests.cases.makers import NOON, a_case, a_user
from tests.makers import a_city

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _city() -> None:
    a_city(at=NOON - dt.timedelta(days=1))


def told_of(case: Case, *telephones: str) -> list[Any]:
    """Callers of a case by their telephones; one without is anonymous."""
    return [
        callers.join(case, caller=Told(telephone=number, is_anonymous=not number), by=None, at=NOON)
        for number in telephones
    ]


def checked(case: Case) -> Case:
    case = handling.handle(dispatch(case, by=None, at=NOON), by=None, at=NOON)
    case = checking.ask_check(case, by=None, at=NOON)
    return checking.pass_check(case, by=a_user(Role.CHECKER), at=NOON)


def test_closing_answers_every_caller_once_with_the_note() -> None:
    case = a_case()
    first, second, nameless = told_of(case, "13800000001", "13800000002", "")
    operator = a_user(Role.OPERATOR)
    checking.close(checked(case), by=operator, at=LATER, note="路面已修复")
    posted = Outgoing.objects.order_by("pk")
    assert [(m.key, m.kind, m.to) for m in posted] == [
        (f"answer/{case.number}/{first.pk}", "phone", "13800000001"),
        (f"answer/{case.number}/{second.pk}", "phone", "13800000002"),
        (f"answer/{case.number}/{nameless.pk}", "console", ""),
    ]
    assert {m.body.splitlines()[-1] for m in posted} == {"路面已修复"}
    assert case.number in posted[0].body
    for caller in (first, second, nameless):
        caller.refresh_from_db()
        assert (caller.answered_at, caller.answered_by) == (LATER, operator)


def test_a_refused_closing_answers_nobody() -> None:
    case = a_case()
    told_of(case, "13800000001")
    with pytest.raises(StepRefused):
        checking.close(case, by=a_user(Role.OPERATOR), at=LATER)
    assert not Outgoing.objects.exists()
    assert case.callers.get().answered_at is None


def test_a_case_that_is_reopened_answers_again_when_it_ends_again() -> None:
    case = a_case()
    (caller,) = told_of(case, "13800000001")
    done = checking.close(checked(case), by=None, at=NOON)
    done = checking.reopen(done, by=a_user(Role.OPERATOR), at=NOON, note="没有修好")
    checking.close(checked(done), by=None, at=LATER)
    keys = set(Outgoing.objects.values_list("key", flat=True))
    assert keys == {f"answer/{case.number}/{caller.pk}", f"answer/{case.number}/{caller.pk}/1"}


def test_who_is_not_accepted_is_told_why() -> None:
    collector = a_user(Role.COLLECTOR)
    case = a_case(by=collector)
    told_of(case, "13800000001")
    verifying.decline(case, by=a_user(Role.OPERATOR), at=LATER, note="属于物业")
    assert Outgoing.objects.get().body.endswith("属于物业")


def test_callers_of_a_void_case_wait_until_somebody_answers_them() -> None:
    case = a_case()
    told_of(case, "13800000001")
    proposed = voiding.propose_void(case, by=None, at=NOON, note="重复")
    with pytest.raises(CaseError, match="has not ended"):
        answering.answer_waiting(proposed, by=None, at=NOON)
    void = voiding.confirm_void(proposed, by=a_user(Role.SHIFT_HEAD), at=NOON)
    assert not Outgoing.objects.exists()
    with pytest.raises(NotYours):
        answering.answer_waiting(void, by=a_user(Role.LEADER), at=LATER)
    answering.answer_waiting(void, by=a_user(Role.OPERATOR), at=LATER, note="已并入另一案件")
    assert Outgoing.objects.get().body.endswith("已并入另一案件")
    with pytest.raises(CaseError, match="answered already"):
        answering.answer_waiting(void, by=a_user(Role.OPERATOR), at=LATER)
    assert Outgoing.objects.count() == 1
