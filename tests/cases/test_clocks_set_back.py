"""A server's clock that lies behind the last line of a case: a little is no reason to refuse anybody's work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cases import assigning, checking, dispatch, handling
from cases.errors import CaseError
from cases.history import verify_history
from cases.models import Case, CaseClock
from cases.workflow import Stage
from cells.models import Role, Rule
from tests.cases.makers import NOON, a_case, a_user
from tests.makers import a_city

pytestmark = pytest.mark.django_db
MOMENT, HOUR = dt.timedelta(milliseconds=300), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def city() -> Any:
    return a_city("4x2", community="2x1", at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def moments(case: Case) -> list[dt.datetime]:
    return list(case.history.order_by("pk").values_list("at", flat=True))


@pytest.mark.parametrize("back", [MOMENT, HOUR])
def test_what_is_done_then_stands_at_the_moment_of_the_line_before(back: dt.timedelta) -> None:
    """Two machines, a clock set back by an hour, or somebody who waited for the row of the case."""
    case = dispatch.dispatch(a_case(at=NOON), by=None, at=NOON - back)
    case = handling.handle(case, by=None, at=NOON + HOUR)
    case = checking.ask_check(case, by=None, at=NOON + HOUR - back)
    case = checking.pass_check(case, by=a_user(Role.CHECKER), at=NOON + HOUR)
    case = checking.close(case, by=None, at=NOON + HOUR - back)
    assert case.stage == Stage.CLOSED
    assert case.closed_at == NOON + HOUR
    assert moments(case) == sorted(moments(case))
    assert set(moments(case)) == {NOON, NOON + HOUR}
    stopped = CaseClock.objects.filter(case=case).values_list("started_at", "stopped_at")
    assert all(begun <= ended for begun, ended in stopped)
    assert not verify_history().broken


def test_of_many_at_once_each_is_done_and_none_before_its_last_line() -> None:
    late, early = (dispatch.dispatch(a_case(at=at), by=None, at=at) for at in (NOON, NOON - 5 * HOUR))
    handler = a_user(Role.COMMUNITY, territory=late.owner)
    wishes = [assigning.Wish(case, handler) for case in (late, early)]
    told = assigning.assign_each(wishes, by=handler, at=NOON - MOMENT)
    assert [one.assignee for one in told.values()] == [handler, handler]
    assert [moments(case)[-1] for case in (late, early)] == [NOON, NOON]


def test_what_lies_further_back_is_a_wrong_time_and_refused_as_it_was() -> None:
    case = a_case(at=NOON)
    with pytest.raises(CaseError, match="lies before it"):
        dispatch.dispatch(case, by=None, at=NOON - 3 * HOUR)
    assert Case.objects.get(pk=case.pk).stage == Stage.FILED
    # A clock that ran a day ahead for an hour: the city lets its people go on.
    Rule.objects.filter(pk="clock_back_minutes").update(value=24 * 60)
    assert dispatch.dispatch(case, by=None, at=NOON - 3 * HOUR).stage == Stage.DISPATCHED
    assert moments(case)[-1] == NOON
