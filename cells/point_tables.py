"""Tables of points: which columns hold the place, the owners put beside them, and the result written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from cells.explanation import CHAIN
from cells.ground import Routed
from cells.models import Level
from spatial import crs as reference
from spatial.crs import Fault
from spatial.locator import OUTSIDE

LON_NAMES = ("lon", "lng", "long", "longitude", "x", "lon_wgs84", "经度", "point_x", "east", "easting")
LAT_NAMES = ("lat", "latitude", "y", "lat_wgs84", "纬度", "point_y", "north", "northing")
RESULT = ("cell", *CHAIN, "rule", "border_m", "nearest_cell", "fault")


class BadTable(ValueError):
    """The table of points cannot be used as it is."""

    def __init__(self, detail: str, *, hint: str = "", **where: Any) -> None:
        self.detail, self.hint, self.where = detail, hint, where
        super().__init__(f"{detail} {hint}".strip())


def place_columns(columns: Iterable[str], *, lon: str | None = None, lat: str | None = None) -> tuple[str, str]:
    """The columns of longitude and latitude (or east and north): those named, or those that are usually called so.

    >>> place_columns(["id", "LATITUDE", "LONGITUDE"])
    ('LONGITUDE', 'LATITUDE')

    Raises
    ------
    BadTable
        A named column is not there, or none is usual.
    """
    there = [str(c) for c in columns]
    found = []
    for given, usual, what in ((lon, LON_NAMES, "longitude"), (lat, LAT_NAMES, "latitude")):
        if given is not None and given not in there:
            raise BadTable(f"There is no column “{given}”.", hint=f"There are: {', '.join(there)}.", columns=there)
        lowered = {c.strip().lower(): c for c in reversed(there)}
        name = given or next((lowered[u] for u in usual if u in lowered), None)
        if name is None:
            raise BadTable(
                f"No column looks like a {what}.", hint=f"Name it; there are: {', '.join(there)}.", columns=there
            )
        found.append(name)
    return found[0], found[1]


def coordinates(table: pd.DataFrame, lon: str, lat: str) -> np.ndarray:
    """(n, 2) float64 of two columns; what is not a number becomes NaN."""
    return np.column_stack(
        [pd.to_numeric(table[c], errors="coerce").to_numpy(np.float64, na_value=np.nan) for c in (lon, lat)]
    )


def chunk_places(
    table: pa.Table, geometry: np.ndarray | None, *, lon: str | None = None, lat: str | None = None
) -> tuple[pd.DataFrame, np.ndarray]:
    """A piece of a file as a frame, and (n, 2) its places: of the columns named, of its geometry, or of usual columns.

    Shapes other than points stand for their centroids. Raises BadTable.
    """
    frame = table.to_pandas()
    if geometry is not None and lon is None and lat is None:
        points = shapely.centroid(geometry)
        return frame, np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return frame, coordinates(frame, *place_columns(frame.columns, lon=lon, lat=lat))


def owner_columns(routed: Routed) -> pd.DataFrame:
    """One row a place: cell and areas by code, rule, metres to the border, nearest cell if outside, fault in words."""
    faulty = routed.faults != Fault.NONE
    outside = (routed.index == OUTSIDE) & ~faulty
    columns: dict[str, Any] = {"cell": routed.codes(Level.CELL)}
    for level in CHAIN:
        columns[level] = routed.codes(level)
    columns["rule"] = np.where(faulty, "", routed.rules.astype(object))
    columns["border_m"] = np.round(routed.border_m, 3)
    columns["nearest_cell"] = np.where(outside, routed.codes(Level.CELL, nearest=True), "")
    words = {int(f): reference.words(f)[0] for f in np.unique(routed.faults[faulty])}
    columns["fault"] = [words.get(int(f), "") for f in routed.faults]
    return pd.DataFrame(columns)


class Writer:
    """Writes pieces of a table to one file, by its suffix; use as a context, so that the file is ended properly.

    GeoJSON and GeoPackage get point geometry in WGS 84.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._suffix = path.suffix.lower()
        self._rows = 0
        self._parquet: pq.ParquetWriter | None = None
        if self._suffix not in {".csv", ".parquet", ".geojson", ".gpkg"}:
            raise BadTable(
                f"“{path.suffix}” is not a format written here.", hint="Write .csv, .parquet, .geojson or .gpkg."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._parquet is not None:
            self._parquet.close()
        if self._suffix == ".geojson":
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n]}\n" if self._rows else '{"type": "FeatureCollection", "features": []}\n')

    def write(self, piece: pd.DataFrame, lonlat: np.ndarray) -> None:
        """Add rows and their (n, 2) places in WGS 84; a row whose place is NaN gets no geometry."""
        if self._suffix == ".csv":
            piece.to_csv(self._path, mode="a", header=not self._rows, index=False)
        elif self._suffix == ".parquet":
            table = pa.Table.from_pandas(piece, preserve_index=False)
            if self._parquet is None:
                self._parquet = pq.ParquetWriter(self._path, table.schema)
            self._parquet.write_table(table.cast(self._parquet.schema))
        elif self._suffix == ".gpkg":
            places = np.where(np.isfinite(lonlat).all(axis=1), shapely.points(lonlat), None)
            frame = gpd.GeoDataFrame(piece, geometry=places, crs=reference.authority(reference.WGS84))
            pyogrio.write_dataframe(frame, self._path, layer="points", append=bool(self._rows))
        else:
            self._write_geojson(piece, lonlat)
        self._rows += len(piece)

    def _write_geojson(self, piece: pd.DataFrame, lonlat: np.ndarray) -> None:
        rows = json.loads(piece.to_json(orient="records", force_ascii=False))
        with self._path.open("a", encoding="utf-8") as file:
            for n, (row, (x, y)) in enumerate(zip(rows, lonlat.tolist(), strict=True)):
                place = {"type": "Point", "coordinates": [x, y]} if np.isfinite(x) else None
                head = '{"type": "FeatureCollection", "features": [' if not self._rows and not n else ","
                feature = {"type": "Feature", "geometry": place, "properties": row}
                file.write(f"{head}\n{json.dumps(feature, ensure_ascii=False)}")
