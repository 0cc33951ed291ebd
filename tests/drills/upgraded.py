"""An earlier release's database, with a demo city in it, migrated to today's: nothing lost, every history whole.

    python -m tests.drills --only upgraded        (FROM=commit for another than the last one with another schema)

The earlier release is checked out from this checkout's own history into a temporary folder; a copy without history
cannot be drilled so, and says it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.browser.conftest import manage
from tests.drills._city import ROOT, cluster, rows

COUNTED = ("cases_case", "cases_caseevent", "cases_ledgerentry", "cells_cell", "cells_cellversion", "cells_component",
           "cells_person", "auth_user")  # fmt: skip


def run(small: bool) -> dict[str, Any]:
    """The figures of one drill; `good` says whether it was got through as it must be."""
    since = os.environ.get("FROM") or _last_with_another_schema()
    if not since:
        return {"skipped": "this copy has no history to check an earlier release out of", "good": True}
    with tempfile.TemporaryDirectory(prefix="wanmi-drill-") as folder:
        Path(folder).chmod(0o755)
        old = Path(folder, "old")
        _git("worktree", "add", "--quiet", "--detach", str(old), since)
        files = Path("maps", "static", "maps", "vendor")  # which git does not keep, and checks ask for
        (old / files).symlink_to(ROOT / files)
        environment = os.environ | {
            "WANMI_LOCAL": f"{folder}/local", "CITY_DATABASE": "drill", "CITY_POOL": "0",
            "CITY_PHOTOS": f"{folder}/photos", "CITY_REPORTS": f"{folder}/reports",
        }  # fmt: skip
        environment.pop("DATABASE_URL", None)
        Path(folder, "local").mkdir()
        try:
            cluster(environment, "up")
            for words in (["migrate", "-v0"], ["demo_city", "--cells", "200" if small else "2000", "-v0"]):
                _of_old(old, environment, *words)
            before = _counts(environment)
            applied = _migrations(environment)
            began = time.monotonic()
            manage(environment, "migrate", "-v0")
            took = time.monotonic() - began
            after = _counts(environment)
            coverage = json.loads(manage(environment, "check_coverage", "--json"))
            figures = {
                "from": since,
                "migrations": _migrations(environment) - applied,
                "migrate_s": round(took, 1),
                **{f"{table}": after[table] for table in COUNTED},
                "rows_lost": sum(max(0, before[table] - after[table]) for table in COUNTED),
                "history_broken": int(json.loads(manage(environment, "verify_history", "--json"))["broken"]),
                "coverage": {name: coverage[name] for name in ("gaps", "overlaps", "invalid", "outside_parent")},
            }
            manage(environment, "makemigrations", "--check", "--dry-run")
        finally:
            cluster(environment, "remove")
            _git("worktree", "remove", "--force", str(old))
    figures["good"] = not any([figures["rows_lost"], figures["history_broken"], *figures["coverage"].values()])
    return figures


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _last_with_another_schema() -> str:
    """The newest commit of the main line whose migrations are fewer, and such that today's can follow them: between two
    releases migrations were renumbered as work of several hands came together, and no city has those orders."""
    from django.db.migrations.loader import MigrationLoader

    graph = MigrationLoader(None).graph
    today = {(app, name) for app, name in graph.nodes if (ROOT / app).is_dir()}
    try:
        commits = _git("log", "--first-parent", "--format=%H", "--", "*/migrations/0*.py").split()
    except (subprocess.CalledProcessError, FileNotFoundError):
        return ""
    for commit in commits:
        files = [Path(name) for name in _git("ls-tree", "-r", "--name-only", commit).split("\n")]
        then = {(file.parts[0], file.stem) for file in files if file.match("*/migrations/0*.py")}
        needed = {node for one in then & today for node in graph.forwards_plan(one)} & today
        if then < today and needed <= then:
            return commit[:12]
    return ""


def _of_old(old: Path, environment: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=old, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"The earlier release's manage.py {words[0]}: {done.stderr[-2000:]}")


def _counts(environment: dict[str, str]) -> dict[str, int]:
    return {table: int(rows(environment, f"SELECT count(*) FROM {table}")[0][0]) for table in COUNTED}


def _migrations(environment: dict[str, str]) -> int:
    return int(rows(environment, "SELECT count(*) FROM django_migrations")[0][0])
