"""Runs the SQL that the ORM cannot say: one statement in each `<app>/sql/<name>.sql`, parameters bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from django.db import connection

Parameters = Mapping[str, Any] | Sequence[Any] | None


@cache
def statement(app: str, name: str) -> str:
    """The text of `<app>/sql/<name>.sql`."""
    return resources.files(app).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def rows(app: str, name: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
    """All rows of a query, in its own order."""
    with connection.cursor() as cursor:
        cursor.execute(statement(app, name), parameters)
        return list(cursor.fetchall())


def blocks(app: str, name: str, parameters: Parameters = None, *, of: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a long query in blocks, as they come from the server: none holds up other threads for long."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement(app, name), parameters)
        while some := cursor.fetchmany(of):
            yield some


def row(app: str, name: str, parameters: Parameters = None) -> tuple[Any, ...] | None:
    """The first row of a query, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement(app, name), parameters)
        found = cursor.fetchone()
    return None if found is None else tuple(found)


def execute(app: str, name: str, parameters: Parameters = None) -> int:
    """Run a statement; the number of rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement(app, name), parameters)
        return int(cursor.rowcount)
