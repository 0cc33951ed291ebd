"""Clocks for many cases at once: made where they are missing, counted again where the calendar has changed.

The demo city and imports write histories beside the door of moves; `start_missing` reads the histories of open cases
without clocks and gives them those that the same acts would have started, by the limits as they stand now. Cases that
have ended get none: nobody waits for them, and what they were measured by was another system's. `recount` sets the
marks of the clocks that run, after a year's calendar was taken in or edited. Both are set-based, in blocks, and can be
run again or twice at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby

from django.db import transaction

from cases.clocks import Marks
from cases.clockwork import Kind, LimitsOf, Planned, Told, marks_of, nearest, replay
from cases.models import Case, CaseClock, CaseEvent
from cases.timekeeping import clock_of, row_of
from cases.workflow import Act, Stage
from cases.worktime import Book, book_of_city
from cells.models import CellVersion, GridVersion
from spatial.postgis import run
from spatial.postgis.bulk import copy_objects

AT_ONCE = 5_000


def start_missing(at: dt.datetime, *, ended: bool = False) -> int:
    """Give the open cases without any clock theirs, by their histories up to `at`; the number of cases.

    `ended`: those that have ended too, where their lives were led by this city's own limits (the demo city's).
    """
    book, grades = book_of_city(), _grades() if book_of_city().asks_area else {}
    done, last = 0, 0
    while True:
        with transaction.atomic():
            cases = Case.objects.all() if ended else Case.objects.open()
            waiting = cases.filter(pk__gt=last, clocks=None, reported_at__lte=at).order_by("pk")
            # Somebody who moves one of them meanwhile waits, and finds its clocks.
            block = list(waiting.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
            if not block:
                return done
            last = block[-1].pk
            done += _start(block, book, grades, at)


def _start(block: list[Case], book: Book, grades: dict[int, str], at: dt.datetime) -> int:
    lines: dict[int, list[Told]] = {case.pk: [] for case in block}
    written = CaseEvent.objects.filter(case__in=lines, at__lte=at).order_by("case", "pk")
    for case, act, to, when in written.values_list("case", "act", "to_stage", "at").iterator():
        lines[case].append(Told(Act(act), Stage(to), when))
    rows, marked = [], []
    for case in block:
        clocks = replay(lines[case.pk], limits=_limits(case, book, grades))
        marks = marks_of(clocks, book.calendar, amber_share=book.amber_share)
        rows += [row_of(case, clock, its) for clock, its in zip(clocks, marks, strict=True)]
        marked.append((case.pk, nearest(clocks, marks)))
    copy_objects(CaseClock, rows)
    _mark(marked)
    return len(block)


def mend_clocks(*, at: dt.datetime) -> int:
    """Make what clocks are missing, and set the marks that waited for a calendar; the number of cases."""
    return start_missing(at) + recount(missing_only=True)


def recount(*, missing_only: bool = False) -> int:
    """Set the marks of running clocks by the calendar as it stands; the number of cases whose clocks changed.

    `missing_only`: of those that were started before their year's calendar was known, which is all that time alone can
    put right.
    """
    book = book_of_city()
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            wanted = CaseClock.objects.filter(case__gt=last, state="running")
            if missing_only:
                wanted = wanted.filter(calendar_missing=True)
            ids = list(wanted.order_by("case").values_list("case", flat=True).distinct()[:AT_ONCE])
            if not ids:
                return changed
            last = ids[-1]
            held = Case.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
            cases = set(held.values_list("pk", flat=True))
            changed += _recount(cases, book)


def _recount(cases: set[int], book: Book) -> int:
    marked: list[tuple[int, Marks | None]] = []
    fresh: list[tuple[int, Marks | None]] = []
    for case, rows in _clocks_of(cases):
        clocks = tuple(clock_of(row) for row in rows)
        marks = marks_of(clocks, book.calendar, amber_share=book.amber_share)
        turned = [
            (row.pk, its)
            for row, its in zip(rows, marks, strict=True)
            if row.state == "running"
            and (row.amber_at, row.due_at) != ((its.amber_at, its.due_at) if its else (None, None))
        ]
        if turned:
            fresh += turned
            marked.append((case, nearest(clocks, marks)))
    run.execute("cases", "mark_clocks_v1", _columns(fresh))
    _mark(marked)
    return len(marked)


def _clocks_of(cases: set[int]) -> Iterator[tuple[int, list[CaseClock]]]:
    rows = CaseClock.objects.filter(case__in=cases).order_by("case", "pk")
    for case, its in groupby(rows, key=lambda row: row.case_id):
        yield case, list(its)


def _mark(marked: list[tuple[int, Marks | None]]) -> None:
    run.execute("cases", "mark_cases_v1", _columns(marked))


def _columns(marked: list[tuple[int, Marks | None]]) -> dict[str, list[object]]:
    return {
        "ids": [pk for pk, _ in marked],
        "amber": [marks.amber_at if marks else None for _, marks in marked],
        "due": [marks.due_at if marks else None for _, marks in marked],
    }


def _limits(case: Case, book: Book, grades: dict[int, str]) -> LimitsOf:
    area = grades.get(case.cell_id or 0, "")

    def of(kind: Kind) -> tuple[Planned, ...]:
        return book.planned(
            kind,
            catalogue_class=case.catalogue_class_id,
            condition=case.condition_id,
            area_class=area,
            grade=case.emergency_id or "",
        )

    return of


def _grades() -> dict[int, str]:
    """Of each cell of a graded community, the community's grade of management."""
    graded = GridVersion.objects.current().exclude(management_grade="").values_list("grid", "management_grade")
    of_community = dict(graded)
    cells = CellVersion.objects.current().filter(community__in=of_community).values_list("cell", "community")
    return {cell: of_community[community] for cell, community in cells}
