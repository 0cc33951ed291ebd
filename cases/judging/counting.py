"""Reads what is new in the histories into facts: incrementally, set-based, in blocks, and again without harm.

A case is read anew when its history has other lines than before. Clocks that were set again without a line (a year's
calendar came later) are not: `fresh(whole=True)` reads everything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases.clockwork import Kind, marks_of
from cases.models import Appeal, CaseClock, CaseFacts, FactsMark
from cases.timekeeping import clock_of
from cases.worktime import book_of_city
from spatial.postgis import roles, run

AT_ONCE = 20_000
_LOCK = 0x66616374  # one reads at a time; the next finds it done


def fresh(*, whole: bool = False, wait: bool = True) -> int:
    """Bring the facts up to the histories; the number of cases read. `whole`: every case, changed or not.

    As the owner of the tables, whoever asks: what is counted is the whole city's. Without `wait` nothing is read while
    somebody else reads: a page shows what there is.
    """
    with roles.as_owner():
        read = 0
        if whole or not FactsMark.objects.filter(event__gt=0).exists():
            # Much at once: each block is kept, whatever becomes of the next.
            after: int | None = 0
            while after is not None:
                after, number = _block(after, whole=whole, wait=wait)
                read += number
        return read + _news(wait=wait)


def fresh_due(*, at: dt.datetime) -> int:
    """The same for the timetable, whatever the moment."""
    return fresh()


@transaction.atomic
def _block(after: int, *, whole: bool, wait: bool) -> tuple[int | None, int]:
    """The next block by the seals alone: the last case of it, None where there is none, and how many were read."""
    if not _alone(wait=wait):
        return None, 0
    block = _stale(after, None, whole=whole)
    if block:
        _read(block)
    return (block[-1] if block else None), len(block)


@transaction.atomic
def _news(*, wait: bool) -> int:
    if not _alone(wait=wait):
        return 0
    if not FactsMark.objects.exists():
        FactsMark.objects.create()
    mark = run.row("cases", "judging_mark_v1")
    assert mark is not None
    after, read = 0, 0
    while block := _stale(after, mark[0] or None, whole=False):
        _read(block)
        after, read = block[-1], read + len(block)
    return read


def _alone(*, wait: bool) -> bool:
    if wait:
        run.row("cells", "lock_v1", [_LOCK])
        return True
    taken = run.row("cases", "judging_lock_v1", [_LOCK])
    return bool(taken and taken[0])


def _stale(after: int, event: int | None, *, whole: bool) -> list[int]:
    asked = {"after": after, "event": event, "whole": whole, "most": AT_ONCE}
    return [case for (case,) in run.rows("cases", "judging_stale_v1", asked)]


def _read(cases: Sequence[int]) -> None:
    # Statistics lag behind an import: planned for a handful of cases, nested loops over 20,000 take minutes.
    run.row("cases", "nested_loops_v1", ["off"])
    CaseFacts.objects.filter(case__in=cases).delete()
    run.execute("cases", "judging_departments_v1", {"cases": list(cases)})
    run.execute("cases", "judging_facts_v2", {"cases": list(cases), "zone": settings.TIME_ZONE})
    _plan_without_holds(cases)
    excuse(cases)
    run.row("cases", "nested_loops_v1", ["on"])


def excuse(cases: Sequence[int]) -> None:
    """Mark what accepted appeals took off some cases."""
    if not Appeal.objects.filter(state=Appeal.State.ACCEPTED, case__in=cases).exists():
        return  # nearly always: facts are not searched for nothing
    for against, mark in ((Appeal.Against.LATE, "excused_late"), (Appeal.Against.REWORK, "excused_rework")):
        accepted = Appeal.objects.filter(
            case=OuterRef("case"), turn=OuterRef("turn"), against=against, state=Appeal.State.ACCEPTED
        )
        CaseFacts.objects.filter(Exists(accepted), case__in=cases).update(**{mark: True})


def _plan_without_holds(cases: Sequence[int]) -> None:
    """When cases that were on hold would have been due: few, so each by the working time of the city."""
    held = CaseClock.objects.filter(Q(paused_since__isnull=False) | ~Q(pauses=[]), kind=Kind.HANDLE, case__in=cases)
    rows = CaseClock.objects.filter(pk__in=held).order_by("case", "round", "part")
    if not rows:
        return
    book = book_of_city()
    found: dict[str, list[object]] = {"cases": [], "started": [], "due": []}
    for (case, _round), parts in groupby(rows, key=lambda row: (row.case_id, row.round)):
        clocks = tuple(replace(clock_of(row), pauses=(), paused_since=None) for row in parts)
        ends = [marks.due_at for marks in marks_of(clocks, book.calendar, amber_share=book.amber_share) if marks]
        if ends:
            found["cases"].append(case)
            found["started"].append(clocks[0].started_at)
            found["due"].append(max(ends))
    run.execute("cases", "judging_planned_v1", found)
