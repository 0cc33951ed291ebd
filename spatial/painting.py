"""Choose cells the way a painter does: box, lasso, along a street, flooding up to a street or river.

A responsibility grid is a set of cells, so painting never touches a border of a cell and cannot leave a gap.
What is answered here: which cells a gesture means, whether a set hangs together, and how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from spatial.changes import Partition
from spatial.intents import DEFAULT_LIMITS, Limits, lines_given, require_cells
from spatial.partition import Bools, Floats, Ints, as_shapes, connected_groups, shared_borders

Rule = Literal["centre", "touch", "whole"]


@dataclass(frozen=True, slots=True)
class Web:
    """Cells and their common borders. Borders of one pair are one row; corners alone do not join cells."""

    ids: Ints  # (n,) ascending
    left: Ints  # (m,) index into ids
    right: Ints  # (m,)
    length_m: Floats  # (m,)
    _row: Ints  # (s,) the pair each segment belongs to
    _start: Floats  # (s, 2)
    _end: Floats  # (s, 2)

    def positions(self, cells: Iterable[int]) -> Ints:
        """Give the indices of cell ids that are in the web, ascending."""
        return np.flatnonzero(np.isin(self.ids, np.fromiter(cells, dtype=np.int64)))


def web_of(partition: Partition, cells: Iterable[int] | None = None) -> Web:
    """Give the web of some cells (default: all)."""
    ids = np.array(sorted(partition.shapes if cells is None else require_cells(partition, cells)), dtype=np.int64)
    borders = shared_borders(partition.of_cells(ids.tolist()))
    low, high = np.minimum(borders.left, borders.right), np.maximum(borders.left, borders.right)
    pairs, row = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
    length = np.bincount(row.ravel(), borders.length_m, minlength=len(pairs)).astype(np.float64)
    return Web(ids, pairs[:, 0], pairs[:, 1], length, row.ravel(), borders.start, borders.end)


def share_along(web: Web, lines: Any, *, within_m: float = 8.0, step_m: float = 5.0) -> Floats:
    """Give for each pair of a web the share of its common border that runs along lines.

    Parameters
    ----------
    lines : geometries in metres (street centre lines, banks)
    within_m : how near a border must be to count; carriageways and surveys differ by some metres

    Returns
    -------
    (m,) float64 from 0 to 1. Measured at points every `step_m` on the borders.
    """
    given = as_shapes(lines)
    if len(given) == 0 or len(web.left) == 0:
        return np.zeros(len(web.left))
    span = web._end - web._start
    length = np.hypot(*span.T)
    count = np.maximum(1, np.ceil(length / step_m)).astype(np.int64)
    segment = np.repeat(np.arange(len(length)), count)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    points = web._start[segment] + ((nth + 0.5) / count[segment])[:, None] * span[segment]
    hit = shapely.STRtree(given).query(shapely.points(points), predicate="dwithin", distance=within_m)[0]
    near = np.zeros(len(points), dtype=np.bool_)
    near[hit] = True
    weight = (length / count)[segment] * near
    along = np.bincount(web._row[segment], weight, minlength=len(web.left))
    return np.asarray(along / web.length_m)


def pieces(web: Web, cells: Iterable[int]) -> list[list[int]]:
    """Give the pieces a set of cells falls into, each ascending, the one with most cells first: one if contiguous."""
    member = np.zeros(len(web.ids), dtype=np.bool_)
    member[web.positions(cells)] = True
    return _pieces(web, member, member[web.left] & member[web.right])


def flood(
    web: Web,
    start: int,
    *,
    barrier: Floats | None = None,
    among: Iterable[int] | None = None,
    closed_from: float = 0.5,
) -> list[int]:
    """Give the cells that can be reached from one without crossing a barrier, ascending.

    Parameters
    ----------
    barrier : (m,) share of each common border that is barrier, as `share_along` gives for streets and rivers
    among : cells that may be flooded (default: all of the web)
    closed_from : a border with this share of barrier or more is not crossed
    """
    member = np.ones(len(web.ids), dtype=np.bool_)
    if among is not None:
        member[:] = False
        member[web.positions([*among, start])] = True
    open_ = member[web.left] & member[web.right]
    if barrier is not None:
        open_ &= barrier < closed_from
    return next((piece for piece in _pieces(web, member, open_) if start in piece), [])


def cells_in(partition: Partition, area: Any, *, rule: Rule = "centre", limits: Limits = DEFAULT_LIMITS) -> list[int]:
    """Give the cells a box or lasso takes, ascending.

    Parameters
    ----------
    area : Polygon or corners (n, 2) in metres; one drawn by hand may cross itself
    rule : "centre": the inner point of the cell lies in it; "touch": any of its ground does; "whole": all does

    Raises
    ------
    Refused
        If the corners are no places near the map.
    """
    rings = lines_given(partition, shapely.boundary(area) if isinstance(area, shapely.Geometry) else area, limits)
    corners = [shapely.get_coordinates(ring) for ring in rings]
    lasso = shapely.make_valid(
        area if isinstance(area, shapely.Geometry) else shapely.Polygon(corners[0] if len(corners[0]) > 2 else [])
    )
    near = partition.near(lasso, 0.0)
    shapes = partition.of_cells(near)
    shapely.prepare(lasso)
    if rule == "centre":
        taken = shapely.intersects(lasso, shapely.point_on_surface(shapes))
    elif rule == "whole":
        taken = shapely.covers(lasso, shapes)
    else:
        taken = shapely.area(shapely.intersection(shapes, lasso)) > 0
    return [k for k, yes in zip(near, taken.tolist(), strict=True) if yes]


def cells_along(
    partition: Partition,
    line: Any,
    *,
    within_m: float = 10.0,
    at_least_m: float = 20.0,
    limits: Limits = DEFAULT_LIMITS,
) -> list[int]:
    """Give the cells on both sides of a line such as a street, ascending.

    A cell counts if at least `at_least_m` of the line (or half of a shorter one) run in it or within
    `within_m` of it, so that cells the line only passes at a corner are left out.
    """
    way = shapely.union_all(lines_given(partition, line, limits))
    near = partition.near(way, within_m)
    beside = shapely.length(shapely.intersection(way, shapely.buffer(partition.of_cells(near), within_m, quad_segs=2)))
    enough = min(at_least_m, float(way.length) / 2)
    return [k for k, metres in zip(near, beside.tolist(), strict=True) if metres >= enough]


def outline_of(partition: Partition, cells: Iterable[int]) -> Any:
    """Give the ground of a set of cells as one MultiPolygon, borders between them dissolved."""
    union = shapely.coverage_union_all(partition.of_cells(require_cells(partition, cells)))
    return shapely.multipolygons(shapely.get_parts(union))


def hatch(shapes: Any, *, spacing_m: float = 12.0, degrees: float = 45.0) -> Any:
    """Give the hatching of an area as one MultiLineString.

    The lines are those of one pattern over the whole city, so that areas hatched one by one fit together.
    """
    area = shapely.union_all(as_shapes(shapes))
    if area.is_empty:
        return shapely.MultiLineString()
    angle = np.radians(degrees)
    along, aside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corners = shapely.get_coordinates(shapely.envelope(area))
    reach, offset = corners @ along, corners @ aside
    row = np.arange(np.ceil(offset.min() / spacing_m), np.floor(offset.max() / spacing_m) + 1)[:, None] * spacing_m
    lines = np.stack([row * aside + reach.min() * along, row * aside + reach.max() * along], axis=1)
    drawn = shapely.get_parts(shapely.intersection(shapely.linestrings(lines), area))
    return shapely.multilinestrings(drawn[shapely.length(drawn) > 0])


def _pieces(web: Web, member: Bools, open_: Bools) -> list[list[int]]:
    group = connected_groups(len(web.ids), web.left[open_], web.right[open_])
    chosen = np.flatnonzero(member)
    groups: dict[int, list[int]] = {}
    for position in chosen.tolist():
        groups.setdefault(int(group[position]), []).append(int(web.ids[position]))
    return sorted(groups.values(), key=lambda piece: (-len(piece), piece))
