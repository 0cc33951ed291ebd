"""Today's round: which cells of a beat to walk next, and in which order.

First what an order asks for, wherever it lies and however long it takes; then of the beat what is worth most in the
time that is left. Each cell that is not seen today weighs so many days: those since it was last seen, and what the
city's rules say that an open case, an open check and a hot spot weigh. The way is through the cells that weigh most
together and can be walked in the time that there is, from where the officer is (`spatial.tours`, OR-tools). No solver
is asked to guess where one may cross a street: ways are straight, at a speed that allows for their turns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils import timezone

from cases.hotspots.hot_cells import Hot, hot_cells
from cases.patrols.rates import FIGURES
from cells import rules
from cells.models import Edition, Person, Posting
from cells.territory import grids_within
from spatial.partition import Floats
from spatial.postgis import run
from spatial.tours import length, round_through

# So many of the weightiest cells for each that has room in the round are looked at: lighter ones have no chance.
_LOOKED_AT = 3
# More than any order takes, and more than any way costs: of what was ordered nothing is left out.
_ALL_MINUTES = 1e7
_ORDERED = 1e5


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes a cell worth a visit, in days unseen, and what a round may take: rows of the table of rules."""

    never: float
    case: float
    check: float
    hot: float
    minutes: float
    cell_minutes: float
    kmh: float
    most: float

    @classmethod
    def of_city(cls) -> Weights:
        """As the city has set them; one query."""
        days = ("never_days", "case_days", "check_days", "hot_days")
        return cls(
            *rules.figures(*(f"patrol_round_{n}" for n in (*days, "minutes", "cell_minutes", "kmh", "most_cells")))
        )

    def minutes_of(self, xy: Floats) -> float:
        """What a round through (n, 2) places takes from the first of them on."""
        metres = length(xy, list(range(1, len(xy))), start=xy[0]) if len(xy) else 0.0
        return metres * 0.06 / self.kmh + self.cell_minutes * len(xy)


@dataclass(frozen=True, slots=True)
class BeatCell:
    """A cell of a beat: a place in it (metres), when it was last seen, what is open there, and whether it is hot.

    `cases`: all that are open; `checks`: those of them where somebody is to look whether it is so, or is done.
    """

    id: int
    code: str
    x: float
    y: float
    seen_on: dt.date | None
    cases: int
    checks: int
    of_beat: bool = True
    hot: Hot | None = None

    def weight(self, today: dt.date, by: Weights) -> float:
        """Days since it was seen, what is open there and a hot spot, each as much as the rules say."""
        unseen = by.never if self.seen_on is None else min(by.never, max((today - self.seen_on).days, 0))
        return unseen + by.case * self.cases + by.check * self.checks + (by.hot if self.hot else 0.0)


def beat_of(user: Any, *, at: dt.datetime, ordered: Iterable[int] = ()) -> list[BeatCell]:
    """The cells that a user walks: of the grids where he is posted, else of his territory; none for the whole city.

    `ordered` are cells (keys) that come too where they lie outside his beat (`of_beat` says so).

    Raises
    ------
    NoEditionInForce
    """
    person: Person | None = getattr(user, "person", None)
    if person is None:
        return []
    today = timezone.localdate(at)
    grids = list(Posting.objects.on(today).filter(person=person).values_list("grid", flat=True))
    if not grids and person.territory_id is not None:
        grids = grids_within(person.territory_id)
    wanted = list(ordered)
    if not grids and not wanted:
        return []
    dwell_s, walk_m, _ = rules.figures(*FIGURES)
    edition = Edition.objects.in_force(at)
    asked = {"edition": edition.number, "grids": grids, "ordered": wanted, "today": today,
             "dwell": dwell_s, "walk": walk_m}  # fmt: skip
    return [BeatCell(*row) for row in run.rows("cases", "beat_of_person_v2", asked)]


def with_hot_spots(beat: list[BeatCell], *, today: dt.date) -> list[BeatCell]:
    """The same cells, told which of them lie in a hot spot of the last four weeks."""
    hot = hot_cells(today) if beat else {}
    return [replace(cell, hot=hot.get(cell.code)) for cell in beat]


def round_of(
    beat: list[BeatCell],
    *,
    here: tuple[float, float] | None,
    today: dt.date,
    ordered: Container[int] = (),
    by: Weights | None = None,
) -> list[BeatCell]:
    """The cells to walk next, in the order of the way; from the northernmost where it is not known where one is.

    All that is `ordered` (keys of cells that wait) comes before the rest, whatever was seen today before the order. The
    same beat and place give the same round. No more cells than the rules allow, nor than there is time for; of orders
    none is left out.
    """
    by = by or Weights.of_city()
    first = [c for c in beat if c.id in ordered]
    others = [c for c in beat if c.of_beat and c.id not in ordered and c.seen_on != today]
    way = _way(first, here, by, [_ORDERED] * len(first), minutes=_ALL_MINUTES, most=len(first))
    left = by.minutes - by.minutes_of(_places(way))
    if left <= 0:
        return way
    rest = sorted(others, key=lambda c: (-c.weight(today, by), c.code))[: int(by.most) * _LOOKED_AT]
    weights = [c.weight(today, by) for c in rest]
    return way + _way(rest, _places(way)[-1] if way else here, by, weights, minutes=left, most=int(by.most) - len(way))


def _way(
    cells: list[BeatCell],
    here: tuple[float, float] | Floats | None,
    by: Weights,
    weights: list[float],
    *,
    minutes: float,
    most: int,
) -> list[BeatCell]:
    if not cells or most < 1:
        return []
    xy = _places(cells)
    start = xy[np.lexsort((xy[:, 0], -xy[:, 1]))[0]] if here is None else np.array(here)
    order = round_through(
        xy,
        np.array(weights),
        start=start,
        visit_s=by.cell_minutes * 60,
        kmh=by.kmh,
        budget_s=minutes * 60,
        most=most,
    )
    return [cells[k] for k in order]


def _places(cells: list[BeatCell]) -> Floats:
    return np.array([[c.x, c.y] for c in cells]).reshape(-1, 2)
