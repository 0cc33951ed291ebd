"""Split cells by lines, draw a common border anew, merge: what faces become of whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from spatial.changes import Edit, Partition
from spatial.intents import Limits, lines_given, place_of, reaching, require_cells
from spatial.partition import GRID_M, shared_borders
from spatial.proof import Draft, inner_place, prove
from spatial.recut import Common, Faces, connected, cut_up, put_together
from spatial.refusals import Reason, Refusal, Refused, refuse


def split_cells(partition: Partition, cells: Iterable[int], given: Any, limits: Limits, *, keep_small: bool) -> Edit:
    """Give the edit that splits cells by lines; `keep_small` leaves pieces below the smallest size with their cell."""
    ids = require_cells(partition, cells)
    lines = lines_given(partition, given, limits)
    area = partition.shapes[ids[0]] if len(ids) == 1 else shapely.union_all(partition.of_cells(ids))
    lines = reaching(lines, area, limits)
    met = shapely.STRtree(partition.of_cells(ids)).query(lines, predicate="intersects")[1]
    touch = [ids[n] for n in sorted(set(met.tolist()))]
    if not touch:
        refuse(Reason.DOES_NOT_DIVIDE, place=place_of(shapely.get_coordinates(lines[0])[0]))
    faces = cut_up(partition, touch, lines)
    label, community = _pieces(partition, faces, limits, keep_small=keep_small)
    if not community:
        # A line beside a border cuts slivers only; one inside cuts nothing.
        place = place_of(shapely.get_coordinates(lines[0])[0])
        refuse(Reason.DOES_NOT_DIVIDE, place=place, cells=tuple(touch))
    return put_together(partition, "split", faces, label, limits=limits, community=community, across=True)


def _pieces(
    partition: Partition, faces: Faces, limits: Limits, *, keep_small: bool
) -> tuple[list[int], dict[int, Any]]:
    """Give each face its cell: the largest of every cell keeps the id, the next get new ids from north-west on."""
    label = list(faces.owner)
    community: dict[int, Any] = {}
    next_id = partition.next_id
    narrow = shapely.is_empty(shapely.buffer(faces.shapes, -limits.min_width_m / 2))
    east, north = shapely.get_x(faces.inner).tolist(), shapely.get_y(faces.inner).tolist()
    small = np.array(faces.crumb) | (keep_small & ((faces.area < limits.min_area_m2) | narrow))
    for cell in sorted(set(faces.owner)):
        own = [f for f in range(len(faces)) if faces.owner[f] == cell]
        largest = max(own, key=lambda f: (float(faces.area[f]), -f))
        rest = [f for f in own if f != largest and not small[f]]
        for face in sorted(rest, key=lambda f: (-north[f], east[f])):
            label[face] = next_id
            community[next_id] = partition.community[cell]
            next_id += 1
        _give_away([f for f in own if small[f] and f != largest], own, faces, label)
    return label, community


def _give_away(small: list[int], own: list[int], faces: Faces, label: list[int]) -> None:
    """Label small pieces like the piece of the same cell they border on most, from the outside in."""
    waiting, allowed = set(small), set(own)
    while waiting:
        claims = {
            f: {g: m for g, m in faces.common[f].items() if g in allowed and g not in waiting} for f in sorted(waiting)
        }
        ready = {f: max(c, key=lambda g: (c[g], -g)) for f, c in claims.items() if c}
        if not ready:
            return
        for f, g in ready.items():
            label[f] = label[g]
        waiting -= set(ready)


def merged_cells(partition: Partition, cells: Iterable[int], into: int | None, limits: Limits, *, across: bool) -> Edit:
    """Give the edit that makes one cell of several."""
    ids = require_cells(partition, cells)
    kept = ids[0] if into is None else into
    if kept not in ids:
        refuse(Reason.UNKNOWN_CELL, cells=(kept,), cell=kept)
    if len(ids) < 2:
        refuse(Reason.NOTHING_CHANGES)
    labels = sorted({partition.community[k] for k in ids}, key=str)
    if len(labels) > 1 and not across:
        place = inner_place(partition.shapes[ids[-1]])
        refuse(Reason.CROSSES_COMMUNITY, place=place, cells=tuple(ids), one=labels[0], other=labels[1])
    shapes = partition.of_cells(ids)
    union = shapely.coverage_union_all(shapes)
    parts = shapely.get_parts(union)
    if len(parts) > 1:
        order = np.argsort(-shapely.area(parts), kind="stable")
        at = shapely.STRtree(parts).query(shapely.point_on_surface(shapes), predicate="intersects")
        together = tuple(ids[n] for n in at[0][at[1] == order[0]].tolist())
        place = inner_place(parts[order[1]])
        values = {"parts": len(parts)}
        raise Refused(
            Refusal(Reason.NOT_CONTIGUOUS, values, place, tuple(ids), None, together if len(together) > 1 else ())
        )
    union = parts[0]
    if len(union.interiors) > sum(len(g.interiors) for g in shapes):
        filled = shapely.polygons(union.exterior)
        inside = [k for k in partition.near(filled) if k not in ids]
        inside = [k for k in inside if filled.covers(partition.shapes[k])]
        if inside:
            place = inner_place(partition.shapes[inside[0]])
            complete = tuple(sorted({*ids, *inside}))
            raise Refused(Refusal(Reason.ENCLOSES, {"count": len(inside)}, place, tuple(inside), None, complete))
    removed = tuple(k for k in ids if k != kept)
    return prove(partition, Draft("merge", {kept: union}, removed), limits)


def reshaped_pair(partition: Partition, one: int, other: int, given: Any, limits: Limits, *, across: bool) -> Edit:
    """Give the edit that draws the border between two neighbours along a line."""
    ids = require_cells(partition, (one, other))
    if len(ids) < 2:
        refuse(Reason.NO_BORDER, one=one, other=other)
    if partition.community[one] != partition.community[other] and not across:
        place = inner_place(partition.shapes[other])
        names = partition.community[one], partition.community[other]
        refuse(Reason.CROSSES_COMMUNITY, place=place, cells=(one, other), one=names[0], other=names[1])
    shapes = partition.of_cells(ids)
    pair = shapely.coverage_union_all(shapes)
    if pair.geom_type != "Polygon":
        refuse(Reason.NO_BORDER, cells=(one, other), one=one, other=other)
    lines = reaching(lines_given(partition, given, limits), pair, limits)
    faces = cut_up(partition, ids, lines)
    side = _sides(faces, shapely.union_all(lines), ids)
    return put_together(partition, "reshape", faces, side, limits=limits, across=across)


def _sides(faces: Faces, way: Any, ids: list[int]) -> list[int]:
    """Give each face to one of two cells: what the line leaves together goes to the one with the larger share there."""
    apart = _parted_by(faces, way)
    groups = connected(len(faces), apart, [0] * len(faces))
    if len(groups) < 2:
        refuse(Reason.DOES_NOT_DIVIDE, place=place_of(shapely.get_coordinates(way)[0]), cells=tuple(ids))
    whole = [sum(float(faces.area[f]) for f in range(len(faces)) if faces.owner[f] == k) for k in ids]
    label = [0] * len(faces)
    for group in groups:
        held = [sum(float(faces.area[f]) for f in group if faces.owner[f] == k) for k in ids]
        winner = ids[0] if held[0] * whole[1] >= held[1] * whole[0] else ids[1]
        for face in group:
            label[face] = winner
    return label


def _parted_by(faces: Faces, way: Any) -> Common:
    """Give the common borders of faces, in metres, without those that run along a line."""
    borders = shared_borders(faces.shapes)
    middle = shapely.points((borders.start + borders.end) / 2)
    shapely.prepare(way)
    off = ~shapely.dwithin(way, middle, GRID_M)
    common: Common = [{} for _ in faces.shapes]
    kept = zip(borders.left[off].tolist(), borders.right[off].tolist(), borders.length_m[off].tolist(), strict=True)
    for i, j, length in kept:
        common[i][j] = common[j][i] = common[i].get(j, 0.0) + length
    return common
