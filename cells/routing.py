"""Who owns a place: the locator fed by the edition in force, and the explanation that goes with every answer.

Each process keeps one `Ground`, made from the edition in force. Every use compares it with the database by one indexed
query (0.3 ms), so an edition published by any process counts at the next question: nothing is ever answered from a
stale ground. A process that serves people (`make_beside`) makes the new one in a thread of its own, and answers single
places from the database meanwhile; elsewhere the first who asks makes it. A day of the past is answered by its own
edition: from the database for one place, by a ground of its own for a table of them. The border rule is that of
`spatial.locator`; `cells/sql/owner_of_point_v1.sql` is the same rule for SQL.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import connections
from django.utils import timezone
from numpy.typing import ArrayLike, NDArray

from cells import past
from cells.explanation import Area, Candidate, Explanation, Rule, chain_above, home_around, ladder, rule_of
from cells.models import Edition, GridVersion, Level
from spatial import crs as reference
from spatial.locator import OUTSIDE, Locator
from spatial.postgis import run

# Grounds of editions of the past, for tables of points; each takes a quarter of a gigabyte in a city of 50,000 cells.
_MOST_PAST = 2
_BLOCK = 500
_TURN_S = 0.0005


@dataclass(frozen=True, slots=True)
class Routed:
    """The owners of many places, as arrays in the order asked. `index` points into `ground`; OUTSIDE where none.

    `border_m`: metres to the border of the owner, or to the nearest cell for a place outside; NaN where `faults` is set
    (see `spatial.crs.Fault`). `nearest`: index of the owner or, outside, of the nearest cell.
    """

    ground: Ground
    xy: NDArray[np.float64]
    faults: NDArray[np.int8]
    index: NDArray[np.int32]
    nearest: NDArray[np.int32]
    border_m: NDArray[np.float64]
    rules: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.index)

    def cell_ids(self) -> NDArray[np.int64]:
        """(n,) primary keys of the owning cells, -1 outside."""
        return _taken(self.ground.cell_ids, self.index, -1)

    def codes(self, level: str = Level.CELL, *, nearest: bool = False) -> NDArray[np.object_]:
        """(n,) codes of the owners at a level, "" outside; or those of the nearest cell for places outside."""
        return _taken(self.ground.codes(level), self.nearest if nearest else self.index, "")

    def areas(self, level: str) -> list[Area | None]:
        """The owners at a level above the cell, None outside."""
        ids = _taken(self.ground.area_ids(level), self.index, -1)
        return [self.ground.areas.get(int(i)) for i in ids]

    def candidates(self, row: int, *, accuracy_m: float | None = None) -> tuple[Candidate, ...]:
        """As `Explanation.candidates`, for one row."""
        if self.faults[row]:
            return ()
        return self.ground.explain(*self.xy[row].tolist(), accuracy_m=accuracy_m).candidates


class Ground:
    """The cells and areas of one edition in memory, ready to be asked; immutable, so threads share it."""

    def __init__(self, edition: Edition, *, cells: Iterable[int] | None = None) -> None:
        """The ground of a whole edition, or of some cells by number (see `ground_near`)."""
        some = None if cells is None else sorted(set(cells))
        self.edition = edition.number
        self.stamp = _stamp(edition)
        self.srid = settings.CITY_SRID
        keys: list[tuple[int, str, int, int | None]] = []
        shapes = [np.empty(0, object)]
        # By blocks, so that the threads that serve people get their turns meanwhile.
        for block in run.blocks("cells", "cells_of_edition_v1", {"number": edition.number, "cells": some}, of=_BLOCK):
            keys += [row[:4] for row in block]
            shapes.append(shapely.from_wkb([bytes(row[4]) for row in block]))
        columns = list(zip(*keys, strict=True)) if keys else [()] * 4
        self.locator = Locator(np.array(columns[1], dtype=np.str_), np.concatenate(shapes))
        at = self.locator.positions
        self.cell_ids = np.array(columns[0], np.int64)[at]
        self._community_ids = np.array(columns[2], np.int64)[at]
        self._grid_ids = np.array([-1 if g is None else g for g in columns[3]], np.int64)[at]
        known = None if some is None else _with_all_above(edition, {*self._community_ids, *self._grid_ids})
        self.areas = _areas_of(edition, known)
        self._above = {c: ladder(self.areas, c) for c in np.unique(self._community_ids).tolist()}
        extent = self.locator.bounds
        self.home = home_around(extent, srid=self.srid) if np.isfinite(extent[0]) else None

    def area_ids(self, level: str) -> NDArray[np.int64]:
        """(cells,) primary keys of the grids that the cells belong to at a level above the cell; -1 where none."""
        if level == Level.GRID:
            return self._grid_ids
        communities, which = np.unique(self._community_ids, return_inverse=True)
        above = np.array([self._above[int(c)].get(level, -1) for c in communities], np.int64)
        return above[which.reshape(-1)] if len(above) else np.empty(0, np.int64)

    def codes(self, level: str) -> NDArray[np.object_]:
        """(cells,) codes of the cells, or of the areas they belong to at a level; "" where none."""
        if level == Level.CELL:
            return self.locator.codes.astype(object)
        ids, which = np.unique(self.area_ids(level), return_inverse=True)
        codes = np.array([self.areas[int(i)].code if int(i) in self.areas else "" for i in ids], dtype=object)
        return codes[which.reshape(-1)] if len(codes) else codes

    def chain(self, index: int) -> tuple[Area, ...]:
        """The areas above a cell, the third-level grid first, the city last."""
        above = self._above[int(self._community_ids[index])]
        return chain_above(self.areas, above, int(self._grid_ids[index]))

    def to_metres(self, lon: float, lat: float, crs: str) -> tuple[float, float]:
        """One coordinate pair in the city's metres; raises UnknownCrs, BadCoordinate."""
        x, y = reference.to_city([[lon, lat]], crs=crs, srid=self.srid, home=self.home)[0].tolist()
        return x, y

    def explain(self, x: float, y: float, *, accuracy_m: float | None = None) -> Explanation:
        """The owner of a point in the city's metres, and why."""
        holders = self.locator.owners(x, y)
        index = holders[0] if holders else OUTSIDE
        near = [(i, 0.0) for i in holders]
        if index == OUTSIDE:
            nearest = self.locator.nearest(x, y)
            border_m = nearest[1] if nearest else float("nan")
            near = [nearest] if nearest else []
        else:
            border_m = self.locator.border_distance(x, y, index)
        if accuracy_m is not None and border_m < accuracy_m:
            # The holders stand first already: they are 0 m away and in the order of their codes.
            near = self.locator.within(x, y, accuracy_m)
        return Explanation(
            rule=rule_of(len(holders), border_m=border_m, accuracy_m=accuracy_m),
            cell=str(self.locator.codes[index]) if index != OUTSIDE else "",
            cell_id=int(self.cell_ids[index]) if index != OUTSIDE else None,
            chain=self.chain(index) if index != OUTSIDE else (),
            edition=self.edition,
            x=x,
            y=y,
            border_m=border_m,
            candidates=tuple(Candidate(str(self.locator.codes[i]), self.chain(i), d) for i, d in near),
            accuracy_m=accuracy_m,
        )

    def route_many(self, xy: ArrayLike, *, crs: str, accuracy_m: ArrayLike | None = None) -> Routed:
        """The owners of (n, 2) places; rows at fault are outside and marked, they do not stop the others."""
        metres, faults = reference.to_city_with_faults(xy, crs=crs, srid=self.srid, home=self.home)
        index = self.locator.locate_many(metres)
        border_m = self.locator.border_distance_many(metres, index)
        rules = np.full(len(index), str(Rule.CONTAINS), dtype="<U11")
        if accuracy_m is not None:
            rules[border_m < np.broadcast_to(np.asarray(accuracy_m, np.float64), border_m.shape)] = Rule.NEAR_BORDER
        for row in np.flatnonzero(border_m == 0.0):
            if len(self.locator.owners(*metres[row].tolist())) > 1:
                rules[row] = Rule.BORDER_TIE
        out = np.flatnonzero((index == OUTSIDE) & (faults == 0))
        nearest = index.copy()
        nearest[out], border_m[out] = self.locator.nearest_many(metres[out])
        rules[index == OUTSIDE] = Rule.OUTSIDE
        return Routed(self, metres, faults, index, nearest, border_m, rules)


