"""Subscribes another program to what happens to cases."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.errors import CaseError
from cases.hooks import subscribe
from cases.models import HookSubscription
from cells.models import Grid


class Command(BaseCommand):
    help = (
        "Subscribe an address to lines of histories from now on, and print the secret by which it checks what comes "
        "(see cases/webhook.py). The same name again changes address, acts and territory; --off ends it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who is told, such as the name of a system")
        parser.add_argument("url", nargs="?", default="", help="where to: https://host/path")
        parser.add_argument(
            "--event", action="append", default=[], metavar="ACT", help="an act, may be given again (every act)"
        )
        parser.add_argument("--territory", default="", metavar="CODE", help="code of a grid; without it the whole city")
        parser.add_argument("--off", action="store_true", help="tell it nothing more")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["off"]:
            if not HookSubscription.objects.filter(name=options["name"]).update(is_active=False):
                raise CommandError(f"There is no subscription “{options['name']}”.")
            self.stderr.write(f"“{options['name']}” is told nothing more.")
            return
        territory = None
        if options["territory"]:
            territory = Grid.objects.filter(code=options["territory"]).first()
            if territory is None:
                raise CommandError(f"There is no grid with the code {options['territory']}.")
        try:
            _, secret = subscribe(
                options["name"], options["url"], events=options["event"], territory=territory, at=timezone.now()
            )
        except CaseError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(secret)
