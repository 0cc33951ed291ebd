"""Writes the hot spots of a period as a report that needs neither server nor network: to look at, or to print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from cases.hotspots.frames import BadFrame
from cases.hotspots.gathering import EXPOSURES, NoExposure
from cells.models import NoEditionInForce
from maps import heatmap_file, hotspot_look
from maps.density_look import bandwidth_of
from maps.errors import BadRequest
from maps.hotspot_words import LOOKS
from maps.printing.fonts import NoFont
from maps.printing.hotspots import hotspot_sheet
from maps.printing.sheet import KINDS, PAGES


class Command(BaseCommand):
    help = (
        "Write a report on the hot spots of a period: one HTML file with map, layers, legend and table, which opens "
        "from a disk with the network off; or a sheet for the meeting, where FILE ends in .pdf or .png."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", default="", metavar="DAY", help="first day, as 2026-03-01")
        parser.add_argument("--to", dest="until", default="", metavar="DAY", help="last day (default: of the data)")
        parser.add_argument("--class", dest="code", default="", metavar="CODE", help="as 0406, event-04, component")
        parser.add_argument("--source", default="", metavar="NAME", help="cases of one source, as hotline")
        parser.add_argument("--frame", default="cells", metavar="cells|h3:N", help="units to count in (%(default)s)")
        parser.add_argument("--exposure", default="", help=f"{', '.join(EXPOSURES)} (default: by itself)")
        parser.add_argument("--language", default="zh-hans", help="zh-hans or en (%(default)s)")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="report.html, .pdf or .png")
        parser.add_argument("--paper", default="A4", choices=PAGES, help="of a .pdf or .png, landscape (%(default)s)")

        parser.add_argument(
            "--look", default=LOOKS[0], choices=LOOKS, help="of a .pdf or .png: observed/expected, Gi*, … (%(default)s)"
        )
        parser.add_argument("--bandwidth", default="", metavar="M", help="of --look density, metres")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = {
            "from": options["since"],
            "to": options["until"],
            "class": options["code"],
            "source": options["source"],
            "frame": options["frame"],
            "exposure": options["exposure"],
        }
        out: Path = options["out"]
        kind = out.suffix.removeprefix(".").lower()
        if kind not in ("html", *KINDS):
            raise CommandError(f"{out}: reports end in .html, .{' or .'.join(KINDS)}.")
        try:
            with translation.override(options["language"]):
                question = hotspot_look.question(asked)
                if kind == "html":
                    made = heatmap_file.report(question).encode()
                else:
                    bandwidth_m = bandwidth_of(options["bandwidth"])
                    made = hotspot_sheet(
                        question, kind, paper=options["paper"], look=options["look"], bandwidth_m=bandwidth_m
                    )
        except (BadRequest, BadFrame, NoExposure, NoEditionInForce, NoFont) as error:
            raise CommandError(str(error)) from error
        out.write_bytes(made)
        self.stdout.write(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
