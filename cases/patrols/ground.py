"""The ground that tracks are counted on: the cells of an edition and the streets in them as samples, kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import Count, Max

from cells import routing, rules
from cells.ground import Ground
from cells.models import Edition, Street
from spatial.tracks import SAMPLE_M, Limits, Streets, sampled

_MOST = 2
_kept: OrderedDict[tuple[Any, ...], Streets] = OrderedDict()
_making = Lock()


def limits() -> Limits:
    """The city's own figures."""
    accuracy_m, gap_s, foot, fastest, side_m, seen_m = rules.figures(
        "patrol_accuracy_most_m",
        "patrol_gap_most_s",
        "patrol_foot_most_kmh",
        "patrol_fastest_kmh",
        "patrol_side_m",
        "patrol_seen_m",
    )
    return Limits(accuracy_m, gap_s, foot / 3.6, fastest / 3.6, side_m, seen_m)


def ground_and_streets(edition: Edition, side_m: float) -> tuple[Ground, Streets]:
    """An edition's ground, and its streets by cell: 1 s for 5,000 km of streets, then from memory."""
    ground = routing.ground_of(edition)
    # Streets have no editions; that some came or went is seen by their number and the newest.
    there = Street.objects.aggregate(Count("pk"), Max("pk"))
    stamp = (*ground.stamp, side_m, *there.values())
    with _making:
        found = _kept.get(stamp)
        if found is None:
            found = _kept[stamp] = _sampled(ground, side_m)
        _kept.move_to_end(stamp)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
        return ground, found


def _sampled(ground: Ground, side_m: float) -> Streets:
    rows = Street.objects.order_by("pk").annotate(wkb=AsWKB("shape")).values_list("wkb", flat=True)
    lines = np.asarray(shapely.from_wkb([bytes(row) for row in rows]), dtype=object)
    length = np.asarray(shapely.length(lines), np.float64) if len(lines) else np.empty(0)
    count = np.maximum(1, np.rint(length / SAMPLE_M)).astype(np.int64)
    count[length <= 0] = 0
    piece = np.repeat(np.divide(length, count, out=np.zeros(len(length)), where=count > 0), count)
    nth = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    places = shapely.line_interpolate_point(np.repeat(lines, count), (nth + 0.5) * piece)
    return sampled(ground.locator, shapely.get_coordinates(places).reshape(-1, 2), piece, side_m)
