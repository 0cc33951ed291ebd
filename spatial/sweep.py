"""A line sweeping over a polygon: area passed, chord length and crossings, in closed form.

Seen along one direction, the area left of a vertical line at x = t is the integral of min(x, t) over the
boundary. Each edge adds a constant, a linear or a quadratic piece of t, so prefix sums over the sorted edge
ends give all coefficients in O(n log n); every question then is one binary search, for any number of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from spatial.partition import Floats, Ints

VERTICAL_M = 1e-3  # an edge narrower than this in the direction of the sweep counts as vertical


@dataclass(frozen=True, slots=True)
class Sweep:
    """The passage of a vertical line over polygons, in a frame turned by -angle about `centre`."""

    angle: float
    centre: Floats  # (2,)
    at: Floats  # (n,) ascending positions at which coefficients change, metres in the frame
    coefficients: Floats  # (n, 3): area left of t is c0 + c1 t + c2 t² from at[k] to at[k + 1]
    crossed: Ints  # (n,) edges crossed there
    low: float
    high: float  # extent across the sweep, metres in the frame

    @classmethod
    def over(cls, shapes: Any, angle: float, centre: Floats) -> Sweep:
        """Prepare a sweep over one polygon, or over several that do not overlap."""
        rings = shapely.get_rings(shapely.orient_polygons(shapes))
        vertices, ring = shapely.get_coordinates(rings, return_index=True)
        vertices = (vertices - centre) @ rotation(-angle).T
        edge = ring[1:] == ring[:-1]
        a, b = vertices[:-1][edge], vertices[1:][edge]
        x_low, x_high = np.minimum(a[:, 0], b[:, 0]), np.maximum(a[:, 0], b[:, 0])
        rise = b[:, 1] - a[:, 1]
        width = x_high - x_low
        slant = width > VERTICAL_M
        # Before the edge: rise*t. Across it: rise*(t - (t - low)²/(2 width)). Past it: rise*(low + high)/2.
        quad = np.where(slant, rise / np.where(slant, 2 * width, 1.0), 0.0)
        enter = np.stack([-quad * x_low**2, 2 * quad * x_low, -quad], axis=1)
        leave = np.stack([rise * (x_low + x_high) / 2 + quad * x_low**2, -rise - 2 * quad * x_low, quad], axis=1)
        positions = np.concatenate([x_low, x_high])
        order = np.argsort(positions, kind="stable")
        steps = np.concatenate([enter, leave])[order]
        steps[0, 1] += rise.sum()  # 0 but for rounding: boundaries are closed
        crossing = np.concatenate([np.ones(len(rise), np.int64), np.full(len(rise), -1, np.int64)])[order]
        y = vertices[:, 1]
        return cls(angle, centre, positions[order], np.cumsum(steps, axis=0), np.cumsum(crossing), y.min(), y.max())

    def _interval(self, t: Floats) -> Ints:
        return np.clip(np.searchsorted(self.at, t, side="right") - 1, 0, len(self.at) - 1)

    def area(self, t: Floats) -> Floats:
        """Give the area left of each position, m²."""
        c = self.coefficients[self._interval(t)]
        return np.where(t <= self.at[0], 0.0, c[:, 0] + c[:, 1] * t + c[:, 2] * t**2)

    def chord(self, t: Floats) -> Floats:
        """Give the length of the line inside at each position, metres."""
        c = self.coefficients[self._interval(t)]
        inside = (t > self.at[0]) & (t < self.at[-1])
        return np.where(inside, np.maximum(c[:, 1] + 2 * c[:, 2] * t, 0.0), 0.0)

    def pieces(self, t: Floats) -> Ints:
        """Give the number of pieces of the line inside at each position."""
        return np.maximum(self.crossed[self._interval(t)] // 2, 0)

    def position(self, area: Floats) -> Floats:
        """Give the positions that leave `area` m² to the left."""
        passed = np.maximum.accumulate(self.area(self.at))
        k = np.clip(np.searchsorted(passed, area, side="right") - 1, 0, len(self.at) - 2)
        start, c = self.at[k], self.coefficients[k]
        chord = np.maximum(c[:, 1] + 2 * c[:, 2] * start, 0.0)
        rest = np.maximum(area - passed[k], 0.0)
        root = np.sqrt(np.maximum(chord**2 + 4 * c[:, 2] * rest, 0.0))
        step = 2 * rest / np.maximum(chord + root, 1e-12)  # the root that does not cancel
        return np.asarray(np.minimum(start + step, self.at[k + 1]))

    def back(self, points: Floats) -> Floats:
        """Turn points of the frame, (n, 2), back to metres of the map."""
        return np.asarray(points @ rotation(self.angle).T + self.centre)

    def line(self, t: float, margin_m: float = 1.0) -> Floats:
        """Give the whole line at a position, (2, 2) metres of the map."""
        return self.back(np.array([[t, self.low - margin_m], [t, self.high + margin_m]]))

    def half_planes(self, t: Floats, margin_m: float = 1.0) -> Any:
        """Give boxes that hold all that is left of each position, and all that is right: two (n,) arrays."""
        low, high = self.low - margin_m, self.high + margin_m
        edge = np.full_like(t, self.at[0] - margin_m), np.full_like(t, self.at[-1] + margin_m)
        boxes = []
        for x0, x1 in ((edge[0], t), (t, edge[1])):
            corners = np.stack([x0, np.full_like(t, low), x1, np.full_like(t, low), x1, np.full_like(t, high),
                                x0, np.full_like(t, high)], axis=1).reshape(-1, 2)  # fmt: skip
            boxes.append(shapely.polygons(self.back(corners).reshape(-1, 4, 2)))
        return boxes


def rotation(angle: float) -> Floats:
    """Give the matrix that turns points counter-clockwise by an angle in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def main_directions(polygon: Any) -> list[float]:
    """Give the directions to cut along, radians: the commonest of the edges, of the tightest box, and across.

    Edges count by length, taken modulo a right angle, in bins of 5 degrees with their neighbours.
    """
    vertices = shapely.get_coordinates(shapely.get_exterior_ring(polygon))
    step = np.diff(vertices, axis=0)
    length = np.hypot(*step.T)
    heading = np.mod(np.arctan2(step[:, 1], step[:, 0]), np.pi / 2)
    bins = np.minimum((heading / (np.pi / 2) * 18).astype(np.int64), 17)
    weight = np.bincount(bins, length, minlength=18)
    best = int(np.round(weight + 0.5 * (np.roll(weight, 1) + np.roll(weight, -1)), 6).argmax())
    near = np.isin(bins, [(best - 1) % 18, best, (best + 1) % 18])
    first = float(np.mod(np.angle(np.sum(length[near] * np.exp(4j * heading[near]))) / 4, np.pi / 2))
    box = shapely.get_coordinates(shapely.oriented_envelope(polygon))
    second = float(np.mod(np.arctan2(*(box[1] - box[0])[::-1]), np.pi / 2)) if len(box) > 2 else first
    off = min(abs(second - first), np.pi / 2 - abs(second - first))
    chosen = [first] if off <= 0.06 else [first, second]
    return [turn for angle in chosen for turn in (angle, angle + np.pi / 2)]
