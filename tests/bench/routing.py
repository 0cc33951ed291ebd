"""How fast places find their owner: in bulk and one by one, beside geopandas, PostGIS and the ORM.

`python -m tests.bench.routing` prints the figures. The bulk figure is of a lattice of 51,480 bent cells, in seconds of
one core; the database's are of the city that is loaded, by the clock. All rivals get the same points, and their answers
are compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import django
import geopandas as gpd
import numpy as np
import shapely

from tests.spatial.lattice import bent_lattice

SET_JOIN = """
SELECT o.cell_id
FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(x, y, n)
LEFT JOIN LATERAL ({rival}) o ON true
ORDER BY p.n
"""
OUR_RULE = "SELECT cell_id FROM owner_of_point_v1(ST_SetSRID(ST_MakePoint(p.x, p.y), %s), %s)"
PLAIN = """
    SELECT v.cell_id FROM cells_cellversion v JOIN cells_cell k ON k.id = v.cell_id
    WHERE ST_Intersects(v.shape, ST_SetSRID(ST_MakePoint(p.x, p.y), %s)) AND v.until_id IS NULL AND %s > 0
    ORDER BY k.code LIMIT 1
"""


def run(small: bool) -> dict[str, Any]:
    """Points a second, microseconds a point, and the ratios of the rivals to ours."""
    django.setup()
    return {"bulk": in_bulk(small), "city": in_the_city(small)}


def in_bulk(small: bool) -> dict[str, Any]:
    """The locator beside `geopandas.sjoin` on the same lattice and points."""
    from spatial.locator import Locator

    codes, polygons = bent_lattice(70, 70) if small else bent_lattice(260, 198)
    begin = process_time()
    locator = Locator(codes, polygons)
    build_s = process_time() - begin
    xy = _points(shapely.total_bounds(polygons), 1_000_000 if small else 10_000_000)
    some = xy[: 50_000 if small else 500_000]
    cells = gpd.GeoDataFrame({"code": codes}, geometry=polygons)

    def sjoin() -> np.ndarray:
        points = gpd.GeoDataFrame(geometry=shapely.points(some))
        joined = gpd.sjoin(points, cells, predicate="intersects", how="left")
        return joined["code"].fillna("").groupby(level=0).min().to_numpy()

    theirs, sjoin_s = _best(sjoin, 1, process_time)
    ours = locator.locate_many(some)
    assert [str(locator.codes[i]) if i >= 0 else "" for i in ours] == list(theirs), "sjoin and the locator disagree"
    _, ours_s = _best(lambda: locator.locate_many(xy), 3, process_time)
    x, y = xy[0].tolist()
    _, single_s = _best(lambda: [locator.locate(x, y) for _ in range(20_000)], 3, process_time)
    per_second = len(xy) / ours_s
    return {
        "cells": len(polygons),
        "build_s": round(build_s, 2),
        "megabytes": round(locator.nbytes / 1e6, 1),
        "points": len(xy),
        "ours_per_s": round(per_second),
        "single_us": round(single_s / 20_000 * 1e6, 2),
        "sjoin_per_s": round(len(some) / sjoin_s),
        "ours_to_sjoin": round(per_second / (len(some) / sjoin_s), 1),
    }


def in_the_city(small: bool) -> dict[str, Any]:
    """Routing beside PostGIS (the exact rule and a plain ST_Intersects) and the ORM, on the city that is loaded."""
    from django.contrib.gis.geos import Point
    from django.db import connection

    from cells import routing
    from cells.models import CellVersion, Edition

    if not Edition.objects.published().exists():
        raise SystemExit("No city is loaded: run manage.py demo_city first.")
    ground = routing.ground()
    xy = _points(ground.locator.bounds, 3_000 if small else 50_000)

    def ours() -> np.ndarray:
        return ground.route_many(xy, crs="CITY").cell_ids()

    def owners_only() -> np.ndarray:
        index = ground.locator.locate_many(xy)
        return np.where(index >= 0, ground.cell_ids[index], -1)

    def set_join(rival: str) -> np.ndarray:
        with connection.cursor() as cursor:
            lists = [xy[:, 0].tolist(), xy[:, 1].tolist()]
            cursor.execute(SET_JOIN.format(rival=rival), [*lists, ground.srid, ground.edition])
            return np.array([-1 if r[0] is None else r[0] for r in cursor.fetchall()])

    def orm(places: np.ndarray) -> list[int]:
        edition = Edition.objects.in_force()
        found = []
        for x, y in places.tolist():
            version = (
                CellVersion.objects.of_edition(edition)
                .filter(shape__intersects=Point(x, y, srid=ground.srid))
                .order_by("cell__code")
                .first()
            )
            found.append(version.cell_id if version else -1)
        return found

    few = xy[: 200 if small else 1_000]
    mine, ours_s = _best(ours, 3)
    owners, owners_s = _best(owners_only, 3)
    exact, exact_s = _best(lambda: set_join(OUR_RULE), 1)
    plain, plain_s = _best(lambda: set_join(PLAIN), 1)
    one_by_one, orm_s = _best(lambda: orm(few), 1)
    assert np.array_equal(mine, owners), "owner and explanation disagree"
    assert np.array_equal(mine, exact), "Python and SQL disagree"
    assert np.array_equal(mine, plain), "the plain join disagrees"
    assert one_by_one == mine[: len(few)].tolist(), "the ORM disagrees"
    x, y = xy[0].tolist()
    _, explain_s = _best(lambda: [ground.explain(x, y) for _ in range(1_000)], 3, process_time)
    _, route_s = _best(lambda: [routing.route(x, y, crs="CITY") for _ in range(200)], 3)
    rates = {
        "ours": len(xy) / ours_s,
        "postgis_exact": len(xy) / exact_s,
        "postgis_plain": len(xy) / plain_s,
        "orm_one_by_one": len(few) / orm_s,
    }
    return {
        "cells": len(ground.locator),
        "points": len(xy),
        "owners_per_s": round(len(xy) / owners_s),
        "owners_to_postgis_plain": round(plain_s / owners_s, 1),
        "owners_to_orm_one_by_one": round(len(xy) / owners_s / (len(few) / orm_s)),
        **{f"{name}_per_s": round(rate) for name, rate in rates.items()},
        **{f"ours_to_{name}": round(rates["ours"] / rate, 1) for name, rate in rates.items() if name != "ours"},
        "explain_us": round(explain_s / 1_000 * 1e6, 1),
        "route_with_edition_check_us": round(route_s / 200 * 1e6, 1),
    }


def _points(bounds: Any, count: int) -> np.ndarray:
    west, south, east, north = bounds
    return np.rint(np.random.default_rng(1).uniform((west, south), (east, north), (count, 2)) * 1000) / 1000.0


def _best(work: Callable[[], Any], times: int, clock: Callable[[], float] = perf_counter) -> tuple[Any, float]:
    """What the work gives, and its shortest seconds by the clock or of one core."""
    best, answer = float("inf"), None
    for _ in range(times):
        begin = clock()
        answer = work()
        best = min(best, clock() - begin)
    return answer, best


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
    print(json.dumps(run("--small" in sys.argv), indent=1))
