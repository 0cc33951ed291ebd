"""A new edition under load: how long a question about a place waits while each process makes its ground anew.

`python -m tests.bench --only refresh` prints the figures. A lattice of 51,480 cells is served by two workers; callers
ask `GET /api/route` without a break, and 500 cells change their shapes by a publish. Every question asked after the
publish must be answered by the new edition, and rightly: the owner is compared with that which the new shapes say.
Beside it, what the first caller would wait for if he had to wait for the ground; and the locator of 205,920 cells.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from typing import Any

import numpy as np
import shapely

from tests.bench._city import in_a_city

CALLERS, CHANGED = 4, 500
BEFORE_S, AFTER_S = 4.0, 12.0


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of the answers before, during and after, and how many were wrong; the locator at 205,920 cells."""
    return in_a_city("refresh", cells=200, small=small) | {"locator": of_locator(small)}


def of_locator(small: bool) -> dict[str, Any]:
    """Seconds of one core to build the locator of a city four times as large as a big one, and its megabytes; then
    milliseconds to amend it by 50, 500 and 5,000 cells that change places with others all over the city."""
    from spatial.amended import Amended
    from spatial.locator import Locator
    from tests.spatial.lattice import bent_lattice

    codes, polygons = bent_lattice(100, 100) if small else bent_lattice(520, 396)
    began = time.process_time()
    locator = Locator(codes, polygons)
    build = time.process_time() - began
    west, south, east, north = locator.bounds
    xy = np.random.default_rng(1).uniform((west, south), (east, north), (2_000_000, 2))
    locator.locate_many(xy[:1000])
    began = time.process_time()
    locator.locate_many(xy)
    rate = len(xy) / (time.process_time() - began)
    amended: dict[str, Any] = {}
    for count in (50, 500, 5000):
        took = []
        chosen = np.linspace(0, len(locator) - 1, count).astype(int)
        turned = np.roll(chosen, 1)
        for _ in range(5):
            began = time.process_time()
            one = Amended(locator, chosen, locator.codes[chosen], locator._shapes[turned])
            took.append((time.process_time() - began) * 1000)
        began = time.process_time()
        one.locate_many(xy)
        amended[str(count)] = {
            "ms": round(float(np.median(took)), 1),
            "places_per_s": round(len(xy) / (time.process_time() - began)),
            "more_megabytes": round((one.nbytes - locator.nbytes) / 1e6, 1),
        }
    return {
        "cells": len(locator), "build_s": round(build, 2), "megabytes": round(locator.nbytes / 1e6),
        "places_per_s": round(rate), "amended": amended,
    }  # fmt: skip


