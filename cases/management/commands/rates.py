"""Counts the work of units in a period and says its rates."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.judging import counting
from cases.judging.periods import BadPeriod, Period
from cases.judging.rates import rates
from cases.judging.units import Of
from cases.judging.vocabulary import BadFormula
from cases.models import Indicator
from cells.models import Grid, NoEditionInForce


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

    def handle(self, *args: Any, **options: Any) -> None:
        within = None
        if options["within"]:
            within = Grid.objects.filter(code=options["within"]).first()
            if within is None:
                raise CommandError(f"There is no unit with the code {options['within']}.")
        try:
            if options["recount"]:
                counting.fresh(whole=True)
            period = Period.of_days(options["since"], options["until"])
            found = rates(Of(options["unit"]), period, within=within, reread=not options["as_it_stands"])
        except (BadPeriod, BadFormula, NoEditionInForce) as error:
            raise CommandError(str(error)) from error
        told = found.as_data()
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        partly = ", not over yet" if told["partial"] else ""
        self.stdout.write(f"{told['from']} to {told['to']}{partly}, edition {told['edition']}")
        for row in [*told["rows"], told["total"]]:
            self.stdout.write(f"{row['code'] or '-'} {row['name']}")
            for indicator in Indicator.objects.all():
                rate = row[indicator.key]
                self.stdout.write(f"    {indicator.key}: {'no cases' if rate is None else f'{rate:.2f} %'}")
