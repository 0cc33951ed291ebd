"""The grids above changed cells: third-level grids and communities as exact unions of cells, all others of those below.

A grid is looked at only where the segments of its changed cells do not cancel: its outline is another one then, and
only then. So most plans read the cells of a few third-level grids, and nothing above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB

from cells.division import ladder
from cells.division.tiling import scheme
from cells.models import CellVersion, Edition, Grid, GridVersion, Level
from cells.succession.steps import NewGrid, Succession
from spatial.partition import Shapes
from spatial.succession import same_outline

Shaped = tuple[int, Any]  # (number of a grid, the shape of something that lies in it)


def derive(made: Succession, was: list[Shaped], now: list[Shaped], born: dict[int, NewGrid]) -> None:
    """Bring all grids above some cells up to date in an edition that has its cells already.

    `was` and `now` name the third-level grid, and the community, of every changed cell before and after; `born` are
    third-level grids without a version, by number.
    """
    level_of = dict(Grid.objects.filter(pk__in={g for g, _ in was + now}).values_list("pk", "level"))
    changed = _outlines_changed(was, now)
    third = sorted(g for g in changed if level_of[g] == Level.GRID)
    above = sorted(g for g in changed if level_of[g] == Level.COMMUNITY)
    shapes = _unions_of_cells("grid", third) | _unions_of_cells("community", above)
    emptied = [g for g in third if g not in shapes]
    made.grids_retired += GridVersion.objects.filter(grid__in=emptied, until=None).update(until=made.edition)
    made.grids_born += _begin(made.edition, {g: shapes[g] for g in third if g in born}, born)
    _reshape(made, {g: shapes[g] for g in third if g in shapes and g not in born})
    while above:
        before, after = _reshape(made, {g: shapes[g] for g in above})
        above = sorted(_outlines_changed(before, after))
        shapes = _unions_of_grids(above)


def _outlines_changed(was: list[Shaped], now: list[Shaped]) -> set[int]:
    """The grids of which some parts changed in such a way that the outline of the whole is another one."""
    before, after = _by_grid(was), _by_grid(now)
    return {g for g in {*before, *after} if not same_outline(before.get(g, []), after.get(g, []))}


def _by_grid(shaped: Iterable[Shaped]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for grid, shape in shaped:
        if grid:
            found[grid].append(shape)
    return found


def _unions_of_cells(field: str, grids: list[int]) -> dict[int, Any]:
    """The exact unions of the cells that third-level grids, or communities, have now; none for those without cells."""
    held = CellVersion.objects.filter(until=None, **{f"{field}__in": grids}).annotate(wkb=AsWKB("shape"))
    return _unions(list(held.values_list(field, "wkb"))) if grids else {}


def _unions_of_grids(grids: list[int]) -> dict[int, Any]:
    """The exact unions of the grids that lie directly below others."""
    held = GridVersion.objects.filter(until=None, parent__in=grids).exclude(grid__level=Level.GRID)
    return _unions(list(held.annotate(wkb=AsWKB("shape")).values_list("parent", "wkb"))) if grids else {}


def _unions(rows: list[tuple[int, Any]]) -> dict[int, Any]:
    owner = np.array([owner for owner, _ in rows], dtype=np.int64)
    shapes: Shapes = np.asarray(shapely.from_wkb([bytes(wkb) for _, wkb in rows]), dtype=object)
    return ladder.unions(shapes, owner) if rows else {}


def _begin(edition: Edition, shapes: dict[int, Any], born: dict[int, NewGrid]) -> int:
    """Begin born third-level grids; the number of them."""
    if not shapes:
        return 0
    tail = scheme().segments[Level.GRID].digits
    grids = [Grid.objects.in_bulk(list(shapes))[g] for g in shapes]
    homes = GridVersion.objects.filter(until=None, grid__in={born[g].community for g in shapes})
    home = {v.grid_id: v for v in homes.defer("shape")}
    names = []
    for grid in grids:
        new = born[grid.pk]
        name_zh, name_en = ladder.names_after(home[new.community], grid.code[-tail:])
        names.append((new.name_zh, new.name_en) if new.name_zh or new.name_en else (name_zh, name_en))
    parents = [born[g].community for g in shapes]
    ladder.begin_grids(edition, grids, parents, names, ladder.multi(list(shapes.values())))
    return len(grids)


def _reshape(made: Succession, shapes: dict[int, Any]) -> tuple[list[Shaped], list[Shaped]]:
    """Give grids their new shapes where these are other ones; what changed, was and is now, by the grid above."""
    held = GridVersion.objects.filter(until=None, grid__in=list(shapes)).annotate(wkb=AsWKB("shape"))
    rows = [
        (version, since, grid, parent or 0, shapely.from_wkb(bytes(wkb)))
        for version, since, grid, parent, wkb in held.values_list("pk", "since", "grid", "parent", "wkb")
    ]
    rows = [row for row in rows if not ladder.same(shapes[row[2]], row[4])]
    ladder.reshape(made.edition, [(version, since) for version, since, *_ in rows], [shapes[row[2]] for row in rows])
    made.grids_changed += len(rows)
    return [(row[3], row[4]) for row in rows], [(row[3], shapes[row[2]]) for row in rows]
