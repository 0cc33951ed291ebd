"""Points along lines: every so many metres, on the left or the right, at a distance from the line."""

from __future__ import annotations

import numpy as np
import shapely


def along(
    lines: np.ndarray, *, every_m: np.ndarray | float, offset_m: np.ndarray | float, start: np.ndarray | float = 0.5,
    alternate: bool = False,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Points beside lines.

    Parameters
    ----------
    lines : (n,) LineStrings, metres
    every_m : spacing, one for all or one a line
    offset_m : distance from the line, left of its direction positive; one for all or one a line
    start : where the first point lies, as a share of the spacing
    alternate : every second point on the other side

    Returns
    -------
    (m,) points and (m,) index of the line of each, in the lines' order and along them.
    """
    n = len(lines)
    every, offset = np.broadcast_to(every_m, n).astype(float), np.broadcast_to(offset_m, n).astype(float)
    first = np.broadcast_to(start, n) * every
    length = shapely.length(lines)
    count = np.where(length > first, np.floor((length - first) / every).astype(int) + 1, 0)
    of = np.repeat(np.arange(n), count)
    step = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    at = first[of] + step * every[of]
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[of], at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[of], np.minimum(at + 0.5, length[of])))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines[of], np.maximum(at - 0.5, 0.0)))
    way = ahead - behind
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    side = offset[of] * (np.where(step % 2, -1.0, 1.0) if alternate else 1.0)
    return shapely.points(here + np.column_stack([-way[:, 1], way[:, 0]]) * side[:, None]), of
