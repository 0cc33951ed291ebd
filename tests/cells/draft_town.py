"""The small made-up town of the division's tests, imported into a draft edition."""

from __future__ import annotations

import numpy as np
import shapely

from cells.editions import open_draft
from cells.models import Building, Edition, Grid, GridVersion, Street
from spatial.postgis.convert import to_geos
from tests.spatial.town import Town


def multi(shape):
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def a_grid(edition: Edition, level: str, code: str, parent: Grid | None, shape, name: str) -> Grid:
    grid = Grid.objects.create(level_id=level, code=code)
    GridVersion.objects.create(
        grid=grid, since=edition, parent=parent, name_zh=name, name_en=name, shape=to_geos(multi(shape)),
        area_m2=shape.area,
    )  # fmt: skip
    return grid


def a_draft(outlines, *, town_size: int = 3) -> Edition:
    """City, district, towns of `town_size` communities each, 990101001001 onwards."""
    edition = open_draft(label="import")
    whole = shapely.union_all(outlines)
    city = a_grid(edition, "city", "9901", None, whole, "Town")
    district = a_grid(edition, "district", "990101", city, whole, "District")
    for first in range(0, len(outlines), town_size):
        part = outlines[first : first + town_size]
        number = first // town_size + 1
        town = a_grid(edition, "town", f"990101{number:03d}", district, shapely.union_all(part), f"Town {number}")
        for k, outline in enumerate(part):
            code = f"990101{number:03d}{k + 1:03d}"
            a_grid(edition, "community", code, town, outline, f"Community {number}.{k + 1}")
    return edition


def a_draft_of(town: Town) -> Edition:
    """The town's ground in the base layers, its communities in the draft, from west to east."""
    Street.objects.bulk_create(
        [
            Street(street_class=int(k), shape=to_geos(s))
            for s, k in zip(town.ground.streets, town.ground.street_class, strict=True)
        ]
    )
    Building.objects.bulk_create([Building(shape=to_geos(multi(b))) for b in town.ground.buildings])
    return a_draft(in_order(town))


def in_order(town: Town) -> np.ndarray:
    """The town's communities from west to east."""
    return town.communities[np.argsort(shapely.get_x(shapely.centroid(town.communities)))]
