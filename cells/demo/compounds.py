"""Roads inside blocks: compounds (小区), works and schools are parted into yards of about one hectare by their own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from cells.demo.land import Land
from cells.demo.plan import Plan, stream

YARD_M2 = 10000.0
DEAD_END = 0.13
OPEN = 0.78  # of the last cuts, those that are no road; dense quarters have a lane at each
_DENSE = {Land.OLD_QUARTER, Land.VILLAGE, Land.SHOPS}
_WITHOUT_ROADS = {Land.SQUARE, Land.POCKET_GREEN, Land.RIVERSIDE, Land.LAKE_PARK}


def compound_roads(plan: Plan, faces: np.ndarray, land: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inner roads of all blocks: (k,) LineStrings in the city's CRS, and (k,) index of the block of each."""
    middles = shapely.get_coordinates(shapely.centroid(faces))
    headings = plan.warp.heading(plan.warp.inverse(middles))
    rng = stream(plan.seed, "compounds")
    lines: list[np.ndarray] = []
    blocks: list[int] = []
    for i, (face, use) in enumerate(zip(faces, land, strict=True)):
        if use in _WITHOUT_ROADS:
            continue
        c, s = np.cos(headings[i]), np.sin(headings[i])
        turn = np.array([[c, -s], [s, c]])
        local = shapely.transform(face, lambda xy, at=middles[i], turn=turn: (xy - at) @ turn)
        for road in _part(local, max(1, round(face.area / YARD_M2)), rng, dense=use in _DENSE):
            lines.append(road @ turn.T + middles[i])
            blocks.append(i)
    return shapely.linestrings(np.array(lines)) if lines else np.empty(0, dtype=object), np.array(blocks, dtype=np.intp)


def _part(yard: shapely.Polygon, count: int, rng: np.random.Generator, *, dense: bool) -> list[np.ndarray]:
    """Halve a yard across its longer side until `count` are left; the cuts are the roads, some of them dead ends."""
    if count < 2:
        return []
    x0, y0, x1, y1 = yard.bounds
    along_x = x1 - x0 >= y1 - y0
    first = count // 2 if rng.random() < 0.5 else (count + 1) // 2
    share = first / count * (1 + rng.uniform(-0.06, 0.06))
    low, high = (x0, x1) if along_x else (y0, y1)
    for _ in range(12):
        at = (low + high) / 2
        less = shapely.clip_by_rect(yard, x0, y0, *((at, y1) if along_x else (x1, at)))
        low, high = (at, high) if less.area < share * yard.area else (low, at)
    if along_x:
        cut = shapely.LineString([(at, y0 - 1), (at, y1 + 1)])
        halves = [shapely.clip_by_rect(yard, x0, y0, at, y1), shapely.clip_by_rect(yard, at, y0, x1, y1)]
    else:
        cut = shapely.LineString([(x0 - 1, at), (x1 + 1, at)])
        halves = [shapely.clip_by_rect(yard, x0, y0, x1, at), shapely.clip_by_rect(yard, x0, at, x1, y1)]
    pieces = shapely.get_parts(shapely.intersection(yard, cut))
    pieces = [piece for piece in pieces if piece.length > 20]
    luck = rng.random()
    roads = []
    no_road = 0.0 if dense else OPEN if count <= 2 else 0.2
    if luck >= no_road and pieces:
        road = shapely.get_coordinates(max(pieces, key=lambda piece: piece.length))[[0, -1]]
        if not dense and luck < no_road + DEAD_END and count <= 3:
            road = road[:: 1 if rng.random() < 0.5 else -1]
            road = np.array([road[0], road[0] + (road[1] - road[0]) * rng.uniform(0.55, 0.75)])
        roads.append(road)
    for half, k in zip(halves, (first, count - first), strict=True):
        parts = shapely.get_parts(half)
        if len(parts):
            roads += _part(parts[np.argmax(shapely.area(parts))], k, rng, dense=dense)
    return roads


def park_paths(park: shapely.Polygon, water: shapely.Polygon) -> list[shapely.LineString]:
    """Paths of a lake park: one around the lake and one from it to each side of the park."""
    around = shapely.simplify(shapely.LineString(shapely.buffer(water, 16.0, quad_segs=4).exterior.coords), 0.4)
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(park))
    paths = [around]
    for a, b in pairwise(box):
        for share in (0.3, 0.7):
            gate = a + (b - a) * share
            inward = shapely.shortest_line(around, shapely.Point(gate))
            way = shapely.get_coordinates(inward)
            long = shapely.LineString([way[0], way[0] + (way[1] - way[0]) * 1.3])
            paths += [
                piece for piece in shapely.get_parts(shapely.intersection(long, park)) if piece.distance(around) < 0.01
            ]
    return [path for path in paths if path.length > 15]
