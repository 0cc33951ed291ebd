"""The clocks of a case: when a limit ends, how much of it is used, and the colour it shows.

Four kinds of limit (standards as seen in working systems; the national text of GB/T 30428.8 was not read):

- UH 紧急工作时 and UD 紧急工作日 run by the clock, nights, weekends and holidays included; a day is 24 hours.
- WH 工作时 runs in working hours only.
- WD 工作日 is sure to leave out weekends and holidays and to count make-up days. How long one is, is not sure, so the
  calendar says it (`WorkCalendar.workday_us`, the rule `limit_workday_hours`). As hours, 8 by default: n days are
  n × 8 working hours from the filing on, which is how a working city system counts (one filed on Friday at 16:00 with
  1 WD ends on Monday at 16:00). As 0, whole days: the limit ends with the n-th working day after the day of filing,
  which is how notices by law count days; a pause then gives back every working day that it touches.

All is measured on one scale per kind, on which pauses are holes: a limit ends at the first moment before which its
amount lies outside the holes. So an end never falls into non-working time or a pause (the last moment of a stretch is
in it), and limits add up: what ends b after what ends a after the start ends a + b after the start. Pure.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cases.workdays import DAY_US, HOUR_US, ClockError, WorkCalendar, to_datetime, to_us


class Unit(StrEnum):
    """What a limit is counted in; the same letters as in the catalogue."""

    UH = "UH"
    UD = "UD"
    WH = "WH"
    WD = "WD"


class Light(StrEnum):
    """The colour of a clock: most of the limit is left, little is left, it is over."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class BadLimit(ClockError):
    """A limit is a number of hours or days above nothing."""


class TooManyExtensions(ClockError):
    """The limit cannot be extended once more."""

    def __init__(self, times: int, most: int) -> None:
        self.times, self.most = times, most
        super().__init__(f"This would be extension {times}, and {most} are allowed: the case goes up the ladder.")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many hours or days of a kind; half ones are possible."""

    value: float
    unit: Unit

    def __post_init__(self) -> None:
        if not (self.value > 0 and math.isfinite(self.value)):
            raise BadLimit(f"{self.value:g} {self.unit} is no limit: it needs a number above 0.")

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """A time that does not count, such as a hold (挂账) until a date."""

    since: dt.datetime
    until: dt.datetime

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ClockError(f"A pause cannot end ({self.until}) before it begins ({self.since}).")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the limits that a case carries at a stage: fence in 3 UH, repair in 8 UH, make good in 5 WD.

    `after_previous`: counted from the end of the part before it; else from the start like the first.
    """

    label: str
    limit: Limit
    after_previous: bool = True


@dataclass(frozen=True, slots=True)
class Marks:
    """The two moments at which a clock changes its colour; what a board stores and sorts by."""

    amber_at: dt.datetime
    due_at: dt.datetime

    def light(self, at: dt.datetime) -> Light:
        """The colour at a moment; each moment still belongs to the colour that ends with it."""
        if at <= self.amber_at:
            return Light.GREEN
        return Light.AMBER if at <= self.due_at else Light.RED


def due(start: dt.datetime, limit: Limit, calendar: WorkCalendar, pauses: Iterable[Pause] = ()) -> dt.datetime:
    """The moment (UTC) at which a limit that begins with `start` ends.

    Some 300,000 a second over a calendar of three years, 200,000 with a pause. Raises CalendarEnds.
    """
    return to_datetime(_due(to_us(start), _amount(limit, calendar), limit.unit, calendar, _merged(pauses)))


def elapsed(
    start: dt.datetime, until: dt.datetime, calendar: WorkCalendar, kind: Unit, pauses: Iterable[Pause] = ()
) -> float:
    """How many hours (UH, WH) or days (UD, WD) of a kind lie between two moments; 0 before the start.

    Raises CalendarEnds.
    """
    begin, end = to_us(start), to_us(until)
    if end <= begin:
        return 0.0
    scale = _scale(kind, begin, calendar)
    if kind in _WORKING:
        calendar.require(end)
    last = scale.read(end)
    spent = last - scale.start
    for low, high in _holes(scale, _merged(pauses)):
        if low >= last:
            break
        spent -= min(high, last) - low
    return max(spent, 0) / _unit_us(kind, calendar)


