"""The city as a plan has it: the base edition's cells, overlaid by those the plan has touched.

Cells go by their key: the number of the `Cell`, or a negative one for a cell born in the plan. Geometry reads only what
an edit can touch and the ring around it: cells that reach beyond the box that was read are the rim of its partition and
stay as they are, so that a district of thousands of cells costs no more than a village.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from cells.models import Plan
from cells.plans.states import State
from spatial.changes import Partition
from spatial.partition import Ints, Shapes, as_shapes
from spatial.postgis import run

Box = tuple[float, float, float, float]
RING_M = 0.5  # what lies this near to a cell touches it
# In a partition ids are 0 or more: the cell born as -n is BORN + n, above the numbers of all cells.
BORN = 1 << 40


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a plan, parallel, by ascending key."""

    keys: Ints  # (n,)
    codes: list[str]  # empty for those born in the plan
    communities: Ints  # (n,) numbers of grids
    grids: Ints  # (n,) third-level grids: numbers, negative if born in the plan, 0 if the community has none
    shapes: Shapes  # (n,) Polygon, metres of the city's system
    touched: list[bool]  # False: as in the base edition
    origins: list[tuple[int, ...]]  # base cells each came from, itself left out

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, key: int) -> int:
        """The position of a key; raises KeyError."""
        n = int(np.searchsorted(self.keys, key))
        if n == len(self.keys) or self.keys[n] != key:
            raise KeyError(key)
        return n

    def state(self, key: int) -> State:
        """The state of a cell."""
        n = self.at(key)
        return State(int(self.communities[n]), int(self.grids[n]), False, self.shapes[n], self.origins[n])

    def before(self, key: int) -> State | None:
        """What the plan has stored of a cell: None if it is untouched, or not there."""
        try:
            return self.state(key) if self.touched[self.at(key)] else None
        except KeyError:
            return None

    def partition(self) -> Partition:
        """The cells as a tiling to ask questions of; edits need the cells around as well (`window`)."""
        return Partition.of([id_of(k) for k in self.keys.tolist()], self.shapes, self.communities.tolist(), proven=True)


def working_cells(
    plan: Plan,
    *,
    box: Box | None = None,
    keys: Iterable[int] | None = None,
    communities: Iterable[int] | None = None,
) -> Cells:
    """The cells of a plan by one query: all, or those whose boxes meet a box (metres), by key, by community.

    Filters narrow each other. Keys that are unknown, or retired in the plan, are left out.
    """
    west, south, east, north = box or (None, None, None, None)
    found = run.rows(
        "cells",
        "plan_cells_v1",
        {
            "plan": plan.pk,
            "base": plan.base.number,
            "keys": None if keys is None else sorted(set(keys)),
            "communities": None if communities is None else sorted(set(communities)),
            "west": west,
            "south": south,
            "east": east,
            "north": north,
            "srid": settings.CITY_SRID,
        },
    )
    numbers = np.array([(r[0], r[2], r[3]) for r in found], dtype=np.int64).reshape(-1, 3)
    return Cells(
        keys=numbers[:, 0],
        codes=[r[1] for r in found],
        communities=numbers[:, 1],
        grids=numbers[:, 2],
        shapes=as_shapes(shapely.from_wkb([bytes(r[4]) for r in found])),
        touched=[r[5] for r in found],
        origins=[tuple(r[6]) for r in found],
    )


def id_of(key: int) -> int:
    """The id in a partition of a cell of the plan."""
    return key if key > 0 else BORN - key


def key_of(cell: int) -> int:
    """The key in the plan of an id in a partition."""
    return cell if cell < BORN else BORN - cell


@dataclass(frozen=True, slots=True)
class Window:
    """Some cells of a plan with those around them, ready for the verbs of `spatial.edits`."""

    cells: Cells
    partition: Partition


def window(plan: Plan, box: Box) -> Window:
    """The cells that meet a box (metres); those that reach beyond it are the rim."""
    cells = working_cells(plan, box=box)
    bounds = shapely.bounds(cells.shapes).reshape(-1, 4)
    inside = (bounds[:, :2] > np.array(box[:2])).all(axis=1) & (bounds[:, 2:] < np.array(box[2:])).all(axis=1)
    ids = [id_of(k) for k in cells.keys.tolist()]
    partition = Partition.of(
        ids,
        cells.shapes,
        cells.communities.tolist(),
        rim=[k for k, whole in zip(ids, inside.tolist(), strict=True) if not whole],
        next_id=id_of(plan.last_key - 1),
        proven=True,
    )
    return Window(cells, partition)


def box_round(shapes: Any, margin_m: float = RING_M) -> Box:
    """The box of some shapes, grown so that what touches them meets it."""
    west, south, east, north = shapely.total_bounds(as_shapes(shapes)).tolist()
    return west - margin_m, south - margin_m, east + margin_m, north + margin_m
