"""Cutting a block into cells of equal area: balanced bisection that goes round buildings.

A block of k cells is cut in two, each part again, until every part is one cell. Candidate cuts are straight
lines in the main directions at the positions of an even area (and a little off, so as to miss buildings),
bent round buildings where they still hit any, and compound roads. The cheapest wins: short, through no
building, even, leaving compact parts without necks and tails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from spatial.blocks import compactness
from spatial.ground import Layout
from spatial.noding import empty_shapes, faces
from spatial.partition import Floats, Shapes
from spatial.sweep import Sweep, main_directions

CLEARANCE_M = 1.0  # a cut keeps this far from walls
NECK_M = 16.0  # a part narrower than this is a neck or a tail
CUT_BUILDING_M = 0.5  # a cut that runs less than this inside buildings cuts none
OFFSETS = np.array([0.0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.18])  # of a cell's area, to both sides


@dataclass(frozen=True, slots=True)
class CutRules:
    """What makes a cut dear. Lengths count in cell widths (the root of the target area)."""

    target_m2: float
    length: float = 1.0
    building: float = 4.0
    detour: float = 0.15  # a bent cut's own length, on top
    uneven: float = 0.35
    piece: float = 1.5  # a cut in several pieces, each further one
    tiny: float = 5.0
    compact: float = 3.0
    neck: float = 2.0
    tail: float = 6.0
    street_discount: float = 0.8  # off the length of a cut that runs along a road
    looked_at: int = 8  # candidates of each kind whose parts may be made

    @property
    def width_m(self) -> float:
        return float(self.target_m2**0.5)


@dataclass(frozen=True, slots=True)
class Roads:
    """Lines that may become cuts: dead ends prolonged, compound roads."""

    lines: Shapes = field(default_factory=empty_shapes)
    street_share: Floats = field(default_factory=lambda: np.empty(0))  # of each line, the part on the road

    def near(self, outline: Any) -> Roads:
        """Give the lines that meet one polygon."""
        hit = shapely.intersects(self.lines, outline)
        return Roads(self.lines[hit], self.street_share[hit])


@dataclass(slots=True)
class _Candidate:
    cost: float
    sweep: Sweep | None
    t: float
    line: Any  # shapely line of a road candidate
    hits_m: float = 0.0
    parts: Shapes = field(default_factory=empty_shapes)


def cut_block(block: Any, layout: Layout, roads: Roads, rules: CutRules) -> list[Any]:
    """Cut one polygon into cells of about the target area; give it back whole where no cut makes sense.

    The parts of a cut share their vertices with each other up to rounding; `node_together` makes them a tiling.
    """
    done: list[Any] = []
    open_blocks = [(block, layout.near(block).buildings, roads.near(block))]
    while open_blocks:
        polygon, buildings, lines = open_blocks.pop()
        count = max(1, round(polygon.area / rules.target_m2))
        parts = best_cut(polygon, count, buildings, lines, rules) if count > 1 else None
        if parts is None:
            done.append(polygon)
            continue
        for part in parts:
            shapely.prepare(part)
            inside = buildings[shapely.intersects(part, buildings)]
            open_blocks.append((part, inside, lines.near(part)))
    return done


def best_cut(polygon: Any, count: int, buildings: Shapes, roads: Roads, rules: CutRules) -> Shapes | None:
    """Give the parts of the best cut of a polygon meant for `count` cells; None if nothing can be cut off."""
    chosen: list[_Candidate] = []
    for kind in (
        _straight(polygon, count, buildings, rules),
        _along_roads(polygon, buildings, roads, rules),
    ):
        chosen += sorted(kind, key=lambda c: round(c.cost, 9))[: rules.looked_at]
    cell_m2 = polygon.area / count
    best: _Candidate | None = None
    for candidate in sorted(chosen, key=lambda c: round(c.cost, 9)):
        if best is not None and candidate.cost >= best.cost:
            break  # what follows only adds to the cost
        _make_parts(polygon, candidate, buildings, rules)
        candidate.cost += _unevenness(candidate.parts, polygon.area, cell_m2, rules)
        if len(candidate.parts) < 2 or (best is not None and candidate.cost >= best.cost):
            continue
        candidate.cost += _narrowness(candidate.parts, rules)
        if best is None or candidate.cost < best.cost - 1e-9:
            best = candidate
    return None if best is None else best.parts


def _straight(polygon: Any, count: int, buildings: Shapes, rules: CutRules) -> list[_Candidate]:
    """Give straight candidates in the main directions, with their length and the metres in buildings."""
    cell_m2 = polygon.area / count
    halves = sorted({count // 2, (count + 1) // 2} | ({count // 3} if count >= 5 else set()))
    offsets = np.unique(np.concatenate([-OFFSETS, OFFSETS])) if len(buildings) else np.array([-0.1, 0.0, 0.1])
    share = (np.array(halves)[:, None] + offsets[None, :]).ravel()
    off = np.abs(np.broadcast_to(offsets, (len(halves), len(offsets)))).ravel()
    share, off = share[share < count - 0.3], off[share < count - 0.3]
    centre = np.floor(np.array(polygon.bounds[:2]))
    clear = shapely.buffer(buildings, CLEARANCE_M, join_style="mitre", quad_segs=1)
    out: list[_Candidate] = []
    for angle in main_directions(polygon):
        sweep = Sweep.over(polygon, angle, centre)
        t = sweep.position(share * cell_m2)
        hits = Sweep.over(clear, angle, centre).chord(t) if len(clear) else np.zeros(len(t))
        through = np.minimum(rules.building * hits / rules.width_m, 0.6 + 0.4 * hits / rules.width_m)
        cost = rules.length * sweep.chord(t) / rules.width_m + through
        cost += rules.uneven * (off / 0.1) ** 2 + rules.piece * np.maximum(sweep.pieces(t) - 1, 0)
        best = np.argsort(np.round(cost, 9), kind="stable")[: rules.looked_at]
        out += [_Candidate(float(cost[k]), sweep, float(t[k]), None, float(hits[k])) for k in best]
    return out


def _along_roads(polygon: Any, buildings: Shapes, roads: Roads, rules: CutRules) -> list[_Candidate]:
    """Give the roads through a polygon as candidates: cheaper by the share that is street."""
    if len(roads.lines) == 0:
        return []
    length = shapely.length(shapely.intersection(roads.lines, polygon))
    out = []
    for k in np.flatnonzero(length > 1.0):
        inside = float(shapely.length(shapely.intersection(buildings, roads.lines[k])).sum()) if len(buildings) else 0.0
        cost = rules.length * length[k] * (1 - rules.street_discount * roads.street_share[k])
        out.append(_Candidate(float(cost + rules.building * inside) / rules.width_m, None, 0.0, roads.lines[k]))
    return out


def _make_parts(polygon: Any, candidate: _Candidate, buildings: Shapes, rules: CutRules) -> None:
    """Cut the polygon along a candidate, bending a straight one round the buildings it hits."""
    if candidate.sweep is None:
        candidate.parts = faces(polygon, candidate.line)
        return
    if candidate.hits_m > CUT_BUILDING_M:
        guess = min(rules.building * candidate.hits_m, 0.6 * rules.width_m + 0.4 * candidate.hits_m)
        bent = bend(candidate.sweep, candidate.t, polygon, buildings)
        if bent is not None:
            parts = faces(polygon, bent)
            if len(parts) > 1:
                detour = rules.detour * shapely.length(shapely.intersection(bent, polygon))
                candidate.cost += (detour - guess) / rules.width_m
                candidate.parts = parts
                return
        candidate.cost += (rules.building * candidate.hits_m - guess) / rules.width_m
    halves = candidate.sweep.half_planes(np.array([candidate.t]))
    parts = shapely.get_parts(shapely.intersection(polygon, np.concatenate(halves)))
    candidate.parts = parts[shapely.area(parts) > 1e-3]


def _unevenness(parts: Shapes, whole_m2: float, cell_m2: float, rules: CutRules) -> float:
    """Say what parts cost that do not go into whole cells or are not compact; infinite for a cut without use."""
    if len(parts) < 2:
        return float("inf")
    area = shapely.area(parts)
    count = np.maximum(1, np.rint(area / cell_m2))
    off = np.abs(area / (count * cell_m2) - 1)
    single = count == 1
    cost = rules.uneven * ((off / 0.15) ** 2).sum() / 2 + rules.tiny * (area < 0.55 * cell_m2).sum()
    cost += rules.compact * np.clip(0.6 - compactness(parts[single]), 0, None).sum()
    hopeless = (area < 0.25 * cell_m2).any() or area.max() > 0.985 * whole_m2
    return float(cost + (100.0 if hopeless else 0.0))


def _narrowness(parts: Shapes, rules: CutRules) -> float:
    """Say what necks and tails cost: parts that fall apart or lose a tip when shrunk by half the neck width."""
    shrunk = shapely.buffer(parts, -NECK_M / 2, quad_segs=1)
    opened = shapely.buffer(shrunk, NECK_M / 2 + 0.1, quad_segs=2, join_style="mitre")
    necks = np.clip(shapely.get_num_geometries(shrunk) - 1, 0, 2).sum()
    tails = np.clip(1 - shapely.area(opened) / shapely.area(parts) - 0.02, 0, None).sum()
    return float(rules.neck * necks + rules.tail * tails)


def bend(sweep: Sweep, t: float, polygon: Any, buildings: Shapes) -> Any:
    """Lead a straight cut round the buildings it hits, along the shorter side of their hulls.

    Gives a LineString, or None where that is not possible (a building on the outline, or in the way).
    """
    straight = shapely.linestrings(sweep.line(t))
    hit = buildings[shapely.length(shapely.intersection(buildings, straight)) > 0.05]
    hulls = _hulls_on(straight, hit)
    if hulls is None or not shapely.contains(polygon, hulls).all():
        return None
    turned = [sweep_frame(hull, sweep) for hull in hulls]
    path = [np.array([[t, sweep.low - 1.0]])]
    for hull in sorted(turned, key=lambda h: float(h[:, 1].mean())):
        sides = _round_hull(hull, t)
        if sides is None:
            return None
        clear = [s for s in sides if _metres_inside(sweep.back(s), buildings) <= CUT_BUILDING_M]
        if not clear:
            return None
        path.append(clear[0])
    path.append(np.array([[t, sweep.high + 1.0]]))
    return shapely.linestrings(sweep.back(np.concatenate(path)))


def _hulls_on(straight: Any, hit: Shapes) -> Any:
    """Give convex hulls of the buildings hit, a metre clear of the walls; those that meet become one."""
    hulls = shapely.convex_hull(shapely.buffer(hit, CLEARANCE_M, join_style="mitre"))
    for _ in range(8):
        union = shapely.get_parts(shapely.union_all(hulls))
        merged = shapely.convex_hull(union)
        if len(union) == len(hulls):
            return hulls
        hulls = merged
    return None


def sweep_frame(hull: Any, sweep: Sweep) -> Floats:
    """Give a hull's vertices counter-clockwise in the frame of a sweep, the first not repeated."""
    ring = shapely.get_coordinates(shapely.orient_polygons(hull))[:-1]
    cos, sin = np.cos(-sweep.angle), np.sin(-sweep.angle)
    return np.asarray((ring - sweep.centre) @ np.array([[cos, -sin], [sin, cos]]).T)


def _round_hull(hull: Floats, t: float) -> list[Floats] | None:
    """Give the two ways round a hull from its lower to its upper crossing with x = t, the shorter first."""
    right = hull[:, 0] > t
    if right.all() or not right.any():
        return None
    n = len(hull)
    up = next(k for k in range(n) if right[k] and not right[k - 1])  # first vertex right of the line
    ring = np.roll(hull, -up, axis=0)
    count = int(right.sum())
    east, west = ring[:count], ring[count:]
    lower = _crossing(ring[-1], ring[0], t)
    upper = _crossing(east[-1], west[0], t)
    ways = [np.vstack([lower, east, upper]), np.vstack([lower, west[::-1], upper])]
    return sorted(ways, key=lambda w: round(float(np.hypot(*np.diff(w, axis=0).T).sum()), 6))


def _crossing(a: Floats, b: Floats, t: float) -> Floats:
    return np.asarray(np.array([t, a[1] + (b[1] - a[1]) * (t - a[0]) / (b[0] - a[0])]))


def _metres_inside(path: Floats, buildings: Shapes) -> float:
    return float(shapely.length(shapely.intersection(buildings, shapely.linestrings(path))).sum())