_ground: Ground | None = None
_past: OrderedDict[tuple[Any, ...], Ground] = OrderedDict()
_making = Lock()
_areas: tuple[tuple[Any, ...], dict[int, Area]] | None = None
_beside = False
_maker: Thread | None = None
_beginning = Lock()
log = logging.getLogger(__name__)


def ground(*, at: dt.datetime | None = None) -> Ground:
    """The ground of the edition in force, made anew when that has changed, or of the one in force at a moment.

    Raises
    ------
    NoEditionInForce
    """
    global _ground
    if at is not None:
        return ground_of(Edition.objects.in_force(at))
    here = _ground
    if here is not None and here.stamp == _stamp_in_force():
        return here
    with _making:
        # Somebody else may have made it while this thread waited, or have published yet another one.
        edition = Edition.objects.in_force()
        if _ground is None or _ground.stamp != _stamp(edition):
            _ground = Ground(edition)
        return _ground


def make_beside() -> None:
    """From now on a ground that has to be made anew is made by a thread of its own in this process (see `route`)."""
    global _beside
    _beside = True


def areas() -> Mapping[int, Area]:
    """All areas above the cell in the edition in force, by primary key; known long before a new ground is made.

    Raises
    ------
    NoEditionInForce
    """
    global _areas
    here, stamp = _ground, _stamp_in_force()
    if here is not None and here.stamp == stamp:
        return here.areas
    if stamp is None or _areas is None or _areas[0] != stamp:
        edition = Edition.objects.in_force()
        _areas = _stamp(edition), _areas_of(edition, None)
    return _areas[1]


