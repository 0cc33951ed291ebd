"""Cells on the ground: buildings that a new border cuts, and areas outside the city's bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils.translation import gettext_noop

from cells.plans.checks.scene import Found, Scene, called, spot_in
from cells.rules import figures
from spatial.partition import Shapes, as_shapes
from spatial.postgis import run

CUTS = gettext_noop("A border cuts {area} m² off a building of {whole} m².")
SMALL = gettext_noop("Cell {cell} has {area} m²; {least} is the least.")
LARGE = gettext_noop("Cell {cell} has {area} m²; {most} is the most.")
HARDLY_M2 = 0.05  # what the millimetres of a new corner may do to an area


def cuts_building(scene: Scene) -> Iterator[Found]:
    """Buildings that a changed border cuts, by more than the rule `building_cut_least_m2` allows.

    What is cut off is all of a building that does not lie in the cell with most of it. One that was cut before counts
    if more of it is cut off now, or into more pieces.
    """
    if all(d.vertex_only for d in scene.reshaped):
        return
    rows = run.rows("cells", "buildings_in_boxes_v1", {**scene.boxes, "srid": settings.CITY_SRID})
    buildings = shapely.make_valid(as_shapes(shapely.from_wkb([bytes(wkb) for _, wkb in rows])))
    ring = [(h.key, h.shape) for h in scene.ring]
    after = [(d.key, d.after) for d in scene.reshaped if d.after is not None] + ring
    shapes = as_shapes([shape for _, shape in after])
    whole = np.zeros(len(buildings), dtype=np.bool_)
    whole[shapely.STRtree(shapes).query(buildings, predicate="covered_by")[0]] = True
    cut = np.flatnonzero(~whole)
    if len(cut) == 0:
        return
    before = as_shapes([d.before for d in scene.reshaped if d.before is not None] + [shape for _, shape in ring])
    (least,) = figures("building_cut_least_m2")
    for n, now, was in zip(cut.tolist(), _pieces(buildings[cut], shapes), _pieces(buildings[cut], before), strict=True):
        off = sum(now.area[1:])
        more = off > sum(was.area[1:]) + least or now.larger_than(least) > was.larger_than(least)
        if off > least and more:
            values = {"area": f"{off:,.1f}", "whole": f"{buildings[n].area:,.0f}"}
            keys = tuple(sorted(after[k][0] for k in now.cell[: now.larger_than(HARDLY_M2)]))
            yield Found(f"building:{rows[n][0]}", CUTS, values, spot_in(now.part[1]), keys)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What a building falls into, the largest piece first."""

    cell: list[int]  # positions
    area: list[float]  # m²
    part: list[Any]

    def larger_than(self, least_m2: float) -> int:
        return sum(area > least_m2 for area in self.area)


def _pieces(buildings: Shapes, cells: Shapes) -> list[_Pieces]:
    """Cut buildings by cells."""
    found = [_Pieces([], [], []) for _ in buildings]
    building, cell = shapely.STRtree(cells).query(buildings, predicate="intersects")
    part = shapely.intersection(buildings[building], cells[cell])
    area = shapely.area(part)
    for k in np.lexsort((cell, -area)).tolist():
        pieces = found[int(building[k])]
        pieces.cell.append(int(cell[k]))
        pieces.area.append(float(area[k]))
        pieces.part.append(part[k])
    return found


def area_out_of_range(scene: Scene) -> Iterator[Found]:
    """Changed cells below the rule `cell_area_least_m2` or above `cell_area_most_m2`, if their area is a new one."""
    least, most = figures("cell_area_least_m2", "cell_area_most_m2")
    for d in scene.reshaped:
        if d.after is None or d.vertex_only:
            continue
        area = float(d.after.area)
        if least <= area <= most or (d.before is not None and abs(d.before.area - area) < HARDLY_M2):
            continue
        sentence = SMALL if area < least else LARGE
        values = {
            "cell": called(d.key, d.code),
            "area": f"{area:,.0f}",
            "least": f"{least:,.0f}",
            "most": f"{most:,.0f}",
        }
        yield Found(f"cell:{d.key}", sentence, values, spot_in(d.after), (d.key,))
