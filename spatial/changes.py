"""The map as a value: a tiling by id, and an edit as the difference between two of them.

A `Partition` is never changed; `apply` gives the next one and shares everything the edit leaves alone, so
that a history of edits costs what the edits cost. An `Edit` holds the polygons before and after, so undo is
the inverse edit and gives back the same bytes.

The tiling may be a window of a larger one: cells of the `rim` are there as neighbours. They receive vertices
on the side of the cells that are changed, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import shapely

from spatial.errors import BrokenCoverage, StaleEdit
from spatial.partition import GRID_M, Ints, Shapes, as_shapes, from_mm, is_partition, to_mm

Community: TypeAlias = int | str
OUTSIDE = -1
# Changed cells are looked up in a small tree of their own; past this number one tree is built of all.
_SMALL_TREE = 400


@dataclass(frozen=True, slots=True)
class Edit:
    """What one edit does. Polygons in metres on the 1 mm grid."""

    verb: str
    # Every cell whose polygon is another one afterwards, the added ones among them.
    changed: Mapping[int, Any]
    removed: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    # Cells of `changed` that only received a vertex on a border that stays where it is (within a millimetre).
    vertex_only: tuple[int, ...] = ()
    # The polygons before, of every cell in `changed` and `removed` but the added ones.
    before: Mapping[int, Any] = field(default_factory=dict)
    # The community of each added and each removed cell.
    community: Mapping[int, Community] = field(default_factory=dict)

    @property
    def moved(self) -> tuple[int, ...]:
        """Cells whose ground changes: all of `changed` but those that only received a vertex."""
        return tuple(sorted(set(self.changed) - set(self.vertex_only)))

    def inverse(self) -> Edit:
        """Give the edit that undoes this one, byte for byte."""
        return Edit(self.verb, self.before, self.added, self.removed, self.vertex_only, self.changed, self.community)


@dataclass(frozen=True, slots=True)
class _Index:
    """Some cells with a search tree."""

    ids: Ints
    tree: Any

    @classmethod
    def of(cls, shapes: Mapping[int, Any], ids: Iterable[int]) -> _Index:
        chosen = np.fromiter(ids, dtype=np.int64)
        tree = shapely.STRtree(as_shapes([shapes[int(k)] for k in chosen]))
        tree.query(shapely.Point(0, 0))  # GEOS builds at the first question; threads may share it from then on
        return cls(chosen, tree)


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """A tiling: each cell one polygon on the 1 mm grid, every border shared vertex for vertex.

    Made by `Partition.of`, then only by `apply`.
    """

    shapes: Mapping[int, Any]
    community: Mapping[int, Community]
    rim: frozenset[int]
    next_id: int
    bounds: tuple[float, float, float, float]  # west, south, east, north in metres; edits keep the outline
    _base: _Index
    _later: _Index
    _newer: frozenset[int]  # ids that the base tree knows wrongly or not at all

    @classmethod
    def of(
        cls,
        ids: Iterable[int],
        shapes: Any,
        community: Iterable[Community] | None = None,
        *,
        rim: Iterable[int] = (),
        next_id: int | None = None,
        proven: bool = False,
    ) -> Partition:
        """Take a tiling in.

        Parameters
        ----------
        ids : (n,) int, 0 or more, each once
        shapes : (n,) Polygon, metres on the 1 mm grid
        community : (n,), optional
            Label of the area each cell belongs to; edits do not move land between areas. Default: one area.
        rim : ids of cells that are present as neighbours only
        next_id : first id for new cells; default: the largest + 1
        proven : True if the caller knows the tiling to be exact (it came out of an edit or of the database)

        Raises
        ------
        BrokenCoverage
            If ids repeat, a vertex is off the grid, or the shapes do not tile their union exactly.
        """
        keys = [int(k) for k in ids]
        tiles = as_shapes(shapes)
        labels = [0] * len(keys) if community is None else list(community)
        if not len(keys) == len(set(keys)) == len(tiles) == len(labels) or any(k < 0 for k in keys):
            raise BrokenCoverage(
                f"{len(keys)} ids, {len(set(keys))} of them different, {len(tiles)} shapes, {len(labels)} communities.",
                hint="Give one id (0 or more), one polygon and one community for each cell.",
            )
        if not proven:
            _require_exact(tiles)
        by_id = dict(zip(keys, tiles, strict=True))
        first_free = max(keys, default=-1) + 1
        west, south, east, north = (float(v) for v in shapely.total_bounds(tiles))
        return cls(
            by_id,
            dict(zip(keys, labels, strict=True)),
            frozenset(int(k) for k in rim),
            first_free if next_id is None else max(next_id, first_free),
            (west, south, east, north),
            _Index.of(by_id, keys),
            _Index.of(by_id, ()),
            frozenset(),
        )

    def __len__(self) -> int:
        return len(self.shapes)

    def __contains__(self, cell: object) -> bool:
        return cell in self.shapes

    def of_cells(self, cells: Iterable[int]) -> Shapes:
        """Give the polygons of some cells as an array."""
        return as_shapes([self.shapes[k] for k in cells])

    def near(self, geometry: Any, distance_m: float = GRID_M) -> list[int]:
        """Give the ids of cells within a distance of a geometry (by default: that touch it), ascending."""
        found: set[int] = set()
        for index in (self._base, self._later):
            if len(index.ids):
                found.update(index.ids[index.tree.query(geometry, predicate="dwithin", distance=distance_m)].tolist())
        if self._newer:
            found = {k for k in found if k not in self._newer}
            if len(self._later.ids):
                hits = self._later.tree.query(geometry, predicate="dwithin", distance=distance_m)
                found.update(self._later.ids[hits].tolist())
        return sorted(found)

    def in_box(self, box: tuple[float, float, float, float]) -> list[int]:
        """Give the ids of cells that meet a box (west, south, east, north), ascending."""
        return self.near(shapely.box(*box), 0.0)

    def apply(self, edit: Edit) -> Partition:
        """Give the tiling after an edit.

        Raises
        ------
        StaleEdit
            If a cell is not what the edit was made for; `where["cells"]` names them.
        """
        stale = [k for k, old in edit.before.items() if k not in self.shapes or not _same(self.shapes[k], old)]
        stale += [k for k in edit.added if k in self.shapes]
        if stale:
            raise StaleEdit(cells=sorted(stale))
        shapes = dict(self.shapes)
        for k in edit.removed:
            del shapes[k]
        shapes.update(edit.changed)
        community = self.community
        if edit.added or edit.removed:
            community = {k: v for k, v in self.community.items() if k not in edit.removed}
            community.update({k: edit.community[k] for k in edit.added})
        next_id = max([self.next_id, *(k + 1 for k in edit.added)])
        newer = self._newer | set(edit.changed) | set(edit.removed)
        if len(newer) > max(_SMALL_TREE, len(shapes) // 50):
            base, later, newer = _Index.of(shapes, shapes), _Index.of(shapes, ()), frozenset()
        else:
            base, later = self._base, _Index.of(shapes, sorted(k for k in newer if k in shapes))
        return replace(
            self, shapes=shapes, community=community, next_id=next_id, _base=base, _later=later, _newer=newer
        )

    def undo(self, edit: Edit) -> Partition:
        """Give the tiling before an edit, byte for byte; new ids are not given a second time."""
        return self.apply(edit.inverse())


def changes(before: Partition, after: Partition, *, verb: str = "changes") -> Edit:
    """Give one edit that leads from a tiling to a later one, however many steps lie between."""
    changed = {k: g for k, g in after.shapes.items() if k not in before or not _same(before.shapes[k], g)}
    removed = tuple(sorted(k for k in before.shapes if k not in after))
    added = tuple(sorted(k for k in changed if k not in before))
    old = {k: before.shapes[k] for k in (*changed, *removed) if k in before}
    community = {k: after.community[k] for k in added} | {k: before.community[k] for k in removed}
    kept = [k for k in changed if k in before]
    vertex_only = tuple(sorted(k for k in kept if hardly_moved(before.shapes[k], changed[k])))
    return Edit(verb, changed, removed, added, vertex_only, old, community)


def hardly_moved(old: Any, new: Any, *, limit_m2: float = 0.05) -> bool:
    """Say whether a polygon keeps its ground but for the millimetres of a new vertex."""
    if abs(old.area - new.area) >= limit_m2:
        return False
    return bool(shapely.symmetric_difference(old, new).area < limit_m2)


def _same(one: Any, other: Any) -> bool:
    return one is other or bool(shapely.equals_identical(one, other))


def _require_exact(shapes: Shapes) -> None:
    """Raise BrokenCoverage unless the shapes are polygons on the grid that tile their union."""
    if len(shapes) == 0:
        return
    coordinates = shapely.get_coordinates(shapes)
    if not np.isfinite(coordinates).all():
        raise BrokenCoverage("A vertex is not a number.")
    off = (from_mm(to_mm(coordinates)) != coordinates).any(axis=1)
    if off.any():
        x, y = coordinates[int(off.argmax())]
        raise BrokenCoverage(f"The vertex {x!r}, {y!r} is off the 1 mm grid.", place=(float(x), float(y)))
    if not is_partition(shapes, shapely.coverage_union_all(shapes)):
        raise BrokenCoverage(hint="Find the places with spatial.partition.find_faults.")
