"""Writes the monthly bulletin: for the table, for the meeting, for the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from cases.judging.periods import BadPeriod
from cases.judging.ranking import NoSuchScheme
from cases.judging.vocabulary import BadFormula
from cells.models import NoEditionInForce
from maps.bulletin.kept import FORMS, made, make_due
from maps.bulletin.telling import USUAL_SCHEME, bulletin
from maps.printing.fonts import NoFont
from maps.printing.sheet import PAGES


class Command(BaseCommand):
    help = (
        "The monthly bulletin as docx or PDF: the month's numbers beside the month before and a year ago, the ranking "
        "with its notice, rates with their formulas, hot spots, coverage, what was fined and rewarded, and what to do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", metavar="YYYY-MM", help="as 2026-03")
        parser.add_argument("--scheme", default=USUAL_SCHEME, metavar="S", help="short name (%(default)s)")
        parser.add_argument("--out", type=Path, metavar="FILE", help="bulletin.docx or .pdf")
        parser.add_argument(
            "--due", action="store_true", help="make last month's where it is due and keep it; the worker does the same"
        )
        parser.add_argument("--paper", default="A4", choices=PAGES, help="upright (%(default)s)")
        parser.add_argument("--language", default="zh-hans", help="zh-hans or en (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["due"]:
            for path in make_due(at=timezone.now()):
                self.stdout.write(str(path))
            return
        if not options["month"] or not options["out"]:
            raise CommandError("Say --month YYYY-MM and --out FILE; or --due.")
        out: Path = options["out"]
        form = out.suffix.removeprefix(".").lower()
        if form not in FORMS:
            raise CommandError(f"{out}: a bulletin ends in .{' or .'.join(FORMS)}.")
        try:
            with translation.override(options["language"]):
                body = made(bulletin(options["month"], options["scheme"]), form, paper=options["paper"])
        except (BadPeriod, BadFormula, NoSuchScheme, NoEditionInForce, NoFont) as error:
            raise CommandError(str(error)) from error
        out.write_bytes(body)
        self.stdout.write(f"{out}: {len(body) / 1e6:.1f} MB")
