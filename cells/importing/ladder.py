"""The ladder of levels from the city to the community while areas are put into it: always whole, nobody without parent.

What a city does not give is filled in: communities alone get one town, one district and the city; towns that a file
names by label or by the digits of its codes are made. Filled areas give way when the real ones come. Shapes above are
the exact unions of the areas below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB

from cells.codes import Scheme
from cells.importing.areas import ATTRIBUTES, FileArea
from cells.importing.errors import ImportRefused
from cells.labels import LabelBook
from cells.models import CellVersion, Edition, GridVersion, Level
from spatial.mending import NOISE_M2
from spatial.partition import as_shapes

LEVELS = (Level.CITY, Level.DISTRICT, Level.TOWN, Level.COMMUNITY)
# Kept in the note of an area that an import had to fill in.
ROUNDING_M = 0.002
FULL = 0.9  # of the serials, when one area is split for want of them: some are left for later
FILLED = "filled in by an import: no file gave this level"


@dataclass(slots=True, eq=False)
class Area:
    """One area of the ladder. `stored` is what the database holds of it, None for a new one."""

    level: str
    label: str = ""
    code: str = ""
    name_zh: str = ""
    name_en: str = ""
    shape: Any = None
    parent: Area | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    filled: bool = False
    above: dict[str, str] = field(default_factory=dict)
    from_file: FileArea | None = None
    grid_id: int | None = None
    version_id: int | None = None
    stored: dict[str, Any] | None = None
    in_draft: bool = False  # its version began with the draft
    new_identity: bool = True  # no published edition knows it, and no cell's code begins with its own

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return self.label or self.name_en or self.name_zh or self.code or f"the {self.level}"


class Ladder:
    """The areas of all levels above the cell, as the draft (else the edition in force) has them."""

    def __init__(self, edition: Edition | None, scheme: Scheme) -> None:
        self.scheme = scheme
        self.areas: dict[str, list[Area]] = {level: [] for level in LEVELS}
        self.dropped: list[Area] = []
        self.notices: list[str] = []
        if edition is not None:
            self._load(edition)

    def _load(self, edition: Edition) -> None:
        draft = edition.state == Edition.State.DRAFT
        versions = GridVersion.objects.of_edition(edition).filter(grid__level__in=LEVELS).select_related("grid")
        celled = set(CellVersion.objects.of_edition(edition).values_list("community_id", flat=True).distinct())
        known = set(
            GridVersion.objects.exclude(since__state=Edition.State.DRAFT).values_list("grid_id", flat=True).distinct()
        )
        by_grid: dict[int, Area] = {}
        rows = list(versions.annotate(wkb=AsWKB("shape")).defer("shape"))
        for v in rows:
            stored = {"label": v.source_label, "name_zh": v.name_zh, "name_en": v.name_en, "parent_id": v.parent_id}
            stored |= {a: getattr(v, a) for a in ATTRIBUTES} | {"shape": shapely.from_wkb(bytes(v.wkb))}
            stored["code"] = v.grid.code
            by_grid[v.grid_id] = Area(
                level=v.grid.level_id, label=v.source_label, code=v.grid.code, name_zh=v.name_zh, name_en=v.name_en,
                shape=stored["shape"], attributes={a: getattr(v, a) for a in ATTRIBUTES}, filled=v.note == FILLED,
                grid_id=v.grid_id, version_id=v.pk, stored=stored, in_draft=draft and v.since_id == edition.pk,
                new_identity=v.grid_id not in known and v.grid_id not in celled,
            )  # fmt: skip
        for v in rows:
            area = by_grid[v.grid_id]
            area.parent = by_grid.get(v.parent_id) if v.parent_id is not None else None
            self.areas[area.level].append(area)

    def children(self, area: Area) -> list[Area]:
        """The areas right below one."""
        at = LEVELS.index(area.level)
        return [a for a in self.areas[LEVELS[at + 1]] if a.parent is area] if at + 1 < len(LEVELS) else []

    def real(self, level: str) -> list[Area]:
        """The areas of a level that somebody gave."""
        return [a for a in self.areas[level] if not a.filled]

    # --- putting areas in ---------------------------------------------------------------------------------------

    def put(self, level: str, areas: Iterable[FileArea], *, replace: bool = False) -> list[Area]:
        """Put the areas of a file in: those known by label or code take its values, filled ones give way.

        With `replace` all others of the level give way too.
        """
        by_label = {a.label: a for a in self.real(level) if a.label}
        by_code = {a.code: a for a in self.real(level)}
        pattern = self.scheme.pattern(level)
        put = []
        for given in areas:
            area = by_label.get(given.label) or (by_code.get(given.code) if given.code else None)
            if area is None:
                area = Area(level=level, new_identity=True)
                self.areas[level].append(area)
            area.label, area.from_file, area.shape = given.label, given, given.shape
            area.name_zh, area.name_en = given.name_zh or area.name_zh, given.name_en or area.name_en
            area.attributes |= {k: v for k, v in given.attributes.items() if v}
            area.above = dict(given.above)
            if not area.code and pattern.fullmatch(given.code):
                area.code = given.code
            put.append(area)
        if put:
            for old in [a for a in self.areas[level] if a.filled or (replace and a not in put)]:
                for child in self.children(old):
                    child.parent = None
                self.drop(old)
        return put

    def drop(self, area: Area) -> None:
        """Take an area out of the ladder."""
        self.areas[area.level].remove(area)
        if area.grid_id is not None:
            self.dropped.append(area)

    def make_whole(self, level: str, put: list[Area]) -> None:
        """Give every area a parent, from a level down and upwards, filling in what is missing."""
        at = LEVELS.index(level)
        if at + 1 < len(LEVELS) and self.areas[LEVELS[at + 1]]:
            self._reattach(LEVELS[at + 1], put)
        for area in put:
            if area.above or area.parent is None:
                area.parent = None
        for rank in range(at, 0, -1):
            self._adopt(LEVELS[rank], LEVELS[rank - 1])
        if not self.areas[Level.CITY]:
            self.areas[Level.CITY].append(Area(level=Level.CITY, filled=True))
        if len(self.areas[Level.CITY]) > 1:
            raise ImportRefused(
                f"There are {len(self.areas[Level.CITY])} areas of level “city”: a database holds one city.",
                hint="Import them with --level district.",
            )
        city = self.areas[Level.CITY][0]
        for district in self.areas[Level.DISTRICT]:
            district.parent = city
        for rank in range(len(LEVELS) - 1, 1, -1):
            if self.areas[LEVELS[rank]]:
                for filled in [a for a in self.areas[LEVELS[rank - 1]] if a.filled and not self.children(a)]:
                    self.drop(filled)

    def _reattach(self, below: str, put: list[Area]) -> None:
        """The areas below go to the area just put in that holds most of them."""
        loose = [a for a in self.areas[below] if a.parent is None or a.parent in put]
        best = largest_overlap([a.shape for a in loose], [p.shape for p in put])
        for child, index in zip(loose, best.tolist(), strict=True):
            if index >= 0:
                child.parent = put[index]
            elif child.parent is None:
                child.parent = put[int(nearest([child.shape], [p.shape for p in put])[0])]

    def _adopt(self, level: str, up: str) -> None:
        orphans = [a for a in self.areas[level] if a.parent is None]
        if not orphans or up == Level.CITY:
            return
        orphans = self._by_label(orphans, up)
        orphans = self._by_code(orphans, level, up)
        real = self.real(up)
        if real and orphans:
            best = largest_overlap([a.shape for a in orphans], [r.shape for r in real])
            for area, index in zip(orphans, best.tolist(), strict=True):
                if index < 0:
                    index = int(nearest([area.shape], [r.shape for r in real])[0])
                    self.notices.append(f"{area.name} touches no {up}; it goes to the nearest, {real[index].name}.")
                area.parent = real[index]
            return
        if orphans:
            self._fill(orphans, up)

    def _by_label(self, orphans: list[Area], up: str) -> list[Area]:
        """Parents as the file names them; where the level above is empty, they are made. Those left over."""
        named = {id(a): a.above.get(up) or a.above.get("parent", "") for a in orphans}
        if not any(named.values()):
            return orphans
        real = self.real(up)
        book = LabelBook([(k, [r.label, r.code, r.name_zh, r.name_en]) for k, r in enumerate(real)])
        made: dict[str, Area] = {}
        left, unknown = [], set()
        for area in orphans:
            label = named[id(area)]
            index = book.find(label) if label else None
            if index is not None:
                area.parent = real[index]
            elif label and not real:
                if label not in made:
                    over = {k: v for k, v in area.above.items() if k in LEVELS and LEVELS.index(k) < LEVELS.index(up)}
                    made[label] = Area(level=up, label=label, above=over, **_name(label))
                    self.areas[up].append(made[label])
                area.parent = made[label]
            else:
                unknown.add(label)
                left.append(area)
        if unknown - {""}:
            shown = ", ".join(sorted(unknown - {""})[:5])
            self.notices.append(f"No {up} is called {shown}: the parents of {len(left)} areas are found by place.")
        if made:
            self.notices.append(f"{len(made)} areas of level “{up}” were made from the labels in the file.")
        return left

    def _by_code(self, orphans: list[Area], level: str, up: str) -> list[Area]:
        """Parents by the digits that codes begin with; where the level above is empty, they are made."""
        segment = self.scheme.segments[level]
        if segment.parent != up:
            return orphans
        tail = segment.digits + len(segment.mark)
        known = {a.code: a for a in self.areas[up] if a.code}
        empty = not self.real(up)
        left, made = [], 0
        for area in orphans:
            head = area.code[:-tail] if area.code else ""
            if not head or (head not in known and not empty):
                left.append(area)
                continue
            if head not in known:
                known[head] = Area(level=up, label=head, code=head)
                self.areas[up].append(known[head])
                made += 1
            area.parent = known[head]
        if made:
            self.notices.append(f"{made} areas of level “{up}” were made from the codes in the file.")
        return left

    def _fill(self, orphans: list[Area], up: str) -> None:
        """One filled-in area for each area two levels up, or one in all."""
        over = LEVELS[LEVELS.index(up) - 1]
        anchors = self.real(over) if over != Level.CITY else []
        best = (
            largest_overlap([a.shape for a in orphans], [r.shape for r in anchors])
            if anchors
            else np.full(len(orphans), -1)
        )
        filled: dict[int, Area] = {id(a.parent): a for a in self.areas[up] if a.filled}
        for area, index in zip(orphans, best.tolist(), strict=True):
            if anchors and index < 0:
                index = int(nearest([area.shape], [r.shape for r in anchors])[0])
            anchor = anchors[index] if anchors else None
            home = filled.get(id(anchor)) if anchor is not None else next(iter(filled.values()), None)
            if home is None:
                home = Area(level=up, filled=True, parent=anchor)
                filled[id(anchor)] = home
                self.areas[up].append(home)
            area.parent = home
        most = 10 ** self.scheme.segments[orphans[0].level].digits - 1
        for home in [a for a in self.areas[up] if a.filled]:
            members = self.children(home)
            if len(members) > most:
                self._split(home, members, most)

    def _split(self, home: Area, members: list[Area], most: int) -> None:
        """Several filled-in areas where one would have more below it than its codes have serials."""
        groups = [members]
        while any(len(g) > FULL * most for g in groups):
            halved = []
            for group in groups:
                if len(group) <= FULL * most:
                    halved.append(group)
                    continue
                middle = shapely.get_coordinates(shapely.centroid([a.shape for a in group]))
                order = np.lexsort((middle[:, 0], middle[:, int(np.ptp(middle, axis=0).argmax())]))
                half = len(group) // 2
                halved += [[group[k] for k in order[:half]], [group[k] for k in order[half:]]]
            groups = halved
        for group in groups[1:]:
            other = Area(level=home.level, filled=True, parent=home.parent)
            self.areas[home.level].append(other)
            for area in group:
                area.parent = other
        self.notices.append(
            f"{len(members)} areas do not fit the codes below one {home.level}: {len(groups)} were made, by place."
        )

    # --- shapes -------------------------------------------------------------------------------------------------

    def derive_shapes(self, level: str) -> float:
        """Make the areas above a level the exact unions of theirs below; how much ground that moved, in m²."""
        moved = 0.0
        for rank in range(LEVELS.index(level), 0, -1):
            below, up = LEVELS[rank], LEVELS[rank - 1]
            members: dict[int, list[Any]] = defaultdict(list)
            for child in self.areas[below]:
                members[id(child.parent)].append(child.shape)
            with_children = [a for a in self.areas[up] if members[id(a)]]
            for area in with_children:
                before = area.shape
                area.shape = union(members[id(area)])
                if before is not None and not same_shape(before, area.shape):
                    moved += float(shapely.area(shapely.symmetric_difference(before, area.shape)))
            bare = [a for a in self.areas[up] if not members[id(a)]]
            if bare and with_children:
                taken = shapely.union_all([a.shape for a in with_children])
                for area in bare:
                    area.shape = _areal(shapely.difference(area.shape, taken, grid_size=1e-3)) or area.shape
                shown = ", ".join(a.name for a in bare[:5])
                self.notices.append(f"{len(bare)} areas of level “{up}” have nothing below them yet: {shown}.")
        return moved


def union(shapes: list[Any]) -> Any:
    """The exact union of an edge-matched tiling, as a normalised multipolygon."""
    array = as_shapes(shapes)
    exact = bool(shapely.coverage_is_valid(array))
    joined = shapely.coverage_union_all(array) if exact else shapely.union_all(array, grid_size=1e-3)
    return shapely.normalize(joined if joined.geom_type == "MultiPolygon" else shapely.multipolygons([joined]))


def same_shape(one: Any, other: Any) -> bool:
    """Whether two shapes are the same ground: no further apart than the rounding of added vertices, or than crumbs."""
    if identical(one, other):
        return True
    if shapely.hausdorff_distance(shapely.boundary(one), shapely.boundary(other)) <= ROUNDING_M:
        return True
    return bool(shapely.area(shapely.symmetric_difference(one, other)) <= NOISE_M2)


def identical(one: Any, other: Any) -> bool:
    """Whether two shapes are the same to the last vertex."""
    return bool(shapely.equals_identical(shapely.normalize(one), shapely.normalize(other)))


def largest_overlap(shapes: list[Any], among: list[Any]) -> np.ndarray:
    """(n,) index of the shape that each overlaps most, -1 where none."""
    parts = np.full(len(shapes), -1, dtype=np.int64)
    if not shapes or not among:
        return parts
    array, others = as_shapes(shapes), as_shapes(among)
    one, other = shapely.STRtree(others).query(array, predicate="intersects")
    common = shapely.area(shapely.intersection(array[one], others[other]))
    order = np.lexsort((other, -common, one))
    order = order[common[order] > 0]
    first = np.unique(one[order], return_index=True)[1]
    parts[one[order][first]] = other[order][first]
    return parts


def nearest(shapes: list[Any], among: list[Any]) -> np.ndarray:
    """(n,) index of the nearest shape."""
    return np.asarray(shapely.STRtree(as_shapes(among)).query_nearest(as_shapes(shapes), all_matches=False)[1])


def _areal(shape: Any) -> Any | None:
    parts = [p for p in shapely.get_parts(as_shapes(shape)) if p.geom_type == "Polygon" and p.area >= 1.0]
    return shapely.normalize(shapely.multipolygons(parts)) if parts else None


def _name(label: str) -> dict[str, str]:
    """A made area is called as it is labelled, unless the label is a mere number."""
    if not label or not any(c.isalpha() for c in label):
        return {}
    return {"name_zh": label} if any("\u4e00" <= c <= "\u9fff" for c in label) else {"name_en": label}