def inside(small: bool) -> dict[str, Any]:
    from django.db import connection

    from cells.ground import Ground
    from cells.models import Edition
    from tests.bench._server import Line, served
    from tests.cells.lattice_city import a_lattice_city

    a_lattice_city(*((40, 24) if small else (260, 198)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    began = time.perf_counter()
    old = Ground.of(Edition.objects.in_force())
    ground_s = time.perf_counter() - began
    lonlat, names = _places(old)
    connection.close()
    told: list[tuple[float, float, int, str, int]] = []
    turn, stop, broke = itertools.count(), threading.Event(), []

    def ask(line: Line) -> None:
        try:
            while not stop.is_set():
                n = next(turn) % len(lonlat)
                asked = time.perf_counter()
                status, body = line.ask("GET", f"/api/route?lon={lonlat[n][0]:.7f}&lat={lonlat[n][1]:.7f}")
                if status != 200:
                    raise RuntimeError(f"{status}: {body[:200]!r}")
                found = json.loads(body)
                told.append((asked, time.perf_counter() - asked, found["edition"], found["cell"] or "", n))
        except BaseException as error:
            broke.append(error)

    with served() as port:
        lines = [Line(port) for _ in range(CALLERS)]
        for line in lines * 4:  # both workers have a ground
            line.ask("GET", f"/api/route?lon={lonlat[0][0]:.7f}&lat={lonlat[0][1]:.7f}")
        threads = [threading.Thread(target=ask, args=[line]) for line in lines]
        for thread in threads:
            thread.start()
        time.sleep(BEFORE_S)
        begun = time.perf_counter()  # what the publisher takes of this process slows its askers
        edition = _publish_swapped(min(CHANGED, len(names) // 4))
        published = time.perf_counter()
        time.sleep(AFTER_S)
        stop.set()
        for thread in threads:
            thread.join()
    if broke:
        raise broke[0]
    began = time.perf_counter()
    Ground.after(old, edition)
    after_s = time.perf_counter() - began
    new = Ground.of(edition)
    about = {"callers": CALLERS, "cells": len(names), "changed": min(CHANGED, len(names) // 4)}
    about |= {"after_ms": round(after_s * 1000, 1), "whole_to_after": round(ground_s / after_s, 1)}
    return about | _figures(told, (begun, published), ground_s, edition.number, new, lonlat)


def _figures(
    told: list[Any], publish: tuple[float, float], ground_s: float, number: int, new: Any, lonlat: list[list[float]]
) -> dict[str, Any]:
    begun, published = publish
    asked, took, editions = (np.array([one[k] for one in told]) for k in (0, 1, 2))
    took = took * 1000
    right = [new.locator.locate(*new.to_metres(lon, lat, "WGS84")) for lon, lat in lonlat]
    codes = [str(new.locator.codes[i]) if i >= 0 else "" for i in right]
    after = asked > published
    during = after & (asked < published + 2 * ground_s + 1)
    wrong = sum(1 for one, late in zip(told, after, strict=True) if late and one[3] != codes[one[4]])

    def of(which: np.ndarray) -> dict[str, float]:
        some = took[which]
        return {
            "answers": int(which.sum()), "p50_ms": round(float(np.median(some)), 1),
            "p99_ms": round(float(np.quantile(some, 0.99)), 1), "most_ms": round(float(some.max()), 1),
        }  # fmt: skip

    before, meanwhile = of(asked < begun - 0.2), of(during)
    return {
        "ground_s": round(ground_s, 2),
        "before": before,
        "while_it_is_made": meanwhile,
        "longest_wait_grows_by_ms": round(meanwhile["most_ms"] - before["most_ms"], 1),
        "after": of(after & ~during),
        "old_editions_after_the_publish": int((after & (editions != number)).sum()),
        "wrong_after_the_publish": wrong,
    }


def _places(ground: Any) -> tuple[list[list[float]], list[str]]:
    from django.conf import settings

    from spatial import crs

    west, south, east, north = ground.locator.bounds
    xy = np.random.default_rng(3).uniform((west, south), (east, north), (5000, 2))
    return crs.from_city(xy, srid=settings.CITY_SRID).tolist(), ground.locator.codes.tolist()


def _publish_swapped(count: int) -> Any:
    """Publish an edition in which neighbours of one community have changed places: `count` cells with other shapes."""
    from django.db import transaction

    from cells import editions
    from cells.models import CellVersion

    with transaction.atomic():
        draft = editions.open_draft(label="swapped")
        rows = list(CellVersion.objects.current().order_by("community", "grid", "cell__code"))
        pairs = [
            (a, b) for a, b in itertools.pairwise(rows) if (a.community_id, a.grid_id) == (b.community_id, b.grid_id)
        ]
        used: set[int] = set()
        fresh: list[CellVersion] = []
        for a, b in pairs:
            if len(fresh) >= count:
                break
            if not used & {a.pk, b.pk}:
                used |= {a.pk, b.pk}
                fresh += [_like(a, b, draft), _like(b, a, draft)]
        CellVersion.objects.filter(pk__in=used).update(until=draft)
        CellVersion.objects.bulk_create(fresh)
        assert shapely.is_valid(shapely.from_wkb([bytes(v.shape.wkb) for v in fresh])).all()
        return editions.publish()


def _like(cell: Any, shape: Any, draft: Any) -> Any:
    return type(cell)(
        cell_id=cell.cell_id, since=draft, community_id=cell.community_id, grid_id=cell.grid_id, shape=shape.shape,
        area_m2=shape.area_m2, perimeter_m=shape.perimeter_m,
    )  # fmt: skip
