"""Where coordinates enter: a chunk's points or shapes in the city's metres, each row at fault with its reason.

The CRS named on the command line decides; else what the file declares; else WGS 84 for columns called longitude and
latitude whose values can be degrees. Nothing is guessed silently: a file most of whose rows cannot be what its CRS
says is refused with the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from django.conf import settings

from cells.importing.columns import Columns
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, Source
from spatial import crs as reference
from spatial.crs_verdict import judge_crs
from spatial.errors import UnknownCrs
from spatial.partition import on_grid

# A chunk with more than this share of rows at one fault shows a wrong CRS, not wrong rows.
_HOPELESS = 0.5


@dataclass(frozen=True, slots=True)
class Door:
    """The way in for one file: `crs` is canonical, `how` says where it was taken from."""

    crs: str
    how: str
    columns: Columns
    from_columns: bool

    def coordinates(self, chunk: Chunk) -> np.ndarray:
        """(n, 2) coordinates as given, NaN where a row has none; of shapes, a point inside or on them."""
        if self.from_columns or chunk.geometry is None:
            return np.column_stack([self.columns.number(chunk, "lon"), self.columns.number(chunk, "lat")])
        geometry = chunk.geometry
        point = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
        inner = geometry.copy()
        if (~point).any():
            inner[~point] = shapely.point_on_surface(geometry[~point])
        xy = np.full((len(geometry), 2), np.nan)
        good = ~(shapely.is_missing(inner) | shapely.is_empty(inner))
        xy[good] = shapely.get_coordinates(inner[good])
        return xy

    def points(self, chunk: Chunk) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, 2) metres, (n,) `spatial.crs.Fault` and (n, 2) as given; a row without coordinates is NOT_A_NUMBER."""
        given = self.coordinates(chunk)
        metres, fault = reference.to_city_with_faults(given, crs=self.crs, srid=settings.CITY_SRID)
        has = np.isfinite(given).all(axis=1)
        self._refuse_if_hopeless(fault[has], given[has])
        return metres, fault, given

    def shapes(self, chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
        """(n,) shapes in metres on the 1 mm grid (None where there is none), and (n,) faults."""
        if chunk.geometry is None:
            raise ImportRefused(
                "The file has no geometry.", hint="Areas and lines need GeoJSON, GeoPackage, Shapefile or GeoParquet."
            )
        geometry = shapely.force_2d(chunk.geometry)
        xy, row = shapely.get_coordinates(geometry, return_index=True)
        metres, found = reference.to_city_with_faults(xy, crs=self.crs, srid=settings.CITY_SRID)
        fault = np.zeros(len(geometry), np.int8)
        fault[row[found != 0]] = found[found != 0]
        has = np.unique(row)
        self._refuse_if_hopeless(fault[has], xy[np.searchsorted(row, has)])
        moved = np.full(len(geometry), None, dtype=object)
        good = (fault == 0) & ~shapely.is_missing(geometry)
        if good.any():
            kept = good[row]
            moved[good] = on_grid(shapely.set_coordinates(geometry[good].copy(), metres[kept]))
        return moved, fault

    def _refuse_if_hopeless(self, fault: np.ndarray, given: np.ndarray) -> None:
        kinds = np.bincount(fault[fault != 0], minlength=1)
        worst = int(kinds.argmax())
        if kinds[worst] <= _HOPELESS * len(fault):
            return
        x, y = given[np.flatnonzero(fault == worst)[0]].tolist()
        detail, hint = reference.words(worst)
        raise ImportRefused(
            f"{kinds[worst]} of {len(fault)} rows read cannot be {self.crs} ({self.how}). {detail} "
            f"Found ({x:.6g}, {y:.6g}).",
            hint=f"{hint} Here: --crs EPSG:n, or one of {', '.join(reference.NAMES[:4])}.",
            crs=self.crs,
        )

    def judge(self, given: np.ndarray, is_right: Callable[[np.ndarray], np.ndarray]) -> list[str]:
        """A notice if another CRS puts clearly more of a pile of points into the city."""
        if not reference.is_geographic(self.crs) or not len(given):
            return []
        verdict = judge_crs(given, crs=self.crs, srid=settings.CITY_SRID, is_right=is_right)
        return [verdict.sentence()] if verdict.mistaken else []


def open_door(source: Source, columns: Columns, *, crs: str | None = None, points: bool = False) -> Door:
    """Decide how coordinates come in.

    Raises
    ------
    ImportRefused : there is neither geometry nor a pair of columns, or no CRS is known
    UnknownCrs : the CRS named means nothing here
    """
    paired = "lon" in columns and "lat" in columns
    # Columns named by hand go before the geometry, guessed ones after it.
    by_hand = paired and not {"lon", "lat"} & columns.guessed
    from_columns = points and paired and (by_hand or not source.has_geometry)
    if not source.has_geometry and not from_columns:
        raise ImportRefused(
            f"{source.path.name} has no geometry" + (" and no columns of coordinates." if points else "."),
            hint=(f"Name the columns: --map lon=COLUMN --map lat=COLUMN. It has: {', '.join(source.columns)}."
                  if points else "Areas and lines need GeoJSON, GeoPackage, Shapefile, GeoParquet or WKT in a CSV."),
        )  # fmt: skip
    if not from_columns:
        columns.drop("lon", "lat")
    if crs:
        return Door(reference.canonical(crs), "named with --crs", columns, from_columns)
    if source.crs and not from_columns:
        try:
            return Door(reference.canonical(source.crs), "declared by the file", columns, from_columns)
        except UnknownCrs as error:
            raise ImportRefused(
                f"The file declares the coordinate system “{source.crs}”, which has no EPSG number here.",
                hint="Name it: --crs EPSG:n.",
            ) from error
    if from_columns:
        return Door(reference.WGS84, "taken for granted: name another with --crs", columns, from_columns)
    raise ImportRefused(
        f"{source.path.name} does not say in which coordinate system it is.",
        hint=f"Name it: --crs EPSG:n, or one of {', '.join(reference.NAMES[:4])}.",
    )


def require_home(metres: np.ndarray) -> None:
    """Raises ImportRefused where most of (n, 2) points in metres lie off the ground that the city's CRS is made for."""
    here = metres[np.isfinite(metres).all(axis=1)]
    if not len(here):
        return
    lonlat = reference.from_city(here, srid=settings.CITY_SRID)
    west, south, east, north = reference.area_of_use(settings.CITY_SRID)
    x, y = lonlat[:, 0], lonlat[:, 1]
    inside = (x > west - 1) & (x < east + 1) & (y > south - 1) & (y < north + 1)
    if np.count_nonzero(inside) * 2 < len(here):
        lon, lat = lonlat[~inside][0].tolist()
        raise ImportRefused(
            f"The file lies near ({lon:.2f}, {lat:.2f}), but the city's coordinate system, EPSG:{settings.CITY_SRID}, "
            f"is made for longitudes {west:.1f} to {east:.1f} and latitudes {south:.1f} to {north:.1f}.",
            hint="Set CITY_SRID to this city's projected CRS before the first import, or name the file's own: --crs.",
        )
