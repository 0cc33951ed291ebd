"""Lives a whole day of a big city through the same functions as the pages, and proves what must hold of it."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cases.models import Case
from cases.simulation import scratch
from cases.simulation.day import Day
from cases.simulation.proof import prove
from cells.demo.loading import day_of, is_demo
from cells.models import Edition, NoEditionInForce
from spatial.postgis.databases import CannotMake

# A Tuesday with two weeks of ordinary days after it, in a year whose calendar comes with the software.
DAY = dt.date(2026, 3, 10)


class Command(BaseCommand):
    help = (
        "Simulate a day of a big city: reports by patrol, hotline and video, every act by a person of the city through "
        "the functions that the pages use, on a simulated clock, until every case has ended. By default in a demo city "
        "of its own, in a database beside the configured one that is dropped at the end. Ends with 1 where a case was "
        "without owner or cell, a history is broken, a change was not told, a clock is below zero or a caller was not "
        "answered."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, default=9000, metavar="N", help="reports of the day (%(default)s)")
        parser.add_argument(
            "--seed", type=int, default=1, metavar="N", help="another number, another day (%(default)s)"
        )
        parser.add_argument("--cells", type=int, default=2000, metavar="N", help="cells of its city (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--keep", action="store_true", help="keep the database of its city, and say its name")
        parser.add_argument(
            "--here", action="store_true", help="in the demo city of the configured database; its cases stay for good"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cases"] < 1:
            raise CommandError(f"--cases {options['cases']}: a day has one case or more.")
        if options["here"]:
            self._here(options)
            return
        try:
            self._beside(options)
        except CannotMake as error:
            raise CommandError(
                f"{error} Let its user make databases, or use --here in a demo city that may keep the cases."
            ) from error

    def _beside(self, options: dict[str, Any]) -> None:
        """In a city of its own: the same command once more, on a fresh database."""
        name = f"{connection.settings_dict['NAME']}_day"
        order = ["--cases", str(options["cases"]), "--seed", str(options["seed"]), "-v", str(options["verbosity"])]
        with scratch.a_database(name, keep=options["keep"]) as environment:
            for words in (
                ["migrate", "-v0"],
                ["demo_city", "--cells", str(options["cells"]), "--today", DAY.isoformat(), *order[-2:]],
            ):
                if scratch.manage(environment, *words):
                    raise CommandError(f"“manage.py {' '.join(words)}” failed; what it said stands above.")
            code, said = scratch.result(
                environment, "simulate_day", "--here", *order, *(["--json"] if options["json"] else [])
            )
        self.stdout.write(said, ending="")
        if options["keep"]:
            self.stderr.write(f"The database “{name}” is kept: CITY_DATABASE={name} make run shows its city.")
        if code:
            raise SystemExit(code)

    def _here(self, options: dict[str, Any]) -> None:
        first = Edition.objects.order_by("number").first()
        if first is None or not is_demo(first):
            raise CommandError("The city in this database is no demo city: its cases would be mixed with made-up ones.")
        today = day_of(first)
        if Case.objects.filter(reported_at__date__gte=today).exists():
            raise CommandError(f"A day was lived in this city already, {today} or later: load it anew.")
        begun = time.perf_counter()
        try:
            day = Day(today, cases=options["cases"], seed=options["seed"])
        except NoEditionInForce as error:
            raise CommandError("No grids are in force in this city: run manage.py demo_city to its end.") from error
        deeds = day.run(show=options["verbosity"] > 0)
        seconds = round(time.perf_counter() - begun, 1)
        proof = prove(after=day.first_case)
        told = proof.as_data(seconds=seconds)
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in told.items()))
        if options["verbosity"] > 0:
            self.stderr.write(f"{deeds} deeds, {proof.lines} lines of history, {proof.lines / seconds:.0f} a second.")
        for fault in proof.faults:
            self.stderr.write(f"Broken: {fault}.")
        if proof.faults:
            sys.exit(1)
