"""Cases for the demo city: three months of reports with daily and weekly rhythm, hot places, and their histories.

What happens, where and how often is data (`fixtures/demo/cases.json`; shares after the counts of several cities). The
same city, seed and day give the same cases. Histories are written in bulk beside `cases.moves`, by its rules: every
line is a step of the workflow table, and the database checks each chain when the transaction commits.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases import workflow
from cases.demo_people import Staff, make_staff
from cases.models import Case, CaseEvent
from cases.numbers import next_numbers
from cases.workflow import Act, Stage
from cells.demo.city import DemoCity
from cells.demo.plan import stream
from cells.demo.words import FOLDER
from cells.models import CatalogueClass, Component
from cells.routing import Routed, route_many
from spatial import crs as reference
from spatial.postgis.bulk import copy_in

HOUR = 3600.0
_LINE = tuple[Act, float, str]  # act, seconds after the report, note


@cache
def rules() -> dict[str, Any]:
    """What happens in the demo city, as the file has it."""
    return dict(json.loads((FOLDER / "cases.json").read_text(encoding="utf-8")))


@transaction.atomic
def load_cases(city: DemoCity, *, cells: int, seed: int, today: dt.date, show: bool = False) -> int:
    """Write the cases of the last weeks before `today` (local midnight); the number written."""
    reports = make_reports(city, cells=cells, seed=seed, today=today)
    lonlat = np.round(reference.from_city(reports[["x", "y"]].to_numpy(), srid=settings.CITY_SRID), 7)
    routed = route_many(lonlat, crs=reference.WGS84)
    owners = [area.id if area else None for area in routed.areas("community")]
    inside = np.array([owner is not None for owner in owners])
    staff = make_staff(sorted({owner for owner in owners if owner is not None}), seed=seed)
    histories = _histories(reports, seed=seed)
    now = timezone.make_aware(dt.datetime.combine(today, dt.time())).timestamp()
    lived = [_until(history, now - at) for history, at in zip(histories, reports["at"], strict=True)]
    _write_cases(reports[inside], lonlat[inside], routed, np.flatnonzero(inside), owners, lived, seed=seed, show=show)
    _write_history(reports, inside, owners, lived, staff, show=show)
    return int(inside.sum())


def make_reports(city: DemoCity, *, cells: int, seed: int, today: dt.date) -> pd.DataFrame:
    """The reports in the order they come in: at (seconds, epoch), source, kind, code, component (code or ""), x, y, address, words."""
    data = rules()
    count = round(data["per_2000_cells"] * (cells / 2000) ** data["growth_power"])
    rng = stream(seed, "cases")
    spots = _Spots(city, rng)
    parts, left = [], 1.0
    for hot in data["hot_places"]:
        points = spots.hot(hot["at"], hot["radius_m"], round(count * hot["share"]))
        if not len(points):
            continue
        left -= hot["share"]
        codes = _choose(rng, hot["classes"], len(points))
        days = min(hot.get("since_days", data["days"]), data["days"])
        parts.append(_reports(rng, points, codes, days, hours=hot.get("hours"), weekdays=hot.get("weekdays"), today=today))
    usual = round(count * (left - data["component_share"]))
    shares = {code: rule["share"] for code, rule in data["classes"].items()}
    parts.append(_reports(rng, spots.streets(usual), _choose(rng, shares, usual), data["days"], today=today))
    things = spots.things(round(count * data["component_share"]), data["component_classes"])
    broken = _reports(rng, things["place"].to_numpy(), things["class"].to_numpy(), data["days"], today=today)
    parts.append(broken.assign(kind="component", component=things["code"].to_numpy()))
    reports = pd.concat(parts, ignore_index=True).sort_values(["at", "x", "y"], kind="stable", ignore_index=True)
    return spots.worded(reports)


def _choose(rng: np.random.Generator, shares: dict[str, float], count: int) -> np.ndarray:
    weights = np.array(list(shares.values()), dtype=float)
    return rng.choice(np.array(list(shares), dtype=object), count, p=weights / weights.sum())


def _reports(
    rng: np.random.Generator, points: np.ndarray, codes: np.ndarray, days: int, *, today: dt.date,
    hours: str | None = None, weekdays: list[float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Times and sources for a set of places."""
    data, n = rules(), len(points)
    dates = [today - dt.timedelta(days=k) for k in range(days, 0, -1)]
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
        {"at": midnights[day] + second, "source": source, "kind": "event", "code": codes, "component": "", "x": xy[:, 0], "y": xy[:, 1]}
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
                return self._scatter(self.rng.choice(self.at_door[doors], count), 6.0) if len(doors) else np.empty(0, dtype=object)
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
        weight = table["class"].map(shares).fillna(0.0).to_numpy() / table.groupby("class")["class"].transform("size").to_numpy()
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
            options = data["component_words"][row.code] if row.kind == "component" else data["classes"][row.code]["words"]
            head = data["tails"][row.source]
            text = options[int(self.rng.integers(len(options)))].format(where=where[k], street=streets[k] or where[k])
            said.append(head[int(self.rng.integers(len(head)))] + text)
        return reports.assign(address=where, words=said)


def _histories(reports: pd.DataFrame, *, seed: int) -> list[list[_LINE]]:
    """What would happen to each report if there were time enough."""
    data, rng = rules(), stream(seed, "histories")
    return [_history(row, data, rng) for row in reports.itertuples()]


