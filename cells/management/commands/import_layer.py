"""Imports a base layer or the gazetteer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cells.importing.columns import parse_value_map
from cells.importing.layers import FIELDS, KINDS, Options, import_layer
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Import streets (lines), water, green, buildings (areas) or places (points: door plates, points of interest) "
        "in one transaction; what is there under the same label is brought up to date. Fields for --map: "
        + "; ".join(f"{kind}: {', '.join(fields)}" for kind, fields in FIELDS.items())
        + "."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=KINDS)
        super().add_arguments(parser)
        parser.add_argument(
            "--value-map", action="append", default=[], metavar="FIELD:WORD=MEANING",
            help="what a word means: class:2=1 (streets: 1 arterial, 2 secondary, 3 local, 4 compound), kind:shop=poi",
        )  # fmt: skip
        parser.add_argument("--default", default="", help="class of streets or kind of places where none is known")
        parser.add_argument("--label-prefix", default="", help="put before every label, to keep two files apart")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            kind=options["kind"],
            named=options["map"],
            meanings=parse_value_map(options["value_map"]),
            crs=options["crs"],
            layer=options["layer"],
            encoding=options["encoding"],
            label_prefix=options["label_prefix"],
            default=options["default"],
            dry_run=options["dry_run"],
            show=options["verbosity"] > 0 and self.stderr.isatty(),
        )
        return import_layer(options["file"], settings, rejects=rejects)
