"""Hexagon counts: nothing is lost, the outlines hold their points, and the size follows the zoom."""

from __future__ import annotations

import numpy as np
import shapely

from spatial import hexes


def test_no_point_is_lost_and_each_lies_in_its_hexagon() -> None:
    rng = np.random.default_rng(1)
    lonlat = rng.uniform((113.4, 34.6), (113.9, 34.9), (20_000, 2))
    found = hexes.count(np.concatenate([lonlat, [[np.nan, 1.0]]]), resolution=8)
    assert found.sums.sum() == 20_000
    shapes = hexes.outlines(found.ids)
    tree = shapely.STRtree(shapes)
    point, shape = tree.query(shapely.points(lonlat), predicate="within")
    assert len(np.unique(point)) == len(lonlat)  # every point inside one outline (random points hit no border)
    assert np.array_equal(np.bincount(shape, minlength=len(shapes)), found.sums)
    assert shapely.coverage_is_valid(shapes)


def test_weights_are_summed() -> None:
    found = hexes.count([[113.6, 34.7], [113.6, 34.7]], resolution=9, weights=[2.5, 4.0])
    assert found.sums.tolist() == [6.5]
    assert hexes.count(np.empty((0, 2)), resolution=9).ids.size == 0


def test_hexagons_get_finer_with_the_zoom() -> None:
    steps = [hexes.resolution_for_zoom(z, latitude=34.7) for z in range(3, 21)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (hexes.COARSEST, hexes.FINEST)
