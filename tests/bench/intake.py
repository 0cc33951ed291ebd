"""Case intake through the service (routing, number, history, message, checks) beside a plain insert of a row.

`python -m tests.bench.intake` prints JSON for the city that is loaded.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django
import numpy as np

BATCH = 50


def run(small: bool) -> dict[str, Any]:
    """Cases a second through `intake.receive` and by a plain insert, and how many times as long the service takes.

    One after the other on one connection. History cannot be deleted, so all is done in transactions that are taken back
    at their end, each case under a savepoint; what a commit would check of the service's cases is checked one by one.
    """
    django.setup()
    from django.conf import settings
    from django.contrib.gis.geos import Point
    from django.db import connection
    from django.utils import timezone

    from cases import intake
    from cases.models import Case
    from cells import routing
    from cells.models import CellVersion

    count = 200 if small else 2000
    versions = CellVersion.objects.current().order_by("cell__code")
    step = max(1, versions.count() // 500)
    places = [version.shape.point_on_surface.coords for version in versions[::step]]
    if not places:
        raise SystemExit("No city is loaded: run manage.py demo_city first.")
    now, mark = timezone.now(), f"bench-{time.time_ns()}"
    routing.ground()

    def service(n: int) -> None:
        x, y = places[n % len(places)]
        report = intake.Report(
            source="hotline", words="路面塌陷", catalogue_class="event-0103",
            lon=x, lat=y, crs="CITY", accuracy_m=5.0, idempotency_key=f"{mark}-{n}",
        )  # fmt: skip
        intake.receive(report, by=None, at=now)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def plain(n: int) -> None:
        x, y = places[n % len(places)]
        place = Point(x, y, srid=settings.CITY_SRID)
        Case.objects.create(number=f"B{n:09d}", source_id="hotline", words="路面塌陷", place=place, reported_at=now)

    ours, floor = _timed(service, count), _timed(plain, count)
    return {
        "cases": count,
        "service_per_s": round(1 / ours.mean()),
        "service_ms_p95": round(float(np.quantile(ours, 0.95)) * 1000, 2),
        "plain_insert_per_s": round(1 / floor.mean()),
        "service_to_plain_time": round(float(ours.mean() / floor.mean()), 1),
    }


def _timed(work: Callable[[int], None], count: int) -> np.ndarray:
    """(count,) seconds of each piece of work; all of it is taken back."""
    from django.db import transaction

    took = np.empty(count)
    # In batches: a day's counter raised thousands of times in one transaction is slow in itself, and no city does that.
    for first in range(0, count, BATCH):
        with transaction.atomic():
            for n in range(first, min(first + BATCH, count)):
                began = time.perf_counter()
                with transaction.atomic():
                    work(n)
                took[n] = time.perf_counter() - began
            transaction.set_rollback(True)
    return took


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
    print(json.dumps(run(small="--small" in sys.argv), indent=2))
