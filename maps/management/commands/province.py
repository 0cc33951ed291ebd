"""Counts several cities, each in its own database, side by side."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from maps import province
from maps.ranking_table import SHOWN


class Command(BaseCommand):
    help = (
        'Counts the cities that a file names ({"cities": [{"name_zh", "name_en", "database", "srid", '
        '"time_zone"}]}), each in its own database and by its own edition, and all together. Nothing is written '
        "there. --keep shows the result at /province/."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--from", dest="since", type=dt.date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--to", dest="until", type=dt.date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--keep", action="store_true", help="show it on the page, instead of what it shows now")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cities = province.read(options["file"])
        except province.BadProvince as error:
            raise CommandError(str(error)) from error
        if options["until"] < options["since"]:
            raise CommandError("The last day lies before the first.")
        with tqdm(total=len(cities), desc="cities", disable=options["json"] or options["verbosity"] == 0) as bar:
            found = province.gather(cities, options["since"], options["until"], told=lambda city: bar.update())
        if options["keep"]:
            province.keep(found)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            self.stdout.write(f"{found['from']} to {found['to']}, {found['answered']} of {len(cities)} cities")
            for row in [*found["cities"], {"name_zh": "=", "refused": "", **found["total"]}]:
                said = ", ".join(f"{key} {_percent(row.get(key))}" for key in SHOWN)
                self.stdout.write(
                    f"{row['name_zh']}: {province.REFUSED.get(row['refused'], said)} {row.get('detail', '')}".rstrip()
                )
        if found["answered"] < len(cities):
            raise CommandError(f"{len(cities) - found['answered']} of {len(cities)} cities did not answer.")


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2f} %"
