"""Takes in the city's table of items from a workbook or CSV: all of it or nothing, each fault with its row."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import transaction

from cases.correction.book import lock, months_closed
from cases.models import CorrectionItem, CorrectionTable
from cells.importing.columns import Columns
from cells.importing.errors import ImportRefused
from cells.importing.reading import Source, open_source
from cells.importing.workbooks import open_workbook
from cells.models import CatalogueClass

FIELDS = ("code", "name", "class", "from_days", "amount", "per_day")
NEEDED = ("name", "class", "amount")
MOST_ROWS, MOST_FAULTS, MOST_DAYS = 5000, 50, 3660
MOST_AMOUNT = Decimal(10) ** 9
_CLASS = re.compile(r"(event|component)-(\d{4,8})")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did; `changed` is False where the newest table is the same already."""

    table: CorrectionTable
    items: int
    changed: bool


def import_items(
    path: Path, *, since: str, source: str, at: dt.datetime, named: dict[str, list[str]] | None = None,
    sheet: str | None = None, encoding: str | None = None,
) -> Taken:  # fmt: skip
    """Take in a table that holds from a month on; the same again changes nothing.

    Raises
    ------
    ImportRefused : the file cannot be read, a row is at fault, or the month is closed already
    """
    if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", since):
        raise ImportRefused(f"“{since}” is no month.", hint="Write it as 2026-03.")
    opened = _open(path, sheet, encoding)
    columns = Columns(
        opened.columns, FIELDS, named=named or {}, vocabulary={name: f"correction_{name}" for name in FIELDS}
    )
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ImportRefused(
            f"{path.name} has no column for {', '.join(missing)}.",
            hint=f"Its columns: {', '.join(opened.columns)}. Give --map {missing[0]}=COLUMN.",
        )
    rows = _rows(opened, columns)
    with transaction.atomic():
        lock()
        closed = [month for month in months_closed() if month >= since]
        if closed:
            raise ImportRefused(f"{closed[-1]} is closed.", hint="A table holds from an open month on.")
        newest = CorrectionTable.objects.filter(since=since).first()
        if newest is not None and _plain(list(newest.items.all())) == _plain(rows):
            return Taken(newest, len(rows), changed=False)
        table = CorrectionTable.objects.create(since=since, source=source[:200], taken_in_at=at)
        for row in rows:
            row.table = table
        CorrectionItem.objects.bulk_create(rows)
    return Taken(table, len(rows), changed=True)


def _open(path: Path, sheet: str | None, encoding: str | None) -> Source:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return open_workbook(path, sheet=sheet)
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise ImportRefused(f"{path.name} is neither a workbook nor a table.", hint="Send .xlsx or .csv.")
    return open_source(path, encoding=encoding)


def _rows(opened: Source, columns: Columns) -> list[CorrectionItem]:
    known = {f"{c.kind}-{c.code}" for c in CatalogueClass.objects.in_use().minors()}
    rows: list[CorrectionItem] = []
    faults: list[str] = []
    seen: set[tuple[str, int]] = set()
    for chunk in opened.chunks():
        texts = {name: columns.text(chunk, name) for name in FIELDS}
        for n, number in enumerate(chunk.row_numbers.tolist()):
            given = {name: str(texts[name][n]).strip() for name in FIELDS}
            if not any(given.values()):
                continue
            try:
                row = _row(given, known, len(rows) + 1)
                if (row.kind_code, row.from_days) in seen:
                    raise ValueError(f"{row.kind_code} from {row.from_days} days stands in the file before")
                seen.add((row.kind_code, row.from_days))
                rows.append(row)
            except ValueError as error:
                faults.append(f"row {number}: {error}")
    faults += [f"row {number}: cannot be cut into columns: {words[:60]}" for number, words in opened.broken]
    if len(rows) > MOST_ROWS:
        raise ImportRefused(f"{opened.path.name} has more than {MOST_ROWS} rows.")
    if faults:
        more = f"\n… and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise ImportRefused(
            f"{len(faults)} rows are at fault, nothing was taken in:\n" + "\n".join(faults[:MOST_FAULTS]) + more
        )
    if not rows:
        raise ImportRefused(f"{opened.path.name} has no rows.")
    return rows


def _row(given: dict[str, str], known: set[str], number: int) -> CorrectionItem:
    if not given["name"] or len(given["name"]) > 120 or len(given["code"]) > 20:
        raise ValueError("the item's name is missing or longer than 120 signs, or its number than 20")
    kind = given["class"].lower()
    if not _CLASS.fullmatch(kind) or kind not in known:
        raise ValueError(f"“{given['class'][:40]}” is no class of the catalogue in use; write it as event-0103")
    days = given["from_days"] or "1"
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:9]) <= MOST_DAYS):
        raise ValueError(f"“{days[:20]}” is no number of days from 1 to {MOST_DAYS}")
    return CorrectionItem(
        code=given["code"] or str(number),
        name=given["name"],
        kind_code=kind,
        from_days=int(days),
        amount=_money(given["amount"], "amount"),
        per_day=_money(given["per_day"] or "0", "amount per day"),
    )


def _money(text: str, what: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", "").replace("，", "").removesuffix("元").strip())
    except InvalidOperation as error:
        raise ValueError(f"the {what} “{text[:20]}” is no number") from error
    if not found.is_finite() or not 0 <= found < MOST_AMOUNT or found != round(found, 2):
        raise ValueError(f"the {what} “{text[:20]}” is not from 0 to a thousand million with at most two decimals")
    return round(found, 2)


def _plain(rows: list[CorrectionItem]) -> list[tuple[object, ...]]:
    return sorted((r.code, r.name, r.kind_code, r.from_days, r.amount, r.per_day) for r in rows)
