"""The leader's page with 10,000,000 cases in the table, beside a plain select by primary key; the book of days beside a
full count.

`python -m tests.bench --only web_leader` (200,000 with --small). A look is what the page asks for when it is opened,
the page and then `/api/leader`, over HTTP, taking turns with the floor; `cold` is the first look of a server that has
no map of hot spots yet. The figures are also taken inside the process, beside the same figures counted from the cases.
The cases are put in by one INSERT … SELECT while triggers and keys are asleep, over three years, with the indexes that
the page uses; those of words, places, components, classes and sources are left out (nothing here asks by them), and so
are histories. The ledger has the last weeks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from tests.bench._city import a_person, cookies_of, in_a_city
from tests.bench.web_desk import _another, _measured

CASES, OPEN_CASES = {True: 200_000, False: 10_000_000}, {True: 5_000, False: 50_000}
DAYS = 3 * 365
LEFT_OUT = (
    "case_word_pairs",
    "case_place",
    "cases_case_component",
    "cases_case_catalogue_class",
    "cases_case_source_id",
)

_GROUND = """
CREATE TEMP TABLE bench_ground AS
SELECT row_number() OVER () - 1 AS n, g.* FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
    AS g (cell_id, owner_id, x, y)
"""
_CASES = """
INSERT INTO cases_case (id, number, source_id, catalogue_class_id, words, stage, given_crs, address, place, cell_id,
    edition_id, owner_id, reason, reported_at, closed_at, amber_at, due_at, source_label)
SELECT 1000000 + c.n, 'B' || lpad(c.n::text, 10, '0'),
       (ARRAY['patrol', 'patrol', 'patrol', 'hotline', 'video'])[1 + c.a %% 5],
       (%(classes)s::bigint[])[1 + c.b %% %(kinds)s], '', c.stage, '', '', ST_SetSRID(ST_MakePoint(g.x, g.y), %(srid)s),
       g.cell_id, %(edition)s, g.owner_id, '{}', c.reported_at,
       CASE WHEN c.stage = 'closed' THEN LEAST(c.reported_at + interval '1 second' * (c.b %% 200000), %(now)s) END,
       CASE WHEN c.stage <> 'closed' THEN %(now)s + interval '1 minute' * (c.a %% 6000 - 1800) END,
       CASE WHEN c.stage <> 'closed' THEN %(now)s + interval '1 minute' * (c.a %% 6000 - 1440) END, ''
FROM (
    SELECT n, a, b, %(now)s - interval '1 second' * (%(count)s - n) * %(apart_s)s AS reported_at,
           CASE WHEN n > %(count)s - 2.4 * %(open)s AND a %% 12 < 5
                THEN (ARRAY['filed', 'dispatched', 'handling', 'checking'])[1 + b %% 4] ELSE 'closed' END AS stage
    FROM (
        SELECT n, abs(hashint8(n)) AS a, abs(hashint8(n + 77777777777)) AS b FROM generate_series(1, %(count)s) n
    ) drawn
) c
JOIN bench_ground g ON g.n = c.b %% %(cells)s
"""
_LEDGER = """
INSERT INTO cases_ledgerentry (case_id, town_id, year, serial, filed_at, entered_at)
SELECT id, owner_id, 2000, row_number() OVER (PARTITION BY owner_id ORDER BY reported_at, id), reported_at, reported_at
FROM cases_case WHERE reported_at >= %s
"""


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of each look and how many times the floor's; what the book costs, and that it is right."""
    return in_a_city("web_leader", cells=200 if small else 2000, small=small)


def inside(small: bool) -> dict[str, Any]:
    """The figures in the city of this process's database."""
    from django.db import connection

    from cases import summaries
    from cases.models import DayTally
    from cells import routing
    from cells.models import Level

    rng = np.random.default_rng(1)
    out: dict[str, Any] = {"cases": CASES[small], "open": OPEN_CASES[small]}
    out["put_in_s"] = _timed(lambda: _put_in(CASES[small], OPEN_CASES[small]))[0]
    full_s, found = _timed(summaries.recount)
    out["full_recount_and_check_s"], out["rows_of_book"] = full_s, DayTally.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cases_daytally")
    out["differences_after_recount"] = found.differences
    out["refresh"] = _refreshed(40 if small else 200, full_s)
    out["partitions"] = _partitions()
    leader = a_person("leader", name="bench-leader")
    communities = sorted({int(pk) for pk in routing.ground().area_ids(Level.COMMUNITY)})
    some = [a_person("leader", name=f"bench-{n}", territory=pk) for n, pk in enumerate(communities[:8])]
    out["figures"] = _figures(leader)
    keys = rng.integers(1_000_001, 1_000_000 + CASES[small], 1000).tolist()
    out["over_http"] = _over_http(leader, some, keys, 40 if small else 100, rng)
    out["differences_at_the_end"] = summaries.differences().differences
    return out


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = perf_counter()
    found = work()
    return round(perf_counter() - began, 3), found


