"""Where patrols walked and what was reported, of tracks and cases that lie in files: the classes of `cases.gaps`.

`snap_tracks` reads the points once, into visits and a table of what was seen by cell and day; `coverage_of` classes the
cells in any window of it, with the counts of cases by cell and day that `snap_archive --time` leaves. All days count in
the cells of one edition: so years can be compared.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from django.conf import settings

from cases.archives.facts import BadArchive
from cases.archives.tracks import OPTIONAL, Bin, HowTracks, read_bin, sort_points
from cases.gaps.finding import Known, Layer, known_of
from cases.patrols.ground import ground_and_streets, limits
from cases.patrols.rates import FIGURES
from cells import routing, rules
from cells.archiving.batch import each, parts_of, shared_in
from cells.archiving.worker import mark_of
from cells.models import Edition
from cells.point_tables import place_columns

IN_A_BIN = 1_000_000
USUAL = {
    "person": ("person", "username", "officer", "user"), "at": ("at", "time", "timestamp", "moment", "recorded_at"),
    "accuracy": ("accuracy", "accuracy_m"), "device": ("device", "phone"),
}  # fmt: skip


@dataclass(slots=True)
class Read:
    """What was read: points, those that could not be used by reason, visits' bins, cells and days seen."""

    edition: int
    points: int = 0
    unused: Counter[str] = field(default_factory=Counter)
    bins: int = 0
    seen: pd.DataFrame = field(default_factory=pd.DataFrame)


