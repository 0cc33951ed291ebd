"""Counts and exposures of the units of a frame, gathered by a few set-based queries.

Cases count where they lie in the edition in force. Most of them lie in the cell they were placed in, and are counted in
the database; those on ground that was redrawn since are found their unit again by the locator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from django.db.models import Max
from django.utils.translation import gettext as _

from cases import summaries
from cases.hotspots.asking import Asked
from cases.hotspots.frames import Frame, shapes_of_cells
from cells.models import Population
from spatial.partition import Floats, Ints, Shapes
from spatial.postgis import convert, run

EXPOSURES = ("past", "components", "area", "population", "patrol")
# A unit without any component still has streets and doors: as much as a tenth of the average unit's components. So it
# is with people, who also pass where nobody lives, and with patrols, whose phones are silent at times.
_LEAST = 0.1


class NoExposure(LookupError):
    """What cases were to be held against is not known."""


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
    strays = run.rows("cases", "hotspot_strays_v1", parameters | {"everywhere": everywhere, "cells": None})
    rows = np.array(counted, np.int64).reshape(-1, 4)
    known = _units_of(rows[:, 0], frame)
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


def unit_counts(asked: Asked, frame: Frame, *, slice_days: int | None = None) -> Floats:
    """(n, slices) the cases of a filter by unit and slices of so many days, as `tallies(…).by_slice(…)` has them; up to
    the last slice with cases, one at least.

    All cases by cells, which is what is asked of half a year, are read from the book of days.
    """
    if asked.kind or asked.code or asked.source or frame.hexagons is not None:
        counted = tallies(asked, frame, slice_days=slice_days)
        return counted.by_slice(int(counted.slice.max(initial=0)) + 1)
    edition, days = frame.ground.edition, slice_days or asked.days
    found = summaries.reported_by_cell(asked.since, asked.until, edition=edition, slice_days=days)
    rows = np.array(found, np.int64).reshape(-1, 4)
    stand, strayed = rows[rows[:, 2] > 0], rows[rows[:, 3] > 0, 0]
    slices = int(rows[:, 1].max(initial=0)) + 1
    at = _units_of(stand[:, 0], frame) * slices + stand[:, 1]
    flat = np.bincount(at, stand[:, 2], minlength=len(frame) * slices).astype(np.float64)
    if len(strayed):
        asking = asked.parameters() | {"edition": edition, "everywhere": False, "cells": np.unique(strayed).tolist()}
        asking["slice_s"] = days * 86_400.0
        lost = np.array(run.rows("cases", "hotspot_strays_v1", asking), np.float64).reshape(-1, 4)
        units = frame.units_at(lost[:, :2])
        at = units * slices + np.minimum(lost[:, 2].astype(np.int64), slices - 1)
        flat += np.bincount(at[units >= 0], minlength=len(flat))
    return flat.reshape(len(frame), slices)


def _units_of(cells: Ints, frame: Frame) -> Ints:
    """(n,) the units of cells of the frame's edition by primary key."""
    cell_ids = frame.ground.cell_ids
    order = np.argsort(cell_ids)
    return order[np.searchsorted(cell_ids[order], cells)] if len(cells) else np.empty(0, np.int64)


def places(asked: Asked, frame: Frame) -> Floats:
    """(n, 2) metres: where the cases of a filter lie, in the city or not."""
    parameters = asked.parameters() | {"edition": frame.ground.edition, "everywhere": True, "cells": None}
    rows = run.rows("cases", "hotspot_strays_v1", parameters)
    return np.array(rows, np.float64).reshape(-1, 4)[:, :2]


def components(frame: Frame) -> Floats:
    """(n,) the components that stand in each unit now."""
    places = np.array(run.rows("cases", "hotspot_components_v1"), np.float64).reshape(-1, 2)
    found = frame.units_at(places)
    return np.bincount(found[found >= 0], minlength=len(frame)).astype(np.float64)


def population(frame: Frame, year: int) -> Floats:
    """(n,) people of each unit: of the newest year known that is not after `year`, else of the first one known.

    An area's people are spread over the units by the ground they have in common. Raises NoExposure.
    """
    known = Population.objects.filter(year__lte=year).aggregate(at=Max("year"))["at"]
    rows = Population.objects.filter(year=known) if known else Population.objects.order_by("year")
    zones = list(rows.values_list("shape", "people", "year"))
    zones = [zone for zone in zones if zone[2] == zones[0][2]]
    if not zones:
        raise NoExposure(
            _("No population is known. Import it: manage.py import_population FILE; or compare with components.")
        )
    shapes = np.array([convert.to_shapely(shape) for shape, *_ in zones], dtype=object)
    people = _spread(shapes, np.array([zone[1] for zone in zones], np.float64), frame)
    if not people.any():
        raise NoExposure(_("Nobody lives on these units by the population of %(year)s.") % {"year": zones[0][2]})
    return people


def patrol_hours(frame: Frame, asked: Asked) -> Floats:
    """(n,) hours that patrols were at each unit in the period; a cell's go to hexagons by their common ground.

    Raises NoExposure.
    """
    rows = run.rows("cases", "hotspot_patrols_v1", {"since": asked.since, "until": asked.until})
    of_cell = dict(rows)
    hours = np.array([of_cell.get(int(cell), 0.0) for cell in frame.ground.cell_ids], np.float64)
    if not hours.any():
        days = {"since": asked.since, "until": asked.until}
        raise NoExposure(
            _("No patrol is known from %(since)s to %(until)s. Ask for other days, or compare with components or area.")
            % days
        )
    return hours if frame.hexagons is None else _spread(shapes_of_cells(frame.ground), hours, frame)


def _spread(shapes: Shapes, values: Floats, frame: Frame) -> Floats:
    """(n,) values of areas given to the units by the share of each area that lies in them."""
    units, of = shapely.STRtree(shapes).query(frame.shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(frame.shapes[units], shapes[of]))
    shares = values[of] * common / np.maximum(shapely.area(shapes)[of], 1e-9)
    return np.bincount(units, shares, minlength=len(frame)).astype(np.float64)


def exposure(frame: Frame, name: str, asked: Asked | None = None) -> Floats:
    """(n,) what cases of a unit are held against: `area` (km²), `components`, `population` or `patrol` (hours).

    `asked` says the days of patrols and the year of people. Raises NoExposure.
    """
    if name == "area":
        return frame.area_m2 / 1e6
    if name == "components":
        counted = components(frame)
    elif name == "population" and asked is not None:
        counted = population(frame, asked.until.year)
    elif name == "patrol" and asked is not None:
        counted = patrol_hours(frame, asked)
    else:
        raise ValueError(f"There is no exposure “{name}”; there are {', '.join(EXPOSURES)}.")
    return counted + _LEAST * counted.mean() if counted.any() else frame.area_m2 / 1e6
