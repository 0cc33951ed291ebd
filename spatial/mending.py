"""Areas as sources publish them, made an exact tiling: overlaps given to one, slits closed, every border shared.

Digitised areas nearly share their borders: two drawings of one street cross and part again, leaving overlaps and gaps
from a millimetre to metres wide. All borders are noded together on the 1 mm grid and cut the ground into pieces; a
piece inside one area is that area's, and the rest is a `Fault` until somebody takes it. Faults that are narrow go to
the neighbour with the longest common border; wider ones are left as they are and listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely

from spatial.coverage import GAP_WIDTH_M, slits_between
from spatial.noding import dissolve
from spatial.partition import (
    GRID_M,
    Bools,
    Fault,
    Floats,
    Ints,
    Shapes,
    as_shapes,
    connected_groups,
    double_areas_mm2,
    on_grid,
    shared_borders,
)

# Noise of digitising and rounding: below one of these a fault is nobody's ground.
NOISE_WIDTH_M = 0.1
NOISE_M2 = 1.0
NOBODY = -1
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of some areas.

    `shapes` stand in the order given: (multi)polygons on the 1 mm grid that share every vertex of their common borders
    and do not overlap; empty where an area was nothing but crumbs or lay wholly under others. `closed` are the faults
    that were given to an area, `left` those too wide for it: overlaps (given to the first of their areas, so that the
    tiling is exact all the same) and gaps (left open). `lost` are detached crumbs that no area touches.
    """

    shapes: Shapes
    closed: list[Fault]
    left: list[Fault]
    moved_m2: Floats  # (n,) how much the area of each shape changed
    lost: list[Fault] = field(default_factory=list)


def mend(shapes: Any, *, width_m: float = NOISE_WIDTH_M, noise_m2: float = NOISE_M2) -> Mended:
    """Make an exact tiling of areas that nearly are one.

    Parameters
    ----------
    shapes : (n,) valid polygons or multipolygons, metres; earlier ones win where nothing else decides
    width_m : overlaps and gaps up to this mean width (twice the area by the length round) are closed
    noise_m2 : so are those up to this area, however wide

    Examples
    --------
    >>> west, east = shapely.box(0, 0, 10, 10), shapely.box(9.99, 0, 20, 10)
    >>> mended = mend([west, east])
    >>> [fault.kind for fault in mended.closed], len(mended.left), float(shapely.area(mended.shapes).sum())
    (['overlap'], 0, 200.0)
    """
    given = as_shapes(shapes)
    mended, closed, left, lost = _tiled(given, as_shapes([]), width_m, noise_m2)
    for _ in range(_PASSES):
        # Slits that run out into the open are no faces between borders: they are looked for by growing and shrinking.
        slits = [found for reach in sorted({GAP_WIDTH_M, max(GAP_WIDTH_M, width_m)}) for found in _slits(mended, reach)]
        narrow = [slit for slit, _ in slits if _width(slit) <= width_m or slit.area <= noise_m2]
        open_ = [
            _fault("gap", slit, around) for slit, around in slits if _width(slit) > width_m and slit.area > noise_m2
        ]
        if not narrow:
            break
        mended, filled, _, crumbs = _tiled(mended, as_shapes(narrow), width_m, noise_m2)
        closed, lost = closed + filled, lost + crumbs
    else:
        open_ = []
    known = {(round(f.place[0], 1), round(f.place[1], 1)) for f in left}
    left = left + [f for f in open_ if (round(f.place[0], 1), round(f.place[1], 1)) not in known]
    moved = np.abs(double_areas_mm2(mended) / 2e6 - shapely.area(given))
    return Mended(mended, closed, left, np.asarray(moved, np.float64), lost)


def _slits(shapes: Shapes, reach_m: float) -> list[tuple[Any, Ints]]:
    edges = shapely.coverage_invalid_edges(shapes, gap_width=reach_m)
    return slits_between(shapes, np.flatnonzero(~shapely.is_empty(edges)), reach_m)


