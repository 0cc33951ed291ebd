"""The calls that an operator took last: his own, the latest first, and which of them he joined."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import callers
from cases.callers import Told
from cases.calls import latest_calls
from cells.models import Role
from tests.cases.makers import NOON, a_case, a_user
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(4, 2)


def test_calls_are_ones_own_and_the_latest_stands_first() -> None:
    me, other = a_user(Role.OPERATOR), a_user(Role.OPERATOR)
    first = a_case(by=me, caller_name="李先生")
    a_case(by=other, caller_name="王女士", words="别的")
    second = a_case(by=me, caller_anonymous=True, words="路灯不亮")
    found = latest_calls(by=me)
    assert [(call.case.number, call.joined) for call in found] == [(second.number, False), (first.number, False)]
    assert found[1].at == NOON


def test_a_case_of_another_that_was_joined_is_a_call_too() -> None:
    me, other = a_user(Role.OPERATOR), a_user(Role.OPERATOR)
    case = a_case(by=other, caller_name="王女士")
    later = NOON + dt.timedelta(minutes=5)
    callers.join(case, caller=Told(name="李先生"), by=me, at=later)
    (call,) = latest_calls(by=me)
    assert (call.case.pk, call.joined, call.at) == (case.pk, True, later)
    assert [call.joined for call in latest_calls(by=other)] == [False]


def test_a_case_without_a_caller_is_no_call() -> None:
    me = a_user(Role.OPERATOR)
    a_case(by=me)
    assert latest_calls(by=me) == []


def test_no_more_are_listed_than_asked_and_by_one_query_of_them() -> None:
    me = a_user(Role.OPERATOR)
    numbers = [a_case(by=me, caller_anonymous=True, words=f"坑{n}").number for n in range(12)]
    with CaptureQueriesContext(connection) as asked:
        listed = [
            (call.case.number, call.case.owner.code, str(call.case.catalogue_class)) for call in latest_calls(by=me)
        ]
    assert len(asked) == 2  # his territory, and the list
    assert [number for number, *_ in listed] == numbers[:1:-1]
    assert len(latest_calls(by=me, limit=3)) == 3