def snap_tracks(
    files: Iterable[Path], out: Path, edition: Edition, *, crs: str, named: dict[str, str] | None = None,
    time_format: str | None = None, client: Any = None, told: Callable[[int], Any] = lambda points: None,
) -> Read:  # fmt: skip
    """Read the points of Parquet files into `out/visits-*.parquet` and `out/looks.parquet`; what was read.

    What is there already and fits the files, the edition and the rules is kept, so it can be stopped and started again.
    `named` says which column holds person, at, lon, lat, accuracy or device, where it is not called as usual; `told`
    hears of the points of each part, twice: when it is sorted and when it is counted.

    Raises
    ------
    BadArchive, BadTable
    """
    out = out.resolve()
    points = out / "points"
    parts = parts_of(files, points, suffix="arrow")
    if not parts:
        raise BadArchive("There is no point in these files.")
    figures = limits()
    ground, streets = ground_and_streets(edition, figures.side_m)
    bins = max(1, -(-sum(part.rows for part in parts) // IN_A_BIN))
    columns = columns_of(pq.read_schema(parts[0].file).names, named or {})
    how = HowTracks(
        columns, crs, settings.TIME_ZONE, time_format, str(settings.SETTINGS_MODULE), bins, *rules.figures(*FIGURES)
    )
    points.mkdir(parents=True, exist_ok=True)
    done, seen = Read(edition.number, bins=bins), []
    with shared_in(points, (ground, streets, figures)) as shared:
        for found in each(sort_points, parts, shared, how, client=client):
            done.points += found.pop("rows")
            done.unused.update(found)
            told(done.points)
        mark = hashlib.sha256("".join(mark_of(part, shared, how) for part in parts).encode()).hexdigest()
        tasks = [
            Bin(n, tuple(part.out for part in parts), f"{mark}/{n}", str(out / f"visits-{n:05d}.parquet"))
            for n in range(bins)
        ]
        for frame in each(read_bin, tasks, shared, how, client=client):
            seen.append(frame)
            told(done.points + done.points * len(seen) // bins)
    by = pd.concat(seen).groupby(["cell", "day"])
    done.seen = by.agg(walked=("walked", "any"), people=("people", "sum")).reset_index().sort_values(["cell", "day"])
    partial = out / "looks.parquet.partial"
    done.seen.to_parquet(partial, index=False)
    partial.rename(out / "looks.parquet")
    # Of an earlier run with more bins.
    for old in set(out.glob("visits-*.parquet")) - {Path(task.out) for task in tasks}:
        old.unlink()
    shutil.rmtree(points)
    return done


def columns_of(there: Iterable[str], named: dict[str, str]) -> dict[str, str]:
    """The column of each thing that is known of a point: those named, or those that are usually called so."""
    columns = list(there)
    lowered = {name.strip().lower(): name for name in reversed(columns)}
    strange = named.keys() - {*USUAL, "lon", "lat"}
    if strange:
        raise BadArchive(f"There is no {', '.join(sorted(strange))}. There are: lon, lat, {', '.join(USUAL)}.")
    absent = set(named.values()) - set(columns)
    if absent:
        raise BadArchive(f"There is no column {', '.join(sorted(absent))}. There are: {', '.join(columns)}.")
    lon, lat = place_columns(columns, lon=named.get("lon"), lat=named.get("lat"))
    found = {"lon": lon, "lat": lat}
    for what, usual in USUAL.items():
        name = named.get(what) or next((lowered[u] for u in usual if u in lowered), None)
        if name is not None:
            found[what] = name
        elif what not in OPTIONAL:
            raise BadArchive(f"No column says {what}: --column {what}=COLUMN. There are: {', '.join(columns)}.")
    return found


@dataclass(frozen=True, slots=True)
class Covered:
    """The cells of an edition in a window of days, classed; and how many of all cells and days were seen and walked."""

    until: dt.date
    days: int
    edition: int
    known: Counter[str]
    seen_cell_days: int
    walked_cell_days: int

    def as_data(self) -> dict[str, Any]:
        """As `cases.gaps.finding.Gaps.as_data`, of the one layer that tracks know; and shares of cells times days."""
        cells = sum(self.known.values())
        unseen = self.known[Known.REPORTED_NOT_WALKED] + self.known[Known.NOBODY_LOOKED]
        return {
            "date": self.until.isoformat(), "days": self.days, "edition": self.edition, "cells": cells,
            **{str(known): self.known[known] for known in Known},
            "layers": {str(Layer.NOT_WALKED): unseen},
            "seen_rate": round(self.seen_cell_days / (cells * self.days), 6) if cells else None,
            "full_walk": round(self.walked_cell_days / (cells * self.days), 6) if cells else None,
        }  # fmt: skip


def coverage_of(
    looks: Path, counts: Path | None, windows: Iterable[tuple[dt.date, int]], *, at: dt.datetime | None = None
) -> Iterator[Covered]:
    """Class the cells of the edition in force (at a moment) in windows, each by its last day and number of days.

    Raises
    ------
    BadArchive, NoEditionInForce
    """
    ground = routing.ground(at=at)
    cells = set(ground.locator.codes.tolist())
    seen = _days(looks, {"walked"}, "looks.parquet of snap_tracks")
    told = _days(counts, {"count"}, "counts.parquet of snap_archive --time") if counts else None
    for path, table in ((looks, seen), (counts, told)):
        strange = sorted(set(table["cell"]) - cells) if table is not None else []
        if strange:
            raise BadArchive(
                f"{path} has {len(strange)} cells that edition {ground.edition} has not ({strange[0]} is one). Snap it "
                "again, or name the edition with --at."
            )
    for until, days in windows:
        mine = _within(seen, until, days)
        walked = set(mine["cell"])
        reports = set() if told is None else set(_within(told, until, days)["cell"])
        known = Counter(str(known_of(cell in walked, cell in reports)) for cell in cells)
        yield Covered(until, days, ground.edition, known, len(mine), int(mine["walked"].sum()))


def months_of(looks: Path) -> Iterator[tuple[dt.date, int]]:
    """The months from the first to the last day on which something was seen, as windows."""
    days = _days(looks, set(), "looks.parquet of snap_tracks")["day"]
    if not len(days):
        return
    for month in pd.period_range(days.min(), days.max(), freq="M"):
        yield month.end_time.date(), month.days_in_month


def _days(path: Path, columns: set[str], what: str) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadArchive(f"{path} cannot be read: {error} Give the {what}.") from error
    missing = {"cell", "day", *columns} - set(table.columns)
    if missing:
        raise BadArchive(f"{path} has no column {', '.join(sorted(missing))}. Give the {what}.")
    return table.assign(day=pd.to_datetime(table["day"]))


def _within(table: pd.DataFrame, until: dt.date, days: int) -> pd.DataFrame:
    last = pd.Timestamp(until)
    return table[(table["day"] > last - pd.Timedelta(days=days)) & (table["day"] <= last)]
