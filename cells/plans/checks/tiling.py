"""Gap and overlap: does the changed ground, with the cells around it, still lie in exactly one cell each?

An edit proves that by adding up borders. Here it is judged by means of another kind, GEOS' unions and coverage
functions on what the tables say now, so that a row written by any other way is found out too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_noop

from cells.plans.checks.scene import Found, Held, Scene, called, shapes_of, spot_in
from spatial.partition import Shapes, as_shapes

GAP = gettext_noop("{area} m² that lay in a cell lie in none any more, beside {cells}.")
UNMATCHED = gettext_noop("The border of cell {cell} does not fit its neighbours corner by corner.")
OVERLAP = gettext_noop("Cells {one} and {other} overlap by {area} m².")
NOISE_M2 = 1e-6  # a square millimetre: less is the arithmetic of the intersection
HAIR_M = 0.002  # rounding to the millimetre grid moves a border no further


def gap(scene: Scene) -> Iterator[Found]:
    """Ground of the base edition's cells that no cell of the plan holds; borders that do not fit together."""
    if not scene.reshaped:
        return
    held, shapes = _after(scene)
    was = shapely.coverage_union_all(as_shapes([d.before for d in scene.reshaped if d.before is not None]))
    lost = _wide(shapely.difference(was, shapely.union_all(shapes)))
    tree = shapely.STRtree(shapes)
    for piece in lost:
        around = [held[n] for n in sorted(tree.query(piece, predicate="dwithin", distance=HAIR_M).tolist())]
        names = ", ".join(called(h.key, h.code) for h in around[:3]) or "—"
        spot = spot_in(piece)
        values = {"area": _square_metres(piece), "cells": names}
        yield Found(_at(spot), GAP, values, spot, tuple(h.key for h in around))
    faulty = [] if len(lost) else _unmatched(scene, held, shapes)
    for n in faulty:
        h = held[n]
        yield Found(f"cell:{h.key}", UNMATCHED, {"cell": called(h.key, h.code)}, spot_in(shapes[n]), (h.key,))


def overlap(scene: Scene) -> Iterator[Found]:
    """Ground that lies in two cells of the plan."""
    held, shapes = _after(scene)
    for one, other, piece in _overlaps(scene, held, shapes):
        a, b = held[one], held[other]
        values = {"one": called(a.key, a.code), "other": called(b.key, b.code), "area": _square_metres(piece)}
        yield Found(f"cells:{a.key}:{b.key}", OVERLAP, values, spot_in(piece), (a.key, b.key))


def _after(scene: Scene) -> tuple[list[Held], Shapes]:
    """Give the reshaped cells as they are in the plan, then those around them; with their shapes made valid."""
    cells = [
        Held(d.key, d.code, d.community_after or 0, d.grid_after or 0, d.after)
        for d in scene.reshaped
        if d.after is not None
    ]
    held = [*cells, *scene.ring]
    shapes = shapes_of(held)
    sick = ~shapely.is_valid(shapes)
    if sick.any():
        shapes = shapes.copy()
        shapes[sick] = shapely.make_valid(shapes[sick], method="structure", keep_collapsed=False)
    return held, shapes


def _suspicious(shapes: Shapes) -> Any:
    """Give the positions of shapes with an edge that is not its neighbour's."""
    if len(shapes) == 0:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))


def _overlaps(scene: Scene, held: list[Held], shapes: Shapes) -> list[tuple[int, int, Any]]:
    """Give the pairs that share ground, and the ground; one of the pair at least is reshaped."""
    looked = _suspicious(shapes)
    changed = len(held) - len(scene.ring)
    one, other = (looked[k] for k in shapely.STRtree(shapes[looked]).query(shapes[looked], predicate="intersects"))
    pairs = (one < other) & (one < changed)
    one, other = one[pairs], other[pairs]
    common = shapely.intersection(shapes[one], shapes[other])
    out = []
    for n in np.flatnonzero(shapely.area(common) > NOISE_M2).tolist():
        pieces = _wide(common[n])
        if len(pieces):
            out.append((int(one[n]), int(other[n]), shapely.union_all(pieces)))
    return out


def _unmatched(scene: Scene, held: list[Held], shapes: Shapes) -> list[int]:
    """Give the positions of reshaped cells whose border fits no neighbour's, though no ground is lost or held twice."""
    if _overlaps(scene, held, shapes):
        return []
    changed = len(held) - len(scene.ring)
    return [n for n in _suspicious(shapes).tolist() if n < changed]


def _wide(shape: Any) -> Any:
    """Give the parts of a shape that are wider than rounding leaves."""
    parts = shapely.get_parts(shape)
    area = shapely.area(parts)
    return parts[(area > NOISE_M2) & (2 * area > HAIR_M * shapely.length(parts))]


def _square_metres(shape: Any) -> str:
    return f"{shape.area:,.1f}" if shape.area >= 0.1 else f"{shape.area:.6f}"


def _at(spot: tuple[float, float]) -> str:
    return f"place:{spot[0]:.0f}:{spot[1]:.0f}"
