"""Cut cells along lines, give each face an owner, and put the map together again: the one way to redraw.

1. The borders of the cells that are touched and the new lines are noded together, once, on the 1 mm grid.
2. The faces between them are labelled: the old owner is known, the verb says the new one.
3. Slivers go to the neighbour with the longest common border, and so does a cut-off bit too small to be a
   cell; a cut-off piece that could be one is never given away silently but refused.
4. Faces of one owner are joined; where a new border ends on an old one, the cell beyond gets the vertex.
5. The proof (`spatial.proof`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from spatial.changes import Community, Edit, Partition
from spatial.intents import Limits
from spatial.noding import SLIVER_M2, SLIVER_WIDTH_M, dissolve
from spatial.partition import GRID_M, Floats, Shapes, as_shapes, shared_borders
from spatial.proof import Draft, inner_place, prove, require_sound
from spatial.refusals import Reason, refuse
from spatial.renoding import detours, pass_on

Common = list[dict[int, float]]


@dataclass(frozen=True, slots=True)
class Faces:
    """What lines and borders enclose within the touched cells."""

    shapes: Shapes  # (n,) Polygon, edge-matched
    inner: Shapes  # (n,) a Point inside each
    owner: list[int]  # (n,) the cell each was part of
    area: Floats  # (n,) m²
    crumb: list[bool]  # (n,) slivers: under half a square metre, or narrower than 0.3 m on the mean
    common: Common  # (n,) for each face: the faces it borders on, with the common length in metres

    def __len__(self) -> int:
        return len(self.shapes)


def cut_up(partition: Partition, touch: Iterable[int], lines: Any) -> Faces:
    """Cut cells along lines. Lines may cross, overshoot and end inside; what closes no face cuts nothing."""
    ids = sorted(touch)
    old = partition.of_cells(ids)
    net = shapely.union_all(np.concatenate([shapely.boundary(old), as_shapes(lines)]), grid_size=GRID_M)
    shapes = shapely.get_parts(shapely.polygonize([net]))
    inner = shapely.point_on_surface(shapes)
    found, source = shapely.STRtree(old).query_nearest(inner, max_distance=GRID_M, all_matches=False)
    shapes, inner = shapes[found], inner[found]
    borders = shared_borders(shapes)
    common: Common = [{} for _ in shapes]
    for i, j, length in zip(borders.left.tolist(), borders.right.tolist(), borders.length_m.tolist(), strict=True):
        common[i][j] = common[i].get(j, 0.0) + length
        common[j][i] = common[j].get(i, 0.0) + length
    area = shapely.area(shapes)
    crumb = (area < SLIVER_M2) | (2 * area < SLIVER_WIDTH_M * shapely.length(shapes))
    return Faces(shapes, inner, [ids[k] for k in source.tolist()], area, crumb.tolist(), common)


def put_together(
    partition: Partition,
    verb: str,
    faces: Faces,
    label: list[int],
    *,
    limits: Limits,
    community: Mapping[int, Community] | None = None,
    fixed: frozenset[int] = frozenset(),
    across: bool = False,
) -> Edit:
    """Make the edit that gives each face to the cell in `label`.

    Parameters
    ----------
    label : (n,) the new owner of each face; ids unknown to the partition are new cells
    community : of the new cells
    fixed : cells that receive nothing but slivers (a pasted outline is what it is)
    across : True lets land pass from one community to another
    """
    labels = {k: partition.community[k] for k in faces.owner} | dict(community or {})
    if not across:
        label = _in_community(faces, label, labels)
    label = _settle(faces, label, labels, limits, fixed, across)
    touched = sorted(set(faces.owner))
    gone = sorted(set(touched) - set(label))
    if gone:
        refuse(Reason.VANISHES, cells=tuple(gone), place=inner_place(partition.shapes[gone[0]]), cell=gone[0])
    joined, ids = dissolve(faces.shapes, np.array(label, dtype=np.int64))
    made = dict(zip(ids.tolist(), joined, strict=True))
    for k, shape in made.items():
        require_sound(k, shape)
    kept = {k for k in touched if _same_faces(k, faces.owner, label)}
    unchanged = {k for k in kept if _equal(made[k], partition.shapes[k])}
    cut = [k for k in touched if k not in unchanged]
    after = {k: shape for k, shape in made.items() if k not in unchanged}
    paths = detours(partition.of_cells(touched), as_shapes(list(made.values())))
    beyond, outline = pass_on(partition, touched, after, paths)
    if not any(k in after for k in cut):
        refuse(Reason.NOTHING_CHANGES)
    new = {k: labels[k] for k in after if k not in partition}
    draft = Draft(verb, after, (), beyond | (kept & set(after)), new, outline)
    return prove(partition, draft, limits)


def _same_faces(cell: int, owner: list[int], label: list[int]) -> bool:
    return all((o == cell) == (k == cell) for o, k in zip(owner, label, strict=True))


def _equal(one: Any, other: Any) -> bool:
    if shapely.get_num_coordinates(one) != shapely.get_num_coordinates(other):
        return False
    return bool(shapely.equals_identical(shapely.normalize(one), shapely.normalize(other)))


def _in_community(faces: Faces, label: list[int], community: Mapping[int, Community]) -> list[int]:
    """Refuse a face that would change its community; slivers stay with their owner."""
    kept = list(label)
    for face, (owner, new) in enumerate(zip(faces.owner, label, strict=True)):
        one, other = community[owner], community[new]
        if one != other and not faces.crumb[face]:
            place = inner_place(faces.shapes[face])
            refuse(Reason.CROSSES_COMMUNITY, place=place, cells=(owner,), one=one, other=other)
        kept[face] = new if one == other else owner
    return kept


def _settle(
    faces: Faces,
    label: list[int],
    community: Mapping[int, Community],
    limits: Limits,
    fixed: frozenset[int],
    across: bool,
) -> list[int]:
    """Give the labels after slivers and cut-off bits went to the neighbour with the longest common border."""
    label = list(label)

    def strongest(group: list[int], *, crumbs_count: bool, without: frozenset[int]) -> int | None:
        claims: dict[int, float] = {}
        home = community[faces.owner[group[0]]]
        members = set(group)
        for face in group:
            for other, length in faces.common[face].items():
                k = label[other]
                if other in members or k in without or (faces.crumb[other] and not crumbs_count):
                    continue
                if across or community[k] == home:
                    claims[k] = claims.get(k, 0.0) + length
        return min(claims, key=lambda k: (-claims[k], k)) if claims else None

    for face in sorted((f for f in range(len(faces)) if faces.crumb[f]), key=lambda f: float(faces.area[f])):
        winner = strongest([face], crumbs_count=False, without=frozenset())
        if winner is not None:
            label[face] = winner
    for _ in range(len(faces)):
        loose = _loose_groups(faces, label)
        if not loose:
            return label
        for group in loose:
            own = label[group[0]]
            crumbs = all(faces.crumb[f] for f in group)
            area = float(faces.area[group].sum())
            big = not crumbs and area >= limits.min_area_m2
            closed = frozenset({own}) if crumbs else fixed | {own}
            winner = None if big else strongest(group, crumbs_count=True, without=closed)
            if winner is None:
                largest = max(group, key=lambda f: float(faces.area[f]))
                place = inner_place(faces.shapes[largest])
                refuse(Reason.STRAY, place=place, cells=(own,), area_m2=area, cell=own)
            for face in group:
                label[face] = winner
    return label


def _loose_groups(faces: Faces, label: list[int]) -> list[list[int]]:
    """Give the connected groups of equal label that are not the largest of their label, the small ones first."""
    groups = connected(len(faces), faces.common, label)
    size = [float(faces.area[g].sum()) for g in groups]
    largest: dict[int, int] = {}
    for n in range(len(groups)):
        k = label[groups[n][0]]
        if k not in largest or size[n] > size[largest[k]]:
            largest[k] = n
    loose = [n for n in range(len(groups)) if largest[label[groups[n][0]]] != n]
    return [groups[n] for n in sorted(loose, key=lambda n: (size[n], groups[n]))]


def connected(count: int, common: Common, label: list[int]) -> list[list[int]]:
    """Give the groups of faces of equal label that hang together by common borders, each ascending."""
    seen = [False] * count
    groups = []
    for start in range(count):
        if seen[start]:
            continue
        seen[start], group, todo = True, [], [start]
        while todo:
            face = todo.pop()
            group.append(face)
            for other in common[face]:
                if not seen[other] and label[other] == label[start]:
                    seen[other] = True
                    todo.append(other)
        groups.append(sorted(group))
    return groups
