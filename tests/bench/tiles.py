"""How long vector tiles take beside the plain way: the same ground as GeoJSON through the ORM, serialised by Django.

`python -m tests.bench.tiles` prints milliseconds and kilobytes by zoom, of the city that is loaded. Both sides answer
the same tiles with the same rows from the same indexes; caches of tiles are left out.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import django
import numpy as np

ZOOMS = {"small": (12, 14, 16), "full": (9, 10, 11, 12, 13, 14, 15, 16, 17)}
TILES = {"small": 12, "full": 60}
# Far out the plain way sends everything at full detail: a tile takes seconds, and one is enough to see it.
RIVAL_FROM_ZOOM = 13


def run(small: bool) -> dict[str, Any]:
    """Milliseconds and kilobytes of our tiles by zoom, and the ratios of the plain way to ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
    django.setup()
    size = "small" if small else "full"
    result: dict[str, Any] = {"zooms": {}}
    ratios_ms, ratios_kb = [], []
    for zoom in ZOOMS[size]:
        places = busy_tiles(zoom, TILES[size])
        ours = _timed(our_tile, zoom, places)
        row: dict[str, Any] = {"tiles": len(places), **{f"ours_{k}": v for k, v in ours.items()}}
        if zoom >= RIVAL_FROM_ZOOM:
            rival = _timed(geojson_tile, zoom, places[:: max(1, len(places) // 12)])
            same = _timed(our_tile, zoom, places[:: max(1, len(places) // 12)])
            row |= {f"geojson_{k}": v for k, v in rival.items()}
            ratios_ms.append(rival["ms_mean"] / same["ms_mean"])
            ratios_kb.append(rival["kb_mean"] / same["kb_mean"])
        result["zooms"][zoom] = row
    result["geojson_to_ours_time"] = round(statistics.geometric_mean(ratios_ms), 1)
    result["geojson_to_ours_size"] = round(statistics.geometric_mean(ratios_kb), 1)
    return result


def busy_tiles(zoom: int, most: int) -> list[tuple[int, int]]:
    """Tiles of a zoom that hold ground, spread evenly over the city; the fullest (by cells) is among them."""
    from cells.models import CellVersion
    from spatial import crs

    found = CellVersion.objects.current().order_by("cell__code").values_list("shape", flat=True)
    middles = np.array([shape.centroid.coords for shape in found.iterator(chunk_size=5000)])
    if not len(middles):
        raise SystemExit("No city is loaded: run manage.py demo_city first.")
    lonlat = crs.from_city(middles, srid=found.model._meta.get_field("shape").srid)
    tiles, cells = np.unique(tiles_at(lonlat, zoom), axis=0, return_counts=True)
    chosen = np.unique(np.linspace(0, len(tiles) - 1, most).round().astype(int)) if len(tiles) > most else slice(None)
    picked = {tuple(int(v) for v in t) for t in tiles[chosen]} | {tuple(int(v) for v in tiles[cells.argmax()])}
    return sorted(picked)


def tiles_at(lonlat: np.ndarray, zoom: int) -> np.ndarray:
    """(n, 2) columns and rows of the tiles that hold places (n, 2) of degrees."""
    lon, lat = lonlat.T
    count = 2**zoom
    x = np.floor((lon + 180) / 360 * count).astype(int)
    y = np.floor((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * count).astype(int)
    return np.column_stack([x, y])


def our_tile(zoom: int, x: int, y: int) -> int:
    """Bytes of the ground and the grids of a tile, made anew."""
    from cells.models import Edition
    from maps import tiles

    edition = Edition.objects.in_force().number
    return sum(len(tiles.drawn(name, zoom, x, y, edition).body) for name in ("ground", "grids"))


def geojson_tile(zoom: int, x: int, y: int) -> int:
    """Bytes of the same rows as GeoJSON features, gzipped like ours."""
    from django.core.serializers import serialize

    from cells.models import Building, CellVersion, Green, GridVersion, Street, Water
    from spatial.crs import WEB_MERCATOR

    box = _bounds(zoom, x, y)
    of_shape = [
        (Street.objects.all(), ("street_class", "name_zh", "name_en")),
        (Water.objects.all(), ("kind", "name_zh", "name_en")),
        (Green.objects.all(), ("kind", "name_zh", "name_en")),
        (Building.objects.all(), ("kind", "floors")),
        (CellVersion.objects.current(), ("cell", "community", "grid")),
        (GridVersion.objects.current(), ("grid", "name_zh", "name_en")),
    ]
    total = 0
    for rows, fields in of_shape:
        found = rows.filter(shape__bboverlaps=box)
        text = serialize("geojson", found, geometry_field="shape", fields=("shape", *fields), srid=WEB_MERCATOR)
        total += len(gzip.compress(text.encode(), 3))
    return total


def _bounds(zoom: int, x: int, y: int) -> Any:
    from django.conf import settings
    from django.contrib.gis.geos import Polygon

    from spatial.crs import WEB_MERCATOR

    half = 20_037_508.342789244
    side = 2 * half / 2**zoom
    box = Polygon.from_bbox((x * side - half, half - (y + 1) * side, (x + 1) * side - half, half - y * side))
    box.srid = WEB_MERCATOR
    return box.transform(settings.CITY_SRID, clone=True)


def _timed(make: Callable[[int, int, int], int], zoom: int, places: list[tuple[int, int]]) -> dict[str, float]:
    make(zoom, *places[0])
    times, sizes = [], []
    for x, y in places:
        begin = perf_counter()
        sizes.append(make(zoom, x, y) / 1000)
        times.append((perf_counter() - begin) * 1000)
    return {
        "ms_p50": round(float(np.median(times)), 1),
        "ms_p95": round(float(np.quantile(times, 0.95)), 1),
        "ms_mean": round(float(np.mean(times)), 2),
        "kb_p50": round(float(np.median(sizes)), 1),
        "kb_max": round(max(sizes), 1),
        "kb_mean": round(float(np.mean(sizes)), 2),
    }


if __name__ == "__main__":
    print(json.dumps(run("--small" in sys.argv), indent=1))
