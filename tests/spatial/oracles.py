"""What must hold for a tiling, told by others than the code under test: GEOS's coverage check, Python's integers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import shapely


def double_area_mm2(polygon: Any) -> int:
    """Twice the area in mm² by the shoelace formula in Python integers."""
    total = 0
    for n, ring in enumerate(shapely.get_rings(polygon)):
        points = [(round(x * 1000), round(y * 1000)) for x, y in shapely.get_coordinates(ring)]
        doubled = abs(sum(a * d - c * b for (a, b), (c, d) in pairwise(points)))
        total += doubled if n == 0 else -doubled
    return total


def total_area(shapes: Mapping[int, Any]) -> int:
    """Twice the area of all polygons in mm²."""
    return sum(double_area_mm2(shape) for shape in shapes.values())


def is_valid_coverage(shapes: Any) -> bool:
    """Every polygon one valid part on the millimetre, no two overlapping, every border matched."""
    array = np.array(list(shapes), dtype=object)
    coordinates = shapely.get_coordinates(array)
    on_grid = bool((np.rint(coordinates * 1000) / 1000 == coordinates).all())
    polygons = bool((shapely.get_type_id(array) == 3).all() and shapely.is_valid(array).all())
    return on_grid and polygons and bool(shapely.coverage_is_valid(array))


def same_bytes(one: Mapping[int, Any], other: Mapping[int, Any]) -> bool:
    """The same cells with byte-identical WKB."""
    return one.keys() == other.keys() and all(shapely.to_wkb(one[k]) == shapely.to_wkb(other[k]) for k in one)
