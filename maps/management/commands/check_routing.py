"""Scores routing against the areas that a source wrote beside its points, and explains every disagreement."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cells import agreement
from cells.importing.errors import ImportRefused
from cells.importing.reading import open_source
from cells.models import Level, NoEditionInForce
from cells.point_tables import BadTable, chunk_places
from maps import routing_report
from spatial import crs as reference
from spatial.errors import SpatialError


class Command(BaseCommand):
    help = (
        "Route the points of a file and compare their owners at a level with a column of labels (code, name, or the "
        "label in the source; written as it comes: C-11, Ward 05, 502.0). Prints the score and keeps the disagreements "
        "for the map at /reports/routing/. agree_rate counts the labelled points that have an owner; piles of points "
        "on one default place are told, and the score is given without them too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--expect", required=True, metavar="COLUMN", help="column of the labels")
        levels = (Level.GRID, Level.COMMUNITY, Level.TOWN, Level.DISTRICT)
        parser.add_argument("--level", default=Level.COMMUNITY, choices=levels)
        parser.add_argument("--json", action="store_true", help="print the score as JSON, nothing else")
        parser.add_argument("--lon", metavar="X", help="column of the longitude (or easting); default: the usual names")
        parser.add_argument("--lat", metavar="Y", help="column of the latitude (or northing)")
        parser.add_argument("--crs", metavar="C", help="WGS84, CGCS2000, GCJ-02, BD-09 or EPSG:n; default: the file's")
        parser.add_argument("--layer", help="layer of a file with several")
        parser.add_argument("--html", type=Path, metavar="OUT", help="write the map page as one file, too")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.perf_counter()
        try:
            found = self._checked(options)
        except (ImportRefused, BadTable, SpatialError, NoEditionInForce) as error:
            raise CommandError(str(error)) from error
        score = found.score() | {"seconds": round(time.perf_counter() - begun, 3)}
        name = routing_report.name_of(options["file"], found.level)
        routing_report.keep(name, found, score | {"file": options["file"].name, "column": options["expect"]})
        if options["html"]:
            options["html"].write_text(routing_report.one_file(name), encoding="utf-8")
        if options["json"]:
            self.stdout.write(json.dumps(score, ensure_ascii=False, indent=1))
            return
        for line in _lines(score):
            self.stdout.write(line)
        if found.verdict.mistaken:
            self.stderr.write(found.verdict.sentence())
        self.stdout.write(f"Map: /reports/routing/{name}/")

    def _checked(self, options: dict[str, Any]) -> agreement.Agreement:
        source = open_source(options["file"], layer=options["layer"])
        crs = reference.canonical(options["crs"] or source.crs or reference.WGS84)
        places, labels = [], []
        with tqdm(total=source.rows, unit=" points", disable=options["json"] or not options["verbosity"]) as progress:
            for chunk in source.chunks():
                table, xy = chunk_places(chunk.table, chunk.geometry, lon=options["lon"], lat=options["lat"])
                if options["expect"] not in table:
                    raise BadTable(
                        f"There is no column “{options['expect']}”.", hint=f"There are: {', '.join(table.columns)}."
                    )
                places.append(xy)
                labels.append(table[options["expect"]].to_numpy(dtype=object))
                progress.update(len(chunk))
        if not places:
            raise BadTable(f"{options['file'].name} has no rows.")
        return agreement.check(np.concatenate(places), np.concatenate(labels), level=options["level"], crs=crs)


def _lines(score: dict[str, Any]) -> list[str]:
    """The score for a reader."""

    def rate(key: str) -> str:
        return "–" if score[key] is None else f"{score[key]:.2%}"

    lines = [
        f"{score['points']} points, {score['routed']} routed, {score['outside']} outside, "
        f"{score['bad_coordinates']} with bad coordinates, {score['labelled']} labelled",
        f"{score['agree']} agree ({rate('agree_rate')}; within 15 m {rate('agree_rate_within_15m')}), "
        f"{score['disagree']} disagree; {score['seconds']:.1f} s",
        "reasons: " + ", ".join(f"{n} {reason}" for reason, n in score["reasons"].items()),
    ]
    for pile in score["default_points"]:
        lines.append(
            f"{pile['rows']} points lie on one place, {pile['x']}, {pile['y']}, with labels of "
            f"{pile['different_labels']} areas: a default place"
        )
    if score["default_points"]:
        lines.append(
            f"without it: {rate('agree_rate_without_default_point')} agree, "
            f"within 15 m {rate('agree_rate_within_15m_without_default_point')}"
        )
    return lines
