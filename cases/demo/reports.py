"""What comes in: places, times, classes, sources and words of the demo city's reports."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely
from django.utils import timezone

from cells.demo.city import DemoCity
from cells.demo.plan import stream
from cells.demo.words import FOLDER

HOUR = 3600.0


@cache
def rules() -> dict[str, Any]:
    """What happens in the demo city, as the file has it."""
    return dict(json.loads((FOLDER / "cases.json").read_text(encoding="utf-8")))


def make_reports(
    city: DemoCity, *, cells: int, seed: int, today: dt.date, now: dt.datetime | None = None
) -> pd.DataFrame:
    """The reports of the weeks before `today` in the order they come in, and those of today until `now` if it is given.

    Columns: at (seconds since the epoch), source, kind and code of the class, component (its code, or ""), x, y
    (metres), address, words. What came in before today does not depend on `now`.
    """
    data = rules()
    count = round(data["per_2000_cells"] * (cells / 2000) ** data["growth_power"])
    before = [today - dt.timedelta(days=k) for k in range(data["days"], 0, -1)]
    reports = _those_of(before, count, _Spots(city, stream(seed, "cases")), set())
    if now is None:
        return reports
    of_today = _those_of(
        [today], round(count / data["days"]), _Spots(city, stream(seed, "today")), set(reports["component"])
    )
    return pd.concat([reports, of_today[of_today["at"] < now.timestamp()]], ignore_index=True)


def _those_of(dates: list[dt.date], count: int, spots: _Spots, broken_before: set[str]) -> pd.DataFrame:
    """So many reports of these days: at hot places, along streets, of components."""
    data, rng = rules(), spots.rng
    parts, left = [], 1.0
    for hot in data["hot_places"]:
        points = spots.hot(hot["at"], hot["radius_m"], round(count * hot["share"]))
        if not len(points):
            continue
        left -= hot["share"]
        codes = _choose(rng, hot["classes"], len(points))
        since = dates[-min(hot.get("since_days", len(dates)), len(dates)) :]
        parts.append(_reports(rng, points, codes, since, hours=hot.get("hours"), weekdays=hot.get("weekdays")))
    usual = round(count * (left - data["component_share"]))
    shares = {code: rule["share"] for code, rule in data["classes"].items()}
    parts.append(_reports(rng, spots.streets(usual), _choose(rng, shares, usual), dates))
    things = spots.things(round(count * data["component_share"]), data["component_classes"])
    things = things[~things["code"].isin(broken_before)]
    broken = _reports(rng, things["place"].to_numpy(), things["class"].to_numpy(), dates)
    parts.append(broken.assign(kind="component", component=things["code"].to_numpy()))
    reports = pd.concat(parts, ignore_index=True).sort_values(["at", "x", "y"], kind="stable", ignore_index=True)
    return spots.worded(reports)


def _choose(rng: np.random.Generator, shares: dict[str, float], count: int) -> np.ndarray:
    weights = np.array(list(shares.values()), dtype=float)
    return rng.choice(np.array(list(shares), dtype=object), count, p=weights / weights.sum())


def _reports(
    rng: np.random.Generator, points: np.ndarray, codes: np.ndarray, dates: list[dt.date], *, hours: str | None = None,
    weekdays: list[float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Times and sources for a set of places."""
    data, n, days = rules(), len(points), len(dates)
    weights = np.array([(weekdays or data["weekdays"])[day.weekday()] for day in dates])
    weights = weights * np.linspace(0.92, 1.08, days) * rng.uniform(0.85, 1.15, days)
    day = rng.choice(days, n, p=weights / weights.sum())
    source = _choose(rng, data["sources"], n)
    second = np.empty(n)
    for name in np.unique(source):
        profile = data["hours"][hours or ("patrol" if name in ("patrol", "video") else "hotline")]
        mine = source == name
        hour = rng.choice(24, mine.sum(), p=np.array(profile) / sum(profile))
        second[mine] = hour * HOUR + rng.integers(0, 3600, mine.sum())
    midnights = np.array([timezone.make_aware(dt.datetime.combine(d, dt.time())).timestamp() for d in dates])
    xy = shapely.get_coordinates(points)
    return pd.DataFrame(
        {
            "at": midnights[day] + second,
            "source": source,
            "kind": "event",
            "code": codes,
            "component": "",
            "x": xy[:, 0],
            "y": xy[:, 1],
        }
    )


