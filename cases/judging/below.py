"""How units judge those below them (R21): whether they ranked them, month by month, within the days allowed."""

from __future__ import annotations

import datetime as dt

from cases.judging import units
from cases.judging.periods import Period, first_of_next
from cases.judging.units import Of
from cases.models import Ranking
from cells import rules


def facts(kind: Of, period: Period) -> dict[int | None, dict[str, int]]:
    """Of each unit of a level that has units below it: how many there were to judge, and how many were in time.

    A month counts once its days for ranking are over; a unit below counts as judged where the published ranking gave
    it a place, or said that it had no cases.
    """
    (days,) = rules.figures("judge_below_days")
    out: dict[int | None, dict[str, int]] = {}
    for month in _months(period):
        limit = month.whole_end + dt.timedelta(days=days)
        if limit > period.at:
            continue
        edition = month.edition()
        below = units.units_below(units.units_of(kind, edition), edition)
        published = Ranking.objects.filter(month=month.month, within__in=below, published_at__lte=limit)
        judged: dict[int, set[int]] = {}
        for unit, lines in published.values_list("within", "lines"):
            judged.setdefault(unit, set()).update(line["unit"] for line in lines)
        for unit, those in below.items():
            found = out.setdefault(unit, {"below_to_judge": 0, "below_judged_in_time": 0})
            found["below_to_judge"] += len(those)
            found["below_judged_in_time"] += len(judged.get(unit, set()) & set(those))
    return out


def _months(period: Period) -> list[Period]:
    """The complete months of a period."""
    first = period.since if period.since.day == 1 else first_of_next(period.since)
    found = []
    while first_of_next(first) - dt.timedelta(days=1) <= period.until:
        found.append(Period.of_days(first, first_of_next(first) - dt.timedelta(days=1), at=period.at))
        first = first_of_next(first)
        if first > period.at.date():
            break
    return found
