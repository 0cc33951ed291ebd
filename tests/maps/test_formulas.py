"""What people typed is words wherever it is opened: in a table no formula, in the log no line of its own."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from cells.importing.rejects import Rejects
from maps.exports import Column, Table, csv_pieces, write_xlsx

BAD = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")')


def table() -> Table:
    return Table(title=BAD[0], head=[(BAD[1], BAD[2])], columns=[Column("words")], rows=iter([(bad,) for bad in BAD]))


def test_no_table_begins_a_formula() -> None:
    told = b"".join(csv_pieces(table())).decode("utf-8-sig")
    found = [value for row in csv.reader(io.StringIO(told, newline="")) for value in row]
    assert len([value for value in found if value.startswith("'")]) == len(BAD) + 3
    assert [value for value in found if value.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    out = io.BytesIO()
    write_xlsx(table(), out)
    sheet = openpyxl.load_workbook(out).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


@pytest.mark.parametrize("bad", BAD)
def test_a_rejected_row_begins_no_formula(bad: str, tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path) as rejects:
        rejects.add(1, bad, "no such class", found=bad)
    with path.open(newline="", encoding="utf-8-sig") as file:
        _, row = csv.reader(file)
    assert (row[1], row[3]) == (f"'{bad}", f"'{bad}")
