"""Hot spots as pages, files and the API show them: the question as it stands in an address, and its answer, kept.

An answer is kept in the process by its question and the stamp of its data (the edition in force, and how many cases the
period has), ten minutes at most: so long may a class that was put right, or a late report of an old day, not be seen.
An answer is of the whole city, one for all: it is counted past the sight of who asks. What of it is told to a reader
`hotspot_sight` says. Cases themselves are not told here.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language

from cases import summaries
from cases.hotspots.asking import Asked
from cases.hotspots.communities import by_community, owners_of
from cases.hotspots.finding import HotspotMap, hotspots, state
from cases.hotspots.frames import Frame, frame_named
from cases.hotspots.gathering import EXPOSURES
from cases.hotspots.telling import tell
from cases.models import Case, CaseSource
from cells.models import Edition, Level
from maps.errors import BadRequest
from spatial import crs as reference
from spatial.emerging import PATTERNS
from spatial.hotspots import RATES
from spatial.partition import Ints, Shapes
from spatial.postgis import roles

USUAL_DAYS, MOST_DAYS = 28, 800
MOST_KEPT, KEPT_S = 64, 600
STATES = ("not_significant", "hot", "cold", "too_few")


@dataclass(frozen=True, slots=True)
class Question:
    """Which hot spots: the cases, the units they are counted in, and what they are held against (empty: by itself)."""

    asked: Asked
    frame: str = "cells"
    exposure: str = ""

    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        asked = self.asked
        named = "-".join(part for part in (asked.kind, asked.code) if part)
        texts = {"class": named, "source": asked.source, "frame": self.frame, "exposure": self.exposure}
        days = {"from": asked.since.isoformat(), "to": asked.until.isoformat()}
        return days | {name: value for name, value in texts.items() if value}

    def earlier(self, days: int) -> Question:
        """The same question so many days before."""
        back = dt.timedelta(days=days)
        asked = self.asked
        return replace(self, asked=replace(asked, since=asked.since - back, until=asked.until - back))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: the figures, the spots, communities, and `units` as columns in the frame's order (JSON).

    `communities_of`, `grids_of`: (n,) whose ground each unit is, by primary key; -1 where nobody's.
    """

    figures: dict[str, Any]
    spots: list[dict[str, Any]]
    communities: list[dict[str, Any]]
    units: str
    communities_of: Ints
    grids_of: Ints

    def as_json(self) -> str:
        """All of it but the numbers of cases, which are not everybody's."""
        spots = [{name: value for name, value in spot.items() if name != "cases"} for spot in self.spots]
        head = {"figures": self.figures, "spots": spots, "communities": self.communities}
        return json.dumps(head, ensure_ascii=False)[:-1] + f', "units": {self.units}}}'


def question(given: Mapping[str, str]) -> Question:
    """The question of an address: from, to, class (event-0406, event, 0406), source, frame, exposure.

    Raises BadRequest. Without days: the last four weeks that have cases.
    """
    until = _day(given, "to") or last_day()
    since = _day(given, "from") or until - dt.timedelta(days=USUAL_DAYS - 1)
    if not 0 < (until - since).days + 1 <= MOST_DAYS:
        raise BadRequest(f"From {since} to {until} is no period.", hint=f"1 to {MOST_DAYS} days.", field="to")
    named = given.get("class", "")
    kind, dash, code = named.partition("-") if not named[:1].isdigit() else ("", "-", named)
    if kind not in ("", "event", "component") or (code and not (code.isascii() and code.isdigit() and len(code) <= 4)):
        raise BadRequest(f"“{named[:40]}” is no class.", hint="As event-0406, component or 0406.", field="class")
    source = given.get("source", "")
    if source and not CaseSource.objects.filter(pk=source[:20]).exists():
        raise BadRequest(f"“{source[:40]}” is no source.", field="source")
    exposure = given.get("exposure", "")
    if exposure and exposure not in EXPOSURES:
        raise BadRequest(f"“{exposure[:40]}” is no exposure.", hint=f"{', '.join(EXPOSURES)}.", field="exposure")
    asked = Asked(since=since, until=until, kind=kind, code=code if dash else "", source=source)
    return Question(asked, given.get("frame") or "cells", exposure)


def last_day() -> dt.date:
    """The last day that was reported on; today in a city without cases."""
    with roles.as_owner():
        newest = Case.objects.aggregate(at=Max("reported_at"))["at"]
    return min(timezone.localdate(newest), timezone.localdate()) if newest else timezone.localdate()


def _day(given: Mapping[str, str], name: str) -> dt.date | None:
    text = given.get(name, "")
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"“{text[:40]}” is no day.", hint="As 2026-03-01.", field=name) from None
    if not 1900 <= day.year <= 2199:
        raise BadRequest(f"{text} lies before 1900 or after 2199.", field=name)
    return day


_answers: OrderedDict[Any, tuple[float, Answer]] = OrderedDict()
_frames: OrderedDict[Any, str] = OrderedDict()
_answering = Lock()


