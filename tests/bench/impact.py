"""How fast the impact of a plan is there, on the city that is loaded, beside the naive way: locate every point of the
city in the plan's cells anew, and unite and count every grid.

`python -m tests.bench --only impact` prints the figures. Times are by the clock and with the database: the edit of 200
painted cells and all figures of the panel; then a border that moves. The plan is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import django
import numpy as np
import shapely


def run(small: bool) -> dict[str, Any]:
    """Milliseconds from 200 painted cells to the panel, and of the panel alone; ratios of the naive way to ours."""
    django.setup()
    from cases.impact import impact
    from cases.models import Case
    from cells.models import Component, Plan
    from cells.plans import apply, borders, open_plan, working_cells

    plan = open_plan(title="bench")
    try:
        cells = working_cells(plan)
        with_grid = np.flatnonzero(cells.grids != 0)
        n = int(with_grid[len(with_grid) // 2])
        away = shapely.distance(shapely.centroid(cells.shapes), shapely.centroid(cells.shapes[n]))
        keys = cells.keys[np.argsort(away)[:200]].tolist()
        intent = {"cells": keys, "grid": int(cells.grids[n]), "across": True}
        impact(plan)  # modules loaded
        _, paint_ms = _timed(lambda: apply(plan, "paint", intent, revision=0))
        plan = Plan.objects.select_related("base").get(pk=plan.pk)
        found, first_ms = _timed(lambda: impact(plan))
        painted_ms = [_timed(lambda: impact(plan))[1] for _ in range(3 if small else 15)]
        _, naive_ms = _timed(lambda: _naive(working_cells(plan)))
        border = next(b for b in borders(plan, keys=keys[:20]) if b.movable)
        line = np.array(border.line)
        middle = ((line[0] + line[-1]) / 2 + 1e-5).tolist()
        apply(plan, "move_border", {"arc": border.arc, "line": [border.line[0], middle, border.line[-1]]}, revision=1)
        moved_ms = [_timed(lambda: impact(plan))[1] for _ in range(3 if small else 15)]
    finally:
        plan.delete()
    median = float(np.median(painted_ms))
    return {
        "cells_of_the_city": len(cells),
        "components": Component.objects.count(),
        "cases": Case.objects.count(),
        "paint_200_cells_ms": round(paint_ms, 1),
        "then_impact_first_ms": round(first_ms, 1),
        "impact_median_ms": round(median, 1),
        "impact_max_ms": round(max(painted_ms), 1),
        "impact_with_a_moved_border_median_ms": round(float(np.median(moved_ms)), 1),
        "grids_touched": len(found.grids),
        "cells_in_their_communities": found.after.cells,
        "whole_city_located_and_counted_ms": round(naive_ms, 1),
        "ratio": round(naive_ms / median, 1),
    }


def _naive(cells: Any) -> None:
    """Snap every component and case anew, count them by grid and community, and unite the cells of each."""
    from django.contrib.gis.db.models.functions import AsWKB

    from cases.models import Case
    from cells.models import Component
    from spatial.locator import Locator

    codes = [c or f"~{-k}" for c, k in zip(cells.codes, cells.keys.tolist(), strict=True)]
    locator = Locator(codes, cells.shapes)
    owners = []
    for model in (Component, Case):
        rows = model.objects.filter(place__isnull=False).order_by().annotate(wkb=AsWKB("place"))
        places = shapely.from_wkb([bytes(wkb) for wkb in rows.values_list("wkb", flat=True)])
        owners.append(locator.positions[np.maximum(locator.locate_many(shapely.get_coordinates(places)), 0)])
    for column in (cells.grids, cells.communities):
        for owner in owners:
            np.unique(column[owner], return_counts=True)
        for name in np.unique(column):
            union = shapely.coverage_union_all(cells.shapes[column == name])
            assert 4 * np.pi * union.area / union.length**2 <= 1


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = perf_counter()
    found = work()
    return found, (perf_counter() - begin) * 1000
