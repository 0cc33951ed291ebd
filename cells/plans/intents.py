"""What a planner meant, as it arrives: plain data read field by field, or refused with what is wrong with it.

Places are longitude and latitude (WGS 84) with nine decimals or more, which is a tenth of a millimetre; they come back
to the millimetre they were shown at. Corners within a hand's reach are snapped by the verbs of `spatial.edits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from shapely.errors import ShapelyError

from cells.plans.errors import EditRefused
from spatial.crs import WGS84, to_city
from spatial.errors import BadCoordinate
from spatial.partition import Floats

MOST_CELLS = 20_000
MOST_POINTS = 20_000
MOST_LINES = 500
MOST_GROUPS = 1_000
_LARGEST = 1 << 39


def bad(what: str) -> EditRefused:
    """The refusal of an intent that makes no sense as data."""
    return EditRefused("bad_intent", {"what": what})


class Intent:
    """One intent; every reading is remembered in `meant`, which is what the edit keeps of it."""

    def __init__(self, data: Any) -> None:
        if not isinstance(data, Mapping):
            raise bad("it is no object with fields")
        self._data = data
        self.meant: dict[str, Any] = {}

    def has(self, name: str) -> bool:
        """Whether a field is given and not null."""
        return self._data.get(name) is not None

    def _given(self, name: str) -> Any:
        if not self.has(name):
            raise bad(f"“{name}” is missing")
        return self._data[name]

    def key(self, name: str) -> int:
        """A number of a cell or grid."""
        value = _whole(self._given(name), name)
        self.meant[name] = value
        return value

    def keys(self, name: str = "cells") -> list[int]:
        """Numbers of cells or grids, each once, ascending."""
        given = self._given(name)
        if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
            raise bad(f"“{name}” is no list of numbers")
        found = sorted({_whole(k, name) for k in given})
        if not found:
            raise bad(f"“{name}” is empty")
        if len(found) > MOST_CELLS:
            raise bad(f"“{name}” has {len(found)} entries, {MOST_CELLS} are allowed")
        self.meant[name] = found
        return found

    def groups(self, name: str = "groups") -> list[tuple[int | None, list[int]]]:
        """A list of {"grid": number or null, "cells": numbers}."""
        given = self._given(name)
        if not isinstance(given, list | tuple) or not 0 < len(given) <= MOST_GROUPS:
            raise bad(f"“{name}” must be a list of 1 to {MOST_GROUPS} groups")
        parts = [Intent(part) for part in given]
        found = [(part.key("grid") if part.has("grid") else None, part.keys()) for part in parts]
        if sum(len(keys) for _, keys in found) > MOST_CELLS:
            raise bad(f"“{name}” has more than {MOST_CELLS} cells")
        self.meant[name] = [{"grid": grid, "cells": keys} for grid, keys in found]
        return found

    def arc(self) -> tuple[int, int, int]:
        """A shared border, "one:other:order" by the keys of its cells; 0 stands for the outside."""
        given = self._given("arc")
        parts = given.split(":") if isinstance(given, str) and len(given) < 80 else []
        try:
            one, other, order = (int(part) for part in parts)
        except ValueError as error:
            raise bad("“arc” must name a border like 12:-3:0") from error
        if one == other or max(abs(one), abs(other)) >= _LARGEST or not 0 <= order < _LARGEST:
            raise bad("“arc” must name a border like 12:-3:0")
        self.meant["arc"] = given
        return one, other, order

    def flag(self, name: str) -> bool:
        """A yes or no; no if it is not given."""
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise bad(f"“{name}” must be true or false")
        if value:
            self.meant[name] = value
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """A number within bounds."""
        value = self._data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise bad(f"“{name}” is {str(value)[:20]}; from {least:g} to {most:g} is allowed")
        self.meant[name] = float(value)
        return float(value)

    def text(self, name: str, longest: int = 120) -> str:
        """A text, empty if it is not given."""
        value = self._data.get(name) or ""
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            raise bad(f"“{name}” must be a text of up to {longest} characters on one line")
        if value:
            self.meant[name] = value
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of some words, the first if it is not given."""
        value = self._data.get(name, allowed[0])
        if value not in allowed:
            raise bad(f"“{name}” is {str(value)[:20]!r}; allowed are {', '.join(allowed)}")
        self.meant[name] = value
        return str(value)

    def point(self, name: str) -> Floats:
        """A [longitude, latitude] as metres, (1, 2)."""
        xy = self._metres(name, self._given(name))
        if len(xy) != 1:
            raise bad(f"“{name}” must be one point, [longitude, latitude]")
        return xy

    def line(self, name: str = "line") -> Floats:
        """A list of [longitude, latitude] as metres, (n, 2)."""
        return self._metres(name, self._coordinates(name, "LineString"))

    def lines(self) -> list[Floats]:
        """The field `line`, or all of the field `lines`, as metres."""
        if not self.has("lines"):
            return [self.line("line")]
        given = self._given("lines")
        if not isinstance(given, list | tuple) or not given or len(given) > MOST_LINES:
            raise bad(f"“lines” must be a list of 1 to {MOST_LINES} lines")
        metres = [self._metres("lines", line) for line in given]
        self.meant["lines"] = [_plain(line) for line in given]
        return metres

    def area(self, name: str) -> Any:
        """A GeoJSON Polygon (or a feature, or MultiPolygon of one part) as a shape in metres, valid or not."""
        given = self._given(name)
        if isinstance(given, Mapping) and given.get("type") == "Feature":
            given = given.get("geometry")
        if not isinstance(given, Mapping) or given.get("type") not in ("Polygon", "MultiPolygon"):
            raise bad(f"“{name}” must be a GeoJSON polygon")
        rings = given.get("coordinates")
        if given["type"] == "MultiPolygon":
            if not isinstance(rings, list | tuple) or len(rings) != 1:
                raise bad(f"“{name}” must be one area, not several")
            rings = rings[0]
        if not isinstance(rings, list | tuple) or not rings:
            raise bad(f"“{name}” has no rings")
        metres = [self._metres(name, ring) for ring in rings]
        self.meant[name] = {"type": "Polygon", "coordinates": [_plain(ring) for ring in rings]}
        try:
            return shapely.Polygon(metres[0], metres[1:])
        except (ValueError, ShapelyError) as error:
            raise bad(f"“{name}” has a ring of fewer than three corners") from error

    def _coordinates(self, name: str, kind: str) -> Any:
        given = self._given(name)
        if not isinstance(given, Mapping):
            return given
        if given.get("type") == "Feature":
            given = given.get("geometry") or {}
        if given.get("type") != kind:
            raise bad(f"“{name}” must be a {kind}")
        return given.get("coordinates")

    def _metres(self, name: str, given: Any) -> Floats:
        try:
            xy = np.asarray(given, dtype=np.float64)
            if xy.size > 2 * MOST_POINTS:
                raise bad(f"“{name}” has more than {MOST_POINTS} points")
            if xy.size == 0 or xy.ndim not in (1, 2) or xy.shape[-1] != 2:
                raise bad(f"“{name}” must be pairs of longitude and latitude")
            metres = to_city(xy, crs=WGS84, srid=settings.CITY_SRID)
        except EditRefused:
            raise
        except BadCoordinate as error:
            raise EditRefused("bad_coordinate", {"what": str(error)}) from error
        except (TypeError, ValueError, OverflowError) as error:
            raise bad(f"“{name}” must be pairs of longitude and latitude") from error
        self.meant[name] = _plain(given)
        return metres


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < abs(value) < _LARGEST:
        raise bad(f"“{name}” holds {str(value)[:20]!r}, which is no number of a cell or grid")
    return value


def _plain(pairs: Any) -> Any:
    return np.asarray(pairs, dtype=np.float64).tolist()
