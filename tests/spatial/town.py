"""A small made-up town for tests of division: a warped street net, slab buildings, communities along streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from spatial.ground import Ground
from spatial.noding import faces


@dataclass(frozen=True, slots=True)
class Town:
    ground: Ground
    communities: np.ndarray


def a_town(*, size_m: float = 1600.0, seed: int = 1) -> Town:
    """Blocks by halving with jitter down to 1.4 to 12 ha, streets on the cuts, slabs inside, all slightly curved."""
    rng = np.random.default_rng(seed)
    lines: list[tuple[np.ndarray, int]] = []
    leaves: list[tuple[float, float, float, float]] = []

    def halve(x0: float, y0: float, x1: float, y1: float) -> None:
        area = (x1 - x0) * (y1 - y0)
        if area < 14_000 or area < rng.choice([17_000, 30_000, 80_000], p=[0.6, 0.3, 0.1]):
            leaves.append((x0, y0, x1, y1))
            return
        street_class = 1 if area > 600_000 else 2 if area > 120_000 else 3
        part = rng.uniform(0.36, 0.64)
        if x1 - x0 > y1 - y0:
            x = x0 + part * (x1 - x0)
            lines.append((np.array([[x, y0], [x, y1]]), street_class))
            halve(x0, y0, x, y1)
            halve(x, y0, x1, y1)
        else:
            y = y0 + part * (y1 - y0)
            lines.append((np.array([[x0, y], [x1, y]]), street_class))
            halve(x0, y0, x1, y)
            halve(x0, y, x1, y1)

    halve(0, 0, size_m, size_m)
    # ends are surveyed a metre short of the crossing or over it, as in real street layers
    streets = np.array([_street(c, rng.uniform(-1.5, 1.5, 2)) for c, _ in lines])
    classes = np.array([k for _, k in lines])
    longer = np.array([_street(c, (3.0, 3.0)) for c, _ in lines])
    edge = _warp(shapely.segmentize(shapely.box(0, 0, size_m, size_m), 40.0))
    communities = shapely.set_precision(faces(edge, longer[classes == 1]), 0.001)
    buildings = [
        _warp(shapely.box(x, y, x + 48, y + 13))
        for x0, y0, x1, y1 in leaves
        for y in np.arange(y0 + 14, y1 - 27, 38)
        for x in np.arange(x0 + 14, x1 - 62, 60)
        if rng.random() < 0.85
    ]
    return Town(Ground(streets, classes, buildings=np.array(buildings)), communities)


def _street(ends, over):
    along = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
    line = shapely.linestrings([ends[0] - along * over[0], ends[1] + along * over[1]])
    return _warp(shapely.segmentize(line, 40.0))


def _warp(shape):
    return shapely.transform(
        shape, lambda c: c + np.c_[60 * np.sin(c[:, 1] / 900 + 1), 45 * np.sin(c[:, 0] / 700)] + [530_000, 3_380_000]
    )
