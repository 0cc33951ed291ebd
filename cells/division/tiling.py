"""The final cells of an edition: noded together over the whole city, numbered, written as versions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB
from django.utils import timezone

from cells.codes import Scheme, Segment, serial_order
from cells.models import Cell, CellVersion, Edition, Grid, GridVersion, Level
from spatial.noding import tile
from spatial.partition import double_areas_mm2, is_partition
from spatial.postgis import run

CHUNK = 10_000  # rows written by one statement


@dataclass(slots=True)
class Tiling:
    """All unit cells of the edition being made; parallel arrays. Ids are 0 where there is none yet."""

    shape: np.ndarray  # (n,) Polygon
    community: np.ndarray  # (n,) grid ids
    cell: np.ndarray  # (n,) cell ids
    version: np.ndarray  # (n,) ids of the versions in force in the draft so far
    in_draft: np.ndarray  # (n,) bool: that version began with the draft
    changed: np.ndarray  # (n,) bool: its shape is not the version's
    grid: np.ndarray  # (n,) ids of third-level grids

    @property
    def area_m2(self) -> np.ndarray:
        """Exact areas: whole mm² by a million."""
        return double_areas_mm2(self.shape) / 2e6


def scheme() -> Scheme:
    """The code scheme of the city's levels."""
    return Scheme({k.slug: Segment(k.code_parent_id, k.code_mark, k.code_digits) for k in Level.objects.all()})


def tile_city(edition: Edition, fresh: dict[int, np.ndarray]) -> Tiling:
    """Node the new cells of some communities (by grid id) with the cells that all others have already.

    Neighbours that stay get the vertices where new borders end, nothing else; where rounding pinches a cell in two,
    the larger piece is the cell.
    """
    stay = CellVersion.objects.of_edition(edition).exclude(community__in=list(fresh)).order_by("cell__code")
    rows = list(
        stay.annotate(wkb=AsWKB("shape")).values_list("id", "cell_id", "community_id", "grid_id", "since_id", "wkb")
    )
    new = [(0, 0, community, 0, edition.pk) for community, cells in sorted(fresh.items()) for _ in cells]
    facts = np.array([(v, c, m, g or 0, s) for v, c, m, g, s, _ in rows] + new, dtype=np.int64).reshape(-1, 5)
    before = np.concatenate(
        [shapely.normalize(np.asarray(shapely.from_wkb([bytes(r[-1]) for r in rows]), dtype=object))]
        + [cells for _, cells in sorted(fresh.items())]
    )
    shape, source = tile(before, territory=facts[:, 2])
    shape = shapely.normalize(shape)
    facts = facts[source].copy()
    largest_first = np.lexsort((-shapely.area(shape), source))
    again = np.setdiff1d(np.arange(len(source)), largest_first[np.unique(source[largest_first], return_index=True)[1]])
    facts[again, 0] = facts[again, 1] = 0
    return Tiling(
        shape=shape,
        community=facts[:, 2],
        cell=facts[:, 1],
        version=facts[:, 0],
        in_draft=facts[:, 4] == edition.pk,
        changed=~shapely.equals_identical(shape, before[source]) | (facts[:, 0] == 0),
        grid=facts[:, 3],
    )


def prove(tiling: Tiling) -> None:
    """Refuse anything but an exact tiling; it would be a fault of this program, not of the data."""
    union = shapely.coverage_union_all(tiling.shape)
    if not is_partition(tiling.shape, union):
        raise AssertionError("The divided cells are no exact tiling; nothing was written.")


def order_cells(tiling: Tiling) -> None:
    """Bring the cells into the order of their communities and serials: old ones by id, then new ones in rows."""
    place = shapely.get_coordinates(shapely.centroid(tiling.shape))
    area = tiling.area_m2
    order: list[np.ndarray] = []
    for community in np.unique(tiling.community):
        mine = np.flatnonzero(tiling.community == community)
        old, new = mine[tiling.cell[mine] > 0], mine[tiling.cell[mine] == 0]
        order += [old[np.argsort(tiling.cell[old])]]
        if len(new):
            order.append(new[serial_order(place[new], float(area[new].mean()))])
    chosen = np.concatenate(order)
    for name in Tiling.__slots__:
        setattr(tiling, name, getattr(tiling, name)[chosen])


def number_cells(tiling: Tiling, codes: dict[int, str]) -> int:
    """Make the new cells' identities: the next serials of their communities, never one used before."""
    plan = scheme()
    ever_used: dict[str, list[str]] = defaultdict(list)
    own = plan.segments["cell"]
    tail = own.digits + len(own.mark)
    for code in Cell.objects.values_list("code", flat=True).iterator(chunk_size=20_000):
        ever_used[code[:-tail]].append(code)
    new = np.flatnonzero(tiling.cell == 0)
    names: list[str] = []
    serial: dict[str, int] = {}
    for community in tiling.community[new].tolist():
        code = codes[community]
        if code not in serial:
            serial[code] = plan.next_serial("cell", code, ever_used[code])
        names.append(plan.code("cell", code, serial[code]))
        serial[code] += 1
    made = Cell.objects.bulk_create([Cell(code=name) for name in names], batch_size=5000)
    tiling.cell[new] = [cell.pk for cell in made]
    return len(made)


def retire(edition: Edition, communities: list[int]) -> None:
    """End the cells and third-level grids that communities have so far; those that began with the draft vanish."""
    cells = CellVersion.objects.of_edition(edition).filter(community__in=communities)
    grids = GridVersion.objects.of_edition(edition).filter(grid__level=Level.GRID, parent__in=communities)
    for versions in (cells, grids):
        versions.filter(since=edition).delete()
        versions.update(until=edition)
    Cell.objects.filter(versions=None).delete()
    Grid.objects.filter(level=Level.GRID, versions=None).delete()


def write_cells(edition: Edition, tiling: Tiling) -> None:
    """Write what is new or has another shape: versions that begin with the draft."""
    area, perimeter = tiling.area_m2, shapely.length(tiling.shape)
    wkb = shapely.to_wkb(tiling.shape)

    def take(chosen: np.ndarray) -> dict[str, Any]:
        return {
            "srid": settings.CITY_SRID,
            "shapes": [wkb[k] for k in chosen],
            "areas": area[chosen].tolist(),
            "perimeters": perimeter[chosen].tolist(),
        }

    in_place = np.flatnonzero(tiling.changed & tiling.in_draft & (tiling.version > 0))
    for chosen in _chunks(in_place):
        run.execute("cells", "reshape_cell_versions_v1", {**take(chosen), "versions": tiling.version[chosen].tolist()})
    begun = np.flatnonzero(tiling.changed & ~(tiling.in_draft & (tiling.version > 0)))
    CellVersion.objects.filter(pk__in=tiling.version[begun].tolist()).update(until=edition)
    for chosen in _chunks(begun):
        run.execute(
            "cells",
            "insert_cell_versions_v2",
            {
                **take(chosen),
                "edition": edition.pk,
                "today": timezone.localdate(),
                "cells": tiling.cell[chosen].tolist(),
                "communities": tiling.community[chosen].tolist(),
                "grids": [g or None for g in tiling.grid[chosen].tolist()],
                "before": [v or None for v in tiling.version[chosen].tolist()],
                "born": [v == 0 for v in tiling.version[chosen].tolist()],
            },
        )


def _chunks(indices: np.ndarray) -> list[np.ndarray]:
    return [indices[k : k + CHUNK] for k in range(0, len(indices), CHUNK)]
