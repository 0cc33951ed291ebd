"""Street blocks, and how small ones grow together.

Streets and river banks cut an area into blocks. A block much smaller than a unit cell joins the neighbour
it fits best with: the sum near a whole number of cells, little good border lost, a compact shape.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from spatial.ground import BORDER_WORTH, Layout
from spatial.noding import dissolve
from spatial.partition import Floats, Ints, Shapes, as_shapes, shared_borders

NEAR_LINE_M = 3.0  # a border this near to a line runs along it


@dataclass(frozen=True, slots=True)
class MergeRules:
    """When a region must grow, and what a good partner is. Areas in m², lengths in m."""

    target_m2: float
    too_small: float = 0.75  # of the target
    too_narrow_m: float = 12.0  # mean width, twice the area by the perimeter
    too_big: float = 0.0  # of the target; sums beyond it are dear (0: a big region is cut later)
    fit_weight: float = 2.0
    border_weight: float = 1.0
    shape_weight: float = 2.4


def border_worth(left: Floats, right: Floats, layout: Layout) -> Floats:
    """Give the worth of a metre of each border segment (start, end): that of the nearest line's class, else 0."""
    worth = np.zeros(len(left))
    if len(left) and len(layout.lines):
        middle = shapely.points((left + right) / 2)
        tree = shapely.STRtree(layout.lines)
        near, line = tree.query_nearest(middle, max_distance=NEAR_LINE_M, all_matches=True)
        np.maximum.at(worth, near, BORDER_WORTH[layout.line_class[line]])
    return worth


def merge_small(shapes: Shapes, layout: Layout, rules: MergeRules) -> Shapes:
    """Join edge-matched regions until none that has a neighbour is too small or too narrow.

    The worst goes first; ties by position. Returns one-part polygons in the order of their first member.
    """
    if len(shapes) < 2:
        return shapes
    order = np.lexsort(np.round(shapely.get_coordinates(shapely.point_on_surface(shapes)), 3).T[::-1])
    shapes = shapes[order]
    growth = _Growth(shapes, layout, rules)
    growth.run()
    joined, _ = dissolve(shapes, growth.region)
    return as_shapes(shapely.get_parts(joined))


class _Growth:
    """Regions that grow together, and what they share."""

    def __init__(self, shapes: Shapes, layout: Layout, rules: MergeRules) -> None:
        self.rules = rules
        self.area: list[float] = shapely.area(shapes).tolist()
        self.round: list[float] = shapely.length(shapes).tolist()
        self.version = [0] * len(shapes)
        self.region: Ints = np.arange(len(shapes))
        self.shared: list[dict[int, tuple[float, float]]] = [{} for _ in shapes]  # length, worth
        borders = shared_borders(shapes)
        length = borders.length_m
        worth = length * border_worth(borders.start, borders.end, layout)
        one, other = borders.left.tolist(), borders.right.tolist()
        for i, j, metres, value in zip(one, other, length.tolist(), worth.tolist(), strict=True):
            self._share(i, j, metres, value)

    def _share(self, i: int, j: int, metres: float, worth: float) -> None:
        if i == j:
            return
        before = self.shared[i].get(j, (0.0, 0.0))
        self.shared[i][j] = self.shared[j][i] = (before[0] + metres, before[1] + worth)

    def too_small(self, i: int) -> bool:
        rules = self.rules
        width = 2 * self.area[i] / max(self.round[i], 1e-9)
        return self.area[i] < rules.too_small * rules.target_m2 or width < rules.too_narrow_m

    def misfit(self, area: float) -> float:
        """Say how badly an area goes into whole cells: 0 within a tenth, 1 at a quarter, more for too little."""
        cells = area / self.rules.target_m2
        off = abs(cells / max(1, round(cells)) - 1)
        short = max(0.0, self.rules.too_small - cells)
        return (max(0.0, off - 0.10) / 0.15) ** 2 + 3 * short

    def cost(self, i: int, j: int) -> float:
        rules = self.rules
        metres, worth = self.shared[i][j]
        area, around = self.area[i] + self.area[j], self.round[i] + self.round[j] - 2 * metres
        compactness = 4 * np.pi * area / around**2
        cells = area / rules.target_m2
        return float(
            rules.fit_weight * (self.misfit(area) - self.misfit(self.area[j]))
            + rules.border_weight * worth / rules.target_m2**0.5
            - metres / self.round[i]
            + rules.shape_weight * max(0.0, 0.65 - compactness)
            + (1.5 * cells if rules.too_big and cells > rules.too_big else 0.0)
        )

    def run(self) -> None:
        queue = [(self.area[i], i, 0) for i in range(len(self.area)) if self.too_small(i)]
        heapq.heapify(queue)
        while queue:
            _, i, version = heapq.heappop(queue)
            if version != self.version[i] or not self.shared[i]:
                continue
            firm = [j for j, (metres, _) in self.shared[i].items() if metres >= 0.5] or list(self.shared[i])
            _, into = min((round(self.cost(i, j), 9), j) for j in firm)
            for changed in self._join(i, into):
                self.version[changed] += 1
                if self.too_small(changed):
                    heapq.heappush(queue, (self.area[changed], changed, self.version[changed]))

    def _join(self, i: int, into: int) -> list[int]:
        """Let region i become part of another; give the regions whose choice changed."""
        metres, _ = self.shared[i][into]
        self.area[into] += self.area[i]
        self.round[into] += self.round[i] - 2 * metres
        self.region[self.region == i] = into
        self.version[i] = -1
        for k, (length, worth) in self.shared[i].items():
            del self.shared[k][i]
            if k != into:
                self._share(into, k, length, worth)
        self.shared[i] = {}
        return [into, *self.shared[into]]


def compactness(shapes: Any) -> Floats:
    """Give the Polsby-Popper compactness of each shape: 4π·area by perimeter², circle 1, square 0.785.

    References
    ----------
    Polsby and Popper (1991), The third criterion, Yale Law and Policy Review 9.
    """
    return np.asarray(4 * np.pi * shapely.area(shapes) / np.maximum(shapely.length(shapes), 1e-9) ** 2)
