"""A default place is noticed; a busy one is not taken for it."""

from __future__ import annotations

import numpy as np

from spatial.piles import piles


def test_a_default_place_carries_labels_from_everywhere() -> None:
    rng = np.random.default_rng(1)
    spread = np.round(rng.uniform(0, 1, (5_000, 2)), 4)
    labels = np.char.add("ward ", (spread[:, 0] * 20).astype(int).astype(str))
    nowhere = np.full((400, 2), 0.5)
    station = np.full((300, 2), 0.25)  # busy, but it is where its label says
    xy = np.concatenate([spread, nowhere, station, [[np.nan, 0.5]]])
    all_labels = np.concatenate([labels, rng.permutation(labels)[:400], np.full(300, "ward 5"), ["ward 1"]])
    found, on = piles(xy, labels=all_labels)
    assert [(p.x, p.y, p.rows) for p in found] == [(0.5, 0.5, 400)]
    assert found[0].labels == 20
    assert np.flatnonzero(on).tolist() == list(range(5_000, 5_400))


def test_without_labels_only_a_pile_beyond_all_proportion_is_one() -> None:
    rng = np.random.default_rng(2)
    spread = np.round(rng.uniform(0, 1, (5_000, 2)), 2)  # coarse places: many rows share one
    found, on = piles(np.concatenate([spread, np.full((3_000, 2), 0.123)]))
    assert [p.rows for p in found] == [3_000]
    assert on.sum() == 3_000
    assert piles(spread)[0] == []
    assert piles(np.empty((0, 2)))[0] == []
