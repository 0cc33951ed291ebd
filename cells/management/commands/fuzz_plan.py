"""Tries to break a redraw with thousands of random edits, and says what came of it."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cells.models import NoEditionInForce
from cells.plans.fuzzing import fuzz

KEYS = ("edits", "accepted", "refused", "invalid_coverages", "area_drift_m2", "orphan_points", "crashes", "seconds")


class Command(BaseCommand):
    help = (
        "Make random edits, valid, silly and hostile, in a plan of the edition in force that is thrown away after: "
        "through the same functions as the pages, judged by other code than theirs, and all undone in the end. Exit "
        "status 1 if the map was ever broken, an edit crashed, or the undone city is not the first one, byte for byte."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--edits", type=int, default=2000, metavar="N", help="edits to try (%(default)s)")
        parser.add_argument(
            "--seed", type=int, default=1, metavar="N", help="another number, other edits (%(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["edits"] < 1 or options["seed"] < 0:
            raise CommandError("--edits must be 1 or more, --seed 0 or more.")
        try:
            figures = fuzz(edits=options["edits"], seed=options["seed"], show=sys.stderr.isatty())
        except NoEditionInForce as error:
            raise CommandError(str(error)) from error
        values = {name: getattr(figures, name) for name in KEYS}
        if options["json"]:
            self.stdout.write(json.dumps(values))
        else:
            self.stdout.write("\n".join(f"{name.replace('_', ' '):>18}: {value}" for name, value in values.items()))
            words = ", ".join(f"{k} {n}" for k, n in sorted(figures.reasons.items(), key=lambda item: -item[1]))
            self.stdout.write(f"refused for: {words}")
        if not figures.undone:
            self.stderr.write("Undoing all edits did not give back the first edition.")
        if not figures.sound:
            sys.exit(1)
