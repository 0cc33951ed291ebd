"""Reads years of patrols' tracks into visits to cells: Parquet in, Parquet out, on one core or on a cluster."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cases.archives.coverage import snap_tracks
from cases.archives.facts import BadArchive
from cells.archiving.batch import workers
from cells.archiving.columns import BadColumn
from cells.models import Edition, NoEditionInForce
from cells.moments import UnreadableMoment, moment
from cells.point_tables import BadTable
from spatial import crs as reference
from spatial.errors import SpatialError


class Command(BaseCommand):
    help = (
        "Read points of patrols' tracks in Parquet files (person, moment, place) into visits, by the rules that count "
        "the database's: DIR/visits-*.parquet, and DIR/looks.parquet, the cells seen on each day, which coverage "
        "--archive reads. Nothing is written to the database. What is done is kept: start it again where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: this one)")
        parser.add_argument("--scheduler", metavar="URL", help="a Dask scheduler (tcp://…) that shares the folders")
        parser.add_argument("--crs", default=reference.WGS84, help="WGS84, CGCS2000, GCJ-02, BD-09 or EPSG:n (WGS84)")
        parser.add_argument(
            "--column", nargs="+", action="extend", default=[], metavar="WHAT=COLUMN",
            help="where a column is not called as usual: person, at, lon, lat, accuracy, device",
        )  # fmt: skip
        parser.add_argument("--time-format", metavar="F", help="how texts say moments: %%d/%%m/%%Y %%H:%%M (ISO 8601)")
        parser.add_argument("--at", metavar="T", help="a day (its end) or an ISO time whose edition's cells count")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        odd = [words for words in options["column"] if "=" not in words]
        if odd:
            raise CommandError(f"--column {odd[0]}: write WHAT=COLUMN.")
        try:
            at = moment(options["at"]) if options["at"] else None
            edition = Edition.objects.in_force(at) if at else Edition.objects.in_force()
            with workers(options["scheduler"], options["workers"]) as client, tqdm(unit=" points", disable=None) as bar:
                done = snap_tracks(
                    sorted(options["files"]), options["out"], edition, crs=reference.canonical(options["crs"]),
                    named=dict(words.split("=", 1) for words in options["column"]), client=client,
                    time_format=options["time_format"],
                    told=lambda points: bar.update(points - bar.n),
                )  # fmt: skip
        except (BadArchive, BadColumn, BadTable, SpatialError, NoEditionInForce, UnreadableMoment, OSError) as error:
            raise CommandError(f"{error} What is done is kept.") from error
        seconds = time.monotonic() - began
        told = {
            "points": done.points, "unused": dict(sorted(done.unused.items())), "edition": done.edition,
            "bins": done.bins, "cell_days_seen": len(done.seen), "seconds": round(seconds, 2),
            "points_per_second": round(done.points / seconds),
        }  # fmt: skip
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        unused = ", ".join(f"{number:,} {why.replace('_', ' ')}" for why, number in told["unused"].items() if number)
        self.stdout.write(
            f"{done.points:,} points read in {seconds:.1f} s to {options['out']}: {len(done.seen):,} cells seen, each "
            f"counted once a day. Not used: {unused or 'none'}."
        )
