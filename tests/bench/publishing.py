"""What publishing a plan of 500 changed cells costs in a full database, beside the naive way.

`python -m tests.bench --only publishing` prints the figures. The same plan is published twice, with few and with ten
times as many components and cases in the city; what lies on its own ground is the same both times, so that the growth
shows what depends on the city. The naive way reads every component and every open case, routes all of them by the new
edition and validates the whole coverage. All of it is one transaction that is taken back; what the commit would check
of the redrawn cases' histories is not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import django
import numpy as np
import shapely

ON_EACH = 20  # components, and cases, on each changed cell
OPEN = 0.1  # of the cases
AWAY_M = 300.0  # from the plan's ground, where the others lie: a city's rows are spread over all of it


def run(small: bool) -> dict[str, Any]:
    """Seconds at two sizes of the database, their growth, and the ratio of the naive way to ours at the larger."""
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        try:
            return _run(50 if small else 500, (10_000, 100_000) if small else (100_000, 1_000_000))
        finally:
            transaction.set_rollback(True)


def _run(cells: int, sizes: tuple[int, int]) -> dict[str, Any]:
    from django.db import transaction

    from cases.models import Case
    from cases.publishing import publish_plan
    from cells import routing
    from cells.models import Component, Edition

    rng = np.random.default_rng(1)
    plan, touched = _plan(cells, rng)
    ground = routing.ground()
    points = _points(ground, touched, rng, sizes[-1])
    out: dict[str, Any] = {"cells_of_the_city": len(ground.locator)}
    seconds, put = [], 0
    for size in sizes:
        _put_in(ground, points[put:size], put, rng)
        put = size
        _analyze()
        with transaction.atomic():
            done, ms = _timed(lambda: publish_plan(plan))
            naive = _timed(lambda: _naive(Edition.objects.in_force()))[1] if size == sizes[-1] else 0.0
            transaction.set_rollback(True)
        seconds.append(ms / 1000)
        out[f"with_{Component.objects.count()}_components_and_{Case.objects.count()}_cases"] = {
            "seconds": round(ms / 1000, 2),
            "cells": done.cells_changed + done.cells_born + done.cells_retired + done.cells_vertex_only,
            "grids": done.grids_changed,
            "components_moved": done.components_moved,
            "cases_moved": done.cases_moved,
            "cases_reowned": done.cases_reowned,
        }
    out["growth_of_time_for_10_times_the_rows"] = round(seconds[1] / seconds[0], 2)
    out["naive_seconds"] = round(naive / 1000, 2)
    out["naive_to_ours"] = round(naive / 1000 / seconds[1], 1)
    return out


def _plan(wanted: int, rng: np.random.Generator) -> tuple[Any, np.ndarray]:
    """An approved plan that changes some cells near one another, half of them over a community border; and their keys.

    Painted in one stroke; each of the others is cut in two, which gives both neighbours at the ends a vertex.
    """
    from django.utils import timezone

    from cells.models import Plan
    from cells.plans import EditRefused, apply, changes, open_plan, to_lonlat, working_cells

    plan = open_plan(title="bench")
    cells = working_cells(plan)
    with_grid = np.flatnonzero(cells.grids != 0)
    n = int(with_grid[len(with_grid) // 2])
    near = np.argsort(shapely.distance(shapely.centroid(cells.shapes), shapely.centroid(cells.shapes[n])))
    strange = near[cells.communities[near] != cells.communities[n]][: wanted // 3]
    # The communities that lose cells must keep some: the last of each.
    grid = {"grid": int(cells.grids[n]), "across": True}
    losing = np.flatnonzero(np.isin(cells.communities, cells.communities[strange]))
    keep = {int(cells.communities[k]): int(k) for k in losing}
    chosen = [int(k) for k in strange if keep[int(cells.communities[k])] != k]
    done = apply(plan, "paint", {"cells": cells.keys[chosen].tolist(), **grid}, revision=0)
    for k in near[~np.isin(near, chosen)].tolist():
        if len(changes(plan)) >= wanted:
            break
        west, south, east, north = cells.shapes[k].bounds
        line = shapely.LineString([(west - 1, (south + north) / 2), (east + 1, (south + north) / 2 + 3)])
        intent = {"cells": [int(cells.keys[k])], "line": shapely.get_coordinates(to_lonlat(line)).tolist()}
        try:
            done = apply(plan, "split", intent, revision=done.revision)
        except EditRefused:
            continue
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.APPROVED, approved_at=timezone.now())
    return plan, np.array([d.key for d in changes(plan) if d.key > 0])


def _points(ground: Any, touched: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, 2) metres: so many in the boxes of the touched cells first, the others in those of all other cells."""
    shapes, keys = ground.locator._shapes, ground.cell_ids
    changed = np.flatnonzero(np.isin(keys, touched))
    away = shapely.distance(shapes, shapely.union_all(shapely.envelope(shapes[changed]))) > AWAY_M
    others = np.flatnonzero(away)
    near = np.repeat(changed, ON_EACH)
    box = shapely.bounds(shapes[np.concatenate([near, rng.choice(others, max(0, count - len(near)))])])[:count]
    return np.round(box[:, :2] + (box[:, 2:] - box[:, :2]) * rng.uniform(0.05, 0.95, (len(box), 2)), 3)


