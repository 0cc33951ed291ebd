"""The density of cases beside scikit-learn's KernelDensity, and what is sent of it beside folium's own HeatMap page.

`python -m tests.bench --only density` prints the figures (no database): square cities of 5,041, 50,176 and 200,704
cells of a hectare, with one case a cell, about what four weeks bring, most of them in clusters. KernelDensity is the
same Gaussian in a KD tree, asked at the middles of the same squares with a relative error of 1e-3 allowed; in a large
city at some of them only, its time taken to grow with their number. Both are compared where the city's edge is further
away than the kernel reaches: ours is divided by the part of the kernel that lies inside, its own is not.
"""

from __future__ import annotations

import gzip
import io
from time import process_time
from typing import Any

import numpy as np
import shapely

from spatial.density import density

SIDES = {True: (30, 71), False: (71, 224, 448)}
BANDWIDTH_M, A_CELL = 300.0, 1
ASKED = {True: 300, False: 3_000}
ROUNDS = 5


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of one core, the ratio, the largest difference, and kilobytes sent, by cells of the city."""
    return {str(side * side): _one(side, ASKED[small]) for side in SIDES[small]}


def _one(side: int, asked: int) -> dict[str, Any]:
    from sklearn.neighbors import KernelDensity

    rng = np.random.default_rng(side)
    metres, count = side * 100.0, side * side * A_CELL
    city = shapely.box(450_000, 3_840_000, 450_000 + metres, 3_840_000 + metres)
    middles = rng.uniform(0, metres, (max(4, side * side // 100), 2))
    spread = middles[rng.integers(0, len(middles), count)] + rng.normal(0, 400, (count, 2))
    xy = np.where(rng.random((count, 1)) < 0.7, spread, rng.uniform(0, metres, (count, 2))) % metres
    xy += (450_000, 3_840_000)
    ours, theirs = [], []
    for turn in range(ROUNDS + 1):
        began = process_time()
        found = density(xy, city, bandwidth_m=BANDWIDTH_M)
        ours.append(process_time() - began)
        if turn == 0:
            rows, columns = found.per_km2.shape
            squares = rng.choice(rows * columns, min(asked, rows * columns), replace=False)
            row, column = np.divmod(squares, columns)
            places = np.column_stack([column + 0.5, row + 0.5]) * found.side_m + (found.west, found.south)
        began = process_time()
        tree = KernelDensity(bandwidth=BANDWIDTH_M, rtol=1e-3, algorithm="kd_tree").fit(xy)
        fitted = process_time() - began
        began = process_time()
        said = np.exp(tree.score_samples(places)) * count * 1e6
        theirs.append(fitted + (process_time() - began) * rows * columns / len(places))
    away = shapely.distance(shapely.boundary(city), shapely.points(places)) > 4 * BANDWIDTH_M
    mine = found.per_km2[row, column]
    return {
        "cases": count,
        "squares": rows * columns,
        "ours_ms": round(float(np.median(ours[1:])) * 1e3, 1),
        "kernel_density_s": round(float(np.median(theirs[1:])), 2),
        "ratio": round(float(np.median(np.array(theirs[1:]) / np.array(ours[1:])))),
        "largest_difference_of_the_peak": round(float(np.abs(mine - said)[away].max() / said.max()), 4),
        "picture_kb": round(_picture_bytes(found.per_km2) / 1000, 1),
        "folium_heatmap_kb": round(_folium_bytes(xy) / 1000, 1),
    }


def _picture_bytes(per_km2: np.ndarray) -> int:
    """What the map is sent: a picture of the steps that its legend has."""
    import django

    django.setup()
    from maps.density_look import STEPS, png

    return len(png(np.searchsorted(STEPS, np.nan_to_num(per_km2), "right")[::-1].astype(np.uint8)))


def _folium_bytes(xy: np.ndarray) -> int:
    """The same points as folium's own HeatMap page, gzipped."""
    import folium
    from folium.plugins import HeatMap

    from spatial import crs

    lonlat = crs.from_city(xy, srid=4547)
    page = folium.Map(location=lonlat[0][::-1].tolist())
    HeatMap(lonlat[:, ::-1].tolist()).add_to(page)
    text = io.BytesIO()
    page.save(text, close_file=False)
    return len(gzip.compress(text.getvalue(), 3))
