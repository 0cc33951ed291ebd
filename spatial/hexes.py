"""Counts per hexagon, for maps of many points at small scale.

Hexagons (H3) are for showing, never for owning: their borders follow no street and no community, so a point's owner is
the locator's affair. They earn their place where a map would otherwise send a million points: the same size everywhere,
the same hexagon for the same place in every edition, and a finer set for every zoom.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, radians

import h3.api.basic_int as h3
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

COARSEST, FINEST = 4, 12
# Ground metres of a pixel at zoom 0 on the equator: the earth's circumference over a tile of 256 pixels.
_PIXEL_M = 40_075_016.686 / 256


@dataclass(frozen=True, slots=True)
class HexCounts:
    """Hexagons that hold something: (m,) uint64 ids, ascending, (m,) float64 sums, and the resolution."""

    ids: NDArray[np.uint64]
    sums: NDArray[np.float64]
    resolution: int


@cache
def _width_m(resolution: int) -> float:
    return float(h3.average_hexagon_edge_length(resolution, unit="m") * 3**0.5)


def resolution_for_zoom(zoom: float, *, latitude: float, width_px: float = 32.0) -> int:
    """The H3 resolution whose hexagons come nearest to `width_px` on a web map at a zoom.

    Examples
    --------
    >>> [resolution_for_zoom(z, latitude=34.7) for z in (8, 10, 12, 14, 16)]
    [5, 6, 8, 9, 11]
    """
    wanted = _PIXEL_M * cos(radians(latitude)) / 2.0**zoom * width_px
    return min(range(COARSEST, FINEST + 1), key=lambda r: abs(np.log(_width_m(r) / wanted)))


def count(lonlat: ArrayLike, *, resolution: int, weights: ArrayLike | None = None) -> HexCounts:
    """How many points (or how much weight) lie in each hexagon; rows that are not numbers are left out.

    Parameters
    ----------
    lonlat : (n, 2) float64, degrees, WGS 84
    resolution : int, 0 to 15
    weights : (n,) float64, optional; default 1 each

    Examples
    --------
    >>> found = count([[113.6, 34.7], [113.6, 34.7], [113.8, 34.7]], resolution=7)
    >>> sorted(found.sums.tolist())
    [1.0, 2.0]
    """
    pairs = np.asarray(lonlat, np.float64).reshape(-1, 2)
    amount = np.ones(len(pairs)) if weights is None else np.asarray(weights, np.float64)
    good = np.isfinite(pairs).all(axis=1)
    # H3 takes one point a call: 2 M/s, so equal coordinates (a default place, a rounded address) are asked once.
    places, which = np.unique(pairs[good], axis=0, return_inverse=True)
    ids = np.fromiter((h3.latlng_to_cell(y, x, resolution) for x, y in places.tolist()), np.uint64, len(places))
    hexagons, at = np.unique(ids, return_inverse=True)
    sums = np.bincount(at.ravel()[which.ravel()], amount[good], minlength=len(hexagons)) if len(places) else np.empty(0)
    return HexCounts(ids=hexagons, sums=np.asarray(sums, np.float64), resolution=resolution)


def outlines(ids: NDArray[np.uint64]) -> NDArray[np.object_]:
    """(m,) shapely polygons of hexagons, longitude and latitude in degrees; neighbours share their vertices exactly."""
    rings = (h3.cell_to_boundary(int(i)) for i in ids)
    return np.array([shapely.Polygon([(lon, lat) for lat, lon in ring]) for ring in rings], dtype=object)


def ids_at(lonlat: ArrayLike, *, resolution: int) -> NDArray[np.uint64]:
    """(n,) the hexagon of each of (n, 2) points in degrees, in their order; 0 where a coordinate is no number."""
    pairs = np.asarray(lonlat, np.float64).reshape(-1, 2)
    good = np.isfinite(pairs).all(axis=1)
    out = np.zeros(len(pairs), np.uint64)
    places, which = np.unique(pairs[good], axis=0, return_inverse=True)
    ids = np.fromiter((h3.latlng_to_cell(y, x, resolution) for x, y in places.tolist()), np.uint64, len(places))
    out[good] = ids[which.ravel()] if len(places) else ids
    return out


def around(lonlat: ArrayLike, *, resolution: int) -> NDArray[np.uint64]:
    """The hexagons of (n, 2) points in degrees and the six round each, ascending, each once."""
    own = np.unique(ids_at(lonlat, resolution=resolution))
    near = {int(i) for one in own.tolist() if one for i in h3.grid_disk(int(one), 1)}
    return np.array(sorted(near), np.uint64)
