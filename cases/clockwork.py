"""The clocks in the life of a case: which act starts, stops, pauses, resumes or lengthens which of them.

One table, read like the workflow's. A case has at most one kind of clock running at a time: accept until it is filed or
not accepted, dispatch until a unit has it, handle until that says done, check until it is closed; while somebody looks
on the spot the verify clock runs and accept waits, and a hold stops handle. A clock that starts once more (rework, a
case given to another unit, a case opened again, another checker) is a new one, with the whole limit. So is that of each
step of the ladder: the new owner begins the work and is judged by his own time, the old one by what his clock showed
when it ended. Redrawn grids change no clock. Handling may come in parts (fence, repair, make good): they start
together, each is counted as planned from the start or from the planned end of the part before, and the first one not
done is the one under way.

`after` is the one place that says what an act does to the clocks; the history of a case, which keeps the limits that
were started, gives them again (`replay`). Pure: knows no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from cases.clocks import Limit, Marks, Pause, Unit, due, elapsed, extended, marks
from cases.workdays import CalendarEnds, WorkCalendar
from cases.workflow import Act, Stage


class Kind(StrEnum):
    """The steps that have a clock; the same words as in the table of limits."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    VERIFY = "verify"
    CHECK = "check"


class Do(StrEnum):
    """What an act does to a clock."""

    START = "start"  # anew, with the whole limit; one that is under way ends with it
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"  # the part under way gets its limit once more
    HASTEN = "hasten"  # anew, where another limit holds now or none is under way; else it goes on
    FINISH = "finish"  # the part under way is done, the next one goes on


