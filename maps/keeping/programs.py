"""pg_dump and pg_restore: which ones, and how they reach a database without a password on their command line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from maps.keeping.packing import BadBackup


def program(name: str, *, server: int) -> str:
    """The newest of that name on this machine, which must not be older than the server (its number, as 150018).

    Raises
    ------
    BadBackup : there is none, or only an older one
    """
    found = {int(p.parent.parent.name): str(p) for p in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")}
    major = server // 10000
    if major in found:
        return found[major]
    newer = [version for version in found if version > major]
    if newer:
        return found[min(newer)]
    on_path = shutil.which(name)
    if on_path and not found:
        return on_path
    raise BadBackup(f"{name} of PostgreSQL {major} is not on this machine: install postgresql-client-{major}.")


def environment(database: dict[str, Any]) -> dict[str, str]:
    """The environment in which PostgreSQL's programs reach a database of Django's settings."""
    names = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}
    said = {to: str(database[key]) for key, to in names.items() if database.get(key)}
    options = database.get("OPTIONS", {})
    for key, to in {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "service": "PGSERVICE"}.items():
        if options.get(key):
            said[to] = str(options[key])
    if "host" in options:
        said["PGHOST"] = str(options["host"])
    return os.environ | said


def words_of(database: dict[str, Any]) -> dict[str, Any]:
    """What psycopg connects with."""
    options = {k: v for k, v in database.get("OPTIONS", {}).items() if k != "pool"}
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {to: database[key] for key, to in names.items() if database.get(key)} | options
