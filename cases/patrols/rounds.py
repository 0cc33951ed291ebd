"""Today's round: which cells of a beat to walk next, and in which order.

First what an order asks for, wherever it lies. Then, which: those not seen today, weighed by the days since they were
last seen and by their open cases and checks. In which order: the shortest way through them from where the officer is,
by the nearest next and then 2-opt (Croes 1958) until no exchange of two legs makes it shorter. For 30 cells that takes
some milliseconds and lies within some per cent of the best; no solver is asked to guess where one may cross a street.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from cases.patrols.rates import FIGURES
from cells import rules
from cells.models import Edition, Person, Posting
from cells.territory import grids_within
from spatial.postgis import run
from spatial.tours import shortest

# A cell never seen weighs as one not seen for so long; a case, as a day (our own figures).
NEVER_DAYS = 30
CASE_DAYS, CHECK_DAYS = 1.0, 1.0


@dataclass(frozen=True, slots=True)
class BeatCell:
    """A cell of a beat: a place in it (metres), when it was last seen, and what is open there."""

    id: int
    code: str
    x: float
    y: float
    seen_on: dt.date | None
    cases: int
    checks: int
    of_beat: bool = True

    def weight(self, today: dt.date) -> float:
        """Days since it was seen, and what is open there."""
        unseen = NEVER_DAYS if self.seen_on is None else min(NEVER_DAYS, (today - self.seen_on).days)
        return unseen + CASE_DAYS * self.cases + CHECK_DAYS * self.checks


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


def round_of(
    beat: list[BeatCell], *, here: tuple[float, float] | None, today: dt.date, ordered: Container[int] = ()
) -> list[BeatCell]:
    """The cells to walk next, in the order of the way; from the northernmost where it is not known where one is.

    All that is `ordered` (keys of cells that wait) comes before the rest, whatever was seen today before the order.
    """
    (most,) = rules.figures("patrol_round_most_cells")
    first = [c for c in beat if c.id in ordered]
    others = [c for c in beat if c.of_beat and c.id not in ordered and c.seen_on != today]
    rest = sorted(others, key=lambda c: (-c.weight(today), c.code))[: max(0, int(most) - len(first))]
    way: list[BeatCell] = []
    for part in (first, rest):
        if part:
            way += _tour(part, here if not way else (way[-1].x, way[-1].y))
    return way


def _tour(cells: list[BeatCell], here: tuple[float, float] | None) -> list[BeatCell]:
    xy = np.array([[c.x, c.y] for c in cells])
    start = xy[np.lexsort((xy[:, 0], -xy[:, 1]))[0]] if here is None else np.array(here)
    return [cells[k] for k in shortest(xy, start=start)]
