"""Which column is which: named by `--map field=column`, else found by its name, and always said.

What a field's columns are usually called, and what the words in them mean, is data (fixtures/import_words.json).
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk

JOINT = " · "
_PART = re.compile(r"(?P<name>.+)\[(?P<begin>-?\d*):(?P<end>-?\d*)\]")


@cache
def words() -> dict[str, Any]:
    """The vocabulary of imports."""
    return dict(json.loads((settings.FIXTURE_DIRS[0] / "import_words.json").read_text(encoding="utf-8")))


def folded(text: str) -> str:
    """A name or value with nothing left but letters and digits, for comparing.

    >>> folded("Closed_DT"), folded("C-11"), folded(" 已结案 ")
    ('closeddt', 'c11', '已结案')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def tokens(text: str) -> set[str]:
    """The words in a column's name: "GCJ02_经度" has two, "stopLat" too."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W_a-zA-Z0-9])(?=[a-zA-Z0-9])", " ", text)
    return {t for t in re.split(r"[\W_]+", split.casefold()) if t}


class Columns:
    """The columns of a file by field.

    Parameters
    ----------
    names : columns of the file
    fields : fields wanted, the guessing order
    named : field -> columns given by hand (several are joined where the field is text)
    vocabulary : field -> the entry of the vocabulary that guesses for it, where that is not called like the field
    prefer : words that decide between columns that fit equally (the CRS's name, for coordinates)
    """

    def __init__(
        self,
        names: Sequence[str],
        fields: Iterable[str],
        *,
        named: Mapping[str, Sequence[str]] = {},
        vocabulary: Mapping[str, str] = {},
        prefer: str = "",
    ) -> None:
        self._vocabulary = dict(vocabulary)
        self.names = tuple(names)
        self.found: dict[str, list[str]] = {}
        self.guessed: set[str] = set()
        self._parts: dict[str, tuple[str, slice]] = {}
        fields = list(fields)
        for field, columns in named.items():
            if field not in fields:
                near = difflib.get_close_matches(field, fields, 1)
                raise ImportRefused(
                    f"There is no field “{field}” in this import" + (f" (“{near[0]}”?)." if near else "."),
                    hint=f"Fields: {', '.join(fields)}.",
                )
            self.found[field] = [self._named(c) for c in columns if c]
        for field in fields:
            if field not in named:
                column = self._guess(field, prefer)
                if column is not None:
                    self.found[field] = [column]
                    self.guessed.add(field)

    def __contains__(self, field: str) -> bool:
        return bool(self.found.get(field))

    def drop(self, *fields: str) -> None:
        """Forget a guess that turned out useless."""
        for field in fields:
            if field in self.guessed:
                self.found.pop(field, None)

    def require_unique(self, sample: Chunk, field: str) -> None:
        """Forget a guessed label whose values repeat: it names something else."""
        values = self.text(sample, field)
        if field in self.guessed and len(np.unique(values.astype(str))) < len(values):
            self.drop(field)

    def _named(self, name: str) -> str:
        """A column, or a part of its texts: `WARD_PRECINCT[:2]` are the first two characters."""
        part = _PART.fullmatch(name)
        if part is None or name in self.names:
            return self._column(name)
        column = self._column(part["name"])
        begin, end = (int(part[k]) if part[k] else None for k in ("begin", "end"))
        self._parts[name] = (column, slice(begin, end))
        return name

    def _values(self, chunk: Chunk, column: str) -> np.ndarray:
        if column not in self._parts:
            return as_text(chunk.table.column(column))
        whole, cut = self._parts[column]
        return np.array([v[cut].strip() for v in as_text(chunk.table.column(whole))], dtype=object)

    def _column(self, name: str) -> str:
        for like in (
            lambda c: c == name,
            lambda c: c.casefold() == name.casefold(),
            lambda c: folded(c) == folded(name),
        ):
            hit = [c for c in self.names if like(c)]
            if len(hit) == 1:
                return hit[0]
        near = difflib.get_close_matches(name, self.names, 3, 0.5)
        raise ImportRefused(
            f"The file has no column “{name}”" + (f" (meant {' or '.join(near)}?)." if near else "."),
            hint=f"Its columns: {', '.join(self.names)}.",
        )

    def _guess(self, field: str, prefer: str) -> str | None:
        known = [folded(w) for w in words()["columns"].get(self._vocabulary.get(field, field), [field])]
        by_plain: dict[str, str] = {}
        for name in self.names:
            by_plain.setdefault(folded(name), name)
        fitting = [by_plain[k] for k in known if k in by_plain]
        if field in ("lon", "lat"):
            fitting += [n for n in self.names if n not in fitting and tokens(n) & set(known)]
            preferred = [n for n in fitting if prefer and folded(prefer) in folded(n)]
            fitting = preferred or fitting
        return fitting[0] if fitting else None

    def lines(self) -> list[str]:
        """Which column is taken for what, for the reader."""
        return [
            f"{field} ← {', '.join(columns)}{' (guessed)' if field in self.guessed else ''}"
            for field, columns in self.found.items()
            if columns
        ]

    # --- values -------------------------------------------------------------------------------------------------

    def text(self, chunk: Chunk, field: str, *, longest: int | None = None) -> np.ndarray:
        """(n,) trimmed texts of a field, "" where there is none; several columns joined, repetitions left out."""
        columns = self.found.get(field, [])
        if not columns:
            return np.full(len(chunk), "", dtype=object)
        parts = [self._values(chunk, c) for c in columns]
        if len(parts) == 1:
            joined = parts[0]
        else:
            rows = zip(*parts, strict=True)
            joined = np.array([JOINT.join(dict.fromkeys(v for v in row if v)) for row in rows], dtype=object)
        if longest is not None:
            joined = np.array([v[:longest] for v in joined], dtype=object)
        return joined

    def number(self, chunk: Chunk, field: str) -> np.ndarray:
        """(n,) float64, NaN where there is none or it is no number."""
        columns = self.found.get(field, [])
        if not columns:
            return np.full(len(chunk), np.nan)
        column = chunk.table.column(columns[0])
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
        return np.asarray(pd.to_numeric(pd.Series(as_text(column)), errors="coerce"), np.float64)


def as_text(column: pa.ChunkedArray) -> np.ndarray:
    """(n,) texts as they would be read in the source: whole numbers without ".0", no None, trimmed."""
    kind = column.type
    if pa.types.is_floating(kind):
        values = column.to_numpy(zero_copy_only=False)
        return np.array([_number_text(v) for v in values.tolist()], dtype=object)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        if pa.types.is_nested(kind) or pa.types.is_binary(kind):
            values = column.to_pylist()
            return np.array(["" if v is None else str(v) for v in values], dtype=object)
        column = pc.cast(column, pa.string())
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    return np.asarray(trimmed.to_numpy(zero_copy_only=False), dtype=object)


def _number_text(value: float | None) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


class ValueMap:
    """What the words of a column mean: a vocabulary of the field, and what `--value-map field:word=meaning` adds."""

    def __init__(self, known: Mapping[str, Iterable[str]], added: Mapping[str, str] = {}) -> None:
        self._meaning = {folded(w): meaning for meaning, ws in known.items() for w in (*ws, meaning)}
        for word, meaning in added.items():
            if folded(meaning) not in self._meaning and known:
                raise ImportRefused(f"“{meaning}” is no meaning here.", hint=f"One of: {', '.join(known)}.")
            self._meaning[folded(word)] = self._meaning.get(folded(meaning), meaning)
        self.unknown: dict[str, int] = {}

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """(n,) meanings, "" where the value is empty or unknown; the unknown are counted."""
        out = np.full(len(values), "", dtype=object)
        distinct, index, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
        for k, value in enumerate(distinct.tolist()):
            meaning = self._meaning.get(folded(value), "")
            if not meaning and value:
                self.unknown[value] = self.unknown.get(value, 0) + int(counts[k])
            out[index == k] = meaning
        return out

    def lines(self, field: str) -> list[str]:
        """The words that mean nothing here, most frequent first."""
        if not self.unknown:
            return []
        most = sorted(self.unknown.items(), key=lambda kv: -kv[1])[:6]
        shown = ", ".join(f"“{v}” ({n})" for v, n in most)
        return [
            f"{sum(self.unknown.values())} values of {field} are not known: {shown}"
            f"{' …' if len(self.unknown) > 6 else ''}. Name them with --value-map {field}:WORD=MEANING."
        ]


def parse_map(items: Iterable[str]) -> dict[str, list[str]]:
    """`field=column` or `field=column,column` as given on the command line."""
    out: dict[str, list[str]] = {}
    for item in items:
        field, sign, column = item.partition("=")
        if not sign or not field.strip():
            raise ImportRefused(f"“{item}” is not field=column.", hint="Write for example --map name=NAME_ZH.")
        # A comma parts columns, unless the whole is one column's name.
        out[field.strip()] = [c.strip() for c in column.split(",")]
    return out


def parse_value_map(items: Iterable[str]) -> dict[str, dict[str, str]]:
    """`field:word=meaning` as given on the command line, by field."""
    out: dict[str, dict[str, str]] = {}
    for item in items:
        left, sign, meaning = item.rpartition("=")
        field, colon, word = left.partition(":")
        if not sign or not colon:
            raise ImportRefused(f"“{item}” is not field:word=meaning.", hint="Write for example status:Pending=open.")
        out.setdefault(field.strip(), {})[word.strip()] = meaning.strip()
    return out
