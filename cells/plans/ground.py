"""What lies on the ground where a plan is drawn: streets, shores, buildings in a box of metres."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Polygon

from cells.models import Building, Street, Water
from cells.plans.working import Box
from spatial.ground import WATER_MIN_M2, Ground
from spatial.partition import Ints, Shapes, as_shapes

BORDER_CLASSES = (1, 2, 3)  # a compound road bars nobody's way
ALL_CLASSES = (1, 2, 3, 4)


def streets(box: Box, classes: Iterable[int] = BORDER_CLASSES) -> tuple[Shapes, Ints]:
    """Centre lines of the streets whose boxes meet a box, and their classes."""
    met = Street.objects.filter(shape__bboverlaps=_polygon(box), street_class__in=list(classes))
    rows = list(met.annotate(wkb=AsWKB("shape")).order_by("pk").values_list("wkb", "street_class"))
    return _shapes([wkb for wkb, _ in rows]), np.array([k for _, k in rows], dtype=np.int64)


def shores(box: Box) -> Shapes:
    """Shores of the waters whose boxes meet a box; ponds are walked round."""
    waters = _in_box(Water, box)
    return as_shapes(shapely.boundary(waters[shapely.area(waters) >= WATER_MIN_M2]))


def ground_in(box: Box, classes: Iterable[int] = ALL_CLASSES) -> Ground:
    """All that a division looks at."""
    lines, line_class = streets(box, classes)
    return Ground(lines, line_class, _in_box(Water, box), _in_box(Building, box))


def _in_box(layer: type[Water] | type[Building], box: Box) -> Shapes:
    met = layer.objects.filter(shape__bboverlaps=_polygon(box)).annotate(wkb=AsWKB("shape"))
    return _shapes(list(met.order_by("pk").values_list("wkb", flat=True)))


def _shapes(wkb: list[Any]) -> Shapes:
    return np.asarray(shapely.from_wkb([bytes(w) for w in wkb]), dtype=object)


def _polygon(box: Box) -> Polygon:
    polygon = Polygon.from_bbox(box)
    polygon.srid = settings.CITY_SRID
    return polygon
