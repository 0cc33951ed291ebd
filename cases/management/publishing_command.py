"""What the commands that publish have in common: who does it, the figures, and words for what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.publishing import CannotPublish, Published
from cells.models import NoEditionInForce


class PublishingCommand(BaseCommand):
    """A command that puts an edition in force."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", metavar="USERNAME", help="who does it (default: the system)")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")

    def carry_out(self, work: Callable[[Any], Published], options: dict[str, Any]) -> None:
        """Do the work in the name of the user asked for, and print what came of it."""
        user = None
        if options["by"]:
            user = get_user_model().objects.filter(username=options["by"]).first()
            if user is None:
                raise CommandError(f"There is no user “{options['by']}”.")
        try:
            done = work(user)
        except CannotPublish as error:
            told = [f"  {c.code or c.key}: {c.why} ({c.place})" for c in error.conflicts]
            raise CommandError("\n".join([str(error), *told])) from error
        except NoEditionInForce as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(done.as_data()) if options["json"] else words(done))


def words(done: Published) -> str:
    """The figures, a line each."""
    return "\n".join(f"{name.replace('_', ' '):>20}: {value}" for name, value in done.as_data().items())
