"""Counts and exposures of the units of a frame, gathered by a few set-based queries.

Cases count where they lie in the edition in force. Most of them lie in the cell they were placed in, and are counted in
the database; those on ground that was redrawn since are found their unit again by the locator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cases.hotspots.asking import Asked
from cases.hotspots.frames import Frame
from spatial.partition import Floats, Ints
from spatial.postgis import run

EXPOSURES = ("past", "components", "area")
# A unit without any component still has streets and doors: as much as a tenth of the average unit's components.
_LEAST = 0.1


@dataclass(frozen=True, slots=True)
class Tallies:
    """How many cases: rows of unit, slice of time, class (0: none) and count; `outside`: cases of no unit."""

    unit: Ints
    slice: Ints
    category: Ints
    count: Ints
    units: int
    outside: int

    def by_unit(self) -> Floats:
        """(n,) cases of each unit."""
        return np.bincount(self.unit, self.count, minlength=self.units).astype(np.float64)

    def by_slice(self, slices: int) -> Floats:
        """(n, slices) cases of each unit in each slice of time."""
        at = self.unit * slices + self.slice
        flat = np.bincount(at, self.count, minlength=self.units * slices).astype(np.float64)
        return flat.reshape(self.units, slices)

    def by_category(self, units: Ints) -> dict[int, int]:
        """Cases of some units together by class, the most first."""
        mine = np.isin(self.unit, units)
        classes, which = np.unique(self.category[mine], return_inverse=True)
        sums = np.bincount(which.ravel(), self.count[mine], minlength=len(classes)).astype(int)
        return dict(sorted(zip(classes.tolist(), sums.tolist(), strict=True), key=lambda item: (-item[1], item[0])))


def tallies(asked: Asked, frame: Frame, *, slice_days: int | None = None) -> Tallies:
    """The cases of a filter by unit, class and slices of so many days (the last one may be shorter)."""
    parameters = asked.parameters() | {"edition": frame.ground.edition}
    if slice_days:
        parameters["slice_s"] = slice_days * 86_400.0
    everywhere = frame.hexagons is not None
    counted = [] if everywhere else run.rows("cases", "hotspot_tallies_v1", parameters)
    strays = run.rows("cases", "hotspot_strays_v1", parameters | {"everywhere": everywhere})
    rows = np.array(counted, np.int64).reshape(-1, 4)
    cell_ids = frame.ground.cell_ids
    order = np.argsort(cell_ids)
    known = order[np.searchsorted(cell_ids[order], rows[:, 0])] if len(rows) else np.empty(0, np.int64)
    lost = np.array(strays, np.float64).reshape(-1, 4)
    found = frame.units_at(lost[:, :2])
    inside = found >= 0
    return Tallies(
        unit=np.concatenate([known, found[inside]]).astype(np.int64),
        slice=np.concatenate([rows[:, 1], lost[inside, 2].astype(np.int64)]),
        category=np.concatenate([rows[:, 2], lost[inside, 3].astype(np.int64)]),
        count=np.concatenate([rows[:, 3], np.ones(int(inside.sum()), np.int64)]),
        units=len(frame),
        outside=int((~inside).sum()),
    )


def places(asked: Asked, frame: Frame) -> Floats:
    """(n, 2) metres: where the cases of a filter lie, in the city or not."""
    parameters = asked.parameters() | {"edition": frame.ground.edition, "everywhere": True}
    rows = run.rows("cases", "hotspot_strays_v1", parameters)
    return np.array(rows, np.float64).reshape(-1, 4)[:, :2]


def components(frame: Frame) -> Floats:
    """(n,) the components that stand in each unit now."""
    places = np.array(run.rows("cases", "hotspot_components_v1"), np.float64).reshape(-1, 2)
    found = frame.units_at(places)
    return np.bincount(found[found >= 0], minlength=len(frame)).astype(np.float64)


def exposure(frame: Frame, name: str) -> Floats:
    """(n,) what cases of a unit are held against: `area` (km²) or `components`."""
    if name == "area":
        return frame.area_m2 / 1e6
    if name == "components":
        counted = components(frame)
        return counted + _LEAST * counted.mean() if counted.any() else frame.area_m2 / 1e6
    raise ValueError(f"There is no exposure “{name}”; there are {', '.join(EXPOSURES)}.")
