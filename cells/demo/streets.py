"""The planned street lines of the demo city: rings, avenues, diagonals, riverside, secondary and local streets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely

from cells.demo.plan import OVERSHOOT_M, Line, Plan, dense, stream
from cells.demo.water import River

LIMIT = "limit"  # the ring road along the city limit
CORNER_M = 0.16  # radius of a ring's corners, as a share of its half side


def planned_lines(plan: Plan, rivers: list[River]) -> list[Line]:
    """All street lines, clipped to the city, bridges only where wanted. Not yet noded, and too many on purpose."""
    limits = plan.limits
    lines = [Line(LIMIT, 1, shapely.LineString(limits.exterior.coords))]
    lines += [_warped(plan, key, cls, points) for key, cls, points in _rings(plan)]
    lines += [_warped(plan, key, cls, points) for key, cls, points in _mains(plan)]
    lines += [_warped(plan, key, cls, points) for key, cls, points in _diagonals(plan)]
    for river in rivers:
        lines += [
            Line(f"{river.key}-bank-{i}", 2 if river.key == "river" else 3, road)
            for i, road in enumerate(river.roads())
        ]
    lines += [_warped(plan, key, 3, points) for key, points in _locals(plan)]
    return list(_clipped(plan, lines, limits, rivers))


def _warped(plan: Plan, key: str, street_class: int, points: np.ndarray) -> Line:
    return Line(key, street_class, shapely.LineString(plan.warp(dense(points))))


def _rings(plan: Plan) -> Iterator[tuple[str, int, np.ndarray]]:
    """Rounded squares; each side is a street of its own key, cut in the middle of the corners."""
    for k, half in enumerate(plan.rings[:-1]):
        r = float(np.clip(CORNER_M * half, 60, 220))
        bend = np.linspace(-np.pi / 4, np.pi / 4, 25)
        for side, name in enumerate("esnw"):
            turn = {"e": 0, "n": 1, "w": 2, "s": 3}[name] * np.pi / 2
            low = np.column_stack([half - r + r * np.cos(bend[:13]), -half + r + r * np.sin(bend[:13])])
            high = np.column_stack([half - r + r * np.cos(bend[12:]), half - r + r * np.sin(bend[12:])])
            c, s = np.cos(turn), np.sin(turn)
            yield f"ring-{k}-{name}", 1, np.concatenate([low, high]) @ np.array([[c, s], [-s, c]])
            del side


def _mains(plan: Plan) -> Iterator[tuple[str, int, np.ndarray]]:
    """Through lines. A ring side (class 0) goes on beyond the ring's corners as a secondary road."""
    far = 1.5 * plan.radius_m
    for axis, positions, classes in (("u", plan.u_main, plan.u_class), ("v", plan.v_main, plan.v_class)):
        for at, cls in zip(positions, classes, strict=True):
            start = 0.0
            if cls == 0:
                start = abs(at) - float(np.clip(CORNER_M * abs(at), 60, 220))
            spans = [(-far, far)] if cls else [(start, far), (-far, -start)]
            for low, high in spans:
                points = np.array([[at, low], [at, high]])
                key = f"{axis}{round(at)}" + ("" if cls else "+" if low > 0 else "-")
                yield key, int(cls) or 2, points if axis == "u" else points[:, ::-1]


def _diagonals(plan: Plan) -> Iterator[tuple[str, int, np.ndarray]]:
    """Radial avenues from the old town's corners, not quite at half right angles, in three of the four quarters."""
    rng = stream(plan.seed, "diagonals")
    old = plan.old_town_m
    corner = old - float(np.clip(CORNER_M * old, 60, 220)) * (1 - np.sqrt(0.5))
    without = int(rng.integers(4))
    for quarter, (a, b) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        if quarter == without or (plan.radius_m < 1500 and quarter % 2 == without % 2):
            continue
        way = np.pi / 4 + rng.uniform(-0.14, 0.14)
        end = corner + 1.6 * plan.radius_m * np.array([np.cos(way), np.sin(way)])
        yield f"radial-{quarter}", 1, np.array([[corner, corner], end]) * [a, b]


def local_spacing(plan: Plan, reach: float) -> float:
    """Wanted distance between local streets, metres, by how far out (0 centre … 1 limit) a place is."""
    old = plan.old_town_m / plan.radius_m
    if reach <= old:
        return 132.0
    return float(np.interp(reach, [old, 0.5, 0.8, 1.0], [175.0, 198.0, 220.0, 250.0]))


def _locals(plan: Plan) -> Iterator[tuple[str, np.ndarray]]:
    """Local streets, superblock by superblock; one that meets its continuation across a main road runs on."""
    for axis, mine, other in (("u", plan.u_main, plan.v_main), ("v", plan.v_main, plan.u_main)):
        mine = np.concatenate([[mine[0] - 520], mine, [mine[-1] + 520]])
        other = np.concatenate([[other[0] - 520], other, [other[-1] + 520]])
        for i, (low, high) in enumerate(pairwise(mine)):
            running: dict[float, tuple[float, float]] = {}
            for j, (start, end) in enumerate(pairwise(other)):
                rng = stream(plan.seed, "local", axis, i, j)
                middle = np.array([[(low + high) / 2, (start + end) / 2]])
                reach = float(plan.reach(middle)[0])
                n = max(1, round((high - low) / (local_spacing(plan, reach) * rng.uniform(0.86, 1.14))))
                wish = (np.arange(1, n) + rng.uniform(-0.13, 0.13, n - 1)) / n * (high - low) + low
                now: dict[float, tuple[float, float]] = {}
                for at in wish:
                    near = min(running, key=lambda p: abs(p - at), default=None)
                    if near is not None and abs(near - at) < 62 and near not in now:
                        now[near] = (running[near][0], end)
                    else:
                        now[float(at)] = (start, end)
                for at, span in running.items():
                    if at not in now:
                        yield _local(axis, at, span)
                running = now
            for at, span in running.items():
                yield _local(axis, at, span)


def _local(axis: str, at: float, span: tuple[float, float]) -> tuple[str, np.ndarray]:
    points = np.array([[at, span[0] - OVERSHOOT_M], [at, span[1] + OVERSHOOT_M]])
    return f"{axis}{round(at, 1)}:{round(span[0])}", points if axis == "u" else points[:, ::-1]


def _clipped(plan: Plan, lines: list[Line], limits: shapely.Polygon, rivers: list[River]) -> Iterator[Line]:
    """Cut at the city limit and at the rivers; avenues and some secondary roads that cross squarely keep a bridge."""
    corridors = [river.corridor for river in rivers]
    for line in lines:
        shape = line.shape if line.key == LIMIT else shapely.intersection(line.shape, limits)
        for river, corridor in zip(rivers, corridors, strict=True):
            if line.key.startswith(river.key) or line.key == LIMIT:
                continue
            over = shapely.get_parts(shapely.intersection(shape, corridor))
            if not len(over):
                continue
            square = 3.2 * river.half_corridor_m
            bridge = line.street_class == 1 or (
                line.street_class == 2 and line.key[0] == "u" and _lucky(plan, line.key)
            )
            bridge |= line.street_class <= 2 and river.key != "river"
            kept = [piece for piece in over if bridge and piece.length < square]
            shape = shapely.union_all([shapely.difference(shape, corridor), *kept])
            shape = shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape
        for piece in shapely.get_parts(shape):
            if piece.geom_type == "LineString" and piece.length > 20:
                yield Line(line.key, line.street_class, piece)


def _lucky(plan: Plan, key: str) -> bool:
    return bool(stream(plan.seed, "bridge", key).random() < 0.5)
