"""PostGIS functions and operators that Django's ORM does not have, a few lines each."""

from __future__ import annotations

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import Point
from django.db import models

from spatial.postgis.fields import CityPointField


class KnnDistance(models.Func):
    """Metres from a column to a point by `<->`, the operator whose order a GiST index answers row by row."""

    function, template, arg_joiner = "", "%(expressions)s", " <-> "
    output_field = models.FloatField()

    def __init__(self, place: str, point: Point) -> None:
        super().__init__(models.F(place), models.Value(point, output_field=CityPointField()))


class Turned(models.Func):
    """A geometry with its two axes changed round, as registers that say north first want it."""

    function = "ST_FlipCoordinates"
    output_field = GeometryField()
