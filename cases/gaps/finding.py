"""Four plain classes of unit cells, and the layers of gaps beside them, as of the end of a day of the city.

The window is the `days` days that end with the day. The cells are those the day began with (`edition_of`). A cell is
walked where somebody was *seen* there as the patrols' rates have it (`cases.patrols.rates`): on foot, for
`patrol_dwell_least_s` or over `patrol_walk_least_m`. Every cell is in exactly one class:

    walked_clean         walked, and nobody reported anything there in the window
    walked_found         walked, and something was reported there, by whomever
    reported_not_walked  not walked, but somebody reported something
    nobody_looked        neither: nothing is known of it, which is not to say that nothing is wrong

What was declined or void was no problem. A visit counts at the cell it was made to: where an edition drew a cell anew,
its walks begin anew too, so a gap may be called too long, never too short. A case is put where its place lies.

Layers (a cell may be in several); figures in capitals are rules that a city edits, ours and of no standard:

    not_walked              nobody walked in the window
    nobody_posted           on the day nobody answers for its third-level grid (a seconded officer does not)
    no_survey               no component there was surveyed in the GAP_SURVEY_YEARS years before; one from a map or
                            reported by hand is no survey. A cell that holds none looks the same: nobody knows
    citizens_above_patrols  in the GAP_REPORTS_DAYS days, the patrols' share of what they and citizens reported is
                            surely small: the upper end of its 95 % interval (Wilson 1927, each cell by itself) lies
                            below GAP_DISCOVERY_SHARE
    over_limit              of a case reported in the window, a limit ran out before the step was done
    far_from_team           further than GAP_TEAM_FAR_M, in a straight line from the cell's centroid, from the base of
                            every team on duty at noon whose trade is on duty day and night; all, where none is
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from cases.patrols.days import bounds, edition_of, midnight
from cases.patrols.rates import NO_FINDS
from cells import rules
from cells.models import DutyShift, Edition, Role, Team
from cells.territory import territory_of
from spatial.partition import Bools, Floats
from spatial.postgis import run

Z95 = 1.959963984540054


class Known(StrEnum):
    """What is known of a cell in a window."""

    WALKED_CLEAN = "walked_clean"
    WALKED_FOUND = "walked_found"
    REPORTED_NOT_WALKED = "reported_not_walked"
    NOBODY_LOOKED = "nobody_looked"


class Layer(StrEnum):
    """What may be missing at a cell."""

    NOT_WALKED = "not_walked"
    NOBODY_POSTED = "nobody_posted"
    NO_SURVEY = "no_survey"
    CITIZENS_ABOVE_PATROLS = "citizens_above_patrols"
    OVER_LIMIT = "over_limit"
    FAR_FROM_TEAM = "far_from_team"


@dataclass(frozen=True, slots=True)
class CellGaps:
    """A cell with what is known of it; counts are of the window, `long_…` of the longer one.

    `x`, `y` is its centroid, metres of the city's CRS; `share` is the patrols' share of the long counts with its 95 %
    interval, None where there are none; `age_days` the days since the last walk up to the day, None where there never
    was one; `team_m` None where no team is on duty.
    """

    cell: int
    code: str
    x: float
    y: float
    community: int
    grid: int | None
    known: Known
    layers: tuple[Layer, ...]
    walked_on: dt.date | None
    age_days: int | None
    reports: int
    found: int
    told: int
    long_found: int
    long_told: int
    share: tuple[float, float, float] | None
    over_limit: int
    surveyed_on: dt.date | None
    team_m: float | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The cells of an edition as they stood at the end of a day, by code."""

    date: dt.date
    days: int
    edition: Edition
    cells: list[CellGaps]
    seconds: float

    def as_data(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {
            "date": self.date.isoformat(),
            "days": self.days,
            "edition": self.edition.number,
            "cells": len(self.cells),
            **{str(known): sum(one.known == known for one in self.cells) for known in Known},
            "layers": {str(layer): sum(layer in one.layers for one in self.cells) for layer in Layer},
            "seconds": round(self.seconds, 3),
        }


def gaps(day: dt.date, *, days: int | None = None, user: Any = None) -> Gaps:
    """What is known, and what is missing, of every cell in the reader's territory (no user: the city's) on a day.

    `days` is the length of the window; the city's rule `gap_days` where not said.

    Raises
    ------
    NoEditionInForce, NoSuchRule
    ValueError : the window has no day
    """
    begun = time.perf_counter()
    usual, far_m, least_share, long_days, years, dwell_s, walk_m = rules.figures(
        "gap_days", "gap_team_far_m", "gap_discovery_share", "gap_reports_days", "gap_survey_years",
        "patrol_dwell_least_s", "patrol_walk_least_m",
    )  # fmt: skip
    days = int(usual) if days is None else days
    if days < 1:
        raise ValueError("A window has one day at least.")
    edition = edition_of(day)
    _, until = bounds(day)
    first = day - dt.timedelta(days=days - 1)
    asked = {
        "edition": edition.number, "grids": territory_of(user) if user is not None else None, "day": day,
        "since": midnight(first), "until": until, "long_since": midnight(day - dt.timedelta(days=int(long_days) - 1)),
        "no_finds": list(NO_FINDS), "seconded": Role.SECONDED, "dwell": dwell_s, "walk": walk_m,
    }  # fmt: skip
    rows = run.rows("cases", "gaps_of_cells_v1", asked)
    team_m = _to_nearest(np.array([row[4:6] for row in rows], np.float64).reshape(-1, 2), at=_noon(day))
    counts = np.array([row[10:12] for row in rows], np.int64).reshape(-1, 2)
    low, high = wilson(counts[:, 0], counts.sum(axis=1))
    survey_since = day - dt.timedelta(days=round(years * 365.25))
    found = []
    for k, (cell, code, community, grid, x, y, walked_on, *numbers, surveyed_on, posted) in enumerate(rows):
        reports, patrol, told, long_found, long_told, over = numbers
        walked, both = walked_on is not None and walked_on >= first, long_found + long_told
        missing = (
            not walked,
            not posted,
            surveyed_on is None or surveyed_on < survey_since,
            both > 0 and bool(high[k] < least_share),
            over > 0,
            not team_m[k] <= far_m,
        )
        found.append(
            CellGaps(
                cell, code, x, y, community, grid,
                known_of(walked, reports > 0),
                tuple(layer for layer, is_so in zip(Layer, missing, strict=True) if is_so),
                walked_on, None if walked_on is None else (day - walked_on).days,
                reports, patrol, told, long_found, long_told,
                (long_found / both, float(low[k]), float(high[k])) if both else None,
                over, surveyed_on, float(team_m[k]) if np.isfinite(team_m[k]) else None,
            )
        )  # fmt: skip
    return Gaps(day, days, edition, found, time.perf_counter() - begun)


def wilson(successes: Any, trials: Any) -> tuple[Floats, Floats]:
    """The 95 % interval of shares by Wilson's score: (n,) lower and upper ends; 0 and 1 where nothing was tried.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    hit, n = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    some: Bools = n > 0
    n = np.where(some, n, 1.0)
    share, zz = hit / n, Z95**2
    middle = (share + zz / (2 * n)) / (1 + zz / n)
    half = Z95 / (1 + zz / n) * np.sqrt(share * (1 - share) / n + zz / (4 * n**2))
    return np.where(some, np.maximum(0.0, middle - half), 0.0), np.where(some, np.minimum(1.0, middle + half), 1.0)


def known_of(walked: bool, reports: bool) -> Known:
    """The class of a cell by whether somebody walked it, and whether somebody reported something there."""
    if walked:
        return Known.WALKED_FOUND if reports else Known.WALKED_CLEAN
    return Known.REPORTED_NOT_WALKED if reports else Known.NOBODY_LOOKED


def _noon(day: dt.date) -> dt.datetime:
    return midnight(day) + dt.timedelta(hours=12)


def _to_nearest(xy: Floats, *, at: dt.datetime) -> Floats:
    """(n,) metres from places (n, 2), city CRS, to the nearest base of a team on duty day and night; inf: none."""
    on = DutyShift.objects.on(at).values("team")
    bases = Team.objects.filter(pk__in=on, is_active=True, kind__round_the_clock=True).values_list("base", flat=True)
    nearest = np.full(len(xy), np.inf)
    for base in bases:  # some dozens in a city
        nearest = np.minimum(nearest, np.hypot(xy[:, 0] - base.x, xy[:, 1] - base.y))
    return nearest
