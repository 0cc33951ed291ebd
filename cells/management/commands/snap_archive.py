"""Snaps years of places to their cells: Parquet in, Parquet out, on one core or on a cluster."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cells import routing
from cells.archiving.batch import parts_of, snap_archive, way, workers, write_counts
from cells.archiving.columns import BadColumn
from cells.models import NoEditionInForce
from cells.moments import UnreadableMoment, moment
from cells.point_tables import BadTable
from spatial import crs as reference
from spatial.errors import SpatialError


class Command(BaseCommand):
    help = (
        "Put the owner of each place beside the rows of Parquet or GeoParquet files, part by part (a part is a row "
        "group), as files in --out. Parts that are there already are kept: stop it whenever you like and start it "
        "again. With --time also DIR/counts.parquet: how many by cell and local day, which hotspots --archive reads."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: this one)")
        parser.add_argument(
            "--scheduler", metavar="URL", help="a Dask scheduler (tcp://…); its workers share the folders"
        )
        parser.add_argument("--crs", default=reference.WGS84, help="WGS84, CGCS2000, GCJ-02, BD-09 or EPSG:n (WGS84)")
        parser.add_argument("--lon", metavar="X", help="column of the longitude; default: the usual names, or geometry")
        parser.add_argument("--lat", metavar="Y", help="column of the latitude")
        parser.add_argument("--time", metavar="T", help="column of the moment, for counts by cell and day")
        parser.add_argument(
            "--class-column", metavar="C", help="column of the class (0406, event-0406), for counts by it"
        )
        parser.add_argument(
            "--leave-out",
            metavar="COLUMN=VALUE,…",
            help="rows that are snapped but not counted: stage=declined,void",
        )
        parser.add_argument("--time-format", metavar="F", help="how texts say moments: %%d/%%m/%%Y %%H:%%M (ISO 8601)")
        parser.add_argument("--at", metavar="T", help="a day (its end) or an ISO time whose edition answers")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        began, out = time.monotonic(), options["out"]
        column, given, values = (options["leave_out"] or "").partition("=")
        if options["leave_out"] and not given:
            raise CommandError(f"--leave-out {column}: write COLUMN=VALUE,VALUE.")
        try:
            parts = parts_of(options["files"], out)
            how = way(
                crs=reference.canonical(options["crs"]), lon=options["lon"], lat=options["lat"], time=options["time"],
                category=options["class_column"], time_format=options["time_format"],
                left_out=(column, tuple(values.split(","))) if given else None,
            )  # fmt: skip
            ground = routing.ground(at=moment(options["at"]) if options["at"] else None)
            out.mkdir(parents=True, exist_ok=True)
            with (
                workers(options["scheduler"], options["workers"]) as client,
                tqdm(total=sum(part.rows for part in parts), unit=" points", disable=None) as bar,
            ):
                done = snap_archive(parts, ground, how, client=client, told=lambda rows: bar.update(rows) or None)
            if options["time"]:
                write_counts(done, out / "counts.parquet")
        except (BadColumn, BadTable, SpatialError, NoEditionInForce, UnreadableMoment, OSError, KeyError) as error:
            raise CommandError(f"{error} Parts that are done are kept.") from error
        seconds = time.monotonic() - began
        told = {
            "parts": done.parts, "kept_from_before": done.again, "points": done.rows, "edition": ground.edition,
            "rules": dict(sorted(done.rules.items())), "seconds": round(seconds, 2),
            "points_per_second": round(done.rows / seconds),
        }  # fmt: skip
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(f"{done.rows:,} points in {done.parts} parts snapped in {seconds:.1f} s to {out}.")
