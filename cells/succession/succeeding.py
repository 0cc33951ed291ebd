"""The next edition out of the one in force, by what becomes of some cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cells import editions
from cells.editions import CannotPublish
from cells.models import CellDescent, CellVersion, Grid
from cells.succession.areas import derive
from cells.succession.beginning import edition_to_follow, next_edition, require_same_ground
from cells.succession.numbering import number_cells, number_grids
from cells.succession.steps import NewGrid, NextCell, Succession
from spatial.partition import as_shapes, double_areas_mm2
from spatial.postgis import run


@dataclass(frozen=True, slots=True)
class _Standing:
    """A cell as it is in the edition in force."""

    version: int
    community: int
    grid: int
    shape: Any


@transaction.atomic
def succeed(
    cells: Iterable[NextCell],
    grids: Sequence[NewGrid] = (),
    *,
    by: Any = None,
    at: dt.datetime | None = None,
    label: str = "",
    note: str = "",
) -> Succession:
    """Put the next edition in force, in which some cells are others; from now, or from a moment past.

    Attributes are those of the version before, of a born cell those of its first parent. Third-level grids, communities
    and what lies above are again the exact unions of their cells; components on changed ground get their cells.

    Raises
    ------
    CannotPublish : a draft is under way, nothing changes, a cell is not in force, a community would lose all its cells,
        its serials are used up, the cells do not tile what they tiled before, or the moment is none to begin at
    NoEditionInForce : there is nothing to follow
    """
    before = edition_to_follow()
    named = list(cells)
    if not named:
        raise CannotPublish(gettext_noop("No cell changes: there is nothing to publish."))
    standing = _standing([c.key for c in named if c.key > 0])
    after = _as_identities(named, standing)
    lasting = [c for c in after if c.shape is not None]
    require_same_ground(
        as_shapes([s.shape for s in standing.values()]), as_shapes([c.shape for c in lasting]), changed=standing
    )
    made = Succession(next_edition(before, by=by, at=at, label=label, note=note), before)
    made.new_grids = _number_grids(grids, lasting)
    lasting = [replace(c, grid=made.new_grids.get(c.grid, c.grid)) for c in lasting]
    made.born = _number_cells([c for c in lasting if c.key <= 0])
    _write(made, lasting, standing)
    _require_peopled(standing)
    _remember(made, lasting)
    _count(made, after, lasting, standing)
    was = [(home, s.shape) for s in standing.values() for home in (s.grid, s.community)]
    now = [(home, c.shape) for c in lasting for home in (c.grid, c.community)]
    derive(made, was, now, {made.new_grids[g.key]: g for g in grids if g.key in made.new_grids})
    made.components_moved = editions.settle(made.edition)
    return made


def _standing(keys: list[int]) -> dict[int, _Standing]:
    """Cells by number, as they are in force; there is no draft, so that they are the open versions."""
    held = CellVersion.objects.filter(cell__in=keys, until=None).annotate(wkb=AsWKB("shape"))
    rows = held.order_by("cell").values_list("cell", "pk", "community", "grid", "wkb")
    found = {cell: _Standing(pk, home, grid or 0, shapely.from_wkb(bytes(w))) for cell, pk, home, grid, w in rows}
    missing = sorted(set(keys) - set(found))
    if missing:
        raise CannotPublish(
            gettext_noop("{count} cells are in force no more (the first is number {first})."),
            count=len(missing),
            first=missing[0],
        )
    return found


def _as_identities(cells: list[NextCell], standing: dict[int, _Standing]) -> list[NextCell]:
    """The same, but a cell that goes over to another community ends, and another, a child of it, begins there.

    The child goes by the same key with a sign that no caller's key has: 0 and below are free for it, counted on from
    the lowest of the born.
    """
    lowest = min([0, *(c.key for c in cells)])
    out: list[NextCell] = []
    for cell in cells:
        if cell.key > 0 and cell.shape is not None and standing[cell.key].community != cell.community:
            lowest -= 1
            out.append(NextCell(cell.key, None))
            out.append(replace(cell, key=lowest, parents=(cell.key, *cell.parents), vertex_only=False))
        else:
            out.append(cell)
    return out


def _number_grids(grids: Sequence[NewGrid], cells: list[NextCell]) -> dict[int, int]:
    """The numbers of born third-level grids that have cells, by the caller's keys."""
    used = {c.grid for c in cells if c.grid < 0}
    chosen = [g for g in sorted(grids, key=lambda g: -g.key) if g.key in used]
    unknown = used - {g.key for g in chosen}
    if unknown:
        raise CannotPublish(
            gettext_noop("{count} third-level grids of cells are not known: {first}."),
            count=len(unknown),
            first=sorted(unknown)[:5],
        )
    made = number_grids([g.community for g in chosen])
    return {g.key: grid.pk for g, grid in zip(chosen, made, strict=True)}


