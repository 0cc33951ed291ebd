"""The hall's wall display for ten minutes: does a page that is never loaded again grow?

`python -m tests.bench --only hall [--minutes 10]` prints the figures. A real Chromium shows `/leader/?hall=1`; every
few seconds a case is reported through the door of the hotline and the page shows itself anew, so that a few minutes
hold as many refreshes as hours on the wall. After each garbage collection: heap of the page, DOM nodes, listeners,
and the memory of all of Chromium's processes (their proportional share). Slopes are Theil and Sen's, the first fifth
left out: a browser fills its caches once. What a week on the wall would add is told beside, at its one refresh a
minute.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import theilslopes

from tests.bench._city import a_person, cookies_of, in_a_city

MINUTES, SMALL_MINUTES = 10.0, 1.0
EVERY_S = 5.0
WARMING = 0.2
WEEK_REFRESHES = 7 * 24 * 60
# What a week may add before the verdict is that the page grows: MB, nodes, listeners.
MOST_A_WEEK = {"heap_mb": 100.0, "nodes": 2000.0, "listeners": 500.0, "chromium_mb": 500.0}
SHOWN = "document.documentElement.dataset.leader === 'shown' && document.documentElement.dataset.map === 'idle'"


def run(small: bool, *, minutes: float | None = None) -> dict[str, Any]:
    """First, last and slope of each figure, and the verdict."""
    return in_a_city("hall", cells=200 if small else 2000, small=small, minutes=minutes)


def inside(small: bool, *, minutes: float | None = None) -> dict[str, Any]:
    from django.db import connection
    from playwright.sync_api import sync_playwright

    from tests.bench._server import Line, expect, served

    leader, operator = cookies_of(a_person("leader", name="wall")), cookies_of(a_person("operator", name="desk"))
    places = _places()
    connection.close()
    ends = (minutes or (SMALL_MINUTES if small else MINUTES)) * 60
    rows: list[dict[str, float]] = []
    with served() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
        )
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        pairs = [pair.split("=", 1) for pair in leader.split("; ")]
        context.add_cookies([{"name": n, "value": v, "url": f"http://127.0.0.1:{port}"} for n, v in pairs])
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/leader/?hall=1")
        give_up = time.monotonic() + 120
        while not page.evaluate(SHOWN):  # the page's policy lets nothing be waited for by text
            if time.monotonic() > give_up:
                raise RuntimeError(f"The page is not shown: {faults}")
            page.wait_for_timeout(200)
        tools = context.new_cdp_session(page)
        tools.send("Performance.enable")
        desk = Line(port, operator)
        begun = time.monotonic()
        while time.monotonic() - begun < ends:
            expect(desk.ask("POST", "/api/cases", _case(places, len(rows))), 201)
            page.evaluate("wanmi.refresh()")
            rows.append(_sample(tools, time.monotonic() - begun))
            page.wait_for_timeout(max(EVERY_S - (time.monotonic() - begun) % EVERY_S, 0.1) * 1000)
        shown = int(page.evaluate("document.documentElement.dataset.leaderTimes"))
        browser.close()
    return _told(rows, shown, faults)


def _places() -> list[list[float]]:
    from cells.models import CellVersion
    from spatial import crs

    shapes = list(CellVersion.objects.current().values_list("shape", flat=True)[:500])
    srid = CellVersion._meta.get_field("shape").srid
    places: list[list[float]] = crs.from_city([s.point_on_surface.coords for s in shapes], srid=srid).tolist()
    return places


def _case(places: list[list[float]], n: int) -> bytes:
    lon, lat = places[n * 7 % len(places)]
    return json.dumps({
        "key": f"hall-{n}-{time.time_ns()}", "source": "hotline", "words": "路面塌陷", "kind": "event", "class": "0103",
        "lon": lon, "lat": lat, "crs": "WGS84", "accuracy": 5, "address": "", "caller_name": "",
        "caller_telephone": "13800000000", "caller_anonymous": False,
    }).encode()  # fmt: skip


def _sample(tools: Any, seconds: float) -> dict[str, float]:
    tools.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    return {
        "minutes": seconds / 60,
        "heap_mb": told["JSHeapUsedSize"] / 1e6,
        "nodes": told["Nodes"],
        "listeners": told["JSEventListeners"],
        "chromium_mb": _chromium_mb(),
    }


def _chromium_mb() -> float:
    """The proportional share of memory of Chromium's processes that this one has begun, MB."""
    parents, mine, total = {}, {os.getpid()}, 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it ended meanwhile
    grown = True
    while grown:
        more = {child for child, parent in parents.items() if parent in mine} - mine
        mine |= more
        grown = bool(more)
    for process in mine:
        try:
            if "chrom" in Path(f"/proc/{process}/comm").read_text():
                lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
                total += next(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        except (OSError, StopIteration):
            continue
    return total


def _told(rows: list[dict[str, float]], shown: int, faults: list[str]) -> dict[str, Any]:
    kept = rows[int(len(rows) * WARMING) :]
    minutes = np.array([row["minutes"] for row in kept])
    found: dict[str, Any] = {
        "minutes": round(rows[-1]["minutes"], 1), "refreshes": shown, "cases_reported": len(rows), "faults": faults[:5],
    }  # fmt: skip
    stable = not faults
    for name, most in MOST_A_WEEK.items():
        values = np.array([row[name] for row in kept], float)
        slope, _, low, high = theilslopes(values, minutes)
        of_week = (minutes[-1] - minutes[0]) / max(len(kept) - 1, 1) * WEEK_REFRESHES
        grows = low * of_week > most or slope * of_week > 3 * most
        stable = stable and not grows
        found[name] = {
            "first": round(rows[0][name], 2), "after_warming": round(float(values[0]), 2),
            "last": round(float(values[-1]), 2),
            "slope_per_minute": round(float(slope), 4), "slope_95": [round(float(low), 4), round(float(high), 4)],
            "week_on_the_wall": round(float(slope * of_week), 1), "grows": bool(grows),
        }  # fmt: skip
    found["verdict"] = "stable" if stable else "grows"
    return found
