"""Case intake over HTTP with two workers: cases a second, beside a plain insert of a row and a plain select by key.

`python -m tests.bench --only web_intake` prints the figures. Each case comes through the door of the hotline page (POST
/api/cases of a logged-in operator: routing, number, history, clocks, message, the whole case as answer), on connections
that stay open. The floors are pages for logged-in people on the same workers (`_floor_urls.py`). The three take turns;
figures are medians of the rounds.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

from tests.bench._city import a_person, cookies_of, in_a_city

LINES = 8


def run(small: bool) -> dict[str, Any]:
    """Per second and p95 of each, and how many times as long as a floor a case takes."""
    return in_a_city("web_intake", cells=200 if small else 2000, small=small)


def inside(small: bool) -> dict[str, Any]:
    from django.db import connection

    from cells.models import CellVersion
    from spatial import crs
    from tests.bench import _floor_urls
    from tests.bench._server import WORKERS, Line, expect, for_a_while, served

    with connection.cursor() as cursor:
        cursor.execute(_floor_urls.TABLE)
    shapes = list(CellVersion.objects.current().values_list("shape", flat=True)[:500])
    srid = CellVersion._meta.get_field("shape").srid
    places = crs.from_city([shape.point_on_surface.coords for shape in shapes], srid=srid).tolist()
    people = [cookies_of(a_person("operator", name=f"bench-{n}")) for n in range(LINES)]
    connection.close()
    sent = [0] * LINES
    last: list[int] = [1] * LINES

    def body(place: int) -> bytes:
        sent[place] += 1
        lon, lat = places[(sent[place] * LINES + place) % len(places)]
        key = f"bench-{place}-{sent[place]}-{time.time_ns()}"
        return json.dumps({
            "key": key, "source": "hotline", "words": "路面塌陷，有车陷进去了", "kind": "event", "class": "0103",
            "lon": lon, "lat": lat, "crs": "WGS84", "accuracy": 5, "address": "人民路1号",
            "caller_name": "", "caller_telephone": f"1380000{sent[place] % 10_000:04d}", "caller_anonymous": False,
        }).encode()  # fmt: skip

    def case(line: Line, place: int) -> None:
        expect(line.ask("POST", "/api/cases", body(place)), 201)

    def insert(line: Line, place: int) -> None:
        last[place] = json.loads(expect(line.ask("POST", "/floor/insert", body(place)), 201))["id"]

    def select(line: Line, place: int) -> None:
        expect(line.ask("GET", f"/floor/select/{keys[(last[place] + place) % len(keys)]}"), 200)
        last[place] += 1

    rounds, seconds = (3, 1.5) if small else (9, 4.0)
    with served() as port:
        lines = [Line(port, cookies) for cookies in people]
        for_a_while(lines, case, seconds=2)  # both workers have read the ground
        from cases.models import Case

        keys = list(Case.objects.values_list("pk", flat=True)[:1000])
        connection.close()
        for_a_while(lines, insert, seconds=0.5), for_a_while(lines, select, seconds=0.5)
        each: dict[str, list[np.ndarray]] = {"case": [], "insert": [], "select_by_key": []}
        for _ in range(rounds):
            for name, ask in (("case", case), ("insert", insert), ("select_by_key", select)):
                each[name].append(for_a_while(lines, ask, seconds=seconds))
        for line in lines:
            line.__exit__()
    mean = {name: np.array([took.mean() for took in all_took]) for name, all_took in each.items()}
    out: dict[str, Any] = {"workers": WORKERS, "connections": LINES, "rounds": rounds}
    for name, all_took in each.items():
        # As many a second as the answers that all connections together got.
        rates = np.array([LINES / took.mean() * 1000 for took in all_took])
        out[name] = {
            "per_s": round(float(np.median(rates)), 1),
            "per_s_min_max": [round(float(rates.min()), 1), round(float(rates.max()), 1)],
            "p50_ms": round(float(np.median(np.concatenate(all_took))), 1),
            "p95_ms": round(float(np.quantile(np.concatenate(all_took), 0.95)), 1),
        }
    for floor in ("insert", "select_by_key"):
        ratios = mean["case"] / mean[floor]
        out[f"case_to_{floor}_time"] = round(float(np.median(ratios)), 1)
        out[f"case_to_{floor}_time_min_max"] = [round(float(ratios.min()), 1), round(float(ratios.max()), 1)]
    return out
