"""A table in the body of a request, Arrow or Parquet: unpacked in a process of its own before anybody here reads it.

Both forms may unpack to a thousand times what they weigh, and Arrow is read by trusting its offsets; the reader's side
(`unpacked`) counts, looks at every offset and hands back a plain stream.
"""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spatial.fence import Stopped, fenced

SECONDS, MEGABYTES, MOST_COLUMNS = 20, 512, 500
_WORDS = {
    "time": "It takes too long to read.",
    "memory": "It unpacks to more than is read here.",
    "broken": "It breaks what reads it.",
    "busy": "Too many tables come at this moment.",
}


class BadBody(ValueError):
    """The body is no table that can be read."""

    def __init__(self, detail: str, *, hint: str = "Send a whole table.", **where: Any) -> None:
        self.detail, self.hint, self.where = detail, hint, where
        super().__init__(detail)


def table_of(body: bytes, *, parquet: bool, most_rows: int) -> tuple[int, pa.Table]:
    """How many rows the body has, and its table: whole where they are `most_rows` at most; raises BadBody."""
    try:
        rows, stream = fenced(
            unpacked, body, parquet=parquet, most_rows=most_rows, seconds=SECONDS, megabytes=MEGABYTES,
            refusals=(BadBody,),
        )  # fmt: skip
    except Stopped as stopped:
        raise BadBody(_WORDS[stopped.why], hint="Send it in parts.", reason=stopped.why) from None
    return rows, pa.ipc.open_stream(stream).read_all()


def unpacked(body: bytes, *, parquet: bool, most_rows: int) -> tuple[int, bytes]:
    """The rows and the plain Arrow stream of a body; raises BadBody."""
    try:
        if parquet:
            file = pq.ParquetFile(io.BytesIO(body))
            schema, batches = file.schema_arrow, file.iter_batches(batch_size=10_000)
        else:
            stream = pa.ipc.open_stream(body)
            schema, batches = stream.schema, iter(stream)
        names = schema.names  # raises where one is no UTF-8
        if len(names) > MOST_COLUMNS:
            raise BadBody(f"The table has {len(names)} columns; at most {MOST_COLUMNS} are read.")
        out, rows = pa.BufferOutputStream(), 0
        with pa.ipc.new_stream(out, schema) as packed:
            for batch in batches:
                rows += batch.num_rows
                if rows > most_rows:
                    break
                batch.validate(full=True)
                packed.write_batch(batch)
    except BadBody:
        raise
    except pa.ArrowMemoryError as error:
        raise MemoryError from error
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise BadBody(str(error)[:300] or type(error).__name__) from error
    return rows, out.getvalue().to_pybytes()
