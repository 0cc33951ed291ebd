"""Checks that areas tile the ground: of an edition, or of a file; repairs them within a tolerance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cells import coverage
from cells.models import NoEditionInForce
from spatial.errors import SpatialError


class Command(BaseCommand):
    help = (
        "Check that areas tile the ground without gap or overlap, place by place: every level of the edition in force "
        "(or of the draft), or the areas of a file. Prints gaps, overlaps, invalid, outside_parent (counts), area_m2. "
        "--repair TOLERANCE_M mends slits and overlaps up to that width: of one level of the draft, or of the file "
        "into --out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a file of areas; without, the database")
        parser.add_argument("--level", help="only this level: city, district, town, community, grid, cell")
        parser.add_argument("--draft", action="store_true", help="the draft instead of the edition in force")
        parser.add_argument("--crs", help="coordinate system of the file (default: as the file says)")
        parser.add_argument("--layer", help="layer of the file")
        parser.add_argument("--label", metavar="COLUMN", help="column that names the areas of the file")
        parser.add_argument(
            "--gap-width", type=float, default=1.0, metavar="M",
            help="gaps of a file are looked for up to this width; a wider one may be meant (%(default)s)",
        )  # fmt: skip
        parser.add_argument("--repair", type=float, metavar="TOLERANCE_M", help="mend up to this width, in metres")
        parser.add_argument("--out", type=Path, help="the repaired file (.geojson, .gpkg, .shp, .parquet)")
        parser.add_argument("--json", action="store_true", help="print JSON with the places")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._file(options) if options["file"] else self._edition(options)
        except (coverage.CannotCheck, NoEditionInForce, SpatialError) as error:
            raise CommandError(str(error)) from error
        found = report.as_dict()
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for level, counts in found["levels"].items():
            self.stdout.write(f"{level}: " + ", ".join(f"{name} {value}" for name, value in counts.items()))
        for place in found["places"]:
            self.stdout.write(
                f"{place['kind']} of {place['area_m2']:.3f} m², {place['width_m']:.3f} m wide, at {place['lon']}, "
                f"{place['lat']} ({place['level']}: {', '.join(place['of'])}) {place.get('why', '')}".rstrip()
            )

    def _edition(self, options: dict[str, Any]) -> coverage.Report:
        if options["repair"] is not None:
            if not options["level"]:
                raise coverage.CannotCheck("Say which level of the draft to mend: --level community, for instance.")
            changed, _ = coverage.repair_draft(options["level"], options["repair"])
            self.stderr.write(f"{changed} areas were mended in the draft.")
        edition = coverage.edition_to_check(draft=options["draft"] or options["repair"] is not None)
        return coverage.check_edition(edition, level=options["level"])

    def _file(self, options: dict[str, Any]) -> coverage.Report:
        table, shapes = coverage.read_areas(options["file"], crs=options["crs"], layer=options["layer"])
        if options["repair"] is not None:
            if not options["out"]:
                raise coverage.CannotCheck("Say where to write the repaired areas: --out FILE.")
            coverage.write_repaired(table, shapes, options["out"], tolerance_m=options["repair"], crs=options["crs"])
            table, shapes = coverage.read_areas(options["out"], crs=options["crs"])
        column = options["label"]
        if column and column not in table.columns:
            raise coverage.CannotCheck(f"The file has no column “{column}”; it has {', '.join(table.columns)}.")
        labels = [str(v) for v in table[column]] if column else [f"row {k + 1}" for k in range(len(table))]
        return coverage.check_shapes(shapes, labels, gap_width_m=options["gap_width"])
