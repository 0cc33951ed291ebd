"""Half an hour of intake over HTTP with two workers: errors, memory of the workers, latency from minute to minute.

`python -m tests.bench --only soak [--minutes N]` prints the figures. Eight operators file cases without a break, each
through the door of the hotline page; every minute the latencies of that minute and the memory of the workers are taken
down. Slopes are Theil-Sen lines over the minutes after the first fifth. Beside it stands a page that selects a row by
its key, asked by a ninth line all the while: what the machine itself does in that time slows both.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import theilslopes

from tests.bench._city import a_person, cookies_of, in_a_city

MINUTES, SMALL_MINUTES = 30.0, 1.0
LINES, WARMING = 8, 0.2
EVERY_S = {True: 5.0, False: 60.0}


def run(small: bool, *, minutes: float | None = None) -> dict[str, Any]:
    """Errors, cases, first and last of latency and memory, and how much they grow."""
    return in_a_city("soak", cells=200 if small else 2000, small=small, minutes=minutes)


def inside(small: bool, *, minutes: float | None = None) -> dict[str, Any]:
    from django.db import connection

    from cells.models import CellVersion
    from spatial import crs
    from tests.bench import _floor_urls
    from tests.bench._server import Line, served

    with connection.cursor() as cursor:
        cursor.execute(_floor_urls.TABLE)
    shapes = list(CellVersion.objects.current().values_list("shape", flat=True)[:500])
    srid = CellVersion._meta.get_field("shape").srid
    places = crs.from_city([shape.point_on_surface.coords for shape in shapes], srid=srid).tolist()
    people = [cookies_of(a_person("operator", name=f"bench-{n}")) for n in range(LINES + 1)]
    connection.close()
    ends, every = (minutes or (SMALL_MINUTES if small else MINUTES)) * 60, EVERY_S[small]
    told: list[tuple[float, float]] = []
    floor: list[tuple[float, float]] = []
    faults: list[str] = []
    turn, stop = itertools.count(), threading.Event()

    def file(line: Line) -> None:
        while not stop.is_set():
            n = next(turn)
            lon, lat = places[n * 7 % len(places)]
            call = {
                "key": f"soak-{n}-{time.time_ns()}", "source": "hotline", "words": "路面塌陷，有车陷进去了",
                "kind": "event", "class": "0103", "lon": lon, "lat": lat, "crs": "WGS84", "accuracy": 5,
                "address": "人民路1号", "caller_name": "", "caller_telephone": f"138{n % 10**8:08d}",
                "caller_anonymous": False,
            }  # fmt: skip
            began = time.monotonic()
            _asked(line, "POST", "/api/cases", json.dumps(call).encode(), 201, faults)
            told.append((began, (time.monotonic() - began) * 1000))

    def look(line: Line) -> None:
        while not stop.is_set():
            began = time.monotonic()
            _asked(line, "GET", "/floor/select/1", b"", 200, faults)
            floor.append((began, (time.monotonic() - began) * 1000))
            stop.wait(0.2)

    memory: list[tuple[float, float]] = []
    with served() as port:
        lines = [Line(port, cookies) for cookies in people]
        lon, lat = places[0]
        for n, line in enumerate(lines):  # every worker has read the ground, and there is a row to select
            row = {"key": f"floor-{n}", "words": "x", "lon": lon, "lat": lat}
            found = line.ask("POST", "/floor/insert", json.dumps(row).encode())
            assert found[0] == 201, found
        threads = [threading.Thread(target=file, args=[line]) for line in lines[:LINES]]
        threads.append(threading.Thread(target=look, args=[lines[LINES]]))
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        while time.monotonic() - begun < ends:
            time.sleep(every)
            memory.append((time.monotonic() - begun, _workers_mb(port)))
        stop.set()
        for thread in threads:
            thread.join()
    connection.ensure_connection()
    from cases.models import Case

    return _figures(told, floor, memory, begun, every) | {
        "errors": len(faults), "first_errors": faults[:3], "cases": len(told),
        "filed": Case.objects.filter(idempotency_key__startswith="soak-").count(),
    }  # fmt: skip


def _asked(line: Any, method: str, path: str, body: bytes, status: int, faults: list[str]) -> None:
    try:
        found = line.ask(method, path, body)
    except OSError as error:
        faults.append(f"{path}: {error}")
        line._open()
        return
    if found[0] != status:
        faults.append(f"{path}: {found[0]} {found[1][:200]!r}")


def _workers_mb(port: int) -> float:
    """The proportional share of memory of the processes that serve a port, MB."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            serves = f"--port\0{port}\0".encode() in words or (
                b"multiprocessing" in words
                and f"--port\0{port}\0".encode() in Path("/proc", parent, "cmdline").read_bytes()
            )
            if serves:
                lines = (folder / "smaps_rollup").read_text().splitlines()
                total += next(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        except (OSError, StopIteration):
            continue
    return total


def _figures(
    told: list[tuple[float, float]], floor: list[tuple[float, float]], memory: list[tuple[float, float]], begun: float,
    every: float,
) -> dict[str, Any]:  # fmt: skip
    minutes = np.array([at for at, _ in memory]) / 60
    at, took = (np.array(column) for column in zip(*told, strict=True))
    floor_at, floor_took = (np.array(column) for column in zip(*floor, strict=True))
    bins = [(begun + k * every, begun + (k + 1) * every) for k in range(len(memory))]
    series = {
        "p50_ms": [_of(took, at, ends, 0.5) for ends in bins],
        "p95_ms": [_of(took, at, ends, 0.95) for ends in bins],
        "floor_p50_ms": [_of(floor_took, floor_at, ends, 0.5) for ends in bins],
        "workers_mb": [mb for _, mb in memory],
    }
    kept = slice(int(len(memory) * WARMING), None)
    found: dict[str, Any] = {"minutes": round(float(minutes[-1]), 1), "per_s": round(len(told) / memory[-1][0], 1)}
    for name, values in series.items():
        row, when = np.array(values[kept]), minutes[kept]
        slope, _, low, high = theilslopes(row, when)
        span = when[-1] - when[0]
        found[name] = {
            "first": round(values[0], 1), "after_warming": round(float(row[0]), 1), "last": round(float(row[-1]), 1),
            "grows": round(float(slope * span / np.median(row)), 4),
            "grows_95": [round(float(low * span / np.median(row)), 4), round(float(high * span / np.median(row)), 4)],
        }  # fmt: skip
    return found


def _of(took: np.ndarray, at: np.ndarray, ends: tuple[float, float], share: float) -> float:
    some = took[(at >= ends[0]) & (at < ends[1])]
    return float(np.quantile(some, share)) if len(some) else float("nan")
