"""Imports posts and their holders."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from cells.importing.posts import FIELDS, Options, import_posts
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Import posts and their holders from a workbook (.xlsx) or CSV in one transaction: a row is one person's post "
        "at one grid. Rows at fault are left out and listed; the same file again changes nothing. People not known yet "
        "become users without a password. The page /staffing/import/ has a template. Fields for --map: "
        f"{', '.join(FIELDS)}."
    )
    has_places = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--sheet", help="sheet of a workbook (default: the first)")

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        settings = Options(
            named=options["map"], sheet=options["sheet"], encoding=options["encoding"], dry_run=options["dry_run"]
        )
        return import_posts(options["file"], settings, rejects=rejects)
