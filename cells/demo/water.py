"""The river that meanders through the demo city, a canal that joins it, and the lakes in the parks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cells.demo.plan import Plan, stream


@dataclass(frozen=True, slots=True)
class River:
    """One watercourse. Land and water meet at `water`; `corridor` reaches to the riverside roads on both banks."""

    key: str
    course: shapely.LineString  # centre line, city CRS
    width_m: float
    bank_m: float

    @property
    def water(self) -> shapely.Polygon:
        return shapely.buffer(self.course, self.width_m / 2, quad_segs=6)

    @property
    def half_corridor_m(self) -> float:
        return self.width_m / 2 + self.bank_m

    @property
    def corridor(self) -> shapely.Polygon:
        return shapely.buffer(self.course, self.half_corridor_m, quad_segs=6, cap_style="flat")

    def roads(self) -> list[shapely.LineString]:
        """The riverside roads, left and right bank."""
        return [shapely.offset_curve(self.course, side * self.half_corridor_m, quad_segs=6) for side in (1, -1)]


def rivers(plan: Plan) -> list[River]:
    """The river south of the old town and, in all but the smallest cities, a canal from the north that joins it."""
    rng = stream(plan.seed, "water")
    R, old = plan.radius_m, plan.old_town_m
    width = float(np.clip(0.020 * R, 30, 130))
    bank = float(np.clip(0.012 * R, 22, 45))
    turn = rng.uniform(0, 2 * np.pi)
    length = rng.uniform(1.35, 1.7) * R
    slope = rng.uniform(-0.08, 0.08)
    reach = 1.4 * R
    inner = plan.rings[1] if len(plan.rings) > 2 else 0.62 * R
    # Between the old town's ring and the next one the river keeps clear of both; further out it may swing.
    middle, room = (old + inner) / 2, max((inner - old) / 2 - width / 2 - bank - 45, 20.0)

    def v_of(u: np.ndarray) -> np.ndarray:
        amplitude = room * 0.8 + 0.09 * R * np.clip(np.abs(u) / inner - 1, 0, 1)
        meander = np.sin(2 * np.pi * u / length + turn) + 0.14 * np.sin(2 * np.pi * u / (0.37 * length) + 2.3 * turn)
        return -middle + slope * np.sign(u) * np.clip(np.abs(u) - inner, 0, None) + amplitude * meander

    u = np.arange(-reach, reach, 30.0)
    main = River("river", shapely.LineString(plan.warp(np.column_stack([u, v_of(u)]))), width, bank)
    if R < 1500:
        return [main]
    side = float(rng.choice([-1, 1]))
    at = side * (old + rng.uniform(0.20, 0.26) * R)
    v = np.arange(v_of(np.array([at]))[0] - 2.0, reach, 30.0)  # begins just beyond the middle of the river
    drift = 0.05 * R * np.sin(2 * np.pi * v / (1.1 * R) + turn)
    course = np.column_stack([at + drift - drift[0], v])
    canal = River("canal", shapely.LineString(plan.warp(course)), max(18.0, 0.3 * width), max(18.0, 0.55 * bank))
    return [main, canal]


def lake(park: shapely.Polygon, *, seed: int, share: float = 0.42) -> shapely.Polygon:
    """A lake of about `share` of the park, with a soft, wavy shore, at least 25 m from the park's edge."""
    rng = stream(seed, "lake", round(park.centroid.x), round(park.centroid.y))
    centre = np.array(shapely.get_coordinates(shapely.maximum_inscribed_circle(park))[0])
    theta = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    r = np.ones_like(theta)
    for k in (2, 3, 4, 5):
        r += rng.uniform(0.06, 0.17) * np.cos(k * theta + rng.uniform(0, 2 * np.pi))
    inner = shapely.buffer(park, -28.0)
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(park))
    a, b = box[1] - box[0], box[2] - box[1]
    ring = np.column_stack([np.cos(theta), np.sin(theta)]) @ np.array([a, b]) * 0.42
    shore = shapely.Polygon(centre + ring * (r / r.max())[:, None])
    shrink = np.sqrt(min(1.0, share * park.area / max(shore.intersection(inner).area, 1.0)))
    shore = shapely.Polygon(centre + ring * (shrink * r / r.max())[:, None])
    soft = shapely.buffer(shapely.buffer(shapely.intersection(shore, inner), -9.0), 9.0)
    parts = shapely.get_parts(soft)
    return parts[np.argmax(shapely.area(parts))] if len(parts) else shapely.Polygon()


def islet(water: shapely.Polygon, *, radius_m: float) -> shapely.Polygon:
    """A small round island in the middle of a lake."""
    return shapely.buffer(shapely.centroid(water), radius_m, quad_segs=6)
