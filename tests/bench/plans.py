"""How fast a plan answers on the city that is loaded, beside the naive way: read all cells, validate the coverage anew.

`python -m tests.bench --only plans` prints the figures. Times are by the clock and with the database: lock, window,
geometry, proof, states before and after. The plan is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import django
import numpy as np
import shapely


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of a moved border, of 200 painted cells and of taking them back; ratios of the naive way to ours."""
    django.setup()
    from cells.plans import EditRefused, apply, borders, open_plan, undo, working_cells

    rng = np.random.default_rng(1)
    plan = open_plan(title="bench")
    try:
        cells, read_ms = _timed(lambda: working_cells(plan))
        valid, check_ms = _timed(lambda: bool(shapely.coverage_is_valid(cells.shapes)))
        assert valid
        revision, moved = 0, []
        for key in rng.choice(cells.keys, 40 if small else 400, replace=False).tolist():
            border = next((b for b in borders(plan, keys=[key]) if b.movable), None)
            if border is None:
                continue
            first, last = np.array(border.line[0]), np.array(border.line[-1])
            middle = ((first + last) / 2 + rng.normal(0, 2e-5, 2)).tolist()
            intent = {"arc": border.arc, "line": [border.line[0], middle, border.line[-1]]}
            try:
                done, ms = _timed(lambda i=intent, r=revision: apply(plan, "move_border", i, revision=r))
            except EditRefused:
                continue
            revision = done.revision
            moved.append(ms)
        painted, paint_ms, undo_ms = _paint(plan, working_cells(plan), revision, apply, undo)
    finally:
        plan.delete()
    median = float(np.median(moved))
    return {
        "cells_of_the_city": len(cells),
        "move_border": {
            "edits": len(moved),
            "median_ms": round(median, 1),
            "p99_ms": round(float(np.percentile(moved, 99)), 1),
            "whole_city_read_and_validated_ms": round(read_ms + check_ms, 1),
            "ratio": round((read_ms + check_ms) / median, 1),
        },
        "paint": {"cells": painted, "ms": round(paint_ms, 1), "undo_ms": round(undo_ms, 1)},
    }


def _paint(plan: Any, cells: Any, revision: int, apply: Any, undo: Any) -> tuple[int, float, float]:
    """Paint the 200 cells around one into its grid, and take it back."""
    with_grid = np.flatnonzero(cells.grids != 0)
    n = int(with_grid[len(with_grid) // 2])
    away = shapely.distance(shapely.centroid(cells.shapes), shapely.centroid(cells.shapes[n]))
    keys = cells.keys[np.argsort(away)[:200]].tolist()
    intent = {"cells": keys, "grid": int(cells.grids[n]), "across": True}
    done, paint_ms = _timed(lambda: apply(plan, "paint", intent, revision=revision))
    _, undo_ms = _timed(lambda: undo(plan, revision=done.revision))
    return len(done.changed), paint_ms, undo_ms


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = perf_counter()
    found = work()
    return found, (perf_counter() - begin) * 1000
