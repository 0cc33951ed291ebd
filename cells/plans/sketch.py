"""A second memory of a plan's cells, kept from its answers alone, to draw edits from and to judge them by.

It shares no code with the edits: areas are summed in whole square millimetres with Python's own integers, tilings are
judged by GEOS' coverage functions, and points are looked for in shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from cells.plans.doing import Applied
from cells.plans.working import Cells


@dataclass(slots=True)
class Sketch:
    """Cells by key."""

    shapes: dict[int, Any]
    communities: dict[int, int]
    grids: dict[int, int]
    keys: list[int]
    _tree: Any = None

    @classmethod
    def of(cls, cells: Cells) -> Sketch:
        """The sketch of some cells."""
        keys = cells.keys.tolist()
        return cls(
            dict(zip(keys, cells.shapes, strict=True)),
            dict(zip(keys, cells.communities.tolist(), strict=True)),
            dict(zip(keys, cells.grids.tolist(), strict=True)),
            keys,
        )

    def follow(self, done: Applied) -> None:
        """Take an answer in."""
        for key in done.removed:
            del self.shapes[key], self.communities[key], self.grids[key]
        news = Sketch.of(done.cells)
        self.shapes.update(news.shapes)
        self.communities.update(news.communities)
        self.grids.update(news.grids)
        self.keys = list(self.shapes)
        self._tree = None

    def touching(self, shape: Any) -> list[int]:
        """Keys of the cells that touch a shape."""
        if self._tree is None:
            self._tree = shapely.STRtree(list(self.shapes.values()))
        return [self.keys[n] for n in sorted(self._tree.query(shape, predicate="intersects").tolist())]

    def area_by_community(self, keys: Iterable[int]) -> dict[int, float]:
        """The ground that some cells hold of each community, m²."""
        found: dict[int, float] = {}
        for key in keys:
            community = self.communities[key]
            found[community] = found.get(community, 0.0) + float(self.shapes[key].area)
        return found

    def same_as(self, cells: Cells) -> bool:
        """Whether cells are these, to the last bit."""
        other = Sketch.of(cells)
        if other.communities != self.communities or other.grids != self.grids:
            return False
        keys = sorted(self.shapes)
        mine, theirs = ([s.shapes[k] for k in keys] for s in (self, other))
        return bool((shapely.to_wkb(mine) == shapely.to_wkb(theirs)).all()) if keys else True


def double_area_mm2(shapes: Iterable[Any]) -> int:
    """Twice the area of some polygons in mm², exact: shoelace over Python integers."""
    total = 0
    for shape in shapes:
        for n, ring in enumerate([shape.exterior, *shape.interiors]):
            points = [(round(x * 1000), round(y * 1000)) for x, y in ring.coords]
            area = abs(sum(a * d - b * c for (a, b), (c, d) in pairwise(points)))
            total += area if n == 0 else -area
    return total


def is_tiling(shapes: Iterable[Any]) -> bool:
    """Whether shapes are valid polygons of one part that share their borders and overlap nowhere (GEOS)."""
    cells = np.array(list(shapes), dtype=object)
    polygons = shapely.get_type_id(cells) == shapely.GeometryType.POLYGON
    sound = polygons & shapely.is_valid(cells) & ~shapely.is_empty(cells)
    return bool(sound.all() and shapely.coverage_is_valid(cells))


def orphans(points: Any, shapes: Iterable[Any]) -> int:
    """The number of points that lie in no shape, or inside of more than one."""
    places, tree = np.asarray(points, dtype=object), shapely.STRtree(list(shapes))
    met = np.bincount(tree.query(places, predicate="intersects")[0], minlength=len(places))
    inside = np.bincount(tree.query(places, predicate="within")[0], minlength=len(places))
    return int(((met == 0) | (inside > 1)).sum())


def corners_and_middles(shapes: Iterable[Any]) -> Any:
    """Every corner and every middle of an edge of some shapes, as points."""
    rings = shapely.get_rings(np.array(list(shapes), dtype=object))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    edges = np.flatnonzero(ring[1:] == ring[:-1])
    return shapely.points(np.concatenate([corners, (corners[edges] + corners[edges + 1]) / 2]))
