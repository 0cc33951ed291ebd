"""Shared borders as lines: what a planner takes hold of.

An arc is the border two cells share between two corners where three or more cells meet (or the map ends).
Moving it moves both sides, so that no gap can open. An arc is named by its owners and its place among the
arcs they share, counted by where the arc begins: `left:right:order`, the outside being -1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from spatial.changes import OUTSIDE, Partition
from spatial.crs import from_city
from spatial.intents import require_cells
from spatial.partition import Floats, from_mm
from spatial.refusals import Reason, refuse
from spatial.rings import Point, Segment, directed

# Longitude and latitude with this many decimals (0.1 mm) come back to the same millimetre; with 8 most do not.
LONLAT_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Arc:
    """One shared border."""

    left: int  # the cell to the left of the line, the smaller id
    right: int  # the cell to the right, or OUTSIDE
    order: int
    points: tuple[Point, ...]  # millimetres, from corner to corner; a closed one repeats its first point
    movable: bool  # False on the outline of the map and between communities

    @property
    def id(self) -> str:
        """Name of the arc in this state of the map."""
        return f"{self.left}:{self.right}:{self.order}"

    @property
    def line(self) -> Any:
        """The arc as a LineString in metres."""
        return shapely.linestrings(self.xy)

    @property
    def xy(self) -> Floats:
        """The arc's points, (n, 2) float64, metres."""
        return from_mm(np.array(self.points, dtype=np.int64))

    @property
    def closed(self) -> bool:
        """True for the border round an enclave, which has no corner."""
        return self.points[0] == self.points[-1]

    def lonlat(self, srid: int) -> list[list[float]]:
        """The points as longitude and latitude (WGS 84) for the browser, exact enough to come back unchanged."""
        pairs: list[list[float]] = np.round(from_city(self.xy, srid=srid), LONLAT_DECIMALS).tolist()
        return pairs


def arcs(partition: Partition, cells: Iterable[int] | None = None, *, box: Any = None) -> list[Arc]:
    """Give every arc of some cells, or of the cells that meet a box (west, south, east, north), ordered by name.

    Raises
    ------
    Refused
        If a cell is unknown. Cells of the rim have no arcs of their own, only those with loaded cells.
    """
    if cells is None:
        wanted = {k for k in partition.in_box(box or partition.bounds) if k not in partition.rim}
    else:
        wanted = set(require_cells(partition, cells))
    if not wanted:
        return []
    area = shapely.union_all(shapely.envelope(partition.of_cells(sorted(wanted))))
    around = sorted(wanted | set(partition.near(area)))
    owner: dict[Segment, int] = {}
    for k, shape in zip(around, partition.of_cells(around), strict=True):
        owner.update(dict.fromkeys(directed(shape), k))
    by_pair, degree = _segments_by_pair(owner, wanted)
    found = []
    for (left, right), segments in sorted(by_pair.items()):
        movable = right != OUTSIDE and partition.community[left] == partition.community[right]
        lines = sorted(_lines(segments, degree))
        found += [Arc(left, right, n, tuple(points), movable) for n, points in enumerate(lines)]
    return found


def find_arc(partition: Partition, arc: str | Arc) -> Arc:
    """Give the arc of a name as it is now; refuse a name that this state of the map does not know."""
    name = arc.id if isinstance(arc, Arc) else str(arc)
    try:
        left, right, _ = (int(part) for part in name.split(":"))
    except ValueError:
        refuse(Reason.WRONG_KIND, wanted="border name like 12:15:0", found=repr(name[:40]))
    known = [k for k in (left, right) if k in partition and k not in partition.rim]
    for candidate in arcs(partition, known[:1]) if known else []:
        if candidate.id == name:
            return candidate
    refuse(Reason.NO_BORDER, one=left, other=right)


def corner_cells(partition: Partition, corner: Point) -> list[int]:
    """Give the ids of all cells that have this corner, ascending."""
    x, y = corner[0] / 1000.0, corner[1] / 1000.0
    return [k for k in partition.near(shapely.Point(x, y), 0.0) if _has_vertex(partition.shapes[k], x, y)]


def _has_vertex(shape: Any, x: float, y: float) -> bool:
    return bool((shapely.get_coordinates(shape) == (x, y)).all(axis=1).any())


def _segments_by_pair(
    owner: dict[Segment, int], wanted: set[int]
) -> tuple[dict[tuple[int, int], dict[Point, list[Point]]], dict[Point, int]]:
    """Group the segments of the wanted cells by their two owners, and count the segments at each point."""
    by_pair: dict[tuple[int, int], dict[Point, list[Point]]] = defaultdict(lambda: defaultdict(list))
    degree: dict[Point, int] = defaultdict(int)
    for (a, b), k in owner.items():
        other = owner.get((b, a), OUTSIDE)
        if other != OUTSIDE and other < k:
            continue  # counted from the other side
        degree[a] += 1
        degree[b] += 1
        if k in wanted or other in wanted:
            by_pair[k, other][a].append(b)
    return by_pair, degree


def _lines(onward: dict[Point, list[Point]], degree: dict[Point, int]) -> list[list[Point]]:
    """Join directed segments to lines that run from node to node; closed ones begin at their smallest point."""
    lines = []
    for start in sorted(onward):
        if degree[start] != 2:
            lines += [_follow(start, onward, degree) for _ in range(len(onward[start]))]
    for start in sorted(onward):
        if onward[start]:
            lines.append(_follow(start, onward, degree))
    return lines


def _follow(start: Point, onward: dict[Point, list[Point]], degree: dict[Point, int]) -> list[Point]:
    onward[start].sort()
    line = [start, onward[start].pop(0)]
    while line[-1] != start and degree[line[-1]] == 2 and onward[line[-1]]:
        line.append(onward[line[-1]].pop(0))
    return line
