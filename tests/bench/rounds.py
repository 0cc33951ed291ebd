"""Today's round by OR-tools beside a rule of thumb: what is collected in the time there is, on which way, how fast.

`python -m tests.bench --only rounds` prints the figures (no database). The rival takes the weightiest cells, walks to
the nearest next and exchanges legs while that makes the way shorter (2-opt, Croes 1958), until the time is over.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from spatial.partition import Floats
from spatial.tours import length, round_through

VISIT_S, KMH, BUDGET_S, MOST = 180.0, 3.5, 10_800.0, 30
APART_M = 110.0


def run(small: bool) -> dict[str, Any]:
    """By number of cells: weight and metres of both, and how long a round takes to find."""
    begun = time.perf_counter()
    round_through(np.zeros((1, 2)), np.ones(1), start=np.zeros(2), visit_s=1, kmh=1, budget_s=9, most=1)
    found: dict[str, Any] = {"import_s": round(time.perf_counter() - begun, 2)}
    for cells in (30, 90) if small else (30, 60, 90):
        found[f"{cells}_cells"] = _beside(cells, seeds=3 if small else 10)
    return found


def _beside(cells: int, *, seeds: int) -> dict[str, float]:
    ours, theirs, seconds = [], [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        xy = rng.uniform(0, APART_M * cells**0.5, (cells, 2))
        weights = rng.integers(1, 31, cells) + 10.0 * (rng.random(cells) < 0.1) + 4.0 * (rng.random(cells) < 0.1)
        start = xy.mean(axis=0)
        begun = time.perf_counter()
        order = round_through(xy, weights, start=start, visit_s=VISIT_S, kmh=KMH, budget_s=BUDGET_S, most=MOST)
        seconds.append(time.perf_counter() - begun)
        rival = _rule_of_thumb(xy, weights, start)
        ours.append((weights[order].sum(), length(xy, order, start=start)))
        theirs.append((weights[rival].sum(), length(xy, rival, start=start)))
    (weight, metres), (weight_rival, metres_rival) = np.mean(ours, axis=0), np.mean(theirs, axis=0)
    return {
        "weight_to_rival": round(float(weight / weight_rival), 3),
        "metres_to_rival": round(float(metres / metres_rival), 3),
        "weight": round(float(weight), 1),
        "metres": round(float(metres)),
        "median_s": round(float(np.median(seconds)), 3),
        "longest_s": round(max(seconds), 3),
    }


def _rule_of_thumb(xy: Floats, weights: Floats, start: Floats) -> list[int]:
    chosen = np.argsort(-weights, kind="stable")[:MOST]
    places = np.vstack([start[None], xy[chosen]])
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    way, left = [0], set(range(1, len(places)))
    while left:
        way.append(min(left, key=lambda k: (away[way[-1], k], k)))
        left.remove(way[-1])
    better = True
    while better:
        better = False
        for i in range(1, len(way) - 1):
            for j in range(i + 1, len(way)):
                after = [way[j + 1]] if j + 1 < len(way) else []
                old = away[way[i - 1], way[i]] + sum(away[way[j], k] for k in after)
                new = away[way[i - 1], way[j]] + sum(away[way[i], k] for k in after)
                if new < old - 1e-6:
                    way[i : j + 1] = way[i : j + 1][::-1]
                    better = True
    order = [int(chosen[k - 1]) for k in way[1:]]
    # As in the round proper, the way to the first cell takes none of the time.
    while order and length(xy, order[1:], start=xy[order[0]]) * 3.6 / KMH + VISIT_S * len(order) > BUDGET_S:
        order.pop()
    return order
