"""A city in the database, by construction: a bent lattice of cells in communities, towns, districts and one city."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import MultiPolygon

from cells import editions
from cells.models import Cell, CellVersion, Edition, Grid, GridVersion, Level
from spatial.postgis.convert import to_geos
from tests.spatial.lattice import bent_lattice

BLOCK = 4


def a_draft(columns: int = 12, rows: int = 8, *, seed: int = 1, side_m: float = 100.0, side: int = BLOCK) -> Edition:
    """A draft edition of columns × rows cells: communities of `side` × `side` cells, a town for each row, one district.

    Codes follow the scheme (6 + 3 + 3 + 3 digits) but are shuffled within a community, so that ties are not settled by
    position. Every second community has two third-level grids.
    """
    _, polygons = bent_lattice(columns, rows, seed=seed, side_m=side_m)
    draft = editions.open_draft(label="lattice")
    CellVersion.objects.filter(until=None).update(until=draft)
    GridVersion.objects.filter(until=None).update(until=draft)
    cells: list[CellVersion] = []
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(columns * rows), columns)
    town, block = row // side, column // side
    city = _grid(Level.CITY, "city", None, polygons, draft, "市")
    district = _grid(Level.DISTRICT, "990101", city, polygons, draft, "区")
    for t in np.unique(town):
        town_code = f"990101{t + 1:03d}"
        above = _grid(Level.TOWN, town_code, district, polygons[town == t], draft, f"街道{t + 1}")
        for b in np.unique(block):
            chosen = np.flatnonzero((town == t) & (block == b))
            code = f"{town_code}{b + 1:03d}"
            community = _grid(Level.COMMUNITY, code, above, polygons[chosen], draft, f"社区{t + 1}-{b + 1}")
            halves = np.array_split(chosen, 2)
            grids = [
                _grid(Level.GRID, f"{code}-{h + 1:02d}", community, polygons[half], draft, f"网格{h + 1}")
                for h, half in enumerate(halves)
                if b % 2 == 0
            ]
            serials = rng.permutation(len(chosen)) + 1
            for n, i in enumerate(chosen):
                cells.append(
                    CellVersion(
                        cell=Cell(code=f"{code}{serials[n]:03d}"),
                        since=draft,
                        community=community,
                        grid=grids[int(i in halves[1])] if grids else None,
                        shape=to_geos(polygons[i]),
                        area_m2=polygons[i].area,
                        perimeter_m=polygons[i].length,
                    )
                )
    Cell.objects.bulk_create([version.cell for version in cells], ignore_conflicts=True)
    by_code = Cell.objects.in_bulk([version.cell.code for version in cells], field_name="code")
    for version in cells:
        version.cell = by_code[version.cell.code]
    CellVersion.objects.bulk_create(cells)
    return draft


def a_lattice_city(
    columns: int = 12, rows: int = 8, *, seed: int = 1, side_m: float = 100.0, side: int = BLOCK
) -> Edition:
    """The same, published."""
    a_draft(columns, rows, seed=seed, side_m=side_m, side=side)
    return editions.publish()


def _grid(level: str, code: str, parent: Grid | None, polygons: np.ndarray, draft: Edition, name: str) -> Grid:
    shape = shapely.coverage_union_all(polygons)
    grid, _ = Grid.objects.get_or_create(code=code, defaults={"level_id": level})
    GridVersion.objects.create(
        grid=grid,
        since=draft,
        parent=parent,
        name_zh=name,
        name_en=f"{level} {code}",
        source_label=code[-3:].lstrip("0"),
        shape=to_geos(shape if shape.geom_type == "MultiPolygon" else MultiPolygon([shape])),
        area_m2=shape.area,
    )
    return grid
