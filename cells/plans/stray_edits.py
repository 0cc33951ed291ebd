"""Edits as a planner, a clumsy planner and an attacker would send them, drawn by chance.

Each maker looks at the map it is given (a planner does, too) and answers with a kind and an intent as they would come
through the door: longitude and latitude, numbers of cells, or something that only looks like them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from numpy.random import Generator

from cells.models import Plan
from cells.plans.choosing import borders, flood
from cells.plans.sketch import Sketch
from spatial.crs import from_city
from spatial.partition import Floats

Made = tuple[Any, Any]
Maker = Callable[[Sketch, Plan, int, Generator], Made]
DECIMALS = 9


def draw(sketch: Sketch, plan: Plan, rng: Generator) -> Made:
    """Draw an edit: some two of three can be meant, the others are silly or hostile."""
    weights = [*(4 for _ in VALID), *(1 for _ in SELDOM), *(2 for _ in SILLY), *(1 for _ in HOSTILE)]
    makers = [*VALID, *SELDOM, *SILLY, *HOSTILE]
    maker = makers[int(rng.choice(len(makers), p=np.array(weights) / sum(weights)))]
    return maker(sketch, plan, _pick(sketch.keys, rng), rng)


def lonlat(xy: Any) -> list[list[float]]:
    """Metres as the browser would send them."""
    pairs: list[list[float]] = np.round(from_city(xy, srid=settings.CITY_SRID), DECIMALS).tolist()
    return pairs


def _outline(shape: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [lonlat(shapely.get_coordinates(r)) for r in shapely.get_rings(shape)]}


def _pick(items: Any, rng: Generator) -> Any:
    return items[int(rng.integers(len(items)))]


def _corners(sketch: Sketch, key: int) -> Floats:
    return np.asarray(shapely.get_coordinates(sketch.shapes[key].exterior)[:-1])


def _inner(sketch: Sketch, key: int) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(sketch.shapes[key]))[0])


def _way(rng: Generator, length: float = 1.0) -> Floats:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)]) * length


def _neighbour(sketch: Sketch, key: int, rng: Generator) -> int:
    around = [k for k in sketch.touching(sketch.shapes[key]) if k != key]
    return int(_pick(around or [key], rng))


def _arc(plan: Plan, key: int, rng: Generator) -> tuple[str, Any]:
    border = _pick(borders(plan, keys=[key]), rng)
    return border.arc, border.line


def _shaken(line: Any, rng: Generator, metres: float) -> list[list[float]]:
    degrees = metres / 100_000.0
    return (np.array(line) + rng.normal(0, degrees, 2) + rng.normal(0, degrees / 3, (len(line), 2))).tolist()


# --- what can be meant ------------------------------------------------------------------------------------------


def _split_straight(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    middle, way = _inner(sketch, key), _way(rng, 400)
    return "split", {"cells": [key], "line": lonlat([middle - way, middle + way])}


def _split_from_border_to_border(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    ring = sketch.shapes[key].exterior
    one, other = (shapely.get_coordinates(ring.interpolate(d))[0] for d in np.sort(rng.uniform(0, ring.length, 2)))
    return "split", {"cells": [key], "line": lonlat([one, (one + other) / 2 + rng.normal(0, 5, 2), other])}


def _split_several(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    middle, way = _inner(sketch, key), _way(rng, 500)
    lines = [lonlat([middle - way, middle + way]), lonlat([middle - way[::-1], middle + way[::-1]])]
    cells = sketch.touching(sketch.shapes[key].buffer(100))
    return "split", {"cells": cells, "lines": lines, "keep_small": True}


def _merge(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    other = _neighbour(sketch, key, rng)
    return "merge", {"cells": [key, other], "into": _pick([key, other, None], rng), "across": bool(rng.integers(2))}


def _drag_corner(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    corner = _pick(_corners(sketch, key), rng)
    at, to = lonlat([corner, corner + rng.normal(0, _pick([0.5, 3, 10], rng), 2)])
    return "move_vertex", {"at": at, "to": to, "across": bool(rng.integers(2))}


def _drag_border(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    arc, line = _arc(plan, key, rng)
    ends = _pick(["pinned", "moved"], rng)
    return "move_border", {"arc": arc, "line": _shaken(line, rng, _pick([1, 4], rng)), "ends": ends}


def _redraw_border(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    other = _neighbour(sketch, key, rng)
    middle = shapely.get_coordinates(shapely.centroid(shapely.intersection(sketch.shapes[key], sketch.shapes[other])))
    way, steps = _way(rng), int(rng.integers(2, 6))
    along = np.linspace(-150, 150, steps)[:, None] * way
    line = middle + along + rng.normal(0, 8, steps)[:, None] * np.array([-way[1], way[0]])
    return "redraw_border", {"one": key, "other": other, "line": lonlat(line)}


def _straighten(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    arc, line = _arc(plan, key, rng)
    first, last = np.array(line[0]), np.array(line[-1])
    street = [(2 * first - last).tolist(), (2 * last - first).tolist()]
    along = None if rng.integers(3) == 0 else _shaken(street, rng, 4)
    return "straighten", {"arc": arc, "along": along, "ends": _pick(["slide", "pinned"], rng)}


def _paste_grown(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    outline = sketch.shapes[key].buffer(rng.uniform(-8, 8), quad_segs=2)
    return "paste", {"outline": _outline(outline), "into": key, "across": bool(rng.integers(4) == 0)}


def _paste_island(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "paste", {"outline": _outline(shapely.Point(_inner(sketch, key)).buffer(rng.uniform(5, 60), quad_segs=2))}


def _paint(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    cells = sketch.touching(sketch.shapes[key].buffer(rng.uniform(0, 150)))
    grid = sketch.grids[_pick(cells, rng)] or sketch.grids[key]
    return "paint", {"cells": cells, "grid": grid, "across": bool(rng.integers(2))}


def _share_out(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    """As a proposal would: the community's cells by the stretch of a direction they lie in, new grids among them."""
    community = sketch.communities[key]
    cells = [k for k, c in sketch.communities.items() if c == community]
    along = np.array([_inner(sketch, k) for k in cells]) @ _way(rng)
    count = int(rng.integers(1, 1 + min(5, len(cells))))
    rank = np.argsort(np.argsort(along)) * count // len(cells)
    present: list[Any] = sorted({sketch.grids[k] for k in cells} - {0})
    names = [*rng.permutation(present).tolist()[: int(rng.integers(len(present) + 1))], *([None] * count)][:count]
    groups = [
        {"grid": name, "cells": [k for k, g in zip(cells, rank.tolist(), strict=True) if g == n]}
        for n, name in enumerate(names)
    ]
    return "share_out", {"community": community, "groups": groups}


