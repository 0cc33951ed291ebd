"""Today's round: which cells of a beat to walk next, and in which order.

Each cell that is not seen today weighs so many days: those since it was last seen, and what the city's rules say that
an open case, an open check and a hot spot weigh. The way is through the cells that weigh most together and can be
walked in the time that there is, from where the officer is (`spatial.tours`, OR-tools). No solver is asked to guess
where one may cross a street: ways are straight, at a speed that allows for their turns.
"""

from __future__ import annotations

import datetime as dt
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
    hot: Hot | None = None

    def weight(self, today: dt.date, by: Weights) -> float:
        """Days since it was seen, what is open there and a hot spot, each as much as the rules say."""
        unseen = by.never if self.seen_on is None else min(by.never, max((today - self.seen_on).days, 0))
        return unseen + by.case * self.cases + by.check * self.checks + (by.hot if self.hot else 0.0)


def beat_of(user: Any, *, at: dt.datetime) -> list[BeatCell]:
    """The cells that a user walks: of the grids where he is posted, else of his territory; none for the whole city.

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
    if not grids:
        return []
    dwell_s, walk_m, _ = rules.figures(*FIGURES)
    edition = Edition.objects.in_force(at)
    asked = {"edition": edition.number, "grids": grids, "today": today, "dwell": dwell_s, "walk": walk_m}
    return [BeatCell(*row) for row in run.rows("cases", "beat_of_person_v1", asked)]


def with_hot_spots(beat: list[BeatCell], *, today: dt.date) -> list[BeatCell]:
    """The same cells, told which of them lie in a hot spot of the last four weeks."""
    hot = hot_cells(today) if beat else {}
    return [replace(cell, hot=hot.get(cell.code)) for cell in beat]


def round_of(
    beat: list[BeatCell], *, here: tuple[float, float] | None, today: dt.date, by: Weights | None = None
) -> list[BeatCell]:
    """The cells to walk next, in the order of the way; from the northernmost where it is not known where one is.

    The same beat and place give the same round. No more cells than the rules allow, nor than there is time for.
    """
    by = by or Weights.of_city()
    wanted = sorted((c for c in beat if c.seen_on != today), key=lambda c: (-c.weight(today, by), c.code))
    wanted = wanted[: int(by.most) * _LOOKED_AT]
    if not wanted:
        return []
    xy = np.array([[c.x, c.y] for c in wanted])
    start = xy[np.lexsort((xy[:, 0], -xy[:, 1]))[0]] if here is None else np.array(here)
    order = round_through(
        xy,
        np.array([c.weight(today, by) for c in wanted]),
        start=start,
        visit_s=by.cell_minutes * 60,
        kmh=by.kmh,
        budget_s=by.minutes * 60,
        most=int(by.most),
    )
    return [wanted[k] for k in order]
