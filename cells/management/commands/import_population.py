"""Imports how many people live where."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cells.importing.population import FIELDS, Options, import_population
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Import how many people live where, in one transaction: a row is an area (a shape, or the code of a grid or "
        "unit cell in force), its people, the year and the source. Rows at fault are left out and listed; the same "
        "file again changes nothing. Hot spots can then be held against people: hotspots --exposure population. "
        "Fields for --map: "
        f"{', '.join(FIELDS)}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--year", type=int, help="of all rows, where the file has no such column")
        parser.add_argument("--source", default="", help="who counted, where the file has no such column")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            named=options["map"],
            crs=options["crs"],
            layer=options["layer"],
            encoding=options["encoding"],
            year=options["year"],
            source=options["source"],
            dry_run=options["dry_run"],
        )
        return import_population(options["file"], settings, rejects=rejects)
