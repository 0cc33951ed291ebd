"""COPY into tables that last as long as the transaction; the way in for many rows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.db import connection

from spatial.postgis import run

_OPTIONS = pa.csv.WriteOptions(include_header=False, quoting_style="all_valid")


def begin(app: str, name: str, **parameters: Any) -> None:
    """Make the staging table(s) by `<app>/sql/<name>.sql`: temporary, dropped when the transaction ends."""
    run.execute(app, name, parameters or None)


def add(table: str, columns: Mapping[str, np.ndarray | pa.Array]) -> int:
    """COPY rows into a staging table: columns of equal length; None, NaN and NaT become NULL, "" stays ""."""
    arrays = {name: _arrow(values) for name, values in columns.items()}
    block = pa.table(arrays)
    if block.num_rows == 0:
        return 0
    text = io.BytesIO()
    pa.csv.write_csv(block, text, _OPTIONS)
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv)") as copy:
        copy.write(text.getbuffer())
    return int(block.num_rows)


def analyze(table: str) -> None:
    """Tell the planner what was copied: a temporary table is never analyzed by itself."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


def _arrow(values: np.ndarray | pa.Array) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if values.dtype == object:
        return pa.array([None if v is None else str(v).replace("\x00", "") for v in values], pa.string())
    return pa.array(values, from_pandas=True)
