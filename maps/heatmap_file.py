"""The hot spots of a question as one folium file to take along: it opens from a disk, with the network off.

Scripts, styles and the one picture that Leaflet's switch of layers has are put into the file; it names no address.
Units that say nothing are left out, so that a city of 10,000 cells stays within three megabytes.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import folium
import shapely
from branca.element import Element
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cells.territory import territory_of
from maps import heatmap, hotspot_look, hotspot_sight, hotspot_words
from maps.hotspot_look import STATES, Question
from maps.ledger_filter import chosen_class

# ColorBrewer RdBu, as on the page.
COLOURS = {99: "#b2182b", 95: "#ef8a62", 90: "#fddbc7", -90: "#d1e5f0", -95: "#67a9cf", -99: "#2166ac"}
_RATES = {99: 1, 95: 5, 90: 10}
MOST_SPOTS = 60


def report(question: Question, *, by: Any = None) -> str:
    """The whole document as somebody may see it, None for all of it; raises what `hotspot_look.answer` does."""
    found = hotspot_sight.seen_by(hotspot_look.answer(question), by)
    units = json.loads(found.units)
    features = json.loads(hotspot_look.frame_json(question.frame))["features"]
    bounds = shapely.total_bounds(shapely.from_geojson([json.dumps(f["geometry"]) for f in features])).tolist()
    asked = question.asked
    days = asked.parameters()
    territory = territory_of(by)
    heat_asked = heatmap.Asked(
        since=days["since"], until=days["until"], kind=asked.kind, code=asked.code,
        territory=None if territory is None else tuple(territory),
    )  # fmt: skip
    city = heatmap.plain_map(bounds, heatmap_files())
    heatmap.draw_ground(city, heat_asked, bounds)
    for column, name, shown in (
        ("tier", _("Hot spots (observed / expected)"), True),
        ("gi_tier", _("Hot spots (Gi*)"), False),
    ):
        _units(city, features, units, column=column, name=name, shown=shown)
    # In a group: the heat's own option maxZoom would switch it off in the choice of layers.
    warm = folium.FeatureGroup(name=_("Heat, for looks only"), show=False).add_to(city)
    heatmap.draw_heat(city, heatmap.heat(heat_asked), within=warm)
    _marks(city, found.spots)
    folium.LayerControl(collapsed=False).add_to(city)
    west, south, east, north = bounds
    city.fit_bounds([[south, west], [north, east]])
    told = render_to_string("maps/reports/heatmap_side.html", _told(question, found, units))
    city.get_root().html.add_child(Element(told.replace("{", "&#123;").replace("}", "&#125;")))
    return str(city.get_root().render()).replace("<html>", f'<html lang="{get_language() or "en"}">', 1)


def heatmap_files() -> dict[str, str]:
    """What goes into the head of a file that stands alone: Leaflet, its style with its picture, the heat layer."""
    leaflet = "maps/vendor/leaflet"
    style = _text_of(f"{leaflet}/leaflet.css")
    for picture in ("layers.png", "layers-2x.png", "marker-icon.png"):
        data = base64.b64encode(_found(f"{leaflet}/images/{picture}").read_bytes()).decode()
        style = style.replace(f"url(images/{picture})", f"url(data:image/png;base64,{data})")
    scripts = (f"{leaflet}/leaflet.js", "maps/vendor/leaflet.heat/leaflet-heat.js")
    head = {
        "leaflet-css": f"<style>{style}</style>",
        **{path: f"<script>{_text_of(path)}</script>" for path in scripts},
        "side-css": f"<style>{_text_of('maps/css/heatmap_file.css')}</style>",
    }
    # folium takes them for templates, in which braces mean something.
    return {name: f"{{% raw %}}{html}{{% endraw %}}" for name, html in head.items()}


def _units(
    city: folium.Map, features: list[Any], units: dict[str, Any], *, column: str, name: str, shown: bool
) -> None:
    """A layer of the units that are hot, cold or have too few data."""
    few = STATES.index("too_few")
    picked = []
    for n, feature in enumerate(features):
        tier = units[column][n]
        if not tier and (column != "tier" or units["state"][n] != few):
            continue
        words = _("%(cases)s cases, %(expected)s expected; with its surroundings ×%(ratio)s; Gi* z = %(z)s") % {
            "cases": units["cases"][n],
            "expected": _number(units["expected"][n]),
            "ratio": _number(units["ratio"][n]),
            "z": _number(units["gi_z"][n]),
        }
        if units["cases"][n] is None:
            words = _("outside your territory")
        own = {"unit": feature["properties"]["unit"], "tier": tier, "words": words}
        picked.append({"type": "Feature", "geometry": _rounded(feature["geometry"]), "properties": own})
    group = folium.FeatureGroup(name=name, show=shown).add_to(city)
    if picked:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": picked},
            style_function=_style,
            tooltip=folium.GeoJsonTooltip(["unit", "words"], labels=False, sticky=True),
            smooth_factor=0,
        ).add_to(group)


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    tier = feature["properties"]["tier"]
    if not tier:
        return {"color": "#5a646b", "weight": 0.8, "dashArray": "3 3", "fillColor": "#9aa3a8", "fillOpacity": 0.15}
    return {"color": "#444", "weight": 0.6, "fillColor": COLOURS[tier], "fillOpacity": 0.75}


def _marks(city: folium.Map, spots: list[dict[str, Any]]) -> None:
    group = folium.FeatureGroup(name=_("Numbers of the spots")).add_to(city)
    for rank, spot in enumerate(spots[:MOST_SPOTS], 1):
        kind = "hot" if spot["hot"] else "hot cold"
        icon = folium.DivIcon(html=f'<div class="{kind}">{rank}</div>', icon_size=(24, 24), icon_anchor=(12, 12))
        tooltip = heatmap.safe_text(spot["sentence"])
        folium.Marker([spot["lat"], spot["lon"]], icon=icon, tooltip=tooltip).add_to(group)


def _told(question: Question, found: hotspot_look.Answer, units: dict[str, Any]) -> dict[str, Any]:
    """What the side of the file says."""
    asked = question.asked
    return {
        "figures": found.figures,
        "asked": asked,
        "class_name": chosen_class("-".join(part for part in (asked.kind, asked.code) if part)),
        "spots": found.spots[:MOST_SPOTS],
        "legend": legend(units["tier"], units["state"]),
        "exposure": hotspot_words.exposures()[found.figures["exposure"]],
    }


def legend(tiers: list[int], states: list[int]) -> list[dict[str, Any]]:
    """Each class with its colour, words and number of units."""
    rows = []
    for tier, colour in COLOURS.items():
        words = _("hot, at most %(rate)d %% false") if tier > 0 else _("cold, at most %(rate)d %% false")
        rows.append({"colour": colour, "words": words % {"rate": _RATES[abs(tier)]}, "units": tiers.count(tier)})
    rows.append(
        {"colour": "#e3e3e0", "words": _("not significant"), "units": states.count(STATES.index("not_significant"))}
    )
    rows.append({"colour": "", "words": _("too few data"), "units": states.count(STATES.index("too_few"))})
    return rows


def _rounded(geometry: Any) -> Any:
    """Coordinates to a metre: this is to look at."""

    def fewer(part: Any) -> Any:
        return [fewer(p) for p in part] if isinstance(part, list) else round(part, 5)

    return {"type": geometry["type"], "coordinates": fewer(geometry["coordinates"])}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _text_of(path: str) -> str:
    return _found(path).read_text(encoding="utf-8")


def _found(path: str) -> Path:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(f"The static file {path} is missing: run make setup.")
    return Path(found)
