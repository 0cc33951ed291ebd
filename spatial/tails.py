"""Tails of counts that vary more than chance alone, and what may be called found among many of them.

Cases come in bunches: counts of a place vary more than Poisson's law lets them, and a Poisson tail then cries wolf on
every map. So tails are those of the negative binomial with a given mean and variance; where the variance does not
exceed the mean, Poisson's. Among thousands of tails the false discovery rate decides (Benjamini & Hochberg 1995; for
local statistics: Caldas de Castro & Singer 2006).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from spatial.partition import Bools, Floats

# Less extra variance than this share of the mean is Poisson's law to six digits.
_POISSON = 1e-6
_TINY = 1e-300
_STEP = 0.2


def at_least(count: ArrayLike, mean: ArrayLike, variance: ArrayLike, third: ArrayLike | None = None) -> Floats:
    """P(X >= count) of counts with a mean and a variance (any shapes that broadcast); 1 where the count is 0.

    Sums of weighted counts are no whole numbers and more or less skewed: with their `third` central moment, the law is
    that of a * X with X negative binomial and a chosen so that all three moments agree; without it a = 1.

    Examples
    --------
    >>> at_least([0, 3, 12], 3.0, 3.0).round(4).tolist()
    [1.0, 0.5768, 0.0001]
    >>> at_least([12], 3.0, 12.0).round(4).tolist()
    [0.0317]
    """
    k, mean, size = _prepared(count, mean, variance, third)
    return np.asarray(np.where(k <= 0, 1.0, np.where(mean <= 0, 0.0, _above(np.maximum(k, _TINY), mean, size))))


def at_most(count: ArrayLike, mean: ArrayLike, variance: ArrayLike, third: ArrayLike | None = None) -> Floats:
    """P(X <= count) of counts with a mean and a variance, as `at_least`; 1 where the mean is 0."""
    k, mean, size = _prepared(count, mean, variance, third)
    with np.errstate(divide="ignore", invalid="ignore"):
        bunched = special.betainc(np.where(np.isfinite(size), size, 1.0), k + 1.0, size / (mean + size))
        plain = special.gammaincc(k + 1.0, mean)
    return np.asarray(np.where(mean <= 0, 1.0, np.where(np.isfinite(size), bunched, plain)))


def _above(k: Floats, mean: Floats, size: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        bunched = special.betainc(k, size, mean / (mean + size))
        plain = special.gammainc(k, mean)
    return np.asarray(np.where(np.isfinite(size), bunched, plain))


def _prepared(
    count: ArrayLike, mean: ArrayLike, variance: ArrayLike, third: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Count and mean in the law's own unit, and its size (inf: Poisson)."""
    k, m, v = np.broadcast_arrays(
        np.asarray(count, np.float64), np.asarray(mean, np.float64), np.asarray(variance, np.float64)
    )
    if third is not None:
        some = np.maximum(m, _TINY)
        unit = np.clip(2 * v / some - np.asarray(third, np.float64) / np.maximum(v, _TINY), 0.02, None)
        unit = np.where(m > 0, np.minimum(unit, v / some), 1.0)
        k, m, v = k / unit, m / unit, v / unit**2
    more = v - m
    bunched = more > _POISSON * m
    size = np.where(bunched, m * m / np.where(bunched, more, 1.0), np.inf)
    return k, m, size


