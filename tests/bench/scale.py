"""What a case costs: bytes by table and index in the city that is loaded, log (WAL) and memory for one that comes in.

`python -m tests.bench --only scale` prints the figures (docs/scale.md has those of a simulated day). Bytes are what
PostgreSQL gives for tables and their indexes, shared out over the cases; a city without lived cases (imported ones have
a shorter history) is told by `events_a_case`.
"""

from __future__ import annotations

import resource
from typing import Any

import django

# Which tables hold what, by the beginnings of their names; the first that fits counts.
KINDS = {
    "history": ("cases_caseevent", "cases_historyseal"),
    "clocks": ("cases_caseclock",),
    "photos and what phones sent": ("cases_casephoto", "cases_doneonce"),
    "judging": ("cases_casefacts", "cases_daytally", "cases_tallychange", "cases_factsmark"),
    "ledger": ("cases_ledger",),
    "messages": ("cases_message", "cases_outgoing", "procrastinate_"),
    "callers": ("cases_caller",),
    "tracks": ("cases_trackpoint", "cases_cellvisit", "cases_patrol"),
    "cases": ("cases_",),
}
_SIZES = """
SELECT c.relname, pg_relation_size(c.oid), pg_indexes_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = 'public'
"""


def run(small: bool) -> dict[str, Any]:
    """Bytes a case of each kind of table, and of the log for one that comes in; megabytes of the process."""
    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from cases import intake
    from cases.models import Case, CaseEvent
    from cells import routing
    from cells.models import CellVersion

    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        sizes = cursor.fetchall()
    cases, events = Case.objects.count(), CaseEvent.objects.count()
    if not cases:
        raise SystemExit("No case is there: run manage.py demo_city, or simulate_day --keep and name its database.")
    kinds: dict[str, list[int]] = {}
    for table, heap, index in sizes:
        kind = next((k for k, begins in KINDS.items() if table.startswith(begins)), "ground, people, settings")
        kinds.setdefault(kind, [0, 0])
        kinds[kind][0] += heap
        kinds[kind][1] += index
    places = [v.shape.point_on_surface.coords for v in CellVersion.objects.current().order_by("cell__code")[:200]]
    routing.ground()
    count = 50 if small else 300
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        (before,) = cursor.fetchone()
        with transaction.atomic():
            for n in range(count):
                x, y = places[n % len(places)]
                report = intake.Report(
                    source="hotline", words="路面塌陷，占了半条路", catalogue_class="event-0103", lon=x, lat=y,
                    crs="CITY", accuracy_m=5.0,
                )  # fmt: skip
                intake.receive(report, by=None, at=timezone.now())
            transaction.set_rollback(True)
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", [before])
        (written,) = cursor.fetchone()
    fixed = kinds.pop("ground, people, settings")
    return {
        "cases": cases,
        "events_a_case": round(events / cases, 1),
        "bytes_a_case": {k: {"table": round(h / cases), "index": round(i / cases)} for k, (h, i) in kinds.items()},
        "bytes_a_case_together": round(sum(h + i for h, i in kinds.values()) / cases),
        "megabytes_of_ground_people_settings": round(sum(fixed) / 1e6, 1),
        "wal_bytes_of_a_case_that_comes_in": round(float(written) / count),
        "megabytes_of_the_process": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
