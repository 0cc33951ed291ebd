"""Redraw the map: split, merge, move, reshape, straighten, paste.

Each verb takes a `Partition` and what the planner meant, and answers with an `Edit` or a `Refusal`; nothing is
changed by it (`Partition.apply` makes the next map). No edit can leave a gap, an overlap, a sliver, a stray
piece or land outside its community: it is proved (`spatial.proof`) or refused with the place and, where one
was found, the nearest edit that is allowed. Looking for that costs some ten trials; while a hand is still
dragging, `suggest=False` leaves it out.

Lines, points and outlines are metres of the city's system: shapely geometry or arrays of pairs.

Examples
--------
>>> west, east = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)
>>> city = Partition.of([1, 2], [west, east])
>>> edit = split(city, [1], shapely.LineString([(50, -10), (50, 110)]))
>>> edit.added, sorted(edit.changed), [round(g.area) for g in edit.changed.values()]
((3,), [1, 3], [5000, 5000])
>>> split(city, [1], shapely.LineString([(50, 20), (50, 60)])).reason.value
'does_not_divide'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np
import shapely
from shapely.errors import GEOSException

from spatial import carving, moving, outlines
from spatial.arcs import Arc, arcs, find_arc
from spatial.changes import Edit, Partition
from spatial.intents import (
    DEFAULT_LIMITS,
    Limits,
    lines_given,
    outline_given,
    point_given,
    prolonged,
    require_cells,
)
from spatial.moving import Ends, blend, furthest
from spatial.partition import Shapes, from_mm, on_grid
from spatial.refusals import Reason, Refusal, Refused, refuse

Answer = Edit | Refusal


def split(
    partition: Partition,
    cells: Iterable[int],
    lines: Any,
    *,
    keep_small: bool = False,
    suggest: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Split cells by one or more lines; the largest piece of each keeps the id, the others get new ones.

    A line that stops within a hand's reach (5 cm) of a border is carried on to it. Pieces below the smallest
    size refuse the edit; with `keep_small=True` (a whole community cut by its streets) they stay with the
    piece of the same cell they border on most.
    """

    def attempt(way: Any) -> Edit:
        return carving.split_cells(partition, cells, way, limits, keep_small=keep_small)

    def nearest(refusal: Refusal) -> Any:
        way = lines_given(partition, lines, limits)
        area = shapely.union_all(partition.of_cells(require_cells(partition, cells)))
        if refusal.reason is Reason.DOES_NOT_DIVIDE:
            return _first(attempt, [shapely.multilinestrings([prolonged(line, _across(area)) for line in way])])
        if refusal.reason not in _SIZES or len(way) != 1:
            return None
        step = shapely.get_coordinates(shapely.shortest_line(way[0], shapely.point_on_surface(area)))
        shift = step[1] - step[0]
        long = prolonged(way[0], _across(area))

        def shifted(share: float) -> Any:
            return on_grid(shapely.transform(long, lambda c: c + (1 - share) * shift))[0]

        return furthest(lambda t: attempt(shifted(t)), shifted)

    return _answer(lambda: attempt(lines), nearest if suggest else None)


