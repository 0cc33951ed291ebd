"""The rows left out, each with its number in the file and the reason, as a CSV that opens anywhere."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from cells.formulas import defused

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Reject:
    """One row left out; `row` counts from 1, the header not counted."""

    row: int
    label: str
    reason: str
    found: str


class Rejects:
    """Writes rejected rows as they come; the file is made with the first one.

    Columns: row (counted from 1, the header not counted), label, reason.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.reasons: Counter[str] = Counter()
        self.first: list[Reject] = []  # for a page to show
        self._file: IO[str] | None = None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def count(self) -> int:
        """How many rows were left out."""
        return sum(self.reasons.values())

    def add(self, row: int, label: str, reason: str, *, found: str = "") -> None:
        """Leave one row out. `reason` is the same for like rows, `found` is this one's value."""
        self.reasons[reason] += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append(Reject(row, label, reason, found))
        if self.path is None:
            return
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", newline="", encoding="utf-8-sig")
            csv.writer(self._file).writerow(["row", "label", "reason", "found"])
        csv.writer(self._file).writerow([row, *map(defused, (label, reason, found))])

    def add_many(
        self, rows: np.ndarray, labels: np.ndarray, which: np.ndarray, reason: str, found: Iterable[str] = ()
    ) -> None:
        """Leave out the rows where `which` is true, all for one reason."""
        values = list(found)
        for k, i in enumerate(np.flatnonzero(which)):
            self.add(int(rows[i]), str(labels[i]), reason, found=values[k] if values else "")

    def lines(self) -> list[str]:
        """What was left out, most frequent reason first."""
        return [f"{count:>8} rows left out: {reason}" for reason, count in self.reasons.most_common()]
