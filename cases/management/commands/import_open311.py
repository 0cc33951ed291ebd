"""Imports the requests of another Open311 server."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from cases.importing import Options, georeport, import_cases
from cells.importing.columns import parse_value_map
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.management.import_command import ImportCommand
from spatial import crs as reference


class Command(ImportCommand):
    help = (
        "Import requests of Open311 (GeoReport v2) as cases, from a file (JSON or XML) or from a server, page by "
        "page. As import_cases: one transaction, routed, known again by their numbers, closed where they are "
        "closed there. A server in a private network or in the clear must be named in CITY_HOOK_NETWORKS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="URL|FILE", help="https://…/v2, or a file of requests")
        parser.add_argument("--source", default="transfer", metavar="SLUG", help="where they come from (%(default)s)")
        parser.add_argument("--since", metavar="DAY", help="of a server: reported from this day on (90 days ago)")
        parser.add_argument("--until", metavar="DAY", help="of a server: reported to the end of this day (today)")
        parser.add_argument(
            "--value-map", action="append", default=[], metavar="class:WORD=CODE",
            help="what a service is called there, and which class it is here",
        )  # fmt: skip
        parser.add_argument("--crs", default=reference.WGS84, help="of its places, where it is not %(default)s")
        parser.add_argument("--dry-run", action="store_true", help="do everything, keep nothing, say what would happen")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="where requests left out are listed (CSV)")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        # What the other imports have and this one does not.
        options["url"] = options["file"]
        is_url = "://" in options["url"]
        options["file"] = Path("open311") if is_url else Path(options["url"])
        options["map"] = []
        super().handle(*args, **options)

    def take(self, options: dict[str, Any], rejects: Rejects) -> Report:
        show = options["verbosity"] > 0 and self.stderr.isatty()
        if "://" in options["url"]:
            since, until = _days(options["since"], options["until"])
            rows = georeport.read_server(options["url"], since=since, until=until, show=show)
        else:
            rows = georeport.read_file(options["file"])
        with tempfile.TemporaryDirectory(prefix="wanmi-open311-") as folder:
            table = Path(folder) / "open311.csv"
            georeport.write_table(rows, table)
            settings = Options(
                source=options["source"],
                named={name: [name] for name in georeport.COLUMNS},
                meanings=parse_value_map(options["value_map"]),
                crs=options["crs"],
                encoding="utf-8",
                dry_run=options["dry_run"],
                show=show,
            )
            return import_cases(table, settings, rejects=rejects)


def _days(since: str | None, until: str | None) -> tuple[dt.datetime, dt.datetime]:
    """The moments at which the first day begins and the last one ends, in the city's time."""
    now = timezone.now()
    begin = _day(since) if since else now - georeport.SPAN
    end = _day(until) + dt.timedelta(days=1) if until else now
    if end <= begin:
        raise CommandError("--until lies before --since.")
    return begin, end


def _day(text: str) -> dt.datetime:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"“{text}” is no day: give 2026-03-02.")
    return timezone.make_aware(dt.datetime.combine(found, dt.time.min))
