"""Getis-Ord Gi* in closed form, and the rates it may be asked about.

Gi* says whether a unit and its neighbours together hold more than chance would give them if all values were shuffled
over the map (Getis & Ord 1992; Ord & Getis 1995). Asked about raw counts it finds where people are; so it is asked
about rates, standardised by empirical Bayes (Assunção & Reis 1999) because a rate of a small unit says little. The
analytic probability goes with it: one by permutation has a floor that no false discovery rate over 10,000 units passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from spatial.partition import Bools, Floats
from spatial.tails import adjusted
from spatial.vicinity import Weights


@dataclass(frozen=True, slots=True)
class GiStar:
    """(n,) z scores, two-sided probabilities and the false discovery rates at which units are found."""

    z: Floats
    tail: Floats
    rate: Floats


def standardised_rates(counts: Floats, exposure: Floats) -> Floats:
    """Rates less the overall rate, by their own uncertainty (Assunção & Reis 1999); NaN where nothing is exposed.

    With b = sum(y)/sum(x), s² = sum(x (y/x - b)²)/sum(x), a = max(s² - b/mean(x), 0): (y/x - b) / sqrt(a + b/x).

    Parameters
    ----------
    counts : (n,) float64
    exposure : (n,) float64, any unit: area, components, people, cases expected
    """
    known = exposure > 0
    out = np.full(len(counts), np.nan)
    y, x = counts[known], exposure[known]
    if not len(y) or y.sum() == 0:
        out[known] = 0.0
        return out
    b = y.sum() / x.sum()
    r = y / x
    s2 = (x * (r - b) ** 2).sum() / x.sum()
    a = max(s2 - b / x.mean(), 0.0)
    out[known] = (r - b) / np.sqrt(a + b / x)
    return out


def gi_star(values: Floats, weights: Weights, *, known: Bools | None = None) -> GiStar:
    """Gi* of each unit with the neighbours in its row (itself included); as `esda.G_Local(star=True, transform="B")`.

    z_i = (sum_j w_ij x_j - mean(x) sum_j w_ij) / (S sqrt((n sum_j w_ij² - (sum_j w_ij)²) / (n - 1))), S² = mean(x²) -
    mean(x)². Units without a value (`known` false, or NaN) are left out of the map, as if they were not there.

    Parameters
    ----------
    values : (n,) float64, or (n, t) for t maps at once
    weights : (n, n) sparse weights, each unit its own neighbour
    """
    there = np.isfinite(values if values.ndim == 1 else values.sum(axis=1))
    if known is not None:
        there &= known
    z = np.full(values.shape, np.nan)
    if there.all():
        z = z_scores(values, weights)
    elif there.sum() > 1:
        z[there] = z_scores(values[there], weights[there][:, there])
    tail = 2.0 * special.ndtr(-np.abs(z))
    if z.ndim == 1:
        return GiStar(z, tail, adjusted(tail))
    return GiStar(z, tail, np.stack([adjusted(column) for column in tail.T], axis=1))


def z_scores(values: Floats, weights: Weights) -> Floats:
    """The z of Gi* alone, for (n,) or (n, t) values without gaps and weights of 0 and 1 (`spatial.vicinity`)."""
    x, n = values, len(values)
    s1 = s2 = np.diff(weights.indptr).astype(np.float64)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    room = np.sqrt(np.maximum(n * s2 - s1 * s1, 0.0) / max(n - 1, 1))
    if x.ndim == 2:
        s1, room = s1[:, None], room[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (weights @ x - mean * s1) / (spread * room)
    return np.asarray(np.where(np.isfinite(z), z, 0.0))
