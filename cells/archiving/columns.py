"""Columns as archives have them: of whatever type, moments with a zone or of the city's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class BadColumn(ValueError):
    """A column is not what it must be: words say which of which file, and what was found."""


@contextmanager
def read_as(what: str, column: str, file: str) -> Iterator[None]:
    """What goes wrong inside with the values of a column is told in words; raises BadColumn."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        found = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadColumn(f"{file}: the column {column} cannot be read as {what}. {found[:200]}") from error


def read_columns(file: str, group: int, wanted: set[str]) -> Any:
    """Some columns of a row group of a Parquet file, as an Arrow table; raises BadColumn where one is missing."""
    import pyarrow.parquet as pq

    parquet = pq.ParquetFile(file)
    there = parquet.schema_arrow.names
    missing = ", ".join(sorted(wanted - set(there)))
    if missing:
        raise BadColumn(f"{file} has no column {missing}. There are: {', '.join(there)}.")
    return parquet.read_row_group(group, columns=sorted(wanted))


def moments_of(column: Any, zone: str, form: str | None = None) -> Any:
    """An Arrow column as microseconds of UTC; what names no zone is of that one. Empty texts are no moment.

    Parameters
    ----------
    column : pyarrow Array or ChunkedArray
        Of timestamps, dates or texts.
    form : str, optional
        How texts are written, as "%m/%d/%Y %I:%M:%S %p"; default ISO 8601.

    Raises
    ------
    ValueError : a text is no moment; the words show it
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    stamp: Any = pa.timestamp("us", "UTC")
    if pa.types.is_null(column.type):
        return pc.cast(column, stamp)
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.timestamp("us"))
    elif not pa.types.is_timestamp(column.type):
        texts = pd.Series(pc.utf8_trim_whitespace(pc.cast(column, pa.string())).to_pandas()).replace("", None)
        try:
            read = pd.to_datetime(texts, format=form or "ISO8601")
        except ValueError as error:
            if "utc=True" not in str(error):
                raise
            read = pd.to_datetime(texts, format=form or "ISO8601", utc=True)  # several zones
        column = pa.chunked_array([pa.Array.from_pandas(read)])
    if column.type.tz is None:
        column = pc.assume_timezone(
            pc.cast(column, pa.timestamp("us"), safe=False), zone, ambiguous="earliest", nonexistent="earliest"
        )
    return pc.cast(column, stamp, safe=False)


def days_of_moments(column: Any, zone: str, form: str | None = None) -> Any:
    """An Arrow column of moments as days in a zone; raises ValueError."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.cast(pc.local_timestamp(pc.cast(moments_of(column, zone, form), pa.timestamp("us", zone))), pa.date32())
