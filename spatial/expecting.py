"""What each unit is expected to hold, and the smallest excess over it that can be found.

Against an exposure (area, components, people, hours of patrols) the question is "where is more than its share?";
against the unit's own past it is "what is unusual now?", which is what a leader can act on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from spatial.partition import Floats
from spatial.tails import at_least

# The power at which the smallest excess is said, and the largest that is asked for.
POWER = 0.8
LARGEST_RATIO = 50.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What each unit is expected to hold: (n,) mean counts, and (n,) variances of what is not known of the means."""

    mean: Floats
    variance: Floats

    def scaled(self, factor: float) -> Expectation:
        """The same with all means multiplied."""
        return Expectation(self.mean * factor, self.variance * factor**2)


def by_exposure(counts: Floats, exposure: Floats) -> Expectation:
    """Each unit its share of all cases by what is exposed there; both (n,)."""
    total = float(exposure.sum())
    mean = exposure * (float(counts.sum()) / total) if total > 0 else np.zeros(len(exposure))
    return Expectation(mean, np.zeros(len(exposure)))


def by_past(past: Floats, periods: float, *, exposure: Floats | None = None) -> Expectation:
    """What the past of each unit lets expect of one period, small pasts drawn to the city's rate (gamma-Poisson).

    With r_i = past_i / (x_i periods) Poisson about a rate that is gamma with the city's mean m and the variance s² that
    rates show beyond chance (Marshall 1991): shape k = m²/s², mean x_i (past_i + k) / (x_i periods + k/m), and its
    variance mean² / (past_i + k): what is not known of a unit with a short past is allowed for.

    Parameters
    ----------
    past : (n,) float64, cases of all past periods together
    periods : how many periods they took, each as long as the one to be judged
    exposure : (n,) float64, optional: the city's rate is by this; default: by unit
    """
    x = np.ones(len(past)) if exposure is None else np.maximum(exposure / max(float(exposure.mean()), 1e-12), 1e-6)
    t = x * periods
    m = float(past.sum()) / float(t.sum())
    if m <= 0:
        return Expectation(np.zeros(len(past)), np.zeros(len(past)))
    r = past / t
    s2 = float((t * (r - m) ** 2).sum() / t.sum()) - m / float(t.mean())
    k = m * m / max(s2, m * m * 1e-3)
    mean = x * (past + k) / (t + k / m)
    return Expectation(mean, mean**2 / (past + k))


def smallest_ratios(expected: Floats, variance: Floats, *, tail: float, power: float = POWER) -> Floats:
    """By what expectations must be multiplied for counts to fall under a tail probability with a power; any shape.

    `variance` is that of the count where nothing is unusual; its part beyond chance grows with the square of the ratio.
    Between the lines of a table of exact ratios (36 means by 9 extra variances), which is right to some percent.
    LARGEST_RATIO: that much or more.
    """
    extra = np.clip((variance - expected) / np.maximum(expected, 1e-9) ** 2, _EXTRAS[0], _EXTRAS[-1])
    table = _table(tail, power)
    at = np.stack([np.log(np.clip(expected, _MEANS[0], _MEANS[-1])), np.interp(extra, _EXTRAS, range(len(_EXTRAS)))])
    out = np.exp(RegularGridInterpolator((np.log(_MEANS), np.arange(len(_EXTRAS))), np.log(table))(at.reshape(2, -1).T))
    return np.asarray(out.reshape(np.shape(expected)))


_MEANS = np.geomspace(0.05, 1e5, 36)
_EXTRAS = np.array([0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0])


@lru_cache(maxsize=64)
def _table(tail: float, power: float) -> Floats:
    mean, extra = np.meshgrid(_MEANS, _EXTRAS, indexing="ij")
    low, high = np.zeros(mean.shape), np.full(mean.shape, 1.0)
    while ((at_least(high, mean, mean + extra * mean**2) > tail) & (high < 1e9)).any():
        high = np.where(at_least(high, mean, mean + extra * mean**2) > tail, high * 2, high)
    for _ in range(40):
        middle = np.floor((low + high) / 2)
        found = at_least(middle, mean, mean + extra * mean**2) <= tail
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    least = np.ceil(high)
    one, many = np.ones(mean.shape), np.full(mean.shape, LARGEST_RATIO)
    for _ in range(40):
        ratio = np.sqrt(one * many)
        enough = at_least(least, ratio * mean, ratio * mean + extra * (ratio * mean) ** 2) >= power
        one, many = np.where(enough, one, ratio), np.where(enough, ratio, many)
    return many
