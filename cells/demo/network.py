"""Noding the planned lines on the 1 mm grid, the faces between them, and merging faces that are too small or too thin.

After noding every junction is a vertex of all lines that meet there; dropping an edge merges the two faces beside it,
so dangling ends and slivers go without any geometry being bent.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

GRID_M = 0.001
OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Network:
    """Noded lines and the faces between them.

    edges: (n,) LineStrings from node to node; line: (n,) index into the lines they came from;
    left, right: (n,) index of the face on either side, OUTSIDE where there is none; faces: (m,) Polygons.
    """

    edges: np.ndarray
    line: np.ndarray
    left: np.ndarray
    right: np.ndarray
    faces: np.ndarray


def node(shapes: np.ndarray, *, simplify_m: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Node lines on the 1 mm grid.

    Returns the edges (n,) and for each the index of the line it came from (where two lines lie on each other, the
    first). `simplify_m` thins the vertices between nodes: only for lines that sway gently and lie far apart.
    """
    edges = shapely.get_parts(shapely.union_all(shapes, grid_size=GRID_M))
    if simplify_m:
        edges = shapely.simplify(edges, simplify_m)
    middles = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    tree = shapely.STRtree(shapes)
    at, of = tree.query(shapely.buffer(middles, 0.3, quad_segs=1))
    far = shapely.distance(middles[at], shapes[of])
    order = np.lexsort((of, np.round(far, 2), at))
    first = np.unique(at[order], return_index=True)[1]
    line = np.empty(len(edges), dtype=np.intp)
    line[at[order][first]] = of[order][first]
    order = np.lexsort(np.round(np.column_stack([shapely.get_coordinates(middles), line]), 3).T)
    return edges[order], line[order]


def network(edges: np.ndarray, line: np.ndarray) -> Network:
    """The faces between noded edges, and which lie left and right of each edge."""
    faces = shapely.orient_polygons(shapely.get_parts(shapely.polygonize([shapely.multilinestrings(list(edges))])))
    middles = shapely.get_coordinates(shapely.centroid(faces))
    faces = faces[np.lexsort((np.round(middles[:, 0], 3), -np.round(middles[:, 1], 3)))]
    rings, of = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    # A counter-clockwise ring has its face on the left of every segment: one segment of an edge tells both sides.
    segments = pd.DataFrame(_key(xy[:-1][inner], xy[1:][inner]), columns=["ax", "ay", "bx", "by"])
    segments["face"] = of[ring[:-1][inner]]
    firsts, seconds = _first_segment(edges)
    there = pd.DataFrame(_key(firsts, seconds), columns=["ax", "ay", "bx", "by"])
    back = pd.DataFrame(_key(seconds, firsts), columns=["ax", "ay", "bx", "by"])
    left = there.merge(segments, how="left")["face"].fillna(OUTSIDE).to_numpy(dtype=np.intp, copy=True)
    right = back.merge(segments, how="left")["face"].fillna(OUTSIDE).to_numpy(dtype=np.intp, copy=True)
    # Dead ends are on no ring: they have the face they lie in on both sides.
    loose = np.flatnonzero((left == OUTSIDE) & (right == OUTSIDE))
    inner = shapely.line_interpolate_point(edges[loose], 0.5, normalized=True)
    at, face = shapely.STRtree(faces).query(inner, predicate="within")
    left[loose[at]] = right[loose[at]] = face
    return Network(edges, line, left, right, faces)


def _key(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.rint(np.column_stack([a, b]) * 1000).astype(np.int64)


def _first_segment(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (
        shapely.get_coordinates(shapely.get_point(edges, 0)),
        shapely.get_coordinates(shapely.get_point(edges, 1)),
    )


class Groups:
    """Union–find over faces, with the lower number as the name of a group."""

    def __init__(self, count: int) -> None:
        self.parent = np.arange(count)

    def find(self, i: int) -> int:
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return int(i)

    def join(self, i: int, j: int) -> int:
        a, b = sorted((self.find(i), self.find(j)))
        self.parent[b] = a
        return a

    def labels(self) -> np.ndarray:
        return np.array([self.find(i) for i in range(len(self.parent))], dtype=np.intp)


def merge_small(
    net: Network, *, weight: np.ndarray, smallest_m2: np.ndarray, thinnest_m: np.ndarray, groups: Groups | None = None
) -> np.ndarray:
    """Merge faces that are too small or too thin across the edge that is missed least.

    weight: (n,) how much a metre of each edge is worth keeping, inf = never dropped; smallest_m2 and thinnest_m: (m,)
    per face; a face is thin when 2·area/perimeter is below the latter. Returns (m,) group labels.
    """
    groups = groups or Groups(len(net.faces))
    area, rim = shapely.area(net.faces).copy(), shapely.length(net.faces).copy()
    shared: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    lengths = shapely.length(net.edges)
    for i, j, length, w in zip(net.left, net.right, lengths, weight, strict=True):
        if i != j and i != OUTSIDE and j != OUTSIDE:
            for a, b in ((i, j), (j, i)):
                shared[a][b][0] += length
                shared[a][b][1] += length * w
    # groups given beforehand are folded in first
    for k in range(len(net.faces)):
        g = groups.find(k)
        if g != k:
            _fold(shared, area, rim, g, k)
    wanted, thin = smallest_m2.copy(), thinnest_m.copy()

    def bad(k: int) -> bool:
        return bool(area[k] < wanted[k] or 2 * area[k] / rim[k] < thin[k])

    queue = [(area[k], k) for k in range(len(net.faces)) if groups.find(k) == k and bad(k)]
    heapq.heapify(queue)
    while queue:
        size, k = heapq.heappop(queue)
        if groups.find(k) != k or size != area[k] or not bad(k):
            continue
        options = [
            (worth / length + 0.4 * (area[other] / 30000.0) - 0.5 * length / rim[k], other)
            for other, (length, worth) in shared[k].items()
            if np.isfinite(worth) and length > 5
        ]
        if not options:
            continue
        other = min(options)[1]
        keep, gone = sorted((k, other))
        groups.join(keep, gone)
        wanted[keep], thin[keep] = min(wanted[keep], wanted[gone]), min(thin[keep], thin[gone])
        _fold(shared, area, rim, keep, gone)
        if bad(keep):
            heapq.heappush(queue, (area[keep], keep))
    return groups.labels()


def _fold(shared: dict[int, dict[int, list[float]]], area: np.ndarray, rim: np.ndarray, keep: int, gone: int) -> None:
    """Let face `keep` take the place of `gone` in the table of shared edges."""
    between = shared[keep].pop(gone, [0.0, 0.0])[0]
    area[keep] += area[gone]
    rim[keep] += rim[gone] - 2 * between
    for other, (length, worth) in shared.pop(gone, {}).items():
        if other == keep:
            continue
        shared[other].pop(gone, None)
        for a, b in ((keep, other), (other, keep)):
            shared[a][b][0] += length
            shared[a][b][1] += worth
    shared[keep].pop(keep, None)


def without_inner_edges(net: Network, group: np.ndarray) -> np.ndarray:
    """(n,) mask of the edges that part two groups, or a group and the outside: dangles and inner edges go."""
    label = np.append(group, OUTSIDE)
    return label[net.left] != label[net.right]
