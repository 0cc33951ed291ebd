"""The day in figures, as who leads asks for them: each is the number of cases of a set, and the set can be looked at.

A figure and the list behind it come from one definition (`cases_of`), so they cannot differ. Yesterday and last week
are counted up to the same time of day, otherwise every morning would look like an improvement. All is counted from the
cases themselves, by the indexes `case_newest`, `ledger_newest`, `case_ended` and `case_due`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from cases.models import Case
from cases.models.case import CaseQuerySet
from cases.workflow import Stage

DAY = dt.timedelta(days=1)


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
    made = []
    for what in Of:
        now = cases_of(what, by=by, at=at).count()
        yesterday = last_week = None
        if what in (Of.REPORTED, Of.FILED, Of.CLOSED):
            yesterday, last_week = (cases_of(what, by=by, at=at - DAY * days).count() for days in (1, 7))
        elif what is Of.OPEN:
            yesterday, last_week = (_open_at(now, by=by, then=at - DAY * days) for days in (1, 7))
        made.append(Figure(what, now, yesterday, last_week))
    return made


def _open_at(now: int, *, by: Any, then: dt.datetime) -> int:
    """How many were open at a moment of the past: those of now that were there, and those that ended since.

    As the books stand today: a case that was opened again counts as if it had never been closed.
    """
    seen = Case.objects.in_territory_of(by).order_by()
    since = seen.open().filter(reported_at__gt=then).count()
    return now - since + seen.filter(closed_at__gt=then, reported_at__lte=then).count()


def overdue_by_cell(*, by: Any, at: dt.datetime) -> dict[int, tuple[int, int]]:
    """Cells that have overdue cases, by primary key: how many overdue, how many with a clock that runs."""
    running = Case.objects.in_territory_of(by).filter(due_at__isnull=False, cell__isnull=False).order_by()
    rows = running.values_list("cell").annotate(late=Count("pk", filter=Q(due_at__lt=at)), all=Count("pk"))
    return {cell: (late, all_) for cell, late, all_ in rows if late}
