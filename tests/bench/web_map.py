"""The dispatcher's page with 50,000 open cases in Chromium: what is sent, when it can be used, how it moves.

`python -m tests.bench --only web_map` prints the figures. A fresh browser opens the page at 1440 × 900 and its map is
dragged for three seconds, at first view and three zooms nearer; once in a city without a case, once with 50,000 open
ones: what cases cost is the difference. Data are tiles and answers, gzipped as they went over the wire; scripts and
styles are told apart, as a browser keeps them. Beside it the same points as folium's own HeatMap page.

Frames are drawn by a software renderer on the machine's own cores (no graphics card): what a desk's computer does
better, this one cannot show.
"""

from __future__ import annotations

import gzip
import io
import shutil
import time
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from tests.bench._city import a_person, cookies_of, in_a_city
from tests.bench._many_cases import put_in

CASES, OPEN_CASES = {True: 20_000, False: 200_000}, {True: 5_000, False: 50_000}
VIEWS = 5
DRAG_S = 3.0
USABLE = "document.documentElement.dataset.ready === 'yes' && document.documentElement.dataset.map === 'idle'"
FRAMES = """() => {
    const frames = (window.framesDrawn = []);
    const take = at => { frames.push(at); if (frames.length < 5000) requestAnimationFrame(take); };
    requestAnimationFrame(take);
}"""
DATA = ("/tiles/", "/api/", "/live/")


def run(small: bool) -> dict[str, Any]:
    """Kilobytes, milliseconds and frames a second of the page without cases and with many; folium's page beside it."""
    return in_a_city("web_map", cells=200 if small else 2000, small=small)


def inside(small: bool) -> dict[str, Any]:
    from django.db import connection

    from cases.models import Case
    from tests.bench._server import served

    reader = cookies_of(a_person("dispatcher", name="centre"))
    # What a demo city has of cases is closed by its story; the empty city is the one before the many are put in.
    out: dict[str, Any] = {"open_before": Case.objects.open().count()}
    connection.close()
    times = 2 if small else VIEWS
    with served() as port:
        before = _views(port, reader, times)
        worker = a_person("officer", name="bench-officer").pk
        out["open"] = put_in(CASES[small], OPEN_CASES[small], worker=worker)
        connection.close()
        after = _views(port, reader, times)
    out["without"], out["with"] = _medians(before), _medians(after)
    out["folium_heatmap_kb"] = _folium_kb()
    out["folium_to_ours"] = round(out["folium_heatmap_kb"] / out["with"]["data_kb"], 1)
    return out


def _views(port: int, cookies: str, times: int) -> list[dict[str, float]]:
    """Several views; the one before them, by which both workers have drawn the tiles, does not count."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
        )
        found = [_view(browser, port, cookies) for _ in range(times + 1)][1:]
        browser.close()
    return found


def _view(browser: Any, port: int, cookies: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    pairs = [pair.split("=", 1) for pair in cookies.split("; ")]
    context.add_cookies([{"name": n, "value": v, "url": f"http://127.0.0.1:{port}"} for n, v in pairs])
    page = context.new_page()
    done: list[Any] = []
    # Of the whole context: the map's own workers ask for tiles.
    context.on("requestfinished", lambda request: done.append(request))
    began = time.monotonic()
    page.goto(f"http://127.0.0.1:{port}/")
    _until_usable(page)
    usable = (time.monotonic() - began) * 1000
    painted = page.evaluate(
        "() => Math.max(0, ...performance.getEntriesByName('first-contentful-paint').map(e => e.startTime))"
    )
    first = _kb(done)
    far = _drag(page)
    page.mouse.move(700, 450)
    for _ in range(9):
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(100)
    _until_usable(page)
    near = _drag(page)
    _until_usable(page)
    whole = _kb(done)
    context.close()
    return {
        "painted_ms": painted, "usable_ms": usable, "data_kb": first[0], "kept_by_browsers_kb": first[1],
        "data_kb_after_moving": whole[0], "frames_per_s_far": far, "frames_per_s_near": near,
    }  # fmt: skip


def _until_usable(page: Any) -> None:
    give_up = time.monotonic() + 120
    quiet = 0
    while quiet < 3:
        quiet = quiet + 1 if page.evaluate(USABLE) else 0
        if time.monotonic() > give_up:
            raise RuntimeError("The map does not come to rest.")
        page.wait_for_timeout(50)


def _drag(page: Any) -> float:
    """Frames a second while the map is dragged in a circle."""
    page.evaluate(FRAMES)
    page.mouse.move(700, 450)
    page.mouse.down()
    began = time.monotonic()
    while (at := time.monotonic() - began) < DRAG_S:
        page.mouse.move(700 + 180 * np.sin(at * 3), 450 + 120 * (1 - np.cos(at * 3)))
        page.wait_for_timeout(10)
    frames = np.array(page.evaluate("() => window.framesDrawn"))
    page.mouse.up()
    return float(1000 / np.median(np.diff(frames)))


def _kb(done: list[Any]) -> tuple[float, float]:
    """Data, and what browsers keep, in kB as they went over the wire."""
    data = kept = 0.0
    for request in done:
        sizes = request.sizes()
        kb = (sizes["responseBodySize"] + sizes["responseHeadersSize"]) / 1000
        if urlsplit(request.url).path.startswith(DATA):
            data += kb
        else:
            kept += kb
    return data, kept


def _medians(views: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.median([view[name] for view in views])), 1) for name in views[0]}


def _folium_kb() -> float:
    """The same open cases as folium's own HeatMap page, gzipped."""
    import folium
    from django.conf import settings
    from folium.plugins import HeatMap

    from cases.models import Case
    from spatial import crs

    xy = [place.coords for place in Case.objects.open().exclude(place=None).values_list("place", flat=True)]
    lonlat = crs.from_city(xy, srid=settings.CITY_SRID)
    page = folium.Map(location=lonlat[0][::-1].tolist())
    HeatMap(lonlat[:, ::-1].tolist()).add_to(page)
    text = io.BytesIO()
    page.save(text, close_file=False)
    return round(len(gzip.compress(text.getvalue(), 3)) / 1000, 1)
