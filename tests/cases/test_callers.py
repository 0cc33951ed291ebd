"""Callers: kept apart from the case, joined to it once, shown to few, and every look written down."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cases import callers, intake
from cases.callers import Told
from cases.demo.callers import make_callers
from cases.errors import BadReport, CaseClosed, NotYours
from cases.models import Caller, CallerLook, Case
from cells.models import Role
from tests.cases.makers import NOON, a_case, a_report, a_user, middle_of, voided
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


def wang(**given: Any) -> Told:
    return Told(**{"name": "王女士", "telephone": "138 0000 0000", **given})


def test_the_first_caller_is_kept_apart_from_the_case() -> None:
    operator = a_user(Role.OPERATOR)
    case = a_case(by=operator, caller_name=" 李先生 ", caller_telephone="０３７１-1234 5678")
    caller = case.callers.get()
    assert (caller.name, caller.telephone, caller.words) == ("李先生", "037112345678", "")
    assert (caller.joined_at, caller.taken_by, caller.source_id) == (NOON, operator, "hotline")
    assert caller.answered_at is None
    assert "李先生" not in str(vars(Case.objects.get(pk=case.pk)))
    assert "李先生" not in str(caller)


def test_a_report_without_a_caller_has_none() -> None:
    assert a_case(source="patrol").callers.count() == 0


def test_a_resent_report_has_its_caller_once() -> None:
    for _ in range(2):
        case = a_case(idempotency_key="k1", caller_name="李先生")
    assert case.callers.count() == 1


def test_a_second_caller_joins_and_the_stage_stays() -> None:
    operator = a_user(Role.OPERATOR)
    case = a_case(caller_name="李先生")
    lines = case.history.count()
    joined = callers.join(case, caller=wang(words="我家门口也是"), by=operator, at=NOON)
    assert [c.name for c in callers.callers_of(case, by=operator, at=NOON)] == ["李先生", "王女士"]
    assert (joined.words, joined.telephone, joined.taken_by) == ("我家门口也是", "13800000000", operator)
    assert Case.objects.get(pk=case.pk).stage == case.stage
    assert case.history.count() == lines


def test_the_same_key_joins_once_and_another_caller_needs_another() -> None:
    case = a_case()
    first = callers.join(case, caller=wang(idempotency_key="k"), by=None, at=NOON)
    assert callers.join(case, caller=wang(idempotency_key="k"), by=None, at=NOON) == first
    with pytest.raises(BadReport, match="another caller") as refused:
        callers.join(case, caller=wang(name="赵女士", idempotency_key="k"), by=None, at=NOON)
    assert refused.value.where["field"] == "key"
    other = a_case(words="another")
    with pytest.raises(BadReport, match="another caller"):
        callers.join(other, caller=wang(idempotency_key="k"), by=None, at=NOON)
    assert Caller.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_caller() -> None:
    case, made = a_case(), []
    start = threading.Barrier(4)

    def click() -> None:
        start.wait()
        try:
            made.append(callers.join(case, caller=wang(idempotency_key="k"), by=None, at=NOON).pk)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert len(made) == 4
    assert {Caller.objects.get().pk} == set(made)


@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_closed_meanwhile_is_not_joined() -> None:
    """The caller comes while another closes the case: he waits for that, and is told."""
    case, came, said = a_case(), threading.Event(), []

    def call() -> None:
        came.set()
        try:
            said.append(callers.join(case, caller=wang(), by=None, at=NOON))
        except CaseClosed as refused:
            said.append(refused)
        finally:
            connection.close()

    caller = threading.Thread(target=call)
    with transaction.atomic():
        voided(case)
        caller.start()
        came.wait()
        caller.join(0.5)
        assert caller.is_alive(), "he did not wait"
    caller.join()
    assert isinstance(said[0], CaseClosed)
    assert Caller.objects.count() == 0


def test_a_closed_case_is_not_joined_and_the_words_say_what_to_do() -> None:
    case = a_case()
    voided(case)
    # The case in hand is old: it says “filed” still.
    with pytest.raises(CaseClosed, match="is void") as refused:
        callers.join(case, caller=wang(), by=None, at=NOON)
    assert "case of its own" in refused.value.hint
    assert "reopened" in refused.value.hint
    assert (refused.value.where["number"], Caller.objects.count()) == (case.number, 0)


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"name": "", "telephone": ""}, "name", "Nothing is said"),
        ({"name": " ", "telephone": "　"}, "name", "Nothing is said"),
        ({"is_anonymous": True}, "anonymous", "anonymous"),
        ({"name": "王" * 61}, "name", "61 characters"),
        ({"words": "字" * 4001}, "words", "4001 characters"),
        ({"idempotency_key": "k" * 65}, "idempotency_key", "65 characters"),
        ({"telephone": "12"}, "telephone", "not a number"),
        ({"telephone": "call me"}, "telephone", "not a number"),
        ({"telephone": "1" * 21}, "telephone", "not a number"),
        ({"name": "a\x00b"}, "name", "control characters"),
        ({"source": "telepathy"}, "source", "not a source"),
    ],
)
def test_a_caller_who_is_not_written_as_he_must_be_is_refused(given: dict[str, Any], field: str, said: str) -> None:
    case = a_case()
    with pytest.raises(BadReport, match=said) as refused:
        callers.join(case, caller=wang(**given), by=None, at=NOON)
    assert refused.value.where["field"] == field
    assert Caller.objects.count() == 0


def test_a_report_with_a_bad_caller_leaves_nothing() -> None:
    with pytest.raises(BadReport, match="not a number"):
        intake.receive(a_report(caller_telephone="none"), by=None, at=NOON)
    assert (Case.objects.count(), Caller.objects.count()) == (0, 0)


def test_an_anonymous_caller_stays_anonymous_in_the_database_too() -> None:
    case = a_case(caller_anonymous=True)
    caller = case.callers.get()
    assert (caller.is_anonymous, caller.name, caller.telephone) == (True, "", "")
    with pytest.raises(IntegrityError, match="anonymous_callers_stay_anonymous"), transaction.atomic():
        Caller.objects.filter(pk=caller.pk).update(name="李先生")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DISPATCHER])
def test_every_look_is_written_down(role: str) -> None:
    case, person = a_case(caller_name="李先生"), a_user(role)
    for _ in range(2):
        assert len(callers.callers_of(case, by=person, at=NOON)) == 1
    assert list(CallerLook.objects.values_list("case", "by", "at")) == [(case.pk, person.pk, NOON)] * 2


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.OFFICER, Role.PLANNER, Role.LEADER, Role.ADMINISTRATOR, None])
def test_others_neither_see_callers_nor_add_one(role: str | None) -> None:
    case, person = a_case(caller_name="李先生"), a_user(role)
    assert not callers.may_see(case, by=person)
    with pytest.raises(NotYours, match="Callers are known only") as refused:
        callers.callers_of(case, by=person, at=NOON)
    assert "operator" in refused.value.hint
    with pytest.raises(NotYours):
        callers.join(case, caller=wang(), by=person, at=NOON)
    assert (CallerLook.objects.count(), case.callers.count()) == (0, 1)


def test_an_operator_of_one_community_sees_the_callers_of_that_one_alone() -> None:
    here = a_case(caller_name="李先生")
    owners = {a_case(lon=x, lat=y, crs="CITY").owner for x, y in map(middle_of, range(32))}
    [elsewhere, *_] = sorted(owners - {here.owner}, key=lambda grid: grid.code)
    operator = a_user(Role.OPERATOR, territory=here.owner)
    assert callers.may_see(here, by=operator)
    stranger = a_user(Role.OPERATOR, territory=elsewhere)
    with pytest.raises(NotYours, match="outside the territory"):
        callers.callers_of(here, by=stranger, at=NOON)


def test_the_demo_city_has_callers_where_people_call_and_closed_cases_are_answered() -> None:
    operator = a_user(Role.OPERATOR)
    told = [a_case(words=f"{n}") for n in range(60)]
    a_case(source="patrol")
    for case in told[:30]:
        voided(case, at=NOON + dt.timedelta(hours=20))
    now = NOON + dt.timedelta(days=3)
    made = make_callers([operator.pk], now=now, seed=1)
    found = list(Caller.objects.order_by("pk"))
    assert {c.case_id for c in found} == {case.pk for case in told}
    assert 60 < made == len(found) < 80, "nobody, or nearly everybody, joined"
    assert 0 < sum(c.is_anonymous for c in found) < 20
    assert all(bool(c.name and c.telephone) is not c.is_anonymous for c in found)
    closed = {case.pk for case in told[:30]}
    assert all((c.answered_at is not None) is (c.case_id in closed) for c in found)
    assert all(c.joined_at < c.answered_at <= now for c in found if c.answered_at)
    said = list(Caller.objects.order_by("pk").values_list("case", "name", "telephone", "joined_at"))
    Caller.objects.all().delete()
    make_callers([operator.pk], now=now, seed=1)
    assert list(Caller.objects.order_by("pk").values_list("case", "name", "telephone", "joined_at")) == said
