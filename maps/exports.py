"""Tables as files: spreadsheet (xlsx), CSV, Parquet and GeoPackage, so that memory stays flat whatever their length.

A `Table` says its head (what it is, of which filter, when), its columns and its rows; the writers know nothing else.
What people typed is text in every file: a cell that begins with = + - @ or a tab can start a formula in a spreadsheet
program, so in xlsx it is marked as text, and in CSV it gets an apostrophe before it.

200,000 lines of the ledger (15 columns), read and written, in seconds of the processor and growth of the process: CSV
10 s and nothing, GeoPackage 14 s and 17 MB, xlsx 36 s and nothing (`tests/bench/ledger.py`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import geopandas
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from asgiref.sync import sync_to_async
from django.utils import timezone, translation
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from cells.formulas import FORMULA, defused
from spatial import crs

XLSX_ROWS = 1_048_576
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_CSV_ROWS, _GPKG_ROWS, _FILE_BYTES = 1_000, 10_000, 1 << 18


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, how wide a spreadsheet shows the column (in letters), and what its values are."""

    heading: str
    width: float = 14.0
    kind: type = str  # or int, float, dt.datetime


@dataclass(frozen=True, slots=True)
class Table:
    """What goes into a file. A row has a value for each column, or None; a moment knows its time zone."""

    title: str
    head: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Iterator[tuple[Any, ...]]
    # Where in a row longitude and latitude stand (WGS 84), for formats that have geometry; None where rows have none.
    lon: int | None = -2
    lat: int | None = -1
    name: str = "ledger"
    language: str = field(default_factory=lambda: translation.get_language() or "")


def csv_pieces(table: Table) -> Iterator[bytes]:
    """The table as CSV in UTF-8 (with the mark by which spreadsheets know it), in pieces of 1,000 rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")
    writer.writerows([[defused(table.title)], *([defused(label), defused(words)] for label, words in table.head), []])
    writer.writerow([column.heading for column in table.columns])
    while True:
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
        block = list(islice(table.rows, _CSV_ROWS))
        if not block:
            return
        writer.writerows([_plain(value) for value in row] for row in block)


def write_xlsx(table: Table, out: IO[bytes]) -> None:
    """The table as a spreadsheet; its rows lie in a temporary file until the end."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(table.title))
    for n, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(n)].width = column.width
    sheet.freeze_panes = f"A{len(table.head) + 4}"
    bold = Font(bold=True)

    def strong(words: str) -> WriteOnlyCell:
        cell = WriteOnlyCell(sheet, words)
        cell.font, cell.data_type = bold, "s"
        return cell

    sheet.append([strong(table.title)])
    for label, words in table.head:
        sheet.append([_cell(sheet, label), _cell(sheet, words)])
    sheet.append([])
    sheet.append([strong(column.heading) for column in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, value) if isinstance(value, str) else _local(value) for value in row])
    book.save(out)


def write_gpkg(table: Table, path: Path) -> None:
    """The table as a GeoPackage of points (WGS 84); rows without a place have no geometry. 10,000 rows at a time."""
    names = [column.heading for n, column in enumerate(table.columns) if n not in _places(table)]
    said = {"title": table.title, **dict(table.head)}
    first = True
    while True:
        block = list(islice(table.rows, _GPKG_ROWS))
        if not block and not first:
            return
        frame = _frame(block, names, table)
        more = {"layer_metadata": said} if first else {"append": True}
        pyogrio.write_dataframe(
            frame, path, layer=table.name, driver="GPKG", geometry_type="Point", promote_to_multi=False, **more
        )
        first = False


