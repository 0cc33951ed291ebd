"""Short questions that are asked thousands of times a second: prepared once a connection, answered as they come.

A cursor of Django's over one of psycopg's takes 0.1 ms of Python around a question that PostgreSQL answers in 0.02,
and every thread of the process waits for it. Here libpq is asked itself, and nothing is converted: who asks compares
the texts with those of before, or reads them. No role is said for it (`spatial.postgis.roles`), nor is it seen by what
wraps statements: only for what all may know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg import OperationalError, errors, pq

from spatial.postgis.run import statement

Texts = tuple[bytes | None, ...]
_PARAMETER = re.compile(r"%\((\w+)\)s")
# Of each connection, what it knows already; gone with it.
_prepared: WeakKeyDictionary[Any, set[bytes]] = WeakKeyDictionary()


def texts(app: str, name: str, parameters: Mapping[str, str]) -> Texts | None:
    """The first row of `<app>/sql/<name>.sql` as the server's own texts, or None; parameters as texts, too.

    Times come in the connection's time zone (Django's is UTC).

    Raises
    ------
    django.db.Error : as any statement
    """
    words, label, names = _question(app, name)
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    raw = connection.connection
    known = _prepared.setdefault(raw, set())
    with connection.wrap_database_errors:
        asked: Any = raw.pgconn
        if label not in known:
            _checked(asked, asked.prepare(label, words), pq.ExecStatus.COMMAND_OK)
            known.add(label)
        found = asked.exec_prepared(label, [parameters[of].encode() for of in names])
        _checked(asked, found, pq.ExecStatus.TUPLES_OK)
    return tuple(found.get_value(0, n) for n in range(found.nfields)) if found.ntuples else None


@cache
def _question(app: str, name: str) -> tuple[bytes, bytes, tuple[str, ...]]:
    """The statement with numbered parameters, its name on the server, and the parameters in their order."""
    text = statement(app, name)
    names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    words = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")
    return words.encode(), f"{app}_{name}".encode(), names


def _checked(asked: Any, found: Any, wanted: pq.ExecStatus) -> None:
    if found.status != wanted:
        if asked.status == pq.ConnStatus.BAD:
            raise OperationalError(asked.get_error_message())
        raise errors.error_from_result(found)
