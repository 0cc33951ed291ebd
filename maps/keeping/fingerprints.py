"""What is in a database, as figures that a copy must have, too: rows and a digest of each table, and every counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from spatial.postgis.run import statement

Fingerprints = dict[str, list[Any]]


def tables(to: psycopg.Connection[Any]) -> dict[str, int]:
    """The tables of the city with the number of rows that the planner believes in, which is enough for a bar."""
    return dict(to.execute(statement("maps", "tables_kept_v1")).fetchall())


def take(to: psycopg.Connection[Any], *, told: Callable[[str], None] = lambda table: None) -> Fingerprints:
    """Rows and digest of every table, in the transaction that is open on the connection: all of one moment."""
    to.execute(statement("maps", "text_of_rows_v1"))
    found: Fingerprints = {}
    for table in tables(to):
        row = to.execute(statement("maps", "rows_kept_v1"), {"table": table}).fetchone()
        assert row is not None
        found[table] = [row[0], row[1]]
        told(table)
    return found


def counters(to: psycopg.Connection[Any]) -> dict[str, int | None]:
    """Where each sequence stands; a counter moves on outside of transactions."""
    return dict(to.execute(statement("maps", "counters_kept_v1"), ()).fetchall())


def differences(before: Fingerprints, after: Fingerprints) -> list[str]:
    """The tables that are not the same, in words: missing, more than there were, other rows."""
    found = []
    for table in sorted({*before, *after}):
        was, is_now = before.get(table), after.get(table)
        if was is None or is_now is None:
            found.append(f"{table}: {'is new' if was is None else 'is missing'}")
        elif was[0] != is_now[0]:
            found.append(f"{table}: {was[0]:,} rows then, {is_now[0]:,} now")
        elif was[1] != is_now[1]:
            found.append(f"{table}: {was[0]:,} rows, not the same ones")
    return found
