"""The few figures that an operator watches, as Prometheus reads them at `/metrics`.

What happens in a process is counted there; several processes count together where PROMETHEUS_MULTIPROC_DIR names a
folder that is emptied when the server starts. What lies in the database is asked when somebody reads, at most every ten
seconds, so that whoever reads costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from cases.models.outgoing import UNDER_WAY
from cases.workflow import OPEN
from maps.errors import AWAY
from spatial.postgis import run

ASKED_EVERY_S = 10.0
_STEPS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Counter("wanmi_requests", "Requests answered", ["view", "status"])
SECONDS = Histogram("wanmi_request_seconds", "Time to an answer's head", ["view"], buckets=_STEPS_S)
SLOW = Counter("wanmi_slow_statements", "Statements that took longer than WANMI_SLOW_MS", ["view"])
READERS = Gauge("wanmi_live_readers", "Open streams of events", multiprocess_mode="livesum")
# With a label, so that a process says nothing before it has a locator: the oldest of several would be none.
LOCATOR = Gauge(
    "wanmi_locator_edition", "Edition by which points are routed (the oldest of the processes)", ["ground"],
    multiprocess_mode="livemin",
)  # fmt: skip
POOL_WAITING = Gauge("wanmi_pool_waiting", "Requests that wait for a connection now", multiprocess_mode="livesum")
POOL_WAITS = Gauge("wanmi_pool_waits", "Times that a connection was waited for", multiprocess_mode="livesum")
POOL_WAIT_S = Gauge("wanmi_pool_wait_seconds", "Time waited for connections", multiprocess_mode="livesum")

# Columns of operator_figures_v1, in its order: name, what it is.
_OF_DATABASE = (
    ("wanmi_jobs_waiting", "Jobs of the queue that are due"),
    ("wanmi_jobs_failed", "Jobs that failed in the last seven days"),
    ("wanmi_oldest_job_seconds", "Age of the oldest job that is due"),
    ("wanmi_workers", "Workers that gave a sign of life within a minute"),
    ("wanmi_worker_seconds", "Time since a worker's last sign of life"),
    ("wanmi_messages_waiting", "Outgoing messages that wait to be handed on"),
    ("wanmi_oldest_message_seconds", "How long the oldest of them is due"),
    ("wanmi_open_cases", "Open cases"),
    ("wanmi_edition", "Edition of the grids in force"),
    ("wanmi_replicas", "Replicas that stream from this database"),
    ("wanmi_replica_lag_seconds", "How far the last of them is behind"),
)


class OfDatabase(Collector):
    """The figures that lie in the database."""

    def __init__(self) -> None:
        self._lock, self._asked_at, self._known = Lock(), 0.0, {}  # type: ignore[var-annotated]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        known = self._fresh()
        up = GaugeMetricFamily("wanmi_database_up", "Whether the database answers")
        up.add_metric([], 1.0 if known else 0.0)
        yield up
        for name, about in _OF_DATABASE:
            if known.get(name) is not None:
                family = GaugeMetricFamily(name, about)
                family.add_metric([], float(known[name]))
                yield family

    def _fresh(self) -> dict[str, float | None]:
        with self._lock:
            if not self._known or time.monotonic() - self._asked_at > ASKED_EVERY_S:
                self._known = self._asked()
                self._asked_at = time.monotonic()
            return self._known

    def _asked(self) -> dict[str, float | None]:
        try:
            found = run.row(
                "maps",
                "operator_figures_v1",
                {"open": [str(s) for s in OPEN], "under_way": [str(s) for s in UNDER_WAY]},
            )
        except AWAY:
            connection.close()
            return {}
        assert found is not None
        return {
            name: None if value is None else float(value) for (name, _), value in zip(_OF_DATABASE, found, strict=True)
        }


_of_database = OfDatabase()


def page() -> bytes:
    """All of it, as Prometheus reads it."""
    registry = CollectorRegistry()
    if settings.METRICS_FOLDER:
        _bury(Path(settings.METRICS_FOLDER))
        multiprocess.MultiProcessCollector(registry, path=settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
        registry.register(_of_database)
        return generate_latest(registry)
    registry.register(_of_database)
    return generate_latest(REGISTRY) + generate_latest(registry)


def note_pool() -> None:
    """Take down how the pool of this process stands."""
    pool = getattr(connection, "pool", None)
    if pool is None:
        return
    stats = pool.get_stats()
    POOL_WAITING.set(stats.get("requests_waiting", 0))
    POOL_WAITS.set(stats.get("requests_queued", 0))
    POOL_WAIT_S.set(stats.get("requests_wait_ms", 0) / 1000)


def _bury(folder: Path) -> None:
    """What processes that are gone say of the moment counts no more."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            path.unlink(missing_ok=True)
