"""Writes the cases of a period as GeoParquet, to be kept and judged outside the database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cases.archives.writing import archive_cases


class Command(BaseCommand):
    help = (
        "Write the cases reported on some days as GeoParquet: one row an opening of a case, with its moments, limits "
        "and flags as judging counts them, its place, class and units; nothing of callers, workers or words. "
        "snap_archive, hotspots --archive and rates --archive read it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", type=dt.date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--to", dest="until", type=dt.date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .parquet")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until"] < options["since"]:
            raise CommandError("The last day lies before the first: change one of them.")
        try:
            with tqdm(unit=" cases", disable=None) as bar:
                rows = archive_cases(options["since"], options["until"], options["out"], told=bar.update)
        except OSError as error:
            raise CommandError(f"{error}. Nothing was written.") from error
        self.stdout.write(f"{rows:,} rows written to {options['out']}.")
