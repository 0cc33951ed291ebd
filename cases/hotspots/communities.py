"""The second look: communities side by side with what chance alone would do to each of them, so that no small one is
called best or worst for being small (a funnel, not a league table; Spiegelhalter 2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from scipy import stats

from cases.hotspots.finding import HotspotMap
from cells.models import Level

# The funnel's two bands, in which so much of an ordinary city lies.
BANDS = (0.95, 0.998)


def by_community(seen: HotspotMap) -> list[dict[str, Any]]:
    """Each community's cases, what was expected of it, the ratio and the two bands of ratios; the highest ratio first.

    A community's count is held against the negative binomial with the variance that hot spots of the largest size are
    held against: chance, what is not known of the expectation, and what such areas vary beyond both.
    """
    ground, found = seen.frame.ground, seen.found
    if seen.frame.hexagons is None:
        cells = np.arange(len(seen.frame))
    else:
        cells = ground.locator.locate_many(shapely.get_coordinates(shapely.point_on_surface(seen.frame.shapes)))
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


def _band(mean: float, variance: float, share: float) -> list[float]:
    """The ratios between which so much of the law of a count lies."""
    more = variance - mean
    law = stats.nbinom(mean * mean / more, mean / variance) if more > 1e-9 * mean else stats.poisson(mean)
    low, high = law.ppf([(1 - share) / 2, (1 + share) / 2])
    return [round(float(low) / mean, 3), round(float(high) / mean, 3)]
