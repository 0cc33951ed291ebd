"""What a patrol's track says: steps, visits to cells, the share of streets seen, jumps that nobody can make.

A track is a set of points, one a person and moment. Everything here is a function of that set: the order in which
points came, the batches they came in and how often they came change nothing (`kept` puts them into one order first).

Rules, each figure of `Limits`:

1. A *step* joins two points next to each other of one phone, where not more than `gap_s` lies between them and nobody
   had to be faster than `fastest_mps`. It is on foot up to `foot_mps`. Its time and way go half to either end.
2. A point is *at* the cell that owns it and at every cell that owns one of eight places `side_m` around it: who walks
   along a street that parts two cells has been at both, and a phone is not better than that.
3. A visit is all of a group's points at one cell. So the seconds of neighbouring cells may overlap; they are no parts
   of a whole.
4. A stretch of street is seen where the track, with its steps, comes within `seen_m` of it (samples of 10 m).

Points less exact than `accuracy_m` are not used. Times are microseconds since 1970 (UTC), places metres of the city's
CRS, groups (a person's day, numbered by the caller) ascending from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from spatial.locator import OUTSIDE, Locator

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Points = NDArray[Any]

POINT = np.dtype([("person", "i8"), ("at", "i8"), ("x", "f8"), ("y", "f8"), ("accuracy", "f4"), ("device", "i8")])
SECOND = 1_000_000
SAMPLE_M = 10.0
# Groups lie this far apart in the third dimension of the search tree: none sees another's track.
_APART = 1e6


class Mode(IntEnum):
    """How somebody was at a cell."""

    POINT = 0  # points alone: no step, so no time
    FOOT = 1
    DRIVEN = 2  # more than half of the time faster than on foot: driven past


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures of the rules above."""

    accuracy_m: float = 50.0
    gap_s: float = 120.0
    foot_mps: float = 8 / 3.6
    fastest_mps: float = 150 / 3.6
    side_m: float = 12.0
    seen_m: float = 25.0


@dataclass(frozen=True, slots=True)
class Streets:
    """The streets as samples by cell: those of cell c are `start[c]:start[c + 1]`. A street between two is in both."""

    xy: Floats  # (m, 2)
    metres: Floats  # (m,) of street that a sample stands for
    start: Ints  # (cells + 1,)


@dataclass(frozen=True, slots=True)
class Steps:
    """(m,) steps: `first` is the position of the point they begin at, they end at the next."""

    first: Ints
    seconds: Floats
    metres: Floats
    foot: Bools


@dataclass(frozen=True, slots=True)
class Visits:
    """(v,) visits by group, then cell; `share` of the cell's street length seen, NaN where it has no street."""

    group: Ints
    cell: Ints
    first: Ints
    last: Ints
    seconds: Floats
    metres: Floats  # on foot
    share: Floats
    mode: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.group)


def kept(points: Points) -> Ints:
    """Positions of the points that count, by person, then time.

    Of several at one moment of one person the most exact counts, then the one furthest west, south, and of the smallest
    device; of equal ones the first given. So a point sent again changes nothing.
    """
    order = np.lexsort((points["at"], points["person"]))
    same = _as_before(points[order], "person", "at")
    if not same.any():
        return order
    # The exact choice is made among those that share their moment only.
    twins = same.copy()
    twins[:-1] |= same[1:]
    some = order[twins]
    few = points[some]
    unsure = np.where(np.isnan(few["accuracy"]), np.inf, few["accuracy"])
    some = some[np.lexsort((few["device"], few["y"], few["x"], unsure, few["at"], few["person"]))]
    order[twins] = some
    return order[~_as_before(points[order], "person", "at")]


def usable(points: Points, limits: Limits) -> Bools:
    """(n,) whether a point is exact enough; one that does not say counts."""
    return np.asarray(~(points["accuracy"] > limits.accuracy_m))


def by_phone(points: Points, group: Ints) -> Ints:
    """The order in which `steps`, `visits`, `teleports` and the marks want points: by group, phone, time."""
    return np.lexsort((points["at"], points["device"], group))


def steps(points: Points, group: Ints, limits: Limits) -> Steps:
    """The steps between points in the order of `by_phone`."""
    seconds, metres, near = _pairs(points, group)
    good = near & (seconds > 0) & (seconds <= limits.gap_s) & (metres <= seconds * limits.fastest_mps)
    first = np.flatnonzero(good)
    return Steps(first, seconds[first], metres[first], metres[first] <= seconds[first] * limits.foot_mps)


def cells_around(locator: Locator, xy: Floats, radius_m: float) -> NDArray[np.int32]:
    """(n, 9) cells that own a point and the eight places round it, each once; OUTSIDE where there is no other."""
    turn = np.arange(8) * (np.pi / 4)
    shifts = np.vstack([[0.0, 0.0], np.column_stack([np.cos(turn), np.sin(turn)]) * radius_m])
    found = np.column_stack([locator.locate_many(xy + shift) for shift in shifts])
    for k in range(1, 9):
        twice = (found[:, :k] == found[:, k : k + 1]).any(axis=1)
        found[twice, k] = OUTSIDE
    return found


def sampled(locator: Locator, xy: Floats, metres: Floats, radius_m: float) -> Streets:
    """Street samples by the cells they lie in or within `radius_m` of."""
    row, column = np.nonzero((around := cells_around(locator, xy, radius_m)) != OUTSIDE)
    cell = around[row, column]
    order = np.lexsort((row, cell))
    start = np.searchsorted(cell[order], np.arange(len(locator) + 1)).astype(np.int64)
    return Streets(xy[row[order]], metres[row[order]], start)


