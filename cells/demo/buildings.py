"""Buildings of the demo city: rows of slabs that face south, towers, courtyards, sheds, schools with a sports field.

Each yard (a face between roads of any class) is set back from its streets and filled row by row in its own frame, whose
x axis runs along the street grid. A building stands only where all of it lies inside the set-back yard, so that none
touches a street, water, another building or a community border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cells.demo.network import Network
from cells.demo.plan import Plan, stream
from cells.demo.styles import STYLES, Frame

# Centre line to building, metres, by street class; class 0 is a river's course or a border without a street.
SETBACK_M = {0: 1.0, 1: 26.0, 2: 20.0, 3: 12.5, 4: 6.0}
SHORE_M = 12.0
_SIGN = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) / 2


@dataclass(frozen=True, slots=True)
class Buildings:
    """(n,) footprints with what they are, their floors and the yard they stand in; `fields` are sports fields."""

    shapes: np.ndarray
    kind: np.ndarray
    floors: np.ndarray
    yard: np.ndarray
    fields: np.ndarray


def build(plan: Plan, yards: Network, street_class: np.ndarray, land: np.ndarray, water: np.ndarray) -> Buildings:
    """Fill every yard after its land use. `street_class` is per edge (0 = no street), `land` per yard."""
    insets = _insets(yards, street_class, water)
    middles = shapely.get_coordinates(shapely.centroid(yards.faces))
    headings = plan.warp.heading(plan.warp.inverse(middles))
    rng = stream(plan.seed, "buildings")
    corners, floors, owner = [np.empty((0, 5, 2))], [np.empty(0)], [np.empty(0, dtype=int)]
    for i, inset in enumerate(insets):
        style = STYLES.get(land[i])
        if style is None or inset.area < 150:
            continue
        c, s = np.cos(headings[i]), np.sin(headings[i])
        turn = np.array([[c, -s], [s, c]])
        frame = Frame((shapely.get_coordinates(shapely.get_exterior_ring(inset)) - middles[i]) @ turn)
        boxes = style(frame, rng)
        corners.append((boxes[:, None, :2] + _SIGN[None] * boxes[:, None, 2:4]) @ turn.T + middles[i])
        floors.append(boxes[:, 4])
        owner.append(np.full(len(boxes), i))
    shapes = shapely.polygons(np.rint(np.concatenate(corners) * 1000) / 1000.0)
    floor, yard = np.concatenate(floors).astype(int), np.concatenate(owner)
    shapely.prepare(insets)
    stands = shapely.contains_properly(insets[yard], shapes)
    built = stands & (floor > 0)
    kind = np.array([str(use) for use in land], dtype=object)[yard]
    return Buildings(shapes[built], kind[built], floor[built], yard[built], shapes[stands & (floor == 0)])


def _insets(yards: Network, street_class: np.ndarray, water: np.ndarray) -> np.ndarray:
    """Each yard without the set-back along its streets and shores (largest part)."""
    reach = np.array([SETBACK_M[k] for k in sorted(SETBACK_M)])[street_class]
    kept_free = shapely.buffer(yards.edges, reach, quad_segs=2, cap_style="square")
    sides = np.concatenate([yards.left, yards.right])
    edge = np.tile(np.arange(len(yards.edges)), 2)
    order = np.argsort(sides, kind="stable")
    sides, edge = sides[order], edge[order]
    begin = np.searchsorted(sides, np.arange(len(yards.faces)))
    end = np.searchsorted(sides, np.arange(len(yards.faces)), side="right")
    insets = yards.faces.copy()
    for i in range(len(insets)):
        insets[i] = shapely.difference(insets[i], shapely.union_all(kept_free[np.unique(edge[begin[i] : end[i]])]))
    wet, shore = shapely.STRtree(insets).query(water, predicate="intersects")
    for w, i in zip(wet, shore, strict=True):
        insets[i] = shapely.difference(insets[i], shapely.buffer(water[w], SHORE_M, quad_segs=4))
    for i in np.flatnonzero(shapely.get_type_id(insets) != 3):
        parts = shapely.get_parts(insets[i])
        parts = parts[shapely.get_type_id(parts) == 3]
        insets[i] = parts[np.argmax(shapely.area(parts))] if len(parts) else shapely.Polygon()
    return insets