def _tiled(
    given: Shapes, slits: Shapes, width_m: float, noise_m2: float
) -> tuple[Shapes, list[Fault], list[Fault], list[Fault]]:
    """One pass over areas and the slits known between them: (tiling, closed, left, lost)."""
    parts, owner = shapely.get_parts(given, return_index=True)
    if len(parts) == 0:
        return given, [], [], []
    net = shapely.union_all(shapely.boundary(np.concatenate([parts, slits])), grid_size=GRID_M)
    pieces = on_grid(shapely.get_parts(shapely.polygonize([net])))
    pieces = pieces[double_areas_mm2(pieces) != 0]
    inner = shapely.point_on_surface(pieces)
    held_piece, held_part = shapely.STRtree(parts).query(inner, predicate="intersects")
    claims = np.unique(np.stack([held_piece, owner[held_part]], axis=1), axis=0)
    holders = np.bincount(claims[:, 0], minlength=len(pieces))
    first = np.full(len(pieces), NOBODY, dtype=np.int64)
    first[claims[::-1, 0]] = claims[::-1, 1]
    area, width = shapely.area(pieces), 2 * shapely.area(pieces) / shapely.length(pieces)
    narrow = (width <= width_m) | (area <= noise_m2)
    border = _Borders.of(pieces)
    label = np.where(holders == 1, first, NOBODY)
    label = _take(label, holders > 1, border, claims)
    label = np.where((label == NOBODY) & (holders > 1), first, label)
    label = _take(label, (holders == 0) & narrow, border)
    closed: list[Fault] = []
    left: list[Fault] = []
    for k in np.flatnonzero(holders != 1).tolist():
        owners = claims[claims[:, 0] == k, 1] if holders[k] else border.owners(k, label)
        fault = _fault("overlap" if holders[k] else "gap", pieces[k], owners)
        (closed if narrow[k] else left).append(fault)
    label, lost = _settle(pieces, label, border)
    return _joined(pieces, label, len(given)), closed, left, lost


def fit_to_parents(shapes: Any, parent_of: Ints, outlines: Any, *, width_m: float) -> tuple[Shapes, Floats]:
    """Let the borders between parents be where their outlines say, as far as that moves borders by slivers.

    Two sources draw one street twice. What of an area lies in another parent's outline and is narrower than `width_m`
    goes to the neighbour of that parent with the longest common border; wider pieces stay.

    Parameters
    ----------
    shapes : (n,) an exact tiling, as `mend` gives it
    parent_of : (n,) indices into `outlines`; -1 where an area has none
    outlines : (p,) valid polygons or multipolygons, metres
    width_m : mean width of the slivers that change hands

    Returns
    -------
    shapes : (n,) as given, an exact tiling again
    moved_m2 : (n,) how much of each area went to others
    """
    given, above = as_shapes(shapes), as_shapes(outlines)
    child, parent = shapely.STRtree(above).query(given, predicate="intersects")
    stray = (parent_of[child] != parent) & (parent_of[child] >= 0)
    common, wanted = shapely.get_parts(
        shapely.intersection(given[child[stray]], above[parent[stray]]), return_index=True
    )
    area = shapely.area(common)
    sliver = (area > 0) & (2 * area <= width_m * shapely.length(common))
    slivers, wanted = common[sliver], parent[stray][wanted[sliver]]
    if not len(slivers):
        return given, np.zeros(len(given))
    pieces, holder = _noded(given, slivers)
    piece, which = shapely.STRtree(slivers).query(shapely.point_on_surface(pieces), predicate="intersects")
    goal = np.full(len(pieces), NOBODY, dtype=np.int64)
    goal[piece] = wanted[which]
    loose = (goal != NOBODY) & (holder != NOBODY)
    border = _Borders.of(pieces)
    near = loose[border.one] & (holder[border.other] != NOBODY)
    near &= parent_of[holder[border.other]] == goal[border.one]
    claims = np.unique(np.stack([border.one[near], holder[border.other[near]]], axis=1), axis=0)
    label = _take(np.where(loose, NOBODY, holder), loose, border, claims)
    label, _ = _settle(pieces, np.where(label == NOBODY, holder, label), border)
    left = shapely.area(pieces) * (label != holder)
    moved = np.bincount(holder[holder >= 0], left[holder >= 0], minlength=len(given))
    return _joined(pieces, label, len(given)), np.asarray(moved, np.float64)


