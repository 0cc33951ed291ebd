"""Who owned a place in an edition of the past: the same explanation as in memory, found by the database.

Ground in memory costs a quarter of a gigabyte for a city of 50,000 cells, which a question about last November is not
worth; three small queries answer it (3 ms together, most of it planning). The border rule is that of `spatial.locator`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from cells.explanation import Area, Candidate, Explanation, chain_above, home_around, ladder, rule_of
from cells.models import Edition
from spatial import crs as reference
from spatial.postgis import run


def home_of(edition: Edition) -> reference.Box | None:
    """Where places of an edition are expected, in degrees (see `spatial.crs.faults`)."""
    extent = run.row("cells", "extent_of_edition_v1", {"number": edition.number})
    return None if extent is None or extent[0] is None else home_around(extent, srid=settings.CITY_SRID)


def explain_in(edition: Edition, x: float, y: float, *, accuracy_m: float | None = None) -> Explanation:
    """The owner in one edition of a point in the city's metres, and why; as `cells.ground.Ground.explain`."""
    mm = (round(x * 1000.0) / 1000.0, round(y * 1000.0) / 1000.0)
    asked = {"x": mm[0], "y": mm[1], "srid": settings.CITY_SRID, "number": edition.number, "reach_m": accuracy_m or 0.0}
    found = run.rows("cells", "cells_around_point_v1", asked)
    belongs = {i for row in found for i in row[2:4] if i is not None}
    areas = _areas(edition, sorted(belongs))
    near = [
        (Candidate(code, _chain(areas, community, grid), 0.0 if holds else border_m), holds, border_m)
        for _cell, code, community, grid, holds, border_m in found
    ]
    holders = [candidate for candidate, holds, _ in near if holds]
    # Holders stand first in the order of their codes; without one, the nearest is the first by distance.
    by_distance = sorted(near, key=lambda one: (round(one[0].distance_m, 6), one[0].cell))
    border_m = near[0][2] if holders else by_distance[0][2] if near else float("nan")
    if accuracy_m is not None and border_m < accuracy_m:
        candidates = [c for c, holds, _ in by_distance if holds or c.distance_m <= accuracy_m]
    else:
        candidates = holders or [c for c, _, _ in by_distance[:1]]
    return Explanation(
        rule=rule_of(len(holders), border_m=border_m, accuracy_m=accuracy_m),
        cell=holders[0].cell if holders else "",
        cell_id=found[0][0] if holders else None,
        chain=holders[0].chain if holders else (),
        edition=edition.number,
        x=x,
        y=y,
        border_m=border_m,
        candidates=tuple(candidates),
        accuracy_m=accuracy_m,
    )


def _areas(edition: Edition, grids: list[int]) -> dict[int, Area]:
    """Some areas and all above them, as named in an edition."""
    if not grids:
        return {}
    rows = run.rows("cells", "areas_above_v1", {"grids": grids, "number": edition.number})
    return {row[0]: Area(*row) for row in rows}


def _chain(areas: Mapping[int, Area], community: int, grid: int | None) -> tuple[Area, ...]:
    return chain_above(areas, ladder(areas, community), grid)
