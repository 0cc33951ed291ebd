"""Each spot in words and figures: what, where, by how much above what was to be expected, since when, which cases."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.hotspots.finding import HotspotMap
from cases.hotspots.gathering import tallies
from cells.explanation import Area
from cells.models import CatalogueClass, Level
from spatial import crs as reference
from spatial.emerging import PATTERNS
from spatial.hotspots import Spot
from spatial.partition import Floats
from spatial.postgis import run

STREETS, NUMBERS = 2, 50


def tell(seen: HotspotMap) -> list[dict[str, Any]]:
    """The spots of a map in its order (hot ones first, the surest first) as plain data; `sentence` says it in a line.

    `cases`: numbers of the newest, at most NUMBERS; none of an archive. `drives`: the class with most cases, and its
    share in percent. `began`: the week in which it became hot, within the period.
    """
    spots = seen.found.spots
    if not spots:
        return []
    shapes = [shapely.union_all(seen.frame.shapes[spot.units]) for spot in spots]
    places = {"places": shapely.to_wkb(np.array(shapes, dtype=object)).tolist(), "srid": settings.CITY_SRID}
    cases = defaultdict(list)
    found = [] if seen.archive else run.rows("cases", "hotspot_cases_v1", places | _filter(seen))
    for n, key, number, address, category, _at in found:
        cases[n - 1].append((key, number, address, category))
    streets = defaultdict(list)
    for n, zh, en, _metres in run.rows("cases", "hotspot_streets_v1", places):
        streets[n - 1].append((zh, en))
    main = {next(iter(seen.tallies.by_category(spot.units)), 0) for spot in spots}
    classes = CatalogueClass.objects.in_bulk(main - {0})
    weekly = (
        seen.archive.tallies(seen.asked, slice_days=7)
        if seen.archive
        else tallies(seen.asked, seen.frame, slice_days=7)
    )
    weeks = weekly.by_slice(-(-seen.asked.days // 7))
    lonlat = reference.from_city(
        np.array([s.representative_point().coords[0] for s in shapes]), srid=settings.CITY_SRID
    )
    return [
        _told(seen, k, spot, cases[k], streets[k], classes, weeks, lonlat[k].round(6).tolist())
        for k, spot in enumerate(spots)
    ]


def _filter(seen: HotspotMap) -> dict[str, Any]:
    return {name: value for name, value in seen.asked.parameters().items() if name != "slice_s"}


def _told(
    seen: HotspotMap, at: int, spot: Spot, cases: list[Any], streets: list[Any],
    classes: dict[int, CatalogueClass], weeks: Floats, lonlat: list[float],
) -> dict[str, Any]:  # fmt: skip
    communities = _communities(seen, spot)
    names = [(a.name_zh if _chinese() else a.name_en) or a.name_zh or a.name_en or a.code for a in communities]
    tier = int(abs(seen.found.tier[spot.units]).max())
    by_class = seen.tallies.by_category(spot.units)
    main = next(iter(by_class), 0)
    trends = np.bincount(seen.trend[spot.units], minlength=len(PATTERNS))
    trends[0] = 0
    told: dict[str, Any] = {
        "spot": at,
        "hot": bool(spot.ratio > 1),
        "tier": tier,
        "fdr": round(spot.false_discovery_rate, 5),
        "units": [seen.frame.names[n] for n in spot.units],
        "cases_count": int(spot.observed),
        "expected": round(spot.expected, 1),
        "ratio": round(spot.ratio, 2),
        "communities": names,
        "community_codes": [area.code for area in communities],
        "streets": [zh if _chinese() and zh else en or zh for zh, en in streets[:STREETS]],
        "drives": None,
        "pattern": PATTERNS[int(trends.argmax())].slug,
        "since": seen.asked.since.isoformat(),
        "began": _began(seen, spot, weeks).isoformat(),
        "cases": [row[1] for row in cases[:NUMBERS]],
        "lon": lonlat[0],
        "lat": lonlat[1],
    }
    if main in classes and spot.observed:
        share = round(100 * by_class[main] / spot.observed)
        told["drives"] = {"code": classes[main].code, "name": classes[main].name, "percent": share}
    told["sentence"] = sentence(told)
    return told


def _began(seen: HotspotMap, spot: Spot, weeks: Floats) -> dt.date:
    """The first day of the first week of the period in which the spot's excess was at least half of what it is now."""
    each = weeks[spot.units].sum(axis=0)
    usual = spot.expected * 7 / seen.asked.days
    half = usual * (1 + spot.ratio) / 2
    reached = each >= half if spot.ratio > 1 else each <= half
    return seen.asked.since + dt.timedelta(days=7 * int(np.argmax(reached)))


def sentence(told: dict[str, Any]) -> str:
    """One line for a leader."""
    where = "、".join(told["communities"][:2]) if _chinese() else ", ".join(told["communities"][:2])
    if told["streets"]:
        where = _("%(community)s (%(street)s)") % {"community": where, "street": " / ".join(told["streets"])}
    figures = {
        "where": where or _("outside all communities"),
        "cases": told["cases_count"],
        "expected": f"{told['expected']:g}",
        "ratio": f"{told['ratio']:g}",
        "since": told["since"],
    }
    first = ngettext(
        "%(where)s: %(cases)d case since %(since)s, %(expected)s expected (%(ratio)s times).",
        "%(where)s: %(cases)d cases since %(since)s, %(expected)s expected (%(ratio)s times).",
        told["cases_count"],
    )
    parts = [first % figures]
    if told["drives"] and told["hot"]:
        parts.append(_("Mostly “%(name)s” (%(percent)d %%).") % told["drives"])
    return " ".join(parts)


def _communities(seen: HotspotMap, spot: Spot) -> list[Area]:
    """The communities the spot lies in, the one with most of its units first."""
    ground = seen.frame.ground
    middles = shapely.get_coordinates(shapely.point_on_surface(seen.frame.shapes[spot.units]))
    cells = ground.locator.locate_many(middles)
    ids, counts = np.unique(ground.area_ids(Level.COMMUNITY)[cells[cells >= 0]], return_counts=True)
    return [ground.areas[int(i)] for i in ids[np.argsort(-counts, kind="stable")] if int(i) in ground.areas]


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
