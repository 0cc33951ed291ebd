"""A small city by construction: a lattice of four-sided cells with bent sides, exact on the 1 mm grid at any size.

Every side is made once and used by both of its cells, so the coverage needs no repair and no trust in the code tested.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def bent_lattice(
    columns: int,
    rows: int,
    *,
    side_m: float = 100.0,
    bends: int = 3,
    seed: int = 1,
    origin: tuple[float, float] = (450_000.0, 3_840_000.0),
) -> tuple[list[str], NDArray[np.object_]]:
    """Codes (shuffled against the ground) and polygons of columns × rows cells of about side_m × side_m.

    Corners are moved by up to 15 % of the side and each side has `bends` vertices, moved by up to 6 %: neither makes
    two sides cross.
    """
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    corners = np.stack([x, y], axis=-1) + rng.uniform(-0.15, 0.15, (rows + 1, columns + 1, 2))
    across = _sides(corners[:, :-1], corners[:, 1:], bends, rng)
    up = _sides(corners[:-1], corners[1:], bends, rng)
    # South side eastward, east side northward, north side back, west side back.
    outline = np.concatenate(
        [
            across[:-1],
            up[:, 1:],
            np.concatenate([corners[1:, 1:, None], across[1:, :, :0:-1]], axis=2),
            np.concatenate([corners[1:, :-1, None], up[:, :-1, :0:-1]], axis=2),
        ],
        axis=2,
    )
    mm = np.rint((outline * side_m + np.array(origin)) * 1000.0)
    polygons = shapely.polygons((mm / 1000.0).reshape(rows * columns, -1, 2))
    codes = [f"{n:015d}" for n in rng.permutation(rows * columns) + 990101001001001]
    return codes, polygons


def _sides(
    start: NDArray[np.float64], end: NDArray[np.float64], bends: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(..., bends + 1, 2): the start and the bends of each side, without its end."""
    t = np.linspace(0.0, 1.0, bends + 2)[:-1][:, None]
    line = start[..., None, :] * (1 - t) + end[..., None, :] * t
    line[..., 1:, :] += rng.uniform(-0.06, 0.06, (*start.shape[:-1], bends, 2))
    return line
