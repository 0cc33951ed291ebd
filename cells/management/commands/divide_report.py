"""Prints how good the unit cells in force are."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cells.division import division_report
from cells.models import NoEditionInForce


class Command(BaseCommand):
    help = (
        "Measure the unit cells of the edition in force: cells; within_25pct (share 0 to 1 of cells within a quarter "
        "of the target area); mean_area_m2; cv (areas' standard deviation by mean); compactness_mean (4π·area by "
        "perimeter², square 0.785); street_share (share 0 to 1 of the length of border between cells of one community "
        "within 5 m of a street); buildings_cut (share 0 to 1 of buildings with less than 97 % of themselves in one "
        "cell); seconds (computing time on one core of the division that made the edition)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
        parser.add_argument("--community", nargs="+", default=[], metavar="CODE", help="only these")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = division_report(codes=options["community"])
        except NoEditionInForce as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:<18}{value}")
