"""How good the unit cells of an edition are, measured on what the database holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models import Collect
from django.contrib.gis.db.models.functions import AsWKB, Envelope

from cells.models import Building, CellVersion, Edition, Street
from spatial.divide import TARGET_M2
from spatial.ground import Ground
from spatial.postgis import run
from spatial.quality import Quality, measure

KEYS = (
    "cells", "within_25pct", "mean_area_m2", "cv", "compactness_mean", "street_share", "buildings_cut",
)  # fmt: skip


def division_report(*, codes: Iterable[str] = (), edition: Edition | None = None) -> dict[str, Any]:
    """Give the figures of the edition in force (or another), of all communities or of some.

    Returns
    -------
    cells : number of unit cells
    within_25pct : share (0 to 1) of cells within a quarter of the target area of the division
    mean_area_m2, cv : mean of the areas, and their standard deviation by the mean
    compactness_mean : mean of 4π·area by perimeter² (a square has 0.785)
    street_share : share (0 to 1) of the length of border between cells of one community that lies within 5 m of a
        street's line
    buildings_cut : share (0 to 1) of the buildings inside the cells that have less than 97 % of themselves in one cell
    seconds : computing time of the division that made the edition, of one core, all communities of it

    Raises
    ------
    NoEditionInForce : nothing is published, and no edition was given
    """
    edition = edition or Edition.objects.in_force()
    quality = measure_edition(edition, codes)
    figures: dict[str, Any] = {key: getattr(quality, key) for key in KEYS}
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    return {**rounded, "seconds": round(float((edition.division or {}).get("seconds", 0.0)), 3)}


def by_community(edition: Edition) -> list[dict[str, Any]]:
    """Give the same for each community, the worst first: what can be said without streets and buildings.

    Per row: code, name_zh, name_en, id, cells, within_25pct (share), mean_area_m2, smallest_m2, largest_m2,
    compactness_mean.
    """
    target = float((edition.division or {}).get("target_m2", TARGET_M2))
    names = ("id", "code", "name_zh", "name_en", "cells", "within_25pct", "mean_area_m2", "smallest_m2", "largest_m2")
    found = run.rows("cells", "quality_by_community_v1", {"number": edition.number, "target": target})
    return [dict(zip((*names, "compactness_mean"), row, strict=True)) for row in found]


def measure_edition(edition: Edition, codes: Iterable[str] = ()) -> Quality:
    """Measure the cells of an edition against the streets and buildings of now."""
    cells = CellVersion.objects.of_edition(edition)
    if codes := list(codes):
        cells = cells.filter(community__code__in=codes)
    rows = list(cells.annotate(wkb=AsWKB("shape")).values_list("community_id", "wkb"))
    shapes = np.asarray(shapely.from_wkb([bytes(wkb) for _, wkb in rows]), dtype=object)
    community = np.array([c for c, _ in rows], dtype=np.int64)
    extent = cells.aggregate(box=Envelope(Collect(Envelope("shape"))))["box"] if codes else None

    def layer(model: Any) -> np.ndarray:
        near = model.objects.filter(shape__bboverlaps=extent) if extent is not None else model.objects.all()
        found = near.annotate(wkb=AsWKB("shape")).values_list("wkb", flat=True)
        return np.asarray(shapely.from_wkb([bytes(w) for w in found.iterator(chunk_size=20_000)]), dtype=object)

    target = float((edition.division or {}).get("target_m2", TARGET_M2))
    ground = Ground(streets=layer(Street), buildings=layer(Building))
    return measure(shapes, community, ground, target_m2=target)
