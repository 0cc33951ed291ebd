"""What a month comes to, by unit and case.

A case costs by its overdue days up to the end of the month, or until it was put right; the month's amount is that, less
what earlier months had for it. So each day is paid once, whenever months are closed, and a case that stays undone costs
on. Which table holds is said by the month in which the limit ended. Cases on hold, declined, void or excused by an
appeal cost nothing; work that failed its check is not put right. The unit is the one of the city's level that held the
place at the report.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from cases.correction.amounts import NOTHING, Tier, overdue_days, whole
from cases.models import CaseFacts, CorrectionItem, CorrectionLine, CorrectionTable
from cells import rules
from cells.models import Level

LEVELS = {1: "district", 2: "town", 3: "community"}


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a month's statement."""

    case: int
    turn: int
    unit: int | None
    item: int
    overdue_days: int
    whole: Decimal
    amount: Decimal


def begins(month: str) -> dt.datetime:
    """The first moment of a month as 2026-03."""
    return timezone.make_aware(dt.datetime.fromisoformat(f"{month}-01"))


def ends(month: str) -> dt.datetime:
    """The first moment after a month."""
    first = dt.date.fromisoformat(f"{month}-01")
    return begins(f"{(first.replace(day=28) + dt.timedelta(days=4)):%Y-%m}")


def lines_of(month: str, *, at: dt.datetime) -> list[Line]:
    """The lines of a month that is not closed, up to its end or now, by the facts as they are; asked as the owner."""
    tables = _tables()
    if not tables or begins(month) > at:
        return []
    end = min(ends(month), at)
    (rank,) = rules.figures("correction_level")
    level = LEVELS.get(int(rank), Level.DISTRICT)
    before = _before(month)
    found = []
    for row in _overdue(tables, end, level):
        tiers = _tiers_for(tables, row["due_at"]).get(row["key"], ())
        undone = row["handled_at"] is None or row["handled_at"] >= end or _failed(row, end)
        days = overdue_days(row["due_at"], end if undone else row["handled_at"])
        sum_, item = whole(tiers, days)
        amount = sum_ - before.get((row["case"], row["turn"]), NOTHING)
        if item is not None and amount > 0:
            found.append(Line(row["case"], row["turn"], row["unit"], item, days, sum_, amount))
    return found


def totals(lines: Iterable[Any]) -> dict[int | None, tuple[int, Decimal]]:
    """Cases and amounts by unit, of lines of either kind."""
    cases: dict[int | None, set[int]] = defaultdict(set)
    sums: dict[int | None, Decimal] = defaultdict(Decimal)
    for line in lines:
        unit, case = (line.unit, line.case) if isinstance(line, Line) else (line.unit_id, line.case_id)
        cases[unit].add(case)
        sums[unit] += line.amount
    return {unit: (len(cases[unit]), sums[unit]) for unit in cases}


_Tables = list[tuple[str, dict[str, list[Tier]]]]


def _tables() -> _Tables:
    """The tables by month, the newest of a month alone, each with its tiers by class."""
    newest = dict(CorrectionTable.objects.order_by().values_list("since").annotate(Max("pk")))
    out = []
    for since in sorted(newest):
        tiers: dict[str, list[Tier]] = defaultdict(list)
        for item in CorrectionItem.objects.filter(table=newest[since]):
            tiers[item.kind_code].append(Tier(item.pk, item.from_days, item.amount, item.per_day))
        out.append((since, dict(tiers)))
    return out


def _tiers_for(tables: _Tables, due_at: dt.datetime) -> dict[str, list[Tier]]:
    month = f"{timezone.localtime(due_at):%Y-%m}"
    return next((tiers for since, tiers in reversed(tables) if since <= month), {})


def _overdue(tables: _Tables, end: dt.datetime, level: str) -> Iterable[dict[str, Any]]:
    codes = {code for _since, tiers in tables for code in tiers}
    rows = CaseFacts.objects.filter(
        Q(void_at=None) | Q(void_at__gte=end),
        Q(declined_at=None) | Q(declined_at__gte=end),
        excused_late=False,  # by an appeal that was accepted
        due_at__gte=begins(tables[0][0]),
        due_at__lt=end,
        case__catalogue_class__isnull=False,
    ).order_by("case", "turn")
    read = rows.values_list(
        "case", "turn", f"{level}_id", "due_at", "handled_at", "reworked_at",
        "case__catalogue_class__kind", "case__catalogue_class__major", "case__catalogue_class__minor",
    )  # fmt: skip
    for case, turn, unit, due_at, handled_at, reworked_at, kind, major, minor in read.iterator(10_000):
        key = f"{kind}-{major}{minor}"
        if key in codes:
            yield {"case": case, "turn": turn, "unit": unit, "due_at": due_at, "handled_at": handled_at,
                   "reworked_at": reworked_at, "key": key}  # fmt: skip


def _failed(row: dict[str, Any], end: dt.datetime) -> bool:
    """Whether the last work before the end failed its check before it."""
    return row["reworked_at"] is not None and row["handled_at"] < row["reworked_at"] < end


def _before(month: str) -> dict[tuple[int, int], Decimal]:
    """What earlier months had of each opening of a case, without corrections, which are not the case's days."""
    lines = CorrectionLine.objects.filter(month__lt=month, corrects=None)
    out: dict[tuple[int, int], Decimal] = {}
    for case, turn, most in lines.order_by().values_list("case", "turn").annotate(Max("whole")):
        out[case, turn] = most
    return out
