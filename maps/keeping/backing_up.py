"""Takes a backup: a dump, the figures of every table and the photos, all of one moment of the database.

The dump and the figures are read under one exported snapshot, while the city works on. The folder is written under the
name `….partial` and renamed at the end, so what has its name is whole.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from maps.keeping import fingerprints
from maps.keeping.packing import DUMP, PHOTOS, REPORTS, BadBackup, Manifest, digest, key_mark, pack, write
from maps.keeping.programs import environment, program, words_of
from spatial.postgis.run import statement


def back_up(out: Path, *, told: Callable[[str], None] = lambda what: None) -> tuple[Path, Manifest]:
    """Write a backup of the city of this process into a new folder below `out`; the folder and what it says of itself.

    Raises
    ------
    BadBackup : the programs of PostgreSQL are missing, or the dump did not come to its end
    OSError : no room, or no right to write there
    """
    database = settings.DATABASES["default"]
    at = datetime.now(UTC)
    folder = out / f"wanmi-{database['NAME']}-{at:%Y%m%dT%H%M%SZ}"
    if folder.exists():
        raise BadBackup(f"{folder} is there already: another backup was taken in the same second.")
    partial = folder.with_name(folder.name + ".partial")
    partial.mkdir(parents=True, mode=0o700)
    try:
        manifest = _written(partial, database, at, told)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder, manifest


def _written(folder: Path, database: dict[str, Any], at: datetime, told: Callable[[str], None]) -> Manifest:
    with psycopg.connect(**words_of(database)) as here:
        here.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        counters = fingerprints.counters(here)  # before the dump: they belong to no snapshot, and only go up
        (snapshot,) = here.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        dump = subprocess.Popen(
            [program("pg_dump", server=here.info.server_version), "--format=custom", f"--snapshot={snapshot}",
             f"--file={folder / DUMP}"],
            env=environment(database), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            tables = fingerprints.take(here, told=told)
            said = _said_of(here) | {"counters": counters}
            _, complaint = dump.communicate()
        finally:
            dump.kill()
    if dump.returncode:
        raise BadBackup(f"pg_dump broke off: {complaint.decode(errors='replace').strip()}")
    told(DUMP)
    # After the snapshot: a photo is on the disk before the row that names it is committed.
    pack(settings.PHOTOS, folder / PHOTOS)
    told(PHOTOS)
    pack(settings.REPORTS, folder / REPORTS)
    told(REPORTS)
    files = {name: [(folder / name).stat().st_size, digest(folder / name)] for name in (DUMP, PHOTOS, REPORTS)}
    manifest = Manifest(
        made_at=at.isoformat(timespec="seconds"), release=settings.RELEASE, database=str(database["NAME"]),
        srid=settings.CITY_SRID, time_zone=settings.TIME_ZONE, key_mark=key_mark(), tables=tables, files=files, **said,
    )  # fmt: skip
    write(folder, manifest)
    return manifest


def _said_of(here: psycopg.Connection[Any]) -> dict[str, Any]:
    """What the server and the database say of themselves."""
    one = here.execute("SELECT current_user::text, postgis_lib_version()").fetchone()
    assert one is not None
    migrations = here.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app").fetchall()
    return {
        "owner": one[0],
        "postgis": one[1],
        "postgres": here.info.server_version,
        "migrations": dict(migrations),
        "roles": [list(row) for row in here.execute(statement("maps", "roles_kept_v1")).fetchall()],
    }