def _number_cells(born: list[NextCell]) -> dict[int, int]:
    """The numbers of born cells by key."""
    made = number_cells([c.shape for c in born], [c.community for c in born]) if born else []
    return {c.key: cell.pk for c, cell in zip(born, made, strict=True)}


def _write(made: Succession, cells: list[NextCell], standing: dict[int, _Standing]) -> None:
    """End the versions of changed and retired cells, begin those of changed and born ones."""
    CellVersion.objects.filter(pk__in=[s.version for s in standing.values()]).update(until=made.edition)
    # Parents of a born cell may be retired for longer than this edition: their last version counts.
    older = {p for c in cells if c.key <= 0 for p in c.parents if p not in standing}
    last = dict(CellVersion.objects.filter(cell__in=older).order_by("since__number").values_list("cell", "pk"))
    of = {key: s.version for key, s in standing.items()} | last
    shapes = as_shapes([c.shape for c in cells])
    run.execute(
        "cells",
        "insert_cell_versions_v2",
        {
            "edition": made.edition.pk,
            "srid": settings.CITY_SRID,
            "today": timezone.localdate(made.edition.valid_from),
            "cells": [made.born.get(c.key, c.key) for c in cells],
            "communities": [c.community for c in cells],
            "grids": [c.grid or None for c in cells],
            "shapes": shapely.to_wkb(shapes, byte_order=1).tolist() if len(shapes) else [],
            "areas": (double_areas_mm2(shapes) / 2e6).tolist(),
            "perimeters": shapely.length(shapes).tolist(),
            "before": [of.get(c.key if c.key > 0 else next(iter(c.parents), 0)) for c in cells],
            "born": [c.key <= 0 for c in cells],
        },
    )


def _require_peopled(standing: dict[int, _Standing]) -> None:
    """Refuse an edition in which a community is left without a cell."""
    touched = {s.community for s in standing.values()}
    left = CellVersion.objects.filter(until=None, community__in=touched).values_list("community", flat=True).distinct()
    empty = touched - set(left)
    if empty:
        codes = list(Grid.objects.filter(pk__in=empty).order_by("code").values_list("code", flat=True))
        raise CannotPublish(
            gettext_noop("{count} communities would have no unit cell any more: {codes}."),
            count=len(codes),
            codes=", ".join(codes[:5]),
        )


def _remember(made: Succession, cells: list[NextCell]) -> None:
    """Write the family tree: who was cut from whom, who merged whom."""
    rows = [
        CellDescent(edition=made.edition, parent_id=parent, child_id=made.born.get(c.key, c.key))
        for c in cells
        for parent in dict.fromkeys(c.parents)
    ]
    CellDescent.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)


def _count(made: Succession, after: list[NextCell], lasting: list[NextCell], standing: dict[int, _Standing]) -> None:
    made.cells_born = len(made.born)
    made.cells_retired = len(after) - len(lasting)
    made.cells_vertex_only = sum(c.key > 0 and c.vertex_only and c.grid == standing[c.key].grid for c in lasting)
    made.cells_changed = len(lasting) - made.cells_born - made.cells_vertex_only
