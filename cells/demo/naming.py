"""Names of streets and estates: one name along a connected street; through streets have an east and a west half."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cells.demo.ground import Ground
from cells.demo.land import HOUSING, Land
from cells.demo.plan import Plan, stream
from cells.demo.words import Name, Stems, pick, words

WIDTH_M = {1: 40.0, 2: 28.0, 3: 16.0, 4: 6.0}
_SHORT_M = 90.0  # shorter local streets are lanes
_STUB_M = 25.0
_CONTINUED = ("ring-", "limit", "radial-")


def name_estates(plan: Plan, ground: Ground) -> pd.DataFrame:
    """A row per block: name_zh, name_en (empty where it has none) and its land use."""
    stems = Stems(plan.seed, "estates", known=False)
    rng = stream(plan.seed, "estates")
    lists = words()
    village_names = _villages(plan.seed)
    rows: list[tuple[str, str]] = []
    seen: set[str] = set()
    for use in ground.block_land:
        if use == Land.VILLAGE:
            rows.append(next(village_names))
        elif use == Land.RIVERSIDE:
            rows.append(("", ""))
        else:
            if use in HOUSING:
                zh, en = pick(rng, lists["tower_estates"] if use == Land.TOWERS else lists["estates"])
            else:
                zh, en, _ = pick(rng, lists["pois"][str(use)])
            stem = stems.next()
            rows.append((stem[0] + zh, f"{stem[1]} {en}"))
        assert not rows[-1][0] or rows[-1][0] not in seen
        seen.add(rows[-1][0])
    frame = pd.DataFrame(rows, columns=["name_zh", "name_en"])
    frame["land"] = [str(use) for use in ground.block_land]
    return frame


def _villages(seed: int) -> Iterator[Name]:
    """Village names: a family name and a land form, then old, new, upper ones, then any other word before it."""
    lists = words()
    rng = stream(seed, "villages")
    pairs = [(a + b, x + y) for a, x in lists["surnames"] for b, y in lists["villages"]]
    order = rng.permutation(len(pairs))
    more = [(zh, en + " ") for zh, en in lists["first"] if not any(zh == word for word, _ in lists["village_words"])]
    for zh, en in [("", ""), *lists["village_words"], *more]:
        for i in order:
            yield zh + pairs[i][0] + "村", f"{en}{pairs[i][1]} Village"
    raise ValueError("There are more villages than names: lengthen the lists in fixtures/demo/words.json.")


def name_streets(plan: Plan, ground: Ground, estates: pd.DataFrame) -> pd.DataFrame:
    """The streets: shape (LineString, from the centre outwards), street_class, name_zh, name_en, width_m, block.

    `block` is the block of an inner road, -1 for public streets. Rows are ordered by class, then by place.
    """
    edges = _runs(plan, ground)
    rows = []
    for _, part in edges.groupby("run", sort=True):
        merged = shapely.line_merge(shapely.multilinestrings(list(part["shape"])))
        first = part.iloc[0]
        for shape in shapely.get_parts(merged):
            rows.append((shape, int(part["street_class"].min()), first["key"], first["side"], first["block"]))
    streets = pd.DataFrame(rows, columns=["shape", "street_class", "key", "side", "block"])
    streets = streets[streets["shape"].map(lambda s: s.geom_type == "LineString")]
    centre = shapely.Point(plan.warp(np.zeros((1, 2)))[0])
    shapes = streets["shape"].to_numpy()
    begin, end = shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)
    inward = shapely.distance(end, centre) < shapely.distance(begin, centre)
    streets["shape"] = np.where(inward, shapely.reverse(shapes), shapes)
    streets["length_m"] = shapely.length(shapes)
    streets = streets.sort_values(["street_class", "key", "side", "length_m"], ascending=[True, True, True, False])
    streets = streets.reset_index(drop=True)
    names = _names(plan, streets, estates)
    streets["name_zh"], streets["name_en"] = zip(*names, strict=True)
    streets["width_m"] = streets["street_class"].map(WIDTH_M)
    return streets.drop(columns=["side"])


def _runs(plan: Plan, ground: Ground) -> pd.DataFrame:
    """The street edges with the number of the connected run each belongs to."""
    street = ground.street_class > 0
    shapes, key = ground.net.edges[street], ground.key[street].astype(str)
    middle = plan.warp.inverse(shapely.get_coordinates(shapely.line_interpolate_point(shapes, 0.5, normalized=True)))
    side = np.full(len(shapes), "", dtype=object)
    main = np.char.find(key, ":") < 0
    along_v = main & np.char.startswith(key, "u")
    along_u = main & np.char.startswith(key, "v")
    side[along_v] = np.where(middle[along_v, 1] > 0, "n", "s")
    side[along_u] = np.where(middle[along_u, 0] > 0, "e", "w")
    inner = np.char.startswith(key, "yard-")
    group_name = np.where(
        inner, np.char.add("line-", ground.net.line[street].astype(str)), np.char.add(key, side.astype(str))
    )
    group = np.unique(group_name, return_inverse=True)[1]
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(shapes, k)) for k in (0, -1)])
    node = np.unique(np.rint(ends * 1000).astype(np.int64), axis=0, return_inverse=True)[1].ravel()
    n = len(shapes)
    edge = np.tile(np.arange(n), 2)
    corner = np.unique(np.column_stack([np.tile(group, 2), node]), axis=0, return_inverse=True)[1].ravel()
    size = n + corner.max() + 1
    graph = coo_array((np.ones(2 * n, dtype=np.int8), (edge, n + corner)), shape=(size, size))
    run = connected_components(graph, directed=False)[1][:n]
    block = np.array([int(k[5:]) if k.startswith("yard-") else -1 for k in key])
    return pd.DataFrame(
        {
            "shape": shapes,
            "street_class": ground.street_class[street],
            "key": key,
            "side": side,
            "run": run,
            "block": block,
        }
    )


def _names(plan: Plan, streets: pd.DataFrame, estates: pd.DataFrame) -> list[Name]:
    """A name for each run, unique among public streets; inner roads are numbered within their estate."""
    supply = {suffix: Stems(plan.seed, "street " + suffix, known=suffix == "路") for suffix in ("路", "街", "大道")}
    axis_stem = _main_stems(plan, streets, supply)
    given: set[str] = set()
    numbered: dict[int, int] = {}
    series: dict[str, tuple[Name, int]] = {}
    out: list[Name] = []
    for row in streets.itertuples():
        if row.block >= 0:
            numbered[row.block] = n = numbered.get(row.block, 0) + 1
            zh, en = estates["name_zh"][row.block], estates["name_en"][row.block]
            out.append((f"{zh}{n}号路", f"{en} Road {n}") if zh else ("", ""))
            continue
        name = _planned_name(row, axis_stem)
        if name is not None and name[0] in given:
            if row.key.startswith(_CONTINUED) or row.length_m < _STUB_M:  # a ring goes on beyond the river
                out.append(name)
                continue
            name = None
        if name is None:
            name = _local_name(plan, row, supply, series)
        while name[0] in given:
            stem = supply["街"].next()
            name = (stem[0] + "街", f"{stem[1]} Street")
        given.add(name[0])
        out.append(name)
    return out


def _main_stems(plan: Plan, streets: pd.DataFrame, supply: dict[str, Stems]) -> dict[str, Name]:
    """One stem for both halves of every through street."""
    lists = words()
    stems: dict[str, Name] = {}
    mains = streets[(streets["side"] != "") & streets["key"].str.match(r"[uv]-?\d")]
    for key in sorted(mains["key"].unique(), key=lambda k: (abs(int(k[1:].rstrip("+-"))), k)):
        at = int(key[1:].rstrip("+-"))
        axis = {"u": 0, "v": 1}[key[0]]
        stems[key] = tuple(lists["axis_stems"][axis]) if at == 0 else supply["路"].next()
    for quarter, stem in enumerate(lists["radial_stems"]):
        stems[f"radial-{quarter}"] = tuple(stem)
    return stems


def _planned_name(row, stems: dict[str, Name]) -> Name | None:
    """The name of a ring, an axis, a radial avenue, a riverside road or a through street; None for local streets."""
    lists = words()
    sides = lists["sides"]
    kind = row.key.split("-")[0]
    if row.key == "limit":
        return "绕城大道", "Raocheng Avenue"
    if kind == "ring":
        _, k, side = row.key.split("-")
        zh, en = sides[side]
        if k == "0":
            return f"环城{zh}路", f"Huancheng {en} Road"
        return f"{zh}{lists['numerals'][int(k)]}环路", f"{lists['ordinals'][int(k)]} Ring Road {en}"
    if kind in ("river", "canal"):
        left = row.key.endswith("0")
        zh, en = sides[("n" if left else "s") if kind == "river" else ("w" if left else "e")]
        return (f"滨河{zh}路", f"Binhe {en} Road") if kind == "river" else (f"安济渠{zh}路", f"Anji Canal {en} Road")
    if row.key in stems:
        zh, en = stems[row.key]
        if kind == "radial":
            return zh + "大道", f"{en} Avenue"
        if row.side:
            way = sides[row.side]
            return f"{zh}{way[0]}路", f"{en} {way[1]} Road"
    return None


def _local_name(plan: Plan, row, supply: dict[str, Stems], series: dict[str, tuple[Name, int]]) -> Name:
    """A fresh name; neighbours in a band of blocks may be numbered streets of one stem."""
    upright = row.key.startswith("u")
    suffix, english = ("街", "Street") if upright else ("路", "Road")
    lists = words()
    band = row.key.split(":")
    if len(band) == 2:
        start = f"{suffix}{round(float(band[0][1:]) / 650)}:{band[1]}"
        if stream(plan.seed, "series", start).random() < 0.35:
            stem, n = series.get(start) or (supply["街"].next(), 0)
            if n < len(lists["numerals"]):
                series[start] = (stem, n + 1)
                return f"{stem[0]}{lists['numerals'][n]}{suffix}", f"{stem[1]} {lists['ordinals'][n]} {english}"
    stem = supply[suffix].next()
    if row.length_m < _SHORT_M:
        return f"{stem[0]}巷", f"{stem[1]} Lane"
    return f"{stem[0]}{suffix}", f"{stem[1]} {english}"
