"""Makes a token by which another program reads, and reports, through the REST door."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.errors import CaseError
from cases.keyring import make_token
from cases.models import ApiToken
from cells.models import Grid


class Command(BaseCommand):
    help = (
        "Make a token for /rest/v1/ and /ogc/ and print it: it is kept as a digest and cannot be read again. The same "
        "name again makes a new token in the place of the old one; --off takes it out of use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="whose token it is, such as the name of a system")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="SCOPE",
            help=f"what it opens, may be given again: {', '.join(ApiToken.Scope.values)} (cases:read)",
        )  # fmt: skip
        parser.add_argument("--territory", default="", metavar="CODE", help="code of a grid; without it the whole city")
        parser.add_argument("--source", default="public", metavar="SLUG", help="where reports are from (%(default)s)")
        parser.add_argument("--per-minute", type=int, default=120, metavar="N", help="most calls (%(default)s)")
        parser.add_argument("--days", type=int, default=365, metavar="N", help="valid for so long (%(default)s)")
        parser.add_argument("--off", action="store_true", help="take the token of that name out of use")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["off"]:
            if not ApiToken.objects.filter(name=options["name"]).update(is_active=False):
                raise CommandError(f"There is no token “{options['name']}”.")
            self.stderr.write(f"The token “{options['name']}” opens nothing any more.")
            return
        territory = None
        if options["territory"]:
            territory = Grid.objects.filter(code=options["territory"]).first()
            if territory is None:
                raise CommandError(f"There is no grid with the code {options['territory']}.")
        if not 1 <= options["days"] <= 3660:
            raise CommandError("Give 1 to 3660 days.")
        now = timezone.now()
        try:
            token = make_token(
                options["name"],
                scopes=options["scope"] or [ApiToken.Scope.CASES_READ],
                territory=territory,
                source=options["source"],
                per_minute=options["per_minute"],
                at=now,
                until=now + dt.timedelta(days=options["days"]),
            )
        except CaseError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)
