"""Puts the owner of each place beside a table of points."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cells import routing
from cells.importing.errors import ImportRefused
from cells.importing.reading import open_source
from cells.importing.rejects import Rejects
from cells.models import NoEditionInForce
from cells.moments import UnreadableMoment, moment
from cells.point_tables import BadTable, Writer, chunk_places, owner_columns
from spatial import crs as reference
from spatial.errors import SpatialError


class Command(BaseCommand):
    help = (
        "Route every point of a file to its cell, third-level grid, community, town, district and city, by the edition "
        "in force, now or at a date. Rows whose coordinates cannot be a place go to the rejects with the reason. The "
        "file is read and written in pieces; formats by suffix: CSV, Parquet, GeoJSON, GeoPackage (read also: "
        "Shapefile, GeoParquet)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, required=True, metavar="F", help=".csv, .parquet, .geojson or .gpkg")
        parser.add_argument("--lon", metavar="X", help="column of the longitude (or easting); default: the usual names")
        parser.add_argument("--lat", metavar="Y", help="column of the latitude (or northing)")
        parser.add_argument("--crs", metavar="C", help="WGS84, CGCS2000, GCJ-02, BD-09 or EPSG:n; default: the file's")
        parser.add_argument("--accuracy", type=float, metavar="M", help="metres by which places may be off")
        parser.add_argument("--at", metavar="T", help="a day (its end) or an ISO time whose edition answers")
        parser.add_argument("--layer", help="layer of a file with several")
        parser.add_argument("--rejects", type=Path, metavar="F", help="default: OUT with .rejects.csv")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.perf_counter()
        out: Path = options["out"]
        rejects_path = options["rejects"] or out.with_suffix(".rejects.csv")
        rejects_path.unlink(missing_ok=True)
        rules: Counter[str] = Counter()
        if out.resolve() == options["file"].resolve():
            raise CommandError("The result would overwrite the file. Give another --out.")
        try:
            source = open_source(options["file"], layer=options["layer"])
            crs = reference.canonical(options["crs"] or source.crs or reference.WGS84)
            ground = routing.ground(at=moment(options["at"]) if options["at"] else None)
            with (
                Writer(out) as writer,
                Rejects(rejects_path) as rejects,
                tqdm(total=source.rows, unit=" points", disable=not options["verbosity"]) as progress,
            ):
                for chunk in source.chunks():
                    table, xy = chunk_places(chunk.table, chunk.geometry, lon=options["lon"], lat=options["lat"])
                    routed = ground.route_many(xy, crs=crs, accuracy_m=options["accuracy"])
                    owners = owner_columns(routed)
                    for row in np.flatnonzero(routed.faults):
                        detail, hint = reference.words(int(routed.faults[row]))
                        x, y = xy[row].tolist()
                        rejects.add(int(chunk.row_numbers[row]), "", f"{detail} {hint}", found=f"{x}, {y}")
                    kept = table.drop(columns=[c for c in owners if c in table])
                    lonlat = reference.from_city(routed.xy, srid=ground.srid)
                    writer.write(kept.assign(**{c: owners[c].to_numpy() for c in owners}), lonlat)
                    rules.update(routed.rules[routed.faults == 0].tolist())
                    progress.update(len(chunk))
                for number, what in source.broken:
                    rejects.add(number, "", "The row cannot be cut into columns.", found=what)
        except (ImportRefused, BadTable, SpatialError, NoEditionInForce, UnreadableMoment) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{sum(rules.values())} points routed by edition {ground.edition} in {time.perf_counter() - begun:.1f} s "
            f"to {out}: " + ", ".join(f"{n} {rule}" for rule, n in sorted(rules.items()))
        )
        for line in rejects.lines():
            self.stderr.write(line)
        if rejects.count:
            self.stderr.write(f"Rejected rows, with reasons: {rejects_path}")
