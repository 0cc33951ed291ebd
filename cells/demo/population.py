"""People of the demo city: by community, from the floors of its dwellings; made up, and plausible."""

from __future__ import annotations

import numpy as np
import shapely
from django.db import transaction

from cells.demo.city import DemoCity
from cells.models import Population
from spatial.postgis.convert import to_geos

# Square metres of floor a person in dwellings, and the share of floors that somebody lives on, by kind of building.
FLOOR_M2 = 38.0
LIVED_IN = {"towers": 0.85, "slabs": 0.85, "old_quarter": 0.8, "village": 0.6, "shops": 0.2}
_OTHER = 0.01  # hospitals, schools, works: who sleeps there
SOURCE = "made up for the demo city"


@transaction.atomic
def write_population(city: DemoCity, *, year: int) -> int:
    """The people of each community in one year, to ten; how many in all."""
    buildings = city.buildings
    shapes = buildings["shape"].to_numpy()
    floors = np.maximum(np.nan_to_num(buildings["floors"].to_numpy(np.float64)), 1.0)
    lived = np.array([LIVED_IN.get(str(kind), _OTHER) for kind in buildings["kind"]])
    people = shapely.area(shapes) * floors * lived / FLOOR_M2
    communities = city.areas[city.areas["level"] == "community"]
    middles = shapely.point_on_surface(shapes)
    at, of = shapely.STRtree(middles).query(communities["shape"].to_numpy(), predicate="intersects")
    in_all = np.round(np.bincount(at, people[of], minlength=len(communities)), -1)
    outlines = [to_geos(shapely.multipolygons(shapely.get_parts(shape))) for shape in communities["shape"]]
    rows = [
        Population(code=code, year=year, people=count, source=SOURCE, shape=shape)
        for code, count, shape in zip(communities["code"], in_all.tolist(), outlines, strict=True)
    ]
    Population.objects.bulk_create(rows)
    return int(in_all.sum())
