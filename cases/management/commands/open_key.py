"""Makes a key by which another program reports through the Open311 door."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.errors import CaseError
from cases.keyring import make_key
from cases.models import OpenKey


class Command(BaseCommand):
    help = (
        "Make a key (api_key) for the Open311 door and print it: it is kept as a digest and cannot be read again. The "
        "same name again makes a new key in the place of the old one; --off takes it out of use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="whose key it is, such as the name of an app or of a district's platform")
        parser.add_argument(
            "--scopes", default="report", metavar="LIST",
            help=f"what it opens, commas between: {', '.join(OpenKey.Scope.values)} (%(default)s)",
        )  # fmt: skip
        parser.add_argument("--source", default="public", metavar="SLUG", help="where its cases are from (%(default)s)")
        parser.add_argument("--per-minute", type=int, default=30, metavar="N", help="most reports (%(default)s)")
        parser.add_argument("--per-day", type=int, default=5000, metavar="N", help="most reports (%(default)s)")
        parser.add_argument("--given", default="", metavar="KEY", help="a key that the other side made")
        parser.add_argument("--off", action="store_true", help="take the key of that name out of use")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["off"]:
            if not OpenKey.objects.filter(name=options["name"]).update(is_active=False):
                raise CommandError(f"There is no key “{options['name']}”.")
            self.stderr.write(f"The key “{options['name']}” opens nothing any more.")
            return
        try:
            key = make_key(
                options["name"],
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                source=options["source"],
                per_minute=options["per_minute"],
                per_day=options["per_day"],
                at=timezone.now(),
                given=options["given"],
            )
        except CaseError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
