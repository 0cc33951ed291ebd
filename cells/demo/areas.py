"""Names and codes of the demo city's communities, towns and districts, and the city itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from cells.codes import serial_order
from cells.demo.ground import Ground
from cells.demo.land import Land
from cells.demo.plan import Plan, stream
from cells.demo.territory import Territory
from cells.demo.words import Name, Stems, words

DIGITS = {"district": 2, "town": 3, "community": 3}  # of its own, below the city's four-digit prefix


def name_areas(
    plan: Plan, ground: Ground, territory: Territory, streets: pd.DataFrame, estates: pd.DataFrame
) -> pd.DataFrame:
    """All areas: level, code, parent (code), name_zh, name_en, shape; from the city down to the communities."""
    lists = words()
    prefix = lists["code_prefix"] + "01"
    city = prefix + "00"
    whole = shapely.coverage_union_all(territory.districts)
    rows: list[tuple[str, str, str, str, str, shapely.Geometry]] = [("city", city, "", *lists["city"], whole)]
    district_names = _district_names(plan, territory.districts)
    town_names = _town_names(plan, territory.towns)
    community_names = _community_names(plan, ground, territory.communities, streets, estates)
    codes: dict[tuple[str, int], str] = {}
    everything = np.zeros(len(territory.districts), dtype=int)
    levels = [
        ("district", territory.districts, everything, district_names),
        ("town", territory.towns, territory.district_of, town_names),
        ("community", territory.communities, territory.town_of, community_names),
    ]
    above = ""
    for level, shapes, parent, names in levels:
        for p in range(int(parent.max()) + 1):
            below = np.flatnonzero(parent == p)
            middles = shapely.get_coordinates(shapely.centroid(shapes[below]))
            head = codes.get((above, p), prefix)
            for serial, k in enumerate(below[serial_order(middles, float(shapely.area(shapes[below]).mean()))], 1):
                codes[level, int(k)] = f"{head}{serial:0{DIGITS[level]}d}"
                rows.append((level, codes[level, int(k)], head if above else city, *names[int(k)], shapes[k]))
        above = level
    return pd.DataFrame(rows, columns=["level", "code", "parent", "name_zh", "name_en", "shape"])


def _district_names(plan: Plan, shapes: np.ndarray) -> list[Name]:
    """Named by where they lie from the centre: the districts choose in turn, the one with the clearest case first."""
    lists = words()["districts"]
    at = plan.warp.inverse(shapely.get_coordinates(shapely.centroid(shapes))) / plan.radius_m
    wishes = {
        "centre": (0.0, 0.0),
        "north": (0.0, 0.6),
        "south": (0.0, -0.6),
        "east": (0.6, 0.0),
        "west": (-0.6, 0.0),
        "new": (0.5, 0.5),
    }
    away = np.array([[np.hypot(*(p - np.array(w))) for w in wishes.values()] for p in at])
    out: dict[int, Name] = {}
    while len(out) < len(shapes):
        k, w = np.unravel_index(np.argmin(away), away.shape)
        out[int(k)] = tuple(lists[list(wishes)[int(w)]])
        away[k], away[:, w] = np.inf, np.inf
    return [out[k] for k in range(len(shapes))]


def _town_names(plan: Plan, shapes: np.ndarray) -> list[Name]:
    """Subdistricts, and towns (镇) far out in a big city."""
    stems = Stems(plan.seed, "towns", known=False)
    reach = plan.reach(plan.warp.inverse(shapely.get_coordinates(shapely.centroid(shapes))))
    rural = (reach > 0.7) & (plan.radius_m > 4000)
    out: list[Name] = []
    for far in rural:
        zh, en = stems.next()
        out.append((zh + "镇", f"{en} Town") if far else (zh + "街道", f"{en} Subdistrict"))
    return out


def _community_names(
    plan: Plan, ground: Ground, shapes: np.ndarray, streets: pd.DataFrame, estates: pd.DataFrame
) -> list[Name]:
    """After a street of its own, else after an estate; after the village where villages cover most of it."""
    rng = stream(plan.seed, "communities")
    tree = shapely.STRtree(shapes)
    public = streets[(streets["block"] < 0) & (streets["name_zh"] != "") & (streets["street_class"] >= 2)]
    middle = shapely.line_interpolate_point(public["shape"].to_numpy(), 0.45, normalized=True)
    of_street = _first_owner(tree, middle, len(public))
    inner = shapely.point_on_surface(ground.blocks)
    of_block = _first_owner(tree, inner, len(ground.blocks))
    area = shapely.area(ground.blocks)
    taken: set[str] = set()
    spare = Stems(plan.seed, "communities", known=False)
    out: list[Name] = []
    for k in range(len(shapes)):
        blocks = np.flatnonzero(of_block == k)
        village = blocks[ground.block_land[blocks] == Land.VILLAGE]
        options: list[Name] = []
        if len(village) and area[village].sum() > 0.4 * area[blocks].sum():
            first = estates.iloc[village[np.argmax(area[village])]]
            options.append((first["name_zh"], first["name_en"]))
        near = public[of_street == k].sort_values("length_m", ascending=False)
        by_street = [(r.name_zh + "社区", r.name_en + " Community") for r in near.itertuples()]
        housing = blocks[np.isin(ground.block_land[blocks], [Land.SLABS, Land.TOWERS])]
        by_estate = [
            (estates["name_zh"][b] + "社区", estates["name_en"][b] + " Community")
            for b in housing[np.argsort(-area[housing])]
            if estates["name_zh"][b].endswith(("苑", "家园", "花园", "嘉园", "新村"))
        ]
        options += by_street + by_estate if rng.random() < 0.7 else by_estate + by_street
        name = next((option for option in options if option[0] not in taken), None)
        if name is None:
            zh, en = spare.next()
            name = (zh + "社区", f"{en} Community")
        taken.add(name[0])
        out.append(name)
    return out


def _first_owner(tree: shapely.STRtree, points: np.ndarray, count: int) -> np.ndarray:
    """(count,) index of the area each point lies in (the first, on a border), -1 outside."""
    at, of = tree.query(points, predicate="intersects")
    owner = np.full(count, -1)
    owner[at[::-1]] = of[::-1]
    return owner
