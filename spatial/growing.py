"""Share units out by growing groups from seeds and trading units at their borders, from many starts.

The same seed gives the same answer. Besides the best share-out found, every group of every good one is handed
back: the exact solver then picks the best combination of them, which is mostly better than any single run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.random import Generator

from spatial.partition import Ints, connected_groups
from spatial.shares import Aims, Units, border_weights, discounted_perimeter

Pool = set[frozenset[int]]
_HEAT = 0.3  # of the mean cost of a group: how far uphill the first trades may go


@dataclass(slots=True)
class _Search:
    """One share-out under way, with the running sums of its groups."""

    units: Units
    aims: Aims
    mean: float
    around: list[dict[int, float]]
    perimeter: list[float]
    label: list[int]
    load: list[float] = field(default_factory=list)
    area: list[float] = field(default_factory=list)
    outer: list[float] = field(default_factory=list)
    origin: list[dict[int, float]] = field(default_factory=list)
    _before: list[int] = field(default_factory=list)

    def count(self, groups: int) -> None:
        """Sum the groups up."""
        self.load, self.area, self.outer = [0.0] * groups, [0.0] * groups, [0.0] * groups
        self.origin = [{} for _ in range(groups)]
        for unit, group in enumerate(self.label):
            self.load[group] += self.units.load[unit]
            self.area[group] += self.units.area_m2[unit]
            self.outer[group] += self.perimeter[unit]
            self.outer[group] -= sum(m for other, m in self.around[unit].items() if self.label[other] == group)
            if self.units.present is not None:
                name = int(self.units.present[unit])
                self.origin[group][name] = self.origin[group].get(name, 0.0) + float(self.units.load[unit])

    def cost(self, load: float, area: float, outer: float, main: float) -> float:
        """Price one group."""
        total = abs(load / self.mean - 1.0) ** 1.5 if self.mean > 0 else 0.0
        total += self.aims.shape * max(outer / (2 * float(np.sqrt(np.pi * max(area, 1e-9)))) - 1.0, 0.0)
        if self.units.present is not None and self.mean > 0:
            total += self.aims.keep * (load - main) / self.mean
        return total

    def total(self) -> float:
        """Price the share-out."""
        rows = zip(self.load, self.area, self.outer, self.origin, strict=True)
        return sum(self.cost(a, b, c, max(main.values(), default=0.0)) for a, b, c, main in rows)

    def gain(self, unit: int, to: int) -> float:
        """Give how much cheaper the share-out gets if a unit changes its group."""
        at = self.label[unit]
        load, area = float(self.units.load[unit]), float(self.units.area_m2[unit])
        own = sum(m for other, m in self.around[unit].items() if self.label[other] == at)
        new = sum(m for other, m in self.around[unit].items() if self.label[other] == to)
        outer_at = self.outer[at] - self.perimeter[unit] + 2 * own
        outer_to = self.outer[to] + self.perimeter[unit] - 2 * new
        before = self._cost_of(at, 0.0, None) + self._cost_of(to, 0.0, None)
        after = self.cost(self.load[at] - load, self.area[at] - area, outer_at, self._main(at, unit, -load))
        after += self.cost(self.load[to] + load, self.area[to] + area, outer_to, self._main(to, unit, load))
        return before - after

    def move(self, unit: int, to: int) -> None:
        """Give a unit to another group."""
        at = self.label[unit]
        load = float(self.units.load[unit])
        for group, sign in ((at, -1.0), (to, 1.0)):
            shared = sum(m for o, m in self.around[unit].items() if self.label[o] == group)
            self.load[group] += sign * load
            self.area[group] += sign * float(self.units.area_m2[unit])
            self.outer[group] += sign * (self.perimeter[unit] - 2 * shared)
            if self.units.present is not None:
                name = int(self.units.present[unit])
                self.origin[group][name] = self.origin[group].get(name, 0.0) + sign * load
        self.label[unit] = to

    def shift(self, unit: int, to: int) -> float | None:
        """Give a unit to another group and say what that gains; None, nothing done, if its group would fall apart."""
        if not self.may_leave(unit):
            return None
        gain = self.gain(unit, to)
        self._before = [self.label[unit]]
        self.move(unit, to)
        return gain

    def exchange(self, unit: int, other: int) -> float | None:
        """Let two units of neighbouring groups change places; the gain, or None if a group would fall apart."""
        one, two = self.label[unit], self.label[other]
        first = self.shift(unit, two)
        if first is None:
            return None
        second = self.shift(other, one) if any(self.label[k] == one for k in self.around[other]) else None
        self._before = [one, two]
        if second is None:
            self.move(unit, one)
            return None
        return first + second

    def take_back(self, unit: int, other: int | None) -> None:
        """Undo the last shift or exchange."""
        if other is not None:
            self.move(other, self._before[1])
        self.move(unit, self._before[0])

    def may_leave(self, unit: int) -> bool:
        """Say whether a group still hangs together, and is not empty, without one of its units."""
        group = self.label[unit]
        near = [other for other in self.around[unit] if self.label[other] == group]
        if not near:
            return False
        seen, todo = {near[0], unit}, [near[0]]
        while todo:
            for other in self.around[todo.pop()]:
                if other not in seen and self.label[other] == group:
                    seen.add(other)
                    todo.append(other)
        return all(other in seen for other in near)

    def _cost_of(self, group: int, load: float, unit: int | None) -> float:
        main = max(self.origin[group].values(), default=0.0) if unit is None else self._main(group, unit, load)
        return self.cost(self.load[group], self.area[group], self.outer[group], main)

    def _main(self, group: int, unit: int, load: float) -> float:
        if self.units.present is None:
            return 0.0
        name = int(self.units.present[unit])
        origin = self.origin[group]
        changed = origin.get(name, 0.0) + load
        return max(changed, max((v for k, v in origin.items() if k != name), default=0.0))


def grow(
    units: Units,
    groups: int,
    *,
    aims: Aims,
    seed: int = 0,
    starts: int = 8,
    until: float | None = None,
    first: Ints | None = None,
) -> tuple[Ints, Pool]:
    """Share units out among groups, each contiguous.

    With `first`, labels 0 … groups - 1 of a share-out into contiguous groups, trades begin once more from there: what
    is found is not dearer. After `until` (of `time.monotonic`) no further start is made; there is always one (400
    units: 0.2 to 0.4 s).

    Returns
    -------
    label : (n,) int64, 0 … groups - 1, the best share-out found
    pool : all groups of every share-out that was the best of its run when it was met

    Raises
    ------
    ValueError
        If there are fewer units than groups, or more separate pieces of ground than groups.
    """
    part = connected_groups(len(units), units.left, units.right)
    parts = int(part.max()) + 1 if len(units) else 0
    if not max(parts, 1) <= groups <= len(units):
        raise ValueError(
            f"{len(units)} units in {parts} separate pieces cannot make {groups} contiguous groups: "
            f"from {max(parts, 1)} to {len(units)} are possible."
        )
    around, perimeter = border_weights(units, aims), discounted_perimeter(units, aims).tolist()
    mean = float(units.load.sum()) / groups
    best: tuple[float, list[int]] | None = None
    pool: Pool = set()
    steps = int(np.clip(12_000 / len(units), 40, 200)) * len(units)
    for start in [*range(starts)] if first is None else [starts, *range(starts)]:
        if until is not None and best is not None and monotonic() > until:
            break
        rng = np.random.default_rng([seed, start])
        if first is not None and best is None:
            label = first.tolist()
        else:
            label = _grown(units, around, _seeds(units, around, part, groups, rng), rng)
        search = _Search(units, aims, mean, around, perimeter, label)
        search.count(groups)
        total = _trade(search, groups, rng, steps, pool)
        if best is None or total < best[0] - 1e-12:
            best = total, list(search.label)
    assert best is not None
    return np.array(best[1], dtype=np.int64), pool


def _seeds(units: Units, around: list[dict[int, float]], part: Ints, groups: int, rng: Generator) -> list[int]:
    """Give one unit a group: each piece of ground its share by load, within it far from each other."""
    load = np.bincount(part, units.load + 1e-9 * max(float(units.load.sum()), 1.0))
    size = np.bincount(part)
    quota = np.ones(len(load), dtype=np.int64)
    for _ in range(groups - len(load)):
        open_ = quota < size
        quota[int(np.where(open_, load / quota, -1.0).argmax())] += 1
    seeds: list[int] = []
    for piece, count in enumerate(quota.tolist()):
        members = np.flatnonzero(part == piece)
        chosen = [int(rng.choice(members))]
        while len(chosen) < count:
            hops = _hops(around, chosen)
            far = np.array([hops[int(m)] for m in members], dtype=np.float64) ** 2
            chosen.append(int(rng.choice(members, p=far / far.sum())))
        seeds += chosen
    return seeds


def _hops(around: list[dict[int, float]], start: list[int]) -> dict[int, int]:
    hops, todo = dict.fromkeys(start, 0), list(start)
    for unit in todo:
        for other in around[unit]:
            if other not in hops:
                hops[other] = hops[unit] + 1
                todo.append(other)
    return hops


def _grown(units: Units, around: list[dict[int, float]], seeds: list[int], rng: Generator) -> list[int]:
    """Let the group with the least load take the free neighbour it shares most border with, until none is free."""
    label = [-1] * len(units)
    load = [0.0] * len(seeds)
    for group, unit in enumerate(seeds):
        label[unit], load[group] = group, float(units.load[unit])
    growing = set(range(len(seeds)))
    while growing:
        group = min(growing, key=lambda g: (load[g], g))
        claims: dict[int, float] = {}
        for unit, of in enumerate(label):
            if of == group:
                for other, metres in around[unit].items():
                    if label[other] < 0:
                        claims[other] = claims.get(other, 0.0) + metres
        if not claims:
            growing.discard(group)
            continue
        unit = max(claims, key=lambda u: (claims[u] * (1 + 0.2 * rng.random()), -u))
        label[unit] = group
        load[group] += float(units.load[unit])
    return label


def _trade(search: _Search, groups: int, rng: Generator, steps: int, pool: Pool) -> float:
    """Move and exchange units at the borders of groups: first a little uphill too, at last only downhill."""
    count = len(search.label)
    now = least = search.total()
    kept = list(search.label)
    heat = _HEAT * max(now / groups, 1e-6)
    picks, luck, kind = rng.integers(count, size=steps).tolist(), rng.random(steps), rng.random(steps)
    for step, unit in enumerate(picks):
        across = [other for other in search.around[unit] if search.label[other] != search.label[unit]]
        if not across:
            continue
        other = across[int(kind[step] * len(across))]
        exchanged = step % 2 == 1
        gain = search.exchange(unit, other) if exchanged else search.shift(unit, search.label[other])
        if gain is None:
            continue
        cooled = heat * (1 - step / steps) ** 2
        if gain < 0 and luck[step] >= np.exp(gain / max(cooled, 1e-12)):
            search.take_back(unit, other if exchanged else None)
            continue
        now -= gain
        if now < least - 1e-9:
            least, kept = now, list(search.label)
            _remember(kept, groups, pool)
    search.label = kept
    search.count(groups)
    while _one_better(search):
        pass
    _remember(search.label, groups, pool)
    return search.total()


def _one_better(search: _Search) -> bool:
    """Make the first move that helps; False if none does."""
    for unit in range(len(search.label)):
        for to in sorted({search.label[o] for o in search.around[unit]} - {search.label[unit]}):
            if search.gain(unit, to) > 1e-9 and search.may_leave(unit):
                search.move(unit, to)
                return True
    return False


def _remember(label: list[int], groups: int, pool: Pool) -> None:
    members: list[list[int]] = [[] for _ in range(groups)]
    for unit, group in enumerate(label):
        members[group].append(unit)
    pool.update(frozenset(m) for m in members)
