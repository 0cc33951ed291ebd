"""The plan of the demo city: rounded ring roads, avenues, diagonals and a grid that is finer towards the old centre.

Everything is laid out in plan coordinates (metres, the main axes through (0, 0)) and then bent: `Warp` turns the city a
little and lets its grid sway, as surveyed cities do. Lines are made too many on purpose; `network` drops the ones that
leave blocks too small or too thin.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

STEP_M = 40.0
OVERSHOOT_M = 1.5  # a line ends a little beyond the line it meets, so that noding finds the crossing


def stream(seed: int, *subject: str | int) -> np.random.Generator:
    """A random stream of its own for each subject: a change to one part of the city leaves the others as they were."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in subject)])


@dataclass(frozen=True, slots=True)
class Warp:
    """From plan coordinates to the city's CRS: turned by `angle`, swayed by sine waves, moved to `origin`."""

    origin: tuple[float, float]
    angle: float
    waves: np.ndarray  # (k, 5): wave vector (2), phase, displacement vector (2)

    def _sway(self, xy: np.ndarray) -> np.ndarray:
        phase = xy @ self.waves[:, :2].T + self.waves[:, 2]
        return np.sin(phase) @ self.waves[:, 3:5]

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        swayed = xy + self._sway(xy)
        c, s = np.cos(self.angle), np.sin(self.angle)
        return swayed @ np.array([[c, s], [-s, c]]) + self.origin

    def inverse(self, xy: np.ndarray) -> np.ndarray:
        """Plan coordinates of points in the city's CRS, to a centimetre (fixed-point iteration: slopes are < 0.3)."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        flat = (xy - np.asarray(self.origin)) @ np.array([[c, -s], [s, c]])
        guess = flat
        for _ in range(12):
            guess = flat - self._sway(guess)
        return guess

    def heading(self, xy: np.ndarray) -> np.ndarray:
        """Direction (radians) of the plan's east axis at points given in plan coordinates."""
        step = np.array([20.0, 0.0])
        ahead = self(xy + step) - self(xy - step)
        return np.arctan2(ahead[:, 1], ahead[:, 0])


@dataclass(frozen=True, slots=True)
class Line:
    """One planned line. `key` says which street it is: equal keys are pieces of one street."""

    key: str
    street_class: int
    shape: shapely.LineString


@dataclass(frozen=True, slots=True)
class Plan:
    """The measures of the city, all in plan metres."""

    seed: int
    radius_m: float
    rings: tuple[float, ...]  # half sides of the ring roads, the old town's first; the city limit is the last ring
    warp: Warp
    limit: np.ndarray  # (n, 2) outline
    u_main: np.ndarray  # positions of the north–south lines of class 1 and 2
    v_main: np.ndarray
    u_class: np.ndarray
    v_class: np.ndarray

    @property
    def old_town_m(self) -> float:
        return self.rings[0]

    @property
    def limits(self) -> shapely.Polygon:
        """The city's area in its CRS."""
        return shapely.Polygon(np.round(self.warp(self.limit), 3))

    def reach(self, xy: np.ndarray) -> np.ndarray:
        """How far out points (plan coordinates) are: 0 centre, 1 about the city limit."""
        return np.max(np.abs(xy), axis=1) / self.radius_m


def dense(points: np.ndarray, *, step: float = STEP_M) -> np.ndarray:
    """The polyline through `points` with a vertex at least every `step` metres."""
    out = [points[:1]]
    for a, b in pairwise(points):
        n = max(1, int(np.ceil(np.hypot(*(b - a)) / step)))
        out.append(a + (b - a) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(out)


def make_plan(*, area_m2: float, seed: int, origin: tuple[float, float]) -> Plan:
    """Lay out a city of about `area_m2` around `origin` (city CRS)."""
    rng = stream(seed, "plan")
    radius = float(np.sqrt(area_m2 / np.pi) * 0.92)
    angle = float(rng.choice([-1, 1]) * rng.uniform(0.05, 0.11))
    waves = _waves(rng, radius)
    theta = np.linspace(0, 2 * np.pi, max(90, int(2 * np.pi * radius / STEP_M)), endpoint=False)
    shape = _outline(rng, theta)
    for _ in range(3):  # the warp and the bulges change the area: scale the outline until it fits
        found = shapely.Polygon(Warp(origin, angle, waves)(shape * radius)).area
        radius *= float(np.sqrt(area_m2 / found))
    warp = Warp(origin, angle, waves)
    rings = _rings(radius)
    u_main, u_class = _main_lines(rng, rings, float(np.abs(shape[:, 0]).max() * radius))
    v_main, v_class = _main_lines(rng, rings, float(np.abs(shape[:, 1]).max() * radius))
    return Plan(seed, radius, rings, warp, shape * radius, u_main, v_main, u_class, v_class)


def _waves(rng: np.random.Generator, radius: float) -> np.ndarray:
    out = []
    for length, slope in [(2.3, 0.07), (1.7, 0.06), (1.3, 0.05), (0, 0.022), (0, 0.022), (0, 0.022)]:
        metres = length * radius if length else rng.uniform(1300, 2400)
        way, bearing, phase = rng.uniform(0, 2 * np.pi, 3)
        vector = 2 * np.pi / metres * np.array([np.cos(way), np.sin(way)])
        push = slope * metres / (2 * np.pi) * np.array([np.cos(bearing), np.sin(bearing)])
        out.append([*vector, phase, *push])
    return np.array(out)


def _outline(rng: np.random.Generator, theta: np.ndarray) -> np.ndarray:
    """A rounded square with bulges, of about unit half side."""
    power, aspect = 3.0, rng.uniform(1.04, 1.12)
    c, s = np.cos(theta), np.sin(theta)
    r = (np.abs(c / aspect) ** power + np.abs(s * aspect) ** power) ** (-1 / power)
    for k in (2, 3, 4, 5, 7):
        r = r * (1 + rng.uniform(0.008, 0.03) * np.cos(k * theta + rng.uniform(0, 2 * np.pi)))
    return np.column_stack([r * c, r * s])


def _rings(radius: float) -> tuple[float, ...]:
    """Half sides: the old town's, then rings about evenly out to the limit (which is the last one)."""
    first = float(np.clip(0.19 * radius, 210, 950))
    count = int(np.clip(round((radius - first) / np.clip(0.28 * radius, 420, 2500)), 1, 5))
    return (*(first + (radius - first) * k / count for k in range(count)), radius)


def _main_lines(rng: np.random.Generator, rings: tuple[float, ...], reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions and classes of the through lines of one axis: the axis, the ring sides, avenues, secondary roads."""
    positions, classes = [0.0], [1]
    for side in (-1, 1):
        inner = 0.0
        for k, outer in enumerate([*rings[:-1], reach]):
            spacing = 430.0 if k <= 1 else 520.0
            gap = outer - inner
            avenues = max(1, round(gap / 1350))
            parts = avenues * max(1, round(gap / avenues / spacing))
            for i in range(1, parts + 1):
                at = inner + gap * (i + (rng.uniform(-0.1, 0.1) if i < parts else 0.0)) / parts
                ring_side = i == parts
                if ring_side and k == len(rings) - 1:
                    continue  # the city limit itself
                positions.append(side * at)
                classes.append(0 if ring_side else 1 if i % (parts // avenues) == 0 else 2)
            inner = outer
    order = np.argsort(positions)
    return np.array(positions)[order], np.array(classes)[order]
