"""Whether the site can do its work: `/readyz` says what is not, by a word each, and never more than a word.

Without the first three no page is right, and whoever divides the readers among machines leaves this one out (503).
The others are told (`wants`), but leave the site up: without a worker, calls are still taken in. `?all` asks for all.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from cells import routing
from cells.models import NoEditionInForce
from maps.errors import AWAY
from maps.watching.replicas import ALIAS, known
from spatial.postgis import run

NEEDED = ("database", "migrations", "locator")
LEAST_FREE_BYTES = 1 << 30
SILENT_AFTER_S = 60.0
# Schemas do not go back under a running process: what was found applied is not looked up again.
_applied = False


def readiness() -> dict[str, Any]:
    """`{"ready", "checks": {name: "ok" or what is not}, "wants": [names]}`."""
    checks: dict[str, str] = {}
    try:
        connection.ensure_connection()
        worker_s = (run.row("maps", "worker_seen_v1") or (None,))[0]
        checks["database"] = "ok"
        checks["migrations"] = _migrations()
        checks["locator"] = _locator()
        checks["worker"] = "ok" if worker_s is not None and worker_s <= SILENT_AFTER_S else "no sign of life"
    except AWAY:
        connection.close()
        for name in (*NEEDED, "worker"):
            checks.setdefault(name, "unknown: the database does not answer")
        checks["database"] = "does not answer"
    checks["photos"] = _photos()
    if ALIAS in connections:
        checks["replica"] = known.standing()
    wants = [name for name, said in checks.items() if said != "ok"]
    return {"ready": not set(wants) & set(NEEDED), "checks": checks, "wants": wants}


def _migrations() -> str:
    global _applied
    if not _applied:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            return f"{len(waiting)} not applied"
        _applied = True
    return "ok"


def _locator() -> str:
    try:
        routing.ground()
    except NoEditionInForce:
        return "no edition of the grids is in force"
    return "ok"


def _photos() -> str:
    folder = Path(settings.PHOTOS)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return "the folder cannot be read"
    return "ok" if free >= LEAST_FREE_BYTES else f"{free >> 20} MB free"
