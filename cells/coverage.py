"""Do the areas of every level tile the ground? Grids of an edition, or a file of areas; repair within a tolerance.

The looking is done by `spatial.coverage`, which shares nothing with the code that divides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction

from cells.models import CellVersion, Edition, GridVersion, Level, NoEditionInForce
from spatial import crs as systems
from spatial.coverage import Finding, Inspection, inspect, repair
from spatial.postgis import run

PLACES = 200  # findings given with their place, the largest first
COUNTED = ("gap", "overlap", "invalid", "outside_parent")
_GEOJSON_DECIMALS = 10  # fewer would move vertices by more than the 1 mm grid


class CannotCheck(ValueError):
    """There is nothing to check here."""


@dataclass(slots=True)
class Report:
    """What a check found, level by level."""

    levels: dict[str, Inspection] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=dict)  # of the shapes of each level

    def as_dict(self) -> dict[str, Any]:
        """Give counts over all levels, the area of the lowest, the same by level, and places in longitude, latitude."""
        found = [(level, f) for level, i in self.levels.items() for f in i.findings]
        lowest = list(self.levels)[-1] if self.levels else None
        return {
            **_counts([f for _, f in found]),
            "area_m2": round(self.levels[lowest].area_m2, 3) if lowest else 0.0,
            "levels": {
                level: {"areas": len(self.labels[level]), **_counts(i.findings), "area_m2": round(i.area_m2, 3)}
                for level, i in self.levels.items()
            },
            "places": self._places(found),
        }

    def _places(self, found: list[tuple[str, Finding]]) -> list[dict[str, Any]]:
        largest = sorted(found, key=lambda f: (-f[1].area_m2, f[0], f[1].place))[:PLACES]
        spots = np.array([f.place for _, f in largest], dtype=np.float64).reshape(-1, 2)
        known = ~np.isnan(spots).any(axis=1)
        lonlat = np.full(spots.shape, np.nan)
        if known.any():
            lonlat[known] = systems.from_city(spots[known], srid=settings.CITY_SRID)
        return [
            {
                "level": level,
                "kind": f.kind,
                "lon": round(float(lon), 7) if lon == lon else None,
                "lat": round(float(lat), 7) if lat == lat else None,
                "area_m2": round(f.area_m2, 6),
                "width_m": round(f.width_m, 4),
                "of": [self.labels[level][k] for k in f.owners],
                **({"why": f.why} if f.why else {}),
            }
            for (level, f), (lon, lat) in zip(largest, lonlat, strict=True)
        ]


def _counts(findings: list[Finding]) -> dict[str, int]:
    names = {"gap": "gaps", "overlap": "overlaps"}
    return {names.get(kind, kind): sum(f.kind == kind for f in findings) for kind in COUNTED}


# --- grids of an edition ---------------------------------------------------------------------------------------------


def check_edition(edition: Edition, *, level: str | None = None) -> Report:
    """Check the grids of an edition level by level: cells in their communities, communities in their towns, and so on.

    Cells are looked at in their third-level grids too. A level without areas is left out.

    Raises
    ------
    CannotCheck : the edition has no areas (of that level)
    """
    shapes, ids, codes, parents = {}, {}, {}, {}
    for slug, rows in _by_level(edition).items():
        shapes[slug] = np.asarray(shapely.from_wkb([bytes(r[3]) for r in rows]), dtype=object)
        ids[slug] = [r[0] for r in rows]
        codes[slug] = [r[1] for r in rows]
        parents[slug] = [r[2] for r in rows]
    report = Report()
    home = {grid: (slug, k) for slug, found in ids.items() if slug != Level.CELL for k, grid in enumerate(found)}
    for slug in Level.objects.values_list("slug", flat=True):
        if slug in shapes and level in (None, slug):
            above, parent_of = _parents(parents[slug], home, shapes)
            report.levels[slug] = inspect(shapes[slug], parents=above, parent_of=parent_of, one_part=slug == Level.CELL)
            report.labels[slug] = codes[slug]
    if not report.levels:
        raise CannotCheck(f"Edition {edition} has no areas" + (f" of level “{level}”." if level else "."))
    return report


def _by_level(edition: Edition) -> dict[str, list[Any]]:
    """Give (id, code, parent's id, WKB) of all areas of an edition by level."""
    out: dict[str, list[Any]] = {}
    grids = GridVersion.objects.of_edition(edition).annotate(wkb=AsWKB("shape")).order_by("grid__code")
    for slug, *row in grids.values_list("grid__level_id", "grid_id", "grid__code", "parent_id", "wkb"):
        out.setdefault(slug, []).append(row)
    cells = CellVersion.objects.of_edition(edition).annotate(wkb=AsWKB("shape")).order_by("cell__code")
    rows = list(cells.values_list("cell_id", "cell__code", "community_id", "wkb"))
    if rows:
        out[Level.CELL] = rows
    return out


def _parents(
    parent_ids: list[int | None], home: dict[int, tuple[str, int]], shapes: dict[str, np.ndarray]
) -> tuple[np.ndarray | None, np.ndarray]:
    """Give the parents' shapes and the index of each area's parent among them, -1 where it has none."""
    wanted = sorted({p for p in parent_ids if p in home})
    index = {p: k for k, p in enumerate(wanted)}
    above = np.empty(len(wanted), dtype=object)
    above[:] = [shapes[home[p][0]][home[p][1]] for p in wanted]
    return (above if wanted else None), np.array([index.get(p, -1) for p in parent_ids], dtype=np.int64)


def edition_to_check(*, draft: bool = False) -> Edition:
    """Give the draft if asked for, else the edition in force, else the draft."""
    if draft:
        found = Edition.objects.draft()
        if found is None:
            raise CannotCheck("There is no draft edition to check.")
        return found
    try:
        return Edition.objects.in_force()
    except NoEditionInForce:
        found = Edition.objects.draft()
        if found is None:
            raise
        return found


@transaction.atomic
def repair_draft(level: str, tolerance_m: float) -> tuple[int, list[Finding]]:
    """Mend the areas of one level of the draft; the number changed, and what is left.

    Raises
    ------
    CannotCheck : there is no draft, or the level has unit cells under it already (divide anew instead)
    BrokenCoverage : overlaps are wider than the tolerance
    """
    edition = edition_to_check(draft=True)
    if level == Level.CELL or level == Level.GRID:
        raise CannotCheck("Unit cells and third-level grids are made, not imported: divide the community anew.")
    versions = GridVersion.objects.of_edition(edition).filter(grid__level=level).annotate(wkb=AsWKB("shape"))
    rows = list(versions.order_by("grid__code").values_list("pk", "since_id", "wkb"))
    if not rows:
        raise CannotCheck(f"The draft has no areas of level “{level}”.")
    before = np.asarray(shapely.from_wkb([bytes(wkb) for _, _, wkb in rows]), dtype=object)
    mended, left = repair(before, tolerance_m)
    moved = ~shapely.equals_identical(mended, shapely.normalize(before)) & (shapely.area(mended) > 0)
    older = [pk for (pk, since, _), changed in zip(rows, moved, strict=True) if changed and since != edition.pk]
    if older:
        raise CannotCheck(
            f"{len(older)} areas to mend belong to an edition in force. Import the level anew, then repair the draft."
        )
    chosen = np.flatnonzero(moved)
    run.execute(
        "cells",
        "reshape_grid_versions_v1",
        {
            "srid": settings.CITY_SRID,
            "versions": [rows[k][0] for k in chosen],
            "shapes": [shapely.to_wkb(mended[k]) for k in chosen],
            "areas": shapely.area(mended[chosen]).tolist(),
        },
    )
    return len(chosen), left


# --- a file of areas -------------------------------------------------------------------------------------------------


def read_areas(path: Path, *, crs: str | None, layer: str | None = None) -> tuple[geopandas.GeoDataFrame, np.ndarray]:
    """Read a file of areas: the table as it is, and its shapes in the city's metres.

    `crs` names the coordinate system ("GCJ-02", "EPSG:2249", …); without it the file's own counts.
    """
    if not path.exists():
        raise CannotCheck(f"{path} does not exist.")
    table = geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path, layer=layer)
    named = crs or (f"EPSG:{table.crs.to_epsg()}" if table.crs is not None and table.crs.to_epsg() else None)
    if named is None:
        raise CannotCheck(f"{path.name} does not say its coordinate system: name it with --crs.")
    shapes = np.asarray(table.geometry.values, dtype=object)
    present = np.array([s is not None and not s.is_empty for s in shapes], dtype=bool)
    inside = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    inside[present] = systems.geometries_to_city(shapely.force_2d(shapes[present]), crs=named, srid=settings.CITY_SRID)
    return table, inside


def check_shapes(shapes: np.ndarray, labels: list[str], *, gap_width_m: float) -> Report:
    """Check areas that have no parents."""
    return Report({"file": inspect(shapes, gap_width_m=gap_width_m)}, {"file": labels})


def write_repaired(
    table: geopandas.GeoDataFrame, shapes: np.ndarray, path: Path, *, tolerance_m: float, crs: str | None
) -> list[Finding]:
    """Mend areas and write the table with them, in its own coordinate system; what is left is given back."""
    mended, left = repair(shapes, tolerance_m)
    named = crs or f"EPSG:{table.crs.to_epsg()}"
    out = table.set_geometry(systems.geometries_from_city(mended, crs=named, srid=settings.CITY_SRID), crs=table.crs)
    if path.suffix == ".parquet":
        out.to_parquet(path)
    elif path.suffix in (".geojson", ".json"):
        out.to_file(path, driver="GeoJSON", COORDINATE_PRECISION=_GEOJSON_DECIMALS)
    else:
        out.to_file(path)
    return left
