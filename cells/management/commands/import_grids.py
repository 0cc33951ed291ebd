"""Imports areas as the responsibility grids of one level."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cells.importing.columns import parse_map
from cells.importing.errors import ImportRefused
from cells.importing.grids import MOST_REPAIR_M, Options, import_grids
from cells.importing.ladder import LEVELS
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand

_NAMED = {"label": "label_field", "code": "code_field", "name": "name_field", "parent": "parent_field"}


class Command(ImportCommand):
    help = (
        "Import areas as the grids of one level, into the draft edition. Levels above that nobody gives are filled in. "
        "Areas must tile the ground; noise of digitising is closed by itself, more with --repair. Fields for --map: "
        "label (by which a second import knows the area), code, name, name_zh, name_en, parent, city, district, town "
        "(labels of the areas it belongs to), land_use, management_grade, responsible_party, initial_date, end_date, "
        "note. Afterwards: divide_cells."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--level", required=True, choices=LEVELS, help="which level the areas are")
        parser.add_argument("--label-field", metavar="COLUMN", help="the same as --map label=COLUMN")
        parser.add_argument("--code-field", metavar="COLUMN", help="the same as --map code=COLUMN; used where it fits")
        parser.add_argument("--name-field", metavar="COLUMN", help="the same as --map name=COLUMN")
        parser.add_argument(
            "--parent-field", metavar="COLUMN",
            help="label, code or name of the area above (default: the one that holds most of the area)",
        )  # fmt: skip
        parser.add_argument("--code-prefix", default="", metavar="DIGITS", help="what district codes begin with")
        parser.add_argument(
            "--called", action="append", default=[], metavar="LEVEL=NAME", help="name of the one city, district or town"
        )
        parser.add_argument(
            "--name-pattern",
            default="",
            metavar="TEXT",
            help="name of areas without one: 'Ward {label}' (default: {label})",
        )
        parser.add_argument(
            "--replace", action="store_true", help="the file has all areas of the level: others that are there go"
        )
        parser.add_argument(
            "--repair", type=float, metavar="TOLERANCE_M", help="close gaps and overlaps up to this mean width, metres"
        )

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        named = dict(options["map"])
        named |= {field: [options[key]] for field, key in _NAMED.items() if options[key]}
        if options["repair"] is not None and not 0 < options["repair"] <= MOST_REPAIR_M:
            raise ImportRefused(f"--repair {options['repair']:g}: the tolerance is up to {MOST_REPAIR_M:g} metres.")
        settings = Options(
            level=options["level"],
            named=named,
            crs=options["crs"],
            layer=options["layer"],
            encoding=options["encoding"],
            code_prefix=options["code_prefix"],
            called={level: name[0] for level, name in parse_map(options["called"]).items()},
            name_pattern=options["name_pattern"],
            repair_m=options["repair"],
            replace=options["replace"],
            dry_run=options["dry_run"],
        )
        report = import_grids(options["file"], settings, rejects=rejects)
        if report.facts.get("edition") is not None and not report.dry_run:
            report.notices.append(f"In the draft edition {report.facts['edition']}; next: divide_cells.")
        return report
