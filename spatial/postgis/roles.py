"""The role of PostgreSQL under which a connection works for a while: rights and row-level security are the role's.

`take` gives this thread's connection a role and settings (`SET ROLE`), which hold for every later statement, also once
a lost connection is opened again, until `give_back`. `as_owner` lifts the role for what a rule of the house does past
the sight of the one who asked. Nothing here says who gets which role.

The role is said before the first statement and again wherever it may have been lost: on a fresh connection, and after
PostgreSQL took it back, as SET is undone by the rollback of the transaction, or to the savepoint, in which it was said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

OWN = "none"  # what PostgreSQL calls the role of the login itself


class _Worn:
    """An execute wrapper of Django's: the role of one connection."""

    def __init__(self, wearer: Any, role: str, settings: Mapping[str, str]) -> None:
        self.wearer, self.role, self.settings = wearer, role, settings
        self.lifted = 0
        self.untouched = False  # nothing said yet
        self._said: tuple[Any, str] | None = None  # on which connection, which role
        self._undone_by_rollback = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        raw = context["connection"].connection
        status = raw.info.transaction_status.name
        if status == "INERROR":
            # Nothing but a rollback is taken now, and the role may go with it.
            self._said = None
            return execute(sql, params, many, context)
        if self._undone_by_rollback and status == "IDLE":
            self._said = None
        wanted = OWN if self.lifted else self.role
        if self._said != (raw, wanted):
            with context["connection"].wrap_database_errors:
                self.say(raw, wanted, idle=status == "IDLE")
        if isinstance(sql, str) and sql.startswith("ROLLBACK"):
            self._said = None
        return execute(sql, params, many, context)

    def say(self, raw: Any, role: str, *, idle: bool) -> None:
        """Say role and settings on psycopg's own connection: one round trip."""
        self._said, self.untouched = None, False
        names = ["role", *self.settings]
        values = [role, *self.settings.values()]
        calls = ", ".join("set_config(%s, %s, false)" for _ in names)
        raw.execute(f"SELECT {calls}", [part for pair in zip(names, values, strict=True) for part in pair])
        self._said = raw, role
        self._undone_by_rollback = not (idle and raw.autocommit)


def take(role: str, settings: Mapping[str, str], *, at_need: bool = False) -> Callable[[], None]:
    """Work under a role from now on, with some settings of PostgreSQL (their names have a dot); how to give it back.

    What is returned may be called from any thread, also where the role was given back before. `at_need` says the role
    with the first statement through a cursor: two round trips less for a page that has none.

    Raises
    ------
    ProgrammingError : there is no such role, or the login is not a member of it
    """
    give_back()
    wearer = connections[DEFAULT_DB_ALIAS]  # this thread's own, which `connection` stands for
    worn = _Worn(wearer, role, settings)
    if at_need:
        worn.untouched = True
    else:
        connection.ensure_connection()
        raw = wearer.connection
        with wearer.wrap_database_errors:
            worn.say(raw, role, idle=raw.info.transaction_status.name == "IDLE")
    wearer.execute_wrappers.append(worn)
    return lambda: _give_back(worn)


def give_back() -> None:
    """Work as the login itself again; nothing where no role was taken. Other settings are left empty."""
    worn = _worn()
    if worn is not None:
        _give_back(worn)


def _give_back(worn: _Worn) -> None:
    if worn not in worn.wearer.execute_wrappers:
        return
    worn.wearer.execute_wrappers.remove(worn)
    if worn.untouched:
        return
    raw = worn.wearer.connection
    if raw is None or raw.closed or raw.info.transaction_status.name == "INERROR":
        return  # the role goes with the connection, or with the transaction that is rolled back
    worn.settings = dict.fromkeys(worn.settings, "")
    with worn.wearer.wrap_database_errors:
        worn.say(raw, OWN, idle=True)


@contextmanager
def as_owner() -> Iterator[None]:
    """What is done inside is done as the login itself, whatever role was taken."""
    worn = _worn()
    if worn is None:
        yield
        return
    worn.lifted += 1
    try:
        yield
    finally:
        # The next statement says the role again.
        worn.lifted -= 1


def _worn() -> _Worn | None:
    return next((wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, _Worn)), None)
