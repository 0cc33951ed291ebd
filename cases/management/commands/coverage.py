"""Says what is known of every unit cell, and where nobody looks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.archives.coverage import Covered, coverage_of, months_of
from cases.archives.facts import BadArchive
from cases.gaps.finding import Known, Layer, gaps
from cases.gaps.telling import collection
from cells import rules
from cells.models import NoEditionInForce
from cells.moments import UnreadableMoment, moment
from cells.rules import NoSuchRule


class Command(BaseCommand):
    help = (
        "Class every unit cell by what is known of it in the days up to a date: walked and clean, walked and problems "
        "found, reported but not walked, nobody looked. Beside that the gaps: nobody walked, nobody posted, no "
        "component survey, citizens' reports far above the patrols' finds, limits that ran out, far from a team. "
        "No reports are not no problems: a cell is clean only where somebody walked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date", type=dt.date.fromisoformat, metavar="DAY", help="the last day, as 2026-03-01 (default: today)"
        )
        parser.add_argument("--days", type=int, metavar="N", help="days of the window (default: the rule gap_days)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write a GeoJSON of all cells (degrees)")
        archive = parser.add_argument_group("of an archive", "what was seen and reported in files, not in the database")
        archive.add_argument("--archive", type=Path, metavar="FILE", help="the looks.parquet of snap_tracks")
        archive.add_argument("--cases", type=Path, metavar="FILE", help="the counts.parquet of snap_archive --time")
        archive.add_argument("--months", action="store_true", help="every month of the archive, not one window")
        archive.add_argument("--at", metavar="T", help="a day (its end) or an ISO time whose edition's cells count")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError(f"--days {days}: a window has one day at least.")
        if options["archive"]:
            self._of_archive(options)
            return
        if options["cases"] or options["months"] or options["at"]:
            raise CommandError("--cases, --months and --at belong to --archive FILE.")
        try:
            found = gaps(options["date"] or timezone.localdate(), days=days)
        except (NoEditionInForce, NoSuchRule) as error:
            raise CommandError(str(error)) from error
        if options["out"]:
            text = json.dumps(collection(found), ensure_ascii=False, separators=(",", ":"))
            options["out"].write_text(text, encoding="utf-8")
        figures = found.as_data()
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
            return
        self.stdout.write(
            f"{figures['date']} and {found.days - 1} days before, edition {figures['edition']}: {figures['cells']} "
            f"cells; {figures['seconds']} s"
        )
        for known in Known:
            self.stdout.write(f"  {known.replace('_', ' ')}: {figures[known]}")
        self.stdout.write("gaps (a cell may have several):")
        for layer in Layer:
            self.stdout.write(f"  {layer.replace('_', ' ')}: {figures['layers'][layer]}")

    def _of_archive(self, options: dict[str, Any]) -> None:
        if options["out"]:
            raise CommandError("--out writes what is known of the database's cells: leave it out with --archive.")
        looks, at = options["archive"], moment_or_none(options["at"])
        try:
            days = options["days"] or int(rules.figures("gap_days")[0])
            windows = months_of(looks) if options["months"] else [(options["date"] or timezone.localdate(), days)]
            found = list(coverage_of(looks, options["cases"], windows, at=at))
        except (BadArchive, NoEditionInForce, NoSuchRule) as error:
            raise CommandError(str(error)) from error
        told = [one.as_data() for one in found]
        if options["json"]:
            self.stdout.write(json.dumps(told if options["months"] else told[0], ensure_ascii=False))
            return
        for one in found:
            self._write(one)

    def _write(self, one: Covered) -> None:
        told = one.as_data()
        known = ", ".join(f"{str(known).replace('_', ' ')} {told[known]}" for known in Known)
        self.stdout.write(
            f"{told['date']} and {one.days - 1} days before, edition {one.edition}: {told['cells']} cells; {known}; "
            f"seen {told['seen_rate']:.2%} of cells and days, walked through {told['full_walk']:.2%}"
        )


def moment_or_none(text: str | None) -> dt.datetime | None:
    """A moment of the command line; raises CommandError."""
    try:
        return moment(text) if text else None
    except UnreadableMoment as error:
        raise CommandError(str(error)) from error
