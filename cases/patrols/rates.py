"""How well the ground is patrolled: a day's rates by grid, with their formulas.

A unit cell is *seen* on a day when somebody was there on foot for `patrol_dwell_least_s` or over `patrol_walk_least_m`;
it is *walked through* when moreover one of those saw `patrol_street_share_least` of its streets (a cell without streets
needs no more than to be seen).

    full-walk rate   = cells walked through / cells          a grid is fully walked where this is 1 (八(三): every
                                                             responsibility grid once a day)
    见巡率 seen rate  = cells seen / cells
    管事率 dealt rate = patrols' finds of the day that are handled, being checked, or closed
                       / patrols' finds of the day

The plan names 见巡率 and 管事率 without a formula: these two are our reading. Finds are cases whose source is the
patrol, by the day they were reported and the cell they lie in; what was declined or void was no find.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cases.patrols.days import bounds, edition_of
from cases.workflow import Stage
from cells import rules
from cells.models import Edition
from cells.territory import territory_of
from spatial.postgis import run

NO_FINDS = (str(Stage.DECLINED), str(Stage.VOID))
FIGURES = ("patrol_dwell_least_s", "patrol_walk_least_m", "patrol_street_share_least")


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts, and the rates that follow from them; None where there is nothing to be a share of."""

    cells: int = 0
    seen: int = 0
    walked: int = 0
    found: int = 0
    dealt: int = 0

    @property
    def full_walk(self) -> float | None:
        return self.walked / self.cells if self.cells else None

    @property
    def seen_rate(self) -> float | None:
        return self.seen / self.cells if self.cells else None

    @property
    def dealt_rate(self) -> float | None:
        return self.dealt / self.found if self.found else None

    def __add__(self, other: Rates) -> Rates:
        return Rates(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))

    def as_data(self) -> dict[str, Any]:
        """Plain data."""
        rates = ("full_walk", "seen_rate", "dealt_rate")
        return {n: getattr(self, n) for n in (*self.__slots__, *rates)}


@dataclass(frozen=True, slots=True)
class OfGrid:
    """The rates of a third-level grid (or of ground of a community that is not divided: `grid` None)."""

    community: int
    grid: int | None
    rates: Rates


def rates_of(day: dt.date, *, user: Any) -> list[OfGrid]:
    """A day's rates by third-level grid in the reader's territory, in the cells the day began with.

    Raises
    ------
    NoEditionInForce
    """
    since, until = bounds(day)
    asked = _asked(edition_of(day), user) | {"day": day, "since": since, "until": until}
    return [OfGrid(row[0], row[1], Rates(*row[2:])) for row in run.rows("cases", "patrol_rates_v1", asked)]


def rates_by_day(days: Iterable[dt.date], *, user: Any) -> dict[dt.date, Rates]:
    """The rates of the reader's territory by day, in the cells in force today.

    Raises
    ------
    NoEditionInForce
    """
    wanted = sorted(set(days))
    limits = [bounds(day) for day in wanted]
    asked = _asked(Edition.objects.in_force(), user) | {
        "days": wanted,
        "since": [since for since, _ in limits],
        "until": [until for _, until in limits],
    }
    return {row[0]: Rates(*row[1:]) for row in run.rows("cases", "patrol_days_v1", asked)}


def total(found: Iterable[OfGrid]) -> tuple[Rates, int, int]:
    """The sum of grids, how many of them are fully walked, and how many there are."""
    grids = list(found)
    rates = sum((g.rates for g in grids), Rates())
    return rates, sum(g.rates.walked == g.rates.cells for g in grids), len(grids)


def _asked(edition: Edition, user: Any) -> dict[str, Any]:
    dwell_s, walk_m, share = rules.figures(*FIGURES)
    return {
        "edition": edition.number,
        "grids": territory_of(user),
        "dwell": dwell_s,
        "walk": walk_m,
        "share": share,
        "no_finds": list(NO_FINDS),
    }
