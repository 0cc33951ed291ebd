"""A file of cases of any length into cases with histories, in one transaction.

A case is known again by its number in the source: the same file twice changes nothing, and a later file closes what has
been closed since.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from cases.importing import paths
from cases.importing.paths import Ending
from cases.importing.reasons import Reasons
from cases.models import CaseSource
from cases.moves import CHANNEL
from cases.numbers import next_numbers
from cases.recounting import start_missing
from cells import routing
from cells.editions import hold_in_force
from cells.importing import staging
from cells.importing.classes import ClassFinder
from cells.importing.columns import Columns, ValueMap, words
from cells.importing.door import Door, open_door, require_home
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.times import Times
from cells.models import CatalogueClass, Edition, Level, NoEditionInForce
from spatial import crs as reference
from spatial.piles import LEAST_ROWS, LEAST_SHARE, TIMES_THE_USUAL
from spatial.postgis import run

FIELDS = ("label", "class", "words", "address", "status", "reported_at", "closed_at", "accuracy_m", "lon", "lat")
BLOCK = 20_000
MOST_WORDS = 4000
_MOST_ACCURACY_M = 100_000.0
_LOCK = 0x63617365  # two imports at once would wait for each other's numbers anyway


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    source: str = "hotline"
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    crs: str | None = None
    time_format: str | None = None
    layer: str | None = None
    encoding: str | None = None
    dry_run: bool = False
    show: bool = False


def import_cases(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a file's cases in; the report.

    Raises
    ------
    ImportRefused : the file cannot be used, the source is unknown, or no edition is in force; nothing was changed
    """
    begun = time.perf_counter()
    report = Report("cases", dry_run=options.dry_run)
    if not CaseSource.objects.filter(pk=options.source).exists():
        known = ", ".join(CaseSource.objects.values_list("pk", flat=True))
        raise ImportRefused(f"There is no source “{options.source}”.", hint=f"Sources: {known}.")
    source = open_source(path, layer=options.layer, encoding=options.encoding)
    columns = Columns(
        source.columns, FIELDS, named=options.named, vocabulary={"label": "case_label"}, prefer=options.crs or ""
    )
    if "reported_at" not in columns:
        raise ImportRefused(
            "It is not known when the cases were reported.",
            hint=f"Name the column: --map reported_at=COLUMN. The file has: {', '.join(source.columns)}.",
        )
    door = open_door(source, columns, crs=options.crs, points=True)
    intake = _Intake(door, columns, options, rejects)
    with transaction.atomic():
        run.row("cells", "lock_v1", [_LOCK])
        staging.begin("cases", "stage_cases_v1")
        with tqdm(total=source.rows, desc=path.name, unit=" rows", unit_scale=True, disable=not options.show) as bar:
            for chunk in source.chunks():
                if report.read == 0:
                    intake.first(chunk, report)
                report.read += len(chunk)
                intake.take(chunk)
                bar.update(len(chunk))
        for row, what in source.broken:
            rejects.add(row, "", "The row cannot be cut into columns.", found=what)
        staging.analyze("import_case")
        intake.require_same_edition()
        _write(options, path.name, intake, rejects, report)
        # The open ones run from now on; those that ended get no clocks.
        start_missing(timezone.now())
        transaction.set_rollback(options.dry_run)
    report.rejected = rejects.count
    report.notices += intake.lines()
    report.facts |= {"outside": intake.outside, "without_place": intake.without_place, "routed": intake.routed}
    report.seconds = time.perf_counter() - begun
    return report


def _write(options: Options, name: str, intake: _Intake, rejects: Rejects, report: Report) -> None:
    report.notices += _pile_lines()
    run.execute("cases", "match_cases_v1", {"source": options.source})
    staging.analyze("import_case_matched")
    for row, label in run.rows("cases", "twice_in_file_v1"):
        rejects.add(row, label, "The number stands in the file before.")
    by_day = [(day, count, next_numbers(day, count)) for day, count in run.rows("cases", "new_cases_by_day_v1")]
    report.added = sum(count for _, count, _ in by_day)
    if by_day:
        staging.add(
            "import_number",
            {
                "day": np.repeat([day.isoformat() for day, _, _ in by_day], [count for _, count, _ in by_day]),
                "of_day": np.concatenate([np.arange(1, count + 1) for _, count, _ in by_day]),
                "number": np.array([number for _, _, numbers in by_day for number in numbers], dtype=object),
            },
        )
    staging.analyze("import_number")
    shared = paths.as_arrays() | {
        "source": options.source,
        "crs": intake.crs,
        "srid": settings.CITY_SRID,
        "edition": intake.edition_id,
        "origin": f"import: {name}",
    }
    blocks = range(0, report.added, BLOCK)
    for after in tqdm(blocks, desc="writing", unit=f" × {BLOCK:,}", disable=not options.show):
        run.row("cases", "import_cases_v1", shared | {"after": after, "until": after + BLOCK})
        run.execute("cases", "check_histories_v1")
    report.changed = run.execute("cases", "close_known_cases_v1", paths.to_close())
    report.unchanged = report.read - rejects.count - report.added - report.changed
    if report.added or report.changed:
        run.row("cases", "tell_v1", [CHANNEL, json.dumps({"imported": report.added + report.changed})])


