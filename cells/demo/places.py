"""The gazetteer of the demo city: areas, streets, crossings, door plates, and points of interest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from cells.demo.buildings import SETBACK_M
from cells.demo.ground import Ground
from cells.demo.land import HOUSING, Land
from cells.demo.plan import Plan, stream
from cells.demo.sampling import along
from cells.demo.words import pick, words

COLUMNS = ["kind", "category", "name_zh", "name_en", "address", "weight", "place"]
_PLATE_EVERY_M = {1: 46.0, 2: 38.0, 3: 30.0}
_BUS_EVERY_M = {1: 520.0, 2: 480.0}
_LEVEL_WEIGHT = {"city": 9.0, "district": 8.0, "town": 7.0, "community": 6.0}


def make_places(
    plan: Plan, ground: Ground, streets: pd.DataFrame, estates: pd.DataFrame, areas: pd.DataFrame
) -> pd.DataFrame:
    """All places, well-known kinds first; `place` is a point in the city's CRS on the 1 mm grid."""
    crossings = _crossings(streets)
    plates = _door_plates(ground, streets)
    parts = [
        _regions(areas), _streets(streets), crossings, _blocks(ground, estates), _services(plan, ground, areas),
        _bus_stops(streets, crossings), _shops_along(plan, ground, streets, plates), plates,
    ]  # fmt: skip
    places = pd.concat([part[COLUMNS] for part in parts if len(part)], ignore_index=True)
    inside = shapely.intersects(areas["shape"].iloc[0], places["place"].to_numpy())
    places = places[inside].reset_index(drop=True)
    xy = np.rint(shapely.get_coordinates(places["place"].to_numpy()) * 1000) / 1000.0
    return places.assign(place=shapely.points(xy))


def _frame(
    kind: str, category: object, zh: object, en: object, weight: object, place: np.ndarray, address: object = ""
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": kind,
            "category": category,
            "name_zh": zh,
            "name_en": en,
            "address": address,
            "weight": weight,
            "place": place,
        }
    )


def _regions(areas: pd.DataFrame) -> pd.DataFrame:
    return _frame(
        "region", areas["level"], areas["name_zh"], areas["name_en"], areas["level"].map(_LEVEL_WEIGHT),
        shapely.point_on_surface(areas["shape"].to_numpy()),
    )  # fmt: skip


def _streets(streets: pd.DataFrame) -> pd.DataFrame:
    """One place a street name, in the middle of its longest part."""
    longest = streets[(streets["block"] < 0) & (streets["name_zh"] != "")].sort_values("length_m", ascending=False)
    longest = longest.drop_duplicates("name_zh").sort_index()
    middle = shapely.line_interpolate_point(longest["shape"].to_numpy(), 0.5, normalized=True)
    return _frame("street", "", longest["name_zh"], longest["name_en"], 6.0 - longest["street_class"], middle)


def _crossings(streets: pd.DataFrame) -> pd.DataFrame:
    """Where two named public streets meet; `main` is True where both are avenues or secondary roads."""
    public = streets[(streets["block"] < 0) & (streets["name_zh"] != "")].reset_index(drop=True)
    xy, of = shapely.get_coordinates(public["shape"].to_numpy(), return_index=True)
    corners = pd.DataFrame(
        {"x": np.rint(xy[:, 0] * 1000).astype(np.int64), "y": np.rint(xy[:, 1] * 1000).astype(np.int64), "street": of}
    )
    pairs = corners.merge(corners, on=["x", "y"])
    pairs = pairs[pairs["street_x"] < pairs["street_y"]].drop_duplicates(["x", "y"])
    a, b = public.iloc[pairs["street_x"]].reset_index(drop=True), public.iloc[pairs["street_y"]].reset_index(drop=True)
    pairs = pairs.reset_index(drop=True)
    differ = (a["name_zh"] != b["name_zh"]).to_numpy()
    frame = _frame(
        "crossing", "", a["name_zh"] + "与" + b["name_zh"] + "交叉口", a["name_en"] + " / " + b["name_en"],
        5.0 - 0.5 * (a["street_class"] + b["street_class"]),
        shapely.points(pairs["x"].to_numpy() / 1000.0, pairs["y"].to_numpy() / 1000.0),
    )  # fmt: skip
    frame["main"] = (a["street_class"] <= 2) & (b["street_class"] <= 2)
    frame["first"], frame["second"] = a["name_zh"], b["name_zh"]
    frame["first_en"], frame["second_en"] = a["name_en"], b["name_en"]
    return frame[differ].reset_index(drop=True)


