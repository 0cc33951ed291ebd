"""The gaps as GeoJSON, a feature a cell, for files; and as columns, without shapes, for a page that has those already.

Places are longitude and latitude (WGS 84).
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB

from cases.gaps.finding import Gaps, Known, Layer
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


def columns(found: Gaps) -> dict[str, list[Any]]:
    """The cells by code as columns of one length; `id` is the number by which tiles know a cell.

    `known` is a position in `Known`, `layers` a sum of 2 to the positions in `Layer`; `at` the centroid's degrees as
    whole millionths, longitude and latitude one after the other; `age` the days since the last walk, -1 for none;
    `share` whole per cents of the patrols' share and its interval, None where there is none; `team` whole metres, -1
    for no team.
    """
    cells = found.cells
    known, bits = {k: i for i, k in enumerate(Known)}, {layer: 1 << i for i, layer in enumerate(Layer)}
    xy = np.array([(one.x, one.y) for one in cells], np.float64).reshape(-1, 2)
    at = np.rint(reference.from_city(xy, srid=settings.CITY_SRID) * 1e6).astype(np.int64) if cells else xy
    return {
        "id": [one.cell for one in cells],
        "code": [one.code for one in cells],
        "community": [one.community for one in cells],
        "grid": [one.grid for one in cells],
        "at": at.ravel().tolist(),
        "known": [known[one.known] for one in cells],
        "layers": [sum(bits[layer] for layer in one.layers) for one in cells],
        "age": [-1 if one.age_days is None else one.age_days for one in cells],
        "reports": [one.reports for one in cells],
        "long_found": [one.long_found for one in cells],
        "long_told": [one.long_told for one in cells],
        "share": [one.share and [round(part * 100) for part in one.share] for one in cells],
        "over_limit": [one.over_limit for one in cells],
        "surveyed": [one.surveyed_on and one.surveyed_on.isoformat() for one in cells],
        "team": [-1 if one.team_m is None else round(one.team_m) for one in cells],
    }
