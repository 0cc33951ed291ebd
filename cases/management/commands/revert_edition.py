"""Takes the edition in force back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cases.management.publishing_command import PublishingCommand
from cases.publishing import revert_edition


class Command(PublishingCommand):
    help = (
        "Take the edition in force back: the next edition has the grids of the one before it, byte for byte, under the "
        "same codes. What was in force stays on record. Doing it again brings the edition back. One transaction."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", type=int, help="number of the edition, which must be the one in force")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.carry_out(lambda user: revert_edition(options["edition"], by=user), options)
