"""The ground of one edition in memory: its cells in a locator, its areas, and who owns each of many places.

A ground is read whole once (1.6 s in a city of 50,000 cells); that of the next edition is made from the one before by
what has changed between them (`Ground.after`), at the cost of the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db.models import Q
from numpy.typing import ArrayLike, NDArray

from cells.explanation import Area, Candidate, Explanation, Rule, chain_above, home_around, ladder, rule_of
from cells.models import Edition, GridVersion, Level
from spatial import crs as reference
from spatial.amended import Amended
from spatial.locator import OUTSIDE, Locator
from spatial.postgis import run

_BLOCK = 500
# A city of which more has changed is read anew: past that, an amended locator saves little and answers more slowly.
_MOST_SHARE = 0.2


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


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The cells and areas of one edition in memory, ready to be asked; immutable, so threads share it.

    `cell_ids`, `community_ids`, `grid_ids` (-1 where none): (cells,) primary keys in the order of the locator's
    indices. `above`: the areas above each community by level. `home`: where places of this city may lie.
    """

    edition: int
    stamp: tuple[Any, ...]
    srid: int
    locator: Locator
    cell_ids: NDArray[np.int64]
    community_ids: NDArray[np.int64]
    grid_ids: NDArray[np.int64]
    areas: dict[int, Area]
    above: dict[int, dict[str, int]]
    home: Any

    @classmethod
    def of(cls, edition: Edition, *, cells: Iterable[int] | None = None) -> Ground:
        """The ground of a whole edition, or of some cells by number."""
        some = None if cells is None else sorted(set(cells))
        keys: list[tuple[int, str, int, int | None]] = []
        shapes = [np.empty(0, object)]
        # By blocks, so that the threads that serve people get their turns meanwhile.
        for block in run.blocks("cells", "cells_of_edition_v1", {"number": edition.number, "cells": some}, of=_BLOCK):
            keys += [row[:4] for row in block]
            shapes.append(_shapes_of(block))
        ids, codes, communities, grids = _columns(keys)
        locator = Locator(codes, np.concatenate(shapes))
        at = locator.positions
        known = None if some is None else _with_all_above(edition, {*communities.tolist(), *grids.tolist()} - {-1})
        areas = areas_of(edition, known)
        above = {c: ladder(areas, c) for c in np.unique(communities).tolist()}
        return cls._made(edition, locator, (ids[at], communities[at], grids[at]), areas, above)

    @classmethod
    def after(cls, before: Ground | None, edition: Edition) -> Ground:
        """The ground of a whole edition, made from that of an earlier one by what has changed, where that is little."""
        change = None if before is None else _change(before, edition)
        if before is None or change is None:
            return cls.of(edition)
        gone, rows = change
        if len(gone) + len(rows) > _MOST_SHARE * len(before.locator):
            return cls.of(edition)
        ids, codes, communities, grids = _columns([row[:4] for row in rows])
        locator = Amended(before.locator, np.searchsorted(before.locator.codes, gone), codes, _shapes_of(rows))
        if locator.share > _MOST_SHARE:
            return cls.of(edition)
        olds = (before.cell_ids, before.community_ids, before.grid_ids)
        columns = tuple(
            np.concatenate([old, new])[locator.positions]
            for old, new in zip(olds, (ids, communities, grids), strict=True)
        )
        areas = _areas_after(before, edition)
        above = before.above if areas is before.areas else {}
        here = np.unique(columns[1]).tolist()
        return cls._made(edition, locator, columns, areas, {c: above.get(c) or ladder(areas, c) for c in here})

    @classmethod
    def _made(
        cls,
        edition: Edition,
        locator: Locator,
        columns: Sequence[NDArray[np.int64]],
        areas: dict[int, Area],
        above: dict[int, dict[str, int]],
    ) -> Ground:
        extent, srid = locator.bounds, settings.CITY_SRID
        home = home_around(extent, srid=srid) if np.isfinite(extent[0]) else None
        return cls(edition.number, stamp_of(edition), srid, locator, *columns, areas, above, home)

    def area_ids(self, level: str) -> NDArray[np.int64]:
        """(cells,) primary keys of the grids that the cells belong to at a level above the cell; -1 where none."""
        if level == Level.GRID:
            return self.grid_ids
        communities, which = np.unique(self.community_ids, return_inverse=True)
        above = np.array([self.above[int(c)].get(level, -1) for c in communities], np.int64)
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
        above = self.above[int(self.community_ids[index])]
        return chain_above(self.areas, above, int(self.grid_ids[index]))

    def to_metres(self, lon: float, lat: float, crs: str) -> tuple[float, float]:
        """One coordinate pair in the city's metres; raises UnknownCrs, BadCoordinate."""
        return reference.point_to_city(lon, lat, crs=crs, srid=self.srid, home=self.home)

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


def areas_of(edition: Edition, some: Iterable[int] | None) -> dict[int, Area]:
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


def _columns(
    keys: Sequence[Sequence[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.str_], NDArray[np.int64], NDArray[np.int64]]:
    """Cell, code, community and grid (-1 where none) of rows of `cells_of_edition`."""
    ids, codes, communities, grids = zip(*keys, strict=True) if keys else ((),) * 4
    return (
        np.array(ids, np.int64), np.array(codes, np.str_), np.array(communities, np.int64),
        np.array([-1 if g is None else g for g in grids], np.int64),
    )  # fmt: skip


def _shapes_of(rows: Sequence[Sequence[Any]]) -> NDArray[np.object_]:
    shapes: NDArray[np.object_] = shapely.from_wkb(np.array([bytes(row[4]) for row in rows], dtype=object))
    return shapes


def _change(before: Ground, edition: Edition) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """Codes of the cells that ended since an earlier ground, and the rows that began; None if it is no earlier one."""
    pk, number, valid_from, made_at = before.stamp
    known = Edition.objects.published().filter(pk=pk, number=number, valid_from=valid_from, made_at=made_at)
    between = _between(before, edition)
    if not between or not known.exists():
        return None
    rows = run.rows("cells", "cells_changed_v1", {"editions": between})
    return [row[1] for row in rows if row[4] is None], [row for row in rows if row[4] is not None]


def _between(before: Ground, edition: Edition) -> list[int]:
    """Primary keys of the editions after that of an earlier ground, up to one."""
    after = Edition.objects.published().filter(number__gt=before.edition, number__lte=edition.number)
    return list(after.values_list("pk", flat=True))


def _areas_after(before: Ground, edition: Edition) -> dict[int, Area]:
    """The areas of an edition, by those of an earlier one; the very same where none has changed."""
    between = _between(before, edition)
    touched = set(
        GridVersion.objects.filter(Q(since__in=between) | Q(until__in=between)).values_list("grid_id", flat=True)
    )
    if not touched:
        return before.areas
    kept = {pk: area for pk, area in before.areas.items() if pk not in touched}
    return kept | areas_of(edition, touched)


def stamp_of(edition: Edition) -> tuple[Any, ...]:
    # A number alone could be given again to another edition in a database made anew.
    return (edition.pk, edition.number, edition.valid_from, edition.made_at)


def _taken(values: NDArray[Any], index: NDArray[np.int32], empty: Any) -> NDArray[Any]:
    """values[index], and `empty` where the index is OUTSIDE."""
    out = np.full(len(index), empty, dtype=values.dtype)
    inside = index != OUTSIDE
    out[inside] = values[index[inside]]
    return out
