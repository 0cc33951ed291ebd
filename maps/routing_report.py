"""Reports of `check_routing`, kept as files and shown on a map: what agrees, what does not, and why.

A report is a folder `<reports>/routing/<name>/` with `score.json`, `points.geojson` (the disagreements) and
`areas.geojson` (the areas of the level). It can be written as one HTML file that needs no server.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from cells.agreement import Agreement, Reason
from cells.models import Level

FILES = {"score.json", "points.geojson", "areas.geojson"}
COLOURS = {
    Reason.WITHIN_TOLERANCE: "#1d7a46",
    Reason.NEAR: "#c98a00",
    Reason.FAR: "#b3261e",
    Reason.OUTSIDE: "#5b4db1",
    Reason.UNKNOWN_LABEL: "#6b7780",
    Reason.DEFAULT_PLACE: "#111111",
}


def name_of(file: Path, level: str) -> str:
    """The name of the report on a file at a level: fit for a folder and an address."""
    stem = re.sub(r"[^\w-]+", "-", file.stem).strip("-") or "points"
    return f"{stem}-{level}"


def keep(name: str, found: Agreement, score: dict[str, Any]) -> Path:
    """Store a report, in place of an older one of the name; its folder."""
    folder = _root() / name
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "score.json": score | {"checked_at": timezone.now().isoformat(timespec="seconds")},
        "points.geojson": found.disagreements(),
        "areas.geojson": found.areas(),
    }
    for file, data in written.items():
        fresh = folder / f"{file}.new"
        fresh.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        fresh.rename(folder / file)
    return folder


def names() -> list[str]:
    """The reports there are, the newest first."""
    there = [path.parent for path in _root().glob("*/score.json")]
    return [folder.name for folder in sorted(there, key=lambda f: (-(f / "score.json").stat().st_mtime, f.name))]


def file_of(name: str, file: str) -> Path | None:
    """The path of one file of a report, None if there is no such report."""
    if name not in names() or file not in FILES:
        return None
    return _root() / name / file


def page(name: str) -> dict[str, Any]:
    """What the templates need to show a report."""
    score = json.loads((_root() / name / "score.json").read_text(encoding="utf-8"))
    counts = score["reasons"]
    return {
        "name": name,
        "score": score,
        "level": str(Level.objects.get(slug=score["level"])),
        "figures": _figures(score),
        "reasons": [
            {"slug": str(reason), "words": words, "colour": COLOURS[reason], "rows": counts.get(str(reason), 0)}
            for reason, words in _reason_words().items()
            if counts.get(str(reason))
        ],
        "words": {
            "label": _("Label in the file"),
            "owner": _("Owner by routing"),
            "labelled": _("Area of the label"),
            "distance": _("From the area of its label"),
            "rows": _("Rows"),
            "none": _("none"),
        },
    }


def one_file(name: str) -> str:
    """The report as one HTML page with everything in it."""
    inlined = {
        key: Path(_found(path)).read_text(encoding="utf-8")
        for key, path in {
            "leaflet_css": "maps/vendor/leaflet/leaflet.css",
            "leaflet_js": "maps/vendor/leaflet/leaflet.js",
            "site_css": "maps/css/site.css",
            "report_css": "maps/css/routing_report.css",
            "report_js": "maps/js/routing_report.js",
        }.items()
    }
    data = {
        key: json.loads((_root() / name / f"{key}.geojson").read_text(encoding="utf-8")) for key in ("points", "areas")
    }
    return render_to_string("maps/reports/routing_file.html", page(name) | inlined | {"data": data})


def _figures(score: dict[str, Any]) -> list[tuple[str, str]]:
    def rate(value: float | None) -> str:
        return "–" if value is None else f"{value:.2%}"

    def count(value: int) -> str:
        return f"{value:,}"

    rows = [
        (_("Points"), count(score["points"])),
        (_("Labelled"), count(score["labelled"])),
        (_("Outside all cells"), count(score["outside"])),
        (_("Agree"), rate(score["agree_rate"])),
        (_("Agree within 15 m"), rate(score["agree_rate_within_15m"])),
    ]
    if score["default_points"]:
        rows += [
            (_("Agree, without the default place"), rate(score["agree_rate_without_default_point"])),
            (_("… within 15 m"), rate(score["agree_rate_within_15m_without_default_point"])),
        ]
    rows += [
        (_("Agree on borders (nearer than 15 m)"), rate(score["on_border"]["agree_rate"])),
        (_("Agree off borders"), rate(score["off_border"]["agree_rate"])),
    ]
    median = score["median_border_m_of_disagreements_without_default_point"]
    if median is not None:
        rows.append((_("Median distance of disagreements"), f"{median:,.1f} m"))
    return rows


def _reason_words() -> dict[Reason, str]:
    return {
        Reason.WITHIN_TOLERANCE: _("On the border: within 15 m of the area of its label"),
        Reason.NEAR: _("15 to 150 m from the area of its label"),
        Reason.FAR: _("Farther: an error of the source, or an area redrawn since"),
        Reason.OUTSIDE: _("Outside all cells"),
        Reason.UNKNOWN_LABEL: _("The label names no area"),
        Reason.DEFAULT_PLACE: _("Default place: the source had no place"),
    }


def _root() -> Path:
    return Path(settings.REPORTS) / "routing"


def _found(path: str) -> str:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(f"The static file {path} is missing: run make setup.")
    return found
