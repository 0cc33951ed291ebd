"""Databases on the server of the configured one, made and dropped as a whole."""

from __future__ import annotations

from django.db import DatabaseError, connection


class CannotMake(RuntimeError):
    """A database cannot be made: its user may not, or the name is taken by one that cannot be dropped."""


def make(name: str, *, like: str = "template1") -> None:
    """Make a database, empty or `like` one that nobody uses; one of that name, with all that is in it, goes.

    Raises CannotMake.
    """
    try:
        drop(name)
        with connection.cursor() as cursor:
            quoted = connection.ops.quote_name
            cursor.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(like)}")
    except DatabaseError as error:
        raise CannotMake(f"The database “{name}” cannot be made: {error}".strip()) from error


def drop(name: str) -> None:
    """Drop a database, if it is there, whoever uses it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")
