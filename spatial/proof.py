"""The last gate of every edit: proved, or refused.

The changed cells and the neighbours that received a vertex must tile, segment for segment, exactly what they
tiled before (`spatial.partition`). That is checked on these few cells alone and holds for the whole map,
whatever made the new polygons. After it come the bounds on what may remain: area, width, spikes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from spatial.changes import Community, Edit, Partition, hardly_moved
from spatial.intents import Limits, fault_place, place_of
from spatial.partition import (
    Shapes,
    as_shapes,
    chain_difference,
    double_areas_mm2,
    from_mm,
    opened,
    thin_spikes,
)
from spatial.refusals import Place, Reason, refuse
from spatial.rings import Detours, with_detours


@dataclass(slots=True)
class Draft:
    """An edit before it is proved."""

    verb: str
    after: dict[int, Any]  # cells with another polygon, new ones among them
    removed: tuple[int, ...] = ()
    vertex_only: set[int] = field(default_factory=set)
    community: dict[int, Community] = field(default_factory=dict)  # of new cells
    # Segments of the outline of the whole map that became paths through new vertices, within a millimetre.
    outline: Detours = field(default_factory=dict)


def prove(partition: Partition, draft: Draft, limits: Limits) -> Edit:
    """Give the edit, or refuse it with the place where it would break the tiling or a bound."""
    if not draft.after and not draft.removed:
        refuse(Reason.NOTHING_CHANGES)
    added = tuple(sorted(k for k in draft.after if k not in partition))
    before = {k: partition.shapes[k] for k in (*draft.after, *draft.removed) if k in partition}
    vertex_only = set(draft.vertex_only)
    for k, new in draft.after.items():
        require_sound(k, new)
        if k in before and k not in vertex_only and hardly_moved(before[k], new):
            vertex_only.add(k)
    for k in draft.after:
        if k in partition.rim and k not in draft.vertex_only:
            refuse(Reason.NOT_LOADED, cells=(k,), cell=k)
    _require_exact(partition, before, draft)
    _require_fit({k: g for k, g in draft.after.items() if k not in draft.vertex_only}, before, limits)
    community = {k: draft.community[k] for k in added} | {k: partition.community[k] for k in draft.removed}
    return Edit(draft.verb, draft.after, draft.removed, added, tuple(sorted(vertex_only)), before, community)


def require_sound(cell: int, shape: Any) -> None:
    """Refuse a shape that is not one valid polygon with an area."""
    if shape is None or shape.is_empty or shape.area == 0:
        refuse(Reason.VANISHES, cells=(cell,), cell=cell)
    if not shape.is_valid:
        refuse(Reason.FOLDS_OVER, cells=(cell,), place=fault_place(str(shapely.is_valid_reason(shape))))
    if shape.geom_type != "Polygon":
        parts = shapely.get_parts(shape)
        least = parts[int(shapely.area(parts).argmin())]
        refuse(Reason.STRAY, cells=(cell,), place=inner_place(least), area_m2=float(least.area), cell=cell)


def inner_place(shape: Any) -> Place:
    """Give a point inside a shape."""
    return place_of(shapely.get_coordinates(shapely.point_on_surface(shape))[0])


def _require_exact(partition: Partition, before: Mapping[int, Any], draft: Draft) -> None:
    """The proof: the boundary chains before and after are equal, but for the new vertices of the outline."""
    old, new = as_shapes(list(before.values())), as_shapes(list(draft.after.values()))
    if draft.outline:
        old = _with_outline_vertices(partition, old, draft)
    left = chain_difference(new, old)
    if len(left):
        refuse(Reason.NOT_EXACT, place=place_of(left[0].mean(axis=0)))


def _with_outline_vertices(partition: Partition, old: Shapes, draft: Draft) -> Shapes:
    """Give the old cells with the outline's new vertices: they cover as much, to the mm², and run into no cell."""
    longer = as_shapes([with_detours(shape, draft.outline)[0] for shape in old])
    a, b = next(iter(draft.outline))
    place = place_of(from_mm(np.array([a, b])).mean(axis=0))
    same_area = sum(double_areas_mm2(longer).tolist()) == sum(double_areas_mm2(old).tolist())
    if not same_area or not shapely.is_valid(longer).all():
        refuse(Reason.NOT_EXACT, place=place)
    for path in draft.outline.values():
        for k in partition.near(shapely.linestrings(from_mm(np.array(path)))):
            unchanged = k not in draft.after and k not in draft.removed
            if unchanged and shapely.relate_pattern(partition.shapes[k], longer, "T********").any():
                refuse(Reason.NOT_EXACT, place=place, cells=(k,))
    return longer


def _require_fit(after: Mapping[int, Any], before: Mapping[int, Any], limits: Limits) -> None:
    """Refuse new cells below the bounds; a cell that was below already may stay, not get worse."""
    if not after:
        return
    ids, shapes = list(after), as_shapes(list(after.values()))
    shrunk = shapely.is_empty(shapely.buffer(shapes, -limits.min_width_m / 2, quad_segs=1, join_style="mitre"))
    for k, shape, too_narrow in zip(ids, shapes, shrunk, strict=True):
        was = before.get(k)
        area = float(shape.area)
        if area < limits.min_area_m2 and (was is None or area < was.area):
            refuse(Reason.TOO_SMALL, cells=(k,), place=inner_place(shape), area_m2=area, limit_m2=limits.min_area_m2)
        if too_narrow and (was is None or not was.buffer(-limits.min_width_m / 2).is_empty):
            refuse(Reason.TOO_NARROW, cells=(k,), place=inner_place(shape), limit_m=limits.min_width_m)
    width, length = limits.spike_width_m, limits.spike_length_m
    for n in thin_spikes(shapes, width_m=width, length_m=length):
        was = before.get(ids[n])
        if was is not None and len(thin_spikes(was, width_m=width, length_m=length)):
            continue
        thin = shapely.get_parts(shapely.difference(shapes[n], opened(shapes[n], width)))
        place = inner_place(thin[int(shapely.length(thin).argmax())]) if len(thin) else inner_place(shapes[n])
        refuse(Reason.SPIKE, cells=(ids[n],), place=place, width_m=width, length_m=length)
