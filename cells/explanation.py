"""What is said of a place: its owner, the chain above, the rule by which it is so, and who else it may belong to.

The words of `cells.routing`, whichever way the answer was found: in memory or in the database, now or as of a day past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import get_language

from cells.models import Level
from spatial import crs as reference

CHAIN = (Level.GRID, Level.COMMUNITY, Level.TOWN, Level.DISTRICT, Level.CITY)
# A place may be swapped for another by mistake, but a city's places lie in it or near it.
_HOME_MARGIN_DEG = 0.5


class Rule(StrEnum):
    """Why a place has the owner it has."""

    CONTAINS = "contains"
    BORDER_TIE = "border_tie"
    NEAR_BORDER = "near_border"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Area:
    """A responsibility grid as named in the edition in force."""

    id: int
    level: str
    code: str
    name_zh: str
    name_en: str
    source_label: str
    parent_id: int | None = field(repr=False)

    @property
    def name(self) -> str:
        """In the reader's language, the other one where that is empty, the code where it has none."""
        zh = (get_language() or "").startswith("zh")
        return ((self.name_zh or self.name_en) if zh else (self.name_en or self.name_zh)) or self.code

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        return {n: getattr(self, n) for n in ("level", "code", "name_zh", "name_en")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell that may own a place, the chain above it, and how far the place is from it (0 m: it is held)."""

    cell: str
    chain: tuple[Area, ...]
    distance_m: float

    @property
    def community(self) -> Area | None:
        """The community, which is who gets the case."""
        return next((area for area in self.chain if area.level == Level.COMMUNITY), None)

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        community = self.community
        return {
            "cell": self.cell,
            "community": community.as_data() if community else None,
            "distance_m": round(self.distance_m, 3),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The owner of one place, and why.

    `cell` and `chain` are empty outside. `candidates` are the cells the place may belong to when its accuracy is
    counted in: all holders of a shared border, all within the accuracy of a place near one, the nearest of one outside.
    `certain` are the levels at which all candidates agree: a place near a border between two cells of one community
    still has a sure community.
    """

    rule: Rule
    cell: str
    cell_id: int | None
    chain: tuple[Area, ...]
    edition: int
    x: float
    y: float
    border_m: float
    candidates: tuple[Candidate, ...]
    accuracy_m: float | None

    def area(self, level: str) -> Area | None:
        """The owner at a level, None outside (or where a community has no third-level grids)."""
        return next((area for area in self.chain if area.level == level), None)

    @property
    def certain(self) -> tuple[str, ...]:
        """Levels, from the cell upwards, at which all candidates agree; none outside."""
        if self.rule == Rule.OUTSIDE:
            return ()
        others = [c for c in self.candidates if c.cell != self.cell]
        sure = () if others else (Level.CELL,)
        return sure + tuple(area.level for area in self.chain if all(area in c.chain for c in others))

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        return {
            "cell": self.cell or None,
            **{level: area.as_data() if (area := self.area(level)) else None for level in CHAIN},
            "edition": self.edition,
            "rule": str(self.rule),
            "border_m": round(self.border_m, 3),
            "candidates": [c.as_data() for c in self.candidates],
            "certain": list(self.certain),
            "x": self.x,
            "y": self.y,
            "accuracy_m": self.accuracy_m,
        }


def rule_of(holders: int, *, border_m: float, accuracy_m: float | None) -> Rule:
    """The rule for a place that so many cells hold, so far from its owner's border, and that may be so far off."""
    if holders == 0:
        return Rule.OUTSIDE
    if holders > 1:
        return Rule.BORDER_TIE
    return Rule.NEAR_BORDER if accuracy_m is not None and border_m < accuracy_m else Rule.CONTAINS


def ladder(areas: Mapping[int, Area], community: int) -> dict[str, int]:
    """The area above a community (itself included) at each level."""
    found: dict[str, int] = {}
    area = areas.get(community)
    while area is not None and area.level not in found:
        found[area.level] = area.id
        area = areas.get(area.parent_id) if area.parent_id is not None else None
    return found


def chain_above(areas: Mapping[int, Area], above: Mapping[str, int], grid: int | None) -> tuple[Area, ...]:
    """The areas above a cell, its third-level grid first, the city last; `above` is the ladder of its community."""
    ids = [grid, *(above.get(level) for level in CHAIN[1:])]
    return tuple(areas[i] for i in ids if i in areas)


def home_around(extent: Sequence[float], *, srid: int) -> reference.Box:
    """Degrees in which a city's places are expected, from its extent in metres: west, south, east, north."""
    west, south, east, north = extent
    corners = [[west, south], [west, north], [east, south], [east, north]]
    lonlat = reference.from_city(corners, srid=srid)
    low, high = lonlat.min(axis=0) - _HOME_MARGIN_DEG, lonlat.max(axis=0) + _HOME_MARGIN_DEG
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
