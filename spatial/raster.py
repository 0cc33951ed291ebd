"""The arithmetic of the locator: exact tests on integer millimetres, and a raster that makes most of them needless.

Compiled with numba and cached on disk (the first call on a machine compiles for some seconds). All coordinates are
millimetres from the raster's origin and lie below 2^30 (1,073 km), so that every cross product is exact in 64 bits. A
pixel is 2^shift mm wide: its column is a shift, not a division.

The raster holds, for a pixel that no edge touches, the index of the polygon covering it, or OUTSIDE; for a pixel that
edges touch, -2 - k, where k counts border pixels: `candidates[start[k]:start[k + 1]]` are the polygons with an edge in
it, ascending. A point in a border pixel belongs to the first candidate whose closed polygon holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
compiled: Callable[[F], F] = numba.njit(cache=True, nogil=True)  # type: ignore[assignment]
# For what takes a microsecond: to let other threads go on meanwhile, and to wait for them, would take far longer.
compiled_short: Callable[[F], F] = numba.njit(cache=True)  # type: ignore[assignment]

Whole: TypeAlias = int | np.int64
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]

OUTSIDE = -1
REACH_MM = 1 << 30
_BLOCK = 2048


@compiled_short
def holds(edges: Ints, first: Whole, last: Whole, x: Whole, y: Whole) -> int:
    """2 if (x, y) is on an edge of the polygon edges[first:last], 1 if inside, 0 if outside.

    Crossing parity over all rings, so holes and parts need no care; edges are (x1, y1, x2, y2).
    """
    inside = 0
    for e in range(first, last):
        y1 = np.int64(edges[e, 1])
        y2 = np.int64(edges[e, 3])
        if (y1 < y and y2 < y) or (y1 > y and y2 > y):
            continue
        x1 = np.int64(edges[e, 0])
        x2 = np.int64(edges[e, 2])
        if y1 == y2:
            if min(x1, x2) <= x <= max(x1, x2):
                return 2
            continue
        turn = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        if turn == 0:
            return 2
        if (y1 <= y) != (y2 <= y) and (turn > 0) == (y2 > y1):
            inside ^= 1
    return inside


@compiled_short
def squared_distance(edges: Ints, first: Whole, last: Whole, x: Whole, y: Whole) -> float:
    """Squared distance in mm² from (x, y) to the nearest edge of edges[first:last].

    An edge gives the same float from either end, so that two polygons are equally far from a point beside the border
    they share.
    """
    best = np.inf
    for e in range(first, last):
        x1 = np.int64(edges[e, 0])
        y1 = np.int64(edges[e, 1])
        dx = np.int64(edges[e, 2]) - x1
        dy = np.int64(edges[e, 3]) - y1
        along = (x - x1) * dx + (y - y1) * dy
        length = dx * dx + dy * dy
        if along <= 0:
            d = float((x - x1) * (x - x1) + (y - y1) * (y - y1))
        elif along >= length:
            d = float((x - x1 - dx) * (x - x1 - dx) + (y - y1 - dy) * (y - y1 - dy))
        else:
            d = float((x - x1) * dy - (y - y1) * dx) ** 2 / float(length)
        if d < best:
            best = d
    return best


@compiled
def _columns(x1: Whole, y1: Whole, x2: Whole, y2: Whole, row: Whole, shift: Whole) -> tuple[Whole, Whole]:
    """First and last column that the edge (y1 <= y2) touches in a row of pixels, never too few."""
    low = max(y1, row << shift)
    high = min(y2, (row + 1) << shift)
    if y1 == y2:
        return min(x1, x2) >> shift, max(x1, x2) >> shift
    a = x1 + ((x2 - x1) * (low - y1)) // (y2 - y1)
    b = x1 + ((x2 - x1) * (high - y1)) // (y2 - y1)
    # Floor division: the true abscissa lies in [a, a + 1].
    return min(a, b) >> shift, (max(a, b) + 1) >> shift


@compiled
def fill(edges: Ints, first: Longs, shift: Whole, raster: Ints) -> None:
    """Write each polygon's index into the pixels whose centre it holds (ties to the smaller index); the rest keep."""
    height, width = raster.shape
    half = np.int64(1) << (shift - 1)
    for polygon in range(len(first) - 2, -1, -1):
        a, b = first[polygon], first[polygon + 1]
        if a == b:
            continue
        part = edges[a:b]
        column0 = np.int64(part[:, 0].min()) >> shift
        row0 = np.int64(part[:, 1].min()) >> shift
        columns = (np.int64(part[:, 0].max()) >> shift) - column0 + 2
        rows = (np.int64(part[:, 1].max()) >> shift) - row0 + 1
        flips = np.zeros((rows, columns), np.uint8)
        for e in range(a, b):
            x1, y1 = np.int64(edges[e, 0]), np.int64(edges[e, 1])
            x2, y2 = np.int64(edges[e, 2]), np.int64(edges[e, 3])
            if y1 > y2:
                x1, y1, x2, y2 = x2, y2, x1, y1
            # Rows whose centre line the half-open edge [y1, y2) crosses.
            for row in range((y1 + half - 1) >> shift, ((y2 + half - 1) >> shift)):
                y = (row << shift) + half
                x = x1 + ((x2 - x1) * (y - y1)) // (y2 - y1)
                column = ((x + half) >> shift) - column0  # first pixel whose centre lies right of x
                flips[int(row - row0), int(column)] ^= 1
        for r in range(rows):
            inside = 0
            for c in range(columns):
                inside ^= flips[r, c]
                if inside and row0 + r < height and column0 + c < width:
                    raster[row0 + r, column0 + c] = polygon


