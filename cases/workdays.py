"""Working time: which hours of which days are worked, and how much of it lies before a moment.

A `WorkCalendar` is laid out once, for a range of days, as the moments at which work begins and ends with the time
worked until then, so every question is one search in a sorted list. Hours and days are local: a clock time means the
first moment of the day at which the clock shows it or a later one, so a time that a change of clocks skips is the
moment of the change, and one that comes twice is the first. Pure: knows no database; moments are whole microseconds
since 1970.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
MIDNIGHT = dt.time(0)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SHIFT = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~至]\s*(\d{1,2})[:：](\d{2})")


class ClockError(ValueError):
    """The limit cannot be counted."""


class CalendarEnds(ClockError):
    """The working calendar does not reach as far as the limit runs, so its end is not known."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        self.first, self.last = first, last
        self.where = {"first": first, "last": last}
        known = f"is known from {first} to {last}" if first <= last else "has no days"
        super().__init__(
            f"The working calendar {known}, and the limit runs beyond it: "
            "take in the official calendar of the year it runs into (load_calendar FILE --year YEAR)."
        )


class BadShifts(ClockError):
    """These are no working hours."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(f"“{found}” are no working hours: write them as 08:00-12:00 14:00-18:00, the earlier first.")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """Working hours of a day, local; `ends` at 00:00 is the end of the day."""

    begins: dt.time
    ends: dt.time

    def __post_init__(self) -> None:
        if self.ends != MIDNIGHT and self.ends <= self.begins:
            raise BadShifts(str(self))

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which nobody works, whatever day of the week it is."""


@dataclass(frozen=True, slots=True)
class DayOn:
    """A day that is worked whatever day of the week it is (调休). Without hours of its own it has those of its day of
    the week, and where there are none those of the first day of the week that has some."""

    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working time of the days from `first` to `last`, both included.

    `workday_us` is what one working day of a limit amounts to; 0 says that days are counted whole (`cases.clocks`).
    """

    zone: ZoneInfo
    first: dt.date
    last: dt.date
    workday_us: int
    # The stretches of work, in order: when each begins and ends, and the time worked until its end.
    begins: list[int] = field(repr=False)
    ends: list[int] = field(repr=False)
    done: list[int] = field(repr=False)
    # The days with work, in order, and the time worked before each; one more at the end for the whole.
    days: list[int] = field(repr=False)
    before_day: list[int] = field(repr=False)
    opens: int = field(repr=False)
    closes: int = field(repr=False)

    def require(self, at: int) -> None:
        """Raises CalendarEnds where a moment lies outside the days that are known."""
        if not self.opens <= at <= self.closes:
            raise CalendarEnds(self.first, self.last)

    def worked_before(self, at: int) -> int:
        """The time worked from the calendar's first day to a moment; all or nothing beyond its ends."""
        k = bisect_right(self.begins, at) - 1
        if k < 0:
            return 0
        return self.done[k] - max(self.ends[k] - at, 0)

    def when_worked(self, time: int) -> int:
        """The first moment before which a time (more than none) is worked; raises CalendarEnds."""
        k = bisect_left(self.done, time)
        if k == len(self.done):
            raise CalendarEnds(self.first, self.last)
        return self.ends[k] - (self.done[k] - time)

    def days_before(self, at: int) -> int:
        """The working days before a moment, each as DAY_US however long; of one under way the share that is worked."""
        time = self.worked_before(at)
        k = bisect_right(self.before_day, time) - 1
        if k == len(self.days):
            return k * DAY_US
        of_day = self.before_day[k + 1] - self.before_day[k]
        return k * DAY_US + (time - self.before_day[k]) * DAY_US // of_day

    def when_days(self, days: int) -> int:
        """The first moment before which so many days (as in `days_before`, more than none) lie; raises CalendarEnds."""
        k, part = divmod(days, DAY_US)
        if k + (part > 0) > len(self.days):
            raise CalendarEnds(self.first, self.last)
        time = self.before_day[k]
        if part:
            time -= -part * (self.before_day[k + 1] - time) // DAY_US  # rounded up
        return self.when_worked(time)

    def days_until_end_of(self, at: int) -> int:
        """The working days that have begun when a moment's own day is over, as in `days_before`.

        A midnight until which people work belongs to the day that ends with it: a limit can end there, and the next
        one begins there without losing a day.
        """
        k = bisect_left(self.ends, at)
        if k < len(self.ends) and self.ends[k] == at:
            at -= 1
        today = to_datetime(at).astimezone(self.zone).date().toordinal()
        return bisect_right(self.days, today) * DAY_US


