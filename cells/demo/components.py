"""Components of the demo city: lamps, covers, trees, bins along the streets, shelters at stops, railings at the shore.

What stands where, and who answers for it, is data (`fixtures/demo/components.json`); classes are those of GB/T 30428.2.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cells.codes import COMPONENT_DIGITS
from cells.demo.ground import Ground
from cells.demo.land import Land
from cells.demo.plan import Plan, stream
from cells.demo.sampling import along
from cells.demo.words import FOLDER, words

_SIDE = {"left": 1.0, "right": -1.0, "alternate": 1.0}


@cache
def rules() -> dict[str, Any]:
    """What stands where, as the file has it."""
    return dict(json.loads((FOLDER / "components.json").read_text(encoding="utf-8")))


def make_components(
    plan: Plan, ground: Ground, streets: pd.DataFrame, places: pd.DataFrame, areas: pd.DataFrame, *, today: dt.date
) -> pd.DataFrame:
    """All components inside the city.

    Columns: code (16 digits), class (4), state, competent, owner, maintainer, accuracy_class, data_source, surveyed_on,
    place (point, city CRS, 1 mm grid). Ordered by code; the survey dates lie before `today`.
    """
    found = [
        *_along_streets(ground, streets), *_at_crossings(places), *_at_places(plan, places), *_at_shores(ground, areas),
        _ancient_trees(plan, ground),
    ]  # fmt: skip
    points = np.concatenate([points for _, points in found])
    rule = np.repeat(np.arange(len(found)), [len(points) for _, points in found])
    xy = np.rint(shapely.get_coordinates(points) * 1000) / 1000.0
    points = shapely.points(xy)
    districts = areas[areas["level"] == "district"]
    at, of = shapely.STRtree(points).query(districts["shape"].to_numpy(), predicate="contains")
    district = np.full(len(points), -1)
    district[of] = at
    keep = district >= 0  # a point on the city limit, or on a border between districts to the millimetre, is left out
    points, rule, xy, district = points[keep], rule[keep], xy[keep], district[keep]
    kinds = [r["class"] for r, _ in found]
    frame = pd.DataFrame({"class": np.array(kinds, dtype=object)[rule], "place": points})
    frame["district"] = districts["code"].to_numpy()[district]
    names = np.array(
        [[words()["departments"].get(key, "") for key in r["departments"]] for r, _ in found], dtype=object
    )
    for k, column in enumerate(("competent", "owner", "maintainer")):
        frame[column] = names[rule, k]
    order = np.lexsort((xy[:, 0], -xy[:, 1], frame["class"].to_numpy().astype(str), district))
    frame = frame.iloc[order].reset_index(drop=True)
    serial = frame.groupby(["district", "class"]).cumcount() + 1
    frame["code"] = frame["district"] + frame["class"] + serial.astype(str).str.zfill(COMPONENT_DIGITS[3])
    return _attributes(plan, frame, today).drop(columns="district")


def _attributes(plan: Plan, frame: pd.DataFrame, today: dt.date) -> pd.DataFrame:
    rng = stream(plan.seed, "components")
    data, n = rules(), len(frame)
    for column, key in (("state", "states"), ("accuracy_class", "accuracies"), ("data_source", "sources")):
        shares = data[key]
        frame[column] = rng.choice(list(shares), n, p=np.array(list(shares.values())) / sum(shares.values()))
    low, high = data["surveyed_days_ago"]
    days = rng.integers(low, high, n)
    frame["surveyed_on"] = (np.datetime64(today) - days.astype("timedelta64[D]")).astype(object)
    return frame


Found = tuple[dict[str, Any], np.ndarray]


def _along_streets(ground: Ground, streets: pd.DataFrame) -> list[Found]:
    shapes, classes = streets["shape"].to_numpy(), streets["street_class"].to_numpy()
    half = streets["width_m"].to_numpy() / 2
    wet = shapely.buffer(shapely.union_all(ground.water), 3.0)
    shapely.prepare(wet)
    out: list[Found] = []
    for rule in rules()["along"]:
        every = np.array([float(rule["every_m"].get(str(k), 0)) for k in range(5)])[classes]
        on = every > 0
        points, _ = along(
            shapes[on], every_m=every[on], offset_m=_SIDE[rule["side"]] * np.maximum(half[on] + rule["kerb_m"], 0.8),
            start=0.5, alternate=rule["side"] == "alternate",
        )  # fmt: skip
        if rule.get("dry"):
            points = points[~shapely.contains(wet, points)]
        out.append((rule, points))
    return out


def _at_crossings(places: pd.DataFrame) -> list[Found]:
    crossings = places[places["kind"] == "crossing"]
    xy = shapely.get_coordinates(crossings["place"].to_numpy())
    main = crossings["weight"].to_numpy() >= 3.0
    out: list[Found] = []
    for rule in rules()["crossings"]:
        chosen = xy[main] if rule["main_only"] else xy
        corner = (
            rule["off_m"] / np.sqrt(2) * np.array([[1, 1], [-1, -1]] if not rule["main_only"] else [[1, -1], [-1, 1]])
        )
        out.append((rule, shapely.points((chosen[:, None] + corner).reshape(-1, 2))))
    return out


def _at_places(plan: Plan, places: pd.DataFrame) -> list[Found]:
    rng = stream(plan.seed, "components at places")
    out: list[Found] = []
    for rule in rules()["places"]:
        xy = shapely.get_coordinates(places.loc[places["category"] == rule["category"], "place"].to_numpy())
        out.append((rule, shapely.points(xy + rng.uniform(-2.0, 2.0, xy.shape))))
    return out


def _at_shores(ground: Ground, areas: pd.DataFrame) -> list[Found]:
    city = areas["shape"].iloc[0]
    rings = shapely.get_rings(shapely.get_parts(ground.water))
    wet = shapely.union_all(ground.water)
    shapely.prepare(wet)
    out: list[Found] = []
    for rule in rules()["shores"]:
        points, _ = along(rings, every_m=rule["every_m"], offset_m=rule["off_m"])
        other, _ = along(rings, every_m=rule["every_m"], offset_m=-rule["off_m"])
        points = np.where(shapely.contains(wet, points), other, points)
        out.append((rule, points[shapely.contains(city, points)]))
    return out


def _ancient_trees(plan: Plan, ground: Ground) -> Found:
    rule = rules()["ancient_trees"]
    rng = stream(plan.seed, "ancient trees")
    blocks = ground.blocks[ground.block_land == Land.OLD_QUARTER]
    count = rng.poisson(rule["per_block"], len(blocks))
    inner = np.repeat(shapely.point_on_surface(shapely.buffer(blocks, -8.0)), count)
    xy = shapely.get_coordinates(inner) + rng.uniform(-14, 14, (len(inner), 2))
    return rule, shapely.points(xy)
