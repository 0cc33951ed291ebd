"""Communities, towns and districts of the demo city, bounded by main streets and rivers, as unions of whole faces.

The faces between main streets and river courses are grown together, smallest first, into communities; communities
grow into towns, towns into districts. Borders along a river or an avenue are kept longest, so that they become the
borders of the higher levels. All shapes are unions of the same faces: they tile the city exactly on the 1 mm grid.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from cells.demo.network import OUTSIDE, Network, network
from cells.demo.plan import Plan

MAIN_CLASS = 2  # borders run along streets of this class or above, and along rivers
# How much a metre of shared border counts for growing together: across a river, an avenue, a secondary, a local street.
_TIE = {0: 0.12, 1: 0.45, 2: 1.0, 3: 2.0, 4: 2.0}
SMALLEST_COMMUNITY_M2 = 200_000.0


@dataclass(frozen=True, slots=True)
class Territory:
    """Shapes of each level, and of each shape its parent (index into the level above)."""

    communities: np.ndarray
    towns: np.ndarray
    districts: np.ndarray
    town_of: np.ndarray
    district_of: np.ndarray


def divide_territory(plan: Plan, net: Network, street_class: np.ndarray) -> Territory:
    """Group the city's ground into communities of 0.2–2 km², towns and districts."""
    main = street_class <= MAIN_CLASS
    frame = network(net.edges[main], np.flatnonzero(main))
    reach = plan.reach(plan.warp.inverse(shapely.get_coordinates(shapely.centroid(frame.faces))))
    city_m2 = float(shapely.area(frame.faces).sum())
    size = 1.0 + 0.5 * np.clip(np.log10(city_m2 / 2e7), 0, 1)
    wanted = np.interp(reach, [0.1, 0.5, 1.0], [230_000.0, 320_000.0, 480_000.0]) * size
    wanted = np.minimum(wanted, max(SMALLEST_COMMUNITY_M2, city_m2 / 8))
    ties = _ties(frame, street_class)
    community_of = _grow(shapely.area(frame.faces), ties, shapely.length(frame.faces), wanted, largest_m2=1.9e6)
    communities = _unions(frame.faces, community_of)

    districts = int(np.clip(round(1 + np.log2(max(city_m2, 1e7) / 1e7)), 2, 6))
    towns = int(np.clip(round(city_m2 / (3.3e6 * size**3)), 2 * districts, 40 * districts))
    towns = min(towns, max(2, len(communities) // 3))
    town_of = _group(frame.faces, community_of, ties, towns)
    town_of_face = town_of[community_of]
    district_of = _group(frame.faces, town_of_face, ties, min(districts, towns))
    return Territory(
        communities,
        _unions(frame.faces, town_of_face),
        _unions(frame.faces, district_of[town_of_face]),
        town_of,
        district_of,
    )


def _ties(frame: Network, street_class: np.ndarray) -> dict[tuple[int, int], float]:
    ties: dict[tuple[int, int], float] = defaultdict(float)
    lengths = shapely.length(frame.edges)
    for i, j, length, edge in zip(frame.left, frame.right, lengths, frame.line, strict=True):
        if i != j and i != OUTSIDE and j != OUTSIDE:
            ties[min(i, j), max(i, j)] += length * _TIE[int(street_class[edge])]
    return dict(ties)


def _unions(faces: np.ndarray, label: np.ndarray) -> np.ndarray:
    return np.array([shapely.coverage_union_all(faces[label == k]) for k in range(label.max() + 1)], dtype=object)


def _group(faces: np.ndarray, part: np.ndarray, ties: dict[tuple[int, int], float], count: int) -> np.ndarray:
    """Grow the parts (labels of faces) together until `count` groups of about equal area are left."""
    n = int(part.max()) + 1
    area = np.bincount(part, weights=shapely.area(faces), minlength=n)
    between: dict[tuple[int, int], float] = defaultdict(float)
    for (i, j), tie in ties.items():
        a, b = sorted((int(part[i]), int(part[j])))
        if a != b:
            between[a, b] += tie
    rim = np.sqrt(area) * 4.5
    return _grow(area, dict(between), rim, np.full(n, np.inf), largest_m2=1.6 * area.sum() / count, count=count)


def _grow(
    area: np.ndarray, ties: dict[tuple[int, int], float], rim: np.ndarray, wanted: np.ndarray, *,
    largest_m2: float, count: int = 1,
) -> np.ndarray:  # fmt: skip
    """Merge the smallest (for its wanted size) into the neighbour it is tied to best, until all are big enough.

    Stops at `count` groups. Returns (n,) labels 0…k-1 in order of the first member.
    """
    n = len(area)
    area, rim, wanted = area.copy(), rim.copy(), wanted.copy()
    near: list[dict[int, float]] = [{} for _ in range(n)]
    for (i, j), tie in sorted(ties.items()):
        near[i][j] = near[j][i] = tie
    owner = np.arange(n)
    alive = n

    def need(k: int) -> float:
        return area[k] if np.isinf(wanted[k]) else area[k] / wanted[k]

    queue = [(need(k), k) for k in range(n)]
    heapq.heapify(queue)
    while queue and alive > count:
        urgency, k = heapq.heappop(queue)
        if owner[k] != k or urgency != need(k) or area[k] >= wanted[k]:
            continue
        fits = [j for j in near[k] if area[j] + area[k] <= largest_m2] or (
            list(near[k]) if np.isinf(wanted[k]) or area[k] < SMALLEST_COMMUNITY_M2 else []
        )
        if not fits:
            continue
        # Tied along much of the rim, and not yet big itself.
        best = max(fits, key=lambda j: (near[k][j] / min(rim[k], rim[j]) / np.sqrt(area[j] + area[k]), -j))
        keep, gone = min(k, best), max(k, best)
        shared = near[k][best]
        owner[owner == gone] = keep
        area[keep] += area[gone]
        rim[keep] = max(rim[keep] + rim[gone] - 2 * shared, 3.6 * np.sqrt(area[keep]))
        wanted[keep] = (wanted[keep] + wanted[gone]) / 2
        for j, tie in near[gone].items():
            near[j].pop(gone)
            if j != keep:
                near[keep][j] = near[j][keep] = near[keep].get(j, 0.0) + tie
        near[gone] = {}
        alive -= 1
        heapq.heappush(queue, (need(keep), keep))
    return np.unique(owner, return_inverse=True)[1]
