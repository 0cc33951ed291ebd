"""The messages that leave the house: how many stand where, and what to do about those given up."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from django.utils import timezone

from cases.models import Outgoing
from cases.outbox import try_again
from cases.webhook import NotDelivered, key_for


class Command(BaseCommand):
    help = (
        "Say how many outgoing messages stand where. --again tries those that were given up anew; --key-for prints the "
        "key by which a receiver checks the signature of what we send it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", nargs="*", metavar="KEY", help="try these anew; all that were given up: no key")
        parser.add_argument("--key-for", metavar="ADDRESS", help="print the key of a receiver, and nothing else")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["key_for"] is not None:
            try:
                self.stdout.write(key_for(options["key_for"]))
            except NotDelivered as error:
                raise CommandError(str(error)) from error
            return
        again = 0 if options["again"] is None else try_again(*options["again"], at=timezone.now())
        counted = dict(Outgoing.objects.order_by().values_list("state").annotate(n=Count("pk")))
        figures = {state: counted.get(state, 0) for state in Outgoing.State.values} | {"again": again}
        self.stdout.write(json.dumps(figures) if options["json"] else ", ".join(f"{n} {s}" for s, n in figures.items()))