@compiled
def number_border_pixels(edges: Ints, shift: Whole, raster: Ints) -> int:
    """Give every pixel that an edge touches its number, as -2 - k; how many there are."""
    count = 0
    for e in range(len(edges)):
        x1, y1 = np.int64(edges[e, 0]), np.int64(edges[e, 1])
        x2, y2 = np.int64(edges[e, 2]), np.int64(edges[e, 3])
        if y1 > y2:
            x1, y1, x2, y2 = x2, y2, x1, y1
        for row in range(y1 >> shift, (y2 >> shift) + 1):
            c0, c1 = _columns(x1, y1, x2, y2, row, shift)
            for column in range(c0, c1 + 1):
                if raster[row, column] > -2:
                    raster[row, column] = -2 - count
                    count += 1
    return count


@compiled
def list_candidates(edges: Ints, owner: Ints, shift: Whole, raster: Ints, start: Ints, out: Ints, write: bool) -> None:
    """Count (into start[k + 1]) or write (from start[k]) the polygons with an edge in each border pixel.

    Edges come in the order of their polygons, so a pixel's list is ascending and repetitions stand together.
    """
    last = np.full(len(start) - 1, -1, np.int32)
    at = start[:-1].copy()
    for e in range(len(edges)):
        x1, y1 = np.int64(edges[e, 0]), np.int64(edges[e, 1])
        x2, y2 = np.int64(edges[e, 2]), np.int64(edges[e, 3])
        if y1 > y2:
            x1, y1, x2, y2 = x2, y2, x1, y1
        for row in range(y1 >> shift, (y2 >> shift) + 1):
            c0, c1 = _columns(x1, y1, x2, y2, row, shift)
            for column in range(c0, c1 + 1):
                k = -2 - raster[row, column]
                if last[k] == owner[e]:
                    continue
                last[k] = owner[e]
                if write:
                    out[at[k]] = owner[e]
                    at[k] += 1
                else:
                    start[k + 1] += 1


@compiled_short
def owner_of(
    x: Whole, y: Whole, shift: Whole, raster: Ints, start: Ints, candidates: Ints, edges: Ints, first: Longs
) -> Whole:
    """Index of the polygon that owns one point, or OUTSIDE."""
    row, column = y >> shift, x >> shift
    if row < 0 or column < 0 or row >= raster.shape[0] or column >= raster.shape[1]:
        return OUTSIDE
    value = np.int64(raster[row, column])
    if value >= OUTSIDE:
        return value
    for i in range(start[-2 - value], start[-1 - value]):
        c = candidates[i]
        if holds(edges, first[c], first[c + 1], x, y) > 0:
            return np.int64(c)
    return OUTSIDE


@compiled
def owners_of(
    xy: NDArray[np.float64],
    origin_x: Whole,
    origin_y: Whole,
    shift: Whole,
    raster: Ints,
    start: Ints,
    candidates: Ints,
    edges: Ints,
    first: Longs,
    out: Ints,
) -> None:
    """`owner_of` for (n, 2) metres; NaN is OUTSIDE.

    Blocks of points first read their pixels, which the processor overlaps, then settle those on borders.
    """
    height, width = raster.shape
    xs = np.empty(_BLOCK, np.int64)
    ys = np.empty(_BLOCK, np.int64)
    at_border = np.empty(_BLOCK, np.int64)
    for begin in range(0, len(xy), _BLOCK):
        size = min(_BLOCK, len(xy) - begin)
        waiting = 0
        for i in range(size):
            fx = np.rint(xy[begin + i, 0] * 1000.0) - origin_x
            fy = np.rint(xy[begin + i, 1] * 1000.0) - origin_y
            value = np.int64(OUTSIDE)
            if 0.0 <= fx < REACH_MM and 0.0 <= fy < REACH_MM:
                x, y = np.int64(fx), np.int64(fy)
                row, column = y >> shift, x >> shift
                if row < height and column < width:
                    value = np.int64(raster[row, column])
                    if value < OUTSIDE:
                        xs[waiting], ys[waiting], at_border[waiting] = x, y, i
                        waiting += 1
            out[begin + i] = value
        for j in range(waiting):
            i = begin + at_border[j]
            value = np.int64(out[i])
            out[i] = OUTSIDE
            for k in range(start[-2 - value], start[-1 - value]):
                c = candidates[k]
                if holds(edges, first[c], first[c + 1], xs[j], ys[j]) > 0:
                    out[i] = c
                    break


@compiled
def staying_owners_of(
    xy: Longs,
    shift: Whole,
    raster: Ints,
    start: Ints,
    candidates: Ints,
    edges: Ints,
    first: Longs,
    stays: NDArray[np.bool_],
    out: Ints,
) -> None:
    """`owner_of` for (n, 2) mm that some polygon holds, among those polygons that stay."""
    for i in range(len(xy)):
        value = np.int64(raster[xy[i, 1] >> shift, xy[i, 0] >> shift])
        out[i] = OUTSIDE
        if value >= 0 and stays[value]:
            out[i] = value
        elif value < OUTSIDE:
            for k in range(start[-2 - value], start[-1 - value]):
                c = candidates[k]
                if stays[c] and holds(edges, first[c], first[c + 1], xy[i, 0], xy[i, 1]) > 0:
                    out[i] = c
                    break


@compiled
def distances_to_border(xy: Longs, polygon: Ints, edges: Ints, first: Longs, out: NDArray[np.float64]) -> None:
    """Squared mm from (n, 2) points to the border of the polygon named for each; NaN where that is below 0."""
    for i in range(len(xy)):
        p = polygon[i]
        if p < 0:
            out[i] = np.nan
        else:
            out[i] = squared_distance(edges, first[p], first[p + 1], xy[i, 0], xy[i, 1])
