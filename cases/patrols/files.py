"""A file of track points of any length into days, visits and flags, in one transaction (CSV, Parquet, GPX).

A point is known again by its person and moment, so the same file twice changes nothing. Rows may name their CRS one by
one. What most rows need is done on whole columns by Arrow; only columns it cannot read take the slow way.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from cases.patrols.comparing import compare_tracks
from cases.patrols.gpx import open_gpx
from cases.patrols.taking import Late, Taken, accuracies, device_of, moments_at_fault, take
from cells.importing.columns import Columns
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, Source, open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.times import Times
from cells.models import Edition, NoEditionInForce, Person
from spatial import crs as reference
from spatial.errors import UnknownCrs
from spatial.tracks import POINT

FIELDS = ("person", "at", "accuracy", "crs", "device", "lon", "lat")
# Days are counted once a block: a file sorted by person or by time has few days in two of them.
BLOCK = 1_000_000
WORDS_OF_LATE = {
    Late.FORGOTTEN: "The day is longer ago than points are kept.",
    Late.AHEAD: "The time lies in the future.",
    Late.NO_TIME: "The time cannot be read.",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    person: str = ""  # whose points those are whose rows name nobody
    device: str = ""
    crs: str | None = None
    time_format: str | None = None
    layer: str | None = None
    encoding: str | None = None
    dry_run: bool = False
    show: bool = False


def import_tracks(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a file's points in; the report.

    Raises
    ------
    ImportRefused : the file cannot be used, or no edition is in force; nothing was changed
    """
    begun = time.perf_counter()
    if not Edition.objects.published().exists():
        raise ImportRefused(NoEditionInForce.__doc__ or "", hint="First: import_grids FILE, then divide_cells.")
    if path.suffix.lower() == ".gpx":
        source = open_gpx(path)
    else:
        source = open_source(path, layer=options.layer, encoding=options.encoding)
    intake = _Intake(source, options, rejects)
    report, done = Report("track points", dry_run=options.dry_run), Taken()
    with (
        transaction.atomic(),
        tqdm(total=source.rows, desc=path.name, unit=" points", unit_scale=True, disable=not options.show) as bar,
    ):
        waiting: list[np.ndarray] = []
        for chunk in source.chunks():
            report.read += len(chunk)
            waiting.append(intake.points(chunk))
            bar.update(len(chunk))
            if sum(map(len, waiting)) >= BLOCK:
                done += take(np.concatenate(waiting))
                waiting = []
        done += take(np.concatenate(waiting)) if waiting else Taken()
        copies = compare_tracks() if done.inserted else 0
        for row, what in source.broken:
            rejects.add(row, "", "The row cannot be cut into columns.", found=what)
        transaction.set_rollback(options.dry_run)
    report.added, report.unchanged, report.rejected = done.inserted, done.duplicates, rejects.count
    report.notices += intake.columns.lines()
    report.seconds = time.perf_counter() - begun
    report.facts |= {
        "points": report.read,
        "inserted": done.inserted,
        "duplicates": done.duplicates,
        "late": done.late,
        "visits": done.visits,
        "flags": done.flags + copies,
        "points_per_second": round(report.read / max(report.seconds, 1e-3)),
    }
    return report


