"""The heatmap of cases: counted into squares in SQL, drawn by folium on our own files alone.

folium names some seventy addresses of content networks; here it gets maps and layers whose scripts are our vendor
folder's, and no tiles: a light ground of communities, water and main streets lies under the heat. The page's size is
bounded whatever the period: squares double from 50 m until there are at most `MOST_SQUARES`.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import folium
import numpy as np
from branca.element import Element, MacroElement
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from folium.plugins import HeatMap
from folium.template import Template
from scipy.spatial import cKDTree

from cells.models import Edition
from spatial import crs as reference
from spatial.postgis import run

SMALLEST_SIDE_M, LARGEST_SIDE_M = 50.0, 3200.0
MOST_SQUARES = 6000
# How far a case warms its surroundings on the ground, and how far apart hot places are named.
REACH_M, APART_M = 190.0, 250.0
HOT_PLACES = 10
# How strongly squares are drawn that are hotter than 98 and 60 in a hundred: dark red, and a clear yellow.
_STRENGTHS = ((0.98, 0.95), (0.60, 0.30))
# Yellow to dark red on a pale ground: legible in grey and to the colour-blind.
GRADIENT = {0.15: "#fff3b2", 0.35: "#fecc5c", 0.55: "#fd8d3c", 0.75: "#f03b20", 1.0: "#8f0a26"}
_STYLE = """<style>
body { margin: 0; }
.leaflet-container { background: #f2f0ea;
  font: 14px "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
.leaflet-heatmap-layer { mix-blend-mode: multiply; }
.hot { width: 24px; height: 24px; border-radius: 50%; background: #fff; border: 2px solid #8f0a26; color: #8f0a26;
  font-weight: 700; font-size: 12px; line-height: 20px; text-align: center; box-shadow: 0 1px 4px rgb(0 0 0 / 30%); }
.leaflet-control-scale-line:not(:first-child) { display: none; }
.leaflet-tooltip { font-size: 13px; }
</style>"""


class LocalMap(folium.Map):
    """A folium map that loads Leaflet from our own server, and nothing else."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []


class LocalHeat(HeatMap):
    """folium's heat layer, its script from our own server."""

    default_js: list[tuple[str, str]] = []


class GroundRadius(MacroElement):
    """Keeps the heat's radius the same on the ground at every zoom: leaflet.heat knows pixels only.

    Where that would be under nine pixels the radius stays there, and each point counts for less.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        (function (map, heat) {
            function fit() {
                if (heat._heat && !heat._map) return;  // switched off
                var middle = map.latLngToContainerPoint(map.getCenter());
                var metres = map.distance(map.getCenter(), map.containerPointToLatLng(middle.add([100, 0]))) / 100;
                var wanted = {{ this.reach_m }} / metres, radius = Math.max(9, wanted);
                heat.setOptions({ radius: radius * 0.55, blur: radius * 0.45, max: Math.pow(radius / wanted, 2) });
            }
            map.on("zoomend resize", fit);
            heat.on("add", fit);
            fit();
        })({{ this.map_name }}, {{ this.heat_name }});
        {% endmacro %}
    """)

    def __init__(self, city: folium.Map, layer: HeatMap, reach_m: float) -> None:
        super().__init__()
        self._name = "GroundRadius"
        self.map_name, self.heat_name, self.reach_m = city.get_name(), layer.get_name(), reach_m


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases: reported from `since` up to, not including, `until`; of a kind, of a class whose code begins so."""

    since: dt.datetime
    until: dt.datetime
    kind: str = ""
    code: str = ""
    # The grids of the reader's territory, None for the whole city.
    territory: tuple[int, ...] | None = None

    def parameters(self) -> dict[str, Any]:
        """As the queries take it."""
        territory = None if self.territory is None else list(self.territory)
        return {
            "since": self.since, "until": self.until, "kind": self.kind, "code": self.code, "territory": territory
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Square:
    """The cases of one square: where on average (degrees), how many, how many still open, the address most given."""

    lon: float
    lat: float
    cases: int
    open_cases: int
    address: str


@dataclass(frozen=True, slots=True)
class Heat:
    """The squares that hold cases, the fullest first, and their side in metres."""

    squares: tuple[Square, ...]
    side_m: float

    @property
    def cases(self) -> int:
        """All cases counted."""
        return sum(square.cases for square in self.squares)

    def hot_places(self) -> tuple[Square, ...]:
        """The fullest squares, as far as they hold more than one case and lie apart."""
        if not self.squares:
            return ()
        xy, chosen = _metres(self.squares), []
        for place, square in enumerate(self.squares):
            if len(chosen) == HOT_PLACES or square.cases < 2:
                break
            if all(np.hypot(*(xy[place] - xy[other])) >= APART_M for other in chosen):
                chosen.append(place)
        return tuple(self.squares[place] for place in chosen)

    def strengths(self) -> np.ndarray:
        """(n,) how strongly each square is drawn, 0 … 1.

        Overlapping points are composed as 1 - (1 - a)(1 - b), which 1 - exp(-k cases) turns into a sum of cases. With
        neighbours within reach counted in, k is the largest that one of `_STRENGTHS` asks for.
        """
        cases = np.array([square.cases for square in self.squares], dtype=float)
        if not len(cases):
            return cases
        tree = cKDTree(_metres(self.squares))
        near = tree.sparse_distance_matrix(tree, REACH_M * 0.6, output_type="coo_matrix")
        around = cases.copy()
        np.add.at(around, near.row, np.where(near.row == near.col, 0.0, cases[near.col]))
        k = max(-np.log(1 - strength) / max(float(np.quantile(around, q)), 4.0) for q, strength in _STRENGTHS)
        return 1.0 - np.exp(-k * cases)


def _metres(squares: tuple[Square, ...]) -> np.ndarray:
    """(n, 2) city metres of the squares."""
    return reference.to_city(
        [[square.lon, square.lat] for square in squares], crs=reference.WGS84, srid=settings.CITY_SRID
    )


def heat(asked: Asked) -> Heat:
    """Count the cases asked for into squares, as small as keeps the page small."""
    side_m = SMALLEST_SIDE_M
    while True:
        found = run.rows(
            "maps",
            "heat_bins_v2",
            {**asked.parameters(), "side_m": side_m, "srid": settings.CITY_SRID, "lonlat": reference.LONLAT},
        )
        if len(found) <= MOST_SQUARES or side_m >= LARGEST_SIDE_M:
            return Heat(tuple(Square(*row) for row in found[:MOST_SQUARES]), side_m)
        side_m *= 2


def draw(asked: Asked, bounds: list[float]) -> str:
    """The heatmap as a whole HTML document; `bounds` are west, south, east, north in degrees.

    Raises
    ------
    NoEditionInForce
    """
    west, south, east, north = bounds
    counted = heat(asked)
    vendor = {
        "leaflet-css": f'<link rel="stylesheet" href="{static("maps/vendor/leaflet/leaflet.css")}">',
        "leaflet-js": f'<script src="{static("maps/vendor/leaflet/leaflet.js")}"></script>',
        "heat-js": f'<script src="{static("maps/vendor/leaflet.heat/leaflet-heat.js")}"></script>',
    }
    city = plain_map(bounds, vendor)
    draw_ground(city, asked, bounds)
    draw_heat(city, counted)
    for rank, square in enumerate(counted.hot_places(), 1):
        words = _("%(cases)d cases, %(open)d open") % {"cases": square.cases, "open": square.open_cases}
        folium.Marker(
            [square.lat, square.lon],
            icon=folium.DivIcon(html=f'<div class="hot">{rank}</div>', icon_size=(24, 24), icon_anchor=(12, 12)),
            tooltip=safe_text(f"{square.address} · {words}" if square.address else words),
        ).add_to(city)
    city.fit_bounds([[south, west], [north, east]])
    return str(city.get_root().render())


def draw_heat(city: LocalMap, counted: Heat, *, within: folium.FeatureGroup | None = None) -> None:
    """The heat of some squares, on the map or in one of its layers."""
    if not counted.squares:
        return
    strengths = counted.strengths().round(4).tolist()
    points = [[s.lat, s.lon, strength] for s, strength in zip(counted.squares, strengths, strict=True)]
    warmth = LocalHeat(points, min_opacity=0.01, max_zoom=1, gradient=GRADIENT)
    warmth.add_to(city if within is None else within)
    GroundRadius(city, warmth, REACH_M * max(1.0, counted.side_m / 100)).add_to(city)


def plain_map(bounds: list[float], vendor: dict[str, str]) -> LocalMap:
    """A map without tiles; `vendor` is what its head loads or holds, by name."""
    west, south, east, north = bounds
    city = LocalMap(
        [(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=12,
        control_scale=True,
        prefer_canvas=True,
        attribution_control=False,
        zoom_snap=0.25,
        max_zoom=18,
    )
    head = city.get_root().header
    for name, html in {**vendor, "style": _STYLE}.items():
        head.add_child(Element(html), name=name)
    return city


def draw_ground(city: LocalMap, asked: Asked, bounds: list[float]) -> None:
    """Communities with their cases, water and main streets; raises NoEditionInForce."""
    tolerance_m = max((bounds[3] - bounds[1]) * 111_000 / 2000, 2.0)
    found = run.row(
        "maps",
        "heat_ground_v2",
        {
            **asked.parameters(),
            "edition": Edition.objects.in_force().number,
            "tolerance_m": tolerance_m,
            "lonlat": reference.LONLAT,
        },
    )
    assert found is not None
    communities, water, streets = (json.loads(text) for text in found)
    chinese = (get_language() or "").startswith("zh")
    for feature in communities["features"]:
        own = feature["properties"]
        name = (own["name_zh"] or own["name_en"]) if chinese else (own["name_en"] or own["name_zh"])
        feature["properties"] = {
            "name": safe_text(name or own["code"]),
            "cases": _("%(cases)d cases") % {"cases": own["cases"]},
        }
    plain = {"smooth_factor": 1.0, "control": False}
    if water["features"]:
        _plain_layer(city, water, {"stroke": False, "fillColor": "#b4d5e6", "fillOpacity": 1.0, "interactive": False})
    for feature in streets["features"]:
        width = 2.4 if feature["properties"]["class"] == 1 else 1.2
        style = {"color": "#ffffff", "weight": width, "opacity": 1.0, "fill": False, "interactive": False}
        _plain_layer(city, {"type": "FeatureCollection", "features": [feature]}, style)
    if communities["features"]:
        line = {"color": "#b5126f", "weight": 0.8, "opacity": 0.45, "fillOpacity": 0.0, "fillColor": "#b5126f"}
        folium.GeoJson(
            communities,
            style_function=lambda _: line,
            highlight_function=lambda _: {"weight": 2.0, "opacity": 0.9, "fillOpacity": 0.06},
            tooltip=folium.GeoJsonTooltip(["name", "cases"], labels=False, sticky=True),
            **plain,
        ).add_to(city)


def _plain_layer(city: LocalMap, features: dict[str, Any], style: dict[str, Any]) -> None:
    folium.GeoJson(features, style_function=lambda _: style, smooth_factor=1.0, control=False).add_to(city)


def safe_text(words: str) -> str:
    """Words of people, safe as HTML and inside folium's script templates."""
    return str(escape(words)).replace("`", "&#96;").replace("\\", "&#92;").replace("$", "&#36;").replace("\n", " ")