def edition_loaded() -> int | None:
    """The number of the edition that this process routes by now, without asking whether it is in force."""
    here = _ground
    return None if here is None else here.edition


def ground_near(edition: Edition, xy: ArrayLike, reach_m: ArrayLike) -> Ground:
    """The ground of an edition at some places only: enough to `explain` each of (n, 2) metres with its own accuracy.

    What is changed is explained without reading the city: 1,000 places in 440 cells take 0.1 s (and 0.3 s to explain).
    """
    places = np.asarray(xy, np.float64).reshape(-1, 2)
    found = run.rows(
        "cells",
        "cells_near_v1",
        {
            "number": edition.number,
            "srid": settings.CITY_SRID,
            "x": places[:, 0].tolist(),
            "y": places[:, 1].tolist(),
            "reach": np.broadcast_to(np.asarray(reach_m, np.float64), len(places)).tolist(),
        },
    )
    return Ground(edition, cells=[cell for (cell,) in found])


def ground_of(edition: Edition) -> Ground:
    """The ground of any published edition; besides that in force, the two used last are kept.

    For tables of points. One place in the past is answered from the database: `route(…, at=)`.
    """
    stamp = _stamp(edition)
    here = _ground
    if here is not None and here.stamp == stamp:
        return here
    with _making:
        found = _past.get(stamp) or Ground(edition)
        _past[stamp] = found
        _past.move_to_end(stamp)
        while len(_past) > _MOST_PAST:
            _past.popitem(last=False)
        return found


