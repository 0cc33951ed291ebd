"""The second look: communities side by side with what chance alone would do to each of them, so that no small one is
called best or worst for being small (a funnel, not a league table; Spiegelhalter 2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from scipy import stats

from cases.hotspots.finding import HotspotMap
from cases.hotspots.frames import Frame
from cells.models import Level
from spatial.partition import Ints

# The funnel's two bands, in which so much of an ordinary city lies.
BANDS = (0.95, 0.998)


def by_community(seen: HotspotMap) -> list[dict[str, Any]]:
    """Each community's cases, what was expected of it, the ratio and the two bands of ratios; the highest ratio first.

    A community's count is held against the negative binomial with the variance that hot spots of the largest size are
    held against: chance, what is not known of the expectation, and what such areas vary beyond both.
    """
    ground, found = seen.frame.ground, seen.found
    cells = cells_of(seen.frame)
    owners = np.where(cells >= 0, ground.area_ids(Level.COMMUNITY)[cells], -1)
    keys, which = np.unique(owners, return_inverse=True)
    scaled = seen.expected.scaled(found.level)
    counts = np.bincount(which.ravel(), seen.tallies.by_unit())
    mean = np.bincount(which.ravel(), scaled.mean)
    extra = max(found.extra, default=0.0)
    variance = mean + np.bincount(which.ravel(), scaled.variance) + extra * mean**2
    rows = []
    for k, key in enumerate(keys.tolist()):
        area = ground.areas.get(int(key))
        if area is None or mean[k] <= 0:
            continue
        rows.append(
            {
                "id": area.id,
                "code": area.code,
                "name_zh": area.name_zh,
                "name_en": area.name_en,
                "cases": int(counts[k]),
                "expected": round(float(mean[k]), 1),
                "ratio": round(float(counts[k] / mean[k]), 3),
                "bands": [_band(float(mean[k]), float(variance[k]), share) for share in BANDS],
            }
        )
    return sorted(rows, key=lambda row: (-row["ratio"], row["code"]))


def owners_of(frame: Frame, level: str) -> Ints:
    """(n,) the grid of a level that each unit belongs to, by primary key; -1 where none."""
    cells = cells_of(frame)
    return np.where(cells >= 0, frame.ground.area_ids(level)[cells], -1)


def cells_of(frame: Frame) -> Ints:
    """(n,) a cell for each unit, by index: a cell itself; for a hexagon that of its middle, or at the city's edge that
    of a place on the way to a corner. -1 where none is found.
    """
    if frame.hexagons is None:
        return np.arange(len(frame))
    shapes = frame.shapes
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    found = frame.ground.locator.locate_many(middles).astype(np.int64)
    lost = np.flatnonzero(found < 0)
    for share in (0.5, 0.75, 0.99):
        for corner in range(6):
            at = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(shapes[lost]), corner))
            there = frame.ground.locator.locate_many(middles[lost] + share * (at - middles[lost]))
            found[lost] = there
            lost = lost[there < 0]
            if not len(lost):
                return found
    return found


def _band(mean: float, variance: float, share: float) -> list[float]:
    """The ratios between which so much of the law of a count lies."""
    more = variance - mean
    law = stats.nbinom(mean * mean / more, mean / variance) if more > 1e-9 * mean else stats.poisson(mean)
    low, high = law.ppf([(1 - share) / 2, (1 + share) / 2])
    return [round(float(low) / mean, 3), round(float(high) / mean, 3)]
