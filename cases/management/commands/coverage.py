"""Says what is known of every unit cell, and where nobody looks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.gaps.finding import Known, Layer, gaps
from cases.gaps.telling import collection
from cells.models import NoEditionInForce
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

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError(f"--days {days}: a window has one day at least.")
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
