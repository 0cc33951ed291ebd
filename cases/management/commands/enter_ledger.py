"""Enters filed cases into the ledgers of their towns."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from cases.ledger import enter_all


class Command(BaseCommand):
    help = (
        "Enter every filed case that stands in no ledger yet, in the order of filing, numbered by town and year. The "
        "worker does it by itself; run it after an import. Twice changes nothing more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        done = enter_all(at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(done.as_data()))
        else:
            self.stdout.write(f"{done.cases} cases entered into {done.ledgers} ledgers in {done.seconds:g} s.")
