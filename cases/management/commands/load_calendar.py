"""Takes in a year's official calendar."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cases.importing.year import FIELDS, Options, load_calendar
from cells.importing.columns import parse_value_map
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand
from cells.models import CatalogueClass


class Command(ImportCommand):
    help = (
        "Take in the holidays and make-up days of a year from a CSV (date, kind, name, hours), in one transaction; "
        "days that are there are brought up to date. The year then counts as known, and limits may run into it. Hours "
        "are written 08:00-12:00 14:00-18:00, and empty where they are the usual ones. Fields for --map: "
        + ", ".join(FIELDS)
        + "."
    )
    has_places = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--year", type=int, help="whose calendar it is (default: the one year of its days)")
        parser.add_argument(
            "--value-map", action="append", default=[], metavar="FIELD:WORD=MEANING",
            help="what a word means: kind:休=holiday (holiday, working)",
        )  # fmt: skip
        parser.add_argument("--source", default="", help="the notice it is from (default: the name of the file)")
        parser.add_argument(
            "--mark", choices=CatalogueClass.Mark.values, default=CatalogueClass.Mark.SEEN.value,
            help="how sure it is: T seen in the text, I in a working system, D deduced, M from memory (%(default)s)",
        )  # fmt: skip
        parser.add_argument("--replace", action="store_true", help="the file has all days of the year: others go")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            year=options["year"],
            named=options["map"],
            meanings=parse_value_map(options["value_map"]),
            encoding=options["encoding"],
            source=options["source"],
            mark=options["mark"],
            replace=options["replace"],
            dry_run=options["dry_run"],
        )
        return load_calendar(options["file"], settings, rejects=rejects)
