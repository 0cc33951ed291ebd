"""The ground of the demo city, built in order: streets, water, land use, inner roads, yards, buildings, green."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cells.demo.buildings import Buildings, build
from cells.demo.compounds import compound_roads, park_paths
from cells.demo.land import GREEN, Land, classify, lake_parks, park_groups
from cells.demo.network import Network, merge_small, network, node, without_inner_edges
from cells.demo.plan import Plan
from cells.demo.streets import planned_lines
from cells.demo.water import islet, lake, rivers

# What a metre of street is worth when faces are merged; the courses of rivers (class 0) and avenues are never dropped.
_WORTH = np.array([np.inf, np.inf, 2.4, 1.0, 0.2])
_VERGE_M = {1: 20.0, 2: 14.0, 3: 8.0, 4: 3.5}


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that lies on the ground. All arrays of shapes are shapely geometries in the city's CRS, 1 mm grid.

    `net` holds the noded lines and the yards between them; per edge `street_class` (0: the course of a river, which
    parts yards but is no street) and `key` (which planned street it is a piece of, or `yard-<block>` for inner roads);
    per yard `block` and `land`; `blocks` with `block_land` are the faces between public streets.
    """

    net: Network
    street_class: np.ndarray
    key: np.ndarray
    block: np.ndarray
    land: np.ndarray
    blocks: np.ndarray
    block_land: np.ndarray
    water: np.ndarray
    water_kind: np.ndarray
    green: np.ndarray
    green_kind: np.ndarray
    green_block: np.ndarray
    buildings: Buildings


def lay_out(plan: Plan) -> Ground:
    """Build the ground of the planned city."""
    waters = rivers(plan)
    lines = planned_lines(plan, waters)
    limits = plan.limits
    courses = [shapely.intersection(river.course, limits) for river in waters]
    courses = [piece for course in courses for piece in shapely.get_parts(course)]
    shapes = np.array([line.shape for line in lines] + courses, dtype=object)
    classes = np.array([line.street_class for line in lines] + [0] * len(courses))
    keys = np.array([line.key for line in lines] + ["course"] * len(courses), dtype=object)

    # Streets and blocks.
    edges, line = node(shapes, simplify_m=0.3)
    first = network(edges, line)
    parks = lake_parks(plan)
    groups = park_groups(first, parks)
    old = np.max(np.abs(plan.warp.inverse(shapely.get_coordinates(shapely.centroid(first.faces)))), axis=1)
    smallest = np.where(old < plan.old_town_m, 6000.0, 9000.0)
    thinnest = np.full(len(first.faces), 30.0)
    corridors = shapely.union_all([river.corridor for river in waters])
    smallest[shapely.contains(corridors, shapely.point_on_surface(first.faces))] = 0.0
    thinnest[smallest == 0] = 0.0
    bank = np.array(["-bank-" in key for key in keys])
    worth = np.where(bank, np.inf, _WORTH[classes])[line]
    group = merge_small(first, weight=worth, smallest_m2=smallest, thinnest_m=thinnest, groups=groups)
    keep = without_inner_edges(first, group) | (classes[line] == 0)
    edges, classes, keys = edges[keep], classes[line[keep]], keys[line[keep]]
    blocks = network(edges, np.arange(len(edges))).faces
    block_land = classify(plan, blocks, rivers=waters, parks=parks)

    # Roads inside blocks, lakes with their paths, and the yards between all of them.
    roads, of = compound_roads(plan, blocks, block_land)
    extra, extra_keys, lakes = list(roads), [f"yard-{i}" for i in of], []
    for i in np.flatnonzero(block_land == Land.LAKE_PARK):
        water = lake(blocks[i], seed=plan.seed)
        if water.is_empty:
            continue
        paths = park_paths(blocks[i], water)
        lakes.append(shapely.difference(water, islet(water, radius_m=float(np.sqrt(water.area)) * 0.07)))
        extra += paths
        extra_keys += [f"yard-{i}"] * len(paths)
    classes = np.concatenate([classes, np.full(len(extra), 4)]).astype(int)
    keys = np.concatenate([keys, np.array(extra_keys, dtype=object)])
    all_edges, line = node(np.concatenate([edges, np.array(extra, dtype=object)]))
    net = network(all_edges, line)
    street_class, key = classes[line], keys[line]
    stub = (street_class == 4) & (net.left == net.right) & (shapely.length(net.edges) < 3)
    net = Network(net.edges[~stub], line[~stub], net.left[~stub], net.right[~stub], net.faces)
    street_class, key = street_class[~stub], key[~stub]
    tree = shapely.STRtree(blocks)
    inner = shapely.point_on_surface(net.faces)
    block = np.empty(len(net.faces), dtype=np.intp)
    at, owner = tree.query(inner, predicate="within")
    block[at] = owner
    land = block_land[block]

    water = [shapely.intersection(river.water, limits) for river in waters]
    if len(water) > 1:
        water[1:] = [shapely.difference(canal, water[0]) for canal in water[1:]]
    wet = np.array([*water, *lakes], dtype=object)
    wet = shapely.set_precision(wet, 0.001)
    wet_kind = np.array([river.key for river in waters] + ["lake"] * len(lakes), dtype=object)
    buildings = build(plan, net, street_class, land, wet)
    green, green_kind, green_block = _green(blocks, block_land, wet, buildings.fields)
    return Ground(
        net, street_class, key, block, land, blocks, block_land,
        wet, wet_kind, green, green_kind, green_block, buildings,
    )  # fmt: skip


def _green(
    blocks: np.ndarray, land: np.ndarray, water: np.ndarray, fields: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Green ground without the streets' verges and the water, and the sports fields of schools."""
    index = np.flatnonzero(np.isin(land, list(GREEN)))
    verge = np.where(np.isin(land[index], [Land.PARK, Land.LAKE_PARK, Land.SQUARE]), 11.0, 7.0)
    shapes = shapely.buffer(blocks[index], -verge, quad_segs=2)
    shapes = shapely.difference(shapes, shapely.union_all(water))
    shapes = shapely.set_precision(shapes, 0.001)
    keep = shapely.area(shapes) > 200
    return (
        np.concatenate([shapes[keep], fields]),
        np.concatenate([land[index][keep], np.full(len(fields), "sports_field", dtype=object)]),
        np.concatenate([index[keep], np.full(len(fields), -1)]),
    )
