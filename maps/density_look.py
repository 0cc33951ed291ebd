"""How thick the cases of a question lie, as a picture for the map: for looks, never for saying that a place is unusual.

Cases a square kilometre in four weeks, so that periods of any length compare, in classes that are the same for all
times. The kernel's bandwidth is the reader's choice and stands in the legend. Who has a territory sees the cases of his
own ground, corrected at its edge.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from PIL import Image

from cases.hotspots.communities import owners_of
from cases.hotspots.frames import frame_named
from cases.hotspots.gathering import places
from cells.models import Level
from cells.territory import territory_of
from maps.errors import BadRequest
from maps.hotspot_look import Question
from spatial import crs as reference
from spatial.density import Density, density
from spatial.partition import Floats
from spatial.postgis import roles

BANDWIDTHS_M = (150, 300, 600, 1200)
USUAL_BANDWIDTH_M = 300
DAYS = 28
# Each class begins at twice the one before; ColorBrewer BuPu: for all eyes and in grey, and no colour of a hot spot.
STEPS = (5, 10, 20, 40, 80, 160, 320)
COLOURS = ("#e0ecf4", "#bfd3e6", "#9ebcda", "#8c96c6", "#8c6bb1", "#88419d", "#6e016b")
# A picture for a screen: finer squares would not be seen.
_MOST_SQUARES = 250_000


@dataclass(frozen=True, slots=True)
class Look:
    """The picture (PNG, north up), where its corners lie (degrees, the upper left first, clockwise), and its figures.

    `square_km` says on how much ground each class lies, the one below all steps first.
    """

    picture: bytes
    corners: list[list[float]]
    bandwidth_m: float
    square_km: list[float]
    cases: int
    edition: int
    whole: bool

    def as_data(self, asked: Question) -> dict[str, Any]:
        """As the API sends it."""
        picture = base64.b64encode(self.picture).decode()
        return {
            "from": asked.asked.since.isoformat(),
            "to": asked.asked.until.isoformat(),
            "picture": f"data:image/png;base64,{picture}",
            "corners": self.corners,
            "bandwidth_m": self.bandwidth_m,
            "days": DAYS,
            "steps": [{"from": step, "colour": colour} for step, colour in zip(STEPS, COLOURS, strict=True)],
            "square_km": self.square_km,
            "cases": self.cases,
            "edition": self.edition,
            "whole": self.whole,
        }


def bandwidth_of(text: str | None) -> int:
    """A bandwidth that is offered; raises BadRequest for another."""
    if not text:
        return USUAL_BANDWIDTH_M
    if text not in {str(m) for m in BANDWIDTHS_M}:
        offered = ", ".join(str(m) for m in BANDWIDTHS_M)
        raise BadRequest(f"“{text[:20]}” is no bandwidth.", hint=f"{offered} metres.", field="bandwidth")
    return int(text)


def density_look(asked: Question, *, bandwidth_m: int, by: Any) -> Look:
    """The density of a question's cases for a reader (None: the whole city); raises NoEditionInForce."""
    seen = thickness(asked, bandwidth_m=bandwidth_m, by=by)
    if seen.found is None:
        none = png(np.zeros((1, 1), np.uint8))
        zeros = [0.0] * (len(STEPS) + 1)
        return Look(none, [[0, 1], [1, 1], [1, 0], [0, 0]], bandwidth_m, zeros, 0, seen.edition, False)
    found = seen.found
    classes = np.where(np.isfinite(found.per_km2), np.searchsorted(STEPS, np.nan_to_num(found.per_km2), "right"), -1)
    counted = np.bincount(classes[classes >= 0].ravel(), minlength=len(STEPS) + 1) * found.side_m**2 / 1e6
    rows, columns = classes.shape
    right, top = found.west + columns * found.side_m, found.south + rows * found.side_m
    ring = [[found.west, top], [right, top], [right, found.south], [found.west, found.south]]
    corners = reference.from_city(np.array(ring), srid=settings.CITY_SRID)
    return Look(
        picture=png(np.maximum(classes, 0)[::-1].astype(np.uint8)),
        corners=corners.round(7).tolist(),
        bandwidth_m=found.bandwidth_m,
        square_km=counted.round(3).tolist(),
        cases=seen.cases,
        edition=seen.edition,
        whole=seen.whole,
    )


@dataclass(frozen=True, slots=True)
class Thickness:
    """Cases a square kilometre in four weeks on a reader's ground; `found` is None for who has none."""

    found: Density | None
    ground: Any
    cases: int
    edition: int
    whole: bool


def thickness(asked: Question, *, bandwidth_m: int, by: Any) -> Thickness:
    """How thick a question's cases lie for a reader (None: the whole city); raises NoEditionInForce."""
    territory = territory_of(by)
    frame = frame_named("cells")
    with roles.as_owner():
        xy = places(asked.asked, frame)
    ground = frame.shapes
    if territory is not None:
        mine = np.isin(owners_of(frame, Level.COMMUNITY), territory) | np.isin(owners_of(frame, Level.GRID), territory)
        ground = ground[mine]
        units = frame.units_at(xy)
        xy = xy[(units >= 0) & mine[np.maximum(units, 0)]] if len(frame) else xy
    if not len(ground):
        return Thickness(None, shapely.Polygon(), 0, frame.ground.edition, False)
    city = shapely.coverage_union_all(ground)
    west, south, east, north = shapely.bounds(city).tolist()
    side = max(bandwidth_m / 4.0, float(np.sqrt((east - west) * (north - south) / _MOST_SQUARES)))
    found = density(xy, city, bandwidth_m=bandwidth_m, side_m=side)
    usual = replace(found, per_km2=found.per_km2 * (DAYS / asked.asked.days))
    return Thickness(usual, city, len(xy), frame.ground.edition, territory is None)


def png(classes: Floats) -> bytes:
    """Classes as colours of a palette; the lowest one is clear."""
    picture = Image.fromarray(np.ascontiguousarray(classes, np.uint8), "P")
    palette = [0, 0, 0, *(int(colour[k : k + 2], 16) for colour in COLOURS for k in (1, 3, 5))]
    picture.putpalette(palette)
    kept = io.BytesIO()
    picture.save(kept, "PNG", transparency=0, optimize=True)
    return kept.getvalue()
