"""Kernel density in metres, for looks: where the cases of a period lie thickest. It says nothing of significance.

A Gaussian kernel of a stated bandwidth, summed on a raster. Near the city's edge part of a kernel would fall outside,
where nobody reports; what is left is divided by the part inside (Diggle 1985), so that the edge is not paler than the
middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import contourpy
import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy import ndimage

from spatial.partition import Floats, Shapes

# A raster has at most so many squares: 4 arrays of 8 bytes each, 64 MB.
MOST_SQUARES = 2_000_000
# The kernel is cut off at so many bandwidths.
_REACH = 4.0


@dataclass(frozen=True, slots=True)
class Density:
    """Cases a square kilometre on a raster: row 0 is the south, column 0 the west; NaN outside the city.

    `west`, `south`: corner of the raster in metres; `side_m`: side of its squares; `bandwidth_m`: the kernel's standard
    deviation, never less than one side.
    """

    per_km2: Floats
    west: float
    south: float
    side_m: float
    bandwidth_m: float


def density(xy: ArrayLike, city: Any, *, bandwidth_m: float, side_m: float | None = None) -> Density:
    """The density of points, edge-corrected.

    Parameters
    ----------
    xy : (n, 2) float64, metres; points outside the raster are left out
    city : polygon or multipolygon, metres: the area in which cases are reported
    bandwidth_m : the kernel's standard deviation
    side_m : side of the raster's squares; default a quarter of the bandwidth, more where the raster would be too large

    Raises
    ------
    ValueError
        For a bandwidth that is not positive.
    """
    if not bandwidth_m > 0:
        raise ValueError(f"The bandwidth is {bandwidth_m} m; it must be more than 0.")
    west, south, east, north = shapely.bounds(city).tolist()
    smallest = float(np.sqrt(max((east - west) * (north - south), 1.0) / MOST_SQUARES))
    side = max(side_m or bandwidth_m / 4.0, smallest)
    columns, rows = int(np.ceil((east - west) / side)), int(np.ceil((north - south) / side))
    points = np.asarray(xy, np.float64).reshape(-1, 2)
    column = np.floor((points[:, 0] - west) / side)
    row = np.floor((points[:, 1] - south) / side)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    at = row[inside].astype(np.int64) * columns + column[inside].astype(np.int64)
    counted = np.bincount(at, minlength=rows * columns).reshape(rows, columns).astype(np.float64)
    x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * side, south + (np.arange(rows) + 0.5) * side)
    shapely.prepare(city)
    within = shapely.contains_xy(city, x.ravel(), y.ravel()).reshape(rows, columns)
    counted[~within] = 0.0
    bandwidth = max(bandwidth_m, side)
    sigma = bandwidth / side
    cover = ndimage.gaussian_filter(within.astype(np.float64), sigma, mode="constant", truncate=_REACH)
    spread = ndimage.gaussian_filter(counted, sigma, mode="constant", truncate=_REACH)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_km2 = np.where(within, spread / cover, np.nan) * (1e6 / side**2)
    return Density(per_km2, west, south, side, bandwidth)


def bands(found: Density, city: Any, levels: ArrayLike) -> Shapes:
    """Where the density lies between a level and the next, as areas with smooth borders, for paper.

    Parameters
    ----------
    found : the density
    city : polygon or multipolygon, metres: the area it is of; nothing lies outside
    levels : (k,) float64, rising; the last band has no upper end

    Returns
    -------
    (k,) polygons or multipolygons, metres; empty ones where nothing is so thick
    """
    # Values are those of the middles of squares. Beyond the city's edge the nearest one inside goes on, so that a band
    # ends at the edge itself and not in the middle of the last square.
    outside = ~np.isfinite(found.per_km2)
    if outside.all():
        return np.array([shapely.Polygon()] * len(np.atleast_1d(levels)), object)
    nearest = ndimage.distance_transform_edt(outside, return_distances=False, return_indices=True)
    rows, columns = found.per_km2.shape
    # Also beyond the raster itself, and at least two squares of it each way.
    values = np.pad(found.per_km2[tuple(nearest)], 1, mode="edge")
    x = found.west + (np.arange(columns + 2) - 0.5) * found.side_m
    y = found.south + (np.arange(rows + 2) - 0.5) * found.side_m
    contours = contourpy.contour_generator(x, y, values, fill_type=contourpy.FillType.OuterOffset)
    lower = np.asarray(levels, np.float64)
    return np.array(
        [_band(contours, low, high, city) for low, high in zip(lower, [*lower[1:], np.inf], strict=True)], object
    )


def _band(contours: contourpy.ContourGenerator, low: float, high: float, city: Any) -> Any:
    points, offsets = cast(tuple[list[Floats], list[Any]], contours.filled(low, high))
    polygons = []
    for ring_points, of in zip(points, offsets, strict=True):
        outer, *holes = [ring_points[begin:end] for begin, end in pairwise(of.tolist())]
        polygons.append(shapely.Polygon(outer, holes))
    return shapely.intersection(shapely.union_all(shapely.make_valid(np.array(polygons, object))), city)
