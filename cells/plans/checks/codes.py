"""Codes as they will be when the plan is published: enough of them, none twice, none again, and in their order.

A cell that is born in the plan, or goes to another community, gets the next serial of its community; a serial that was
ever given is not given again. So a new cell comes last in the list, wherever it lies: the order from north-west to
south-east (DB11/T 2157-2023) suffers wherever it lies before an old one. Adjacent serials out of that order are
counted with the new cells and without them, in one and the same order of places, and a community is named if the new
ones make them more: what the division left (some 10 in 100 pairs, as rows are never straight), and what a moved corner
does to rows, is not held against the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import reduce
from operator import or_

import numpy as np
import shapely
from django.db.models import Q
from django.utils.translation import gettext_noop

from cells.codes import SerialsExhausted, serial_order
from cells.division.tiling import scheme
from cells.models import Cell, Grid, GridVersion, Level
from cells.plans.checks.scene import Found, Held, Scene, shapes_of, spot_in

NO_CELL_CODE = gettext_noop("Community {community} has {free} serials left for {needed} new cells.")
NO_GRID_CODE = gettext_noop("Community {community} has {free} numbers left for {needed} new grids.")
TWICE = gettext_noop("{count} cells have the code {code}.")
CELL_AGAIN = gettext_noop("The code of cell {cell} is not in use any more; a retired code is never given again.")
GRID_AGAIN = gettext_noop("Grid {grid} is not in use any more; a retired code is never given again.")
DISORDER = gettext_noop(
    "{count} new cells of community {community} will get serials after those of cells to their south and east."
)


def code_missing(scene: Scene) -> Iterator[Found]:
    """Communities whose serials run out when the plan is published: of unit cells, or of third-level grids."""
    new = _new_cells(scene)
    grids: dict[int, list[int]] = {}
    for key, born in scene.born_grids.items():
        if scene.members_after[key]:
            grids.setdefault(born.community_id, []).append(key)
    if not new and not grids:
        return
    plan = scheme()
    for level, model, needed, sentence in (
        (Level.CELL, Cell, {c: len(held) for c, held in new.items()}, NO_CELL_CODE),
        (Level.GRID, Grid, {c: len(keys) for c, keys in grids.items()}, NO_GRID_CODE),
    ):
        codes = {c: scene.community_code(c) for c in sorted(needed)}
        mark = plan.segments[level].mark
        used = _beginning_with(model, [code + mark for code in codes.values()])
        for community, code in codes.items():
            first = plan.next_serial(level, code, (u for u in used if u.startswith(code + mark)))
            try:
                plan.code(level, code, first + needed[community] - 1)
            except SerialsExhausted:
                free = max(10 ** plan.segments[level].digits - first, 0)
                values = {"community": code, "free": free, "needed": needed[community]}
                held = new.get(community, []) if level == Level.CELL else scene.members_after[grids[community][0]]
                keys = tuple(h.key for h in held)
                yield Found(f"{level}s of:{community}", sentence, values, spot_in(held[0].shape), keys)


def code_duplicate(scene: Scene) -> Iterator[Found]:
    """Cells of the plan with one and the same code."""
    count = Counter(h.code for h in scene.after if h.code)
    for code in sorted(code for code, times in count.items() if times > 1):
        held = [h for h in scene.after if h.code == code]
        values = {"count": len(held), "code": code}
        yield Found(f"code:{code}", TWICE, values, spot_in(held[-1].shape), tuple(h.key for h in held))


def code_reused(scene: Scene) -> Iterator[Found]:
    """Cells and grids in the plan that had ended before its base edition."""
    for d in scene.changed:
        if d.before is None and d.after is not None and d.code:
            yield Found(f"cell:{d.key}", CELL_AGAIN, {"cell": d.code}, spot_in(d.after), (d.key,))
    asked = [g for g in scene.grids if g > 0]
    there = set(GridVersion.objects.of_edition(scene.plan.base).filter(grid__in=asked).values_list("grid", flat=True))
    for grid in asked:
        held = scene.members_after[grid]
        if grid not in there and held:
            keys = tuple(h.key for h in held)
            yield Found(f"grid:{grid}", GRID_AGAIN, {"grid": scene.grid_name(grid)}, spot_in(held[0].shape), keys)


def serial_out_of_order(scene: Scene) -> Iterator[Found]:
    """Communities whose new cells come in the list after cells that lie behind them."""
    for community, new in sorted(_new_cells(scene).items()):
        fresh = {h.key for h in new}
        held = [h for h in scene.after if h.community == community]
        shapes = shapes_of(held)
        order = serial_order(shapely.get_coordinates(shapely.centroid(shapes)), float(shapely.area(shapes).mean()))
        place = np.empty(len(held), dtype=np.int64)
        place[order] = np.arange(len(held))
        old = [n for n, h in sorted(enumerate(held), key=lambda item: item[1].code) if h.key not in fresh]
        born = sorted((n for n, h in enumerate(held) if h.key in fresh), key=lambda n: place[n])
        if _descents(place[old + born]) <= _descents(place[old]):
            continue
        last = int(place[old].max())
        early = [n for n in born if place[n] < last]
        values = {"count": len(early), "community": scene.community_code(community)}
        keys = tuple(sorted(held[n].key for n in early))
        yield Found(f"community:{community}", DISORDER, values, spot_in(held[early[0]].shape), keys)


def _descents(place: np.ndarray) -> int:
    return int((np.diff(place) < 0).sum())


def _new_cells(scene: Scene) -> dict[int, list[Held]]:
    """Give the cells that get a code when the plan is published, by community: born, or come from another."""
    found: dict[int, list[Held]] = {}
    for d in scene.changed:
        if d.after is not None and d.community_after is not None and d.community_before != d.community_after:
            held = Held(d.key, d.code, d.community_after, d.grid_after or 0, d.after)
            found.setdefault(d.community_after, []).append(held)
    return found


def _beginning_with(model: type[Cell] | type[Grid], heads: list[str]) -> list[str]:
    """Give the codes ever given that begin with one of some heads (pattern index of the code)."""
    if not heads:
        return []
    asked = reduce(or_, (Q(code__startswith=head) for head in heads))
    return list(model.objects.filter(asked).values_list("code", flat=True))
