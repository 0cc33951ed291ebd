"""Finds hot spots, checks the statistics against a reference, and says how far they can be trusted."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cases.hotspots.archive import BadArchive
from cases.hotspots.asking import Asked
from cases.hotspots.checking import MissingReference, largest_difference
from cases.hotspots.finding import FDR, HotspotMap, collection, hotspots
from cases.hotspots.frames import BadFrame, frame_named
from cases.hotspots.gathering import EXPOSURES, NoExposure
from cases.hotspots.scoring import score, worlds
from cases.hotspots.telling import tell
from cells.models import NoEditionInForce
from spatial.hotspots import window_sizes


class Command(BaseCommand):
    help = (
        "Find hot spots of cases: units that hold more than was to be expected of their own past (or of components, "
        "area, population or hours of patrols), with all that lies within three steps; only what a false discovery "
        "rate of 5 % lets stand. Gi* beside it. With --score: made-up counts on "
        "this city's cells, to say how often nothing is called something."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        day = dt.date.fromisoformat
        parser.add_argument("--from", dest="since", type=day, metavar="DAY", help="first day, as 2026-03-01")
        parser.add_argument("--to", dest="until", type=day, metavar="DAY", help="last day, included")
        parser.add_argument("--class", dest="code", default="", metavar="CODE", help="classes whose code begins so")
        parser.add_argument(
            "--kind", default="", choices=["", "event", "component"], help="of events or components only"
        )
        parser.add_argument("--source", default="", metavar="NAME", help="cases of one source, as hotline")
        parser.add_argument("--frame", default="cells", metavar="cells|h3:N", help="units to count in (%(default)s)")
        parser.add_argument(
            "--exposure", choices=EXPOSURES, help="what to expect by (the past; where it is too short, the components)"
        )
        parser.add_argument(
            "--archive",
            type=Path,
            metavar="FILE",
            help="counts.parquet of snap_archive, in place of the database's cases",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write a GeoJSON of all units (degrees)")
        parser.add_argument("--check", choices=["esda"], help="compare Gi* with the reference library")
        parser.add_argument("--score", action="store_true", help="say how far the method can be trusted in this city")
        parser.add_argument(
            "--seeds", type=int, default=50, metavar="N", help="maps of each kind to score (%(default)s)"
        )
        parser.add_argument(
            "--first-seed", type=int, default=0, metavar="N", help="begin the seeds with this one (%(default)s)"
        )
        parser.add_argument("--jobs", type=int, metavar="N", help="processes for the score (default: one a core)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["score"]:
                self._score(options)
            else:
                self._find(options)
        except (BadArchive, BadFrame, NoExposure, NoEditionInForce, MissingReference) as error:
            raise CommandError(str(error)) from error

    def _find(self, options: dict[str, Any]) -> None:
        since, until = options["since"], options["until"]
        if since is None or until is None:
            raise CommandError("Say the days: --from 2026-03-01 --to 2026-03-28.")
        if until < since:
            raise CommandError(f"--to {until} lies before --from {since}.")
        asked = Asked(since=since, until=until, kind=options["kind"], code=options["code"], source=options["source"])
        seen = hotspots(asked, frame=options["frame"], exposed=options["exposure"], counts_file=options["archive"])
        told = tell(seen)
        figures = seen.as_data()
        if options["check"]:
            figures["max_abs_dz"] = largest_difference(seen)
        if options["out"]:
            text = json.dumps(collection(seen, spots=told), ensure_ascii=False, separators=(",", ":"))
            options["out"].write_text(text, encoding="utf-8")
        if options["json"]:
            self.stdout.write(json.dumps(figures | {"found": told}, ensure_ascii=False))
        else:
            self._show(seen, figures, told)

    def _show(self, seen: HotspotMap, figures: dict[str, Any], told: list[dict[str, Any]]) -> None:
        self.stdout.write(
            f"{figures['from']} to {figures['to']}: {figures['cases']} cases in {figures['frame_units']} units "
            f"({figures['frame']}), expected by {figures['exposure']}; {figures['seconds']} s"
        )
        for name in ("hot", "cold"):
            counts = ", ".join(f"{figures[f'{name}_{t}']} at {t} %" for t in (99, 95, 90))
            self.stdout.write(f"{name} units: {counts}")
        smallest = figures["smallest_ratio_median"]
        self.stdout.write(
            f"too few data: {figures['too_few']} units; in half of the others nothing below {smallest} times the "
            f"expected could have been found; Gi*: {figures['gi_hot_95']} hot units at {FDR:.0%}"
        )
        for one in told:
            self.stdout.write(f"{'hot' if one['hot'] else 'cold'} {one['tier']} · {one['sentence']}")
        if "max_abs_dz" in figures:
            self.stdout.write(f"largest difference of z to esda: {figures['max_abs_dz']:.2e}")

    def _score(self, options: dict[str, Any]) -> None:
        begun, show = time.perf_counter(), options["verbosity"] > 0
        frame = frame_named(options["frame"])
        with tqdm(total=len(worlds()) * options["seeds"], desc="score", unit=" maps", disable=not show) as bar:
            found = score(
                window_sizes(frame.weights),
                seeds=options["seeds"],
                first=options["first_seed"],
                jobs=options["jobs"],
                tell=bar.update,
            )
        asked = {"frame": frame.name, "seeds": options["seeds"], "first_seed": options["first_seed"]}
        found = {"default": "observed_expected", **asked, **found}
        found["seconds"] = round(time.perf_counter() - begun, 1)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for method in ("observed_expected", "gi_star"):
            own = found[method]
            self.stdout.write(
                f"{method}: null maps with an alarm {own['null_alarms']:.1%} (worst kind "
                f"{own['null_alarms_worst']:.1%}), precision {own['precision']}, recall at the "
                f"reference effect {own['recall_reference']}"
            )
            for weekly, by_window in own["recall_by_effect"].items():
                for window, by_effect in by_window.items():
                    row = ", ".join(f"{effect} {recall:.2f}" for effect, recall in by_effect.items())
                    if row:
                        self.stdout.write(f"  {weekly} cases a cell and week, {window}: {row}")
