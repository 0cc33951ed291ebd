"""Rates of cases that lie in files: by the same facts, formulas and units as the database's, counted part by part.

The files are those of `manage.py archive_cases`, or any others that have a code of the unit in each row (as
`manage.py snap_archive` puts it there) and the moments of a case. An indicator that needs a column which is not there
is left out and named: nothing is taken to be 0 that nobody knows. What patrols, spot checks and the units below did
stands in no archive of cases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings

from cases.archives.facts import FLAGS, NUMBERS, TEXTS, BadArchive, count, wish_of
from cases.judging.periods import Period
from cases.judging.rates import Counted, Rates, formulas_of, told
from cases.judging.units import LEVELS, Of, Unit, units_of
from cases.judging.vocabulary import FACTS, Formula
from cases.models import CaseFacts, Indicator
from cells.archiving.batch import each, parts_of
from cells.archiving.worker import Part
from cells.models import Cell
from spatial.postgis import run

# Columns of the rules, by their names in the database: moments, flags, how the case came in, which opening it is.
MOMENTS = tuple(f.name for f in CaseFacts._meta.fields if f.get_internal_type() == "DateTimeField")
NAMES = (*MOMENTS, *FLAGS, *NUMBERS, *TEXTS)


@dataclass(frozen=True, slots=True)
class OfArchive:
    """Rates, how many rows were read for them, and the indicators that could not be counted."""

    rates: Rates
    rows: int
    unknown: list[str]

    def as_data(self) -> dict[str, Any]:
        """As `Rates.as_data`, with the rows read and the indicators left out."""
        return {**self.rates.as_data(), "rows_read": self.rows, "unknown": self.unknown}


def rates_of_archive(
    files: Iterable[Path], kind: Of, period: Period, *, named: Mapping[str, str] | None = None,
    never: Collection[str] = (), time_format: str | None = None, client: Any = None,
    told_rows: Callable[[int], Any] = lambda rows: None,
) -> OfArchive:  # fmt: skip
    """Count the rows of Parquet files by units of a level of the grids, or by cell.

    Parameters
    ----------
    named
        Columns of the file by the names of the rules (`NAMES`, and `unit` for the code), where called otherwise.
    never
        Names of which the archive has nothing because nothing of it ever was: no case was void, none was extended.
    time_format
        How moments are written that are texts; default ISO 8601.
    client
        A Dask client whose workers share the folders; None counts here.
    told_rows
        Hears of the rows of each part that is done.

    Raises
    ------
    BadArchive, BadTable, NoEditionInForce
    """
    if kind not in (*LEVELS, Of.CELL):
        raise BadArchive(f"An archive is judged by {', '.join(map(str, (*LEVELS, Of.CELL)))}, not by {kind}.")
    parts = parts_of_files(files)
    if not parts:
        raise BadArchive("There is no row in these files.")
    columns = _columns(pq.read_schema(parts[0].file).names, kind, dict(named or {}), set(never))
    moments = {name: at.astimezone(dt.UTC) for name, at in period.asked().items()}
    wish = wish_of(
        run.statement("cases", "judged_v2"), columns, moments=moments, zone=settings.TIME_ZONE, known=FACTS,
        time_format=time_format,
    )  # fmt: skip
    rows, by_code = 0, dict[str, tuple[dict[str, int], tuple[int, int] | None]]()
    for read, found in each(count, parts, None, wish, client=client):
        rows += read
        told_rows(read)
        for code, first, last, *facts in found:
            before, span = by_code.get(code or "", ({}, None))
            sums = {name: before.get(name, 0) + n for name, n in zip(wish.facts, facts, strict=True)}
            spans = [*([span] if span else []), *([(first, last)] if first is not None else [])]
            by_code[code or ""] = sums, (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
    edition = period.edition()
    known = units_of(kind, edition)
    if kind is Of.CELL:
        known = {pk: Unit(pk, code) for pk, code in Cell.objects.filter(code__in=by_code).values_list("pk", "code")}
    key_of = {unit.code: key for key, unit in known.items()}
    # Of an edition whose units are gone, or of another city: named by their codes.
    others = {code: -n for n, code in enumerate(sorted(by_code.keys() - key_of.keys() - {""}), start=1)}
    known |= {key: Unit(key, code, gone=True) for code, key in others.items()}
    counted: Counted = {(key_of | others).get(code): found for code, found in by_code.items()}
    formulas = formulas_of(Indicator.objects.all())
    judged = {key: both for key, both in formulas.items() if _is_counted(both, wish.facts)}
    unknown = [key for key in formulas if key not in judged]
    return OfArchive(told(kind, period, edition, counted, known, judged), rows, unknown)


def parts_of_files(files: Iterable[Path]) -> list[Part]:
    """The row groups of files that are only read, so two of different folders may have one name; raises BadTable."""
    return [part for n, file in enumerate(files) for part in parts_of([file], Path(str(n)))]


def _columns(there: Collection[str], kind: Of, named: dict[str, str], never: set[str]) -> dict[str, str | None]:
    """The column of each name of the rules that the archive has, None for what never was."""
    strange = (named.keys() | never) - {*NAMES, "unit"}
    if strange:
        raise BadArchive(f"There is no {', '.join(sorted(strange))}. There are: unit, {', '.join(NAMES)}.")
    absent = {column for column in named.values() if column not in there}
    if absent:
        raise BadArchive(f"There is no column {', '.join(sorted(absent))}. There are: {', '.join(there)}.")
    unit = named.pop("unit", str(kind))
    if unit not in there:
        raise BadArchive(
            f"No column says which {kind} a case is of. Have them snapped first (snap_archive), or name it: "
            f"--column unit=COLUMN. There are: {', '.join(there)}."
        )
    columns: dict[str, str | None] = {name: name for name in NAMES if name in there} | dict(named)
    columns |= dict.fromkeys(never - columns.keys())
    if columns.get("reported_at") is None:
        raise BadArchive(
            f"No column says when a case was reported: --column reported_at=COLUMN. There are: {', '.join(there)}."
        )
    return columns | {"unit": unit}


def _is_counted(formula: tuple[Formula, Formula], facts: Collection[str]) -> bool:
    return all(name in facts for part in formula for _sign, name in part.terms)