def work_calendar(
    *,
    zone: ZoneInfo,
    week: Mapping[int, Sequence[Shift]],
    special: Mapping[dt.date, DayOff | DayOn] = {},
    first: dt.date,
    last: dt.date,
    workday_hours: float = 8,
) -> WorkCalendar:
    """Lay out the working time of a range of days; `week` is by ISO day of the week, Monday being 1.

    Shifts of a day that overlap count once. A year takes 4 ms.
    """
    begins: list[int] = []
    ends: list[int] = []
    done: list[int] = []
    days: list[int] = []
    before_day = [0]
    usual = next((week[d] for d in sorted(week) if week[d]), ())
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        for begin, end in _stretches(zone, day, _shifts_of(day, week, special, usual)):
            done.append(end - begin + (done[-1] if done else 0))
            begins.append(begin)
            ends.append(end)
        if done and done[-1] > before_day[-1]:
            days.append(ordinal)
            before_day.append(done[-1])
    return WorkCalendar(
        zone=zone,
        first=first,
        last=last,
        workday_us=round(workday_hours * HOUR_US),
        begins=begins,
        ends=ends,
        done=done,
        days=days,
        before_day=before_day,
        opens=_moment(zone, first, MIDNIGHT),
        closes=_moment(zone, last + dt.timedelta(days=1), MIDNIGHT),
    )


def parse_shifts(text: str) -> tuple[Shift, ...]:
    """Working hours as people write them; raises BadShifts.

    >>> [str(s) for s in parse_shifts("8:30-12:00, 14:00–17:30")]
    ['08:30-12:00', '14:00-17:30']
    """
    if re.sub(r"[\s,;，；、/]", "", _SHIFT.sub("", text)) or not _SHIFT.search(text):
        raise BadShifts(text)
    try:
        times = [[int(part) for part in found] for found in _SHIFT.findall(text)]
        return tuple(sorted(Shift(dt.time(h, m), dt.time(hh % 24 if mm == 0 else hh, mm)) for h, m, hh, mm in times))
    except ValueError as error:
        raise BadShifts(text) from error


def to_us(at: dt.datetime) -> int:
    """A moment as microseconds since 1970; raises ClockError for one without a time zone."""
    if at.tzinfo is None:
        raise ClockError(f"{at} has no time zone: a moment needs one.")
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND_US + since.microseconds


def to_datetime(at: int) -> dt.datetime:
    """The moment, in UTC."""
    return _EPOCH + dt.timedelta(microseconds=at)


def _shifts_of(
    day: dt.date, week: Mapping[int, Sequence[Shift]], special: Mapping[dt.date, DayOff | DayOn], usual: Sequence[Shift]
) -> Sequence[Shift]:
    of_week = week.get(day.isoweekday(), ())
    match special.get(day):
        case DayOff():
            return ()
        case DayOn(shifts=shifts):
            return shifts or of_week or usual
        case None:
            return of_week


def _stretches(zone: ZoneInfo, day: dt.date, shifts: Sequence[Shift]) -> list[tuple[int, int]]:
    """The shifts of a day as moments, overlapping ones joined; empty where the clocks leave nothing of them."""
    joined: list[tuple[int, int]] = []
    for shift in sorted(shifts):
        begin = _moment(zone, day, shift.begins)
        whole = shift.ends == MIDNIGHT
        end = _moment(zone, day + dt.timedelta(days=1) if whole else day, shift.ends)
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif begin < end:
            joined.append((begin, end))
    return joined


def _moment(zone: ZoneInfo, day: dt.date, clock: dt.time) -> int:
    """The first moment of a day at which its clock shows a time or a later one."""
    wall = dt.datetime.combine(day, clock, tzinfo=zone)
    at = to_us(wall.astimezone(dt.UTC))
    if to_datetime(at).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return at
    # The clocks skip it: between what it would be by the later offset and by the earlier one lies the change.
    low, high = to_us(wall.replace(fold=1).astimezone(dt.UTC)) // SECOND_US, at // SECOND_US
    after = to_datetime(at).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if to_datetime(middle * SECOND_US).astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high * SECOND_US
