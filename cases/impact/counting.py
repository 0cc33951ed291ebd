"""What lies in each cell before and after: components and cases, counted without looking at the rest of the city.

Where the ground stays, what is stored with the cell is counted, by the index on it. Where the ground moves, each thing
is located on the cells as they were and as they will be, by the border rule of `spatial.locator`: a closed cell holds
its border, ties go to the smallest code, and cells born in the plan, which have no code yet, come after all others in
the order of their birth. Closed cases stay in the cell in which they happened; on ground that has changed since, they
are located as well.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import shapely
from django.conf import settings
from django.db.models import Count

from cases.impact.ground import Ground, Side
from cells.models import Component, Plan
from spatial.partition import Bools, Floats, Ints, Shapes, as_shapes, to_mm
from spatial.postgis import run

# Columns of counts.
# OWN are open cases that belong to the community of their cell and go with the ground; others were given away by hand.
COMPONENTS, OPEN, OWN, OWN_DISPATCHED, CLOSED_30D, CLOSED_365D, REPORTS = range(7)
COLUMNS = 7
MONTH, YEAR = dt.timedelta(days=30), dt.timedelta(days=365)
NOWHERE = -1
_BEYOND_CODES = "\U0010ffff"  # sorts after every code


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of each cell, in the order of the ground's sides, and what passes from one community to another."""

    before: Ints  # (n, 7)
    after: Ints  # (m, 7)
    cases_changing_owner: int
    deadlines_touched: int


def count_points(plan: Plan, ground: Ground, *, at: dt.datetime) -> Counted:
    """Count what lies in the cells of some communities in the base edition and in the plan."""
    stored = _stored(ground, at)
    points = _points(plan, ground, at)
    was = _owners(points, *_candidates(ground.before, points))
    will = _owners(points, *_candidates(ground.after, points))
    counts = points.counts.copy()
    counts[(points.owner != NOWHERE) & (points.owner != was.community), OWN : OWN_DISPATCHED + 1] = 0
    inside = was.cell != NOWHERE
    # Counted with its cell already, or not: its ground moves, or moved after it was closed.
    known = inside.copy()
    known[inside] = ground.by_cell[was.cell[inside]] & (points.edition[inside] >= ground.since[was.cell[inside]])
    before = stored + _summed(was.cell, counts, len(ground.before), ~known)
    # What is not located goes where its cell goes.
    staying = np.maximum(before - _summed(was.cell, counts, len(ground.before)), 0)
    goes_to = ground.after.at(ground.before.keys)
    after = _summed(will.cell, counts, len(ground.after))
    with_cell = goes_to != NOWHERE
    after[goes_to[with_cell]] += staying[with_cell]
    passing = np.zeros(COLUMNS, dtype=np.int64)
    other = ground.before.communities[with_cell] != ground.after.communities[goes_to[with_cell]]
    passing += staying[with_cell][other].sum(axis=0)
    elsewhere = (was.community != NOWHERE) & (will.community != NOWHERE) & (was.community != will.community)
    passing += counts[elsewhere].sum(axis=0)
    return Counted(before, after, int(passing[OWN]), int(passing[OWN_DISPATCHED]))


@dataclass(frozen=True, slots=True)
class _Points:
    """Things to be located, and cells of other communities that might own them."""

    xy: Floats  # (n, 2) metres
    counts: Ints  # (n, 7) what each counts for
    edition: Ints  # (n,) number of the edition in which its cell was found; of what is kept up to date: a huge one
    owner: Ints  # (n,) community that a case belongs to, NOWHERE for none
    rim_codes: list[str]
    rim_communities: Ints
    rim_shapes: Shapes


@dataclass(frozen=True, slots=True)
class _Owners:
    cell: Ints  # (n,) position in the side, or NOWHERE
    community: Ints  # (n,) number, or NOWHERE


def _stored(ground: Ground, at: dt.datetime) -> Ints:
    """(n, 7) counts of what is stored with the cells of `ground.before` whose ground stays."""
    counts = np.zeros((len(ground.before), COLUMNS), dtype=np.int64)
    cells = ground.before.keys[ground.by_cell].tolist()
    if not cells:
        return counts
    components = Component.objects.filter(cell__in=cells).order_by().values_list("cell").annotate(n=Count("*"))
    for cell, number in components:
        counts[np.searchsorted(ground.before.keys, cell), COMPONENTS] = number
    asked = {"cells": cells, "sinces": ground.since[ground.by_cell].tolist(), **_times(at)}
    asked["communities"] = ground.before.communities[ground.by_cell].tolist()
    for cell, *numbers in run.rows("cases", "impact_cases_v1", asked):
        counts[np.searchsorted(ground.before.keys, cell), OPEN:] = numbers
    return counts


