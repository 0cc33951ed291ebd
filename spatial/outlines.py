"""A pasted outline becomes a border: who gives, who takes, and what could be pasted instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from spatial.changes import Community, Edit, Partition
from spatial.intents import Limits, onto_corners, require_cells
from spatial.noding import SLIVER_WIDTH_M
from spatial.partition import GRID_M, on_grid, opened
from spatial.proof import inner_place
from spatial.recut import Faces, cut_up, put_together
from spatial.refusals import Reason, Refusal, refuse


def pasted(partition: Partition, outline: Any, into: int | None, limits: Limits, *, across: bool) -> Edit:
    """Give the edit that makes an outline (one valid Polygon on the grid) the border of a cell."""
    near = partition.near(outline, limits.snap_m)
    if near:
        snapped = onto_corners(outline, partition.of_cells(near), limits)[0]
        outline = snapped if snapped.is_valid else outline
    under = [k for k in partition.near(outline, 0.0) if _overlap(partition.shapes[k], outline) > 0]
    if into is not None:
        require_cells(partition, (into,))
    if not under:
        refuse(Reason.OUTSIDE, place=inner_place(outline), area_m2=float(outline.area))
    home = _home(partition, outline, under, into)
    _require_inside(partition, outline, under, home, across=across)
    if not across:
        under = [k for k in under if partition.community[k] == home]
    touch = set(under) if into is None else {*under, into}
    target = partition.next_id if into is None else into
    if into is not None:
        left_over = shapely.difference(partition.shapes[into], outline, grid_size=GRID_M)
        if left_over.area > 0:
            around = partition.near(left_over)
            touch |= {k for k in around if across or partition.community[k] == home}
    touch -= partition.rim - set(under)
    require_cells(partition, touch)
    faces = cut_up(partition, touch, [shapely.boundary(outline)])
    label = _labels(faces, outline, target)
    return put_together(
        partition,
        "paste",
        faces,
        label,
        limits=limits,
        community={target: home},
        fixed=frozenset({target}),
        across=across,
    )


def alternatives(
    partition: Partition, outline: Any, refusal: Refusal, into: int | None, *, across: bool
) -> Iterator[Any]:
    """Give outlines near a refused one that may be allowed, the nearest first."""
    under = [k for k in partition.near(outline, 0.0) if _overlap(partition.shapes[k], outline) > 0]
    if refusal.reason in (Reason.OUTSIDE, Reason.CROSSES_COMMUNITY) and under:
        home = _home(partition, outline, under, into)
        inside = [k for k in under if across or partition.community[k] == home]
        yield _largest(shapely.intersection(outline, shapely.coverage_union_all(partition.of_cells(inside))))
    if refusal.reason is Reason.VANISHES:
        spared = [k for k in refusal.cells if k in partition and k != into]
        if spared:
            yield _largest(shapely.difference(outline, shapely.union_all(partition.of_cells(spared))))
    if refusal.reason is Reason.STRAY and refusal.place is not None:
        cut_off = shapely.get_parts(shapely.difference(partition.of_cells(refusal.cells), outline))
        hit = cut_off[shapely.dwithin(cut_off, shapely.Point(refusal.place), GRID_M)]
        yield _largest(shapely.union_all([outline, *hit]))
    if refusal.reason in (Reason.SPIKE, Reason.TOO_NARROW, Reason.TOO_SMALL, Reason.NOT_EXACT):
        yield _largest(opened(outline, 2.0))


def _home(partition: Partition, outline: Any, under: list[int], into: int | None) -> Community:
    """Give the community of the pasted cell: that of `into`, else the one most of the outline lies in."""
    if into is not None:
        return partition.community[into]
    share: dict[Community, float] = {}
    for k in under:
        label = partition.community[k]
        share[label] = share.get(label, 0.0) + _overlap(partition.shapes[k], outline)
    return max(share, key=lambda label: (share[label], str(label)))


def _require_inside(partition: Partition, outline: Any, under: list[int], home: Community, *, across: bool) -> None:
    """Refuse an outline of which more than slivers lie outside the community, or outside the map."""
    allowed = [k for k in under if across or partition.community[k] == home]
    ground = shapely.coverage_union_all(partition.of_cells(allowed)) if allowed else shapely.Polygon()
    beyond = opened(shapely.difference(outline, ground), SLIVER_WIDTH_M)
    if beyond.is_empty or beyond.area == 0:
        return
    parts = shapely.get_parts(beyond)
    worst = parts[int(shapely.area(parts).argmax())]
    others = [k for k in under if k not in allowed and _overlap(partition.shapes[k], worst) > 0]
    if others:
        other = partition.community[others[0]]
        refuse(Reason.CROSSES_COMMUNITY, place=inner_place(worst), cells=tuple(others), one=other, other=home)
    refuse(Reason.OUTSIDE, place=inner_place(worst), area_m2=float(beyond.area))


def _labels(faces: Faces, outline: Any, target: int) -> list[int]:
    """Label faces inside the outline as the target; what the target leaves goes, piece by piece, to neighbours."""
    shapely.prepare(outline)
    inside = shapely.contains(outline, faces.inner)
    label = [target if within else owner for within, owner in zip(inside.tolist(), faces.owner, strict=True)]
    waiting = {f for f in range(len(faces)) if label[f] == target and not inside[f]}
    while waiting:
        takers: dict[int, int] = {}
        for face in sorted(waiting):
            claims: dict[int, float] = {}
            for other, length in faces.common[face].items():
                if other not in waiting and label[other] != target:
                    claims[label[other]] = claims.get(label[other], 0.0) + length
            if claims:
                takers[face] = min(claims, key=lambda k: (-claims[k], k))
        if not takers:
            face = max(waiting, key=lambda f: float(faces.area[f]))
            if all(faces.crumb[f] for f in waiting):
                return label
            area = float(sum(faces.area[f] for f in waiting))
            refuse(Reason.STRAY, place=inner_place(faces.shapes[face]), cells=(target,), area_m2=area, cell=target)
        for face, taker in takers.items():
            label[face] = taker
        waiting -= set(takers)
    return label


def _overlap(one: Any, other: Any) -> float:
    return float(shapely.area(shapely.intersection(one, other)))


def _largest(shape: Any) -> Any:
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(on_grid(shape))))
    parts = parts[np.asarray(shapely.area(parts) > 0)]
    return parts[int(shapely.area(parts).argmax())] if len(parts) else None
