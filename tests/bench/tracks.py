"""How fast tracks are taken in: points to visits, beside a plain COPY of the same points; and how that grows.

`python -m tests.bench --only tracks`. The design load is 10,000 officers with a point each 10 s: 86 M points a day. A
hundredth of that day (100 officers, 860,000 points) is taken in at three sizes, as a file, in one batch each; then a
phone's batch of six points onto a day of 3,600 of them, as it comes each minute. All inside transactions that are taken
back: the city stays as it was.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import django
import numpy as np

EVERY_S = 10.0
OF_A_DAY = 3600  # ten hours
DEVICE = "bench"


def run(small: bool) -> dict[str, Any]:
    """Points a second by size, the ratio to COPY, growth, and milliseconds of a phone's batch."""
    django.setup()
    sizes = (10_000, 20_000, 40_000) if small else (215_000, 430_000, 860_000)
    found: dict[str, Any] = {}
    warm_up()
    rates = {}
    for size in sizes:
        points = a_day(size)
        seconds, copied = taken(points), by_copy(points)
        rates[size] = seconds
        found[f"{size}"] = {
            "seconds": round(seconds, 2),
            "points_per_second": round(size / seconds),
            "copy_points_per_second": round(size / copied),
            "times_copy": round(seconds / copied, 2),
        }
    first, last = sizes[0], sizes[-1]
    # 1 is as long a point; 2 would be twice as long a point at four times the size.
    found["growth_per_point"] = round((rates[last] / last) / (rates[first] / first), 2)
    found["hours_of_86_m"] = round(rates[last] / last * 86.4e6 / 3600, 2)
    found["file"] = of_file(a_day(sizes[1]))
    found["phone"] = of_phone(20 if small else 100)
    return found


def people() -> list[int]:
    from cells.models import Person

    return list(Person.objects.order_by("pk").values_list("pk", flat=True))


def a_day(size: int) -> np.ndarray:
    """Officers on foot through cells near each other, for as many days back as the points need."""
    from django.utils import timezone

    from cases.patrols.days import microseconds, midnight
    from cases.patrols.taking import device_of
    from cells.models import CellVersion
    from spatial.tracks import POINT

    rng, who, device = np.random.default_rng(1), people(), device_of(DEVICE, "WGS84")
    middles = np.array([c.centroid.coords for c in CellVersion.objects.current().values_list("shape", flat=True)])
    today, out = timezone.localdate(), []
    for k in range(-(-size // OF_A_DAY)):
        day = today - dt.timedelta(days=20 + k // len(who))
        near = middles[np.argsort(np.hypot(*(middles - middles[rng.integers(len(middles))]).T))[:40]]
        way = near[np.lexsort((near[:, 0], np.rint(near[:, 1] / 100)))]
        way = np.vstack([way, way[::-1]])
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
        seconds = np.arange(OF_A_DAY) * EVERY_S
        points = np.empty(OF_A_DAY, POINT)
        points["person"], points["device"], points["accuracy"] = who[k % len(who)], device, 6
        points["at"] = microseconds(midnight(day)) + ((8 * 3600 + seconds) * 1e6).astype(np.int64)
        for axis, name in enumerate(("x", "y")):
            at = np.interp((seconds * 1.2) % along[-1], along, way[:, axis])
            points[name] = np.round(at + rng.normal(0, 4, OF_A_DAY), 3)
        out.append(points)
    return np.concatenate(out)[:size]


def warm_up() -> None:
    """The ground and its streets are in memory, as in a worker that runs."""
    from cases.patrols.ground import ground_and_streets, limits
    from cells.models import Edition

    ground_and_streets(Edition.objects.in_force(), limits().side_m)


def taken(points: np.ndarray) -> float:
    """Seconds to take points in, with visits, records and comparison."""
    from django.db import transaction

    from cases.patrols.comparing import compare_tracks
    from cases.patrols.taking import take

    with transaction.atomic():
        begun = perf_counter()
        take(points)
        compare_tracks()
        seconds = perf_counter() - begun
        transaction.set_rollback(True)
    return seconds


def by_copy(points: np.ndarray) -> float:
    """Seconds to COPY the same points into the same table as text, and nothing more."""
    from django.db import transaction

    from cases.patrols.days import days_of, make_days
    from cells.importing import staging

    with transaction.atomic():
        make_days(days_of(points["at"])[1])
        begun = perf_counter()
        moments = np.char.add(np.datetime_as_string(points["at"].astype("datetime64[us]")), "Z").astype(object)
        columns = {"person_id": points["person"], "at": moments, "x": points["x"], "y": points["y"]}
        columns |= {"accuracy_m": points["accuracy"], "device_id": points["device"]}
        staging.add("cases_trackpoint", columns)
        seconds = perf_counter() - begun
        transaction.set_rollback(True)
    return seconds


def of_file(points: np.ndarray) -> dict[str, Any]:
    """`import_tracks` of a CSV, twice: the second time all are duplicates."""
    import pyarrow as pa
    import pyarrow.csv
    from django.conf import settings
    from django.db import transaction

    from cases.patrols.files import Options, import_tracks
    from cells.importing.rejects import Rejects
    from cells.models import Person
    from spatial import crs

    names = dict(Person.objects.values_list("pk", "user__username"))
    degrees = crs.from_city(np.column_stack([points["x"], points["y"]]), srid=settings.CITY_SRID).round(8)
    table = pa.table(
        {
            "person": [names[int(p)] for p in points["person"]],
            "at": pa.array(points["at"].astype("datetime64[us]")).cast(pa.timestamp("us", "UTC")).cast(pa.string()),
            "lon": degrees[:, 0],
            "lat": degrees[:, 1],
            "accuracy": points["accuracy"].astype(float),
        }
    )
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "tracks.csv"
        pa.csv.write_csv(table, path)
        first = import_tracks(path, Options(), rejects=Rejects(None)).as_data()
        again = import_tracks(path, Options(), rejects=Rejects(None)).as_data()
        transaction.set_rollback(True)
    keys = ("points", "inserted", "duplicates", "visits", "points_per_second", "seconds")
    return {"first": {k: first[k] for k in keys}, "again": {k: again[k] for k in keys}}


def of_phone(batches: int) -> dict[str, Any]:
    """Milliseconds of a batch of six points onto a day that has most of its 3,600."""
    from django.db import transaction

    from cases.patrols.taking import take

    day = a_day(OF_A_DAY)
    with transaction.atomic():
        take(day[: OF_A_DAY - 6 * batches])
        times = []
        for k in range(batches):
            begun = perf_counter()
            take(day[OF_A_DAY - 6 * (batches - k) :][:6])
            times.append((perf_counter() - begun) * 1000)
        transaction.set_rollback(True)
    return {"median_ms": round(float(np.median(times)), 1), "p95_ms": round(float(np.percentile(times, 95)), 1)}