def _door_plates(ground: Ground, streets: pd.DataFrame) -> pd.DataFrame:
    """Odd numbers on the left, even on the right, growing away from the centre; only where a building stands behind."""
    public = streets[(streets["block"] < 0) & (streets["name_zh"] != "")].reset_index(drop=True)
    every = public["street_class"].map(_PLATE_EVERY_M).to_numpy()
    offset = public["street_class"].map(SETBACK_M).to_numpy() - 1.0
    parts = []
    for side, first in ((1, 1), (-1, 2)):
        points, of = along(public["shape"].to_numpy(), every_m=every, offset_m=side * offset, start=0.4)
        parts.append(pd.DataFrame({"point": points, "street": of, "first": first}))
    plates = pd.concat(parts, ignore_index=True)
    tree = shapely.STRtree(ground.buildings.shapes)
    built = np.unique(tree.query(plates["point"].to_numpy(), predicate="dwithin", distance=26.0)[0])
    plates = plates.iloc[built]
    clear = shapely.STRtree(public["shape"].to_numpy()).query(
        plates["point"].to_numpy(), predicate="dwithin", distance=9.0
    )[0]
    plates = plates.drop(plates.index[np.unique(clear)])
    zh, en = public["name_zh"].to_numpy()[plates["street"]], public["name_en"].to_numpy()[plates["street"]]
    plates = plates.assign(zh=zh, en=en)
    number = (plates["first"] + 2 * plates.groupby(["zh", "first"]).cumcount()).astype(str)
    address = plates["zh"] + number + "号"
    english = "No. " + number + " " + plates["en"]
    return _frame("door_plate", "", address, english, 0.0, plates["point"].to_numpy(), address=address)


def _blocks(ground: Ground, estates: pd.DataFrame) -> pd.DataFrame:
    """Estates, schools, hospitals, malls, works, parks."""
    named = estates[estates["name_zh"] != ""]
    weights = {use: max(w for _, _, w in options) for use, options in words()["pois"].items()}
    category = named["land"].where(~named["land"].isin([str(use) for use in HOUSING]), "estate")
    category = category.where(named["land"] != str(Land.VILLAGE), "village")
    place = shapely.point_on_surface(ground.blocks[named.index.to_numpy()])
    return _frame("poi", category, named["name_zh"], named["name_en"], named["land"].map(weights).fillna(3.0), place)


def _services(plan: Plan, ground: Ground, areas: pd.DataFrame) -> pd.DataFrame:
    """The residents' committee and the police post of each community, in a housing yard of it."""
    communities = areas[areas["level"] == "community"]
    yards = np.flatnonzero(np.isin(ground.land, list(HOUSING)))
    inner = shapely.point_on_surface(ground.net.faces[yards])
    tree = shapely.STRtree(inner)
    rng = stream(plan.seed, "services")
    rows = []
    for area in communities.itertuples():
        found = np.sort(tree.query(area.shape, predicate="intersects"))
        for k, (zh, en, category, weight) in enumerate(words()["services"]):
            spot = inner[found[int(rng.integers(len(found)))]] if len(found) else shapely.point_on_surface(area.shape)
            stem_zh, stem_en = area.name_zh.removesuffix("社区"), area.name_en
            rows.append(
                (
                    "poi",
                    category,
                    stem_zh + zh,
                    f"{stem_en} {en}",
                    "",
                    float(weight),
                    shapely.transform(spot, lambda c, k=k: c + k * 6.0),
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _bus_stops(streets: pd.DataFrame, crossings: pd.DataFrame) -> pd.DataFrame:
    """Stops on both sides of main streets, named after the nearest crossing street."""
    main = streets[
        (streets["street_class"] <= 2) & (streets["name_zh"] != "") & (streets["length_m"] > 250)
    ].reset_index(drop=True)
    if not len(main) or not len(crossings):
        return pd.DataFrame(columns=COLUMNS)
    every, offset = main["street_class"].map(_BUS_EVERY_M).to_numpy(), main["width_m"].to_numpy() / 2 + 1.5
    parts = []
    for side, lag in ((1, 0.42), (-1, 0.52)):
        points, of = along(main["shape"].to_numpy(), every_m=every, offset_m=side * offset, start=lag)
        parts.append(pd.DataFrame({"point": points, "street": of}))
    stops = pd.concat(parts, ignore_index=True)
    near = shapely.STRtree(crossings["place"].to_numpy()).query_nearest(stops["point"].to_numpy(), all_matches=False)[1]
    at, own = crossings.iloc[near].reset_index(drop=True), main["name_zh"].to_numpy()[stops["street"]]
    same = at["first"].to_numpy() == own
    zh = np.where(same, at["second"], at["first"])
    en = np.where(same, at["second_en"], at["first_en"])
    return _frame(
        "poi",
        "bus_stop",
        pd.Series(own + zh + "公交站"),
        main["name_en"].to_numpy()[stops["street"]] + " / " + pd.Series(en) + " Bus Stop",
        2.0,
        stops["point"].to_numpy(),
    )


def _shops_along(plan: Plan, ground: Ground, streets: pd.DataFrame, plates: pd.DataFrame) -> pd.DataFrame:
    """Shops behind some of the door plates: many in the middle, few at the rim."""
    rng = stream(plan.seed, "shops")
    reach = plan.reach(plan.warp.inverse(shapely.get_coordinates(plates["place"].to_numpy())))
    open_here = rng.random(len(plates)) < np.interp(reach, [0.0, 0.3, 1.0], [0.5, 0.25, 0.08])
    chosen = plates[open_here].reset_index(drop=True)
    lists = words()
    kinds = [pick(rng, lists["along"]) for _ in range(len(chosen))]
    stems = [(pick(rng, lists["first"]), pick(rng, lists["second"])) for _ in range(len(chosen))]
    zh = [a[0] + b[0] + kind[0] for (a, b), kind in zip(stems, kinds, strict=True)]
    en = [f"{a[1]}{b[1]} {kind[1]}" for (a, b), kind in zip(stems, kinds, strict=True)]
    return _frame(
        "poi", [kind[2] for kind in kinds], zh, en, 1.0, chosen["place"].to_numpy(), address=chosen["address"]
    )