def visits(points: Points, group: Ints, *, locator: Locator, streets: Streets, limits: Limits) -> Visits:
    """The visits of usable points in the order of `by_phone`."""
    xy = np.column_stack([points["x"], points["y"]])
    found = steps(points, group, limits)
    around = cells_around(locator, xy, limits.side_m)
    row, column = np.nonzero(around != OUTSIDE)
    cells = max(1, len(locator))
    key, which = np.unique(group[row] * cells + around[row, column], return_inverse=True)
    which = which.reshape(-1)
    count = len(key)
    seconds = _summed(found, found.seconds, row, which, len(points), count)
    on_foot = _summed(found, found.seconds * found.foot, row, which, len(points), count)
    metres = _summed(found, found.metres * found.foot, row, which, len(points), count)
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, which, points["at"][row])
    np.maximum.at(last, which, points["at"][row])
    mode = np.where(seconds <= 0, Mode.POINT, np.where(on_foot * 2 >= seconds, Mode.FOOT, Mode.DRIVEN))
    groups, cell = key // cells, key % cells
    share = _share_seen(xy, group, found, groups, cell, streets, limits.seen_m)
    return Visits(
        groups, cell, first, last, np.round(seconds, 1), np.round(metres, 1), np.round(share, 4), mode.astype(np.int8)
    )


def teleports(points: Points, group: Ints, limits: Limits, *, least_m: float) -> Ints:
    """Positions of points that nobody can have come to from the one before: by more than `least_m` and both errors."""
    seconds, metres, near = _pairs(points, group)
    unsure = np.nan_to_num(points["accuracy"]).astype(np.float64)
    slack = least_m + unsure[1:] + unsure[:-1]
    return np.flatnonzero(near & (metres > seconds * limits.fastest_mps + slack)) + 1


def two_phones(points: Points, group: Ints, *, within_s: float, apart_m: float) -> Ints:
    """Positions, in the order given, of points of another phone than the one before in time, and far from it."""
    order = np.lexsort((points["device"], points["at"], group))
    here, its = points[order], group[order]
    seconds, metres, _ = _pairs(here, its)
    unsure = np.nan_to_num(here["accuracy"]).astype(np.float64)
    other = (here["device"][1:] != here["device"][:-1]) & (its[1:] == its[:-1])
    return order[np.flatnonzero(other & (seconds <= within_s) & (metres > apart_m + unsure[1:] + unsure[:-1])) + 1]


def _pairs(points: Points, group: Ints) -> tuple[Floats, Floats, Bools]:
    """Seconds and metres from each point to the next, and whether both are of one group and phone."""
    seconds = np.diff(points["at"]) / SECOND
    metres = np.hypot(np.diff(points["x"]), np.diff(points["y"]))
    return seconds, metres, (np.diff(group) == 0) & (points["device"][1:] == points["device"][:-1])


def _as_before(points: Points, *names: str) -> Bools:
    same = np.zeros(len(points), bool)
    if len(points) > 1:
        same[1:] = np.all([points[name][1:] == points[name][:-1] for name in names], axis=0)
    return same


def _summed(found: Steps, values: Floats, row: Ints, which: Ints, points: int, count: int) -> Floats:
    """Half of each step's value to either end, then the points' sums by visit."""
    half = np.bincount(found.first, values / 2, points) + np.bincount(found.first + 1, values / 2, points)
    return np.asarray(np.bincount(which, half[row], count), np.float64)


def _share_seen(
    xy: Floats, group: Ints, found: Steps, visit_group: Ints, visit_cell: Ints, streets: Streets, seen_m: float
) -> Floats:
    """(v,) share of each visited cell's street length within `seen_m` of the group's track."""
    begin, end = streets.start[visit_cell], streets.start[visit_cell + 1]
    count = end - begin
    visit = np.repeat(np.arange(len(visit_cell)), count)
    sample = np.arange(len(visit)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    if not len(visit):
        return np.full(len(visit_cell), np.nan)
    track, its = _dense(xy, group, found, seen_m)
    tree = cKDTree(np.column_stack([track, its * _APART]), balanced_tree=False, compact_nodes=False)
    asked = np.column_stack([streets.xy[sample], visit_group[visit] * _APART])
    away, _ = tree.query(asked, distance_upper_bound=seen_m)
    seen = np.bincount(visit, streets.metres[sample] * np.isfinite(away), len(visit_cell))
    whole = np.bincount(visit, streets.metres[sample], len(visit_cell))
    share: Floats = np.full(len(whole), np.nan)
    np.divide(seen, whole, out=share, where=whole > 0)
    return share


def _dense(xy: Floats, group: Ints, found: Steps, most_m: float) -> tuple[Floats, Ints]:
    """The points, and between the ends of longer steps as many more as leave none of them `most_m` from the next."""
    more = np.floor(found.metres / most_m).astype(np.int64)
    at = np.repeat(found.first, more)
    k = np.arange(len(at)) - np.repeat(np.cumsum(more) - more, more) + 1
    part = (k / (np.repeat(more, more) + 1))[:, None]
    between = xy[at] + (xy[at + 1] - xy[at]) * part
    return np.vstack([xy, between]), np.concatenate([group, group[at]])
