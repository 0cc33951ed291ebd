"""Does a set of areas tile the ground? Looked at from outside, with other means than those that made it.

`spatial.partition` proves a tiling by adding up directed segments. This module knows nothing of that: it asks
GEOS' coverage functions for edges that do not match, intersects and subtracts shapes where they are suspicious,
asks whether parents cover their children, and compares areas summed in whole square millimetres. Every finding
has a place. `repair` mends what is narrower than a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from spatial.errors import BrokenCoverage
from spatial.noding import tile
from spatial.partition import GRID_M, Ints, Shapes, as_shapes

GAP_WIDTH_M = 1.0  # gaps between shapes are looked for up to this width; a wider one may be meant
NOISE_M2 = 1e-6  # a square millimetre: less is the arithmetic of the intersection
HAIR_M = 0.005
WALLED = 0.95  # a gap without parents must have this share of its rim on shapes
Kind = Literal["gap", "overlap", "invalid", "outside_parent"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where something is wrong."""

    kind: Kind
    place: tuple[float, float]  # a point in it, metres
    area_m2: float
    width_m: float  # mean width, twice the area by the length round
    owners: tuple[int, ...]  # indices of the shapes concerned
    why: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found; empty for an exact coverage."""

    findings: list[Finding]
    area_m2: float  # sum of the areas, exact to the square millimetre on the 1 mm grid

    def count(self, kind: Kind) -> int:
        """Give the number of findings of a kind."""
        return sum(f.kind == kind for f in self.findings)


def inspect(
    shapes: Any,
    *,
    parents: Any = None,
    parent_of: Ints | None = None,
    gap_width_m: float = GAP_WIDTH_M,
    one_part: bool = False,
) -> Inspection:
    """Look for invalid shapes, overlaps, gaps, and shapes that leave their parents.

    Parameters
    ----------
    shapes : (n,) polygons or multipolygons, metres
    parents : (p,) polygons or multipolygons, optional
        With `parent_of`, (n,) indices into it: children must lie in their parent, and a parent that has children
        must be covered by them without a gap of any width. -1: no parent.
    gap_width_m : float
        Gaps that no parent shows are looked for up to this width.
    one_part : bool
        Count shapes of several parts as invalid.
    """
    shapes = as_shapes(shapes)
    findings = _invalid(shapes, one_part)
    sound = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    usable = np.flatnonzero(shapely.area(sound) > 0)
    edges = shapely.coverage_invalid_edges(sound[usable], gap_width=gap_width_m) if len(usable) else usable
    suspicious = usable[~shapely.is_empty(edges)] if len(usable) else usable
    findings += _overlaps(sound, suspicious)
    narrow = _narrow_gaps(sound, suspicious, gap_width_m)
    if parents is not None and parent_of is not None:
        parents, parent_of = as_shapes(parents), np.asarray(parent_of, dtype=np.int64)
        findings += _outside(sound, parents, parent_of)
        faulty = np.unique(parent_of[[k for f in findings for k in f.owners]]) if findings else parent_of[:0]
        inside = _gaps_in_parents(sound, parents, parent_of, faulty)
        seen = shapely.points([f.place for f in inside]) if inside else np.empty(0, dtype=object)
        findings += inside
        narrow = [f for f in narrow if len(seen) == 0 or not shapely.dwithin(seen, shapely.Point(f.place), 0.5).any()]
    return Inspection(findings + narrow, float(_double_mm2(sound).sum()) / 2e6)


def _finding(kind: Kind, piece: Any, owners: Any, why: str = "") -> Finding:
    point = shapely.point_on_surface(piece)
    width = 2 * piece.area / piece.length if piece.length else 0.0
    place = (float(point.x), float(point.y)) if not point.is_empty else (float("nan"), float("nan"))
    return Finding(kind, place, float(piece.area), float(width), tuple(int(k) for k in owners), why)


def _invalid(shapes: Shapes, one_part: bool) -> list[Finding]:
    out = []
    kinds = shapely.get_type_id(shapes)
    areal = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    whole = shapely.is_valid(shapes) & areal & (shapely.area(shapes) > 0)
    if one_part:
        whole &= kinds == shapely.GeometryType.POLYGON
    for k in np.flatnonzero(~whole):
        shape = shapes[k]
        if shape is None or shapely.is_empty(shape):
            out.append(Finding("invalid", (float("nan"), float("nan")), 0.0, 0.0, (int(k),), "empty"))
        else:
            reason = shapely.is_valid_reason(shape)
            why = reason if reason != "Valid Geometry" else f"{shape.geom_type} of {shape.area:g} m²"
            out.append(_finding("invalid", shape, [k], why))
    return out


def _overlaps(shapes: Shapes, suspicious: Ints) -> list[Finding]:
    """Give the pieces that two suspicious shapes share."""
    looked = shapes[suspicious]
    one, other = shapely.STRtree(looked).query(looked, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(looked[one], looked[other])
    return [
        _finding("overlap", piece, (suspicious[one[k]], suspicious[other[k]]))
        for k in np.flatnonzero(shapely.area(common) > NOISE_M2)
        for piece in shapely.get_parts(common[k])
        if piece.area > NOISE_M2
    ]


def _narrow_gaps(shapes: Shapes, suspicious: Ints, width_m: float) -> list[Finding]:
    return [_finding("gap", slit, around) for slit, around in slits_between(shapes, suspicious, width_m)]


def slits_between(shapes: Shapes, suspicious: Ints, width_m: float) -> list[tuple[Any, Ints]]:
    """Give the slits between shapes that growing and shrinking them by half the width would close, and who borders."""
    if len(suspicious) == 0 or width_m <= 0:
        return []
    tree = shapely.STRtree(shapes)
    near = np.unique(tree.query(shapes[suspicious], predicate="dwithin", distance=width_m)[1])
    union = shapely.union_all(shapes[near])
    slits = _slits(union, width_m)
    hair = 2 * shapely.area(slits) < HAIR_M * shapely.length(slits)
    if hair.any():  # growing by metres leaves hairs of its own: real ones have edges that do not match
        unmatched = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes[near], gap_width=HAIR_M))
        real = _slits(shapely.union_all(shapes[near][unmatched]), HAIR_M) if unmatched.any() else slits[:0]
        slits = np.concatenate([slits[~hair], real])
    filling = shapes[np.unique(tree.query(slits, predicate="intersects")[1])]
    if len(filling):  # only some shapes were looked at: another may fill what seems a slit between them
        slits = as_shapes(shapely.get_parts(shapely.difference(slits, shapely.union_all(filling))))
        slits = slits[shapely.area(slits) > NOISE_M2]
    walls = shapely.buffer(union, GRID_M, quad_segs=1)
    shapely.prepare(walls)
    walled = shapely.length(shapely.intersection(shapely.boundary(slits), walls)) > WALLED * shapely.length(slits)
    bordering = [np.sort(tree.query(s, predicate="dwithin", distance=GRID_M)) for s in slits]
    return [(s, b) for s, b, w in zip(slits, bordering, walled, strict=True) if w and len(b) > 1]


def _slits(union: Any, width_m: float) -> Shapes:
    """Give what growing and shrinking a shape by half a width fills."""
    half = width_m / 2 + GRID_M
    closed = shapely.buffer(shapely.buffer(union, half, join_style="mitre"), -half, join_style="mitre")
    slits = shapely.get_parts(shapely.difference(closed, union))
    return as_shapes(slits[shapely.area(slits) > NOISE_M2])


def _outside(shapes: Shapes, parents: Shapes, parent_of: Ints) -> list[Finding]:
    out = []
    for p in np.unique(parent_of[parent_of >= 0]):
        children = np.flatnonzero(parent_of == p)
        shapely.prepare(parents[p])
        for k in children[~shapely.covers(parents[p], shapes[children])]:
            beyond = shapely.difference(shapes[k], parents[p])
            if beyond.area > NOISE_M2:
                out.append(_finding("outside_parent", beyond, [k]))
    return out


def _gaps_in_parents(shapes: Shapes, parents: Shapes, parent_of: Ints, faulty: Ints) -> list[Finding]:
    """Give what parents have and their children have not.

    Looked for where the exact areas differ, and in the `faulty` parents, whose children overlap or stray: only
    for the others do equal areas mean that nothing is missing.
    """
    whole = _double_mm2(parents)
    covered = np.zeros(len(parents), dtype=np.int64)
    held = parent_of >= 0
    np.add.at(covered, parent_of[held], _double_mm2(shapes)[held])
    out = []
    divided = np.unique(parent_of[held])
    for p in divided[(whole[divided] != covered[divided]) | np.isin(divided, faulty)]:
        children = np.flatnonzero(parent_of == p)
        empty = shapely.get_parts(shapely.difference(parents[p], shapely.union_all(shapes[children])))
        empty = empty[shapely.area(empty) > NOISE_M2]
        out += [
            _finding("gap", e, children[shapely.dwithin(shapes[children], e, 1e-3)], "parent not covered")
            for e in empty
        ]
    return out


def _double_mm2(shapes: Shapes) -> Ints:
    """Give twice each area in whole mm², by the shoelace formula on vertices rounded to the millimetre."""
    parts, part_of = shapely.get_parts(shapely.normalize(shapes), return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    total = np.zeros(len(shapes), dtype=np.int64)
    if len(xy) == 0:
        return total
    first = np.searchsorted(ring, np.arange(len(rings)))
    mm = np.rint(xy * 1000.0).astype(np.int64)
    mm -= mm[first[ring]]
    cross = np.zeros(len(mm), dtype=np.int64)
    cross[:-1] = mm[:-1, 0] * mm[1:, 1] - mm[1:, 0] * mm[:-1, 1]
    cross[:-1][ring[:-1] != ring[1:]] = 0
    signed = np.abs(np.add.reduceat(cross, first))
    outer = np.r_[True, ring_part[1:] != ring_part[:-1]]  # get_rings gives each shell before its holes
    np.add.at(total, part_of[ring_part], np.where(outer, signed, -signed))
    return total


def repair(shapes: Any, tolerance_m: float) -> tuple[Shapes, list[Finding]]:
    """Mend areas that should tile: close slits and settle overlaps up to a width, snap to the 1 mm grid.

    Parameters
    ----------
    shapes : (n,) polygons or multipolygons, metres
    tolerance_m : float
        The widest overlap and the widest slit that are mended (mean width, twice the area by the length round);
        an overlap goes to the neighbour with the longer common border, a slit likewise.

    Returns
    -------
    mended : (n,) MultiPolygon, on the 1 mm grid, sharing every vertex
    left : what is still to be found: gaps between shapes wider than the tolerance

    Raises
    ------
    BrokenCoverage
        Shapes overlap by more than the tolerance: that needs a person's decision.
    """
    shapes = as_shapes(shapes)
    sound = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    wide = [f for f in inspect(sound).findings if f.kind == "overlap" and f.width_m > tolerance_m]
    if wide:
        worst = max(wide, key=lambda f: f.width_m)
        raise BrokenCoverage(
            f"{len(wide)} overlaps are wider than {tolerance_m:g} m, the widest {worst.width_m:.2f} m "
            f"({worst.area_m2:.1f} m²) at {worst.place[0]:.1f}, {worst.place[1]:.1f}.",
            hint="Decide whose ground it is and correct the source, or give a larger tolerance.",
            place=worst.place,
            owners=worst.owners,
        )
    mended = _on_one_grid(shapely.coverage_clean(sound, gap_width=tolerance_m), np.arange(len(shapes)), len(shapes))
    for _ in range(2):  # GEOS goes by the widest spot of a gap: fill what is narrow enough on the mean
        edges = shapely.coverage_invalid_edges(mended, gap_width=3 * tolerance_m)
        slits = slits_between(mended, np.flatnonzero(~shapely.is_empty(edges)), 3 * tolerance_m)
        slits = [(s, around) for s, around in slits if 2 * s.area <= tolerance_m * s.length]
        if not slits:
            break
        owners = [_longest_border(s, around, mended) for s, around in slits]
        filled = np.concatenate([mended, as_shapes([s for s, _ in slits])])
        mended = _on_one_grid(filled, np.concatenate([np.arange(len(shapes)), owners]), len(shapes))
    return mended, inspect(mended, gap_width_m=max(GAP_WIDTH_M, 2 * tolerance_m)).findings


def _on_one_grid(shapes: Shapes, label: Ints, count: int) -> Shapes:
    """Node shapes on the 1 mm grid and join those of one label: (count,) MultiPolygon."""
    parts, source = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    owner = label[source[areal]].astype(np.int64)
    tiles, kept = tile(parts[areal], territory=owner)
    joined = np.empty(count, dtype=object)
    joined[:] = [_multi(shapely.coverage_union_all(tiles[owner[kept] == k])) for k in range(count)]
    return joined


def _longest_border(slit: Any, around: Ints, shapes: Shapes) -> int:
    rim = shapely.boundary(slit)
    shared = shapely.length(shapely.intersection(rim, shapely.buffer(shapes[around], 2 * GRID_M)))
    return int(around[np.argmax(np.round(shared, 3))])


def _multi(shape: Any) -> Any:
    return shapely.normalize(shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape]))
