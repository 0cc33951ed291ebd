"""Imports cases of another system."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from cases.importing import FIELDS, Options, import_cases
from cases.summaries import carry_due
from cells.importing.columns import parse_value_map
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Import cases in one transaction: each is routed to the community that owns its place and gets its history. "
        "A case known by its number in the source is not taken in twice; one closed since is closed. Times without a "
        "zone are the city's. Fields for --map (several columns for words, with commas): " + ", ".join(FIELDS) + "."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", default="hotline", metavar="SLUG", help="where they come from (%(default)s)")
        parser.add_argument(
            "--value-map", action="append", default=[], metavar="FIELD:WORD=MEANING",
            help="what a word means: status:Pending=open (open, closed, void), class:Pothole=0113",
        )  # fmt: skip
        parser.add_argument("--time-format", help="as in '%%d/%%m/%%Y %%H:%%M', if it is not found by itself")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            source=options["source"],
            named=options["map"],
            meanings=parse_value_map(options["value_map"]),
            crs=options["crs"],
            time_format=options["time_format"],
            layer=options["layer"],
            encoding=options["encoding"],
            dry_run=options["dry_run"],
            show=options["verbosity"] > 0 and self.stderr.isatty(),
        )
        report = import_cases(options["file"], settings, rejects=rejects)
        # A million changes at once would be read by whoever asks for the day until the worker comes.
        carry_due(at=timezone.now())
        return report
