"""Workbooks (.xlsx) as tables of text: what offices send. Read with care, as a workbook is a packed folder of XML.

Only the first sheet is read (or the one named), its first line names the columns. Numbers lose a needless ".0", days
are written as ISO dates, formulas count as the value last saved with them. A file that unpacks to far more than it
weighs, has too many rows or is no workbook at all is refused before it is read.
"""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, Source

MOST_UNPACKED_BYTES = 200 << 20
MOST_PARTS = 500
MOST_ROWS, MOST_COLUMNS = 50_000, 60
_CELL_LETTERS = 40_000  # more than a cell can have: what is too long is told, not cut
# Whatever a broken or forged workbook makes of its reader.
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError, AttributeError,
    EOFError, OSError, NotImplementedError, RuntimeError, OverflowError, zlib.error,
)  # fmt: skip


def open_workbook(path: Path, *, sheet: str | None = None) -> Source:
    """Open a workbook; all of it is read at once, as it is small.

    Raises
    ------
    ImportRefused : it is no workbook, too large, has no usable header, or no sheet of that name
    """
    if not path.exists():
        raise ImportRefused(f"There is no file {path}.", hint="Check the path.")
    try:
        _require_modest(path)
        names, rows = _read(path, sheet)
    except ImportRefused:
        raise
    except _BROKEN as error:
        raise ImportRefused(
            f"{path.name} cannot be read as a workbook: {str(error)[:120]}", hint="Save it anew as .xlsx, or as CSV."
        ) from error
    if not any(names) or len({n for n in names if n}) != len([n for n in names if n]):
        raise ImportRefused(f"{path.name} has no usable header.", hint="The first line names the columns, each once.")
    used = [n for n, name in enumerate(names) if name]
    columns = {names[n]: pa.array([row[n] for row in rows], pa.string()) for n in used}
    table = pa.table(columns)

    def stream() -> Iterator[Chunk]:
        if rows:
            yield Chunk(1, table, None)

    return Source(path, tuple(columns), len(rows), "", False, stream)


def _require_modest(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED_BYTES:
        raise ImportRefused(
            f"{path.name} unpacks to {unpacked:,} bytes in {len(parts)} parts.",
            hint=f"At most {MOST_UNPACKED_BYTES:,} bytes are read: split it, or save it as CSV.",
        )


def _read(path: Path, sheet: str | None) -> tuple[list[str], list[list[str]]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise ImportRefused(
                f"{path.name} has no sheet “{sheet}”.", hint=f"It has: {', '.join(map(str, book.sheetnames))}."
            )
        page = book[sheet] if sheet is not None else book.worksheets[0]
        # What the file says of its own size may be a lie, or 2^20 rows: only what is there counts.
        page.reset_dimensions()
        lines = page.iter_rows(values_only=True, max_col=MOST_COLUMNS)
        names = [_text(value) for value in next(lines, ())]
        rows: list[list[str]] = []
        for line in lines:
            if len(rows) >= MOST_ROWS:
                raise ImportRefused(f"{path.name} has more than {MOST_ROWS:,} rows.", hint="Split it.")
            texts = [_text(value) for value in line][: len(names)]
            rows.append(texts + [""] * (len(names) - len(texts)))
        while rows and not any(rows[-1]):
            rows.pop()
        return names, rows
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:_CELL_LETTERS].replace("\x00", "").strip()
