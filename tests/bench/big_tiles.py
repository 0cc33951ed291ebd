"""Vector tiles of a city of 205,920 cells at every zoom, beside a page that says `SELECT 1`.

`python -m tests.bench --only big_tiles` prints milliseconds and kilobytes by zoom. A lattice in communities of 12 x 12
cells is published; tiles of the grids are asked for all over it, first of all (drawn) and once more (kept), each as a
logged-in dispatcher's request through all of the site's middleware in one process, as the page beside it, which is
asked between them. The bare round trip of `SELECT 1` by Django's cursor is told, too. Then an edition is published in
which cells have changed places: of what was kept, no tile may be answered again.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from tests.bench._city import a_person, cookies_of, in_a_city
from tests.bench.tiles import busy_tiles, tiles_at

ZOOMS = (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
SET, MOST_AT_ONCE = "grids", 60
SWAPPED = 500


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of drawn and kept tiles as multiples of `SELECT 1`, kilobytes, and how many were stale."""
    return in_a_city("big_tiles", cells=200, small=small)


def inside(small: bool) -> dict[str, Any]:
    from django.db import connection

    from cells.models import CellVersion, Edition
    from maps import tiles
    from tests.bench.refresh import _publish_swapped
    from tests.cells.lattice_city import a_lattice_city

    a_lattice_city(*((48, 24) if small else (520, 396)), side=12)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def select_1() -> None:
        with connection.cursor() as one:
            one.execute("SELECT 1")
            one.fetchone()

    ask = _asker(cookies_of(a_person("dispatcher", name="bench")))
    for warm in ("/floor/one", f"/tiles/{SET}/18/0/0.mvt") * 5:
        ask(warm)
    bare = [_ms(select_1) for _ in range(200)]
    found: dict[str, Any] = {"cells": CellVersion.objects.current().count(), "zooms": {}}
    drawn, kept, floor, sizes = [], [], [], []
    asked: list[tuple[int, int, int]] = []
    for zoom in ZOOMS:
        places = busy_tiles(zoom, 12 if small else MOST_AT_ONCE)
        asked += [(zoom, x, y) for x, y in places]
        of_zoom: dict[str, list[float]] = {"drawn": [], "kept": []}
        for x, y in places:
            floor += [ask("/floor/one") for _ in range(2)]
            for which in of_zoom:
                of_zoom[which].append(ask(f"/tiles/{SET}/{zoom}/{x}/{y}.mvt"))
            sizes.append(len(tiles.tile(SET, zoom, x, y, territory=None).body) / 1000)
        drawn += of_zoom["drawn"]
        kept += of_zoom["kept"]
        found["zooms"][str(zoom)] = {
            "tiles": len(places), "kb_most": round(max(sizes[-len(places) :]), 1),
            "drawn_p50_ms": _quantile(of_zoom["drawn"], 0.5), "drawn_p95_ms": _quantile(of_zoom["drawn"], 0.95),
            "kept_p95_ms": _quantile(of_zoom["kept"], 0.95),
        }  # fmt: skip
    asked += _round_the_cells_that_change()
    before = {key: tiles.tile(SET, *key, territory=None).etag for key in asked}
    edition = _publish_swapped(SWAPPED)
    stale = changed = 0
    for z, x, y in asked:
        now = tiles.tile(SET, z, x, y, territory=None).etag
        stale += now != tiles.drawn(SET, z, x, y, edition.number).etag
        changed += now != before[z, x, y]
    assert Edition.objects.in_force() == edition
    page_ms = _quantile(floor, 0.5)
    return found | {
        "kb_most": round(max(sizes), 1),
        "select_1_bare_p50_ms": _quantile(bare, 0.5),
        "select_1_page_p50_ms": page_ms,
        "drawn_p95_ms": _quantile(drawn, 0.95),
        "kept_p95_ms": _quantile(kept, 0.95),
        "drawn_to_page": round(_quantile(drawn, 0.95) / page_ms, 1),
        "kept_to_page": round(_quantile(kept, 0.95) / page_ms, 2),
        "tiles_changed_by_a_publish": changed,
        "stale_after_the_publish": stale,
    }


def _round_the_cells_that_change() -> list[tuple[int, int, int]]:
    """Zoom, column and row of tiles over the cells that are going to change places."""
    from django.conf import settings

    from cells.models import CellVersion
    from spatial import crs

    first = CellVersion.objects.current().order_by("community", "grid", "cell__code")[:SWAPPED]
    lonlat = crs.from_city([row.shape.centroid.coords for row in first], srid=settings.CITY_SRID)
    return [(zoom, x, y) for zoom in ZOOMS for x, y in np.unique(tiles_at(lonlat, zoom), axis=0).tolist()]


def _asker(cookies: str) -> Callable[[str], float]:
    """What asks the site for an address as a logged-in person, and tells the milliseconds."""
    from django.core import signals
    from django.core.handlers.base import BaseHandler
    from django.db import close_old_connections
    from django.test import RequestFactory
    from django.urls import set_urlconf

    from tests.bench import _floor_urls

    handler, make = BaseHandler(), RequestFactory()
    handler.load_middleware()
    # As with CITY_POOL: the connection is not a new one for each request.
    signals.request_finished.disconnect(close_old_connections)

    def ask(path: str) -> float:
        request = make.get(path, HTTP_HOST="127.0.0.1", HTTP_COOKIE=cookies)
        request.urlconf = _floor_urls.__name__
        began = perf_counter()
        response = handler.get_response(request)
        took = (perf_counter() - began) * 1000
        response.close()
        set_urlconf(None)
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status_code}")
        return took

    return ask


def _ms(do: Callable[[], object]) -> float:
    began = perf_counter()
    do()
    return (perf_counter() - began) * 1000


def _quantile(times: list[float], q: float) -> float:
    return round(float(np.quantile(times, q)), 3)
