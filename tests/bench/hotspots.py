"""How fast hot spots are told: Gi* beside esda's closed form, weights of a whole city, and the default method.

`python -m tests.bench.hotspots` prints the figures, on a lattice of 99,960 bent cells and made-up counts (no database).
Both sides get the same weights and values, and their answers are compared. Without esda (pip install esda libpysal)
ours stand alone.
"""

from __future__ import annotations

import json
import sys
from time import process_time
from typing import Any

import numpy as np

from spatial.emerging import mann_kendall
from spatial.expecting import by_past
from spatial.getis import standardised_rates, z_scores
from spatial.hotspots import find, window_sizes
from spatial.vicinity import weights_of_cells
from tests.spatial.lattice import bent_lattice

SLICES = 24


def run(small: bool) -> dict[str, Any]:
    """Seconds of one core and the ratio of esda's time to ours."""
    _, polygons = bent_lattice(100, 100) if small else bent_lattice(340, 294)
    begin = process_time()
    weights = weights_of_cells(polygons)
    weights_s = process_time() - begin
    rng = np.random.default_rng(1)
    n = len(polygons)
    rate = np.exp(0.9 * rng.normal(size=n))
    past, now = rng.poisson(26 * rate).astype(float), rng.poisson(4 * rate).astype(float)
    expected = by_past(past, 6.5)
    rates = standardised_rates(now, expected.mean)
    ours_s = min(_timed(lambda: z_scores(rates, weights)) for _ in range(5))
    begin = process_time()
    windows = window_sizes(weights)
    windows_s = process_time() - begin
    find_s = _timed(lambda: find(now, expected, windows))
    slices = np.asarray(rng.normal(size=(n, SLICES)))
    return {
        "cells": n,
        "weights_s": round(weights_s, 2),
        "windows_s": round(windows_s, 2),
        "gi_star_z_ms": round(ours_s * 1e3, 2),
        "observed_expected_s": round(find_s, 2),
        "mann_kendall_24_slices_s": round(_timed(lambda: mann_kendall(slices)), 3),
        **_beside_esda(rates, weights, ours_s),
    }


def _beside_esda(rates: np.ndarray, weights: Any, ours_s: float) -> dict[str, Any]:
    try:
        from esda import G_Local
        from libpysal.weights import W
    except ImportError:
        return {"esda": "not installed"}
    starts, at = weights.indptr, weights.indices
    beside = {k: [int(j) for j in at[starts[k] : starts[k + 1]] if j != k] for k in range(len(rates))}
    theirs = W(beside, silence_warnings=True)
    values = rates - rates.min() + 1.0
    begin = process_time()
    found = G_Local(values, theirs, transform="B", star=True, permutations=0)
    esda_s = process_time() - begin
    return {
        "esda_s": round(esda_s, 2),
        "ours_to_esda": round(esda_s / ours_s),
        "max_abs_dz": float(np.abs(found.Zs - z_scores(rates, weights)).max()),
    }


def _timed(work: Any) -> float:
    begin = process_time()
    work()
    return process_time() - begin


if __name__ == "__main__":
    print(json.dumps(run("--small" in sys.argv), indent=1))