class _Spots:
    """Where things happen: along streets, at hot places, at components; and what a place is called."""

    def __init__(self, city: DemoCity, rng: np.random.Generator) -> None:
        self.city, self.rng = city, rng
        self.doors = city.places[city.places["kind"].isin(["door_plate", "poi"])].reset_index(drop=True)
        self.at_door = self.doors["place"].to_numpy()
        public = city.streets[city.streets["block"] < 0]
        self.street_names = public["name_zh"].to_numpy()
        self.street_shapes = public["shape"].to_numpy()
        self.street_tree, self.door_tree = shapely.STRtree(self.street_shapes), shapely.STRtree(self.at_door)

    def _scatter(self, centres: np.ndarray, spread_m: float) -> np.ndarray:
        xy = shapely.get_coordinates(centres)
        return shapely.points(np.round(xy + self.rng.normal(0, spread_m, xy.shape), 3))

    def streets(self, count: int) -> np.ndarray:
        """By doors (more where there are shops) and along streets."""
        by_door = self.rng.choice(self.at_door, count * 3 // 4)
        length = shapely.length(self.street_shapes)
        of = self.rng.choice(len(length), count - len(by_door), p=length / length.sum())
        on_street = shapely.line_interpolate_point(self.street_shapes[of], self.rng.random(len(of)), normalized=True)
        return self._scatter(np.concatenate([by_door, on_street]), 5.0)

    def hot(self, what: str, radius_m: float, count: int) -> np.ndarray:
        """Places at a hot place: within the radius of its middle, or all over the ground of its kind."""
        if what == "night_market":
            centre = self._market()
        else:
            ground = self.city.blocks.loc[self.city.blocks["land"] == what, "shape"].to_numpy()
            if not len(ground):
                return np.empty(0, dtype=object)
            if not radius_m:
                doors = np.unique(shapely.STRtree(self.at_door).query(ground, predicate="dwithin", distance=20.0)[1])
                return (
                    self._scatter(self.rng.choice(self.at_door[doors], count), 6.0)
                    if len(doors)
                    else np.empty(0, dtype=object)
                )
            centre = shapely.centroid(ground[np.argmax(shapely.area(ground))])
        near = np.sort(self.door_tree.query(centre, predicate="dwithin", distance=radius_m * 1.6))
        away = shapely.distance(self.at_door[near], centre)
        weight = np.exp(-((away / radius_m) ** 2) * 1.5)
        if not len(near):
            return self._scatter(np.full(count, centre, dtype=object), radius_m / 2)
        return self._scatter(self.rng.choice(self.at_door[near], count, p=weight / weight.sum()), 7.0)

    def _market(self) -> shapely.Point:
        """The night market: the restaurant with most others within 150 m."""
        eating = self.doors.loc[self.doors["category"] == "restaurant", "place"].to_numpy()
        pool = eating if len(eating) else self.at_door
        tree = shapely.STRtree(pool)
        crowd = np.bincount(tree.query(pool, predicate="dwithin", distance=150.0)[0], minlength=len(pool))
        return pool[int(np.argmax(crowd))]

    def things(self, count: int, shares: dict[str, float]) -> pd.DataFrame:
        """Components that something happened to."""
        table = self.city.components
        weight = (
            table["class"].map(shares).fillna(0.0).to_numpy()
            / table.groupby("class")["class"].transform("size").to_numpy()
        )
        rows = self.rng.choice(len(table), min(count, int((weight > 0).sum())), replace=False, p=weight / weight.sum())
        return table.iloc[np.sort(rows)]

    def worded(self, reports: pd.DataFrame) -> pd.DataFrame:
        """Address and words: what somebody on the spot would say."""
        data, points = rules(), shapely.points(reports[["x", "y"]].to_numpy())
        door = self.door_tree.query_nearest(points, all_matches=False)[1]
        street = self.street_tree.query_nearest(points, all_matches=False)[1]
        where, streets = self.doors["name_zh"].to_numpy()[door], self.street_names[street]
        said = []
        for k, row in enumerate(reports.itertuples()):
            options = (
                data["component_words"][row.code] if row.kind == "component" else data["classes"][row.code]["words"]
            )
            head = data["tails"][row.source]
            text = options[int(self.rng.integers(len(options)))].format(where=where[k], street=streets[k] or where[k])
            said.append(head[int(self.rng.integers(len(head)))] + text)
        return reports.assign(address=where, words=said)