def answer(asked: Question) -> Answer:
    """What was found, new or kept. Raises BadFrame, NoExposure, NoEditionInForce."""
    key = (asked, get_language(), stamp(asked))
    # One look at a time: two askers of the same look wait for one, and not two cores for all others.
    with _answering, roles.as_owner():
        kept = _answers.get(key)
        if kept and time.monotonic() - kept[0] < KEPT_S:
            _answers.move_to_end(key)
            return kept[1]
        found = _found(hotspots(asked.asked, frame=asked.frame, exposed=asked.exposure or None))
        _answers[key] = (time.monotonic(), found)
        while len(_answers) > MOST_KEPT:
            _answers.popitem(last=False)
        return found


def stamp(asked: Question) -> tuple[Any, ...]:
    """What the data of a question is at the moment; by the book of days."""
    with roles.as_owner():
        return (*_edition(), summaries.reported(asked.asked.since, asked.asked.until))


def _edition() -> tuple[Any, ...]:
    edition = Edition.objects.in_force()
    return edition.pk, edition.number, edition.valid_from


def _found(seen: HotspotMap) -> Answer:
    found, gi = seen.found, seen.gi
    counts = seen.tallies.by_unit()
    gi_tier = np.zeros(len(counts), np.int64)
    for tier, rate in sorted(RATES.items()):
        gi_tier = np.where(gi.rate <= rate, np.where(gi.z > 0, tier, -tier), gi_tier)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = found.observed / found.expected
    columns = {
        "cases": counts.astype(int).tolist(),
        "expected": _rounded(seen.expected.mean * found.level, 2),
        "state": [STATES.index(state(found, n)) for n in range(len(counts))],
        "tier": found.tier.tolist(),
        "spot": found.spot.tolist(),
        "ratio": _rounded(ratio, 2),
        "window_cases": _rounded(found.observed, 1),
        "window_expected": _rounded(found.expected, 1),
        "steps": found.steps.tolist(),
        "smallest": _rounded(found.smallest, 2),
        "gi_z": _rounded(gi.z, 3),
        "gi_tier": gi_tier.tolist(),
        "trend": seen.trend.tolist(),
    }
    figures = seen.as_data() | {
        "edition": seen.frame.ground.edition,
        "at": timezone.now().isoformat(timespec="seconds"),
        "trends": [pattern.slug for pattern in PATTERNS],
    }
    owners = [owners_of(seen.frame, level) for level in (Level.COMMUNITY, Level.GRID)]
    return Answer(figures, tell(seen), by_community(seen), json.dumps(columns, separators=(",", ":")), *owners)


def _rounded(values: Any, digits: int) -> list[float | None]:
    return [round(v, digits) if np.isfinite(v) else None for v in np.asarray(values, float).tolist()]


def frame_json(name: str, *, compact: bool = False) -> str:
    """The units of a frame in the order of an answer's columns, as GeoJSON or compact; raises BadFrame,
    NoEditionInForce.

    Compact is a third of the size: `units` their names, `shapes` polygons of rings, each ring x, y, then steps from
    point to point, in millionths of a degree.
    """
    key = (name, compact, *_edition())
    with _answering:
        if key not in _frames:
            _frames[key] = (_packed if compact else _drawn)(frame_named(name))
            while len(_frames) > 4:
                _frames.popitem(last=False)
        return _frames[key]


def _drawn(frame: Frame) -> str:
    shapes = shapely.to_geojson(_in_degrees(frame))
    features = ",".join(
        f'{{"type":"Feature","id":{n},"properties":{{"unit":"{name}"}},"geometry":{shape}}}'
        for n, (name, shape) in enumerate(zip(frame.names, shapes, strict=True))
    )
    return f'{{"type":"FeatureCollection","edition":{frame.ground.edition},"features":[{features}]}}'


def _packed(frame: Frame) -> str:
    shapes: list[list[list[list[int]]]] = [[] for _ in frame.names]
    polygons, of = shapely.get_parts(_in_degrees(frame), return_index=True)
    for unit, polygon in zip(of.tolist(), polygons, strict=True):
        rings = [np.rint(shapely.get_coordinates(ring) * 1e6).astype(np.int64) for ring in shapely.get_rings(polygon)]
        # The last point is the first again: it is not sent.
        shapes[unit].append([np.diff(ring[:-1], axis=0, prepend=0).ravel().tolist() for ring in rings])
    packed = {"edition": frame.ground.edition, "units": frame.names, "shapes": shapes}
    return json.dumps(packed, separators=(",", ":"))


def _in_degrees(frame: Frame) -> Shapes:
    """Shapes in degrees, to a millionth: a decimetre, for looks, not for measuring."""
    lonlat = shapely.transform(frame.shapes, lambda xy: reference.from_city(xy, srid=settings.CITY_SRID))
    rounded: Shapes = shapely.transform(lonlat, lambda c: np.round(c, 6))
    return rounded
