"""Ranks units by a scheme, for a month."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from cases.judging.periods import BadPeriod
from cases.judging.ranking import NoSuchScheme, ranking, scheme_named
from cases.judging.vocabulary import BadFormula
from cases.judging.workbook import workbook
from cells.models import Grid, NoEditionInForce


class Command(BaseCommand):
    help = (
        "The monthly ranking by a scheme: places, scores, grades, and every rate by its indicator's key. Units that "
        "are new in the month, gone at its end or without cases are listed without a place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="as 2026-03")
        parser.add_argument("--scheme", default="monthly", metavar="S", help="short name of the scheme (%(default)s)")
        parser.add_argument("--within", default="", metavar="CODE", help="only units within the one with this code")
        parser.add_argument(
            "--out", type=Path, metavar="FILE.xlsx", help="a spreadsheet with live formulas: change a weight there"
        )
        parser.add_argument("--language", default="zh-hans", help="of the spreadsheet: zh-hans or en (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path | None = options["out"]
        if out is not None and out.suffix.lower() != ".xlsx":
            raise CommandError(f"{out}: the spreadsheet ends in .xlsx.")
        within = None
        if options["within"]:
            within = Grid.objects.filter(code=options["within"]).first()
            if within is None:
                raise CommandError(f"There is no unit with the code {options['within']}.")
        try:
            scheme = scheme_named(options["scheme"], month=options["month"])
            found = ranking(options["month"], scheme, within=within)
        except (BadPeriod, BadFormula, NoSuchScheme, NoEditionInForce) as error:
            raise CommandError(str(error)) from error
        told = found.as_data()
        if out is not None:
            with translation.override(options["language"]):
                out.write_bytes(workbook(found))
            told["file"] = str(out)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        partly = ", not over yet" if told["partial"] else ""
        self.stdout.write(f"{told['month']}{partly}: {scheme}, edition {told['edition']}, {told['ranked']} ranked")
        for row in told["rows"]:
            place = row["rank"] or row["standing"].replace("_", " ")
            points = "no cases" if row["score"] is None else f"{row['score']:.2f}"
            self.stdout.write(f"  {place}  {row['code']} {row['name']}  {points} {row['grade'] or ''}")