def at_least_bunched(
    count: Floats, mean: Floats, variance: Floats, third: Floats, psi: Floats | float, *, known_by: float = np.inf
) -> Floats:
    """P(X >= count) where the mean itself varies by a lognormal law of variance psi about 1; all (n,) or numbers.

    Neighbours that swing together swing with a longer tail than the gamma law of the negative binomial: at one in
    100,000 the difference is tenfold. Summed over the law in steps of `_STEP` standard deviations.

    `known_by`: from how many independent places psi was taken. What swings by a variance that is itself only estimated
    follows Student's law with as many degrees of freedom, not the normal one: with 50 places, one in 100,000 is five
    times as likely.
    """
    sigma = np.sqrt(np.log1p(np.asarray(psi, np.float64)))
    z = np.arange(-3.0, 7.0, _STEP)
    log = -z * z / 2 if np.isinf(known_by) else -(known_by + 1) / 2 * np.log1p(z * z / known_by)
    chance = np.exp(log) / np.exp(log).sum()
    swing = np.exp(sigma * z[:, None] - sigma * sigma / 2)
    tails = at_least(count[None, :], mean * swing, variance * swing, third * swing)
    return np.asarray(chance @ tails)


def adjusted(tails: ArrayLike) -> Floats:
    """The smallest false discovery rate at which each of (n,) tail probabilities is still found; NaN stays NaN.

    Examples
    --------
    >>> adjusted([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p = np.asarray(tails, np.float64)
    out = np.full(p.shape, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    if not len(known):
        return out
    order = known[np.argsort(p[known], kind="stable")]
    raised = p[order] * len(order) / np.arange(1, len(order) + 1)
    out[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return out


def extra_variance(
    counts: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    third: ArrayLike | None = None,
    *,
    fair: Bools | None = None,
    cut: float = 1.5,
    most: int = 1000,
) -> float:
    """How much counts vary beyond a variance, as a share of the squared mean: psi in variance + psi * mean².

    Robust: each count becomes a normal score (its probability, spread evenly over the step that a whole number is), cut
    off at `cut`, so that hot spots among the counts do not widen what they are measured by. The mean of the cut squares
    falls with psi; psi is where it equals that of normal scores. At most `most` counts are looked at, evenly spread;
    the same counts give the same answer.

    Parameters
    ----------
    counts, mean, variance, third : (n,) float64
    fair : (n,) bool, optional: look at these only
    """
    o, m = np.asarray(counts, np.float64), np.asarray(mean, np.float64)
    usable = m >= _FAINT if fair is None else fair & (m >= _FAINT)
    chosen = np.flatnonzero(usable)
    if len(chosen) < _FEWEST:
        return 0.0
    chosen = chosen[:: max(len(chosen) // most, 1)]
    o, m, v = o[chosen], m[chosen], np.broadcast_to(np.asarray(variance, np.float64), np.shape(mean))[chosen]
    t = None if third is None else np.asarray(third, np.float64)[chosen]
    within = np.modf(np.arange(1, len(m) + 1) * _GOLDEN)[0]
    aim = float(
        special.erf(cut / 2**0.5)
        - cut * (2 / np.pi) ** 0.5 * np.exp(-cut * cut / 2)
        + cut * cut * special.erfc(cut / 2**0.5)
    )

    def excess(psi: float) -> float:
        law = widened(m, v, t, psi)
        top, below = at_most(o, m, *law), 1.0 - at_least(o, m, *law)
        scores = special.ndtri(np.clip(below + within * (top - below), 1e-12, 1 - 1e-12))
        return float(np.minimum(scores * scores, cut * cut).mean()) - aim

    if excess(0.0) <= 0:
        return 0.0
    high = 0.25
    while excess(high) > 0:
        high *= 4.0
        if high > _MOST:
            return _MOST
    return float(optimize.brentq(excess, 0.0, high, xtol=5e-4, rtol=1e-3))


# Its multiples fill the unit interval evenly and follow no pattern that a map could have.
_GOLDEN = 0.6180339887498949
_FAINT = 0.5  # means below this tell nothing of how counts spread
_FEWEST = 20
_MOST = 4.0


def widened(mean: Floats, variance: Floats, third: Floats | None, psi: float | Floats) -> tuple[Floats, Floats | None]:
    """Second and third moment of counts whose mean itself varies by a gamma law of variance psi about 1."""
    more = psi * mean * mean
    if third is None:
        return variance + more, None
    return variance + more, third + 3 * psi * mean * variance + 2 * psi * more * mean
