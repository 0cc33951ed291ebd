"""Counts the summaries anew from the cases, or proves that they are right."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import summaries


class Command(BaseCommand):
    help = (
        "Count the book of days (which the leader's page reads) anew from the cases and the ledger, put right what "
        "differs, and look again. The database keeps it right by itself; needed after TIME_ZONE was changed or the "
        "tables were written with their triggers asleep. With --check nothing is written: exit status 1 if it differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = summaries.differences() if options["check"] else summaries.recount()
        if options["json"]:
            self.stdout.write(json.dumps(found.as_data(), ensure_ascii=False))
        else:
            mended = "" if options["check"] else f"{found.mended:,} rows put right, "
            self.stdout.write(f"{mended}{found.differences:,} differences in {found.seconds:g} s.")
        if found.differences:
            raise CommandError("The book of days differs from the cases. Run manage.py recount_summaries.")
