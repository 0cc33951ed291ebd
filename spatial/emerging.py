"""What becomes of hot spots in time: slices of one length, a trend for each unit, and a class with its definition.

The trend is Mann's and Kendall's: does the unit's Gi* rise from slice to slice, whatever the shape of the rise? The
classes are those that users of other systems know (as Esri's emerging hot spot analysis), each told apart by data:
`PATTERNS` has the definitions for pages and legends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from spatial.partition import Bools, Floats, Ints

# At most this two-sided probability counts as a trend.
TREND_TAIL = 0.05
# This share of the slices must be hot for a spot that was there all the time.
ALWAYS = 0.9


@dataclass(frozen=True, slots=True)
class Pattern:
    """A class of hot spots in time; `name` and `meaning` in English (pages translate them)."""

    slug: str
    name: str
    meaning: str


PATTERNS = (
    Pattern("none", "no pattern", "Not one of the patterns below."),
    Pattern("new", "new", "Hot in the last slice and never before."),
    Pattern(
        "consecutive",
        "consecutive",
        "Hot in the last slices without a break, at least two, never before those, in less than 90 % of all slices.",
    ),
    Pattern(
        "intensifying",
        "intensifying",
        "Hot in 90 % of the slices or more, the last included, and rising (Mann-Kendall, 5 %).",
    ),
    Pattern(
        "persistent",
        "persistent",
        "Hot in 90 % of the slices or more, the last included, neither rising nor falling (Mann-Kendall, 5 %).",
    ),
    Pattern(
        "diminishing",
        "diminishing",
        "Hot in 90 % of the slices or more, the last included, and falling (Mann-Kendall, 5 %).",
    ),
    Pattern("sporadic", "sporadic", "Hot in the last slice and on and off before, in less than 90 % of the slices."),
    Pattern("historical", "historical", "Hot in 90 % of the slices or more, but not in the last."),
)
_AT = {pattern.slug: k for k, pattern in enumerate(PATTERNS)}


@dataclass(frozen=True, slots=True)
class Trend:
    """(n,) Mann-Kendall: S, its z score and two-sided probability."""

    s: Ints
    z: Floats
    tail: Floats


def mann_kendall(series: Floats) -> Trend:
    """The trend of each of (n, t) series in the order of time (Mann 1945, Kendall 1975; normal, corrected for ties).

    S = sum over p < q of sign(x_q - x_p); var S = (t(t-1)(2t+5) - sum over ties of g(g-1)(2g+5)) / 18;
    z = (S - sign S) / sqrt(var S).

    Examples
    --------
    >>> found = mann_kendall(np.array([[1.0, 2, 3, 4, 5], [5, 5, 5, 5, 5], [3, 1, 2, 2, 1]]))
    >>> found.s.tolist(), found.z.round(3).tolist()
    ([10, 0, -4], [2.205, 0.0, -0.783])
    """
    n, t = series.shape
    s = np.zeros(n, np.int64)
    for lag in range(1, t):
        s += np.sign(series[:, lag:] - series[:, :-lag]).astype(np.int64).sum(axis=1)
    ordered = np.sort(series, axis=1)
    # Each member of a tie of g counts (g - 1)(2g + 5), so that together they count g(g - 1)(2g + 5).
    starts = np.concatenate([np.ones((n, 1), np.bool_), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    group = np.cumsum(starts, axis=1) - 1 + np.arange(n)[:, None] * t
    g = np.bincount(group.ravel(), minlength=n * t)[group].astype(np.float64)
    variance = (t * (t - 1) * (2 * t + 5) - ((g - 1) * (2 * g + 5)).sum(axis=1)) / 18.0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, (s - np.sign(s)) / np.sqrt(variance), 0.0)
    return Trend(s, z, 2.0 * special.ndtr(-np.abs(z)))


def patterns(hot: Bools, trend: Trend) -> Ints:
    """(n,) index into PATTERNS of each unit, from (n, t) "was hot in this slice" in the order of time, and trend."""
    t = hot.shape[1]
    share, last = hot.mean(axis=1), hot[:, -1]
    before = hot[:, :-1].any(axis=1)
    # How many slices at the end are hot without a break.
    run = np.where(hot.all(axis=1), t, np.argmin(hot[:, ::-1], axis=1))
    always = share >= ALWAYS
    certain = trend.tail <= TREND_TAIL
    out = np.full(len(hot), _AT["none"], np.int64)
    for slug, where in (
        ("sporadic", last & ~always),
        ("consecutive", last & ~always & (run >= 2) & (run == hot.sum(axis=1))),
        ("new", last & ~before),
        ("persistent", last & always & before),
        ("intensifying", last & always & before & certain & (trend.s > 0)),
        ("diminishing", last & always & before & certain & (trend.s < 0)),
        ("historical", ~last & always),
    ):
        out[where] = _AT[slug]
    return out
