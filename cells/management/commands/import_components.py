"""Imports city components."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cells.importing.columns import parse_value_map
from cells.importing.components import FIELDS, Options, import_components
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Import components (points) in one transaction: class by --class or --map class=COLUMN, code the file's own "
        "where it has 16 digits, else given; each gets the cell that owns its place. Fields for --map: "
        + ", ".join(FIELDS)
        + "."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--class", dest="of_class", default="", metavar="CODE", help="class of all rows")
        parser.add_argument(
            "--value-map", action="append", default=[], metavar="FIELD:WORD=MEANING",
            help="what a word means: class:Cobrahead=0109, state:ACT=intact",
        )  # fmt: skip
        parser.add_argument("--label-prefix", default="", help="put before every label, to keep two files apart")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            named=options["map"],
            meanings=parse_value_map(options["value_map"]),
            of_class=options["of_class"],
            crs=options["crs"],
            layer=options["layer"],
            encoding=options["encoding"],
            label_prefix=options["label_prefix"],
            dry_run=options["dry_run"],
            show=options["verbosity"] > 0 and self.stderr.isatty(),
        )
        return import_components(options["file"], settings, rejects=rejects)