def merge(
    partition: Partition,
    cells: Iterable[int],
    *,
    into: int | None = None,
    across: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Merge cells that hang together into one, which keeps the id `into` (default: the smallest)."""
    return _answer(lambda: carving.merged_cells(partition, cells, into, limits, across=across), None)


def move_vertex(
    partition: Partition,
    at: Any,
    to: Any,
    *,
    across: bool = False,
    suggest: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Move the corner at a place for all cells that have it; the nearest allowed is the last place on the way."""

    def attempt(goal: Any) -> Edit:
        start, end = point_given(partition, at, limits), point_given(partition, goal, limits)
        return moving.moved_vertex(partition, start, end, limits, across=across)

    def nearest(refusal: Refusal) -> Any:
        if refusal.reason not in _BREAKS:
            return None
        start, end = point_given(partition, at, limits), point_given(partition, to, limits)
        way = moving.vertex_way(partition, start, end, limits)

        def place(share: float) -> Any:
            return shapely.Point(from_mm(np.array(way(share))))

        return furthest(lambda t: attempt(place(t)), place)

    return _answer(lambda: attempt(to), nearest if suggest else None)


def move_arc(
    partition: Partition,
    arc: str | Arc,
    line: Any,
    *,
    ends: Ends = "pinned",
    across: bool = False,
    suggest: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Put a new line in the place of a shared border; both sides move together.

    `ends="pinned"` keeps its corners, which take the place of the line's first and last point; "moved" takes them
    to the ends of the line, with every other border that meets there. The nearest allowed line lies between the
    old border and the new one.
    """

    def attempt(way: Any) -> Edit:
        path = lines_given(partition, way, limits)
        return moving.moved_arc(partition, arc, _one(path), limits, ends=ends, across=across)

    def nearest(refusal: Refusal) -> Any:
        if refusal.reason not in _BREAKS:
            return None
        old, new = find_arc(partition, arc), _one(lines_given(partition, line, limits))
        if old.line.distance(shapely.Point(new.coords[0])) > old.line.distance(shapely.Point(new.coords[-1])):
            new = shapely.reverse(new)
        return furthest(lambda t: attempt(blend(old.line, new, t)), lambda t: blend(old.line, new, t))

    return _answer(lambda: attempt(line), nearest if suggest else None)


def reshape(
    partition: Partition,
    one: int,
    other: int,
    line: Any,
    *,
    across: bool = False,
    suggest: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Draw the border between two neighbours anew; it ends where the line meets the other borders of the pair."""

    def attempt(way: Any) -> Edit:
        return carving.reshaped_pair(partition, one, other, way, limits, across=across)

    def nearest(refusal: Refusal) -> Any:
        pair = shapely.union_all(partition.of_cells(require_cells(partition, (one, other))))
        way = _one(lines_given(partition, line, limits))
        if refusal.reason is Reason.DOES_NOT_DIVIDE:
            return _first(attempt, [prolonged(way, _across(pair))])
        if refusal.reason not in _BREAKS:
            return None
        now = [arc.line for arc in arcs(partition, [one]) if {arc.left, arc.right} == {one, other}]
        inside = shapely.get_parts(shapely.intersection(way, pair))
        if not now or len(inside) == 0 or inside[0].length == 0:
            return None
        old, new = max(now, key=lambda g: float(g.length)), max(inside, key=lambda g: float(g.length))
        if np.dot(np.subtract(old.coords[-1], old.coords[0]), np.subtract(new.coords[-1], new.coords[0])) < 0:
            new = shapely.reverse(new)
        return furthest(lambda t: attempt(blend(old, new, t)), lambda t: blend(old, new, t))

    return _answer(lambda: attempt(line), nearest if suggest else None)


def straighten(
    partition: Partition,
    arc: str | Arc,
    *,
    along: Any = None,
    ends: Literal["pinned", "slide"] = "slide",
    across: bool = False,
    suggest: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Lay a shared border along a line such as a street; without one, straight from corner to corner.

    With `ends="slide"` the border follows the line until it meets the other borders of its two cells; with
    "pinned" it goes from its corner to the line, along it, and back to its corner. The nearest allowed is a line
    for `move_arc`.
    """

    def pinned(old: Arc, way: Any) -> Edit:
        return moving.moved_arc(partition, old, way, limits, ends="pinned", across=across)

    def goal(old: Arc) -> Any:
        if along is None:
            return shapely.linestrings(old.xy[[0, -1]])
        return moving.stretch(old, _one(lines_given(partition, along, limits)))

    def attempt() -> Edit:
        old = find_arc(partition, arc)
        if along is not None and ends == "slide" and old.right in partition:
            way = _one(lines_given(partition, along, limits))
            return carving.reshaped_pair(partition, old.left, old.right, way, limits, across=across)
        return pinned(old, goal(old))

    def nearest(refusal: Refusal) -> Any:
        if refusal.reason not in (*_BREAKS, Reason.DOES_NOT_DIVIDE):
            return None
        old = find_arc(partition, arc)
        way = goal(old)
        whole = _first(lambda w: pinned(old, w), [way])
        if whole is not None:
            return whole
        return furthest(lambda t: pinned(old, blend(old.line, way, t)), lambda t: blend(old.line, way, t))

    return _answer(attempt, nearest if suggest else None)


def paste(
    partition: Partition,
    outline: Any,
    *,
    into: int | None = None,
    across: bool = False,
    suggest: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Make an outline the border of a cell: of `into`, or of a new one. Neighbours give land, or take what is left.

    An outline that leaves the community (without `across`) or the map is refused; nearest is the part inside.
    """

    def attempt(area: Any) -> Edit:
        return outlines.pasted(partition, outline_given(partition, area, limits), into, limits, across=across)

    def nearest(refusal: Refusal) -> Any:
        if refusal.reason is Reason.BAD_OUTLINE:
            return _first(attempt, [refusal.nearest])
        area = outline_given(partition, outline, limits)
        return _first(attempt, outlines.alternatives(partition, area, refusal, into, across=across))

    return _answer(lambda: attempt(outline), nearest if suggest else None)


_BREAKS = (
    Reason.FOLDS_OVER,
    Reason.VANISHES,
    Reason.TOO_SMALL,
    Reason.TOO_NARROW,
    Reason.SPIKE,
    Reason.STRAY,
    Reason.NOT_EXACT,
)
_SIZES = (Reason.TOO_SMALL, Reason.TOO_NARROW, Reason.SPIKE)


def _answer(attempt: Callable[[], Edit], nearest: Callable[[Refusal], Any] | None) -> Answer:
    """Make an edit; where it is refused, look for the nearest that is allowed."""
    try:
        return attempt()
    except Refused as refused:
        refusal = refused.refusal
    except GEOSException:
        refusal = Refusal(Reason.NOT_EXACT)
    found = None
    if nearest is not None:
        try:
            found = nearest(refusal)
        except (Refused, GEOSException):
            found = None
    kept = refusal.nearest if nearest is None or refusal.reason is Reason.NO_VERTEX else None
    shown = found if found is not None else kept
    return Refusal(refusal.reason, refusal.values, refusal.place, refusal.cells, shown, refusal.nearest_cells)


def _first(attempt: Callable[[Any], Edit], candidates: Iterable[Any]) -> Any:
    """Give the first candidate that is allowed."""
    for candidate in candidates:
        if candidate is None:
            continue
        try:
            attempt(candidate)
        except Refused:
            continue
        return candidate
    return None


def _one(lines: Shapes) -> Any:
    if len(lines) != 1:
        refuse(Reason.WRONG_KIND, wanted="single line", found=f"collection of {len(lines)}")
    return lines[0]


def _across(area: Any) -> float:
    west, south, east, north = area.bounds
    return float(np.hypot(east - west, north - south))