def route(
    lon: float,
    lat: float,
    *,
    crs: str = reference.WGS84,
    accuracy_m: float | None = None,
    at: dt.datetime | None = None,
) -> Explanation:
    """The owner of a place in the edition in force, now or at a moment, and why.

    Parameters
    ----------
    lon, lat : float
        Longitude and latitude in degrees, or east and north of a projected CRS.
    crs : str
        WGS84, CGCS2000, GCJ-02, BD-09, EPSG:n, or CITY for the city's own metres.
    accuracy_m : float, optional
        How far the place may be off. Nearer to a border than that, all cells within it are listed.
    at : datetime, optional
        A moment whose edition answers; one of the past is asked in the database, not loaded (`cells.past`).

    Raises
    ------
    NoEditionInForce, UnknownCrs, BadCoordinate
    """
    if at is not None:
        edition = Edition.objects.in_force(at)
        here = _ground
        if here is None or here.stamp != _stamp(edition):
            home = past.home_of(edition)
            x, y = reference.to_city([[lon, lat]], crs=crs, srid=settings.CITY_SRID, home=home)[0].tolist()
            return past.explain_in(edition, x, y, accuracy_m=accuracy_m)
    else:
        here = _ground
        stale = here is None or here.stamp != _stamp_in_force()
        if stale and here is not None and _beside:
            _begin()
            x, y = here.to_metres(lon, lat, crs)
            return past.explain_in(Edition.objects.in_force(), x, y, accuracy_m=accuracy_m)
        here = ground() if here is None or stale else here
    return here.explain(*here.to_metres(lon, lat, crs), accuracy_m=accuracy_m)


def route_many(
    xy: ArrayLike,
    *,
    crs: str = reference.WGS84,
    accuracy_m: ArrayLike | None = None,
    at: dt.datetime | None = None,
) -> Routed:
    """The owners of (n, 2) places in the edition in force, now or at a moment; rows at fault are marked.

    Raises
    ------
    NoEditionInForce, UnknownCrs
    """
    return ground(at=at).route_many(xy, crs=crs, accuracy_m=accuracy_m)


def _begin() -> None:
    """Have a thread make the ground of the edition in force, unless one does already."""
    global _maker
    with _beginning:
        if _maker is None or not _maker.is_alive():
            (_maker := Thread(target=_make, name="ground", daemon=True)).start()


def _make() -> None:
    usual = sys.getswitchinterval()
    # Whoever serves meanwhile gets his turn soon after each answer of the database, not five milliseconds later.
    sys.setswitchinterval(_TURN_S)
    try:
        ground()
    except Exception:
        # Whoever asks for a place next begins it again; until then the database answers.
        log.exception("The ground of the edition in force could not be made.")
    finally:
        sys.setswitchinterval(usual)
        connections.close_all()  # this thread's


def _areas_of(edition: Edition, some: Iterable[int] | None) -> dict[int, Area]:
    """All areas of an edition, or some by primary key, as they are named in it."""
    versions = GridVersion.objects.of_edition(edition).select_related("grid").defer("shape", "note")
    return {
        v.grid_id: Area(
            id=v.grid_id,
            level=v.grid.level_id,
            code=v.grid.code,
            name_zh=v.name_zh,
            name_en=v.name_en,
            source_label=v.source_label,
            parent_id=v.parent_id,
        )
        for v in (versions if some is None else versions.filter(grid__in=some))
    }


def _with_all_above(edition: Edition, grids: Iterable[int]) -> set[int]:
    """Grids with all that lie above them in an edition: one query a level."""
    found: set[int] = set()
    fresh = {int(g) for g in grids}
    while fresh:
        found |= fresh
        parents = GridVersion.objects.of_edition(edition).filter(grid__in=fresh).values_list("parent", flat=True)
        fresh = {p for p in parents if p is not None} - found
    return found


def _stamp_in_force() -> tuple[Any, ...] | None:
    return run.row("cells", "stamp_in_force_v1", {"now": timezone.now()})


def _stamp(edition: Edition) -> tuple[Any, ...]:
    # A number alone could be given again to another edition in a database made anew.
    return (edition.pk, edition.number, edition.valid_from, edition.made_at)


def _taken(values: NDArray[Any], index: NDArray[np.int32], empty: Any) -> NDArray[Any]:
    """values[index], and `empty` where the index is OUTSIDE."""
    out = np.full(len(index), empty, dtype=values.dtype)
    inside = index != OUTSIDE
    out[inside] = values[index[inside]]
    return out