class State(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


_A, _K = Act, Kind
Ticks = tuple[tuple[Do, Kind], ...]

# By act; where an act leads to several stages, by act and stage. Acts that are not here leave the clocks alone.
TICKS: dict[Act | tuple[Act, Stage], Ticks] = {
    _A.REPORT: ((Do.START, _K.ACCEPT),),
    _A.ASK_VERIFY: ((Do.PAUSE, _K.ACCEPT), (Do.START, _K.VERIFY)),
    _A.VERIFY: ((Do.STOP, _K.VERIFY), (Do.RESUME, _K.ACCEPT)),
    _A.DECLINE: ((Do.STOP, _K.ACCEPT),),
    _A.FILE: ((Do.STOP, _K.ACCEPT), (Do.START, _K.DISPATCH)),
    _A.DISPATCH: ((Do.STOP, _K.DISPATCH), (Do.START, _K.HANDLE)),
    _A.RETURN: ((Do.STOP, _K.HANDLE), (Do.START, _K.DISPATCH)),
    _A.GRANT_EXTENSION: ((Do.EXTEND, _K.HANDLE),),
    _A.GRANT_HOLD: ((Do.PAUSE, _K.HANDLE),),
    _A.RESUME: ((Do.RESUME, _K.HANDLE),),
    _A.LIFT_HOLD: ((Do.RESUME, _K.HANDLE),),
    _A.FINISH_PART: ((Do.FINISH, _K.HANDLE),),
    **dict.fromkeys(
        (_A.ESCALATE, _A.CLIMB, _A.COME_DOWN, _A.REFER, _A.DECIDE, _A.TO_OWN_UNIT), ((Do.START, _K.HANDLE),)
    ),
    _A.HANDLE: ((Do.STOP, _K.HANDLE), (Do.START, _K.CHECK)),
    # An emergency has limits of its own, from the moment at which it is one; declared twice it gains no time.
    **{
        (act, stage): ((Do.HASTEN, kind),)
        for act in (_A.DECLARE_EMERGENCY, _A.CHANGE_GRADE)
        for stage, kind in (
            (Stage.FILED, _K.DISPATCH),
            (Stage.DISPATCHED, _K.HANDLE),
            (Stage.HANDLING, _K.HANDLE),
        )
    },
    _A.SEND_TEAM: (
        *((Do.STOP, kind) for kind in (_K.ACCEPT, _K.VERIFY, _K.DISPATCH)),
        (Do.HASTEN, _K.HANDLE),
    ),
    _A.TEAM_DONE: ((Do.STOP, _K.HANDLE), (Do.START, _K.CHECK)),
    # As on the ladder: who gets it begins the work, unless it is done.
    **dict.fromkeys(((_A.SETTLE_OWNER, Stage.DISPATCHED), (_A.SETTLE_OWNER, Stage.HANDLING)), ((Do.START, _K.HANDLE),)),
    _A.FIX_ON_SPOT: ((Do.STOP, _K.ACCEPT), (Do.STOP, _K.DISPATCH), (Do.START, _K.CHECK)),
    _A.ASK_CHECK: ((Do.START, _K.CHECK),),
    _A.REWORK: ((Do.STOP, _K.CHECK), (Do.START, _K.HANDLE)),
    _A.CLOSE: ((Do.STOP, _K.CHECK),),
    (_A.REOPEN, Stage.FILED): ((Do.START, _K.DISPATCH),),
    (_A.REOPEN, Stage.REPORTED): ((Do.START, _K.ACCEPT),),
    _A.VOID: tuple((Do.STOP, kind) for kind in (_K.ACCEPT, _K.VERIFY, _K.DISPATCH, _K.HANDLE)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One part of a step's limit, as the table had it when the clock started."""

    limit: Limit
    after_previous: bool = True
    label_zh: str = ""
    label_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock of a case, or one part of it; `round` counts how often this kind was started."""

    kind: Kind
    plan: Planned
    started_at: dt.datetime
    round: int = 1
    part: int = 1
    extensions: int = 0
    pauses: tuple[Pause, ...] = ()
    paused_since: dt.datetime | None = None
    stopped_at: dt.datetime | None = None

    @property
    def state(self) -> State:
        if self.stopped_at is not None:
            return State.STOPPED
        return State.PAUSED if self.paused_since is not None else State.RUNNING

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None

    @property
    def limit(self) -> Limit:
        """The limit with its extensions; how many a case may get is asked by the guards."""
        return extended(self.plan.limit, self.extensions, most=self.extensions)

    @property
    def place(self) -> tuple[Kind, int, int]:
        """Which of a case's clocks it is."""
        return self.kind, self.round, self.part

    def pauses_until(self, at: dt.datetime) -> tuple[Pause, ...]:
        """The pauses, one under way as far as it has come; one of no time is none."""
        if self.paused_since is None or at <= self.paused_since:
            return self.pauses
        return (*self.pauses, Pause(self.paused_since, at))


Clocks = tuple[Clock, ...]
LimitsOf = Callable[[Kind], Sequence[Planned]]


def ticks_of(act: Act, to: Stage) -> Ticks:
    """What an act that leads to a stage does to the clocks, in order."""
    return TICKS.get((act, to)) or TICKS.get(act, ())


def after(clocks: Clocks, act: Act, *, to: Stage, at: dt.datetime, limits: LimitsOf) -> Clocks:
    """The clocks of a case after an act; `limits` says the parts of a kind that is started (none: it has no clock)."""
    for do, kind in ticks_of(act, to):
        clocks = _done(clocks, do, kind, at=at, limits=limits)
    return clocks


@dataclass(frozen=True, slots=True)
class Told:
    """A line of history as far as clocks go: `started` is what `as_started` told of the clocks it started."""

    act: Act
    to: Stage
    at: dt.datetime
    started: Sequence[Mapping[str, Any]] = ()


def replay(lines: Iterable[Told], *, limits: LimitsOf | None = None) -> Clocks:
    """The clocks that a history leads to: with the limits told by the lines, else those of `limits`."""
    clocks: Clocks = ()
    for line in lines:
        told = limits or _limits_told(line.started)
        clocks = after(clocks, line.act, to=line.to, at=line.at, limits=told)
    return clocks


def as_started(before: Clocks, now: Clocks) -> list[dict[str, Any]]:
    """What a line of history keeps of the clocks that it started."""
    known = {clock.place for clock in before}
    return [
        {
            "clock": str(clock.kind),
            "limit": clock.plan.limit.value,
            "unit": str(clock.plan.limit.unit),
            **({} if clock.plan.after_previous else {"after_previous": False}),
            **{name: label for name in ("label_zh", "label_en") if (label := getattr(clock.plan, name))},
        }
        for clock in now
        if clock.place not in known
    ]


def as_shown(clocks: Clocks, at: dt.datetime, calendar: WorkCalendar) -> list[dict[str, Any]]:
    """What each clock under way shows at a moment: used and left in its own unit; None beyond the known calendar.

    Used is never below 0; left is, by what the limit is overrun.
    """
    shown = []
    for clock, begin in zip(clocks, begins(clocks, calendar, at=at), strict=True):
        if not clock.is_open:
            continue
        used = left = None
        if begin is not None:
            try:
                used = round(elapsed(begin, at, calendar, clock.limit.unit, clock.pauses_until(at)), 4)
                left = round(clock.limit.value - used, 4)
            except CalendarEnds:
                used = left = None
        told = {"clock": str(clock.kind), "part": clock.part, "elapsed": used, "left": left}
        shown.append(told | {"unit": str(clock.limit.unit), "state": str(clock.state)})
    return shown


def begins(clocks: Clocks, calendar: WorkCalendar, *, at: dt.datetime) -> list[dt.datetime | None]:
    """From when each clock counts, in their order: a part from the planned end of the one before.

    None where that end lies beyond the known calendar. A pause under way is taken as far as `at`.
    """
    found: dict[tuple[Kind, int, int], dt.datetime | None] = {}
    for _, together in groupby(clocks, key=lambda clock: clock.place[:2]):
        parts = list(together)
        holes = parts[-1].pauses_until(at)  # of the part that is done last: it has all of them
        end: dt.datetime | None = None
        for n, clock in enumerate(parts):
            begin = end if n and clock.plan.after_previous else clock.started_at
            found[clock.place] = begin
            end = None
            if begin is not None and n + 1 < len(parts):
                try:
                    end = due(begin, clock.limit, calendar, holes)
                except CalendarEnds:
                    end = None
    return [found[clock.place] for clock in clocks]


def marks_of(clocks: Clocks, calendar: WorkCalendar, *, amber_share: float) -> list[Marks | None]:
    """When each clock turns amber and red, or would have when it stopped, in their order.

    None where it is paused, or the end lies beyond the known calendar.
    """
    out: list[Marks | None] = []
    moments = [clock.paused_since or clock.started_at for clock in clocks]
    latest = max(moments, default=dt.datetime.min.replace(tzinfo=dt.UTC))
    for clock, begin in zip(clocks, begins(clocks, calendar, at=latest), strict=True):
        found = None
        if clock.state is not State.PAUSED and begin is not None:
            try:
                found = marks(begin, clock.limit, calendar, amber_share=amber_share, pauses=clock.pauses)
            except CalendarEnds:
                found = None
        out.append(found)
    return out


def nearest(clocks: Clocks, found: Iterable[Marks | None]) -> Marks | None:
    """The marks of the running clock that is nearest to its end."""
    running = [m for clock, m in zip(clocks, found, strict=True) if m is not None and clock.state is State.RUNNING]
    return min(running, key=lambda m: (m.due_at, m.amber_at), default=None)


def _done(clocks: Clocks, do: Do, kind: Kind, *, at: dt.datetime, limits: LimitsOf) -> Clocks:
    match do:
        case Do.START:
            ended = _each(clocks, kind, lambda clock: _stopped(clock, at))
            number = 1 + max((clock.round for clock in clocks if clock.kind == kind), default=0)
            fresh = (
                Clock(kind=kind, plan=plan, started_at=at, round=number, part=n)
                for n, plan in enumerate(limits(kind), start=1)
            )
            return (*ended, *fresh)
        case Do.HASTEN:
            wanted = tuple(limits(kind))
            here = tuple(clock.plan for clock in clocks if clock.kind == kind and clock.is_open)
            if not wanted or here == wanted:
                return clocks
            return _done(clocks, Do.START, kind, at=at, limits=limits)
        case Do.STOP:
            return _each(clocks, kind, lambda clock: _stopped(clock, at))
        case Do.PAUSE:
            return _each(clocks, kind, lambda clock: replace(clock, paused_since=clock.paused_since or at))
        case Do.RESUME:
            return _each(clocks, kind, lambda clock: replace(clock, pauses=clock.pauses_until(at), paused_since=None))
        case Do.EXTEND:
            return _first(clocks, kind, lambda clock: replace(clock, extensions=clock.extensions + 1))
        case Do.FINISH:
            return _first(clocks, kind, lambda clock: _stopped(clock, at))


def _stopped(clock: Clock, at: dt.datetime) -> Clock:
    return replace(clock, pauses=clock.pauses_until(at), paused_since=None, stopped_at=at)


def _each(clocks: Clocks, kind: Kind, change: Callable[[Clock], Clock]) -> Clocks:
    return tuple(change(clock) if clock.kind == kind and clock.is_open else clock for clock in clocks)


def _first(clocks: Clocks, kind: Kind, change: Callable[[Clock], Clock]) -> Clocks:
    under_way = next((clock for clock in clocks if clock.kind == kind and clock.is_open), None)
    return tuple(change(clock) if clock is under_way else clock for clock in clocks)


def _limits_told(started: Sequence[Mapping[str, Any]]) -> LimitsOf:
    def of(kind: Kind) -> list[Planned]:
        return [
            Planned(
                limit=Limit(told["limit"], Unit(told["unit"])),
                after_previous=told.get("after_previous", True),
                label_zh=told.get("label_zh", ""),
                label_en=told.get("label_en", ""),
            )
            for told in started
            if told["clock"] == kind
        ]

    return of
