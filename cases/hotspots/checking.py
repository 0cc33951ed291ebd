"""Gi* beside the reference library: the same rates, the same weights, another's code."""

from __future__ import annotations

import numpy as np

from cases.hotspots.finding import HotspotMap
from spatial.getis import standardised_rates
from spatial.partition import Floats
from spatial.vicinity import Weights


class MissingReference(ImportError):
    """The reference library is not installed: pip install esda libpysal."""


def largest_difference(seen: HotspotMap) -> float:
    """The largest difference between z of a map and of esda's G_Local on the same values and weights."""
    rates = standardised_rates(seen.tallies.by_unit(), seen.expected.mean)
    there = np.isfinite(rates)
    theirs = reference_z(rates[there], seen.frame.weights[there][:, there])
    return float(np.abs(theirs - seen.gi.z[there]).max(initial=0.0))


def reference_z(values: Floats, weights: Weights) -> Floats:
    """esda's z of Gi* (star, binary weights, no permutations); raises MissingReference.

    esda divides by the sum of all values and turns z round where that is negative, so the values are moved above 0: Gi*
    does not ask where zero is.
    """
    try:
        from esda import G_Local
        from libpysal.weights import W
    except ImportError as error:
        raise MissingReference(MissingReference.__doc__) from error
    n = len(values)
    starts, at = weights.indptr, weights.indices
    neighbours = {k: [int(j) for j in at[starts[k] : starts[k + 1]] if j != k] for k in range(n)}
    above = values - values.min(initial=0.0) + 1.0
    found = G_Local(above, W(neighbours, silence_warnings=True), transform="B", star=True, permutations=0)
    z: Floats = np.asarray(found.Zs, np.float64)
    return z
