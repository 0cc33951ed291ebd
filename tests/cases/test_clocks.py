"""When limits end: compared with a walk through the minutes, and the laws that clocks keep."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.clocks import Limit, Pause, Unit, due, elapsed, extended, remaining
from cases.workdays import CalendarEnds
from tests.cases.clock_worlds import MINUTE, World, minutes_of, pauses_in, worlds

# --- against the minutes ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=150)
@given(st.data(), worlds())
def test_a_limit_ends_where_a_walk_through_the_minutes_ends(data: st.DataObject, world: World) -> None:
    kind = data.draw(st.sampled_from([Unit.UH, Unit.UD, Unit.WH, *([] if world.whole_days else [Unit.WD])]))
    start = data.draw(st.integers(0, len(world.worked) - 1))
    minutes = data.draw(st.integers(1, 4000))
    pauses = data.draw(pauses_in(world))
    limit = minutes_of(minutes, kind, world)
    expected = world.due(start, minutes, kind, pauses)
    if expected is not None:
        assert due(world.at(start), limit, world.calendar, pauses) == expected
    elif kind in (Unit.WH, Unit.WD):
        with pytest.raises(CalendarEnds):
            due(world.at(start), limit, world.calendar, pauses)


@settings(deadline=None, max_examples=100)
@given(st.data(), worlds(0.0))
def test_whole_days_end_with_the_last_minute_of_the_nth_day(data: st.DataObject, world: World) -> None:
    start = data.draw(st.integers(0, len(world.worked) - 1))
    days = data.draw(st.integers(1, 6))
    pauses = data.draw(pauses_in(world))
    expected = world.due_after_days(start, days, pauses)
    if expected is None:
        with pytest.raises(CalendarEnds):
            due(world.at(start), Limit(days, Unit.WD), world.calendar, pauses)
    else:
        assert due(world.at(start), Limit(days, Unit.WD), world.calendar, pauses) == expected
        assert elapsed(world.at(start), expected, world.calendar, Unit.WD, pauses) == days


@settings(deadline=None, max_examples=100)
@given(st.data(), worlds(8.0), st.sampled_from(Unit))
def test_what_is_used_is_what_the_minutes_count(data: st.DataObject, world: World, kind: Unit) -> None:
    start, until = sorted(data.draw(st.tuples(*[st.integers(0, len(world.worked) - 1)] * 2)))
    pauses = data.draw(pauses_in(world))
    counted = world.elapsed(start, until, kind, pauses)
    used = elapsed(world.at(start), world.at(until), world.calendar, kind, pauses)
    if counted == 0:
        assert used == 0
    else:
        assert used == minutes_of(counted, kind, world).value


# --- laws ---------------------------------------------------------------------------------------------------------


@st.composite
def clocks_at_random(draw: st.DrawFn) -> tuple[World, dt.datetime, Unit, list[int], list[Pause]]:
    """A world, a start, a kind, three amounts whose sum the calendar still holds (in its own steps), and pauses."""
    world = draw(worlds())
    start = draw(st.integers(0, len(world.worked) // 3))
    kind = draw(st.sampled_from(Unit))
    whole = kind == Unit.WD and world.whole_days
    amounts = draw(st.lists(st.integers(1, 3 if whole else 1200), min_size=3, max_size=3))
    pauses = draw(pauses_in(world))
    found = (world.due_after_days(start, sum(amounts), pauses) if whole
             else world.due(start, sum(amounts), kind, pauses))  # fmt: skip
    assume(found is not None)
    return world, world.at(start), kind, amounts, pauses


def limit_of(world: World, kind: Unit, amount: int) -> Limit:
    return Limit(amount, kind) if kind == Unit.WD and world.whole_days else minutes_of(amount, kind, world)


@settings(deadline=None, max_examples=100)
@given(clocks_at_random())
def test_limits_add_up_in_any_grouping(given: tuple[World, dt.datetime, Unit, list[int], list[Pause]]) -> None:
    world, start, kind, (a, b, c), pauses = given

    def after(begin: dt.datetime, amount: int) -> dt.datetime:
        return due(begin, limit_of(world, kind, amount), world.calendar, pauses)

    at_once = after(start, a + b + c)
    assert after(after(after(start, a), b), c) == at_once
    assert after(after(start, a), b + c) == at_once
    assert after(after(start, a + b), c) == at_once


@settings(deadline=None, max_examples=100)
@given(clocks_at_random(), st.integers(0, 2000))
def test_more_time_ends_later_and_a_later_start_never_earlier(
    given: tuple[World, dt.datetime, Unit, list[int], list[Pause]], later: int
) -> None:
    world, start, kind, (a, b, _), pauses = given
    ends = due(start, limit_of(world, kind, a), world.calendar, pauses)
    assert start < ends < due(start, limit_of(world, kind, a + b), world.calendar, pauses)
    # A pause more moves an end, if at all, to later.
    assert due(start, limit_of(world, kind, a), world.calendar, pauses[1:]) <= ends
    moved = start + later * MINUTE
    if world.calendar.last > moved.date() + dt.timedelta(days=1):
        try:
            assert ends <= due(moved, limit_of(world, kind, a), world.calendar, pauses)
        except CalendarEnds:
            assert kind in (Unit.WH, Unit.WD)


@settings(deadline=None, max_examples=100)
@given(clocks_at_random())
def test_the_end_and_what_is_used_are_inverse(given: tuple[World, dt.datetime, Unit, list[int], list[Pause]]) -> None:
    world, start, kind, (a, _, _), pauses = given
    limit = limit_of(world, kind, a)
    ends = due(start, limit, world.calendar, pauses)
    used = elapsed(start, ends, world.calendar, kind, pauses)
    assert used == limit.value
    assert due(start, Limit(used, kind), world.calendar, pauses) == ends
    assert elapsed(start, ends - MINUTE, world.calendar, kind, pauses) < used
    assert remaining(start, ends, limit, world.calendar, pauses) == 0


@settings(deadline=None, max_examples=100)
@given(clocks_at_random())
def test_no_end_lies_in_time_that_is_not_worked_or_in_a_pause(
    given: tuple[World, dt.datetime, Unit, list[int], list[Pause]],
) -> None:
    world, start, kind, (a, _, _), pauses = given
    ends = due(start, limit_of(world, kind, a), world.calendar, pauses)
    minute = (ends - world.opens) // MINUTE - 1  # the end of a stretch is in it
    assert not world.paused(pauses)[minute]
    assert world.worked[minute] or kind in (Unit.UH, Unit.UD)


@settings(deadline=None, max_examples=60)
@given(clocks_at_random(), st.randoms(use_true_random=False))
def test_pauses_count_once_however_they_are_given(
    given: tuple[World, dt.datetime, Unit, list[int], list[Pause]], random: Random
) -> None:
    world, start, kind, (a, _, _), pauses = given
    limit = limit_of(world, kind, a)
    halves = [
        half
        for p in pauses
        for middle in [p.since + (p.until - p.since) // MINUTE // 2 * MINUTE]
        for half in (Pause(p.since, middle), Pause(middle, p.until))
    ]
    mixed = [*pauses, *halves]
    random.shuffle(mixed)
    assert due(start, limit, world.calendar, mixed) == due(start, limit, world.calendar, pauses)


@settings(deadline=None, max_examples=60)
@given(clocks_at_random())
def test_an_extension_adds_the_original_limit(given: tuple[World, dt.datetime, Unit, list[int], list[Pause]]) -> None:
    world, start, kind, (a, _, _), pauses = given
    limit = limit_of(world, kind, a)
    longer = extended(limit, 1, most=2)
    try:
        second = due(due(start, limit, world.calendar, pauses), limit, world.calendar, pauses)
    except CalendarEnds:
        with pytest.raises(CalendarEnds):
            due(start, longer, world.calendar, pauses)
    else:
        assert due(start, longer, world.calendar, pauses) == second
