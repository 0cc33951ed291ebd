"""Cells of a plan for the browser: longitude and latitude with ten decimals, which come back to the same millimetre."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from cells.plans.changed import Difference
from cells.plans.working import Cells
from spatial.crs import from_city

DECIMALS = 10


def to_lonlat(shapes: Any) -> Any:
    """Shapes in metres as the same in WGS 84."""
    return shapely.transform(shapes, lambda xy: np.round(from_city(xy, srid=settings.CITY_SRID), DECIMALS))


def geometry(shape: Any) -> dict[str, Any]:
    """One shape in metres as a GeoJSON geometry."""
    return dict(shapely.geometry.mapping(to_lonlat(shape)))


def place(pair: tuple[float, float]) -> tuple[float, float] | None:
    """One place in metres as longitude and latitude; None where there is none."""
    lonlat = np.round(from_city([pair], srid=settings.CITY_SRID), DECIMALS)[0]
    return (float(lonlat[0]), float(lonlat[1])) if np.isfinite(lonlat).all() else None


def features(cells: Cells, differences: Iterable[Difference] = ()) -> dict[str, Any]:
    """Cells as a GeoJSON FeatureCollection; `id` is the key. `differences` say whose they were in the base edition."""
    found, before = [], {d.key: d for d in differences}
    for n, shape in enumerate(to_lonlat(cells.shapes)):
        found.append(
            {
                "type": "Feature",
                "id": int(cells.keys[n]),
                "geometry": shapely.geometry.mapping(shape),
                "properties": {
                    "key": int(cells.keys[n]),
                    "code": cells.codes[n],
                    "community": int(cells.communities[n]),
                    "grid": int(cells.grids[n]) or None,
                    "area_m2": round(float(cells.shapes[n].area), 3),
                    "touched": cells.touched[n],
                    **_before(cells, n, before.get(int(cells.keys[n]))),
                },
            }
        )
    return {"type": "FeatureCollection", "features": found}


def _before(cells: Cells, n: int, difference: Difference | None) -> dict[str, Any]:
    """Whose a cell was, and whether it changes hands; a cell without a difference is as it was."""
    if difference is None:
        grid, community = int(cells.grids[n]) or None, int(cells.communities[n])
        return {"grid_before": grid, "community_before": community, "changes_hands": False}
    return {
        "grid_before": difference.grid_before or None,
        "community_before": difference.community_before,
        "changes_hands": difference.changes_hands,
    }
