"""Takes in the city's table of items of paid correction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.correction.items import FIELDS, import_items
from cells.importing.columns import parse_map
from cells.importing.errors import ImportRefused


class Command(BaseCommand):
    help = (
        "Take in the table of paid correction from .xlsx or .csv: a row is what a case of a class (event-0103) costs "
        "from so many overdue days on, and for each further day. All rows or none; the same again changes nothing. "
        f"Fields for --map: {', '.join(FIELDS)}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--since", required=True, metavar="YYYY-MM", help="first month in which it holds")
        parser.add_argument("--source", default="", help="where it is from, as a document's number (the file's name)")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN")
        parser.add_argument("--sheet", help="sheet of a workbook (default: the first)")
        parser.add_argument("--encoding", help="of a CSV, where it is not UTF-8 or GB 18030")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            taken = import_items(
                file, since=options["since"], source=options["source"] or file.name, at=timezone.now(),
                named=parse_map(options["map"]), sheet=options["sheet"], encoding=options["encoding"],
            )  # fmt: skip
        except ImportRefused as error:
            raise CommandError(str(error)) from error
        told = {"since": taken.table.since, "items": taken.items, "changed": taken.changed}
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(
                f"{told['items']} rows hold from {told['since']} on" + ("" if taken.changed else ", as before")
            )
