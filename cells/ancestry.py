"""Where a cell comes from and what became of it: its versions through the editions, and its family tree.

A cell keeps its code while its shape, community or third-level grid change: these are its versions. Where ground went
from one cell to another by a cut or a merger, `CellDescent` keeps who came from whom, in which edition.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings

from cells.models import Cell
from spatial import crs as reference
from spatial.postgis import run

MOST_GENERATIONS = 24
MOST_LINKS = 400
SPLIT, MERGED, MOVED = "split", "merged", "moved"


@dataclass(frozen=True, slots=True)
class Named:
    """A community or a third-level grid as it was called when a version began."""

    code: str
    name_zh: str
    name_en: str

    def as_data(self) -> dict[str, str]:
        """Plain data for an answer."""
        return {"code": self.code, "name_zh": self.name_zh, "name_en": self.name_en}


@dataclass(frozen=True, slots=True)
class Version:
    """A cell as it was from edition `since` up to, not including, edition `until` (None: still)."""

    since: int
    since_at: dt.datetime
    until: int | None
    until_at: dt.datetime | None
    community: Named
    grid: Named | None
    area_m2: float
    place: tuple[float, float]  # longitude, latitude of a point in it

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        return {
            "since": self.since,
            "since_at": self.since_at,
            "until": self.until,
            "until_at": self.until_at,
            "community": self.community.as_data(),
            "grid": self.grid.as_data() if self.grid else None,
            "area_m2": round(self.area_m2, 3),
            "place": list(self.place),
        }


@dataclass(frozen=True, slots=True)
class Member:
    """A cell of the family with its versions, the oldest first."""

    id: int
    code: str
    versions: tuple[Version, ...] = field(repr=False)

    @property
    def born(self) -> Version:
        """The version it began with."""
        return self.versions[0]

    @property
    def last(self) -> Version:
        """The version it has, or had at its end."""
        return self.versions[-1]

    def stands_in(self, number: int) -> bool:
        """Whether an edition has it."""
        return any(v.since <= number and (v.until is None or v.until > number) for v in self.versions)

    @property
    def in_force(self) -> bool:
        """Whether it stands in the newest edition."""
        return self.last.until is None

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer, without the versions between."""
        return {
            "code": self.code,
            "id": self.id,
            "born": self.born.since,
            "born_at": self.born.since_at,
            "retired": self.last.until,
            "retired_at": self.last.until_at,
            "in_force": self.in_force,
            "community": self.last.community.as_data(),
            "grid": self.last.grid.as_data() if self.last.grid else None,
            "area_m2": round(self.last.area_m2, 3),
            "place": list(self.last.place),
        }


@dataclass(frozen=True, slots=True)
class Link:
    """Ground that went from one cell to another in an edition; `generation` counts from the cell asked for."""

    parent: Member
    child: Member
    edition: int
    at: dt.datetime
    label: str
    kind: str  # SPLIT: the parent was cut; MERGED: the child got ground of several; MOVED: one became the other
    generation: int

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer; cells by code."""
        return {
            "parent": self.parent.code,
            "child": self.child.code,
            "edition": self.edition,
            "at": self.at,
            "label": self.label,
            "kind": self.kind,
            "generation": self.generation,
        }


@dataclass(frozen=True, slots=True)
class Family:
    """A cell, those it came from and those that came from it, the nearest first; `more`: the tree goes on."""

    cell: Member
    ancestors: tuple[Link, ...]
    descendants: tuple[Link, ...]
    more: bool

    @property
    def members(self) -> dict[str, Member]:
        """All cells of the tree by code, the cell itself first."""
        ends = [m for link in (*self.ancestors, *self.descendants) for m in (link.parent, link.child)]
        return {member.code: member for member in (self.cell, *ends)}

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        return {
            "cell": self.cell.as_data(),
            "versions": [v.as_data() for v in self.cell.versions],
            "members": {code: member.as_data() for code, member in self.members.items()},
            "ancestors": [link.as_data() for link in self.ancestors],
            "descendants": [link.as_data() for link in self.descendants],
            "more": self.more,
        }


def family(cell: Cell, *, depth: int = MOST_GENERATIONS, most: int = MOST_LINKS) -> Family:
    """The family tree of a cell over all published editions, by two queries.

    Parameters
    ----------
    cell : any cell that a published edition has or had
    depth, most : generations each way, and links in all, beyond which the tree is cut short (`Family.more`)

    Raises
    ------
    Cell.DoesNotExist : no published edition knows the cell
    """
    links = run.rows("cells", "family_of_cell_v1", {"cell": cell.pk, "depth": depth + 1, "most": most})
    kept = [link for link in links[:most] if link[6] <= depth]
    known = members({cell.pk, *(key for link in kept for key in link[1:3])})
    if cell.pk not in known:
        raise Cell.DoesNotExist(f"Cell {cell.code} stands in no published edition.")
    sides: dict[str, list[Link]] = {"up": [], "down": []}
    for side, parent_id, child_id, number, at, label, generation, parents, children in kept:
        parent, child = known[parent_id], known[child_id]
        if parents > 1 or child.born.since < number:
            kind = MERGED
        else:
            kind = SPLIT if children > 1 or parent.stands_in(number) else MOVED
        sides[side].append(Link(parent, child, number, at, label or f"#{number}", kind, generation))
    return Family(known[cell.pk], tuple(sides["up"]), tuple(sides["down"]), more=len(kept) < len(links))


def members(cells: set[int]) -> dict[int, Member]:
    """Cells by primary key with all their published versions, by one query."""
    rows = run.rows("cells", "versions_of_cells_v1", {"cells": sorted(cells)})
    metres = np.array([row[13:15] for row in rows], np.float64).reshape(-1, 2)
    places = np.round(reference.from_city(metres, srid=settings.CITY_SRID), 7).tolist() if rows else []
    versions: dict[int, list[Version]] = {}
    codes: dict[int, str] = {}
    for row, (lon, lat) in zip(rows, places, strict=True):
        grid = Named(row[9], row[10] or "", row[11] or "") if row[9] else None
        community = Named(row[6], row[7] or "", row[8] or "")
        version = Version(row[2], row[3], row[4], row[5], community, grid, row[12], (lon, lat))
        versions.setdefault(row[0], []).append(version)
        codes[row[0]] = row[1]
    return {key: Member(key, codes[key], tuple(found)) for key, found in versions.items()}
