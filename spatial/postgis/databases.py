"""Databases on the server of the configured one, made and dropped as a whole."""

from __future__ import annotations

from django.db import DatabaseError, connection


class CannotMake(RuntimeError):
    """A database cannot be made: its user may not, or the name is taken by one that cannot be dropped."""


def make(name: str) -> None:
    """Make an empty database; one of that name, with all that is in it and whoever uses it, goes. Raises CannotMake."""
    try:
        drop(name)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    except DatabaseError as error:
        raise CannotMake(f"The database “{name}” cannot be made: {error}".strip()) from error


def drop(name: str) -> None:
    """Drop a database, if it is there, whoever uses it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")
