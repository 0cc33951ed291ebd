"""Puts an approved plan in force."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from cases.management.publishing_command import PublishingCommand
from cases.publishing import publish_plan
from cells.models import Plan


class Command(PublishingCommand):
    help = (
        "Put an approved plan in force: a new edition with new codes, components and open cases on its ground with "
        "their new cells and owners, a line in each case's history and a message to both owners. One transaction."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=int, help="number of the plan")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not Plan.objects.filter(pk=options["plan"]).exists():
            raise CommandError(f"There is no plan {options['plan']}.")
        self.carry_out(lambda user: publish_plan(options["plan"], by=user), options)
