"""Dispatching and returning: who may, in which territory, and two at once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from cases import moves
from cases.dispatch import dispatch, send_back
from cases.errors import AlreadyDone, BadReport, NoOwner, NotYours
from cases.models import Case, CaseEvent
from cases.workflow import Act, Side, Stage, StepRefused
from cells.models import Grid, Level, Role
from tests.cases.makers import NOON, a_case, a_user
from tests.cells.lattice_city import a_lattice_city

LATER = NOON + dt.timedelta(minutes=3)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """The results (or errors) of works done in threads that start together, each with its own connection."""
    start, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.mark.django_db
def test_a_filed_case_goes_to_its_community_and_into_its_queue() -> None:
    a_lattice_city(8, 4)
    case = dispatch(a_case(), by=a_user(Role.DISPATCHER), at=LATER, note="请处理")
    assert case.stage == Stage.DISPATCHED
    assert list(Case.objects.queue(case.owner)) == [case]
    last = case.history.last()
    assert (last.act, last.from_stage, last.to_stage, last.note) == ("dispatch", "filed", "dispatched", "请处理")
    assert last.owner == case.owner


@pytest.mark.django_db
def test_a_community_returns_what_is_not_its_own_with_a_reason() -> None:
    a_lattice_city(8, 4)
    case = dispatch(a_case(), by=None, at=NOON)
    officer = a_user(Role.COMMUNITY, territory=case.owner)
    with pytest.raises(BadReport):
        send_back(case, by=officer, at=LATER, note="  ")
    assert send_back(case, by=officer, at=LATER, note="not ours").stage == Stage.FILED


@pytest.mark.django_db
def test_only_the_right_role_in_the_right_territory_may_act() -> None:
    a_lattice_city(8, 4)
    case = a_case()
    for role in (Role.LEADER, Role.PLANNER, Role.ADMINISTRATOR, Role.COMMUNITY, None):
        with pytest.raises(NotYours):
            dispatch(case, by=a_user(role), at=NOON)
    case = dispatch(case, by=None, at=NOON)
    other = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=case.owner_id).first()
    with pytest.raises(NotYours, match="outside the territory"):
        send_back(case, by=a_user(Role.COMMUNITY, territory=other), at=LATER, note="no")
    town = Grid.objects.get(level=Level.TOWN, code=case.owner.code[:9])
    assert send_back(case, by=a_user(Role.COMMUNITY, territory=town), at=LATER, note="no").stage == Stage.FILED


@pytest.mark.django_db
def test_a_case_without_owner_is_not_dispatched() -> None:
    a_lattice_city(8, 4)
    case = a_case(lon=None, lat=None)
    with pytest.raises(NoOwner):
        dispatch(case, by=None, at=NOON)


@pytest.mark.django_db
def test_a_step_of_the_wrong_side_is_refused() -> None:
    a_lattice_city(8, 4)
    case = a_case()
    with pytest.raises(StepRefused):
        moves.move(case, Act.DISPATCH, by=None, side=Side.OWNER, at=NOON)
    with pytest.raises(StepRefused, match="not open while filed"):
        moves.move(case, Act.CLOSE, by=None, side=Side.SUPERVISION, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_two_dispatchers_at_once_one_wins_and_the_other_sees_who_and_when() -> None:
    a_lattice_city(8, 4)
    case = a_case()
    first, second = a_user(name="first"), a_user(name="second")
    results = at_once(*(lambda who=who: dispatch(case, by=who, at=LATER) for who in (first, second)))
    won = [r for r in results if isinstance(r, Case)]
    lost = [r for r in results if isinstance(r, AlreadyDone)]
    assert (len(won), len(lost)) == (1, 1), results
    line = CaseEvent.objects.get(case=case, act="dispatch")
    assert lost[0].where["by"] == str(line.by.person)
    assert lost[0].where["at"] == LATER.isoformat()


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_with_one_key_make_one_case() -> None:
    a_lattice_city(8, 4)
    results = at_once(*(lambda: a_case(idempotency_key="one") for _ in range(20)))
    assert {r.number for r in results} == {Case.objects.get().number}
    assert CaseEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_reports_at_once_get_numbers_without_twins_or_holes() -> None:
    a_lattice_city(8, 4)
    results = at_once(*(lambda n=n: [a_case(words=f"{n}-{k}").number for k in range(5)] for n in range(6)))
    numbers = sorted(number for some in results for number in some)
    assert numbers == [f"20260302{serial:05d}" for serial in range(1, 31)]
