"""Hot spots as observed against expected: where more happened than the expectation and its own uncertainty allow.

Each unit is looked at with everything within 0, 1, 2 … steps of it, because nobody knows how large a hot spot is.
A window's count is held against the negative binomial with a variance that the city itself shows: chance, what is not
known of the expectation, what single units vary beyond both, and what windows of that size vary beyond all of these
(`spatial.tails.extra_variance`), so that bunches of cases wider than a cell widen it too. Units whose counts vary much
weigh less: the sum is the score of a common ratio, sum(y / (1 + phi e)), and its law has three moments right. Units
alone, and windows that swing together, may swing by a lognormal law, whose tail is longer than the gamma's.

Found windows overlap. As in Zhang, Assunção & Kulldorff (2010) the surest one is a hot spot, its units are taken out,
and what is left of the windows that touched it is looked at again. What counts is the false discovery rate of spots
(Benjamini & Hochberg 1995), in the family of all windows of all sizes: one true spot makes hundreds of true windows,
and a rate of windows would let false spots in beside it. Which units a spot has is decided by the units themselves and
their neighbours (iterated conditional modes, Besag 1986). Then the level of the rest (the city's rate, the variances)
is taken anew without what was found, and all is done once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from spatial.expecting import Expectation, smallest_ratios
from spatial.partition import Bools, Floats, Ints
from spatial.tails import adjusted, at_least, at_least_bunched, at_most, extra_variance, widened
from spatial.vicinity import Weights, members, rows_touching, within_steps

# False discovery rates of the tiers 99, 95 and 90.
RATES = {99: 0.01, 95: 0.05, 90: 0.10}
# A window that is expected to hold fewer cases than this says nothing.
FEWEST_EXPECTED = 1.0
# Spots looked at beyond the last that is sure enough: later ones can make the false discovery rate of all smaller.
_FURTHER = 4
# Tails smaller than this are taken again by the longer law.
_FAR = 0.01
# How windows swing together is measured on few places that are far enough apart to differ, and by the middle of them:
# it is taken this much larger, which costs nothing where they do not. (How unsure it is stands in the law of its tail.)
_CAUTION = 1.15
# In the smallest towns the common swing is taken as known from so many places.
_FEWEST_PLACES = 5.0
# The shape of a spot: how much a neighbour's word weighs, how much a unit must say for itself, and how far the spot's
# ratio, which is the largest of many, is drawn to 1.
_NEIGHBOUR, _DOUBT, _DRAWN = 0.25, 0.45, 0.95


@dataclass(frozen=True, slots=True)
class Spot:
    """One hot or cold spot: its units, the window it was found by, and how sure it is."""

    units: Ints
    centre: int
    steps: int
    observed: float
    expected: float
    tail: float
    false_discovery_rate: float

    @property
    def ratio(self) -> float:
        """Observed by expected."""
        return self.observed / self.expected if self.expected else float("inf")


@dataclass(frozen=True, slots=True)
class Found:
    """What a map shows: for each of n units its likeliest window, and the spots.

    `tier`: 99, 95, 90 for units of hot spots, negative for cold ones, 0 for neither; `spot`: index into `spots`, -1 for
    none; `rate`: the spot's false discovery rate, NaN without one; `too_few`: no window round the unit is expected to
    hold enough. `steps`, `observed`, `expected`, `tail`: of the likeliest window round each unit. `smallest`: the
    smallest ratio that a spot of the best size round the unit must have to be found with a power of 80 %.
    """

    tier: Ints
    spot: Ints
    too_few: Bools
    steps: Ints
    observed: Floats
    expected: Floats
    tail: Floats
    rate: Floats
    smallest: Floats
    spots: list[Spot] = field(default_factory=list)
    extra: tuple[float, ...] = ()  # the extra variance of units alone, and beyond that of each window size
    level: float = 1.0  # by what all expectations were multiplied

    def count(self, tier: int) -> int:
        """How many units have a tier (negative: cold)."""
        return int((self.tier == tier).sum())


def find(
    counts: Floats,
    expected: Expectation,
    windows: Sequence[Weights],
    *,
    cold: bool = True,
    rounds: int = 2,
    rate: float = RATES[90],
    fit_level: bool = True,
) -> Found:
    """Find hot spots, and cold ones.

    Parameters
    ----------
    counts : (n,) float64, cases of each unit
    expected : Expectation of each unit
    windows : weights of the units within 0, 1, 2 … steps (`spatial.vicinity.within_steps`), at least two
    rounds : how often the level and the extra variance are taken again without what was found
    fit_level : multiply all means so that the ordinary part of the city has as many cases as expected
    """
    fair = np.ones(len(counts), np.bool_)
    spots: list[Spot] = []
    for _ in range(rounds + 1):
        level = _level(counts, expected.mean, fair) if fit_level else 1.0
        look = _Look(counts, expected.scaled(level), windows, fair)
        spots = look.spots(rate)
        outside = np.ones(len(counts), np.bool_)
        for spot in spots:
            outside[spot.units] = False
        if (outside == fair).all():
            break
        fair = outside
    colds = look.spots(rate, cold=True) if cold else []
    return look.found(spots, colds, level)


def _level(counts: Floats, mean: Floats, fair: Bools) -> float:
    known = float(mean[fair].sum())
    return float(counts[fair].sum()) / known if known > 0 else 1.0


def window_sizes(weights: Weights, *, steps: int = 3) -> list[Weights]:
    """The windows that are looked at: a unit alone, and with all within up to three steps (some 37 units)."""
    return [within_steps(weights, k) for k in range(steps + 1)]


def _rates(tails: list[float], family: int) -> list[float]:
    """The false discovery rate of each of some spots, of a family of windows."""
    return adjusted(np.r_[tails, np.ones(family - len(tails))])[: len(tails)].tolist() if tails else []


class _Look:
    """One look at all windows: sums and tails as (windows, n) arrays."""

    def __init__(self, counts: Floats, expected: Expectation, windows: Sequence[Weights], fair: Bools) -> None:
        self.counts, self.expected, self.windows = counts, expected, windows
        mean = expected.mean
        self.alone = extra_variance(counts, mean, mean + expected.variance, fair=fair)
        # What a unit varies beyond chance, and by that how much its word weighs: the score of a common ratio.
        self.spread = expected.variance + self.alone * mean**2
        share = np.where(mean > 0, self.spread / np.maximum(mean, 1e-12), 0.0)
        weight = 1.0 / (1.0 + share)
        # Upwards counts may be as skewed as a lognormal law, downwards as a gamma law: the worse of both each way.
        skews = [1.0 + 3.0 * share + power * share**2 for power in (3.0, 2.0)]
        thirds = [weight**3 * mean * skew for skew in skews]
        self.parts = np.stack([weight * counts, weight * mean, *thirds])
        self.observed = np.stack([w @ counts for w in windows])
        self.mean = np.stack([w @ mean for w in windows])
        self.sums = [w @ self.parts.T for w in windows]
        # Windows that hold nothing of a hot spot tell what is ordinary; near hot spots there may be few of them.
        taken = (~fair).astype(np.float64)
        clean = [w @ taken == 0 for w in windows]
        self.extra = tuple(
            _CAUTION * extra_variance(p[:, 0], p[:, 1], p[:, 1], p[:, 2], fair=c if c.sum() >= len(c) / 4 else None)
            for p, c in zip(self.sums, clean, strict=True)
        )
        # Swings that reach as far as the widest window are seen only as often as such windows lie side by side.
        widest = windows[-1]
        self.places = max(len(counts) * widest.shape[0] / max(widest.nnz, 1), _FEWEST_PLACES)
        self.enough = self.mean >= FEWEST_EXPECTED
        self.hot = self._all_tails(cold=False)

    def _all_tails(self, *, cold: bool) -> Floats:
        tails = np.stack([self._tails(p, k, slice(None), cold=cold) for k, p in enumerate(self.sums)])
        return np.asarray(np.where(self.enough, tails, np.nan))

    def _tails(self, sums: Floats, size: int, rows: Ints | slice, *, cold: bool) -> Floats:
        observed, mean = sums.T[:2]
        third = sums[:, 3 if cold else 2]
        law = widened(mean, mean, third, self.extra[size])
        if cold:
            return at_most(observed, mean, *law)
        tails = at_least(observed, mean, *law)
        far = np.flatnonzero(tails < _FAR)
        if size == 0:
            own = np.arange(len(self.counts))[rows][far]
            y, e = self.counts[own], self.expected.mean[own]
            swing = self.spread[own] / np.maximum(e * e, 1e-12) + self.extra[0]
            tails[far] = np.maximum(tails[far], at_least_bunched(y, e, e, e, swing))
        elif self.extra[size] > 0 and len(far):
            longer = at_least_bunched(
                observed[far], mean[far], mean[far], third[far], self.extra[size], known_by=self.places
            )
            tails[far] = np.maximum(tails[far], longer)
        return tails

    def spots(self, rate: float, *, cold: bool = False) -> list[Spot]:
        """The surest window, what is left of the others without it, the surest of those, and so on."""
        tails = self._all_tails(cold=True) if cold else self.hot
        family = int(self.enough.sum())
        # No more spots than units: what lies above this can never be found.
        left = np.where(tails <= rate * len(self.counts) / max(family, 1), tails, np.inf)
        free = np.ones(len(self.counts))
        out: list[Spot] = []
        while len(out) < len(self.counts):
            size, centre = divmod(int(np.argmin(left)), len(self.counts))
            tail = float(left[size, centre])
            # Every later one is less sure: once even the most generous step is missed, none can follow.
            if not np.isfinite(tail) or tail > rate * (len(out) + _FURTHER) / family:
                break
            inside = self._shaped(size, centre, free, cold=cold)
            seen, due = float(self.counts[inside].sum()), float(self.expected.mean[inside].sum())
            out.append(Spot(inside, centre, size, seen, due, tail, np.nan))
            free[inside] = 0.0
            self._look_again(left, inside, free, cold=cold)
        rates = _rates([spot.tail for spot in out], family)
        return [replace(spot, false_discovery_rate=r) for spot, r in zip(out, rates, strict=True) if r <= rate]

    def _shaped(self, size: int, centre: int, free: Floats, *, cold: bool) -> Ints:
        """The units of a spot that was found by a window: those in and near it that fit its ratio better than 1."""
        window = members(self.windows[size], centre).astype(np.int64)
        window = window[free[window] > 0]
        near = members(self.windows[min(size + 2, len(self.windows) - 1)], centre).astype(np.int64)
        near = near[free[near] > 0]
        beside = self.windows[1][near][:, near]
        around = beside @ np.ones(len(near)) - 1.0
        y, e = self.counts[near], self.expected.mean[near]
        shape = e * e / np.maximum(self.spread[near], 1e-9)
        inside = np.isin(near, window)
        for _ in range(8):
            ratio = (float(y[inside].sum()) + 0.5) / (float(e[inside].sum()) + 0.5)
            if not inside.any() or (ratio < 1.0) != cold:
                break
            ratio **= _DRAWN
            says = y * np.log(ratio) - (y + shape) * np.log((shape + ratio * e) / (shape + e))
            agree = beside @ inside.astype(np.float64) - inside
            fits = says + _NEIGHBOUR * (2.0 * agree - around) > _DOUBT
            if (fits == inside).all():
                break
            inside = fits
        return near[inside] if inside.any() else window

    def _look_again(self, left: Floats, taken: Ints, free: Floats, *, cold: bool) -> None:
        """Tails of what is left of the windows that held units now taken."""
        for size, window in enumerate(self.windows):
            rows = rows_touching(window, taken)
            rows = rows[np.isfinite(left[size, rows])]
            if not len(rows):
                continue
            some = window[rows]
            mean = some @ (self.expected.mean * free)
            tails = self._tails(some @ (self.parts * free).T, size, rows, cold=cold)
            left[size, rows] = np.where(mean >= FEWEST_EXPECTED, tails, np.inf)

    def found(self, hot: list[Spot], cold: list[Spot], level: float) -> Found:
        n = len(self.counts)
        tier, spot = np.zeros(n, np.int64), np.full(n, -1, np.int64)
        for position, one in enumerate(hot + cold):
            step = next((t for t, rate in RATES.items() if one.false_discovery_rate <= rate), 0)
            mine = one.units[spot[one.units] < 0]
            tier[mine], spot[mine] = step if position < len(hot) else -step, position
        rate = np.array([one.false_discovery_rate for one in hot + cold] + [np.nan])[spot]
        ranked = np.where(np.isfinite(self.hot), self.hot, 2.0)
        best, own = np.argmin(ranked, axis=0), np.arange(n)
        too_few = np.asarray(~self.enough.any(axis=0))
        # A unit whose windows all say nothing is shown with its widest one.
        best[too_few] = len(self.windows) - 1
        return Found(
            tier=tier,
            spot=spot,
            too_few=too_few,
            steps=best,
            observed=self.observed[best, own],
            expected=self.mean[best, own],
            tail=self.hot[best, own],
            rate=rate,
            smallest=self._smallest(),
            spots=hot + cold,
            extra=(self.alone, *self.extra),
            level=level,
        )

    def _smallest(self) -> Floats:
        spread = np.stack([w @ self.spread for w in self.windows])
        variance = self.mean + spread + np.array(self.extra)[:, None] * self.mean**2
        tail = RATES[95] / max(int(self.enough.sum()), 1)
        return np.asarray(smallest_ratios(self.mean, variance, tail=tail).min(axis=0))
