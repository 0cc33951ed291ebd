"""Default places: one coordinate that stands for "no place known".

A clerk without a place, or a geocoder without an answer, leaves the town hall. Thousands of cases then lie on one
point, and every count of the cell there is wrong. Such a pile shows itself: far more rows than any other place has,
and, where the rows carry labels of areas, labels from all over the city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST_ROWS = 20
LEAST_SHARE = 0.005
LEAST_LABELS = 5
# Without labels only the numbers can speak: this many times the rows of the 20th most frequent place.
TIMES_THE_USUAL = 20


@dataclass(frozen=True, slots=True)
class Pile:
    """A default place: where (as given), how many rows, and how many different labels they carry (0: none given)."""

    x: float
    y: float
    rows: int
    labels: int


def piles(xy: ArrayLike, *, labels: ArrayLike | None = None) -> tuple[list[Pile], NDArray[np.bool_]]:
    """The default places among (n, 2) points, the largest first, and (n,) whether a row lies on one.

    Parameters
    ----------
    xy : (n, 2) float64
        Coordinates exactly as given, in any CRS; NaN rows are on no pile.
    labels : (n,) of str, optional
        The area each row says it belongs to; "" where it says nothing.

    Examples
    --------
    >>> spread = np.random.default_rng(0).uniform(0, 1, (1000, 2))
    >>> found, on = piles(np.concatenate([spread, np.full((200, 2), 0.5)]))
    >>> found[0].rows, int(on.sum())
    (200, 200)
    """
    pairs = np.asarray(xy, np.float64).reshape(-1, 2)
    on = np.zeros(len(pairs), bool)
    good = np.flatnonzero(np.isfinite(pairs).all(axis=1))
    if not len(good):
        return [], on
    places, which, counts = np.unique(pairs[good], axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    usual = np.sort(counts)[::-1][min(20, len(counts)) - 1]
    names = None if labels is None else np.asarray(labels, dtype=np.str_)[good]
    found = []
    for place in np.argsort(-counts, kind="stable"):
        rows = int(counts[place])
        if rows < max(LEAST_ROWS, LEAST_SHARE * len(pairs)):
            break
        here = which == place
        different = 0 if names is None else len(np.setdiff1d(names[here], [""]))
        if different >= LEAST_LABELS if names is not None else rows >= TIMES_THE_USUAL * usual:
            found.append(Pile(float(places[place, 0]), float(places[place, 1]), rows, different))
            on[good[here]] = True
    return found, on
