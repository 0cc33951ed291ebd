"""The gaps as GeoJSON: a feature a cell, longitude and latitude (WGS 84), with all that is known of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB

from cases.gaps.finding import Gaps
from cells.models import CellVersion
from spatial import crs as reference


def collection(found: Gaps) -> dict[str, Any]:
    """A feature collection of all cells told, by code; the figures stand beside (`figures`)."""
    shapes = dict(
        CellVersion.objects.of_edition(found.edition).annotate(wkb=AsWKB("shape")).values_list("cell_id", "wkb")
    )
    drawn = np.asarray(shapely.from_wkb([bytes(shapes[one.cell]) for one in found.cells]), dtype=object)
    lonlat = shapely.transform(drawn, lambda xy: np.round(reference.from_city(xy, srid=settings.CITY_SRID), 9))
    geometries = shapely.to_geojson(lonlat)
    return {
        "type": "FeatureCollection",
        "figures": found.as_data(),
        "features": [
            {
                "type": "Feature",
                "id": one.code,
                "geometry": json.loads(geometry),
                "properties": {
                    "code": one.code,
                    "class": str(one.known),
                    "layers": [str(layer) for layer in one.layers],
                    "walked_on": one.walked_on and one.walked_on.isoformat(),
                    "age_days": one.age_days,
                    "reports": one.reports,
                    "patrol_finds": one.found,
                    "citizens_reports": one.told,
                    "patrols_share": one.share and [round(part, 4) for part in one.share],
                    "over_limit": one.over_limit,
                    "surveyed_on": one.surveyed_on and one.surveyed_on.isoformat(),
                    "team_m": None if one.team_m is None else round(one.team_m, 1),
                },
            }
            for one, geometry in zip(found.cells, geometries, strict=True)
        ],
    }