def _put_in(ground: Any, points: np.ndarray, first: int, rng: np.random.Generator) -> None:
    """COPY a component and a case for each point, with the cell that owns it."""
    from django.db.models import Max
    from django.utils import timezone

    from cases.models import Case, CaseEvent
    from cells.models import CatalogueClass, Component, Edition
    from spatial.postgis.bulk import copy_in

    index = ground.locator.locate_many(points)
    inside = index >= 0
    points, index = points[inside], index[inside]
    edition = Edition.objects.in_force()
    serial = np.arange(first, first + len(points))
    cell, shapes = ground.cell_ids[index], shapely.points(points)
    kind = CatalogueClass.objects.in_use().components().minors()[0].pk
    codes = np.array([f"bench{n}" for n in serial], dtype=object)
    where = {"place": shapes, "cell_id": cell, "edition_id": edition.pk}
    copy_in(Component, {"code": codes, "catalogue_class_id": kind, **where})
    last = Case.objects.aggregate(last=Max("pk"))["last"] or 0
    stage = np.where(rng.random(len(points)) < OPEN, "filed", "closed").astype(object)
    pk = last + 1 + np.arange(len(points))
    now = timezone.now()
    owners = ground.area_ids("community")[index]
    case = {"id": pk, "number": codes, "source_id": "hotline", "stage": stage, "reason": "{}", "owner_id": owners}
    copy_in(Case, {**case, "reported_at": now, **where})
    is_open = pk[stage == "filed"]
    line = {"act": "file", "to_stage": "filed", "at": now, "given": "{}", "clocks": "{}"}
    copy_in(CaseEvent, {"case_id": is_open, **line})


def _naive(edition: Any) -> None:
    """Route every component and every open case anew, and validate the coverage of the whole city."""
    from django.contrib.gis.db.models.functions import AsWKB

    from cases.models import Case
    from cells.ground import Ground
    from cells.models import Component

    ground = Ground.of(edition)
    assert shapely.coverage_is_valid(ground.locator._shapes)
    for rows in (Component.objects.exclude(place=None), Case.objects.open().exclude(place=None)):
        held = rows.order_by().annotate(wkb=AsWKB("place")).values_list("cell_id", "wkb")
        cells, places = zip(*held.iterator(chunk_size=50_000), strict=True)
        xy = shapely.get_coordinates(shapely.from_wkb([bytes(p) for p in places]))
        index = ground.locator.locate_many(xy)
        owner = np.where(index >= 0, ground.cell_ids[np.maximum(index, 0)], -1)
        np.count_nonzero(owner != np.array([c or -1 for c in cells]))


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cells_component; ANALYZE cases_case; ANALYZE cells_cellversion")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = perf_counter()
    found = work()
    return found, (perf_counter() - begin) * 1000
