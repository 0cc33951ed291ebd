"""Does routing agree with the areas that a source wrote beside its points? Scored, and every disagreement explained.

A point on a street that is the border has two right answers, a default place has none, and sources err: so the score is
told strictly, within a tolerance, on and off borders and without the default place, and each disagreement has a reason.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from cells import routing
from cells.explanation import Area
from cells.ground import Ground
from cells.labels import LabelBook, plain
from cells.models import GridVersion
from spatial import crs as reference
from spatial.crs_verdict import CrsVerdict, judge_crs
from spatial.locator import OUTSIDE
from spatial.piles import Pile, piles
from spatial.postgis.convert import array_to_shapely

TOLERANCE_M = 15.0
FAR_M = 150.0
MOST_DRAWN = 20_000


class Reason(StrEnum):
    """Why routing and label disagree, the first that applies."""

    DEFAULT_PLACE = "default_place"
    UNKNOWN_LABEL = "unknown_label"
    OUTSIDE = "outside"
    WITHIN_TOLERANCE = "within_15m"
    NEAR = "near"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was found, row by row, and the score.

    `distance_m` is how far a labelled point lies from the area it is labelled with (0 inside; NaN without a known
    label); `owner` and `labelled` are keys of `ground.areas`, -1 where there is none.
    """

    ground: Ground
    level: str
    xy: NDArray[np.float64]
    labels: NDArray[np.object_]
    owner: NDArray[np.int64]
    labelled: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    owner_border_m: NDArray[np.float64]
    on_pile: NDArray[np.bool_]
    has_label: NDArray[np.bool_]
    faulty: NDArray[np.bool_]
    reasons: NDArray[np.str_]
    piles: list[Pile]
    shapes: dict[int, shapely.Geometry]
    verdict: CrsVerdict
    seconds: float

    def score(self) -> dict[str, Any]:
        """The figures; the first eight are those every check prints."""
        routed = self.owner >= 0
        judged = routed & self.has_label
        agrees = judged & (self.owner == self.labelled)
        disagrees = judged & ~agrees
        near_enough = judged & (self.distance_m <= TOLERANCE_M)
        sure = ~self.on_pile
        labelled = self.has_label & ~self.faulty
        on_border = judged & sure & (self.owner_border_m <= TOLERANCE_M)
        apart = self.distance_m[disagrees & np.isfinite(self.distance_m)]
        apart_sure = self.distance_m[disagrees & sure & np.isfinite(self.distance_m)]
        return {
            "points": len(self.xy),
            "routed": int(routed.sum()),
            "agree": int(agrees.sum()),
            "disagree": int(disagrees.sum()),
            "outside": int((~routed & ~self.faulty).sum()),
            "agree_rate": _rate(agrees, judged),
            "median_border_m_of_disagreements": _median(apart),
            "seconds": round(self.seconds, 3),
            "level": self.level,
            "edition": self.ground.edition,
            "labelled": int(labelled.sum()),
            "bad_coordinates": int(self.faulty.sum()),
            "agree_rate_within_15m": _rate(near_enough, judged),
            "agree_rate_outside_counted": _rate(agrees, labelled),
            "agree_rate_within_15m_outside_counted": _rate(labelled & (self.distance_m <= TOLERANCE_M), labelled),
            "agree_rate_without_default_point": _rate(agrees & sure, judged & sure),
            "agree_rate_within_15m_without_default_point": _rate(near_enough & sure, judged & sure),
            "agree_rate_outside_counted_without_default_point": _rate(agrees & sure, labelled & sure),
            "agree_rate_within_15m_outside_counted_without_default_point": _rate(
                labelled & sure & (self.distance_m <= TOLERANCE_M), labelled & sure
            ),
            "on_border": {"points": int(on_border.sum()), "agree_rate": _rate(agrees & on_border, on_border)},
            "off_border": {
                "points": int((judged & sure & ~on_border).sum()),
                "agree_rate": _rate(agrees & ~on_border & sure, judged & ~on_border & sure),
            },
            "default_points": [{"x": p.x, "y": p.y, "rows": p.rows, "different_labels": p.labels} for p in self.piles],
            "median_border_m_of_disagreements_without_default_point": _median(apart_sure),
            "reasons": dict(sorted(Counter(self.reasons[self.reasons != ""].tolist()).items())),
            "unknown_labels": self._unknown(),
            "crs": {"given": self.verdict.given, "fits_best": self.verdict.best, "shares": dict(self.verdict.shares)},
        }

    def _unknown(self) -> dict[str, int]:
        rows = self.labels[self.has_label & (self.labelled < 0)]
        return dict(Counter(str(label) for label in rows).most_common(10))

    def disagreements(self) -> dict[str, Any]:
        """GeoJSON (WGS 84) of the places that disagree: rows at one place with one label and reason are one feature."""
        rows = np.flatnonzero((self.reasons != "") & ~self.faulty)
        table = pd.DataFrame(
            {
                "x": self.xy[rows, 0],
                "y": self.xy[rows, 1],
                "reason": self.reasons[rows],
                "label": self.labels[rows].astype(str),
                "owner": self.owner[rows],
                "labelled": self.labelled[rows],
                "distance_m": self.distance_m[rows],
            }
        )
        # A default place is one thing to look at, whatever its rows say.
        pile = table["reason"] == Reason.DEFAULT_PLACE
        table.loc[pile, "label"] = ""
        table.loc[pile, "labelled"] = -1
        table.loc[pile, "distance_m"] = np.nan
        keys = ["x", "y", "reason", "label", "owner", "labelled", "distance_m"]
        places = table.groupby(keys, dropna=False, sort=True).size().reset_index(name="rows")
        if len(places) > MOST_DRAWN:
            places = places.iloc[np.linspace(0, len(places) - 1, MOST_DRAWN).astype(int)]
        here = places[["x", "y"]].to_numpy()
        there = self._nearest_ends(places)
        lonlat = reference.from_city(here, srid=self.ground.srid).round(7).tolist()
        ends = reference.from_city(there, srid=self.ground.srid).round(7).tolist()
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": place},
                "properties": {
                    "reason": row.reason,
                    "rows": int(row.rows),
                    "label": row.label,
                    "owner": self._named(row.owner),
                    "labelled": self._named(row.labelled),
                    "distance_m": None if np.isnan(row.distance_m) else round(row.distance_m, 1),
                    "to": None if np.isnan(end[0]) else end,
                },
            }
            for row, place, end in zip(places.itertuples(), lonlat, ends, strict=True)
        ]
        return {"type": "FeatureCollection", "features": features}

    def areas(self) -> dict[str, Any]:
        """GeoJSON (WGS 84) of the level's areas, to draw the labelled one beside a point."""
        ids = sorted(self.shapes)
        simple = shapely.coverage_simplify(np.array([self.shapes[i] for i in ids], dtype=object), 2.0)
        moved = reference.geometries_from_city(simple, srid=self.ground.srid)
        texts = shapely.to_geojson(shapely.transform(moved, lambda c: c.round(6)))
        features = [
            {"type": "Feature", "geometry": json.loads(t), "properties": self._named(i)}
            for i, t in zip(ids, texts, strict=True)
        ]
        return {"type": "FeatureCollection", "features": features}

    def _named(self, area_id: int) -> dict[str, str] | None:
        area = self.ground.areas.get(int(area_id))
        if area is None:
            return None
        return {"code": area.code, "zh": area.name_zh, "en": area.name_en, "label": area.source_label}

    def _nearest_ends(self, places: pd.DataFrame) -> NDArray[np.float64]:
        """(n, 2) the nearest spot of the labelled area, NaN where there is none to draw."""
        out = np.full((len(places), 2), np.nan)
        for area, rows in places.reset_index(drop=True).groupby("labelled").groups.items():
            if area in self.shapes:
                here = shapely.points(places[["x", "y"]].to_numpy()[rows])
                out[rows] = shapely.get_coordinates(shapely.shortest_line(here, self.shapes[area])).reshape(-1, 2, 2)[
                    :, 1
                ]
        return out


