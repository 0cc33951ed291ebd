"""A city of square cells with half a year of ordinary cases, to look for hot spots in."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cases.demo.loading import write_lived
from tests.makers import City, a_city, noon

TODAY = dt.date(2026, 6, 1)
SIDE = 20


def ordinary_cases(city: City, days: int = 140, per_day: int = 18) -> int:
    """Cases anywhere in the city and any day, as the demo city writes them."""
    rng = np.random.default_rng(2)
    count = days * per_day
    west, south = city.metres(0, SIDE - 1, east=0, south=1)
    xy = np.round(np.array([west, south]) + rng.uniform(1, SIDE * 100 - 1, (count, 2)), 3)
    first = noon((TODAY - dt.timedelta(days=days)).isoformat()).timestamp()
    table = pd.DataFrame(
        {
            "at": first + rng.integers(0, days, count) * 86_400 + rng.integers(-18_000, 18_000, count),
            "source": "patrol",
            "kind": "event",
            "code": rng.choice(["0401", "0110"], count),
            "component": "",
            "x": xy[:, 0],
            "y": xy[:, 1],
            "address": "人民路1号",
            "words": "路边有垃圾",
        }
    ).sort_values("at", ignore_index=True)
    return write_lived(table, seed=1, now=noon(TODAY.isoformat()).timestamp() - 43_200)[0]


def empty_city() -> City:
    return a_city(f"{SIDE}x{SIDE}", community=f"{SIDE // 2}x{SIDE // 2}", at=noon("2025-06-01"))
