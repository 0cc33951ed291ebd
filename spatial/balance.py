"""Propose a share-out: give the cells of a community to N third-level grids, contiguous, compact, evenly loaded.

Groups are grown and traded first (`spatial.growing`); that gives a good share-out and so a bound on what a
single group of a better one may cost. Small tasks are then solved exactly: every contiguous group within the
bound is listed and priced, and the cheapest set in which each unit lies exactly once is found as an integer
programme (set partitioning, HiGHS). Where there are too many groups to list, the same programme picks the
best combination of all groups met on the way. Grids a planner has locked stay as they are.

References
----------
Set partitioning over contiguous groups: Garfinkel and Nemhauser, Optimal political districting by implicit
enumeration techniques, Management Science 16 (1970) (unseen). HiGHS: scipy.optimize.milp.

Examples
--------
Four units in a row with loads 3, 1, 1, 3 make two groups of 4:

>>> row = Units(np.array([3.0, 1, 1, 3]), np.full(4, 1e4), np.full(4, 400.0),
...     np.array([0, 1, 2]), np.array([1, 2, 3]), np.full(3, 100.0), np.zeros(3))
>>> proposal = propose(row, 2)
>>> proposal.label.tolist(), proposal.optimal
([0, 0, 1, 1], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

import numpy as np
import shapely
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, linprog, milp
from scipy.sparse import csc_array

from spatial.changes import Partition
from spatial.growing import Pool, grow
from spatial.painting import share_along, web_of
from spatial.partition import Bools, Floats, Ints, connected_groups
from spatial.shares import Aims, Units, are_contiguous, border_weights, costs, objective

LEAST_S = 0.1  # seconds that HiGHS gets however long the growing took


@dataclass(frozen=True, slots=True)
class Proposal:
    """A share-out with what it costs (`spatial.shares`), beside the present one."""

    label: Ints  # (n,) locked groups first, in their order, then the others by their first unit
    before: float | None  # objective of the present share-out, None if there is none
    after: float
    method: Literal["exact", "pool", "locked"]
    optimal: bool  # proved: no contiguous share-out of these units is cheaper
    groups_priced: int
    mip_gap: float  # relative gap HiGHS left; 0 unless the time ran out


def units_of_cells(
    partition: Partition,
    load: Mapping[int, float],
    *,
    streets: Any = (),
    present: Mapping[int, int] | None = None,
) -> tuple[list[int], Units]:
    """Give cells as units to share out: the ids in the order of the units, ascending, and the units.

    Parameters
    ----------
    load : load of each cell that is shared out, any unit, by id
    streets : lines in metres that make good borders
    present : present group of each of these cells
    """
    web = web_of(partition, load)
    ids = web.ids.tolist()
    shapes = partition.of_cells(ids)
    groups = None if present is None else np.array([present[k] for k in ids], dtype=np.int64)
    loads = np.array([load[k] for k in ids], dtype=np.float64)
    area, perimeter, along = shapely.area(shapes), shapely.length(shapes), share_along(web, streets)
    return ids, Units(loads, area, perimeter, web.left, web.right, web.length_m, along, groups)


def propose(
    units: Units,
    groups: int,
    *,
    locked: Sequence[Iterable[int]] = (),
    size: tuple[int, int] | None = None,
    aims: Aims | None = None,
    most_groups_listed: int = 250_000,
    seconds: float = 10.0,
    seed: int = 0,
    starts: int = 8,
) -> Proposal:
    """Share units out among `groups` groups, locked ones included.

    `size` is the least and most units a free group may have (two or three grids to an officer); such short
    groups can be listed for hundreds of units. `most_groups_listed` bounds the memory and time of the list (5 s,
    some 150 MB). `starts` is how many share-outs are grown and traded first; with 0 all groups must fit the list:
    ten grids by twos and threes then take 8 ms instead of 300. A present share-out of as many contiguous groups is
    traded on from as well, so that the answer is never dearer than it. `seconds` is for all of it: a half for growing,
    what is left for HiGHS. The same input gives the same proposal, unless the time runs out (then `mip_gap` is
    above 0).

    Raises
    ------
    ValueError
        If the numbers do not fit: fewer units than groups, more separate pieces of free ground than groups, a
        unit locked twice, a load below 0, or no share-out of that `size`.
    """
    aims = aims or Aims()
    label, fixed = _locked(units, locked)
    if (units.load < 0).any() or not np.isfinite(units.load).all():
        raise ValueError("A load is negative or not a number; give each unit a load of 0 or more.")
    before = None if units.present is None else objective(units, units.present, aims)
    free = np.flatnonzero(label < 0)
    open_groups = groups - fixed
    if len(free) == 0 and open_groups == 0:
        return Proposal(label, before, objective(units, label, aims), "locked", True, 0, 0.0)
    rest = units.subset(free)
    part = connected_groups(len(rest), rest.left, rest.right)
    pieces = int(part.max()) + 1 if len(rest) else 0
    if not max(pieces, 1) <= open_groups <= len(free):
        raise ValueError(
            f"{len(free)} free units in {pieces} separate pieces cannot make {open_groups} contiguous groups; "
            f"from {max(pieces, 1)} to {len(free)} are possible."
        )
    mean = float(rest.load.sum()) / open_groups
    inner, method, optimal, priced, gap = _solve(
        rest, open_groups, mean, aims, most_groups_listed, seconds, seed, size or (1, len(rest)), starts
    )
    label[free] = fixed + _by_first_unit(inner)
    assert are_contiguous(rest, inner)
    return Proposal(label, before, objective(units, label, aims), method, optimal, priced, gap)


def keep_names(label: Ints, units: Units) -> dict[int, int]:
    """Give the present group each proposed group continues: as much load as possible stays under its name."""
    if units.present is None:
        return {}
    old, new = np.unique(units.present), np.unique(label)
    weight = units.load + 1e-6 * max(float(units.load.max(initial=0.0)), 1.0)
    shared = np.array([[weight[(label == n) & (units.present == o)].sum() for o in old] for n in new])
    rows, columns = linear_sum_assignment(-shared)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {int(new[r]): int(old[c]) for r, c in pairs if shared[r, c] > 0}


def contiguous_groups(
    units: Units, *, most_load: float, most_units: int | None = None, at_most: int
) -> list[int] | None:
    """List every contiguous group within bounds of load and number, as bit sets; None if they are over `at_most`."""
    near = [sum(1 << j for j in row) for row in border_weights(units, Aims())]
    load = units.load.tolist()
    found: list[int] = []
    most_units = len(units) if most_units is None else most_units
    for root in range(len(units)):
        below = (1 << root) - 1
        # (members, their load, units they border on, units that may not join any more)
        todo = [(1 << root, load[root], near[root], below | 1 << root)]
        while todo:
            members, total, border, closed = todo.pop()
            if total > most_load:
                continue
            found.append(members)
            if len(found) > at_most:
                return None
            open_ = border & ~closed if members.bit_count() < most_units else 0
            while open_:
                bit = open_ & -open_
                open_ ^= bit
                closed |= bit
                unit = bit.bit_length() - 1
                todo.append((members | bit, total + load[unit], border | near[unit], closed))
    return found


Solved = tuple[Ints, Literal["exact", "pool"], bool, int, float]


def _solve(
    units: Units,
    groups: int,
    mean: float,
    aims: Aims,
    most: int,
    seconds: float,
    seed: int,
    size: tuple[int, int],
    starts: int,
) -> Solved:
    until = monotonic() + seconds
    label, known = np.zeros(len(units), dtype=np.int64), np.inf
    pool: Pool = set()
    if starts:
        first = _present(units, groups, size)
        label, pool = grow(units, groups, aims=aims, seed=seed, starts=starts, until=until - seconds / 2, first=first)
        known = objective(units, label, aims) if _fits(np.bincount(label), size) else np.inf
        if first is not None and known > (now := objective(units, first, aims)):
            label, known = first, now
    # A group costs at least |load / mean - 1| ** 1.5: past this load it alone is dearer than what is known.
    spread = mean * known ** (2 / 3)
    listed = contiguous_groups(units, most_load=mean + spread + 1e-9, most_units=size[1], at_most=most)
    if listed is None:
        member = np.zeros((len(pool), len(units)), dtype=np.bool_)
        for row, group in enumerate(sorted(pool, key=sorted)):
            member[row, list(group)] = True
    else:
        member = _table(listed, len(units))
        member = member[member @ units.load >= mean - spread - 1e-9]
    count = member.sum(axis=1)
    member = member[(count >= size[0]) & (count <= size[1])]
    better, gap = _cheapest(units, member, groups, costs(units, member, mean, aims), known, until)
    if better is None and np.isinf(known):
        raise ValueError(
            f"No share-out of {len(units)} units among {groups} contiguous groups of {size[0]} to {size[1]} was found; "
            "allow other sizes or another number of groups."
        )
    method: Literal["exact", "pool"] = "pool" if listed is None else "exact"
    return label if better is None else better, method, method == "exact" and gap == 0.0, len(member), gap


def _present(units: Units, groups: int, size: tuple[int, int]) -> Ints | None:
    """Give the labels of the present share-out if it is a possible answer: as many groups, contiguous, of that size."""
    if units.present is None:
        return None
    now = np.unique(units.present, return_inverse=True)[1].reshape(-1).astype(np.int64)
    possible = int(now.max(initial=-1)) + 1 == groups and are_contiguous(units, now)
    return now if possible and _fits(np.bincount(now), size) else None


def _fits(count: Ints, size: tuple[int, int]) -> bool:
    return bool(size[0] <= count.min() and count.max() <= size[1])


def _cheapest(
    units: Units, member: Bools, groups: int, price: Floats, known: float, until: float
) -> tuple[Ints | None, float]:
    """Choose `groups` rows of a table that hold each unit exactly once, for less than is known already.

    Returns
    -------
    label : (n,), or None if nothing cheaper was found
    gap : 0 if that is proved, else the relative gap that was left when the time ran out
    """
    held = csc_array(np.vstack([member.T, np.ones(len(member))]))
    each = np.r_[np.ones(len(units)), groups]
    if len(member) < groups:
        return None, 0.0
    limit = {"time_limit": max(until - monotonic(), LEAST_S)}
    relaxed = linprog(price, A_eq=held, b_eq=each, bounds=(0, None), method="highs", options=limit)
    if relaxed.x is None or relaxed.status == 1:
        return None, 1.0 if relaxed.status == 1 else 0.0
    # A row whose reduced price exceeds the slack between the relaxation and what is known is in no better choice.
    reduced = price - held.T @ relaxed.eqlin.marginals
    kept = np.flatnonzero(reduced <= known - relaxed.fun + 1e-9)
    if len(kept) < groups:
        return None, 0.0
    answer = milp(
        price[kept],
        integrality=np.ones(len(kept)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(held[:, kept], each, each),
        options={"time_limit": max(until - monotonic(), LEAST_S), "mip_rel_gap": 0.0},
    )
    done = answer.status in (0, 2)  # optimal, or proved to have no solution among the kept rows
    gap = 0.0 if done else max(1e-6, float(1 - relaxed.fun / known if np.isfinite(known) else 1.0))
    if answer.x is None:
        return None, gap
    chosen = kept[answer.x > 0.5]
    if price[chosen].sum() >= known - 1e-9:
        return None, gap
    return member[chosen].argmax(axis=0).astype(np.int64), gap if done else float(answer.mip_gap or gap)


def _locked(units: Units, locked: Sequence[Iterable[int]]) -> tuple[Ints, int]:
    label = np.full(len(units), -1, dtype=np.int64)
    for group, members in enumerate(locked):
        for unit in members:
            if label[unit] >= 0:
                raise ValueError(f"Unit {unit} is locked in two groups.")
            label[unit] = group
    return label, len(locked)


def _table(groups: list[int], count: int) -> Bools:
    width = (count + 7) // 8
    packed = np.frombuffer(b"".join(g.to_bytes(width, "little") for g in groups), dtype=np.uint8)
    bits = np.unpackbits(packed.reshape(len(groups), width), axis=1, bitorder="little")
    return bits[:, :count].astype(np.bool_)


def _by_first_unit(label: Ints) -> Ints:
    """Number groups by their first unit, from 0."""
    names, first = np.unique(label, return_index=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(names))
    return rank[np.searchsorted(names, label)]
