"""What each block of the demo city is: old quarter, housing, shops, schools, works, parks, river banks."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import shapely

from cells.demo.network import Groups, Network
from cells.demo.plan import Plan, dense, stream
from cells.demo.water import River


class Land(StrEnum):
    """The use of a block."""

    OLD_QUARTER = "old_quarter"
    SLABS = "slabs"
    TOWERS = "towers"
    VILLAGE = "village"
    SHOPS = "shops"
    OFFICES = "offices"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    WORKS = "works"
    BUILDING_SITE = "building_site"
    SQUARE = "square"
    LAKE_PARK = "lake_park"
    PARK = "park"
    POCKET_GREEN = "pocket_green"
    RIVERSIDE = "riverside"


GREEN = {Land.SQUARE, Land.LAKE_PARK, Land.PARK, Land.POCKET_GREEN, Land.RIVERSIDE}
HOUSING = {Land.OLD_QUARTER, Land.SLABS, Land.TOWERS, Land.VILLAGE}
_SINGLE = {Land.SCHOOL, Land.HOSPITAL, Land.PARK, Land.BUILDING_SITE}  # one alone, not one beside the other
POCKET_M2 = 6500.0
_ALWAYS = (Land.HOSPITAL, Land.BUILDING_SITE, Land.VILLAGE, Land.SCHOOL)

# Shares of the blocks at four distances from the centre (0 centre … 1 limit); the rest are slab housing.
_REACH = [0.15, 0.40, 0.70, 0.95]
_SHARES: dict[Land, list[float]] = {
    Land.SCHOOL: [0.05, 0.06, 0.06, 0.04],
    Land.HOSPITAL: [0.02, 0.015, 0.01, 0.004],
    Land.PARK: [0.03, 0.03, 0.045, 0.07],
    Land.BUILDING_SITE: [0.01, 0.015, 0.025, 0.03],
    Land.SHOPS: [0.22, 0.12, 0.06, 0.02],
    Land.OFFICES: [0.16, 0.11, 0.06, 0.03],
    Land.TOWERS: [0.08, 0.24, 0.30, 0.16],
    Land.VILLAGE: [0.0, 0.01, 0.07, 0.13],
    Land.WORKS: [0.0, 0.02, 0.08, 0.24],
}


def lake_parks(plan: Plan) -> list[shapely.Polygon]:
    """Ground of the lake parks: whole superblocks between main roads, one at first, more in a big city."""
    rng = stream(plan.seed, "parks")
    count = int(np.clip(round(plan.radius_m / 2600), 1, 5))
    start = rng.uniform(0.15, 0.35) * np.pi
    out = []
    for k in range(count):
        way = start + 2 * np.pi * k / count
        far = max(
            plan.radius_m * (0.44 if k == 0 else rng.uniform(0.45, 0.72)), 1.75 * plan.old_town_m
        )  # not in the old town
        at = far * np.array([np.cos(way), np.sin(way)])
        spans = [_span(lines, x) for lines, x in ((plan.u_main, at[0]), (plan.v_main, at[1]))]
        (u0, u1), (v0, v1) = spans
        out.append(shapely.Polygon(plan.warp(dense(np.array([[u0, v0], [u1, v0], [u1, v1], [u0, v1], [u0, v0]])))))
    return out


def _span(lines: np.ndarray, at: float) -> tuple[float, float]:
    i = int(np.clip(np.searchsorted(lines, at), 1, len(lines) - 1))
    return float(lines[i - 1]), float(lines[i])


def park_groups(net: Network, parks: list[shapely.Polygon]) -> Groups:
    """Faces of one park become one: no street runs through it."""
    groups = Groups(len(net.faces))
    tree = shapely.STRtree(shapely.point_on_surface(net.faces))
    for park in parks:
        inside = np.sort(tree.query(park, predicate="contains"))
        for i in inside[1:]:
            groups.join(int(inside[0]), int(i))
    return groups


def classify(plan: Plan, faces: np.ndarray, *, rivers: list[River], parks: list[shapely.Polygon]) -> np.ndarray:
    """(n,) Land of each block."""
    rng = stream(plan.seed, "land", len(faces))
    inner = shapely.point_on_surface(faces)
    xy = plan.warp.inverse(shapely.get_coordinates(shapely.centroid(faces)))
    reach, area = plan.reach(xy), shapely.area(faces)
    own, alike = rng.random(len(faces)), _shared_luck(plan, xy)
    alike = np.where(rng.random(len(faces)) < 0.5, alike, rng.random(len(faces)))
    land = np.full(len(faces), Land.SLABS, dtype=object)
    sums = {True: np.zeros(len(faces)), False: np.zeros(len(faces))}
    for use, shares in reversed(_SHARES.items()):  # what stands single last, so that it wins
        share = np.interp(reach, _REACH, shares)
        if use == Land.WORKS:  # works gather in the east and south-east
            share = share * (1 + 1.3 * np.clip((xy[:, 0] - 0.4 * xy[:, 1]) / plan.radius_m, -0.75, 0.9))
        luck, before = (own, sums[True]) if use in _SINGLE else (alike, sums[False])
        land[(luck >= before) & (luck < before + share)] = use
        before += share
    old = np.max(np.abs(xy), axis=1) < plan.old_town_m
    land[old & np.isin(land, [Land.SLABS, Land.TOWERS, Land.OFFICES, Land.WORKS])] = Land.OLD_QUARTER
    land[(land == Land.PARK) & (area > 90000)] = Land.SLABS
    land[_square(xy, area)] = Land.SQUARE
    land[area < POCKET_M2] = Land.POCKET_GREEN
    for river in rivers:
        land[shapely.contains(river.corridor, inner)] = Land.RIVERSIDE
    for park in parks:
        land[shapely.contains(park, inner)] = Land.LAKE_PARK
    for use in _ALWAYS:  # even the smallest city has one of these
        housing = np.flatnonzero((land == Land.SLABS) & (reach > 0.35))
        if not (land == use).any() and len(housing):
            land[housing[np.argmax(area[housing])]] = use
    return land


def _shared_luck(plan: Plan, xy: np.ndarray) -> np.ndarray:
    """One draw per superblock: neighbouring blocks tend to be alike, as estates and works are built in one go."""
    table = stream(plan.seed, "superblocks").random((len(plan.u_main) + 1, len(plan.v_main) + 1))
    return table[np.searchsorted(plan.u_main, xy[:, 0]), np.searchsorted(plan.v_main, xy[:, 1])]


def _square(xy: np.ndarray, area: np.ndarray) -> int:
    """The block of the civic square: north-west of the crossing of the two main axes."""
    away = np.hypot(*xy.T) + 1e6 * ~((xy[:, 0] < 0) & (xy[:, 1] > 0) & (area > 6000))
    return int(np.argmin(away))
