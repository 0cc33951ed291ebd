"""Rows of fixed width between numpy and tables by binary COPY: no text is made, no number is read from it.

A record array becomes the wire's form as a whole (PostgreSQL manual, COPY, binary format: 16 bits of how many fields,
then 32 bits of length and the value, big end first). So only columns that are never null and of fixed width:
bigint, double precision, real, timestamptz. Times are microseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from spatial.postgis.run import Parameters, statement

_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_EPOCH_US = 946_684_800_000_000  # 2000-01-01, where the database's own time begins
_CHUNK = 100_000


def write(table: str, columns: Sequence[str], rows: NDArray[Any], *, times: Sequence[str]) -> int:
    """COPY a record array into a table, its fields in the order of `columns`; the number of rows."""
    names = ", ".join(connection.ops.quote_name(c) for c in columns)
    order = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN WITH (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(order) as copy:
        copy.write(_HEAD)
        for begin in range(0, len(rows), _CHUNK):
            copy.write(_packed(rows[begin : begin + _CHUNK], times))
        copy.write(_END)
    return len(rows)


def read(app: str, name: str, parameters: Parameters, *, dtype: np.dtype[Any], times: Sequence[str]) -> NDArray[Any]:
    """The rows of a query of `<app>/sql/`, whose columns are those of `dtype` in its order."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({statement(app, name)}) TO STDOUT WITH (FORMAT binary)", parameters) as copy,
    ):
        data = b"".join(copy)
    body = memoryview(data)[len(_HEAD) : len(data) - len(_END)]
    wire = np.frombuffer(body, _wire(dtype))
    rows = np.empty(len(wire), dtype)
    for field in dtype.names or ():
        rows[field] = wire[field] + _EPOCH_US if field in times else wire[field]
    return rows


def _packed(rows: NDArray[Any], times: Sequence[str]) -> memoryview:
    fields = rows.dtype.names or ()
    out = np.empty(len(rows), _wire(rows.dtype))
    out["fields"] = len(fields)
    for field in fields:
        out[f"length of {field}"] = rows.dtype[field].itemsize
        out[field] = rows[field] - _EPOCH_US if field in times else rows[field]
    return memoryview(out.tobytes())


def _wire(dtype: np.dtype[Any]) -> np.dtype[Any]:
    form: list[Any] = [("fields", ">i2")]
    for field in dtype.names or ():
        form += [(f"length of {field}", ">i4"), (field, dtype[field].newbyteorder(">"))]
    return np.dtype(form)
