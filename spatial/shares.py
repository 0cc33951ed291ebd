"""What a fair share-out of units among groups is: even load, compact groups, borders on streets, few changes.

The objective is a sum over groups, so that the exact solver can price each group by itself, and has no unit:

    sum over groups of  |load / mean - 1| ** 1.5                     uneven load
                      + shape * (roundness - 1)                      1 for a circle, 1.13 for a square
                      + keep * (load not from the group's main present group) / mean

with roundness = perimeter / (2 sqrt(pi * area)), where a metre of border along a street counts `street_metre`
of a metre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatial.partition import Bools, Floats, Ints, connected_groups


@dataclass(frozen=True, slots=True)
class Units:
    """What is shared out: cells, or groups of cells that stay together."""

    load: Floats  # (n,) not negative, any unit
    area_m2: Floats  # (n,)
    perimeter_m: Floats  # (n,)
    left: Ints  # (m,) pairs of units with a common border
    right: Ints  # (m,)
    border_m: Floats  # (m,) its length
    on_street: Floats  # (m,) share of it along streets, 0 … 1
    present: Ints | None = None  # (n,) present group of each unit, any numbers; None if there is none

    def __len__(self) -> int:
        return len(self.load)

    def subset(self, chosen: Ints) -> Units:
        """Give the units at some positions and the borders among them."""
        new = np.full(len(self), -1, dtype=np.int64)
        new[chosen] = np.arange(len(chosen))
        kept = (new[self.left] >= 0) & (new[self.right] >= 0)
        return Units(
            self.load[chosen],
            self.area_m2[chosen],
            self.perimeter_m[chosen],
            new[self.left[kept]],
            new[self.right[kept]],
            self.border_m[kept],
            self.on_street[kept],
            None if self.present is None else self.present[chosen],
        )


@dataclass(frozen=True, slots=True)
class Aims:
    """Weights of the objective."""

    shape: float = 0.25
    street_metre: float = 0.4
    keep: float = 0.1


def costs(units: Units, member: Bools, mean_load: float, aims: Aims) -> Floats:
    """Give the cost of groups: (g,) float64 for a (g, n) table of who is a member."""
    table = member.astype(np.float64)
    load = table @ units.load
    uneven = np.abs(load / mean_load - 1.0) ** 1.5 if mean_load > 0 else np.zeros(len(table))
    street_m = _metres(units, aims)
    outer = table @ units.perimeter_m - _street_discount(units, table, aims)
    for left, right, metres in zip(units.left.tolist(), units.right.tolist(), street_m.tolist(), strict=True):
        outer -= 2 * metres * (table[:, left] * table[:, right])
    area = table @ units.area_m2
    roundness = outer / (2 * np.sqrt(np.pi * np.maximum(area, 1e-9)))
    total = uneven + aims.shape * np.maximum(roundness - 1.0, 0.0)
    if units.present is not None and aims.keep and mean_load > 0:
        names = np.unique(units.present)
        from_each = np.stack([table @ (units.load * (units.present == name)) for name in names], axis=1)
        total = total + aims.keep * (load - from_each.max(axis=1)) / mean_load
    return np.asarray(total)


def objective(units: Units, label: Ints, aims: Aims) -> float:
    """Give the objective of a whole share-out: the sum of the costs of its groups."""
    names = np.unique(label)
    mean = float(units.load.sum()) / max(len(names), 1)
    return float(costs(units, label[None, :] == names[:, None], mean, aims).sum())


def are_contiguous(units: Units, label: Ints) -> bool:
    """Say whether every group hangs together by common borders."""
    within = label[units.left] == label[units.right]
    group = connected_groups(len(units), units.left[within], units.right[within])
    return len(np.unique(group)) == len(np.unique(label))


def discounted_perimeter(units: Units, aims: Aims) -> Floats:
    """Give the perimeter of each unit with its metres along streets counted less: (n,) metres."""
    return units.perimeter_m - _street_discount(units, np.eye(len(units)), aims)


def border_weights(units: Units, aims: Aims) -> list[dict[int, float]]:
    """Give for each unit its neighbours with the discounted metres between them."""
    rows: list[dict[int, float]] = [{} for _ in range(len(units))]
    metres = _metres(units, aims).tolist()
    for i, j, length in zip(units.left.tolist(), units.right.tolist(), metres, strict=True):
        rows[i][j] = rows[j][i] = rows[i].get(j, 0.0) + length
    return rows


def _metres(units: Units, aims: Aims) -> Floats:
    """Give the discounted metres of each common border."""
    return np.asarray(units.border_m * (1.0 - units.on_street * (1.0 - aims.street_metre)))


def _street_discount(units: Units, table: Floats, aims: Aims) -> Floats:
    """Give what groups save because borders of their units run along streets: (g,) metres."""
    saved = units.border_m - _metres(units, aims)
    each = np.bincount(units.left, saved, len(units)) + np.bincount(units.right, saved, len(units))
    return np.asarray(table @ each)
