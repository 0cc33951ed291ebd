"""Everything above the cell: third-level grids made of cells, and the shapes of all levels derived from them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB
from django.utils import timezone

from cells.division.tiling import Tiling, scheme
from cells.models import Edition, Grid, GridVersion, Level
from spatial.grouping import group_cells
from spatial.partition import double_areas_mm2
from spatial.postgis import convert, run

MADE_OF_CELLS = (Level.GRID, Level.COMMUNITY)


def make_third_level(edition: Edition, tiling: Tiling, communities: dict[int, GridVersion]) -> int:
    """Give the cells without a third-level grid one: connected groups of 8 to 15 cells of one community.

    `communities` are the versions of the communities concerned, by grid id. A grid is named after its community
    and its number in it. Returns the number of grids made.
    """
    plan = scheme()
    used: dict[int, list[str]] = defaultdict(list)
    before = Grid.objects.filter(level=Level.GRID, versions__parent__in=list(communities))
    for parent, code in before.values_list("versions__parent", "code"):
        used[parent].append(code)
    grids: list[Grid] = []
    members: list[np.ndarray] = []
    parents: list[GridVersion] = []
    for community, version in sorted(communities.items()):
        free = np.flatnonzero((tiling.community == community) & (tiling.grid == 0))
        group = group_cells(tiling.shape[free])
        serial = plan.next_serial(Level.GRID, version.grid.code, used[community])
        for k in range(int(group.max(initial=-1)) + 1):
            grids.append(Grid(level_id=Level.GRID, code=plan.code(Level.GRID, version.grid.code, serial + k)))
            members.append(free[group == k])
            parents.append(version)
    made = Grid.objects.bulk_create(grids, batch_size=5000)
    for grid, cells in zip(made, members, strict=True):
        tiling.grid[cells] = grid.pk
    shapes = multi([shapely.coverage_union_all(tiling.shape[cells]) for cells in members])
    tail = plan.segments[Level.GRID].digits
    names = [names_after(parent, grid.code[-tail:]) for grid, parent in zip(made, parents, strict=True)]
    begin_grids(edition, made, [parent.grid_id for parent in parents], names, shapes)
    return len(made)


def names_after(community: GridVersion, serial: str) -> tuple[str, str]:
    """What a third-level grid without a name of its own is called: its community and its number in it."""
    return f"{community.name_zh} {serial}".strip(), f"{community.name_en} {serial}".strip()


def begin_grids(
    edition: Edition, grids: list[Grid], parents: list[int], names: list[tuple[str, str]], shapes: np.ndarray
) -> None:
    """Begin the first versions of grids with an edition; shapes as by `multi`."""
    area = (double_areas_mm2(shapes) / 2e6).tolist()
    GridVersion.objects.bulk_create(
        [
            GridVersion(
                grid=grid,
                since=edition,
                parent_id=parent,
                name_zh=name_zh,
                name_en=name_en,
                shape=convert.to_geos(shape),
                area_m2=square_metres,
                initial_date=timezone.localdate(),
            )
            for grid, parent, (name_zh, name_en), shape, square_metres in zip(
                grids, parents, names, shapes, area, strict=True
            )
        ],
        batch_size=2000,
    )


def derive_shapes(edition: Edition, tiling: Tiling) -> int:
    """Make every responsibility grid the exact union of what it is made of; the number whose shape changed.

    Third-level grids and communities are unions of cells, the levels above of the level below. A version that began
    before the draft ends, and one of the same grid begins with the derived shape.
    """
    rows = list(
        GridVersion.objects.of_edition(edition)
        .annotate(wkb=AsWKB("shape"))
        .values_list("id", "grid_id", "parent_id", "grid__level_id", "since_id", "wkb")
    )
    made: dict[int, np.ndarray] = {
        **unions(tiling.shape, tiling.grid),
        **unions(tiling.shape, tiling.community),
    }
    rank = dict(Level.objects.values_list("slug", "rank"))
    level_of = {grid: level for _, grid, _, level, _, _ in rows}
    above = sorted({k for k in level_of.values() if rank[k] < rank[Level.COMMUNITY]}, key=lambda k: -rank[k])
    if any(level == Level.COMMUNITY and grid not in made for grid, level in level_of.items()):
        above = []  # not all communities are divided yet: what lies above stays as it was imported
    for level in above:
        children = [(g, p) for _, g, p, _, _, _ in rows if g in made and level_of.get(p) == level and p != g]
        children = [(g, p) for g, p in children if level_of[g] != Level.GRID]
        if children:
            shapes = np.array([made[g] for g, _ in children], dtype=object)
            made.update(unions(shapes, np.array([p for _, p in children], dtype=np.int64)))
    changed = [r for r in rows if r[1] in made and not same(made[r[1]], shapely.from_wkb(bytes(r[5])))]
    reshape(edition, [(r[0], r[4]) for r in changed], [made[r[1]] for r in changed])
    return len(changed)


def reshape(edition: Edition, versions: list[tuple[int, int]], shapes: list[shapely.Geometry]) -> None:
    """Give grids another shape in an edition: in their version, from (version, since), or in one that follows it."""
    new = np.empty(len(shapes), dtype=object)
    new[:] = shapes
    run.execute(
        "cells",
        "reshape_grid_versions_v1",
        {
            "srid": settings.CITY_SRID,
            "versions": _own_versions(edition, versions),
            "shapes": shapely.to_wkb(new).tolist() if len(new) else [],
            "areas": (double_areas_mm2(new) / 2e6).tolist(),
        },
    )


def _own_versions(edition: Edition, versions: list[tuple[int, int]]) -> list[int]:
    """Give versions that begin with the draft for (version, since): themselves, or copies that follow them."""
    older = [version for version, since in versions if since != edition.pk]
    originals = list(GridVersion.objects.filter(pk__in=older))
    GridVersion.objects.filter(pk__in=older).update(until=edition)
    follower: dict[int, int] = {}
    copies = []
    for original in originals:
        copies.append((original.pk, original))
        original.pk = None
        original._state.adding = True
        original.since, original.until = edition, None
    GridVersion.objects.bulk_create([copy for _, copy in copies], batch_size=2000)
    follower = {before: copy.pk for before, copy in copies}
    return [follower.get(version, version) for version, _ in versions]


def unions(shapes: np.ndarray, owner: np.ndarray) -> dict[int, np.ndarray]:
    """Give the union of the edge-matched shapes of each owner (0: of nobody) as multipolygons."""
    order = np.argsort(owner, kind="stable")
    owners, first = np.unique(owner[order], return_index=True)
    groups = np.split(order, first[1:])
    joined = multi([shapely.coverage_union_all(shapes[members]) for members in groups])
    return {int(k): shape for k, shape in zip(owners, joined, strict=True) if k}


def multi(shapes: list[shapely.Geometry]) -> np.ndarray:
    """Give shapes as normalised multipolygons."""
    out = np.empty(len(shapes), dtype=object)
    out[:] = [s if s.geom_type == "MultiPolygon" else shapely.multipolygons([s]) for s in shapes]
    return shapely.normalize(out)


def same(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    return bool(shapely.equals_identical(a, shapely.normalize(b)))