def _points(plan: Plan, ground: Ground, at: dt.datetime) -> _Points:
    """All that may change its cell with the plan, and closed cases on ground that has changed since."""
    # The cells that move hold the same ground before and after, so their boxes as they were are enough.
    moves, older = ~ground.by_cell, ground.by_cell & (ground.since > 1)
    shapes = as_shapes(np.concatenate([ground.before.shapes[moves], ground.before.shapes[older]]))
    if len(shapes) == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return _Points(np.zeros((0, 2)), np.zeros((0, COLUMNS), dtype=np.int64), nothing, nothing, [], nothing, shapes)
    box = shapely.bounds(shapes).reshape(-1, 4)
    whole = np.arange(len(shapes)) < len(shapes) - int(older.sum())
    since = np.concatenate([np.zeros(int(whole.sum()), dtype=np.int64), ground.since[older]])
    corners = dict(zip(("west", "south", "east", "north"), box.T.tolist(), strict=True))
    asked = {**corners, "srid": settings.CITY_SRID}
    rows = run.rows(
        "cases", "impact_points_v1", {**asked, "whole": whole.tolist(), "since": since.tolist(), **_times(at)}
    )
    around = {**asked, "communities": ground.communities, "base": plan.base.number}
    rim = run.rows("cases", "impact_rim_v1", around) if rows else []
    return _Points(
        xy=np.array([r[:2] for r in rows], dtype=np.float64).reshape(-1, 2),
        counts=np.array([r[2:9] for r in rows], dtype=np.int64).reshape(-1, COLUMNS),
        edition=np.array([np.iinfo(np.int64).max if r[9] is None else r[9] for r in rows], dtype=np.int64),
        owner=np.array([NOWHERE if r[10] is None else r[10] for r in rows], dtype=np.int64),
        rim_codes=[r[1] for r in rim],
        rim_communities=np.array([r[2] for r in rim], dtype=np.int64),
        rim_shapes=as_shapes(shapely.from_wkb([bytes(r[3]) for r in rim])),
    )


def _times(at: dt.datetime) -> dict[str, dt.datetime]:
    return {"at": at, "month": at - MONTH, "year": at - YEAR}


def _candidates(side: Side, points: _Points) -> tuple[Side, Shapes, list[str]]:
    """A side with the cells around it: their shapes, and what decides ties."""
    codes = [code or f"{_BEYOND_CODES}{-key:012d}" for code, key in zip(side.codes, side.keys.tolist(), strict=True)]
    return side, as_shapes(np.concatenate([side.shapes, points.rim_shapes])), codes + points.rim_codes


def _owners(points: _Points, side: Side, shapes: Shapes, codes: list[str]) -> _Owners:
    """The cell of a side that owns each point, and the community, which may be one beside it."""
    cell, community = (np.full(len(points.xy), NOWHERE, dtype=np.int64) for _ in range(2))
    found = owners_of(points.xy, shapes, codes)
    inside = found != NOWHERE
    communities = np.concatenate([side.communities, points.rim_communities])
    community[inside] = communities[found[inside]]
    own = inside & (found < len(side))
    cell[own] = found[own]
    return _Owners(cell, community)


def owners_of(xy: Floats, shapes: Shapes, codes: list[str]) -> Ints:
    """(n,) position of the shape that owns each point of (n, 2) metres by the border rule, NOWHERE where none does.

    Unlike a locator it needs no raster, which for a handful of cells far from one another would be all empty. Whole
    millimetres are exact for the predicate.
    """
    owner = np.full(len(xy), NOWHERE, dtype=np.int64)
    if len(xy) == 0 or len(shapes) == 0:
        return owner
    by_code = np.array(sorted(range(len(codes)), key=codes.__getitem__), dtype=np.int64)
    rank = np.empty(len(codes), dtype=np.int64)
    rank[by_code] = np.arange(len(codes))
    origin = to_mm(xy).min(axis=0)
    places = shapely.points((to_mm(xy) - origin).astype(np.float64))
    grounds = shapely.transform(shapes, lambda corners: (to_mm(corners) - origin).astype(np.float64))
    shape, point = shapely.STRtree(places).query(grounds, predicate="intersects")
    best = np.full(len(xy), len(codes), dtype=np.int64)
    np.minimum.at(best, point, rank[shape])
    held = best < len(codes)
    owner[held] = by_code[best[held]]
    return owner


def _summed(cell: Ints, counts: Ints, cells: int, chosen: Bools | None = None) -> Ints:
    """(cells, 7) sums of counts by position, those NOWHERE left out."""
    kept = cell != NOWHERE if chosen is None else (cell != NOWHERE) & chosen
    out = np.zeros((cells, 7), dtype=np.int64)
    np.add.at(out, cell[kept], counts[kept])
    return out
