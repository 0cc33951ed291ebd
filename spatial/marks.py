"""Marks by which copied tracks are found: a few numbers of a track that another has only if it holds the same points.

Of the hashes of all pieces of a track the smallest are kept (a bottom-k sketch, Broder 1997): two tracks that share a
part of their pieces share about the same part of their marks, whatever else they hold. Places are compared to the
millimetre, so honest tracks, with the noise that every receiver has, share none.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spatial.tracks import SECOND, Ints, Points

Hashes = NDArray[np.uint64]

MOST = 64
# A piece of way: so many places one after the other, no two the same, from end to end at least so far.
PIECE = 8
_PIECE_LEAST_M = 20.0


def path_marks(points: Points, group: Ints, *, groups: int) -> tuple[list[list[int]], NDArray[np.bool_]]:
    """Marks of the ways walked, whenever they were, by group; and which groups walk one piece twice.

    Points in the order of `tracks.by_phone`. Where somebody stands still the same place may well come again: places
    that do not move count once.
    """
    moved = np.ones(len(points), bool)
    moved[1:] = (points["x"][1:] != points["x"][:-1]) | (points["y"][1:] != points["y"][:-1])
    moved[1:] |= (group[1:] != group[:-1]) | (points["device"][1:] != points["device"][:-1])
    here, its = points[moved], group[moved]
    last = len(here) - PIECE + 1
    if last <= 0:
        return [[] for _ in range(groups)], np.zeros(groups, bool)
    place = _places(here)
    piece = np.zeros(last, np.uint64)
    for k in range(PIECE):
        piece = _mixed(piece + place[k : k + last])
    end = slice(PIECE - 1, None)
    whole = (its[end] == its[:last]) & (here["device"][end] == here["device"][:last])
    whole &= np.hypot(here["x"][end] - here["x"][:last], here["y"][end] - here["y"][:last]) >= _PIECE_LEAST_M
    hashes, whose = piece[whole], its[:last][whole]
    order = np.lexsort((hashes, whose))
    again = (hashes[order][1:] == hashes[order][:-1]) & (whose[order][1:] == whose[order][:-1])
    twice = np.zeros(groups, bool)
    # One piece may be met by chance of a device that repeats itself; a copied stretch has many.
    twice[np.bincount(whose[order][1:][again], minlength=groups) >= PIECE] = True
    return _smallest(hashes, whose, groups), twice


def place_marks(points: Points, group: Ints, *, groups: int) -> tuple[list[list[int]], Ints]:
    """Marks of (minute, place), by group, and how many different minutes each group has points of."""
    minute = points["at"] // (60 * SECOND)
    hashes = _mixed(_places(points) + _mixed(minute.astype(np.uint64)))
    key = np.unique(np.column_stack([group, minute]), axis=0)[:, 0] if len(points) else np.empty(0, np.int64)
    return _smallest(hashes, group, groups), np.bincount(key, minlength=groups)


def _places(points: Points) -> Hashes:
    x, y = (np.rint(points[name] * 1000.0).astype(np.int64).view(np.uint64) for name in ("x", "y"))
    return _mixed(_mixed(x) + y)


def _mixed(value: Hashes) -> Hashes:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _smallest(hashes: Hashes, whose: Ints, groups: int) -> list[list[int]]:
    """The smallest different hashes of each group, as signed numbers of 64 bits."""
    order = np.lexsort((hashes, whose))
    hashes, whose = hashes[order], whose[order]
    fresh = np.ones(len(hashes), bool)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (whose[1:] != whose[:-1])
    hashes, whose = hashes[fresh].view(np.int64), whose[fresh]
    start = np.searchsorted(whose, np.arange(groups + 1))
    return [hashes[a : min(b, a + MOST)].tolist() for a, b in pairwise(start.tolist())]
