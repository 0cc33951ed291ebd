"""The book of days: how many cases were reported, filed and ended on each, and how many stand where, beside the cases.

The database writes down each change of a case in the transaction that makes it (cases/sql/tally_changes_v1.sql); the
worker carries what was written into the book every minute. Who asks adds what still waits, in one statement: what is
told is what was committed a moment ago, and costs the days asked for, not the cases there are. A change counts exactly
once: it is taken away by the statement that adds it, under a lock, in one transaction, so two workers take turns and
one that is killed has done nothing. `recount` counts all anew from the cases and `differences` proves that both agree.

Days are the city's (`TIME_ZONE`): where that is changed, recount.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from spatial.postgis import roles, run

# So many changes are carried in one transaction: half a second, and half a gigabyte of memory never.
_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Carried:
    """How many changes went into the book, into how many rows of it."""

    changes: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Recounted:
    """`differences`: rows of the book that are not what the cases say; `mended`: those that were put right before."""

    differences: int
    mended: int
    examples: list[dict[str, Any]]
    seconds: float

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def carry_due(*, at: dt.datetime) -> Carried:
    """Carry all waiting changes into the book, block by block; where another carries, it is left to him.

    `at` is when; changes count on their own days.
    """
    changes = rows = 0
    while True:
        done = carry(_AT_ONCE)
        changes, rows = changes + done.changes, rows + done.rows
        if done.changes < _AT_ONCE:
            return Carried(changes, rows)


def carry(most: int) -> Carried:
    """Carry so many changes at most, the oldest first, in one transaction."""
    zone = settings.TIME_ZONE
    with roles.as_owner(), transaction.atomic():
        (held,) = run.row("cases", "hold_tallies_v1", {"wait": False}) or (False,)
        if not held:
            return Carried()
        run.row("cases", "make_tally_years_v1", {"zone": zone})
        return Carried(*(run.row("cases", "fold_tallies_v1", {"zone": zone, "most": most}) or (0, 0)))


def recount() -> Recounted:
    """Count the whole book anew from the cases, put right what differs, and look again."""
    began = time.perf_counter()
    zone = settings.TIME_ZONE
    with roles.as_owner(), transaction.atomic():
        run.row("cases", "hold_tallies_v1", {"wait": True})
        run.row("cases", "make_tally_years_v1", {"zone": zone})
        run.row("cases", "room_to_count_v1")
        (mended, _) = run.row("cases", "recount_tallies_v1", {"zone": zone}) or (0, 0)
    seen = differences()
    return Recounted(seen.differences, mended, seen.examples, round(time.perf_counter() - began, 3))


def differences() -> Recounted:
    """Where book and cases differ, and nothing done about it; the first five as examples, with what is too much."""
    began = time.perf_counter()
    with roles.as_owner(), transaction.atomic():
        run.row("cases", "room_to_count_v1")
        found = run.rows("cases", "check_tallies_v1", {"zone": settings.TIME_ZONE})
    names = ("frame", "measure", "day", "key", "placed", "source", "outcome", "n")
    examples = [{**dict(zip(names, row, strict=True)), "day": row[2].isoformat()} for row in found[:5]]
    return Recounted(len(found), 0, examples, round(time.perf_counter() - began, 3))


def reported(since: dt.date, until: dt.date) -> int:
    """How many cases were reported in some days of the whole city, both included."""
    found = run.row("cases", "reported_in_days_v1", {"since": since, "until": until, "zone": settings.TIME_ZONE})
    return int(found[0]) if found else 0


def reported_by_class(last: dt.date, *, days: int) -> list[tuple[int, int, int]]:
    """Rows of class (primary key, 0: none), its cases of the whole city in so many days up to the last, and in as many
    before; the most changed first."""
    first = last - dt.timedelta(days=days - 1)
    asked = {"first": first, "last": last, "earliest": first - dt.timedelta(days=days), "zone": settings.TIME_ZONE}
    with roles.as_owner():
        return [(key, now, before) for key, now, before in run.rows("cases", "reported_by_class_v1", asked)]


def reported_by_cell(
    since: dt.date, until: dt.date, *, edition: int, slice_days: int
) -> list[tuple[int, int, int, int]]:
    """Rows of cell (primary key, 0: none), slice of so many days, and how many cases count there in an edition (by
    number), as the cell stands as it stood when they were placed; and how many must be looked for by their place."""
    asked = {"first": since, "last": until, "slice_days": slice_days, "zone": settings.TIME_ZONE, "edition": edition}
    return [(cell, part, stand, stray) for cell, part, stand, stray in run.rows("cases", "hotspot_counts_v1", asked)]
