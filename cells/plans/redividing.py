"""Divide the cells of a community anew, with other parameters than the division had.

The old cells are joined and the ground is cut as `spatial.divide` proposes, both proved on the way. A new cell that
shares more than half of its ground with an old one, and that one with it, stays this cell under its number; the others
are born, and old cells nobody continues are retired.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cells.models import Plan
from cells.plans.doing import Change
from cells.plans.ground import ALL_CLASSES, ground_in
from cells.plans.intents import Intent
from cells.plans.outcome import as_change
from cells.plans.painting import require_unlocked
from cells.plans.refusing import refusing
from cells.plans.shaping import chosen
from cells.plans.working import box_round, key_of
from spatial import edits
from spatial.changes import Edit, Partition, hardly_moved
from spatial.divide import TARGET_M2, divide_area
from spatial.intents import DEFAULT_LIMITS
from spatial.partition import as_shapes, shared_borders
from spatial.proof import Draft, inner_place, prove
from spatial.refusals import Reason, Refusal, refuse


def redivide(plan: Plan, intent: Intent) -> Change:
    """Divide a `community` (or some `cells`) anew into cells of about `target_m2`, along streets of some `classes`.

    Cells of locked grids stay as they are, the others are divided round them. Land never changes its community.
    """
    target_m2 = intent.number("target_m2", TARGET_M2, 1_000.0, 1_000_000.0)
    classes = intent.keys("classes") if intent.has("classes") else list(ALL_CLASSES)
    held, ids = chosen(plan, intent)
    free = [k for k in ids if int(held.cells.grids[held.cells.at(key_of(k))]) not in plan.locked]
    if not free:
        require_unlocked(plan, held.cells, [key_of(k) for k in ids])
    box = box_round(held.partition.of_cells(free), 50.0)
    with refusing(held.cells):
        edit = _divided(held.partition, free, ground_in(box, classes), target_m2)
    return as_change(plan, held, edit)


def _divided(partition: Partition, ids: list[int], ground: Any, target_m2: float) -> Edit:
    homes = sorted({partition.community[k] for k in ids}, key=str)
    if len(homes) > 1:
        foreign = tuple(k for k in ids if partition.community[k] != partition.community[ids[0]])
        place = inner_place(partition.shapes[foreign[0]])
        refuse(Reason.CROSSES_COMMUNITY, place=place, cells=foreign, one=homes[0], other=homes[1])
    joined, bases = _joined(partition, ids)
    lines = []
    for base in bases:
        borders = shared_borders(divide_area(joined.shapes[base], ground, target_m2=target_m2))
        segments = shapely.linestrings(np.stack([borders.start, borders.end], axis=1))
        lines += shapely.get_parts(shapely.line_merge(shapely.multilinestrings(segments))).tolist()
    if lines:
        answer = edits.split(joined, bases, as_shapes(lines), keep_small=True, suggest=False)
        if isinstance(answer, Refusal):
            refuse(answer.reason, place=answer.place, cells=answer.cells, **answer.values)
        joined = joined.apply(answer)
        bases = sorted({*bases, *answer.added})
    return _renamed(partition, joined, ids, bases)


def _joined(partition: Partition, ids: list[int]) -> tuple[Partition, list[int]]:
    """Join cells to one cell for each part of their ground; give the tiling and the ids of these."""
    shapes = partition.of_cells(ids)
    parts = shapely.get_parts(shapely.coverage_union_all(shapes))
    found, part = shapely.STRtree(parts).query(shapely.point_on_surface(shapes), predicate="intersects")
    members: dict[int, list[int]] = {}
    for n, p in zip(found.tolist(), part.tolist(), strict=True):
        members.setdefault(p, []).append(ids[n])
    for p, group in members.items():
        if len(group) > 1:
            draft = Draft("redivide", {min(group): parts[p]}, tuple(k for k in group if k != min(group)))
            partition = partition.apply(prove(partition, draft, DEFAULT_LIMITS))
    return partition, sorted(min(group) for group in members.values())


def _renamed(before: Partition, after: Partition, ids: list[int], made: list[int]) -> Edit:
    """Give the edit between two tilings whose cells `ids` became cells `made`, these under the names they deserve."""
    old, new = before.of_cells(ids), after.of_cells(made)
    name = _continued(ids, old, made, new)
    community = before.community[ids[0]]
    fresh = before.next_id
    shapes = dict(after.shapes)
    for k in made:
        del shapes[k]
    for k, shape in zip(made, new, strict=True):
        if k not in name:
            name[k], fresh = fresh, fresh + 1
        was = before.shapes.get(name[k])
        same = was is not None and shapely.equals_identical(shapely.normalize(was), shapely.normalize(shape))
        shapes[name[k]] = was if same else shape
    changed = {k: g for k, g in shapes.items() if k not in before or not _same(before.shapes[k], g)}
    removed = tuple(k for k in ids if k not in shapes)
    if not changed and not removed:
        refuse(Reason.NOTHING_CHANGES)
    added = tuple(sorted(k for k in changed if k not in before))
    held = {k: before.shapes[k] for k in (*changed, *removed) if k in before}
    vertex_only = tuple(k for k in changed if k in before and hardly_moved(before.shapes[k], changed[k]))
    labels = dict.fromkeys(added, community) | {k: before.community[k] for k in removed}
    return Edit("redivide", changed, removed, added, vertex_only, held, labels)


def _continued(ids: list[int], old: Any, made: list[int], new: Any) -> dict[int, int]:
    """Give the old name of each new cell that shares most of its ground with an old one, and that one with it."""
    n, o = shapely.STRtree(old).query(new, predicate="intersects")
    common = shapely.area(shapely.intersection(new[n], old[o]))
    most = (common > 0.5 * shapely.area(new)[n]) & (common > 0.5 * shapely.area(old)[o])
    return {made[i]: ids[j] for i, j in zip(n[most].tolist(), o[most].tolist(), strict=True)}


def _same(one: Any, other: Any) -> bool:
    return one is other or bool(shapely.equals_identical(one, other))
