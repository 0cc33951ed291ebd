"""The clocks of a case as the one door moves it: read, turned by the table in `cases.clockwork`, and stored again.

`cases.moves` calls `turn` (or `begin`) before it writes the line of history, which keeps what the clocks showed and
which limits were started, and `Turned.keep` after it has written the case. Nothing else writes clocks but
`cases.recounting`, which makes those that are missing and sets marks again. A clock whose end lies in a year without a
calendar is stored without marks and says so: filing never waits for a calendar.

Cost: two statements a move (clocks, one upsert; the door brings the stamp of the book along), two an intake.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from cases.clocks import Limit, Marks, Pause, Unit
from cases.clockwork import (
    Clock,
    Clocks,
    Kind,
    LimitsOf,
    Planned,
    State,
    after,
    as_shown,
    as_started,
    marks_of,
    nearest,
)
from cases.models import Case, CaseClock
from cases.workflow import Act, Stage
from cases.worktime import Book, book_of_city
from cells.models import CellVersion, GridVersion

_PLACE = ("case", "kind", "round", "part")
_TURNING = ("extensions", "state", "amber_at", "due_at", "calendar_missing", "paused_since", "pauses", "stopped_at")


@dataclass(frozen=True, slots=True)
class Turned:
    """What some acts did to the clocks of a case: what each line of history keeps, and the rows to be written."""

    told: list[dict[str, Any]]
    marks: tuple[str, ...]  # the fields of the case that were set
    rows: list[CaseClock]

    def keep(self) -> None:
        """Write the clocks that are new or have changed, by one statement, after the case is written."""
        if not self.rows:
            return
        CaseClock.objects.bulk_create(
            self.rows, update_conflicts=True, unique_fields=list(_PLACE), update_fields=list(_TURNING)
        )


def keep_each(turned: Iterable[Turned]) -> None:
    """As `Turned.keep`, of many cases by one statement."""
    Turned([], (), [row for one in turned for row in one.rows]).keep()


def stored_of(cases: Sequence[int]) -> dict[int, list[CaseClock]]:
    """The clocks of some cases, by their ids: what `turn` takes of each."""
    found: dict[int, list[CaseClock]] = {}
    for row in CaseClock.objects.filter(case__in=cases).order_by("case", "pk"):
        found.setdefault(row.case_id, []).append(row)
    return found


def turn(
    case: Case, act: Act, *, to: Stage, at: dt.datetime, book: Book, stored: list[CaseClock] | None = None
) -> Turned:
    """What an act does to the clocks of a case whose row is held; the case's own marks are set, not saved.

    `stored` are its clocks, where they were read with those of others.
    """
    if stored is None:
        stored = list(CaseClock.objects.filter(case=case).order_by("pk"))
    return _turned(case, stored, [(act, to)], at=at, book=book)


def begin(case: Case, acts: Sequence[tuple[Act, Stage]], *, at: dt.datetime) -> Turned:
    """The clocks of a case that is not written yet, after its first acts; its own marks are set, not saved."""
    return _turned(case, [], acts, at=at, book=book_of_city())


def shown(cases: Sequence[int], *, at: dt.datetime) -> list[dict[str, Any]]:
    """What the clocks of many cases show at a moment, as a line of history keeps it, in the order of the cases."""
    book = book_of_city()
    under_way: dict[int, list[Clock]] = {}
    for case, rows in stored_of(cases).items():
        under_way[case] = [clock_of(row) for row in rows]
    return [_told((), (), as_shown(tuple(under_way.get(case, ())), at, book.calendar)) for case in cases]


def limits_of(case: Case, book: Book) -> LimitsOf:
    """The parts of each step's limit for a case, by its class, filing condition, emergency and ground."""
    area = area_class(case.cell_id) if book.asks_area else ""

    def of(kind: Kind) -> tuple[Planned, ...]:
        return book.planned(
            kind,
            catalogue_class=case.catalogue_class_id,
            condition=case.condition_id,
            area_class=area,
            grade=case.emergency_id or "",
        )

    return of


def area_class(cell: int | None) -> str:
    """The grade of management of the community that a cell lies in now; empty where nobody has graded it."""
    if cell is None:
        return ""
    community = CellVersion.objects.current().filter(cell=cell).values("community")[:1]
    grades = GridVersion.objects.current().filter(grid__in=community).values_list("management_grade", flat=True)
    return grades.first() or ""


def clock_of(row: CaseClock) -> Clock:
    """A stored clock as the table turns it."""
    return Clock(
        kind=Kind(row.kind),
        plan=Planned(
            limit=Limit(row.value, Unit(row.unit)),
            after_previous=row.after_previous,
            label_zh=row.label_zh,
            label_en=row.label_en,
        ),
        started_at=row.started_at,
        round=row.round,
        part=row.part,
        extensions=row.extensions,
        pauses=tuple(Pause(pause.lower, pause.upper) for pause in row.pauses),
        paused_since=row.paused_since,
        stopped_at=row.stopped_at,
    )


def row_of(case: Case, clock: Clock, marks: Marks | None) -> CaseClock:
    """A clock as it is stored."""
    return CaseClock(
        case=case,
        kind=str(clock.kind),
        round=clock.round,
        part=clock.part,
        label_zh=clock.plan.label_zh,
        label_en=clock.plan.label_en,
        after_previous=clock.plan.after_previous,
        value=clock.plan.limit.value,
        unit=str(clock.plan.limit.unit),
        extensions=clock.extensions,
        state=str(clock.state),
        started_at=clock.started_at,
        amber_at=marks.amber_at if marks else None,
        due_at=marks.due_at if marks else None,
        calendar_missing=clock.state is State.RUNNING and marks is None,
        paused_since=clock.paused_since,
        pauses=[DateTimeTZRange(p.since, p.until) for p in clock.pauses],
        stopped_at=clock.stopped_at,
    )


def _turned(
    case: Case, stored: list[CaseClock], acts: Sequence[tuple[Act, Stage]], *, at: dt.datetime, book: Book
) -> Turned:
    stood = {clock.place: (clock, row) for row in stored for clock in (clock_of(row),)}
    first = now = tuple(clock for clock, _ in stood.values())
    limits = limits_of(case, book)
    told = []
    for act, to in acts:
        before, now = now, after(now, act, to=to, at=at, limits=limits)
        told.append(_told(before, now, as_shown(before, at, book.calendar)))
    if now == first:
        return Turned(told, (), [])
    marks = marks_of(now, book.calendar, amber_share=book.amber_share)
    near = nearest(now, marks)
    case.amber_at, case.due_at = (near.amber_at, near.due_at) if near else (None, None)
    rows = []
    for clock, its in zip(now, marks, strict=True):
        known, row = stood.get(clock.place, (None, None))
        # An extension of one part moves the later ones: their marks are compared too.
        moved = row is not None and clock.is_open and row.due_at != (its.due_at if its else None)
        if clock != known or moved:
            rows.append(row_of(case, clock, its))
    return Turned(told, ("amber_at", "due_at"), rows)


def _told(before: Clocks, now: Clocks, shows: list[dict[str, Any]]) -> dict[str, Any]:
    """What a line of history keeps: nothing where no clock was under way and none was started."""
    started = as_started(before, now)
    return {**({"shown": shows} if shows else {}), **({"started": started} if started else {})}
