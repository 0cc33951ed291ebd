"""How good a division is: areas, shapes, borders on streets, buildings spared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from spatial.blocks import compactness
from spatial.ground import Ground
from spatial.partition import Bools, Floats, Ints, Shapes, as_shapes, shared_borders
from spatial.regroup import WHOLE_SHARE, shares_in_cells

ON_STREET_M = 5.0  # a border this near to a street's line lies on it
STEP_M = 5.0  # borders are looked at every so many metres


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of a division; shares are 0 to 1."""

    cells: int
    within_25pct: float  # cells within a quarter of the target area
    within_50pct: float
    mean_area_m2: float
    cv: float  # standard deviation of the areas by their mean
    compactness_mean: float  # Polsby-Popper, square 0.785
    street_share: float  # of the borders between cells of one community, the length within 5 m of a street
    border_share: float  # the same of all borders between cells, those of communities included
    buildings_cut: float  # buildings inside the area with less than 97 % of themselves in one cell


def measure(cells: Shapes, community: Ints, ground: Ground, *, target_m2: float = 10_000.0) -> Quality:
    """Measure a tiling of cells. An empty layer gives the share 0.

    Parameters
    ----------
    cells : (n,) polygons, metres, edge-matched
    community : (n,) int64, the community each lies in
    ground : the streets and buildings to measure against
    """
    cells = as_shapes(cells)
    area = shapely.area(cells)
    off = np.abs(area / target_m2 - 1)
    inner, every = street_shares(cells, community, ground.streets)
    return Quality(
        cells=len(cells),
        within_25pct=_mean(off <= 0.25),
        within_50pct=_mean(off <= 0.5),
        mean_area_m2=_mean(area),
        cv=float(area.std() / area.mean()) if len(area) else 0.0,
        compactness_mean=_mean(compactness(cells)),
        street_share=inner,
        border_share=every,
        buildings_cut=_mean(cut_buildings(cells, ground.buildings)),
    )


def _mean(values: Floats | Bools) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def street_shares(cells: Shapes, community: Ints, streets: Shapes) -> tuple[float, float]:
    """Give the share of border on streets: between cells of one community, and between any two cells."""
    borders = shared_borders(cells)
    if len(borders.left) == 0 or len(streets) == 0:
        return 0.0, 0.0
    length = borders.length_m
    steps = np.maximum(1, np.ceil(length / STEP_M)).astype(np.int64)
    segment = np.repeat(np.arange(len(length)), steps)
    within = np.arange(len(segment)) - np.repeat(np.cumsum(steps) - steps, steps)
    along = ((within + 0.5) / steps[segment])[:, None]
    points = shapely.points(borders.start[segment] + along * (borders.end - borders.start)[segment])
    on_street = np.zeros(len(points), dtype=np.bool_)
    on_street[shapely.STRtree(streets).query(points, predicate="dwithin", distance=ON_STREET_M)[0]] = True
    metres = (length / steps)[segment]
    inner = (community[borders.left] == community[borders.right])[segment]
    new = metres[inner].sum()
    return float(metres[inner & on_street].sum() / new) if new else 0.0, float(metres[on_street].sum() / metres.sum())


def cut_buildings(cells: Shapes, buildings: Shapes) -> Bools:
    """Say of each building that lies in the cells whether a border goes through it: (m,) bool, m buildings inside."""
    largest, covered = shares_in_cells(cells, as_shapes(buildings))
    whole = shapely.area(buildings)
    inside = covered > 0.99 * whole
    return np.asarray(largest[inside] < WHOLE_SHARE * whole[inside])
