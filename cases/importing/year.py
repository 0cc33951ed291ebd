"""A year's official calendar from a file of its holidays and make-up days, in one transaction.

With it the year counts as known, and limits may run into it: a file whose rows are not all understood gives its good
days, but not that.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cases.models import CalendarYear, SpecialDay
from cases.recounting import recount
from cases.workdays import BadShifts, parse_shifts
from cells.importing.areas import names_of
from cells.importing.columns import Columns, ValueMap, words
from cells.importing.errors import ImportRefused
from cells.importing.reading import open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.times import Times
from cells.models import CatalogueClass
from spatial.postgis import run

FIELDS = ("day", "kind", "name", "name_zh", "name_en", "hours")
_WRITTEN = ("kind", "name_zh", "name_en", "hours", "source", "mark")
_LONGEST_NAME = 60
_LONGEST_HOURS = 120
_LOCK = 0x79656172  # two loads at once take their turns
_NO_HOURS = "These are no working hours: write them as 08:00-12:00 14:00-18:00."


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    year: int | None = None
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    encoding: str | None = None
    source: str = ""  # where the calendar is from; else the name of the file
    mark: str = CatalogueClass.Mark.SEEN
    replace: bool = False
    dry_run: bool = False


def load_calendar(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a year's days in; the report. The same file twice changes nothing.

    Raises
    ------
    ImportRefused : the file cannot be used, or has days of several years and none is named; nothing was changed
    """
    begun = time.perf_counter()
    report = Report("days", dry_run=options.dry_run)
    days = _read(path, options, rejects, report)
    misread = rejects.count
    year = options.year or _year_of(days)
    for row, day in [(row, d.day) for d, row in days.items() if d.day.year != year]:
        rejects.add(row, day.isoformat(), f"The day is not in {year}.")
    wanted = {d.day: d for d in days if d.day.year == year}
    if not wanted:
        raise ImportRefused(f"{path.name} has no day of {year} that can be read.", hint="Name the year: --year YEAR.")
    with transaction.atomic():
        run.row("cells", "lock_v1", [_LOCK])
        there = {d.day: d for d in SpecialDay.objects.filter(day__year=year)}
        fresh = [d for day, d in wanted.items() if day not in there]
        changed = [d for day, d in wanted.items() if day in there and _values(d) != _values(there[day])]
        SpecialDay.objects.bulk_create(fresh)
        SpecialDay.objects.bulk_update(changed, _WRITTEN)
        gone = sorted(set(there) - set(wanted)) if options.replace else []
        SpecialDay.objects.filter(day__in=gone).delete()
        if not misread:
            said = {"source": options.source or path.name, "mark": options.mark}
            CalendarYear.objects.update_or_create(year=year, defaults=said)
        else:
            report.notices.append(
                f"{year} does not count as known, because rows were left out: put them right and load again."
                if not CalendarYear.objects.filter(year=year).exists()
                else f"{year} counted as known before; rows of it were left out: put them right and load again."
            )
        # Clocks that ran into a year without a calendar get their ends, and those that ran through it are set anew.
        recounted = recount()
        transaction.set_rollback(options.dry_run)
    report.added, report.changed = len(fresh), len(changed)
    report.unchanged = len(wanted) - len(fresh) - len(changed)
    report.rejected = rejects.count
    report.facts |= {"year": year, "known": not misread, "removed": len(gone), "clocks": recounted}
    report.seconds = time.perf_counter() - begun
    return report


def _read(path: Path, options: Options, rejects: Rejects, report: Report) -> dict[SpecialDay, int]:
    """The days of the file that can be used, each with its row; rows that cannot be are rejected."""
    source = open_source(path, encoding=options.encoding)
    columns = Columns(source.columns, FIELDS, named=options.named, vocabulary={"kind": "day_kind"})
    for needed in ("day", "kind"):
        if needed not in columns:
            raise ImportRefused(
                f"It is not known which column holds the {needed}.",
                hint=f"Name it: --map {needed}=COLUMN. The file has: {', '.join(source.columns)}.",
            )
    kinds = ValueMap(words()["day_kind"], options.meanings.get("kind", {}))
    times = Times(settings.TIME_ZONE)
    days: dict[SpecialDay, int] = {}
    seen: set[dt.date] = set()
    for chunk in source.chunks():
        report.read += len(chunk)
        texts = {name: columns.text(chunk, name) for name in FIELDS}
        read = times.dates(texts["day"])
        for k, (row, kind) in enumerate(zip(chunk.row_numbers.tolist(), kinds(texts["kind"]), strict=True)):
            text = {name: str(values[k]) for name, values in texts.items()}
            hours, fault = _checked(read[k], kind, text["hours"], seen)
            if fault:
                rejects.add(row, text["day"], fault, found=" ".join(text[n] for n in ("day", "kind", "hours")).strip())
                continue
            zh, en = names_of(text["name"], text["name_zh"], text["name_en"])
            day = dt.date.fromisoformat(read[k])
            seen.add(day)
            made = SpecialDay(
                day=day,
                kind=kind,
                name_zh=zh[:_LONGEST_NAME],
                name_en=en[:_LONGEST_NAME],
                hours=hours,
                source=options.source or path.name,
                mark=options.mark,
            )
            days[made] = row
    for row, what in source.broken:
        rejects.add(row, "", "The row cannot be cut into columns.", found=what)
    report.notices += [*columns.lines(), *kinds.lines("kind")]
    return days


def _checked(day: str | None, kind: str, hours: str, seen: set[dt.date]) -> tuple[str, str]:
    """The hours of a row as they are kept, and what is wrong with the row ("" if nothing)."""
    if day is None:
        return "", "The date cannot be read."
    if not kind:
        return "", "It is not known whether the day is worked."
    if dt.date.fromisoformat(day) in seen:
        return "", "The day stands in the file before."
    if not hours:
        return "", ""
    if kind == SpecialDay.Kind.HOLIDAY:
        return "", "A holiday has no working hours."
    try:
        written = " ".join(str(shift) for shift in parse_shifts(hours))
    except BadShifts:
        return "", _NO_HOURS
    return written, "" if len(written) <= _LONGEST_HOURS else _NO_HOURS


def _year_of(days: Mapping[SpecialDay, int]) -> int:
    years = sorted({d.day.year for d in days})
    if len(years) == 1:
        return years[0]
    if not years:
        raise ImportRefused("No day of the file can be read.", hint="Its columns are date, kind, name and hours.")
    raise ImportRefused(f"The file has days of {', '.join(map(str, years))}.", hint="Name one: --year YEAR.")


def _values(day: SpecialDay) -> tuple[str, ...]:
    return tuple(str(getattr(day, name)) for name in _WRITTEN)