def check(xy: ArrayLike, labels: ArrayLike, *, level: str, crs: str = reference.WGS84) -> Agreement:
    """Route (n, 2) places and compare each owner at a level with the label beside it.

    Raises
    ------
    NoEditionInForce, UnknownCrs
    """
    begun = time.perf_counter()
    ground = routing.ground()
    names = np.asarray(labels, dtype=object)
    given = np.asarray(xy, np.float64).reshape(-1, 2)
    routed = ground.route_many(given, crs=crs)
    owner = _per_row(ground.area_ids(level), routed.index)
    shapes = _shapes(ground, level)
    labelled, has_label = _labelled(names, [a for a in ground.areas.values() if a.level == level])
    distance_m = _distances(routed.xy, labelled, shapes, inside_is_zero=True)
    owner_border_m = _distances(routed.xy, owner, shapes, inside_is_zero=False)
    found, on_pile = piles(given, labels=[plain(n) for n in names])
    faulty = routed.faults != 0
    reasons = np.full(len(names), "", dtype="<U16")
    wrong = has_label & ~faulty & (owner != labelled)
    for reason, applies in (
        (Reason.FAR, wrong),
        (Reason.NEAR, wrong & (distance_m <= FAR_M)),
        (Reason.WITHIN_TOLERANCE, wrong & (distance_m <= TOLERANCE_M)),
        (Reason.OUTSIDE, wrong & (owner < 0) & ~(distance_m <= TOLERANCE_M)),
        (Reason.UNKNOWN_LABEL, wrong & (labelled < 0)),
        (Reason.DEFAULT_PLACE, wrong & on_pile),
    ):
        reasons[applies] = reason
    sample = np.flatnonzero(has_label & (labelled >= 0) & ~on_pile & ~faulty)
    sample = sample[:: max(1, len(sample) // 20_000)]

    def lies_in_its_area(metres: NDArray[np.float64]) -> NDArray[np.bool_]:
        return _per_row(ground.area_ids(level), ground.locator.locate_many(metres)) == labelled[sample]

    verdict = judge_crs(given[sample], crs=crs, srid=ground.srid, is_right=lies_in_its_area)
    return Agreement(
        ground=ground,
        level=level,
        xy=routed.xy,
        labels=names,
        owner=owner,
        labelled=labelled,
        distance_m=distance_m,
        owner_border_m=owner_border_m,
        on_pile=on_pile,
        has_label=has_label,
        faulty=faulty,
        reasons=reasons,
        piles=found,
        shapes=shapes,
        verdict=verdict,
        seconds=time.perf_counter() - begun,
    )


def _labelled(names: NDArray[np.object_], areas: list[Area]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n,) the area each label means, -1 for none, and (n,) whether it says anything."""
    book = LabelBook((a.id, [a.source_label, a.code, a.name_zh, a.name_en]) for a in areas)
    different, which = np.unique([str(n) for n in names], return_inverse=True)
    found = np.array([book.find(n) or -1 for n in different], np.int64)
    says = np.array([bool(plain(n)) for n in different], bool)
    return found[which.reshape(-1)], says[which.reshape(-1)]


def _shapes(ground: Ground, level: str) -> dict[int, shapely.Geometry]:
    ids = [a.id for a in ground.areas.values() if a.level == level]
    versions = GridVersion.objects.filter(grid__in=ids, since__number__lte=ground.edition).exclude(
        until__number__lte=ground.edition
    )
    rows = list(versions.values_list("grid_id", "shape"))
    return dict(zip([r[0] for r in rows], array_to_shapely(r[1] for r in rows), strict=True))


def _distances(
    xy: NDArray[np.float64], area: NDArray[np.int64], shapes: dict[int, shapely.Geometry], *, inside_is_zero: bool
) -> NDArray[np.float64]:
    """(n,) metres from each point to the area named for it, or to its border; NaN where there is none."""
    out = np.full(len(xy), np.nan)
    good = np.isfinite(xy).all(axis=1)
    for one in np.unique(area[good & (area >= 0)]):
        if one in shapes:
            shape = shapes[one] if inside_is_zero else shapely.boundary(shapes[one])
            shapely.prepare(shape)
            rows = np.flatnonzero(good & (area == one))
            out[rows] = shapely.distance(shape, shapely.points(xy[rows]))
    return out


def _per_row(values: NDArray[np.int64], index: NDArray[np.int32]) -> NDArray[np.int64]:
    out = np.full(len(index), -1, np.int64)
    inside = index != OUTSIDE
    out[inside] = values[index[inside]]
    return out


def _rate(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float | None:
    return round(float(part.sum() / whole.sum()), 6) if whole.any() else None


def _median(values: NDArray[np.float64]) -> float | None:
    return round(float(np.median(values)), 2) if len(values) else None
