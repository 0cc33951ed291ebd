"""The day in figures, as who leads asks for them: each is the number of cases of a set, and the set can be looked at.

A figure and the list behind it come from one definition (`cases_of`), so they cannot differ. Yesterday and last week
are counted up to the same time of day, otherwise every morning would look like an improvement. What grows with the
years is read from the book of days (`cases.summaries`) and, for the piece of a day that no sum says, from the cases by
an index alone; what is only as many as are open (overdue, emergencies, running clocks) is counted where it is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from cases.models import Case
from cases.models.case import CaseQuerySet
from cases.workflow import ENDS, Stage
from cells.territory import territory_of
from spatial.postgis import roles, run

DAY = dt.timedelta(days=1)
COMPARED = (0, 1, 7)  # days ago


class Of(StrEnum):
    """What is counted."""

    REPORTED = "reported"
    FILED = "filed"
    CLOSED = "closed"
    OPEN = "open"
    OVERDUE = "overdue"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Figure:
    """How many now, a day ago and a week ago at this time of day; None where the books do not say it any more."""

    of: Of
    now: int
    yesterday: int | None
    last_week: int | None


def cases_of(what: Of, *, by: Any, at: dt.datetime) -> CaseQuerySet:
    """The cases of a figure that a user may see, without an order.

    Of the day up to the moment: reported, filed, closed. At the moment: open, overdue, emergencies that are open.
    """
    seen = Case.objects.in_territory_of(by)
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    found: CaseQuerySet = {
        Of.REPORTED: seen.filter(reported_at__gte=midnight, reported_at__lte=at),
        Of.FILED: seen.filter(ledger_entry__filed_at__gte=midnight, ledger_entry__filed_at__lte=at),
        Of.CLOSED: seen.filter(stage=Stage.CLOSED, closed_at__gte=midnight, closed_at__lte=at),
        Of.OPEN: seen.open(),
        # Only open cases have an end that runs (`only_open_cases_are_due`).
        Of.OVERDUE: seen.filter(due_at__lt=at),
        Of.EMERGENCY: seen.open().filter(emergency__isnull=False),
    }[what]
    return found.order_by()


def figures(*, by: Any, at: dt.datetime) -> list[Figure]:
    """The day's figures in the order of `Of`."""
    owners = territory_of(by)
    # What a territory has is asked for by its owners: asking the policies of 9,000 entries a day once more took 1.3 s.
    with roles.as_owner():
        return _figures(by, owners, at)


def _figures(by: Any, owners: list[int] | None, at: dt.datetime) -> list[Figure]:
    book = _Book(owners, at)
    told: dict[Of, tuple[int, int | None, int | None]] = {
        Of.REPORTED: (book.reported(0), book.reported(1), book.reported(7)),
        Of.CLOSED: (book.closed(0), book.closed(1), book.closed(7)),
        Of.OPEN: (book.open(), book.open_then(1), book.open_then(7)),
    }
    filed = [book.filed(n) if owners is None else _count(Of.FILED, by, at - DAY * n) for n in (0, 1, 7)]
    told[Of.FILED] = filed[0], filed[1], filed[2]
    told |= {what: (_count(what, by, at), None, None) for what in (Of.OVERDUE, Of.EMERGENCY)}
    return [Figure(what, *told[what]) for what in Of]


def _count(what: Of, by: Any, at: dt.datetime) -> int:
    return cases_of(what, by=by, at=at).count()


class _Book:
    """What the book of days says of some owners, and of the days compared the pieces that no day's sum says."""

    def __init__(self, owners: list[int] | None, at: dt.datetime) -> None:
        moments = {n: timezone.localtime(at - DAY * n) for n in COMPARED}
        self.days = {n: moment.date() for n, moment in moments.items()}
        # Whichever is shorter is counted: the day so far, or what is left of it.
        self.early = {n: moment.hour < 12 for n, moment in moments.items()}
        pieces = [_piece(moment, early=self.early[n]) for n, moment in moments.items()]
        found = run.rows(
            "cases",
            "day_figures_v1",
            {
                "owners": owners,
                "since": min(self.days.values()),
                "zone": settings.TIME_ZONE,
                "days": list(self.days.values()),
                "from": [since for since, _ in pieces],
                "until": [until for _, until in pieces],
            },
        )
        self.sums = {(what, day, stage): int(n) for what, day, stage, n in found}

    def reported(self, ago: int) -> int:
        return self._until("reported", ago, "")

    def filed(self, ago: int) -> int:
        return self._until("filed", ago, "")

    def closed(self, ago: int) -> int:
        return self._until("ended", ago, Stage.CLOSED)

    def open(self) -> int:
        return sum(n for (what, _, stage), n in self.sums.items() if what == "standing" and stage not in ENDS)

    def open_then(self, ago: int) -> int:
        """Those of now, without what came since, with what ended since: no case ends before it is reported.

        As the books stand today: a case that was opened again counts as if it had never been closed.
        """
        ended = sum(self._since("ended", ago, str(stage)) for stage in ENDS)
        return self.open() - self._since("reported", ago, "") + ended

    def _of(self, what: str, day: dt.date, stage: str) -> int:
        return self.sums.get((what, day, stage), 0)

    def _until(self, what: str, ago: int, stage: str) -> int:
        day = self.days[ago]
        piece = self._of(f"{what} piece", day, stage)
        return piece if self.early[ago] else self._of(what, day, stage) - piece

    def _since(self, what: str, ago: int, stage: str) -> int:
        day = self.days[ago]
        later = sum(n for (w, d, s), n in self.sums.items() if (w, s) == (what, stage) and d > day)
        return later + self._of(what, day, stage) - self._until(what, ago, stage)


def _piece(moment: dt.datetime, *, early: bool) -> tuple[dt.datetime, dt.datetime]:
    """The part of a local day up to a moment, which is in it, or after it: from, until."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    after = moment + dt.timedelta(microseconds=1)
    return (midnight, after) if early else (after, midnight + DAY)


def overdue_by_cell(*, by: Any, at: dt.datetime) -> dict[int, tuple[int, int]]:
    """Cells that have overdue cases, by primary key: how many overdue, how many with a clock that runs."""
    running = Case.objects.in_territory_of(by).filter(due_at__isnull=False, cell__isnull=False).order_by()
    rows = running.values_list("cell").annotate(late=Count("pk", filter=Q(due_at__lt=at)), all=Count("pk"))
    with roles.as_owner():
        return {cell: (late, all_) for cell, late, all_ in rows if late}
