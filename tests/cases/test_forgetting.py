"""Forgetting callers: after its days nobody can tell who told of a case, and nothing else is touched."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps

from cases import callers
from cases.callers import Told
from cases.forgetting import forget_callers
from cases.models import Caller, Outgoing
from tests.cases.hook_desk import a_message, a_rule
from tests.cases.makers import NOON, a_case, closed, voided
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)
    a_rule("callers_kept_days", 30)


def everything() -> dict[tuple[str, int], dict[str, Any]]:
    """Every row of every table of the cases, by table and number."""
    return {
        (model.__name__, row[model._meta.pk.attname]): row
        for model in apps.get_app_config("cases").get_models()
        for row in model.objects.values()
    }


def test_only_names_and_telephones_of_callers_of_cases_long_closed_are_forgotten() -> None:
    """Closed on the second day, kept for 30: a whole day short of it nothing happens, at its end all does."""
    old = a_case(caller_name="李先生", caller_telephone="13800000001")
    second = callers.join(old, caller=Told(name="王女士", words="我家门口也是"), by=None, at=NOON)
    anonymous = callers.join(old, caller=Told(is_anonymous=True, words="不说名字"), by=None, at=NOON)
    closed(old, at=NOON + DAY)
    still_open = a_case(caller_name="赵先生", caller_telephone="13800000002", idempotency_key="open")
    first = old.callers.get(name="李先生")
    before = everything()
    assert forget_callers(at=NOON + 31 * DAY - dt.timedelta(microseconds=1)) == 0
    assert everything() == before
    assert forget_callers(at=NOON + 31 * DAY) == 2
    expected = {**before}
    for caller in (first, second):
        expected["Caller", caller.pk] = {**before["Caller", caller.pk], "name": "", "telephone": ""}
    assert everything() == expected
    assert still_open.callers.get().name == "赵先生"
    assert Caller.objects.get(pk=anonymous.pk).is_anonymous
    assert forget_callers(at=NOON + 99 * DAY) == 0
    assert everything() == expected


def test_void_cases_have_ended_too() -> None:
    case = a_case(caller_name="李先生")
    voided(case)
    assert forget_callers(at=NOON + 30 * DAY) == 1


def test_messages_to_a_forgotten_caller_are_emptied_once_they_are_settled() -> None:
    caller = closed(a_case(caller_name="李先生", caller_telephone="13800000001"), at=NOON + DAY).callers.get()
    about = {"kind": "sms", "to": caller.telephone, "case": caller.case, "caller": caller}
    sent, under_way = (a_message(key, body="李先生，您好", **about) for key in ("sent", "under-way"))
    unit = a_message("unit", to="https://a", case=caller.case)
    Outgoing.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOON)
    assert forget_callers(at=NOON + 31 * DAY) == 1
    sent.refresh_from_db()
    assert (sent.to, sent.body, sent.key, sent.sent_at) == ("", "", "sent", NOON)
    under_way.refresh_from_db()
    assert under_way.to == caller.telephone  # it still has to find him
    Outgoing.objects.filter(pk=under_way.pk).update(state="dead")
    assert forget_callers(at=NOON + 31 * DAY) == 0
    under_way.refresh_from_db()
    assert (under_way.to, under_way.body) == ("", "")
    unit.refresh_from_db()
    assert unit.body


def test_more_callers_than_one_portion_are_all_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.forgetting._AT_ONCE", 2)
    case = a_case(caller_name="甲")
    for name in "乙丙丁":
        callers.join(case, caller=Told(name=name), by=None, at=NOON)
    voided(case)
    assert forget_callers(at=NOON + 30 * DAY) == 4
