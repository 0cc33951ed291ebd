"""Years of cases that lie in no database: their counts by cell, day and class, as `manage.py snap_archive` leaves them.

Snapping the places is the long work, done part by part and on a cluster; what is left of a thousand million cases is a
table of cells and days that one process holds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cases.hotspots.asking import Asked
from cases.hotspots.frames import Frame
from cases.hotspots.gathering import Tallies
from cells.models import CatalogueClass
from spatial.partition import Floats, Ints

_EPOCH = dt.date(1970, 1, 1)


class BadArchive(ValueError):
    """The file has no counts, or does not know what is asked for."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Rows of unit (index in the frame, -1: no cell of this edition), day (since 1970), class, its key, count.

    `code` is "" and `category` 0 where no class is known.
    """

    unit: Ints
    day: Ints
    code: np.ndarray
    category: Ints
    count: Ints
    units: int

    @property
    def first(self) -> dt.date:
        """The first day with a case."""
        return _EPOCH + dt.timedelta(days=int(self.day.min()))

    def tallies(self, asked: Asked, *, slice_days: int | None = None) -> Tallies:
        """As `cases.hotspots.gathering.tallies`; raises BadArchive for a kind or a source, which counts do not know."""
        if asked.kind or asked.source:
            raise BadArchive("An archive's counts know classes, but neither kinds nor sources: leave those out.")
        if asked.code and not self.category.any():
            raise BadArchive("This archive was counted without classes: snap it again with --class-column.")
        since = (asked.since - _EPOCH).days
        mine = (self.day >= since) & (self.day < since + asked.days)
        if asked.code:
            mine &= np.char.startswith(self.code, asked.code)
        inside = mine & (self.unit >= 0)
        return Tallies(
            unit=self.unit[inside],
            slice=(self.day[inside] - since) // (slice_days or asked.days),
            category=self.category[inside],
            count=self.count[inside],
            units=self.units,
            outside=int(self.count[mine & (self.unit < 0)].sum()),
        )

    def unit_counts(self, asked: Asked, *, slice_days: int | None = None) -> Floats:
        """As `cases.hotspots.gathering.unit_counts`."""
        counted = self.tallies(asked, slice_days=slice_days)
        return counted.by_slice(int(counted.slice.max(initial=0)) + 1)


def read_archive(path: Path, frame: Frame) -> Archive:
    """The counts of a file (Parquet: cell, day, count, and class where it was asked for); raises BadArchive."""
    if frame.hexagons is not None:
        raise BadArchive("An archive is counted by cells: leave --frame out.")
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadArchive(f"{path} cannot be read: {error} Give the counts.parquet of snap_archive --time.") from error
    missing = {"cell", "day", "count"} - set(table.columns)
    if missing or table.empty:
        told = f"has no column {', '.join(sorted(missing))}" if missing else "counts nothing"
        raise BadArchive(f"{path} {told}. Give the counts.parquet of snap_archive --time.")
    at = {name: n for n, name in enumerate(frame.names)}
    code = table["class"].fillna("").astype(str) if "class" in table else pd.Series("", index=table.index)
    in_use = list(CatalogueClass.objects.in_use().minors().order_by("kind"))
    # A code alone is an event's, where components have it as well; event-0207 and component-0207 say which.
    known = {f"{c.major}{c.minor}": c.pk for c in in_use} | {f"{c.kind}-{c.major}{c.minor}": c.pk for c in in_use}
    return Archive(
        unit=table["cell"].map(at).fillna(-1).to_numpy(np.int64),
        day=pd.to_datetime(table["day"]).to_numpy().astype("datetime64[D]").astype(np.int64),
        code=code.str.rpartition("-")[2].to_numpy(str),
        category=code.map(known).fillna(0).to_numpy(np.int64),
        count=table["count"].to_numpy(np.int64),
        units=len(frame),
    )
