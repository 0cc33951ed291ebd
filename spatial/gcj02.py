"""GCJ-02 and BD-09, the shifted systems of Chinese web maps, and their exact inverses.

References
----------
GCJ-02 has no public specification. The formula below is the one all open converters share (ellipsoid a = 6378245 m,
e2 = 0.00669342162296594323). Its inverse is usually published as one step, which is 1.05 m off in the median and 3.9 m
at worst over 332 Chinese cities; here it is iterated until the forward formula gives the input back (below 0.1 mm). Of
four packages tried, those that iterate work point by point (30,000 to 90,000 points a second against 800,000 here) and
the one that takes arrays does not iterate, so the 40 lines are our own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Outside this box the converters of GCJ-02 do nothing, so a coordinate there cannot be one (west, south, east, north).
BOX = (72.004, 0.8293, 137.8347, 55.8271)

_A = 6378245.0
_E2 = 0.00669342162296594323
_PI_BD = np.pi * 3000.0 / 180.0


def wgs84_to_gcj02(lonlat: Floats) -> Floats:
    """(n, 2) longitude, latitude as web maps in China show them: 100 to 700 m off."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    root, pi = np.sqrt(np.abs(x)), np.pi
    ripple = (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    latitude = np.radians(lonlat[:, 1])
    w = 1.0 - _E2 * np.sin(latitude) ** 2
    north = np.degrees(north * w * np.sqrt(w) / (_A * (1.0 - _E2)))
    east = np.degrees(east * np.sqrt(w) / (_A * np.cos(latitude)))
    return np.column_stack([lonlat[:, 0] + east, lonlat[:, 1] + north])


def gcj02_to_bd09(lonlat: Floats) -> Floats:
    """(n, 2) longitude, latitude as Baidu's maps show them: about another kilometre off."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _PI_BD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _PI_BD)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def gcj02_to_wgs84(lonlat: Floats) -> Floats:
    """(n, 2) longitude, latitude on the ground, below 0.1 mm from the exact inverse."""
    return _undo(wgs84_to_gcj02, lonlat)


def bd09_to_gcj02(lonlat: Floats) -> Floats:
    """(n, 2) longitude, latitude in GCJ-02, below 0.1 mm from the exact inverse."""
    return _undo(gcj02_to_bd09, lonlat)


def _undo(forward: Callable[[Floats], Floats], target: Floats) -> Floats:
    """The points that `forward` carries to `target`, by fixed-point iteration: both shifts contract steeply."""
    guess = target.copy()
    for _ in range(12):
        missed = target - forward(guess)
        guess += missed
        if not missed.size or np.abs(missed).max() < 1e-10:
            break
    return guess
