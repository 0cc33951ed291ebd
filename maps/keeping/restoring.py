"""Puts a backup into an empty database, and proves that what is there then is what was there when it was taken.

One transaction: whatever goes wrong, the database is as empty as before. Photos and reports come after it; none that is
there already is written over.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from maps.keeping import fingerprints
from maps.keeping.packing import DUMP, PHOTOS, REPORTS, BadBackup, Manifest, key_mark, unpack
from maps.keeping.programs import environment, program, words_of
from spatial.postgis.run import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back, and what is not the same (nothing)."""

    tables: int
    rows: int
    photos: int
    reports: int
    same_key: bool
    differences: list[str] = field(default_factory=list)


def restore(
    folder: Path, manifest: Manifest, *, into: dict[str, Any], photos: Path, reports: Path,
    told: Callable[[str], None] = lambda what: None,
) -> Restored:  # fmt: skip
    """Put a backup that `packing.read` has found whole into the database `into` (of Django's form), made if need be.

    Raises
    ------
    BadBackup : the database is not empty, its server is older, another login owns it, or a file differs
    """
    _made(into)
    with psycopg.connect(**words_of(into), autocommit=True) as there:
        _check(there, manifest, into)
        _make_roles(there, manifest)
        _pour(folder / DUMP, into, there.info.server_version)
        told(DUMP)
        there.execute(statement("maps", "not_in_a_dump_v1"))
        there.execute("ANALYZE")
        with there.transaction():
            after = fingerprints.take(there, told=told)
            counters = fingerprints.counters(there)
    differences = fingerprints.differences(manifest.tables, after)
    differences += [
        f"{name}: the counter is at {counters.get(name)}, it was at {last}"
        for name, last in manifest.counters.items()
        if last is not None and (counters.get(name) or 0) < last
    ]
    count = {"photos": unpack(folder / PHOTOS, photos), "reports": unpack(folder / REPORTS, reports)}
    rows = sum(int(n) for n, _ in after.values())
    same = key_mark() == manifest.key_mark
    return Restored(tables=len(after), rows=rows, same_key=same, differences=differences, **count)


def _made(into: dict[str, Any]) -> None:
    """Make the database where there is none and its server lets us."""
    try:
        psycopg.connect(**words_of(into)).close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise BadBackup(f"The database {into['NAME']} cannot be reached: {error}") from error
        try:
            with psycopg.connect(**words_of({**into, "NAME": "postgres"}), autocommit=True) as server:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(into["NAME"])))
        except psycopg.Error as refused:
            raise BadBackup(f"There is no database {into['NAME']}, and it cannot be made: {refused}") from refused


def _check(there: psycopg.Connection[Any], manifest: Manifest, into: dict[str, Any]) -> None:
    if full := fingerprints.tables(there):
        raise BadBackup(
            f"The database {into['NAME']} is not empty: it has {len(full)} tables. Name another, or drop it first; "
            "a restore never writes over anything."
        )
    if there.info.server_version // 10000 < manifest.postgres // 10000:
        raise BadBackup(
            f"The backup was taken of PostgreSQL {manifest.postgres // 10000}, this server is "
            f"{there.info.server_version // 10000}: use one that is not older."
        )
    (login,) = there.execute("SELECT current_user::text").fetchone() or ("",)
    if login != manifest.owner:
        # The names of the roles for row-level security begin with that of the owner of the tables.
        raise BadBackup(
            f"The tables belonged to the login {manifest.owner}; you are {login}. Restore as {manifest.owner}."
        )


def _make_roles(there: psycopg.Connection[Any], manifest: Manifest) -> None:
    """The roles that the rights in the dump name, where the server does not have them."""
    known = {name for (name,) in there.execute("SELECT rolname::text FROM pg_roles").fetchall()}
    try:
        for name, past_policies, _, _ in manifest.roles:
            if name not in known:
                kind = sql.SQL("BYPASSRLS" if past_policies else "NOBYPASSRLS")
                there.execute(sql.SQL("CREATE ROLE {} NOLOGIN {}").format(sql.Identifier(name), kind))
        for name, _, above, below in manifest.roles:
            for group, member in [(up, name) for up in above] + [(name, down) for down in below]:
                if {group, member} - known:
                    there.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(member)))
    except psycopg.errors.InsufficientPrivilege as error:
        names = ", ".join(row[0] for row in manifest.roles if row[0] not in known)
        raise BadBackup(f"The roles {names} are missing, and your login may not make them: {error}") from error


def _pour(dump: Path, into: dict[str, Any], server: int) -> None:
    """pg_restore in one transaction, without the comments on extensions, which are not ours to write."""
    words = environment(into)
    tool = program("pg_restore", server=server)
    listed = subprocess.run([tool, "--list", dump], env=words, capture_output=True, text=True)
    if listed.returncode:
        raise BadBackup(f"The dump cannot be read: {listed.stderr.strip()}")
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.writelines(line for line in listed.stdout.splitlines(True) if " COMMENT - EXTENSION " not in line)
        chosen.flush()
        done = subprocess.run(
            [tool, "--single-transaction", "--exit-on-error", f"--use-list={chosen.name}",
             f"--dbname={into['NAME']}", dump],
            env=words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
    if done.returncode:
        raise BadBackup(f"Nothing was restored, as pg_restore broke off: {done.stderr.strip()[-1500:]}")
