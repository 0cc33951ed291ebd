"""Edits as a planner, a clumsy planner and an attacker would send them, drawn from a seed.

An `Intent` is what comes through the door: a verb and its plain arguments. `random_intent` looks at the map
(a planner does, too) and draws valid, silly or hostile ones; `carry_out` gives them to the real verbs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator

from spatial import edits
from spatial.arcs import arcs
from spatial.changes import Partition
from spatial.edits import Answer
from tests.spatial.lattice import bent_lattice


@dataclass(frozen=True, slots=True)
class Intent:
    """One edit as it is asked for."""

    kind: str
    verb: str
    arguments: dict[str, Any] = field(default_factory=dict)


def a_district(columns: int, rows: int, *, block: int = 5, seed: int = 1) -> Partition:
    """A district of bent four-sided cells; every block × block of them is a community."""
    _, cells = bent_lattice(columns, rows, seed=seed)
    row, column = np.divmod(np.arange(len(cells)), columns)
    community = (row // block) * 1000 + column // block
    return Partition.of(range(len(cells)), cells, community.tolist())


def carry_out(partition: Partition, intent: Intent, *, suggest: bool = False) -> Answer:
    """Ask the verb an intent names."""
    arguments = dict(intent.arguments)
    if intent.verb != "merge":
        arguments["suggest"] = suggest
    verb: Callable[..., Answer] = getattr(edits, intent.verb)
    return verb(partition, **arguments)


def random_intent(partition: Partition, rng: Generator) -> Intent:
    """Draw an edit: some two of three could be meant, the others are silly or hostile."""
    makers = [*_VALID * 4, *_SILLY, *_HOSTILE]
    maker = makers[int(rng.integers(len(makers)))]
    cells = list(partition.shapes)
    cell = cells[int(rng.integers(len(cells)))]
    verb, arguments = maker(partition, cell, rng)
    return Intent(maker.__name__.strip("_"), verb, arguments)


Made = tuple[str, dict[str, Any]]


def _corners(partition: Partition, cell: int) -> Any:
    return shapely.get_coordinates(partition.shapes[cell].exterior)[:-1]


def _inner(partition: Partition, cell: int) -> Any:
    return shapely.get_coordinates(shapely.point_on_surface(partition.shapes[cell]))[0]


def _direction(rng: Generator) -> Any:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _neighbours(partition: Partition, cell: int) -> list[int]:
    return [k for k in partition.near(partition.shapes[cell]) if k != cell]


def _pick(items: Any, rng: Generator) -> Any:
    return items[int(rng.integers(len(items)))]


# --- what can be meant -------------------------------------------------------------------------------


def _straight_split(partition: Partition, cell: int, rng: Generator) -> Made:
    middle, way = _inner(partition, cell), _direction(rng) * 400
    return "split", {"cells": [cell], "lines": np.array([middle - way, middle + way])}


def _split_from_border_to_border(partition: Partition, cell: int, rng: Generator) -> Made:
    ring = partition.shapes[cell].exterior
    at = np.sort(rng.uniform(0, ring.length, 2))
    one, other = (shapely.get_coordinates(ring.interpolate(d))[0] for d in at)
    middle = (one + other) / 2 + rng.normal(0, 5, 2)
    return "split", {"cells": [cell], "lines": np.array([one, middle, other])}


def _split_several(partition: Partition, cell: int, rng: Generator) -> Made:
    home = partition.community[cell]
    cells = [k for k in partition.near(partition.shapes[cell].buffer(150)) if partition.community[k] == home]
    middle, way = _inner(partition, cell), _direction(rng) * 500
    lines = [np.array([middle - way, middle + way]), np.array([middle - way[::-1], middle + way[::-1]])]
    return "split", {"cells": cells, "lines": lines, "keep_small": True}


def _merge_neighbour(partition: Partition, cell: int, rng: Generator) -> Made:
    return "merge", {"cells": [cell, _pick(_neighbours(partition, cell) or [cell], rng)]}


def _drag_corner(partition: Partition, cell: int, rng: Generator) -> Made:
    corner = _pick(_corners(partition, cell), rng)
    return "move_vertex", {"at": corner, "to": corner + rng.normal(0, _pick([0.5, 3, 10], rng), 2)}


def _drag_border(partition: Partition, cell: int, rng: Generator) -> Made:
    arc = _pick(arcs(partition, [cell]), rng)
    line = arc.xy + rng.normal(0, 3, 2)
    return "move_arc", {"arc": arc.id, "line": line + rng.normal(0, 1, line.shape), "ends": "pinned"}


def _drag_border_with_corners(partition: Partition, cell: int, rng: Generator) -> Made:
    arc = _pick(arcs(partition, [cell]), rng)
    return "move_arc", {"arc": arc.id, "line": arc.xy + rng.normal(0, 3, 2), "ends": "moved"}


def _redraw_border(partition: Partition, cell: int, rng: Generator) -> Made:
    other = _pick(_neighbours(partition, cell) or [cell], rng)
    common = shapely.intersection(partition.shapes[cell], partition.shapes[other])
    middle = shapely.get_coordinates(shapely.centroid(common))[0]
    way, steps = _direction(rng), int(rng.integers(2, 6))
    along = np.linspace(-150, 150, steps)[:, None] * way
    aside = rng.normal(0, 8, steps)[:, None] * np.array([-way[1], way[0]])
    return "reshape", {"one": cell, "other": other, "line": middle + along + aside}


def _lay_border_along_street(partition: Partition, cell: int, rng: Generator) -> Made:
    arc = _pick(arcs(partition, [cell]), rng)
    first, last = arc.xy[0], arc.xy[-1]
    street = np.array([first + (first - last), last + (last - first)]) + rng.normal(0, 4, 2)
    along = None if rng.integers(3) == 0 else street
    return "straighten", {"arc": arc.id, "along": along, "ends": str(_pick(["slide", "pinned"], rng))}


def _paste_grown(partition: Partition, cell: int, rng: Generator) -> Made:
    outline = partition.shapes[cell].buffer(rng.uniform(-8, 8), quad_segs=2)
    return "paste", {"outline": outline, "into": cell}


def _paste_new(partition: Partition, cell: int, rng: Generator) -> Made:
    middle = _inner(partition, cell) + rng.normal(0, 30, 2)
    return "paste", {"outline": shapely.Point(middle).buffer(rng.uniform(15, 60), quad_segs=3)}


# --- silly -------------------------------------------------------------------------------------------


def _zigzag(partition: Partition, cell: int, rng: Generator) -> Made:
    return "split", {"cells": [cell], "lines": _inner(partition, cell) + rng.normal(0, 60, (7, 2))}


def _corner_to_corner(partition: Partition, cell: int, rng: Generator) -> Made:
    corners = _corners(partition, cell)
    return "split", {"cells": [cell], "lines": corners[rng.choice(len(corners), 2, replace=False)]}


def _split_along_border(partition: Partition, cell: int, rng: Generator) -> Made:
    corners = _corners(partition, cell)
    n = int(rng.integers(len(corners)))
    one, other = corners[n], corners[n - 1]
    way = other - one
    noise = rng.normal(0, 0.002, 2) if rng.integers(2) else 0.0
    return "split", {"cells": [cell], "lines": np.array([one - 3 * way, other + 3 * way + noise])}


def _sliver_split(partition: Partition, cell: int, rng: Generator) -> Made:
    arc = _pick(arcs(partition, [cell]), rng)
    return "split", {"cells": [cell], "lines": arc.xy + rng.uniform(-0.001, 0.001, 2)}


def _miss_a_corner(partition: Partition, cell: int, rng: Generator) -> Made:
    corner = _pick(_corners(partition, cell), rng)
    lines = np.array([corner + rng.normal(0, 0.0007, 2), 2 * _inner(partition, cell) - corner])
    return "split", {"cells": [cell], "lines": lines}


def _too_short(partition: Partition, cell: int, rng: Generator) -> Made:
    middle = _inner(partition, cell)
    return "split", {"cells": [cell], "lines": np.array([middle, middle + 5])}


def _corner_onto_corner(partition: Partition, cell: int, rng: Generator) -> Made:
    corners = _corners(partition, cell)
    n = int(rng.integers(len(corners)))
    goal = corners[n - 1] if rng.integers(2) else _pick(corners, rng)
    return "move_vertex", {"at": corners[n], "to": goal + rng.normal(0, 0.001, 2)}


def _corner_far_over(partition: Partition, cell: int, rng: Generator) -> Made:
    corner = _pick(_corners(partition, cell), rng)
    return "move_vertex", {"at": corner, "to": corner + rng.normal(0, 150, 2)}


def _border_far_over(partition: Partition, cell: int, rng: Generator) -> Made:
    arc = _pick(arcs(partition, [cell]), rng)
    ends = str(_pick(["pinned", "moved"], rng))
    return "move_arc", {"arc": arc.id, "line": arc.xy + rng.normal(0, 120, 2), "ends": ends}


def _border_along_other_border(partition: Partition, cell: int, rng: Generator) -> Made:
    one, other = _pick(arcs(partition, [cell]), rng), _pick(arcs(partition, [cell]), rng)
    return "move_arc", {"arc": one.id, "line": other.xy + rng.normal(0, 0.0005, 2), "ends": "pinned"}


def _crossed_border(partition: Partition, cell: int, rng: Generator) -> Made:
    arc = _pick(arcs(partition, [cell]), rng)
    return "move_arc", {"arc": arc.id, "line": arc.xy[rng.permutation(len(arc.xy))], "ends": "moved"}


def _merge_far_apart(partition: Partition, cell: int, rng: Generator) -> Made:
    return "merge", {"cells": [cell, _pick(list(partition.shapes), rng)], "across": bool(rng.integers(2))}


def _merge_a_ring(partition: Partition, cell: int, rng: Generator) -> Made:
    return "merge", {"cells": _neighbours(partition, cell) or [cell], "across": True}


def _reshape_beside(partition: Partition, cell: int, rng: Generator) -> Made:
    other = _pick(_neighbours(partition, cell) or [cell], rng)
    ring = shapely.get_coordinates(partition.shapes[other].exterior)
    return "reshape", {"one": cell, "other": other, "line": ring[: int(rng.integers(1, len(ring) + 1))]}


def _paste_bow_tie(partition: Partition, cell: int, rng: Generator) -> Made:
    return "paste", {"outline": rng.permutation(_corners(partition, cell)), "into": cell}


def _paste_trembling(partition: Partition, cell: int, rng: Generator) -> Made:
    corners = _corners(partition, cell)
    return "paste", {"outline": corners + rng.normal(0, 0.004, corners.shape), "into": cell, "across": True}


def _paste_rounded(partition: Partition, cell: int, rng: Generator) -> Made:
    return "paste", {"outline": np.round(_corners(partition, cell), 2) + 0.0004, "into": cell, "across": True}


def _paste_over_many(partition: Partition, cell: int, rng: Generator) -> Made:
    outline = shapely.Point(_inner(partition, cell)).buffer(rng.uniform(60, 160), quad_segs=3)
    return "paste", {"outline": outline, "into": cell if rng.integers(2) else None, "across": bool(rng.integers(2))}


def _paste_ring(partition: Partition, cell: int, rng: Generator) -> Made:
    middle = shapely.Point(_inner(partition, cell))
    return "paste", {"outline": middle.buffer(70).difference(middle.buffer(rng.uniform(5, 65))), "into": cell}


# --- hostile -----------------------------------------------------------------------------------------

_NONSENSE: list[Any] = [
    [],
    None,
    "a line",
    [[1.0]],
    [["x", "y"], ["z", "w"]],
    [[np.nan, 1.0], [2.0, 3.0]],
    [[np.inf, 1.0], [2.0, -np.inf]],
    [[1e300, 1e300], [-1e300, 1e300]],
    [[180.0, 0.0], [-180.0, 0.0]],
    [[0.0, 0.0], [0.0, 0.0]],
    shapely.Point(0, 0),
    shapely.LineString(),
    shapely.Polygon(),
    shapely.GeometryCollection(),
    shapely.MultiPolygon(),
    {"type": "LineString"},
    7,
]


def _nonsense_line(partition: Partition, cell: int, rng: Generator) -> Made:
    given, verb = _pick(_NONSENSE, rng), int(rng.integers(4))
    if verb == 0:
        return "split", {"cells": [cell], "lines": given}
    if verb == 1:
        return "reshape", {"one": cell, "other": _pick([cell, -1, cell + 1, 10**9], rng), "line": given}
    if verb == 2:
        return "move_arc", {"arc": _pick(arcs(partition, [cell]), rng).id, "line": given}
    return "paste", {"outline": given, "into": _pick([None, cell], rng)}


def _nonsense_place(partition: Partition, cell: int, rng: Generator) -> Made:
    places: list[Any] = [_pick(_corners(partition, cell), rng), *_NONSENSE, [np.nan, np.nan], [1e18, 0.0]]
    return "move_vertex", {"at": _pick(places, rng), "to": _pick(places, rng)}


def _line_to_the_antimeridian(partition: Partition, cell: int, rng: Generator) -> Made:
    middle = _inner(partition, cell)
    far = np.array([_pick([2.0e7, 1.0e9, -4.0e7, 2.5e4], rng), middle[1]])
    return "split", {"cells": [cell], "lines": np.array([middle - 1000, middle, far])}


def _nan_in_the_middle(partition: Partition, cell: int, rng: Generator) -> Made:
    middle = _inner(partition, cell)
    return "split", {"cells": [cell], "lines": np.array([middle - 200, [np.nan, middle[1]], middle + 200])}


def _unknown_cells(partition: Partition, cell: int, rng: Generator) -> Made:
    cells = _pick([[], [-1], [10**12], [cell, 10**12]], rng)
    return _pick([("merge", {"cells": cells}), ("split", {"cells": cells, "lines": [[0.0, 0.0], [1.0, 1.0]]})], rng)


def _unknown_border(partition: Partition, cell: int, rng: Generator) -> Made:
    name = _pick(["", "1:2", "a:b:c", f"{cell}:{cell}:0", f"{cell}:-1:99", "99999999999:1:0", f"{cell}:1:-1"], rng)
    return "straighten", {"arc": name}


def _degenerate_line(partition: Partition, cell: int, rng: Generator) -> Made:
    corner = _pick(_corners(partition, cell), rng)
    line = np.repeat([corner], int(rng.integers(1, 5)), axis=0)
    if rng.integers(2):
        line[-1] += 0.001
    return _pick(
        [
            ("split", {"cells": [cell], "lines": line}),
            ("reshape", {"one": cell, "other": _pick(_neighbours(partition, cell) or [cell], rng), "line": line}),
            ("move_arc", {"arc": _pick(arcs(partition, [cell]), rng).id, "line": line, "ends": "moved"}),
            ("straighten", {"arc": _pick(arcs(partition, [cell]), rng).id, "along": line}),
            ("paste", {"outline": line, "into": cell}),
        ],
        rng,
    )


def _comb(partition: Partition, cell: int, rng: Generator) -> Made:
    """A line that runs 200 times to and fro, a millimetre or a metre apart."""
    step = float(_pick([0.001, 0.01, 1.0], rng))
    x, y = _inner(partition, cell)
    n = np.arange(200)
    line = np.stack([x + n * step, y + np.where(n % 2, 90.0, -90.0)], axis=1)
    return "split", {"cells": [cell], "lines": line}


_VALID: list[Callable[[Partition, int, Generator], Made]] = [
    _straight_split,
    _split_from_border_to_border,
    _split_several,
    _merge_neighbour,
    _merge_neighbour,
    _merge_neighbour,
    _drag_corner,
    _drag_border,
    _drag_border_with_corners,
    _redraw_border,
    _lay_border_along_street,
    _paste_grown,
    _paste_new,
]
_SILLY: list[Callable[[Partition, int, Generator], Made]] = [
    _zigzag,
    _corner_to_corner,
    _split_along_border,
    _sliver_split,
    _miss_a_corner,
    _too_short,
    _corner_onto_corner,
    _corner_far_over,
    _border_far_over,
    _border_along_other_border,
    _crossed_border,
    _merge_far_apart,
    _merge_a_ring,
    _reshape_beside,
    _paste_bow_tie,
    _paste_trembling,
    _paste_rounded,
    _paste_over_many,
    _paste_ring,
]
_HOSTILE: list[Callable[[Partition, int, Generator], Made]] = [
    _nonsense_line,
    _nonsense_place,
    _line_to_the_antimeridian,
    _nan_in_the_middle,
    _unknown_cells,
    _unknown_border,
    _degenerate_line,
    _comb,
]