class _Intake:
    """One import under way: chunks become points, rows at fault go to the rejects."""

    def __init__(self, source: Source, options: Options, rejects: Rejects) -> None:
        self.columns = Columns(
            source.columns, FIELDS, named=options.named, vocabulary={"at": "moment", "accuracy": "accuracy_m"}
        )
        self._options, self._rejects, self._now = options, rejects, timezone.now()
        if "at" not in self.columns:
            raise self._missing("at", source)
        if not source.has_geometry and not ("lon" in self.columns and "lat" in self.columns):
            raise self._missing("lon and lat", source)
        if "person" not in self.columns and not options.person:
            raise ImportRefused("It is not known whose track this is.", hint="Name the user: --person USERNAME.")
        self._people = dict(Person.objects.values_list("user__username", "pk"))
        if options.person and options.person not in self._people:
            raise ImportRefused(f"There is no person “{options.person}”.", hint="Give the name of a user's login.")
        self._crs = reference.canonical(options.crs or source.crs or reference.WGS84)
        self._times = Times(settings.TIME_ZONE, options.time_format)
        self._devices: dict[tuple[str, str], int] = {}

    def points(self, chunk: Chunk) -> np.ndarray:
        """The good rows of a chunk."""
        out = np.empty(len(chunk), POINT)
        who, names = self._coded(chunk, "person", self._options.person)
        known = np.array([self._people.get(name, -1) for name in names], np.int64)
        out["person"] = known[who]
        out["at"] = self._moments(chunk)
        out["accuracy"] = accuracies(self._number(chunk, "accuracy"))
        given = self._given(chunk)
        which, crs_names = self._coded(chunk, "crs", self._crs)
        fault, unknown = np.zeros(len(chunk), np.int8), np.zeros(len(chunk), bool)
        phone, labels = self._coded(chunk, "device", self._options.device)
        for k, name in enumerate(crs_names):
            mine = which == k
            try:
                crs = reference.canonical(name or self._crs)
            except UnknownCrs:
                unknown |= mine
                continue
            metres, fault[mine] = reference.to_city_with_faults(given[mine], crs=crs, srid=settings.CITY_SRID)
            out["x"][mine], out["y"][mine] = metres[:, 0], metres[:, 1]
            keys = np.array([self._device(label, crs) for label in labels], np.int64)
            out["device"][mine] = keys[phone[mine]]
        late = moments_at_fault(out["at"], at=self._now)
        reasons = [
            (out["person"] < 0, "There is no such person."),
            *((late == kind, words) for kind, words in WORDS_OF_LATE.items()),
            (unknown, "The coordinate system of the row is not known."),
            *((fault == kind, " ".join(reference.words(int(kind)))) for kind in np.unique(fault[fault != 0])),
        ]
        bad = np.zeros(len(chunk), bool)
        for which_rows, words in reasons:
            first = which_rows & ~bad
            if first.any():
                said = [f"{x:.9g}, {y:.9g}" for x, y in given[first]]
                self._rejects.add_many(chunk.row_numbers, np.array(names, dtype=object)[who], first, words, said)
            bad |= which_rows
        return out[~bad]

    def _missing(self, what: str, source: Source) -> ImportRefused:
        return ImportRefused(
            f"The file has no column for {what}.",
            hint=f"Name it: --map {what.split()[0]}=COLUMN. It has: {', '.join(source.columns)}.",
        )

    def _coded(self, chunk: Chunk, name: str, absent: str) -> tuple[np.ndarray, list[str]]:
        """(n,) which of a few texts each row has, and the texts."""
        if name not in self.columns:
            return np.zeros(len(chunk), np.int64), [absent]
        column = pc.fill_null(pc.cast(chunk.table.column(self.columns.found[name][0]), pa.string()), "")
        coded = pc.utf8_trim_whitespace(column).combine_chunks().dictionary_encode()
        texts = [text or absent for text in coded.dictionary.to_pylist()]
        return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), texts

    def _number(self, chunk: Chunk, name: str) -> np.ndarray:
        if name in self.columns:
            column = chunk.table.column(self.columns.found[name][0])
            if pa.types.is_string(column.type):
                try:
                    return np.asarray(pc.cast(column, pa.float64()).to_numpy(), np.float64)
                except pa.ArrowInvalid:
                    pass  # something in it is no number: row by row
        return self.columns.number(chunk, name)

    def _given(self, chunk: Chunk) -> np.ndarray:
        if "lon" in self.columns and "lat" in self.columns:
            return np.column_stack([self._number(chunk, "lon"), self._number(chunk, "lat")])
        xy = np.full((len(chunk), 2), np.nan)
        assert chunk.geometry is not None
        good = ~(shapely.is_missing(chunk.geometry) | shapely.is_empty(chunk.geometry))
        xy[good] = shapely.get_coordinates(chunk.geometry[good])
        return xy

    def _moments(self, chunk: Chunk) -> np.ndarray:
        """(n,) microseconds since 1970 (UTC); the least number where there is no time."""
        column = chunk.table.column(self.columns.found["at"][0])
        zoned: pa.DataType = pa.timestamp("us", "UTC")
        if pa.types.is_timestamp(column.type) and column.type.tz is None:
            # Written without a zone: the city's time.
            column = pc.assume_timezone(pc.cast(column, pa.timestamp("us"), safe=False), settings.TIME_ZONE)
        stamped = pa.types.is_timestamp(column.type)
        if stamped or (pa.types.is_string(column.type) and self._options.time_format is None):
            try:
                found = pc.cast(pc.cast(column, zoned, safe=False), pa.int64())
                return np.asarray(pc.fill_null(found, np.iinfo(np.int64).min).to_numpy(), np.int64)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                pass  # not ISO 8601 with a zone throughout
        return self._times.parse(self.columns.text(chunk, "at")).astype(np.int64)

    def _device(self, label: str, crs: str) -> int:
        key = (label[:60], crs)
        if key not in self._devices:
            self._devices[key] = device_of(*key)
        return self._devices[key]