def write_parquet(table: Table, path: Path) -> None:
    """The table as Parquet, 10,000 rows at a time; with places as GeoParquet 1.0 (points as WKB, longitude first)."""
    names = [column.heading for n, column in enumerate(table.columns) if n not in _places(table)]
    said = {b"title": table.title.encode(), **{label.encode(): words.encode() for label, words in table.head}}
    writer = None
    try:
        while (block := list(islice(table.rows, _GPKG_ROWS))) or writer is None:
            frame = _frame(block, names, table)
            plain = pd.DataFrame(frame)
            if _places(table):
                plain["geometry"] = frame.geometry.to_wkb()
                point = {"encoding": "WKB", "geometry_types": ["Point"]}
                told = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": point}}
                said[b"geo"] = json.dumps(told).encode()
            if writer is None:
                kinds = {dt.datetime: pa.timestamp("us", "UTC"), int: pa.int64(), float: pa.float64()}
                columns = [c for n, c in enumerate(table.columns) if n not in _places(table)]
                fields = [(c.heading, kinds.get(c.kind, pa.string())) for c in columns]
                fields += [("geometry", pa.binary())] if _places(table) else []
                schema = pa.schema(fields, metadata=said)
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(pa.Table.from_pandas(plain, schema=schema, preserve_index=False))
    finally:
        if writer is not None:
            writer.close()


def file_of(table: Table, form: str) -> IO[bytes]:
    """The finished file of a format that can only be sent whole (its parts refer to each other), open at its start."""
    if form == "xlsx":
        out = tempfile.TemporaryFile()  # noqa: SIM115  (who sends it closes it)
        write_xlsx(table, out)
        out.seek(0)
        return out
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{form}"
        (write_parquet if form == "parquet" else write_gpkg)(table, path)
        return path.open("rb")  # lives on without its name


async def sent(pieces: Iterator[bytes], *, language: str) -> AsyncIterator[bytes]:
    """Pieces as an asynchronous answer takes them; Django would collect a plain iterator in memory."""

    def one() -> bytes | None:
        with translation.override(language):
            return next(pieces, None)

    while (piece := await sync_to_async(one)()) is not None:
        yield piece


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file in pieces; closed at its end."""
    with file:
        while piece := file.read(_FILE_BYTES):
            yield piece


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return defused(value)
    return _local(value).isoformat(" ", "seconds") if isinstance(value, dt.datetime) else value


def _local(value: Any) -> Any:
    """A moment as the city's clocks show it, as spreadsheets know no time zones; other values as they are."""
    if not isinstance(value, dt.datetime):
        return value
    return timezone.localtime(value, timezone.get_default_timezone()).replace(tzinfo=None, microsecond=0)


def _cell(sheet: Any, value: str) -> Any:
    """A text as a cell: as it is, or marked as text where a program could read something else into it."""
    value = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not value.startswith((*FORMULA, "#")):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type, cell.quotePrefix = "s", True
    return cell


def _frame(block: list[tuple[Any, ...]], names: list[str], table: Table) -> geopandas.GeoDataFrame:
    columns = [n for n in range(len(table.columns)) if n not in _places(table)]
    values: dict[str, Any] = {}
    for name, n in zip(names, columns, strict=True):
        column, kind = [row[n] for row in block], table.columns[n].kind
        # By the declared kind, so that a block of empty values has the type of the others.
        if kind is dt.datetime:
            values[name] = pd.to_datetime(pd.Series(column, dtype=object), utc=True).dt.floor("s")
        else:
            values[name] = pd.Series(column, dtype={int: "Int64", float: "Float64"}.get(kind, object))
    if not _places(table):
        return geopandas.GeoDataFrame(values)
    lon, lat = _places(table)
    points = [None if row[lon] is None else shapely.Point(row[lon], row[lat]) for row in block]
    return geopandas.GeoDataFrame(values, geometry=geopandas.GeoSeries(points, crs=crs.LONLAT))


def _places(table: Table) -> tuple[int, ...]:
    if table.lon is None or table.lat is None:
        return ()
    return table.lon % len(table.columns), table.lat % len(table.columns)


def _sheet_name(title: str) -> str:
    return "".join(sign for sign in title if sign not in "[]:*?/\\")[:31]