def _history(row: Any, data: dict[str, Any], rng: np.random.Generator) -> list[_LINE]:
    paths = data["paths"]
    usual = data["classes"].get(row.code, {}).get("hours", 24) if row.kind == "event" else 26
    t = 0.0
    lines: list[_LINE] = [(Act.REPORT, t, "")]

    def then(act: Act, low_s: float, high_s: float, note: str = "") -> None:
        nonlocal t
        t += float(np.exp(rng.uniform(np.log(low_s), np.log(high_s))))
        lines.append((act, round(t), note))

    def note(kind: str) -> str:
        return str(data[kind][int(rng.integers(len(data[kind])))])

    if row.source in ("hotline", "public") and rng.random() < paths["void_hotline"]:
        then(Act.VOID, 300, 5400)
        return lines
    then(Act.FILE, 40, 900)
    then(Act.DISPATCH, 30, 1500)
    if rng.random() < paths["return"]:
        then(Act.RETURN, 1200, 14000, note("return_notes"))
        then(Act.DISPATCH, 300, 5000)
    if rng.random() < paths["stuck"]:
        usual *= 60
    for attempt in range(2):
        t += float(rng.lognormal(np.log(usual * HOUR * 0.8), 0.85)) * (0.5 if attempt else 1.0)
        t = _awake(row.at, t, rng)
        lines.append((Act.HANDLE, round(t), ""))
        if attempt == 0 and rng.random() < paths["rework"]:
            then(Act.REWORK, 1800, 20000, note("rework_notes"))
            continue
        break
    then(Act.CLOSE, 900, 30000, note("closing_notes"))
    return lines


def _awake(at: float, t: float, rng: np.random.Generator) -> float:
    """Nobody handles between 22:00 and 7:00: such an end waits for the morning."""
    hour = timezone.localtime(dt.datetime.fromtimestamp(at + t, tz=dt.UTC)).hour
    return t + ((31 - hour) % 24 + rng.random() * 2) * HOUR if hour >= 22 or hour < 7 else t


def _until(history: list[_LINE], seconds: float) -> list[_LINE]:
    return [line for line in history if line[1] <= seconds]


def _write_cases(
    reports: pd.DataFrame, lonlat: np.ndarray, routed: Routed, rows: np.ndarray, owners: list[int | None],
    lived: list[list[_LINE]], *, seed: int, show: bool,
) -> None:  # fmt: skip
    rng = stream(seed, "accuracy")
    classes = {(row.kind, row.code): row.pk for row in CatalogueClass.objects.in_use().minors()}
    wanted = reports["component"][reports["component"] != ""].tolist()
    components = dict(Component.objects.filter(code__in=wanted).values_list("code", "pk"))
    patrol = reports["source"].isin(["patrol", "public"]).to_numpy()
    ends = [lived[row][-1] for row in rows]
    at = reports["at"].to_numpy()
    stages = [workflow.replay([act for act, _, _ in lived[row]]) for row in rows]
    closed = [end[1] + when if end[0] in (Act.CLOSE, Act.VOID) else None for end, when in zip(ends, at, strict=True)]
    cell = routed.cell_ids()[rows]
    reasons = [
        json.dumps({"rule": str(rule), "border_m": round(float(border), 3), "edition": routed.ground.edition, "cell": code})
        for rule, border, code in zip(routed.rules[rows], routed.border_m[rows], routed.codes()[rows], strict=True)
    ]
    edition = _edition_id(routed)
    columns = {
        "number": _numbers(at),
        "source_id": reports["source"].to_numpy(),
        "catalogue_class_id": [classes[key] for key in zip(reports["kind"], reports["code"], strict=True)],
        "words": reports["words"].to_numpy(),
        "stage": [str(stage) for stage in stages],
        "given_x": lonlat[:, 0],
        "given_y": lonlat[:, 1],
        "given_crs": reference.WGS84,
        "accuracy_m": np.where(patrol, np.round(rng.gamma(4.0, 1.6, len(reports)), 1), np.nan),
        "address": reports["address"].to_numpy(),
        "place": shapely.points(routed.xy[rows]),
        "cell_id": cell,
        "edition_id": edition,
        "owner_id": [owners[row] for row in rows],
        "reason": reasons,
        "component_id": [components.get(code) for code in reports["component"]],
        "reported_at": [_moment(when) for when in at],
        "closed_at": [_moment(when) if when is not None else None for when in closed],
    }
    copy_in(Case, columns, show="case" if show else "")


def _edition_id(routed: Routed) -> int:
    return int(routed.ground.stamp[0])


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def _numbers(at: np.ndarray) -> list[str]:
    """Numbers by the local day, in the order of the reports."""
    days = [timezone.localdate(_moment(when)) for when in at]
    out: list[str] = []
    for day, group in pd.Series(days).groupby(days, sort=True):
        out += next_numbers(day, len(group))
    return out


def _write_history(
    reports: pd.DataFrame, inside: np.ndarray, owners: list[int | None], lived: list[list[_LINE]], staff: Staff, *, show: bool
) -> None:
    ids = list(Case.objects.order_by("pk").values_list("pk", flat=True))[-int(inside.sum()) :] if inside.any() else []
    columns: dict[str, list[Any]] = {name: [] for name in ("case_id", "act", "from_stage", "to_stage", "by_id", "at", "owner_id", "note")}
    at, source = reports["at"].to_numpy(), reports["source"].to_numpy()
    for case, row in zip(ids, np.flatnonzero(inside), strict=True):
        stage: Stage | None = None
        for act, seconds, note in lived[row]:
            to = Stage.REPORTED if stage is None else workflow.STEPS[stage, act].to
            line = (case, str(act), str(stage or ""), str(to), staff.by(act, owners[row], int(case), str(source[row])),
                    _moment(at[row] + seconds), owners[row], note)  # fmt: skip
            for column, value in zip(columns.values(), line, strict=True):
                column.append(value)
            stage = to
    copy_in(CaseEvent, columns, show="history" if show else "")
