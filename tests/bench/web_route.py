"""GET /api/route over HTTP with 2 workers, beside the same server answering a constant JSON, and any other service.

`python -m tests.bench --only web_route [--rival NAME=URL]` prints the figures, of the city that is loaded. Callers ask
one place after the other over connections that stay open; ours, the floors and the rival take turns. The constant
answer is a page as any other, which gives its reader a role in the database and takes it back; `seatless` is one
without. A rival's URL has `{lon}` and `{lat}` where the degrees (WGS 84) go, as
`http://127.0.0.1:9000/point/{lon},{lat}`; it gets the same places from the same number of callers, and is on its own
to have the same number of workers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import django
import numpy as np

from tests.bench._server import WORKERS, Line, expect, for_a_while, served

CALLERS, PLACES = 8, 20_000


def run(small: bool, *, rival: str | None = None) -> dict[str, Any]:
    """Requests a second and milliseconds of each, and ours as a share of the floor."""
    django.setup()
    from django.db import connection

    lonlat = _places()
    connection.close()
    rounds, seconds = (3, 1.0) if small else (9, 2.0)
    out: dict[str, Any] = {"workers": WORKERS, "callers": CALLERS, "rounds": rounds}
    with served() as port:
        asks = {
            "constant": (port, lambda lon, lat: "/floor/constant"),
            "seatless": (port, lambda lon, lat: "/floor/seatless"),
            "route": (port, lambda lon, lat: f"/api/route?lon={lon:.6f}&lat={lat:.6f}"),
        }
        if rival:
            name, _, url = rival.partition("=")
            at = urlsplit(url)
            path = at.path + (f"?{at.query}" if at.query else "")
            asks[name] = (at.port or 80, lambda lon, lat: path.replace("{lon}", f"{lon}").replace("{lat}", f"{lat}"))
        took: dict[str, list[np.ndarray]] = {name: [] for name in asks}
        lines = {name: [Line(there) for _n in range(CALLERS)] for name, (there, _path) in asks.items()}
        for turn in range(rounds + 1):
            for name, (_there, path) in asks.items():
                found = for_a_while(lines[name], _asker(lonlat, path), seconds=seconds)
                if turn:  # the first warms up
                    took[name].append(found)
    rates = {name: np.array([len(one) / seconds for one in each]) for name, each in took.items()}
    for name, each in took.items():
        ms = np.concatenate(each)
        out[name] = {
            "per_s": round(float(np.median(rates[name])), 1),
            "per_s_min_max": [round(float(rates[name].min()), 1), round(float(rates[name].max()), 1)],
            "p50_ms": round(float(np.quantile(ms, 0.5)), 2),
            "p95_ms": round(float(np.quantile(ms, 0.95)), 2),
        }
    for name in asks:
        if name != "route":
            out[f"route_to_{name}"] = round(float(np.median(rates["route"] / rates[name])), 2)
    return out


def _asker(lonlat: np.ndarray, path: Callable[[float, float], str]) -> Callable[[Line, int], None]:
    turn = itertools.count()

    def ask(line: Line, place: int) -> None:
        lon, lat = lonlat[next(turn) % len(lonlat)].tolist()
        expect(line.ask("GET", path(lon, lat)), 200)

    return ask


def _places() -> np.ndarray:
    """(n, 2) longitudes and latitudes spread over the city."""
    from django.conf import settings

    from cells import routing
    from cells.models import Edition
    from spatial import crs

    if not Edition.objects.published().exists():
        raise SystemExit("No city is loaded: run manage.py demo_city first.")
    west, south, east, north = routing.ground().locator.bounds
    xy = np.random.default_rng(1).uniform((west, south), (east, north), (PLACES, 2))
    return crs.from_city(xy, srid=settings.CITY_SRID)
