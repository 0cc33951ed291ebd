"""What every import command shares: its options, its progress, and how it says what happened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cells.importing.columns import parse_map
from cells.importing.errors import ImportRefused
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from spatial.errors import SpatialError


class ImportCommand(BaseCommand):
    """A command that takes a file in. A child says in `take` what is done with it."""

    # Whether the rows lie somewhere: then the file can be any that holds shapes, and has a coordinate system.
    has_places = True

    def add_arguments(self, parser: CommandParser) -> None:
        formats = "GeoJSON, GeoPackage, Shapefile (.zip), GeoParquet, Parquet or CSV" if self.has_places else "CSV"
        parser.add_argument("file", type=Path, help=formats)
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN",
            help="which column holds a field; what is not named is found by its usual names and printed",
        )  # fmt: skip
        if self.has_places:
            parser.add_argument("--crs", help="WGS84, CGCS2000, GCJ-02, BD-09 or EPSG:n (default: as the file says)")
            parser.add_argument("--layer", help="layer of a file that has several")
        parser.add_argument("--encoding", help="of the texts, if it is not found (UTF-8 and GB 18030 are)")
        parser.add_argument("--dry-run", action="store_true", help="do everything, keep nothing, say what would happen")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="where rows left out are listed (CSV)")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        """Do the import; the report."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        where = options["rejects"] or settings.REPORTS / f"{options['file'].name}.rejects.csv"
        try:
            options["map"] = parse_map(options["map"])
            with Rejects(where) as rejects:
                report = self.take(options, rejects)
        except (ImportRefused, SpatialError) as error:
            raise CommandError(str(error)) from error
        if rejects.count:
            report.notices += [*rejects.lines(), f"Listed row by row in {where}."]
        if options["json"]:
            self.stdout.write(json.dumps(report.as_data(), ensure_ascii=False, default=str))
            return
        for notice in report.notices:
            self.stdout.write(notice)
        if report.dry_run:
            self.stdout.write("Dry run: nothing was kept.")
        self.stdout.write(report.summary())
