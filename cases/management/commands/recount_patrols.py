"""Counts days of patrols anew from their points."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from cases.patrols.recounting import recount


class Command(BaseCommand):
    help = (
        "Count visits, records and flags of some days anew from their points, after a figure of the rules or the "
        "streets have changed. Days whose points are not kept any more stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=dt.date.fromisoformat, required=True, metavar="DATE", help="first day")
        parser.add_argument("--until", type=dt.date.fromisoformat, metavar="DATE", help="last day (today)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        until = options["until"] or timezone.localdate(now)
        records, visits = recount(options["since"], until, at=now)
        self.stdout.write(f"{records:,} records counted anew: {visits:,} visits.")
