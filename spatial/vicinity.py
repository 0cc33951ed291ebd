"""Who lies beside whom: neighbour weights of unit cells and of hexagons, as sparse matrices.

Statistics of small areas lean on neighbours, because one cell alone holds too few cases. A weight is 1 for a unit
itself and for every unit that shares a stretch of border with it, else 0; so a product with a matrix is a sum over a
unit and its neighbours. Cells touch as the coverage says, segment for segment: no distance and no tolerance is asked.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial.partition import Ints, shared_borders

Weights: TypeAlias = sparse.csr_array


def weights_of_pairs(count: int, left: Ints, right: Ints) -> Weights:
    """(n, n) float64 weights of units joined in pairs of indices, each unit its own neighbour; symmetric, ones."""
    own = np.arange(count, dtype=np.int64)
    rows = np.concatenate([own, left, right]).astype(np.int64)
    columns = np.concatenate([own, right, left]).astype(np.int64)
    keys = np.unique(rows * max(count, 1) + columns)
    rows, columns = np.divmod(keys, max(count, 1))
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=starts[1:])
    # Half the memory for the positions: a city has far fewer than 2^31 pairs of neighbours.
    return sparse.csr_array(
        (np.ones(len(keys)), columns.astype(np.int32), starts.astype(np.int32)), shape=(count, count)
    )


def weights_of_cells(shapes: Any) -> Weights:
    """Weights of the cells of an edge-matched coverage, in their order: neighbours share border, not just a corner.

    Parameters
    ----------
    shapes : (n,) polygons in metres on the 1 mm grid
    """
    borders = shared_borders(shapes)
    return weights_of_pairs(len(shapes), borders.left, borders.right)


def weights_of_hexagons(ids: NDArray[np.uint64]) -> Weights:
    """Weights of H3 cells of one resolution, in their order: the six around each, as far as they are in the list."""
    position = {int(name): k for k, name in enumerate(ids.tolist())}
    left: list[int] = []
    right: list[int] = []
    for name, k in position.items():
        beside = [at for near in h3.grid_disk(name, 1) if (at := position.get(int(near), -1)) > k]
        left += [k] * len(beside)
        right += beside
    return weights_of_pairs(len(position), np.array(left, np.int64), np.array(right, np.int64))


def within_steps(weights: Weights, steps: int) -> Weights:
    """Weights of everything within so many steps from neighbour to neighbour; 0 steps: each unit alone.

    Examples
    --------
    >>> row = weights_of_pairs(4, np.array([0, 1, 2]), np.array([1, 2, 3]))
    >>> [int(within_steps(row, k).sum()) for k in (0, 1, 2, 3)]
    [4, 10, 14, 16]
    """
    reached = sparse.csr_array(sparse.eye_array(weights.shape[0], format="csr"))
    for _ in range(steps):
        reached = sparse.csr_array(reached @ weights)
        reached.data[:] = 1.0
    reached.sort_indices()
    return reached


def members(weights: Weights, unit: int) -> NDArray[np.int32]:
    """Indices of the units that a unit's row holds."""
    found: NDArray[np.int32] = weights.indices[weights.indptr[unit] : weights.indptr[unit + 1]]
    return found


def rows_touching(weights: Weights, units: Ints) -> Ints:
    """Which rows hold one of these units (ascending); by symmetry the columns of their own rows."""
    starts = weights.indptr
    runs = [weights.indices[a:b] for a, b in ((starts[u], starts[u + 1]) for u in units.tolist())]
    return np.unique(np.concatenate(runs)).astype(np.int64) if runs else np.empty(0, np.int64)
