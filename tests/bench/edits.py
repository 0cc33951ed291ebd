"""How long a planner waits for an edit: computed, proved and applied, beside checking the whole map again.

`python -m tests.bench.edits` prints the figures of a district of 5,000 cells.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import Any

import numpy as np
import shapely

from spatial import edits
from spatial.arcs import arcs
from spatial.changes import Edit, Partition
from tests.makers_edits import a_district


def run(small: bool) -> dict[str, Any]:
    """Drag borders and corners, draw borders anew, split and merge; milliseconds, and the ratio to re-validation."""
    side, count = (20, 60) if small else (71, 600)
    district = a_district(side, side)
    carry_out(district, "move_arc", np.random.default_rng(0), 5)
    result: dict[str, Any] = {"cells": len(district)}
    for verb in ("move_arc", "move_vertex", "reshape", "split", "merge"):
        times, district = carry_out(district, verb, np.random.default_rng(1), count)
        result[verb] = {
            "accepted": len(times),
            "median_ms": round(float(np.median(times)), 2),
            "p99_ms": round(float(np.quantile(times, 0.99)), 2),
        }
    whole = revalidate_ms(district)
    result["revalidate_whole_ms"] = round(whole, 1)
    result["whole_to_moved_border"] = round(whole / result["move_arc"]["median_ms"], 1)
    return result


def carry_out(district: Partition, verb: str, rng: np.random.Generator, count: int) -> tuple[list[float], Partition]:
    """Give the milliseconds of each of the accepted edits among `count`, and the district after all of them."""
    times = []
    for _ in range(count):
        cells = list(district.shapes)
        intent = _intent(district, verb, cells[int(rng.integers(len(cells)))], rng)
        if intent is None:
            continue
        begin = perf_counter()
        answer = getattr(edits, verb)(district, **intent)
        if isinstance(answer, Edit):
            district = district.apply(answer)
            times.append((perf_counter() - begin) * 1000)
    return times, district


def revalidate_ms(district: Partition) -> float:
    """Give the milliseconds of the naive way: every polygon and the whole coverage checked again (best of three)."""
    shapes = district.of_cells(district.shapes)
    best = np.inf
    for _ in range(3):
        begin = perf_counter()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        best = min(best, (perf_counter() - begin) * 1000)
    return float(best)


def _intent(district: Partition, verb: str, cell: int, rng: np.random.Generator) -> dict[str, Any] | None:
    movable = [arc for arc in arcs(district, [cell]) if arc.movable]
    if not movable:
        return None
    arc = movable[int(rng.integers(len(movable)))]
    if verb == "move_arc":
        ends = "moved" if rng.integers(2) else "pinned"
        return {"arc": arc.id, "line": arc.xy + rng.normal(0, 2, arc.xy.shape), "ends": ends, "suggest": False}
    if verb == "move_vertex":
        return {"at": arc.xy[0], "to": arc.xy[0] + rng.normal(0, 3, 2), "suggest": False}
    if verb == "merge":
        return {"cells": [arc.left, arc.right]}
    middle = shapely.get_coordinates(shapely.point_on_surface(district.shapes[cell]))[0]
    if verb == "split":
        angle = rng.uniform(0, np.pi)
        way = np.array([np.cos(angle), np.sin(angle)]) * 300
        return {"cells": [cell], "lines": np.array([middle - way, middle + way]), "suggest": False}
    first, last = arc.xy[0], arc.xy[-1]
    line = np.array([first + 0.3 * (first - last), last + 0.3 * (last - first)]) + rng.normal(0, 3, (2, 2))
    return {"one": arc.left, "other": arc.right, "line": line, "suggest": False}


if __name__ == "__main__":
    print(json.dumps(run("--small" in sys.argv), indent=2))
