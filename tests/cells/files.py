"""Files to import, written by geopandas as a city's office would: small, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.conf import settings

from tests.makers import ORIGIN


def at(x: float, y: float) -> tuple[float, float]:
    """Metres of the city from metres counted from the test's own corner."""
    return ORIGIN[0] + x, ORIGIN[1] + y


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """A rectangle, in metres from the corner."""
    return shapely.box(*at(west, south), *at(east, north))


def a_file(path: Path, shapes: list[Any], *, crs: str | int | None = None, **columns: list[Any]) -> Path:
    """Write shapes given in the city's metres, in WGS 84 unless another CRS is named; by the file's suffix."""
    frame = gpd.GeoDataFrame(columns, geometry=np.array(shapes, dtype=object), crs=settings.CITY_SRID)
    frame = frame.to_crs(crs or 4326)
    if path.suffix in (".parquet", ".geoparquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


def lonlat(*points: tuple[float, float]) -> np.ndarray:
    """(n, 2) longitude and latitude of points given in metres from the corner."""
    places = gpd.GeoSeries([shapely.Point(at(*p)) for p in points], crs=settings.CITY_SRID).to_crs(4326)
    return shapely.get_coordinates(places.values)


def a_table(path: Path, points: list[tuple[float, float]], **columns: list[Any]) -> Path:
    """Write a CSV (packed if it ends so) or a plain Parquet of points, columns `lon` and `lat` in WGS 84."""
    xy = lonlat(*points)
    frame = pd.DataFrame({**columns, "lon": xy[:, 0], "lat": xy[:, 1]})
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return path
