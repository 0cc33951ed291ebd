"""A backup taken under load and put back elsewhere: every table the same, every history whole, nothing told is lost.

    python -m tests.drills --only restored

Calls are filed without a break while `manage.py backup` runs. What it wrote is restored into another database of the
same server; then one byte of the dump is changed, one row of the copy, and a second restore is asked for: all three
must be noticed.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.browser.conftest import manage
from tests.drills._city import ROOT, Seat, city_of_its_own, cluster, rows
from tests.drills.database_gone import served
from tests.drills.killed import Told, send


def run(small: bool) -> dict[str, Any]:
    """The figures of one drill; `good` says whether it was got through as it must be."""
    cells = 200 if small else 2000
    with city_of_its_own(cells) as (environment, facts), served(environment) as port:
        told, numbers = Told(), itertools.count()
        seats = [Seat(port, name) for name in ("dispatcher", "operator")]
        work = [
            threading.Thread(target=send, args=(seat, numbers, 1_000_000, told, facts["cell_at"]), daemon=True)
            for seat in seats
        ]
        for one in work:
            one.start()
        time.sleep(3)
        before = set(told.acknowledged)
        out = Path(environment["WANMI_LOCAL"], "backups")
        taken = json.loads(manage(environment, "backup", "--out", str(out), "--json"))
        filed_meanwhile = len(told.acknowledged) - len(before)
        told.given_up.set()
        folder = Path(taken["backup"])
        elsewhere = ["--photos", f"{environment['WANMI_LOCAL']}/p", "--reports", f"{environment['WANMI_LOCAL']}/r"]
        restored = json.loads(manage(environment, "restore", str(folder), "--into", "back", *elsewhere, "--json"))
        copy = environment | {"CITY_DATABASE": "back"}
        kept = {
            key for (key,) in rows(copy, "SELECT idempotency_key FROM cases_case WHERE idempotency_key IS NOT NULL")
        }
        figures = {
            "filed_before": len(before), "filed_while_it_ran": filed_meanwhile, "lost": len(before - kept),
            "tables": restored["tables"], "rows": restored["rows"], "bytes": taken["bytes"],
            "differences": len(restored["differences"]), "history_broken": restored["history"]["broken"],
            "events": restored["history"]["events"], "backup_s": taken["seconds"], "restore_s": restored["seconds"],
            "refused_as_full": _refused(environment, "restore", str(folder), "--into", "back"),
            "change_noticed": _change_is_noticed(copy, folder),
            "damage_noticed": _damage_is_noticed(environment, folder),
        }  # fmt: skip
    nothing = ("lost", "differences", "history_broken")
    noticed = ("refused_as_full", "change_noticed", "damage_noticed", "filed_while_it_ran")
    figures["good"] = not any(figures[name] for name in nothing) and all(figures[name] for name in noticed)
    return figures


def _refused(environment: dict[str, str], *words: str) -> bool:
    done = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True)
    return done.returncode == 1 and b"Traceback" not in done.stderr


def _change_is_noticed(copy: dict[str, str], folder: Path) -> bool:
    """Whether one changed word of one case is a difference."""
    from maps.keeping import fingerprints, packing

    address = cluster(copy, "url").replace("postgis://", "postgresql://")
    with psycopg.connect(address) as connection:
        connection.execute(
            "UPDATE cells_place SET name_zh = name_zh || '.' WHERE id = (SELECT min(id) FROM cells_place)"
        )
        found = fingerprints.differences(packing.read(folder).tables, fingerprints.take(connection))
        connection.rollback()
    return len(found) == 1 and found[0].startswith("cells_place:")


def _damage_is_noticed(environment: dict[str, str], folder: Path) -> bool:
    """Whether a dump with one other byte is refused, and a folder without its manifest."""
    damaged = folder.with_name("damaged")
    shutil.copytree(folder, damaged)
    with (damaged / "database.dump").open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    noticed = _refused(environment, "restore", str(damaged), "--check")
    (damaged / "manifest.json").unlink()
    return noticed and _refused(environment, "restore", str(damaged), "--check")