def _pile_lines() -> list[str]:
    """Default places: one point that far more cases lie on than on any usual one."""
    lines = []
    for x, y, rows, usual, total in run.rows("cases", "piles_of_import_v1"):
        if rows >= max(LEAST_ROWS, LEAST_SHARE * float(total)) and rows >= TIMES_THE_USUAL * usual:
            lines.append(
                f"{rows:,} cases ({rows / float(total):.1%}) lie on exactly ({x:g}, {y:g}): that looks like a default "
                "place for “not known”. They are counted there like any other."
            )
    return lines


class _Intake:
    """One import under way: chunks are checked, routed and staged."""

    def __init__(self, door: Door, columns: Columns, options: Options, rejects: Rejects) -> None:
        self._door, self._columns, self._options, self._rejects = door, columns, options, rejects
        try:
            self._ground = routing.ground()
        except NoEditionInForce as error:
            raise ImportRefused(
                "No edition of the grids is in force, so no case would get its owner.",
                hint="First: import_grids FILE --level community, then divide_cells.",
            ) from error
        self.edition_id = Edition.objects.get(number=self._ground.edition).pk
        self.crs = door.crs
        self._reasons = Reasons(self._ground)
        self._status = ValueMap(words()["status"], options.meanings.get("status", {}))
        self._classes = ClassFinder(
            CatalogueClass.objects.in_use().minors().order_by("kind", "major", "minor"),
            options.meanings.get("class", {}),
        )
        self._reported = Times(settings.TIME_ZONE, options.time_format)
        self._closed = Times(settings.TIME_ZONE, options.time_format)
        self.routed = self.outside = self.without_place = 0
        self._backwards = self._no_closing_time = 0
        self._farthest = 0.0

    def require_same_edition(self) -> None:
        """Let no other edition come into force from here on; ImportRefused if one has since the places were routed."""
        hold_in_force()
        now = Edition.objects.in_force()
        if now.pk != self.edition_id:
            raise ImportRefused(
                f"Edition {now.number} came into force while the file was read, so owners could be those of before.",
                hint="Nothing was taken in: import the file again.",
            )

    def first(self, chunk: Chunk, report: Report) -> None:
        """Look at the first rows: do they lie in this part of the world, and in the CRS they are named by?"""
        self._columns.require_unique(chunk, "label")
        metres, _, given = self._door.points(chunk)
        require_home(metres)
        report.notices += self._columns.lines()
        report.notices += self._door.judge(given, lambda xy: self._ground.locator.locate_many(xy) >= 0)

    def take(self, chunk: Chunk) -> None:
        """Stage a chunk's good rows."""
        columns, rejects, rows = self._columns, self._rejects, chunk.row_numbers
        label = columns.text(chunk, "label", longest=120)
        reported = self._reported.parse(columns.text(chunk, "reported_at"))
        closed = self._closed.parse(columns.text(chunk, "closed_at"))
        given = self._door.coordinates(chunk)
        given[(given == 0).all(axis=1)] = np.nan  # (0, 0) is how many systems write “unknown”
        has = np.isfinite(given).all(axis=1)
        accuracy = columns.number(chunk, "accuracy_m")
        accuracy[~((accuracy >= 0) & (accuracy <= _MOST_ACCURACY_M))] = np.nan
        places = self._ground.route_many(
            given, crs=self._door.crs, accuracy_m=accuracy if "accuracy_m" in columns else None
        )
        timeless = np.isnat(reported)
        rejects.add_many(
            rows, label, timeless, "The time of the report cannot be read.",
            columns.text(chunk, "reported_at")[timeless],
        )  # fmt: skip
        for kind in np.unique(places.faults[has & (places.faults != 0) & ~timeless]):
            which = has & (places.faults == kind) & ~timeless
            said = [f"{x:.9g}, {y:.9g}" for x, y in given[which]]
            rejects.add_many(rows, label, which, " ".join(reference.words(int(kind))), said)
        good = ~timeless & (~has | (places.faults == 0))
        owned = places.index >= 0
        ending, closed, note = self._endings(chunk, owned, reported, closed, good)
        self.routed += int(np.count_nonzero(good & owned))
        self.outside += int(np.count_nonzero(good & has & ~owned))
        self.without_place += int(np.count_nonzero(good & ~has))
        out = good & has & ~owned
        if out.any():
            self._farthest = max(self._farthest, float(np.nanmax(places.border_m[out])))
        said = columns.text(chunk, "words", longest=MOST_WORDS)
        address = columns.text(chunk, "address", longest=200)
        bare = label == ""
        if bare.any():
            label = label.copy()
            label[bare] = _prints(reported[bare], given[bare], said[bare], address[bare])
        class_ids, _ = self._classes.find(columns.text(chunk, "class"))
        at = np.maximum(places.index, 0)
        owner = self._ground.area_ids(Level.COMMUNITY)[at]
        add = {
            "row": rows,
            "label": label,
            "class_id": _nullable(class_ids, class_ids >= 0),
            "words": said,
            "address": address,
            "given_x": given[:, 0],
            "given_y": given[:, 1],
            "accuracy_m": accuracy,
            "x": places.xy[:, 0],
            "y": places.xy[:, 1],
            "cell_id": _nullable(self._ground.cell_ids[at], owned),
            "owner_id": _nullable(owner, owned),
            "reason": np.array(self._reasons.of(places, accuracy), dtype=object),
            "reported_at": _moments(reported),
            "day": _days(reported),
            "closed_at": _moments(closed),
            "ending": ending,
            "note": note,
        }
        staging.add("import_case", {name: values[good] for name, values in add.items()})

    def _endings(
        self, chunk: Chunk, owned: np.ndarray, reported: np.ndarray, closed: np.ndarray, good: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each case stands, when it came to its end, and what is to be said of that."""
        status = self._status(self._columns.text(chunk, "status"))
        unsaid = status == ""
        is_void = status == "void"
        is_closed = (status == "closed") | (unsaid & ~np.isnat(closed))
        ended = is_closed | is_void
        note = np.full(len(chunk), "", dtype=object)
        early = ended & (closed < reported)
        note[early] = "In the source it was closed before it was reported."
        no_time = ended & np.isnat(closed)
        note[no_time] = "The source does not say when it was closed."
        nobodys = is_closed & ~owned
        note[nobodys] = "Closed in the source; no community here owned it."
        self._backwards += int(np.count_nonzero(early & good))
        self._no_closing_time += int(np.count_nonzero(no_time & good))
        closed = np.where(ended, np.where(early | no_time, reported, closed), np.datetime64("NaT"))
        ending = np.full(len(chunk), Ending.OPEN.value, dtype=object)
        ending[~owned] = Ending.NOBODYS.value
        ending[is_closed & owned] = Ending.CLOSED.value
        ending[is_void | nobodys] = Ending.VOID.value
        return ending, closed, note

    def lines(self) -> list[str]:
        """What the reader should know."""
        lines = [*self._status.lines("status"), *self._classes.lines()]
        if self.outside:
            lines.append(
                f"{self.outside:,} cases lie outside the city's cells, the farthest {self._farthest:,.0f} m away: they "
                "are kept without an owner."
            )
        if self.without_place:
            lines.append(f"{self.without_place:,} cases have no place: they are kept without an owner.")
        if self._backwards:
            lines.append(
                f"{self._backwards:,} cases were closed before they were reported: closed at the report's time."
            )
        if self._no_closing_time:
            lines.append(f"{self._no_closing_time:,} closed cases have no time of closing: the report's is taken.")
        return lines


def _prints(reported: np.ndarray, given: np.ndarray, said: np.ndarray, address: np.ndarray) -> list[str]:
    """Labels for cases without a number: the same for the same moment, place and words."""
    rows = zip(reported.astype(str), given.tolist(), said, address, strict=True)
    return ["~" + hashlib.blake2b(repr(row).encode(), digest_size=12).hexdigest() for row in rows]


def _nullable(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    return np.array([v if t else None for v, t in zip(values.tolist(), there.tolist(), strict=True)], dtype=object)


def _moments(values: np.ndarray) -> np.ndarray:
    texts = np.datetime_as_string(values.astype("datetime64[us]"), timezone="UTC")
    return np.array(
        [None if n else t for t, n in zip(texts.tolist(), np.isnat(values).tolist(), strict=True)], dtype=object
    )


def _days(values: np.ndarray) -> np.ndarray:
    """The city's calendar days as text."""
    local = pd.Series(values).dt.tz_localize("UTC").dt.tz_convert(settings.TIME_ZONE).dt.strftime("%Y-%m-%d")
    return np.array([None if pd.isna(v) else v for v in local], dtype=object)
