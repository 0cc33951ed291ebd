"""Counts the work of units in a period and says its rates."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cases.archives.facts import BadArchive
from cases.archives.rates import parts_of_files, rates_of_archive
from cases.judging import counting
from cases.judging.periods import BadPeriod, Period
from cases.judging.rates import rates
from cases.judging.units import Of
from cases.judging.vocabulary import BadFormula
from cases.models import Indicator
from cells.archiving.batch import workers
from cells.archiving.columns import BadColumn
from cells.models import Grid, NoEditionInForce
from cells.point_tables import BadTable


class Command(BaseCommand):
    help = (
        "The rates of units in a period: filed, dispatched, closed, closed on time, rework, extensions and all other "
        "indicators of the table, by their keys. A rate without cases is null (no cases), never 0 or 100."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [str(kind) for kind in Of]
        parser.add_argument("--unit", choices=kinds, default=str(Of.DISTRICT), help="what is judged (%(default)s)")
        parser.add_argument("--from", dest="since", type=dt.date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--to", dest="until", type=dt.date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--within", default="", metavar="CODE", help="only within the unit with this code")
        parser.add_argument("--recount", action="store_true", help="read every history anew first")
        parser.add_argument(
            "--as-it-stands", action="store_true", help="write nothing: what the worker has read counts"
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        archive = parser.add_argument_group("of an archive", "cases in Parquet files (archive_cases, snap_archive)")
        archive.add_argument("--archive", nargs="+", type=Path, metavar="FILE", help="count these, not the database")
        archive.add_argument(
            "--column", nargs="+", action="extend", default=[], metavar="NAME=COLUMN",
            help="where the files call a column otherwise: closed_at=closed_date; unit=… for the code of the unit",
        )  # fmt: skip
        archive.add_argument(
            "--never", nargs="+", default=[], metavar="NAME",
            help="what happened to no case of these files (void_at, extended_at), so that they have no column of it",
        )  # fmt: skip
        archive.add_argument("--time-format", metavar="F", help="how texts say moments: %%d/%%m/%%Y %%H:%%M (ISO 8601)")
        archive.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: this one)")
        archive.add_argument("--scheduler", metavar="URL", help="a Dask scheduler (tcp://…) that shares the folders")

    def handle(self, *args: Any, **options: Any) -> None:
        within = None
        if options["within"]:
            within = Grid.objects.filter(code=options["within"]).first()
            if within is None:
                raise CommandError(f"There is no unit with the code {options['within']}.")
        try:
            if options["recount"] and not options["archive"]:
                counting.fresh(whole=True)
            period = Period.of_days(options["since"], options["until"])
            if options["archive"]:
                told = self._of_archive(period, options)
            else:
                found = rates(Of(options["unit"]), period, within=within, reread=not options["as_it_stands"])
                told = found.as_data()
        except (BadPeriod, BadFormula, NoEditionInForce, BadArchive, BadColumn, BadTable, OSError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        partly = ", not over yet" if told["partial"] else ""
        self.stdout.write(f"{told['from']} to {told['to']}{partly}, edition {told['edition']}")
        for row in [*told["rows"], told["total"]]:
            self.stdout.write(f"{row['code'] or '-'} {row['name']}")
            for indicator in Indicator.objects.exclude(key__in=told.get("unknown", [])):
                rate = row[indicator.key]
                self.stdout.write(f"    {indicator.key}: {'no cases' if rate is None else f'{rate:.2f} %'}")
        if told.get("unknown"):
            self.stdout.write(f"Not in these files, so not counted: {', '.join(told['unknown'])}.")

    def _of_archive(self, period: Period, options: dict[str, Any]) -> dict[str, Any]:
        if options["within"] or options["recount"]:
            raise CommandError("--archive counts whole files: leave out --within and --recount.")
        odd = [words for words in options["column"] if "=" not in words]
        if odd:
            raise CommandError(f"--column {odd[0]}: write NAME=COLUMN.")
        named = dict(words.split("=", 1) for words in options["column"])
        files = sorted(options["archive"])
        with (
            workers(options["scheduler"], options["workers"]) as client,
            tqdm(total=sum(part.rows for part in parts_of_files(files)), unit=" cases", disable=None) as bar,
        ):
            return rates_of_archive(
                files, Of(options["unit"]), period, named=named, never=options["never"],
                time_format=options["time_format"], client=client,
                told_rows=bar.update,
            ).as_data()  # fmt: skip
