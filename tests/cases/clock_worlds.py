"""Working calendars at random, and beside each the same calendar minute by minute: what the clocks are compared with.

The oracle knows no sums and no searches: it walks through the minutes of the days, each with what the wall clock shows,
and counts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from cases.clocks import Limit, Pause, Unit
from cases.workdays import MIDNIGHT, DayOff, DayOn, Shift, WorkCalendar, work_calendar

MINUTE = dt.timedelta(minutes=1)
DAYS = 12
# Where the clocks change, and first days of a range that holds the change; 00:00 is skipped in Cairo in April, and
# Lord Howe's change is of half an hour.
RANGES = (
    ("Asia/Shanghai", dt.date(2026, 2, 10)),
    ("America/New_York", dt.date(2026, 3, 3)),
    ("America/New_York", dt.date(2026, 10, 27)),
    ("Africa/Cairo", dt.date(2026, 4, 20)),
    ("Africa/Cairo", dt.date(2026, 10, 26)),
    ("Australia/Lord_Howe", dt.date(2026, 4, 1)),
)
Week = dict[int, list[Shift]]
Special = dict[dt.date, DayOff | DayOn]


@dataclass(frozen=True, repr=False)
class World:
    """A calendar, and of each minute of its days: the day it belongs to, and whether it is worked."""

    calendar: WorkCalendar
    opens: dt.datetime
    day_of: list[dt.date]
    worked: list[bool]
    whole_days: bool = False

    def __repr__(self) -> str:
        return f"{self.calendar} worked {[str(self.at(b)) for b in self.turns()]}"

    def turns(self) -> list[int]:
        """The minutes with which work begins or ends."""
        return [k for k in range(1, len(self.worked)) if self.worked[k] != self.worked[k - 1]]

    def at(self, minute: int) -> dt.datetime:
        return self.opens + minute * MINUTE

    def paused(self, pauses: list[Pause]) -> list[bool]:
        """Of each minute, whether it lies in a pause."""
        out = [False] * len(self.worked)
        for pause in pauses:
            begin, end = ((at - self.opens) // MINUTE for at in (pause.since, pause.until))
            out[begin:end] = [True] * len(out[begin:end])
        return out

    def counting(self, kind: Unit, start: int, pauses: list[Pause]) -> list[bool]:
        """Of each minute, whether it counts for a clock of this kind that begins with the minute `start`."""
        paused = self.paused(pauses)
        if kind in (Unit.UH, Unit.UD):
            return [not p for p in paused]
        if kind == Unit.WD and self.whole_days:
            touched = {d for d, w, p in zip(self.day_of, self.worked, paused, strict=True) if w and p}
            # A midnight until which people work belongs to the day that ends with it.
            filed = self.day_of[start - 1 if start and self.worked[start - 1] else start]
            return [w and d > filed and d not in touched for d, w in zip(self.day_of, self.worked, strict=True)]
        return [w and not p for w, p in zip(self.worked, paused, strict=True)]

    def due(self, start: int, minutes: int, kind: Unit, pauses: list[Pause]) -> dt.datetime | None:
        """The end of the minute with which so many have counted; None where the days end before."""
        left = minutes
        counts = self.counting(kind, start, pauses)
        for minute in range(start, len(counts)):
            left -= counts[minute]
            if left == 0:
                return self.at(minute + 1)
        return None

    def due_after_days(self, start: int, days: int, pauses: list[Pause]) -> dt.datetime | None:
        """The end of the last minute worked on the n-th day that counts."""
        counts = self.counting(Unit.WD, start, pauses)
        ends: dict[dt.date, int] = {}
        for minute, counted in enumerate(counts):
            if counted:
                ends[self.day_of[minute]] = minute + 1
        of_days = [ends[day] for day in sorted(ends)]
        return self.at(of_days[days - 1]) if days <= len(of_days) else None

    def elapsed(self, start: int, until: int, kind: Unit, pauses: list[Pause]) -> int:
        """How many minutes count between two."""
        return sum(self.counting(kind, start, pauses)[start:until])


def a_world(
    zone: str, first: dt.date, week: Week, special: Special, *, workday_hours: float = 8, days: int = DAYS
) -> World:
    """The calendar of some days, and its minutes."""
    last = first + dt.timedelta(days=days - 1)
    place = ZoneInfo(zone)
    opens, day_of, shown = minutes_between(place, first, last)
    worked = [False] * len(day_of)
    usual = next((week[d] for d in sorted(week) if week[d]), [])
    for day in sorted(set(day_of)):
        indices = [k for k, d in enumerate(day_of) if d == day]
        rule = special.get(day)
        of_week = week.get(day.isoweekday(), [])
        if isinstance(rule, DayOff):
            shifts: list[Shift] = []
        elif isinstance(rule, DayOn):
            shifts = list(rule.shifts) or of_week or usual
        else:
            shifts = of_week
        for shift in shifts:
            begin, end = (
                next((k for k in indices if shown[k] >= clock), indices[-1] + 1) for clock in (shift.begins, shift.ends)
            )
            if shift.ends == MIDNIGHT:
                end = indices[-1] + 1
            worked[begin:end] = [True] * max(end - begin, 0)
    calendar = work_calendar(
        zone=place, week=week, special=special, first=first, last=last, workday_hours=workday_hours
    )
    return World(calendar, opens, day_of, worked, whole_days=workday_hours == 0)


@cache
def minutes_between(zone: ZoneInfo, first: dt.date, last: dt.date) -> tuple[dt.datetime, list[dt.date], list[dt.time]]:
    """When a range of days opens, and of each of its minutes the day and the time that the wall clock shows."""
    at = dt.datetime.combine(first, MIDNIGHT, tzinfo=dt.UTC) - dt.timedelta(days=1)
    while at.astimezone(zone).date() < first:
        at += MINUTE
    opens, walls = at, []
    while (wall := at.astimezone(zone)).date() <= last:
        walls.append(wall)
        at += MINUTE
    return opens, [wall.date() for wall in walls], [wall.time() for wall in walls]


@st.composite
def shifts(draw: st.DrawFn, most: int = 3) -> list[Shift]:
    """Some shifts of a day, to a quarter of an hour; they may overlap, and may end with the day."""
    out = []
    for _ in range(draw(st.integers(0, most))):
        begin = draw(st.integers(0, 95))
        end = draw(st.integers(begin + 1, 96))
        out.append(Shift(_clock(begin), _clock(end % 96)))
    return out


@st.composite
def worlds(draw: st.DrawFn, *workday_hours: float) -> World:
    """A calendar of some days around a change of clocks, with holidays and make-up days, and its minutes.

    `workday_hours` are those to choose from, 0 being whole days; none given: 8 or 0.
    """
    zone, first = draw(st.sampled_from(RANGES))
    week = {day: draw(shifts()) for day in range(1, 8) if draw(st.booleans())}
    special: Special = {}
    for offset in draw(st.lists(st.integers(0, DAYS - 1), max_size=4, unique=True)):
        rule = draw(st.one_of(st.just(DayOff()), st.just(DayOn()), shifts(2).map(lambda s: DayOn(tuple(s)))))
        special[first + dt.timedelta(days=offset)] = rule
    return a_world(zone, first, week, special, workday_hours=draw(st.sampled_from(workday_hours or (8.0, 0.0))))


@st.composite
def pauses_in(draw: st.DrawFn, world: World) -> list[Pause]:
    """Some pauses, which may overlap, touch, or be of no time."""
    last = len(world.worked)
    out = []
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, last))
        out.append(Pause(world.at(begin), world.at(draw(st.integers(begin, min(begin + 3000, last))))))
    return out


def minutes_of(limit: int, kind: Unit, world: World) -> Limit:
    """A limit of so many minutes."""
    per_unit = {Unit.UH: 60, Unit.WH: 60, Unit.UD: 1440, Unit.WD: world.calendar.workday_us // 60_000_000}[kind]
    return Limit(limit / per_unit, kind)


def _clock(quarter: int) -> dt.time:
    return dt.time(quarter // 4, quarter % 4 * 15)