VALID: tuple[Maker, ...] = (
    _split_straight, _split_from_border_to_border, _split_several, _merge, _merge, _drag_corner, _drag_border,
    _drag_border, _redraw_border, _straighten, _paste_grown, _paste_island, _paint, _share_out,
)  # fmt: skip

# --- what can be meant, but seldom ------------------------------------------------------------------------------


def _new_grid(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    cells = [k for k in sketch.touching(sketch.shapes[key]) if sketch.communities[k] == sketch.communities[key]]
    return "new_grid", {"community": sketch.communities[key], "name_zh": "新网格", "cells": cells}


def _flood(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "paint", {"cells": flood(plan, key), "grid": sketch.grids[key]}


def _lock(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "lock", {"grids": [sketch.grids[key]]}


def _unlock_all(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    locked = Plan.objects.values_list("locked", flat=True).get(pk=plan.pk)
    return "unlock", {"grids": locked}


def _split_by_streets(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "split_by_streets", {"community": sketch.communities[key], "classes": [1, 2, 3, 4], "smallest_m2": 900}


def _redivide(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    if rng.integers(4):
        cells = sketch.touching(sketch.shapes[key])
        if rng.integers(4):
            cells = [k for k in cells if sketch.communities[k] == sketch.communities[key]]
        return "redivide", {"cells": cells, "target_m2": float(rng.uniform(4_000, 20_000))}
    return "redivide", {"community": sketch.communities[key], "target_m2": float(_pick([8_000, 10_000, 14_000], rng))}


SELDOM: tuple[Maker, ...] = (_new_grid, _flood, _lock, _unlock_all, _unlock_all, _split_by_streets, _redivide)

# --- silly --------------------------------------------------------------------------------------------------------


def _split_through_hole(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    holed = [k for k in sketch.keys if len(sketch.shapes[k].interiors)]
    key = int(_pick(holed, rng)) if holed else key
    rings = sketch.shapes[key].interiors
    middle = shapely.get_coordinates(shapely.centroid(rings[0]))[0] if len(rings) else _inner(sketch, key)
    way = _way(rng, 400)
    return "split", {"cells": [key], "line": lonlat([middle - way, middle + way])}


def _split_along_border(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "split", {"cells": [key], "line": lonlat(_corners(sketch, key)[: int(rng.integers(2, 5))])}


def _split_off_sliver(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    line = _corners(sketch, key)[:2] + _way(rng, _pick([0.001, 0.002, 0.05], rng))
    return "split", {"cells": [key], "line": lonlat(line + (line - line.mean(axis=0)) * 3)}


def _split_dead_end(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    middle = _inner(sketch, key)
    return "split", {"cells": [key], "line": lonlat([middle, middle + _way(rng, 400)])}


def _split_self_crossing(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    line = _inner(sketch, key) + rng.normal(0, 60, (int(rng.integers(4, 12)), 2))
    return "split", {"cells": [key], "line": lonlat(line)}


def _corner_onto_corner(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    corners = _corners(sketch, key)
    at, to = lonlat([_pick(corners, rng), _pick(corners, rng)])
    return "move_vertex", {"at": at, "to": to}


def _corner_far(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    corner = _pick(_corners(sketch, key), rng)
    at, to = lonlat([corner, corner + _way(rng, _pick([200, 3_000, 15_000], rng))])
    return "move_vertex", {"at": at, "to": to, "across": True}


def _border_onto_itself(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    arc, line = _arc(plan, key, rng)
    return "move_border", {"arc": arc, "line": line[:: _pick([1, -1], rng)], "ends": _pick(["pinned", "moved"], rng)}


def _border_zigzag(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    arc, line = _arc(plan, key, rng)
    return "move_border", {"arc": arc, "line": _shaken([*line, *line[::-1], *line], rng, 30)}


def _merge_far(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "merge", {"cells": [key, _pick(sketch.keys, rng)], "across": True}


def _merge_ring(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "merge", {"cells": [k for k in sketch.touching(sketch.shapes[key]) if k != key], "across": True}


def _paste_itself(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "paste", {"outline": _outline(sketch.shapes[key]), "into": _pick([key, None], rng)}


def _paste_vast(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    square = shapely.box(*(_inner(sketch, key) - 700), *(_inner(sketch, key) + 700))
    return "paste", {"outline": _outline(square), "into": _pick([key, None], rng), "across": bool(rng.integers(2))}


def _paste_bow_tie(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    ring = lonlat(_inner(sketch, key) + np.array([[-30, -30], [30, 30], [30, -30], [-30, 30], [-30, -30]]))
    return "paste", {"outline": {"type": "Polygon", "coordinates": [ring]}}


def _paint_far(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "paint", {"cells": [key], "grid": sketch.grids[_pick(sketch.keys, rng)]}


def _paint_gone(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    return "paint", {"cells": [key, -int(rng.integers(1, 500))], "grid": sketch.grids[key] or 1}


def _share_out_amiss(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    """Cells in two groups, left over, or of elsewhere; a grid twice, or of elsewhere."""
    kind, intent = _share_out(sketch, plan, key, rng)
    groups = intent["groups"]
    first = groups[0]
    wrong = int(rng.integers(5))
    if wrong == 0:
        groups.append({"grid": None, "cells": first["cells"][:1]})
    elif wrong == 1:
        first["cells"] = first["cells"][1:]
    elif wrong == 2:
        first["cells"] = [*first["cells"], _pick(sketch.keys, rng)]
    elif wrong == 3:
        groups.append({"grid": first["grid"], "cells": first["cells"]})
    else:
        first["grid"] = sketch.grids[_pick(sketch.keys, rng)] or 1
    return kind, intent


SILLY: tuple[Maker, ...] = (
    _split_through_hole, _split_along_border, _split_off_sliver, _split_dead_end, _split_self_crossing,
    _corner_onto_corner, _corner_far, _border_onto_itself, _border_zigzag, _merge_far, _merge_ring, _paste_itself,
    _paste_vast, _paste_bow_tie, _paint_far, _paint_gone, _share_out_amiss,
)  # fmt: skip

# --- hostile ------------------------------------------------------------------------------------------------------

_NO_PLACES: tuple[Any, ...] = (
    [], None, "", "line", 7, [[]], [[[]]], [1.0], [[1.0]], [[None, None], [1, 2]], [["a", "b"], ["c", "d"]],
    [[float("nan"), 1.0], [2.0, 3.0]], [[float("inf"), 0.0], [0.0, -float("inf")]], [[1e308, 1e308], [-1e308, 0.0]],
    [[179.999999999, 0.0], [-179.999999999, 0.0]], [[180.0, 89.9], [-180.0, -89.9]], [[0.0, 0.0], [-0.0, 0.0]],
    [[500.0, 500.0], [501.0, 501.0]], {"type": "LineString"}, {"type": "Point", "coordinates": [0, 0]},
    [[1, 2, 3], [4, 5, 6]], [[True, False], [False, True]], [[10**400, 1], [1, 1]],
)  # fmt: skip
_NO_CELLS: tuple[Any, ...] = (
    [], None, "all", [None], ["1"], [1.5], [True], [0], [-1], [2**31], [2**63], [10**40], [[1]], {"1": 2}, [-(2**62)],
    [float("nan")], list(range(1, 25_000)),
)  # fmt: skip


def _no_place(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    rubbish = _pick(_NO_PLACES, rng)
    arc, line = _arc(plan, key, rng)
    return _pick(
        [
            ("split", {"cells": [key], "line": rubbish}),
            ("split", {"cells": [key], "lines": [line, rubbish]}),
            ("move_vertex", {"at": line[0], "to": rubbish}),
            ("move_vertex", {"at": rubbish, "to": line[0]}),
            ("move_border", {"arc": arc, "line": rubbish}),
            ("straighten", {"arc": arc, "along": rubbish}),
            ("redraw_border", {"one": key, "other": key, "line": rubbish}),
            ("paste", {"outline": rubbish}),
            ("paste", {"outline": {"type": "Polygon", "coordinates": rubbish}, "into": key}),
            ("paste", {"outline": {"type": "Polygon", "coordinates": [rubbish]}}),
        ],
        rng,
    )


def _no_cells(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    rubbish, line = _pick(_NO_CELLS, rng), lonlat(_corners(sketch, key))
    one = rubbish[0] if isinstance(rubbish, list) and rubbish else rubbish
    return _pick(
        [
            ("split", {"cells": rubbish, "line": line}),
            ("split", {"community": one, "line": line}),
            ("merge", {"cells": rubbish}),
            ("merge", {"cells": [key, _neighbour(sketch, key, rng)], "into": one}),
            ("paint", {"cells": rubbish, "grid": sketch.grids[key] or 1}),
            ("paint", {"cells": [key], "grid": one}),
            ("lock", {"grids": rubbish}),
            ("unlock", {"grids": rubbish}),
            ("redivide", {"community": one, "target_m2": 1e4}),
            ("redraw_border", {"one": key, "other": one, "line": line}),
            ("split_by_streets", {"cells": [key], "classes": rubbish}),
            ("new_grid", {"community": one, "name_en": "x"}),
            ("share_out", {"community": one, "groups": [{"grid": None, "cells": rubbish}]}),
            ("share_out", {"community": sketch.communities[key], "groups": [{"grid": one, "cells": [key]}]}),
            ("share_out", {"community": sketch.communities[key], "groups": rubbish}),
        ],
        rng,
    )


def _no_words(sketch: Sketch, plan: Plan, key: int, rng: Generator) -> Made:
    arcs = ("", "1:2", "a:b:c", "0:0:0", f"{key}:{key}:0", f"{key}:0:99", f"{key}:-1:0", "1:2:3:4", 5, None, "9" * 300)
    return _pick(
        [
            ("move_border", {"arc": _pick(arcs, rng), "line": lonlat(_corners(sketch, key))}),
            ("straighten", {"arc": _pick(arcs, rng)}),
            ("move_border", {"arc": f"{key}:{_neighbour(sketch, key, rng)}:0", "line": [], "ends": "loose"}),
            ("new_grid", {"community": sketch.communities[key], "name_zh": _pick(["\x00", "a\nb", "x" * 999, 3], rng)}),
            ("redivide", {"community": sketch.communities[key], "target_m2": _pick([0, -1, "a", 1e99, True], rng)}),
            ("split", _pick([None, [], "x", 3, {}, {"cells": [key]}, {"line": [[0, 0], [1, 1]]}], rng)),
            (_pick(["", "burn", None, 3, "__class__", ["split"]], rng), {"cells": [key]}),
            ("merge", {"cells": [key, _neighbour(sketch, key, rng)], "across": "yes"}),
            ("straighten", {"arc": f"{key}:0:0", "street": _pick([-1, 2**38, "main"], rng)}),
        ],
        rng,
    )


HOSTILE: tuple[Maker, ...] = (_no_place, _no_place, _no_place, _no_cells, _no_cells, _no_words, _no_words)
