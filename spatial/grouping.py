"""Unit cells grouped into third-level grids (三级网格): connected, compact, of like number of cells.

A set of cells is halved again and again along the direction that cuts the least border, both halves staying
connected, until each group has its share.
"""

from __future__ import annotations

from math import ceil

import numpy as np
import shapely

from spatial.partition import Bools, Floats, Ints, Shapes, as_shapes, connected_groups, neighbours

MOST_CELLS = 15
USUAL_CELLS = 11
DIRECTIONS = 8  # tried in half a turn


def group_cells(cells: Shapes, *, usual: int = USUAL_CELLS, most: int = MOST_CELLS) -> Ints:
    """Give every cell the number of its group.

    Parameters
    ----------
    cells : (n,) polygons of one community, metres, edge-matched
    usual, most : cells aimed at in a group, and the most it shall have

    Returns
    -------
    (n,) int64, 0 … groups - 1, numbered by their first cell in the order given. Every group is connected over
    common borders; cells that hang together with nothing else make a group of their own. Where no even cut
    leaves both halves connected (a star of strips) a group may get fewer or more.
    """
    cells = as_shapes(cells)
    if len(cells) == 0:
        return np.empty(0, dtype=np.int64)
    one, other, metres = neighbours(cells)
    places = shapely.get_coordinates(shapely.centroid(cells))
    label = np.full(len(cells), -1, dtype=np.int64)
    found = 0
    islands = connected_groups(len(cells), one, other)
    open_sets = [np.flatnonzero(islands == k) for k in range(islands.max() + 1)]
    while open_sets:
        members = open_sets.pop()
        count = max(round(len(members) / usual), ceil(len(members) / most))
        if count > 1:
            open_sets += _halve(members, count, one, other, metres, places)
        else:
            label[members] = found
            found += 1
    _, first = np.unique(label, return_index=True)
    rank = np.empty(found, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(found)
    return rank[label]


def _halve(members: Ints, count: int, one: Ints, other: Ints, metres: Floats, places: Floats) -> list[Ints]:
    """Cut a connected set of cells, meant for `count` groups, in two connected sets."""
    local = np.full(int(max(one.max(initial=0), other.max(initial=0), members.max())) + 1, -1, dtype=np.int64)
    local[members] = np.arange(len(members))
    inside = (local[one] >= 0) & (local[other] >= 0)
    a, b, length = local[one[inside]], local[other[inside]], metres[inside]
    wanted = round(len(members) * (count // 2) / count)
    turns = np.pi * np.arange(2 * DIRECTIONS) / DIRECTIONS
    along = np.round(places[members] @ np.stack([np.cos(turns), np.sin(turns)]), 3)
    first = np.argsort(np.argsort(along, axis=0, kind="stable"), axis=0, kind="stable") < wanted
    cut = length @ (first[a] != first[b])
    best: tuple[float, Bools] | None = None
    for k in np.lexsort((turns, np.round(cut, 6))):
        if best is not None and cut[k] >= best[0]:
            break  # mending only makes a cut dearer
        side = _connected_side(first[:, k], a, b)
        uneven = abs(int(side.sum()) - wanted) / max(wanted, 1)
        cost = float(length[side[a] != side[b]].sum()) * (1 + 4 * uneven)
        if side.any() and not side.all() and (best is None or cost < best[0] - 1e-6):
            best = (cost, side)
    if best is None:  # cannot be: a connected set of two or more always falls in two
        raise AssertionError("A connected set of cells has no connected halves.")
    return [members[best[1]], members[~best[1]]]


def _connected_side(side: Bools, a: Ints, b: Ints) -> Bools:
    """Move what is cut off on either side to the other, so that both are connected."""
    for value in (True, False):
        within = (side[a] == value) & (side[b] == value)
        groups = connected_groups(len(side), a[within], b[within])
        mine = np.flatnonzero(side == value)
        if len(mine) == 0:
            return side
        size = np.bincount(groups[mine])
        side = side.copy()
        side[mine[groups[mine] != size.argmax()]] = not value
    return side
