"""Makes one user of each role and prints their one-time passwords."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cells.people import create_people


class Command(BaseCommand):
    help = "Make one user of each role and print the one-time passwords; running again does nothing unless --reset."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="give the users that exist new one-time passwords")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_people(reset=options["reset"])
        lines = [
            {"user": m.username, "role": f"{m.role.name_en} {m.role.name_zh}", "password": m.password} for m in made
        ]
        if options["json"]:
            self.stdout.write(json.dumps(lines, ensure_ascii=False))
            return
        if not made:
            self.stdout.write("Everybody is there already; --reset gives new one-time passwords.")
            return
        self.stdout.write(f"{'user':<16}{'one-time password':<20}role")
        for line in lines:
            self.stdout.write(f"{line['user']:<16}{line['password']:<20}{line['role']}")
        self.stdout.write("Each password works for the first login, where a new one must be chosen.")
