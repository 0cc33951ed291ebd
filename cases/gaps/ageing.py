"""The age of gaps over time: by day, how many cells were not walked for more than N days, and the median age.

A cell's age on a day is as `cases.gaps.finding` has it: the days since somebody last walked there. Of a cell without a
recorded walk only this is known: nobody walked there since tracks began. So its age is *at least* so many days; days
before tracks began have no figures, and until N days of tracks are there nobody can say what was not walked for longer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Min
from django.utils import timezone

from cases.models import CellVisit
from cases.patrols.rates import FIGURES
from cells import rules
from cells.models import Edition, NoEditionInForce
from spatial.postgis import run

MOST_WEEKS = 26


@dataclass(frozen=True, slots=True)
class AgeingDay:
    """A day: its cells, those never walked up to it, those unwalked for longer than `Ageing.over`, the median age.

    None is “not known”: before tracks began all but the number of cells, and `over` until tracks are old enough. The
    median is the lower one; with `at_least` it is a bound, for more than half of the cells were never walked.
    """

    day: dt.date
    cells: int
    never: int | None = None
    over: int | None = None
    median: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Ageing:
    """Days one after the other; `began` is the day of the first track of the city, None where there is none."""

    over: int
    began: dt.date | None
    days: list[AgeingDay]


def ageing(last: dt.date, *, days: int, over: int | None = None, grids: list[int] | None = None) -> Ageing:
    """The days that end with `last`, on some grids' ground (community or third-level grids; None: the city).

    `over` is N; the city's rule `gap_days` where not said.

    Raises
    ------
    NoEditionInForce, NoSuchRule
    ValueError : a number of days is below one
    """
    usual, dwell_s, walk_m = rules.figures("gap_days", *FIGURES[:2])
    over = int(usual) if over is None else over
    if days < 1 or over < 1:
        raise ValueError("A number of days is one at least.")
    first, until = last - dt.timedelta(days=days - 1), last + dt.timedelta(days=1)
    numbers, begins = _begins()
    asked = {
        "numbers": numbers, "begins": begins, "first": first, "until": until, "grids": grids,
        "dwell": dwell_s, "walk": walk_m,
    }  # fmt: skip
    began = CellVisit.objects.aggregate(first=Min("day"))["first"]
    stretches = run.rows("cases", "gap_ages_v1", asked)
    oldest = max(((last - walked).days for _, _, walked, _ in stretches if walked is not None), default=0)
    # Cells by day and age; the last column are those never walked.
    ages = np.zeros((days, oldest + 2), np.int64)
    for start, ends, walked, cells in stretches:
        at = np.arange((start - first).days, (ends - first).days)
        ages[at, (at + (first - walked).days) if walked is not None else -1] += cells
    return Ageing(over, began, [_day(first + dt.timedelta(days=k), ages[k], over, began) for k in range(days)])


def _day(day: dt.date, ages: Any, over: int, began: dt.date | None) -> AgeingDay:
    cells, never = int(ages.sum()), int(ages[-1])
    if began is None or day < began or not cells:
        return AgeingDay(day, cells)
    known = (day - began).days + 1  # days of tracks up to it: who was never walked is unwalked for so long at least
    walked = np.cumsum(ages[:-1])
    middle = (cells - 1) // 2
    at_least = middle >= walked[-1]
    return AgeingDay(
        day,
        cells,
        never,
        None if never and known <= over else int(ages[over + 1 : -1].sum()) + never,
        known if at_least else int(np.searchsorted(walked, middle, side="right")),
        bool(at_least),
    )


def _begins() -> tuple[list[int], list[dt.date]]:
    """The published editions by number, and from which day on each counts (see `cases.patrols.days.edition_of`)."""
    editions = Edition.objects.published().order_by("number").values_list("number", "valid_from")
    numbers, begins = [], []
    for number, valid_from in editions:
        here = timezone.localtime(valid_from)
        late = here.time() != dt.time()
        numbers.append(number)
        begins.append(here.date() + dt.timedelta(days=late) if begins else dt.date.min)
    if not numbers:
        raise NoEditionInForce
    return numbers, begins
