"""When limits end, by hand: the days around the Spring Festival of 2026, New York's changes of clocks, the edges."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest

from cases import clocks
from cases.clocks import Light, Limit, Part, Pause, Unit, due, due_each, elapsed, extended, marks, remaining, state
from cases.workdays import (
    BadShifts,
    CalendarEnds,
    ClockError,
    DayOff,
    DayOn,
    Shift,
    WorkCalendar,
    parse_shifts,
    work_calendar,
)
from cells.models import FilingCondition

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
OFFICE = {day: list(parse_shifts("08:00-12:00 14:00-18:00")) for day in range(1, 6)}


def spring(*, workday_hours: float = 8) -> WorkCalendar:
    """China in February and March 2026: off from 15 to 23 February; Saturdays 14 and 28 February are worked."""
    off = {dt.date(2026, 2, day): DayOff() for day in range(15, 24)}
    on = {dt.date(2026, 2, day): DayOn() for day in (14, 28)}
    return work_calendar(
        zone=SHANGHAI,
        week=OFFICE,
        special=off | on,
        first=dt.date(2026, 2, 1),
        last=dt.date(2026, 3, 31),
        workday_hours=workday_hours,
    )


def at(month: int, day: int, hour: int, minute: int = 0, *, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        # By the clock, over the holidays.
        (at(2, 17, 10), Limit(2, Unit.UH), at(2, 17, 12)),
        (at(2, 13, 23, 59), Limit(2, Unit.UD), at(2, 15, 23, 59)),
        # Within a morning; over lunch; the end of a stretch is in it.
        (at(2, 10, 9), Limit(2, Unit.WH), at(2, 10, 11)),
        (at(2, 10, 9), Limit(4, Unit.WH), at(2, 10, 15)),
        (at(2, 10, 9), Limit(3, Unit.WH), at(2, 10, 12)),
        # Over a night; from 23:59; at the end of the day.
        (at(2, 10, 17), Limit(2, Unit.WH), at(2, 11, 9)),
        (at(2, 10, 23, 59), Limit(1.5, Unit.WH), at(2, 11, 9, 30)),
        (at(2, 10, 18), Limit(1, Unit.WH), at(2, 11, 9)),
        # Friday afternoon: the make-up Saturday counts, the holidays do not.
        (at(2, 13, 16), Limit(1, Unit.WD), at(2, 14, 16)),
        (at(2, 14, 17), Limit(1, Unit.WD), at(2, 24, 17)),
        (at(2, 13, 16), Limit(3, Unit.WH), at(2, 14, 9)),
        (at(2, 14, 17), Limit(2, Unit.WH), at(2, 24, 9)),
        # Filed on a holiday; half a day; before work begins.
        (at(2, 17, 10), Limit(2, Unit.WH), at(2, 24, 10)),
        (at(2, 10, 7), Limit(0.5, Unit.WD), at(2, 10, 12)),
        # A usual weekend: Friday 6 March at 16:00 to Monday at 16:00.
        (at(3, 6, 16), Limit(1, Unit.WD), at(3, 9, 16)),
        # The second make-up Saturday, 28 February.
        (at(2, 27, 18), Limit(8, Unit.WH), at(2, 28, 18)),
    ],
)
def test_ends_by_hand(start: dt.datetime, limit: Limit, end: dt.datetime) -> None:
    assert due(start, limit, spring()) == end


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at(2, 10, 0), 1, at(2, 11, 18)),  # the day of filing does not count, even from its first minute
        (at(2, 10, 23, 59), 1, at(2, 11, 18)),
        (at(2, 13, 9), 1, at(2, 14, 18)),  # the make-up Saturday
        (at(2, 14, 9), 1, at(2, 24, 18)),  # over the holidays
        (at(2, 17, 10), 1, at(2, 24, 18)),  # filed on a holiday
        (at(3, 6, 9), 5, at(3, 13, 18)),
    ],
)
def test_whole_working_days_by_hand(start: dt.datetime, days: int, end: dt.datetime) -> None:
    assert due(start, Limit(days, Unit.WD), spring(workday_hours=0)) == end


def test_a_midnight_until_which_people_work_belongs_to_the_day_that_ends() -> None:
    late = {day: list(parse_shifts("14:00-24:00")) for day in range(1, 6)}
    first = dt.date(2026, 3, 1)
    calendar = work_calendar(zone=SHANGHAI, week=late, first=first, last=dt.date(2026, 3, 31), workday_hours=0)
    tuesday = due(at(3, 2, 15), Limit(1, Unit.WD), calendar)
    assert tuesday == at(3, 4, 0)
    assert due(tuesday, Limit(1, Unit.WD), calendar) == at(3, 5, 0) == due(at(3, 2, 15), Limit(2, Unit.WD), calendar)
    assert due(at(3, 4, 0, 1), Limit(1, Unit.WD), calendar) == at(3, 6, 0)


def test_a_pause_gives_back_its_working_time_and_of_whole_days_each_it_touches() -> None:
    # Held from Wednesday 4 March 17:00 to Thursday 09:00: two working hours, two days touched.
    held = [Pause(at(3, 4, 17), at(3, 5, 9))]
    assert due(at(3, 3, 9), Limit(2, Unit.WD), spring(), held) == at(3, 5, 11)
    assert due(at(3, 3, 9), Limit(2, Unit.WD), spring(workday_hours=0), held) == at(3, 9, 18)
    weekend = [Pause(at(3, 6, 18), at(3, 9, 8))]
    for hours in (8, 0):
        without = due(at(3, 5, 9), Limit(2, Unit.WD), spring(workday_hours=hours))
        assert due(at(3, 5, 9), Limit(2, Unit.WD), spring(workday_hours=hours), weekend) == without


def test_a_hold_that_outlasts_the_calendar_matters_only_to_a_limit_that_reaches_it() -> None:
    held = [Pause(at(3, 30, 8), dt.datetime(2027, 5, 1, tzinfo=SHANGHAI))]
    assert due(at(3, 3, 9), Limit(1, Unit.WD), spring(), held) == at(3, 4, 9)
    with pytest.raises(CalendarEnds):
        due(at(3, 27, 9), Limit(5, Unit.WD), spring(), held)
    assert elapsed(at(3, 30, 7), at(3, 31, 12), spring(), Unit.WH, held) == 0


NIGHTS = {day: list(parse_shifts("00:00-06:00 22:00-24:00")) for day in range(1, 8)}


def new_york(week: dict[int, list[Shift]], first: dt.date) -> WorkCalendar:
    return work_calendar(zone=NEW_YORK, week=week, first=first, last=first + dt.timedelta(days=20))


def test_the_spring_change_takes_an_hour_of_the_night_shift() -> None:
    calendar = new_york(NIGHTS, dt.date(2026, 3, 1))
    # 8 March 2026: 02:00 becomes 03:00, so the night from 22:00 to 06:00 has 7 hours.
    assert elapsed(at(3, 7, 22, zone=NEW_YORK), at(3, 8, 6, zone=NEW_YORK), calendar, Unit.WH) == 7
    assert due(at(3, 7, 22, zone=NEW_YORK), Limit(5, Unit.WH), calendar) == at(3, 8, 4, zone=NEW_YORK)
    # By the clock a day has 24 hours, whatever the wall clock shows then.
    assert due(at(3, 7, 12, zone=NEW_YORK), Limit(1, Unit.UD), calendar) == at(3, 8, 13, zone=NEW_YORK)


def test_the_autumn_change_gives_the_night_shift_an_hour() -> None:
    calendar = new_york(NIGHTS, dt.date(2026, 10, 25))
    assert elapsed(at(10, 31, 22, zone=NEW_YORK), at(11, 1, 6, zone=NEW_YORK), calendar, Unit.WH) == 9
    assert due(at(10, 31, 22, zone=NEW_YORK), Limit(5, Unit.WH), calendar) == at(11, 1, 2, zone=NEW_YORK)
    # Four hours are over when the clock shows 01:00 for the second time.
    second = dt.datetime(2026, 11, 1, 1, 0, fold=1, tzinfo=NEW_YORK).astimezone(dt.UTC)
    assert due(at(10, 31, 22, zone=NEW_YORK), Limit(4, Unit.WH), calendar) == second
    assert due(at(10, 31, 12, zone=NEW_YORK), Limit(1, Unit.UD), calendar) == at(11, 1, 11, zone=NEW_YORK)


@pytest.mark.parametrize(("first", "change"), [(dt.date(2026, 3, 1), 8), (dt.date(2026, 10, 25), 1)])
def test_office_hours_do_not_feel_a_change_of_clocks(first: dt.date, change: int) -> None:
    month = 3 if first.month == 3 else 11
    friday = dt.datetime(2026, month, change, 17, tzinfo=NEW_YORK) - dt.timedelta(days=2)
    monday = dt.datetime(2026, month, change + 1, 9, tzinfo=NEW_YORK)
    assert due(friday, Limit(2, Unit.WH), new_york(OFFICE, first)) == monday


def test_a_calendar_that_ends_says_so_rather_than_a_wrong_date() -> None:
    calendar = spring()
    # The last working moment is still known, one second more is not.
    assert due(at(3, 31, 17), Limit(1, Unit.WH), calendar) == at(3, 31, 18)
    with pytest.raises(CalendarEnds, match=r"2026-02-01 to 2026-03-31.*load_calendar") as ended:
        due(at(3, 31, 17), Limit(1 + 1 / 3600, Unit.WH), calendar)
    assert (ended.value.first, ended.value.last) == (dt.date(2026, 2, 1), dt.date(2026, 3, 31))
    for outside in (at(1, 31, 23), at(4, 1, 1)):
        with pytest.raises(CalendarEnds):
            due(outside, Limit(1, Unit.WH), calendar)
        with pytest.raises(CalendarEnds):
            due(outside, Limit(1, Unit.WD), spring(workday_hours=0))
    with pytest.raises(CalendarEnds):
        elapsed(at(3, 31, 17), at(4, 1, 1), calendar, Unit.WH)


@pytest.mark.parametrize("week", [{}, OFFICE])
def test_an_empty_calendar_still_counts_urgent_hours_and_refuses_the_rest(week: dict[int, list[Shift]]) -> None:
    last = dt.date(2026, 12, 31) if not week else dt.date(2025, 12, 31)
    empty = work_calendar(zone=SHANGHAI, week=week, first=dt.date(2026, 1, 1), last=last)
    assert due(at(2, 17, 10), Limit(2, Unit.UH), empty) == at(2, 17, 12)
    for unit in (Unit.WH, Unit.WD):
        with pytest.raises(CalendarEnds):
            due(at(2, 17, 10), Limit(2, unit), empty)


def test_the_colour_turns_at_the_share_and_at_the_end_and_stays_red_at_night() -> None:
    # 10 working hours from Tuesday 09:00: 80 % are used on Wednesday 09:00, all on Wednesday 11:00.
    clock = (at(2, 10, 9), Limit(10, Unit.WH), spring())
    found = marks(*clock, amber_share=0.8)
    assert (found.amber_at, found.due_at) == (at(2, 11, 9), at(2, 11, 11))
    colours = {
        at(2, 10, 9): Light.GREEN,
        at(2, 11, 9): Light.GREEN,
        at(2, 11, 9, 1): Light.AMBER,
        at(2, 11, 11): Light.AMBER,
        at(2, 11, 11, 1): Light.RED,
    }
    for moment, colour in colours.items():
        assert state(clock[0], moment, *clock[1:], amber_share=0.8) == colour
    # Used up with the day's last minute: no working time passes at night, and yet it is over.
    assert state(at(2, 10, 17), at(2, 10, 18), Limit(1, Unit.WH), spring(), amber_share=0.8) == Light.AMBER
    assert state(at(2, 10, 17), at(2, 10, 20), Limit(1, Unit.WH), spring(), amber_share=0.8) == Light.RED
    with pytest.raises(ClockError):
        marks(*clock, amber_share=0)


def test_staged_limits_are_counted_one_after_the_other_or_each_from_the_start() -> None:
    fence, repair = Part("fence", Limit(3, Unit.UH)), Part("repair", Limit(8, Unit.UH))
    good = Part("make good", Limit(5, Unit.WD))
    # Sunday 1 March 20:00; made good 5 × 8 working hours after Monday 07:00, which is Friday's end.
    start = at(3, 1, 20)
    assert due_each(start, [fence, repair, good], spring()) == (at(3, 1, 23), at(3, 2, 7), at(3, 6, 18))
    abreast = [Part(p.label, p.limit, after_previous=False) for p in (fence, repair, good)]
    assert due_each(start, abreast, spring()) == (at(3, 1, 23), at(3, 2, 4), at(3, 6, 18))
    assert due_each(start, [], spring()) == ()


def test_there_is_an_end_to_extensions() -> None:
    assert [extended(Limit(5, Unit.WD), n, most=2).value for n in (0, 1, 2)] == [5, 10, 15]
    with pytest.raises(clocks.TooManyExtensions, match="extension 3, and 2 are allowed"):
        extended(Limit(5, Unit.WD), 3, most=2)


def test_what_is_left_goes_below_nothing_past_the_end() -> None:
    limit = Limit(4, Unit.WH)
    left = [remaining(at(2, 10, 9), moment, limit, spring()) for moment in (at(2, 10, 8), at(2, 10, 11), at(2, 11, 10))]
    assert left == [4, 2, -5]  # 3 + 4 hours on Tuesday and 2 on Wednesday are 9


def test_what_is_no_limit_no_moment_and_no_hours_is_refused() -> None:
    for value in (0, -1, float("nan"), float("inf")):
        with pytest.raises(clocks.BadLimit):
            Limit(value, Unit.WH)
    with pytest.raises(ClockError, match="no time zone"):
        due(dt.datetime(2026, 2, 10, 9), Limit(1, Unit.UH), spring())
    with pytest.raises(ClockError, match="before it begins"):
        Pause(at(2, 10, 9), at(2, 10, 8))
    for text in ("", "morning", "12:00-08:00", "08:00-25:00", "08:00", "08:00-12:00 or later", "08:61-12:00"):
        with pytest.raises(BadShifts):
            parse_shifts(text)


def test_hours_are_read_as_people_write_them() -> None:
    for text in ("8:30-12:00,14:00-17:30", "08:30至12:00、14:00至17:30", "14:00–17:30 08:30 – 12:00"):
        assert [str(s) for s in parse_shifts(text)] == ["08:30-12:00", "14:00-17:30"]
    assert parse_shifts("00:00-24:00") == (Shift(dt.time(0), dt.time(0)),)


def test_the_units_are_those_of_the_catalogue() -> None:
    assert set(Unit) == set(FilingCondition.Unit.values)


def test_many_ends_are_found_in_the_time_of_a_page() -> None:
    """The board of a big city has 9,000 cases a day."""
    calendar = work_calendar(zone=SHANGHAI, week=OFFICE, first=dt.date(2024, 1, 1), last=dt.date(2026, 12, 31))
    begun = dt.datetime.now(dt.UTC)
    for hour, day in itertools.islice(itertools.product(range(24), range(1, 29)), 600):
        for unit in Unit:
            due(at(2, day, hour), Limit(5, unit), calendar)
    assert dt.datetime.now(dt.UTC) - begun < dt.timedelta(seconds=1)  # 2,400 of them, in some 10 ms when idle
