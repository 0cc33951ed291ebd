"""Imports tracks of patrols."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cases.patrols.files import FIELDS, Options, import_tracks
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Import points of patrols' tracks (CSV, Parquet, GPX) in one transaction and count the visits anew that they "
        "change. A point is known by its person (the user's login) and moment: files may come twice, late and in any "
        "order. Times without a zone are the city's. Fields for --map: " + ", ".join(FIELDS) + "."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--person", default="", metavar="USERNAME", help="whose points, where rows do not say")
        parser.add_argument("--device", default="", metavar="LABEL", help="which phone, where rows do not say")
        parser.add_argument("--time-format", help="as in '%%d/%%m/%%Y %%H:%%M', if it is not found by itself")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            named=options["map"],
            person=options["person"],
            device=options["device"],
            crs=options["crs"],
            time_format=options["time_format"],
            layer=options["layer"],
            encoding=options["encoding"],
            dry_run=options["dry_run"],
            show=options["verbosity"] > 0 and self.stderr.isatty(),
        )
        return import_tracks(options["file"], settings, rejects=rejects)
