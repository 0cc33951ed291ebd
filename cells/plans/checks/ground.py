"""Cells on the ground: buildings that a new border cuts, and areas outside the city's bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from django.conf import settings
from django.utils.translation import gettext_noop

from cells.plans.checks.scene import Found, Scene, called, spot_in
from cells.rules import figures
from spatial.partition import as_shapes
from spatial.postgis import run
from spatial.regroup import shares_in_cells

CUTS = gettext_noop("A border cuts {area} m² off a building of {whole} m².")
SMALL = gettext_noop("Cell {cell} has {area} m²; {least} is the least.")
LARGE = gettext_noop("Cell {cell} has {area} m²; {most} is the most.")
HARDLY_M2 = 0.05  # what the millimetres of a new corner may do to an area


def cuts_building(scene: Scene) -> Iterator[Found]:
    """Buildings of which a changed border cuts more than the rule `building_cut_least_m2` allows, and more than before.

    What is cut off is all of a building that does not lie in the cell with most of it.
    """
    moved = [d for d in scene.reshaped if not d.vertex_only]
    if not moved:
        return
    rows = run.rows("cells", "buildings_in_boxes_v1", {**scene.boxes, "srid": settings.CITY_SRID})
    buildings = as_shapes(shapely.from_wkb([bytes(wkb) for _, wkb in rows]))
    buildings = shapely.make_valid(buildings)
    ring = [(h.key, h.shape) for h in scene.ring]
    after = [(d.key, d.after) for d in scene.reshaped if d.after is not None] + ring
    before = [d.before for d in scene.reshaped if d.before is not None] + [shape for _, shape in ring]
    shapes = as_shapes([shape for _, shape in after])
    largest, covered = shares_in_cells(shapes, buildings)
    largest_before, covered_before = shares_in_cells(as_shapes(before), buildings)
    (least,) = figures("building_cut_least_m2")
    off, off_before = covered - largest, covered_before - largest_before
    tree = shapely.STRtree(shapes)
    for n in np.flatnonzero((off > least) & (off > off_before + least)).tolist():
        near = sorted(tree.query(buildings[n], predicate="intersects").tolist())
        part = shapely.intersection(shapes[near], buildings[n])
        area = shapely.area(part)
        held = [k for k in np.argsort(-area, kind="stable").tolist() if area[k] > HARDLY_M2]
        values = {"area": f"{off[n]:,.1f}", "whole": f"{buildings[n].area:,.0f}"}
        keys = tuple(sorted(after[near[k]][0] for k in held))
        yield Found(f"building:{rows[n][0]}", CUTS, values, spot_in(part[held[1]]), keys)


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