def _refreshed(count: int, full_s: float) -> dict[str, Any]:
    """New cases by the one door, then carried into the book."""
    from django.utils import timezone

    from cases import intake, summaries
    from cells.models import CellVersion

    place = CellVersion.objects.current().first()
    assert place is not None
    x, y = place.shape.point_on_surface.coords
    summaries.carry_due(at=timezone.now())
    for n in range(count):
        report = intake.Report(source="patrol", words=f"路灯不亮{n}", lon=x, lat=y, crs="CITY")
        intake.receive(report, by=None, at=timezone.now())
    took, done = _timed(lambda: summaries.carry_due(at=timezone.now()))
    per_case_ms = took / count * 1000
    return {
        "cases": count,
        "changes": done.changes,
        "carry_ms_per_case": round(per_case_ms, 3),
        "full_recount_to_carry_of_a_case": round(full_s * 1000 / per_case_ms),
    }


def _partitions() -> dict[str, Any]:
    """How many partitions of the book there are, and which the last four weeks read."""
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from spatial.postgis import run as sql

    today = timezone.localdate()
    asked = {"since": today - dt.timedelta(days=28), "until": today, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'cases_daytally'::regclass")
        (there,) = cursor.fetchone()
        cursor.execute("EXPLAIN " + sql.statement("cases", "reported_in_days_v1"), asked)
        plan = [line.strip() for (line,) in cursor.fetchall()]
    return {"there": there, "read": [line.split("  (")[0] for line in plan if " on cases_daytally" in line]}


def _figures(leader: Any) -> dict[str, Any]:
    """The day's figures by the book beside the same counted from the cases, in one process, taking turns."""
    from django.utils import timezone

    from cases import daily
    from cases.daily import DAY, Of

    at = timezone.now()

    def by_book() -> list[Any]:
        return [(f.now, f.yesterday, f.last_week) for f in daily.figures(by=leader, at=at)]

    def by_cases() -> list[Any]:
        past = (Of.REPORTED, Of.FILED, Of.CLOSED)
        seen = {(w, n): daily.cases_of(w, by=leader, at=at - DAY * n).count() for w in past for n in (0, 1, 7)}
        now = {w: daily.cases_of(w, by=leader, at=at).count() for w in Of if w not in past}
        return [seen, now]

    took: dict[str, list[float]] = {"by_book": [], "by_cases": []}
    for turn in range(22):
        for name, work in (("by_book", by_book), ("by_cases", by_cases)):
            seconds, _ = _timed(work)
            if turn >= 2:
                took[name].append(seconds * 1000)
    found = {f"{name}_p50_ms": round(float(np.median(ms)), 1) for name, ms in took.items()}
    found["cases_to_book"] = round(float(np.median(took["by_cases"]) / np.median(took["by_book"])), 1)
    return found


def _over_http(leader: Any, some: list[Any], keys: list[int], rounds: int, rng: np.random.Generator) -> Any:
    from django.db import connection

    from tests.bench._server import Line, expect, served

    cookies, theirs = cookies_of(leader), [cookies_of(user) for user in some]
    connection.close()
    with served() as port:
        line, lines = Line(port, cookies), [Line(port, found) for found in theirs]
        key, somebody = _another(keys, rng), _another(lines, rng)

        def ask(who: Any, path: str) -> bytes:
            return expect(who.ask("GET", path), 200)

        cold_s, _ = _timed(lambda: ask(line, "/api/leader"))
        found = _measured(
            {
                "select_by_key": lambda: ask(line, f"/floor/select/{key()}"),
                "leaders_page": lambda: (ask(line, "/leader/"), ask(line, "/api/leader")),
                "page_alone": lambda: ask(line, "/leader/"),
                "api_alone": lambda: ask(line, "/api/leader"),
                "leader_of_a_community": lambda: (ask(somebody(), "/leader/"), ask(somebody(), "/api/leader")),
            },
            rounds,
        )
    return {"cold_api_ms": round(cold_s * 1000), **found}


def _put_in(count: int, of_them_open: int) -> None:
    import shapely
    from django.conf import settings
    from django.db import connection, transaction
    from django.utils import timezone

    from cells import routing
    from cells.models import CatalogueClass, Edition, Level

    ground = routing.ground()
    middles = shapely.get_coordinates(shapely.point_on_surface(ground.locator._shapes))
    cells = (ground.cell_ids.tolist(), ground.area_ids(Level.COMMUNITY).tolist(), *np.round(middles, 3).T.tolist())
    classes = list(CatalogueClass.objects.in_use().minors().values_list("pk", flat=True))
    now = timezone.now()
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '768MB'")
        cursor.execute("DELETE FROM cases_tallychange")
        cursor.execute(
            """SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = 'cases_case'::regclass AND NOT x.indisprimary
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid)"""
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(_GROUND, cells)
        cursor.execute("ANALYZE bench_ground")
        cursor.execute(
            _CASES,
            {
                "classes": classes,
                "kinds": len(classes),
                "srid": settings.CITY_SRID,
                "edition": Edition.objects.in_force().pk,
                "now": now,
                "count": count,
                "open": of_them_open,
                "apart_s": DAYS * 86_400 / count,
                "cells": len(cells[0]),
            },
        )
        for name, definition in indexes:
            if not name.startswith(LEFT_OUT) and not name.endswith("_like"):
                cursor.execute(definition)
        cursor.execute("TRUNCATE cases_ledgerentry")
        cursor.execute(_LEDGER, [now - dt.timedelta(days=20)])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cases_case")
        cursor.execute("VACUUM ANALYZE cases_ledgerentry")
