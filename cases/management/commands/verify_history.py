"""Proves that the history of cases is as it was written."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.history import verify_history


class Command(BaseCommand):
    help = (
        "Read the history of every case again and compare it with its digests and seals. Ends with 1 where a case is "
        "broken, or where the anchor of an earlier run does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--up-to", type=int, metavar="LINE", help="the line (up_to) of an earlier run's anchor")
        parser.add_argument("--anchor", metavar="DIGEST", help="that run's anchor: is history up to there the same?")

    def handle(self, *args: Any, **options: Any) -> None:
        show = options["verbosity"] > 0 and self.stderr.isatty()
        found = verify_history(up_to=options["up_to"], show=show)
        said = asdict(found)
        holds = options["anchor"] in (None, found.anchor)
        if options["anchor"] is not None:
            said["anchor_holds"] = holds
        if options["json"]:
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        else:
            self.stdout.write(f"{found.cases} cases, {found.events} lines of history, {found.broken} broken.")
            for name, what in found.what.items():
                self.stdout.write(f"  {name}: {what}")
            self.stdout.write(f"Anchor up to line {found.up_to}: {found.anchor}")
            if not holds:
                self.stdout.write("The anchor given does not hold: something before that line was changed.")
        if found.broken or not holds:
            raise SystemExit(1)
