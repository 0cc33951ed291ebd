"""What one part of an archive of cases counts for: the same words of SQL that judge the database's, read by DuckDB.

A worker needs this code and the folders, no database and nothing of Django. The statement is made once (`wish_of`) from
`cases/sql/judged_v2.sql` and sent with the task, so there is one text of what is on time, and where.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cells.archiving.columns import moments_of, read_as, read_columns

FLAGS = ("excused_late", "excused_rework", "missed", "untrue")
NUMBERS = ("turn", "edition")
TEXTS = ("found_by",)
_COLUMN = re.compile(r"\(f\)\.(\w+)")
_MOMENT = re.compile(r"\b(since|until|as_of)\b")
_PARAMETER = re.compile(r"\$(\w+)")


class BadArchive(ValueError):
    """The files cannot be judged: words say which column of which file, and what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is counted in each part: columns by their names in the rules (None: nothing of it in any row), and facts."""

    columns: Mapping[str, str | None]
    facts: tuple[str, ...]
    statement: str
    moments: Mapping[str, Any]  # since, until, as_of
    zone: str  # of moments that name none
    time_format: str | None = None  # of texts; default ISO 8601


def expressions(sql: str) -> dict[str, str]:
    """The facts of `judged_v2.sql` by name, each with the expression that says whether a row counts."""
    names = re.findall(r"^ {4}(\w+) boolean", sql, re.MULTILINE)
    body = sql.split("$$")[1].strip().removeprefix("SELECT").strip()
    lines = [line.strip().removesuffix(",") for line in body.splitlines()]
    return dict(zip(names, lines, strict=True))


def wish_of(
    sql: str, columns: Mapping[str, str | None], *, moments: Mapping[str, Any], zone: str, known: Collection[str],
    time_format: str | None = None,
) -> Wish:  # fmt: skip
    """Count those of the known facts whose columns are all there, by unit."""
    facts = {
        name: words for name, words in expressions(sql).items()
        if name in known and set(_COLUMN.findall(words)) <= columns.keys()
    }  # fmt: skip
    counted = ", ".join(f"count(*) FILTER (WHERE {_in_duckdb(words)}) AS {name}" for name, words in facts.items())
    edition = "min(f.edition), max(f.edition)" if columns.get("edition") else "NULL, NULL"
    # What was reported after the period, or rested before it, has no moment in it.
    rested = "AND f.last_at >= $since" if columns.get("last_at") else ""
    statement = f"SELECT f.unit, {edition}, {counted} FROM f WHERE f.reported_at < $until {rested} GROUP BY f.unit"
    used = set(_PARAMETER.findall(statement))
    given = {name: moments[name] for name in sorted(used)}
    return Wish(dict(columns), tuple(facts), statement, given, zone, time_format)


def _in_duckdb(words: str) -> str:
    return _MOMENT.sub(r"$\1", _COLUMN.sub(r"f.\1", words))


def count(part: Any, shared: None, wish: Wish) -> tuple[int, list[tuple[Any, ...]]]:
    """Rows of a part, and by code of the unit: first and last edition, one count a fact of the wish.

    Raises
    ------
    BadColumn : a column is not there, or not what it must be
    """
    import duckdb
    import pyarrow as pa

    given = read_columns(part.file, part.group, {column for column in wish.columns.values() if column is not None})
    table = pa.table({
        name: _none(name, len(given)) if column is None else _read(name, given.column(column), column, part.file, wish)
        for name, column in wish.columns.items()
    })  # fmt: skip
    with duckdb.connect(config={"threads": 1, "enable_external_access": False}) as engine:
        engine.register("f", table)
        return len(given), engine.execute(wish.statement, dict(wish.moments)).fetchall()


def _none(name: str, rows: int) -> Any:
    import pyarrow as pa

    if name in FLAGS:
        return pa.array([False] * rows)
    if name in NUMBERS:
        return pa.array([1] * rows, pa.int64())
    return pa.nulls(rows, pa.string() if name in TEXTS or name == "unit" else pa.timestamp("us", "UTC"))


def _read(name: str, column: Any, called: str, file: str, wish: Wish) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = {**dict.fromkeys(FLAGS, pa.bool_()), **dict.fromkeys(NUMBERS, pa.int64())}
    kinds |= dict.fromkeys((*TEXTS, "unit"), pa.string())
    what = str(kinds.get(name, "moments (--time-format says how they are written)"))
    with read_as(what, f"{called} ({name})", file):
        if name in kinds:
            found = pc.cast(column, kinds[name])
            return pc.fill_null(found, False) if name in FLAGS else found
        return moments_of(column, wish.zone, wish.time_format)
