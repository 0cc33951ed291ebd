"""Geometry columns in the city's own projected CRS.

The SRID is the setting CITY_SRID, read when the model is made and left out of migrations: another city is another
setting, not other migrations.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.gis.db import models


class _InCityCrs:
    """A geometry field whose SRID is CITY_SRID, in metres on the 1 mm grid."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["srid"] = settings.CITY_SRID
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kwargs.pop("srid", None)
        return name, path, args, kwargs


class CityPointField(_InCityCrs, models.PointField):
    """A point, metres in the city's CRS."""


class CityLineField(_InCityCrs, models.LineStringField):
    """A line of one part, metres in the city's CRS."""


class CityPolygonField(_InCityCrs, models.PolygonField):
    """A polygon of one part, metres in the city's CRS."""


class CityMultiPolygonField(_InCityCrs, models.MultiPolygonField):
    """A polygon of one or several parts, metres in the city's CRS."""
