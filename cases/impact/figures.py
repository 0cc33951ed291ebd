"""Figures of a grid or community: ground, shape, what lies in it, and the work of a day.

**Load**, minutes a day, of a cell k in a community c, with A the area in hectares:

    rate(k) = (reports(k) + A(k) · reports(c) / (A(c) · T) · P) / (T + P)        cases a day
    load(k) = rate(k) · load_case_minutes + components(k) · load_component_minutes + A(k) · load_hectare_minutes

`reports` are those of the last 365 days, T the days of them since the first case in the database, and P the rule
`load_prior_days`. That is empirical Bayes: the cell's own rate under a gamma prior whose mean is the community's rate
by hectare and whose weight is P days, so that a quiet month in a small cell says little. Rates are sums over cells:
the load of a grid is that of its cells, and that of a community the load of its grids.

**Compactness** is 4πA/P² of the union of the cells, 1 for a circle (Polsby and Popper 1991), holes' borders included in
P; **parts** is the number of pieces that hang together by common borders (1: contiguous).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cases.impact.counting import CLOSED_30D, CLOSED_365D, COMPONENTS, OPEN, REPORTS
from cases.impact.ground import Side
from cells.rules import figures
from spatial.partition import Floats, Ints, connected_groups, neighbours

M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a grid or community is on one side of a plan."""

    cells: int = 0
    area_m2: float = 0.0
    cells_out_of_range: int = 0
    compactness: float = 0.0
    parts: int = 0
    components: int = 0
    open_cases: int = 0
    closed_30d: int = 0
    closed_365d: int = 0
    load_minutes_per_day: float = 0.0
    people: int = 0

    def as_data(self) -> dict[str, float]:
        """Plain data, rounded to what can be read."""
        return {
            "cells": self.cells,
            "area_m2": round(self.area_m2, 1),
            "cells_out_of_range": self.cells_out_of_range,
            "compactness": round(self.compactness, 4),
            "parts": self.parts,
            "components": self.components,
            "open_cases": self.open_cases,
            "closed_30d": self.closed_30d,
            "closed_365d": self.closed_365d,
            "load_minutes_per_day": round(self.load_minutes_per_day, 2),
            "people": self.people,
        }


@dataclass(frozen=True, slots=True)
class Weights:
    """The city's figures that go into loads and limits."""

    case_minutes: float
    component_minutes: float
    hectare_minutes: float
    prior_days: float
    least_m2: float
    most_m2: float
    days: float  # of reports that there can be: T


def weights(*, days: float) -> Weights:
    """The rules by which loads are weighed; raises NoSuchRule."""
    found = figures(
        "load_case_minutes",
        "load_component_minutes",
        "load_hectare_minutes",
        "load_prior_days",
        "cell_area_least_m2",
        "cell_area_most_m2",
    )
    return Weights(*found, days)


def loads_of(side: Side, counts: Ints, by: Weights) -> Floats:
    """(n,) minutes a day of each cell of whole communities."""
    hectares = side.areas_m2 / M2_PER_HA
    where = np.unique(side.communities, return_inverse=True)[1].ravel()
    reports = np.bincount(where, counts[:, REPORTS])
    per_hectare = reports / np.bincount(where, hectares) / by.days if by.days > 0 else np.zeros(len(reports))
    expected = per_hectare[where] * hectares * by.prior_days
    exposure = by.days + by.prior_days
    rate = (counts[:, REPORTS] + expected) / exposure if exposure > 0 else np.zeros(len(side))
    return np.asarray(
        rate * by.case_minutes + counts[:, COMPONENTS] * by.component_minutes + hectares * by.hectare_minutes
    )


@dataclass(frozen=True, slots=True)
class Web:
    """Common borders of the cells of a side, by position."""

    left: Ints
    right: Ints
    length_m: Floats

    @classmethod
    def of(cls, side: Side) -> Web:
        """The web of all cells of a side; 4 ms for 1,000 cells."""
        return cls(*neighbours(side.shapes)) if len(side) else cls(*(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0))


def figures_by(
    groups: Ints, side: Side, web: Web, counts: Ints, load: Floats, by: Weights, people: dict[int, int]
) -> dict[int, Figures]:
    """The figures of each group of cells: `groups` is the number of the group of each cell, 0 for none."""
    names, place = np.unique(groups, return_inverse=True)
    place, number = place.ravel(), len(names)

    def total(values: Floats | Ints) -> Floats:
        return np.bincount(place, values, minlength=number)

    within = place[web.left] == place[web.right]
    inner = np.bincount(place[web.left[within]], web.length_m[within], minlength=number)
    perimeter = total(side.perimeters_m) - 2.0 * inner
    area = total(side.areas_m2)
    out = side.core & ((side.areas_m2 < by.least_m2) | (side.areas_m2 > by.most_m2))
    piece = connected_groups(len(side), web.left[within], web.right[within])
    parts = np.bincount(place[np.unique(piece, return_index=True)[1]], minlength=number)
    count, minutes, beyond = np.bincount(place, minlength=number), total(load), total(out)
    sums = np.stack([total(counts[:, k]) for k in (COMPONENTS, OPEN, CLOSED_30D, CLOSED_365D)])
    return {
        int(name): Figures(
            cells=int(count[n]),
            area_m2=float(area[n]),
            cells_out_of_range=int(beyond[n]),
            compactness=float(4.0 * np.pi * area[n] / perimeter[n] ** 2),
            parts=int(parts[n]),
            components=int(sums[0, n]),
            open_cases=int(sums[1, n]),
            closed_30d=int(sums[2, n]),
            closed_365d=int(sums[3, n]),
            load_minutes_per_day=float(minutes[n]),
            people=people.get(int(name), 0),
        )
        for n, name in enumerate(names.tolist())
        if name != 0
    }


def totalled(communities: list[Figures], grids: list[Figures], people: int) -> Figures:
    """Figures of several communities together: sums, but the compactness is the mean of their grids', weighed by area,
    and the parts are those of their grids."""
    shaped = grids or communities
    area = sum(f.area_m2 for f in shaped)
    return Figures(
        cells=sum(f.cells for f in communities),
        area_m2=sum(f.area_m2 for f in communities),
        cells_out_of_range=sum(f.cells_out_of_range for f in communities),
        compactness=sum(f.compactness * f.area_m2 for f in shaped) / area if area else 0.0,
        parts=sum(f.parts for f in shaped),
        components=sum(f.components for f in communities),
        open_cases=sum(f.open_cases for f in communities),
        closed_30d=sum(f.closed_30d for f in communities),
        closed_365d=sum(f.closed_365d for f in communities),
        load_minutes_per_day=sum(f.load_minutes_per_day for f in communities),
        people=people,
    )
