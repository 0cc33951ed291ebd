"""GEOS objects of Django to shapely and back, by WKB; whole columns at once where it matters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry


def to_shapely(geometry: GEOSGeometry) -> shapely.Geometry:
    """The same geometry as a shapely object (the SRID is the city's and is not carried along)."""
    return shapely.from_wkb(bytes(geometry.wkb))


def array_to_shapely(geometries: Iterable[GEOSGeometry]) -> np.ndarray:
    """(n,) object array of shapely geometries, in the order given."""
    return np.asarray(shapely.from_wkb([bytes(g.wkb) for g in geometries]), dtype=object)


def to_geos(geometry: shapely.Geometry) -> GEOSGeometry:
    """The same geometry as Django's, in the city's CRS."""
    return GEOSGeometry(memoryview(shapely.to_wkb(geometry)), srid=settings.CITY_SRID)


def to_hex_ewkb(geometries: np.ndarray) -> np.ndarray:
    """(n,) array of hex EWKB in the city's CRS: what COPY into a geometry column takes."""
    return np.asarray(shapely.to_wkb(shapely.set_srid(geometries, settings.CITY_SRID), hex=True, include_srid=True))