def _noded(shapes: Shapes, lines_of: Shapes) -> tuple[Shapes, Ints]:
    """The faces that the borders of a tiling and of other shapes cut, and which shape of the tiling each lies in."""
    net = shapely.union_all(shapely.boundary(np.concatenate([shapes, lines_of])), grid_size=GRID_M)
    pieces = on_grid(shapely.get_parts(shapely.polygonize([net])))
    pieces = pieces[double_areas_mm2(pieces) != 0]
    piece, shape = shapely.STRtree(shapes).query(shapely.point_on_surface(pieces), predicate="intersects")
    holder = np.full(len(pieces), NOBODY, dtype=np.int64)
    holder[piece[::-1]] = shape[::-1]
    return pieces, holder


@dataclass(frozen=True, slots=True)
class _Borders:
    """Who borders on whom, both ways round: piece `one` on piece `other` along `length` metres."""

    one: Ints
    other: Ints
    length: Floats

    @classmethod
    def of(cls, pieces: Shapes) -> _Borders:
        found = shared_borders(pieces)
        return cls(
            np.concatenate([found.left, found.right]),
            np.concatenate([found.right, found.left]),
            np.tile(found.length_m, 2),
        )

    def owners(self, piece: int, label: Ints) -> Ints:
        near: Ints = np.unique(label[self.other[self.one == piece]])
        return np.asarray(near[near != NOBODY])


def _take(label: Ints, open_: Bools, border: _Borders, claims: Ints | None = None) -> Ints:
    """Give each open piece to the owner with the longest border on it; with claims, to one of its claimants only."""
    label = label.copy()
    allowed = None if claims is None else {(int(p), int(o)) for p, o in claims}
    while True:
        usable = open_[border.one] & (label[border.one] == NOBODY) & (label[border.other] != NOBODY)
        pairs = np.stack([border.one[usable], label[border.other[usable]]], axis=1)
        if allowed is not None and len(pairs):
            kept = np.array([(int(p), int(o)) in allowed for p, o in pairs], dtype=np.bool_)
            pairs, lengths = pairs[kept], border.length[usable][kept]
        else:
            lengths = border.length[usable]
        if not len(pairs):
            return label
        pairs, index = np.unique(pairs, axis=0, return_inverse=True)
        common = np.bincount(index.ravel(), lengths, minlength=len(pairs))
        best = np.lexsort((pairs[:, 1], -common, pairs[:, 0]))
        winners = pairs[best[np.unique(pairs[best, 0], return_index=True)[1]]]
        label[winners[:, 0]] = winners[:, 1]


def _settle(pieces: Shapes, label: Ints, border: _Borders) -> tuple[Ints, list[Fault]]:
    """Give crumbs that hang on no larger part of their area to a neighbour; drop those that touch nobody."""
    lost: list[Fault] = []
    for _ in range(3):
        owned = label[border.one] != NOBODY
        same = owned & (label[border.one] == label[border.other])
        group = connected_groups(len(pieces), border.one[same], border.other[same])
        size = np.bincount(group, shapely.area(pieces))
        inside = same & (border.one < border.other)
        outer = np.bincount(group, shapely.length(pieces))
        outer -= 2 * np.bincount(group[border.one[inside]], border.length[inside], minlength=len(size))
        crumb = ((size < NOISE_M2) | (2 * size < NOISE_WIDTH_M * outer))[group] & (label != NOBODY)
        if not crumb.any():
            break
        before = label
        label = _take(np.where(crumb, NOBODY, label), crumb, border)
        alone = crumb & (label == NOBODY)
        lost += [_fault("gap", pieces[k], before[k : k + 1]) for k in np.flatnonzero(alone)]
    return label, lost


def _joined(pieces: Shapes, label: Ints, count: int) -> Shapes:
    out = np.full(count, shapely.MultiPolygon(), dtype=object)
    mine = label != NOBODY
    if mine.any():
        joined, owners = dissolve(pieces[mine], label[mine])
        out[owners] = shapely.normalize(joined)
    return out


def _width(piece: Any) -> float:
    return float(2 * piece.area / piece.length)


def _fault(kind: Literal["gap", "overlap"], piece: Any, owners: Ints) -> Fault:
    point = shapely.point_on_surface(piece)
    place = (float(point.x), float(point.y))
    return Fault(kind, place, float(piece.area), _width(piece), tuple(int(k) for k in owners))