def remaining(
    start: dt.datetime, at: dt.datetime, limit: Limit, calendar: WorkCalendar, pauses: Iterable[Pause] = ()
) -> float:
    """What is left of a limit, in its own hours or days; below 0 what it is overrun by. Raises CalendarEnds."""
    return limit.value - elapsed(start, at, calendar, limit.unit, pauses)


def marks(
    start: dt.datetime, limit: Limit, calendar: WorkCalendar, *, amber_share: float, pauses: Iterable[Pause] = ()
) -> Marks:
    """When a clock turns amber (that share of its limit is used) and when red (all of it is). Raises CalendarEnds."""
    if not 0 < amber_share <= 1:
        raise ClockError(f"{amber_share:g} is no share of a limit: it lies above 0 and is at most 1.")
    begin, amount, holes = to_us(start), _amount(limit, calendar), _merged(pauses)
    share = max(round(amount * amber_share), 1)
    return Marks(*(to_datetime(_due(begin, part, limit.unit, calendar, holes)) for part in (share, amount)))


def state(
    start: dt.datetime,
    at: dt.datetime,
    limit: Limit,
    calendar: WorkCalendar,
    *,
    amber_share: float,
    pauses: Iterable[Pause] = (),
) -> Light:
    """The colour of a clock at a moment: red from the end on, also at night when no working time passes.

    Raises CalendarEnds.
    """
    return marks(start, limit, calendar, amber_share=amber_share, pauses=pauses).light(at)


def extended(limit: Limit, times: int, *, most: int) -> Limit:
    """A limit with so many extensions, each adding the original limit once; raises TooManyExtensions."""
    if times > most:
        raise TooManyExtensions(times, most)
    return Limit(limit.value * (1 + max(times, 0)), limit.unit)


def due_each(
    start: dt.datetime, parts: Sequence[Part], calendar: WorkCalendar, pauses: Iterable[Pause] = ()
) -> tuple[dt.datetime, ...]:
    """The end of each part, in their order, as planned at the start. Raises CalendarEnds."""
    holes = tuple(pauses)
    ends: list[dt.datetime] = []
    for part in parts:
        begin = ends[-1] if ends and part.after_previous else start
        ends.append(due(begin, part.limit, calendar, holes))
    return tuple(ends)


# --- the scales ---------------------------------------------------------------------------------------------------

_WORKING = (Unit.WH, Unit.WD)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How a kind of time runs: where the start lies, where a moment lies, and which moment a place is.

    Pauses take away whole `step`s.
    """

    start: int
    read: Callable[[int], int]
    moment: Callable[[int], int]
    step: int = 1


def _scale(kind: Unit, begin: int, calendar: WorkCalendar) -> _Scale:
    if kind not in _WORKING:
        return _Scale(begin, int, int)
    calendar.require(begin)
    if kind == Unit.WH or calendar.workday_us:
        return _Scale(calendar.worked_before(begin), calendar.worked_before, calendar.when_worked)
    return _Scale(calendar.days_until_end_of(begin), calendar.days_before, calendar.when_days, DAY_US)


def _unit_us(kind: Unit, calendar: WorkCalendar) -> int:
    if kind == Unit.WD:
        return calendar.workday_us or DAY_US
    return DAY_US if kind == Unit.UD else HOUR_US


def _amount(limit: Limit, calendar: WorkCalendar) -> int:
    return max(round(limit.value * _unit_us(limit.unit, calendar)), 1)


def _due(begin: int, amount: int, kind: Unit, calendar: WorkCalendar, pauses: Sequence[tuple[int, int]]) -> int:
    scale = _scale(kind, begin, calendar)
    target = scale.start + amount
    for low, high in _holes(scale, pauses):
        if target <= low:
            break
        target += high - low
    return scale.moment(target)


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """Pauses in order, those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for since, until in sorted((to_us(p.since), to_us(p.until)) for p in pauses):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return joined


def _holes(scale: _Scale, pauses: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pauses on a scale, from its start on, in order and apart from each other; those of no time left out."""
    reached = scale.start
    for since, until in pauses:
        low, high = scale.read(since), scale.read(until)
        if low < high:
            low, high = max(low - low % scale.step, reached), high + -high % scale.step
        if low < high and reached < high:
            low = max(low, reached)
            yield low, high
            reached = high
