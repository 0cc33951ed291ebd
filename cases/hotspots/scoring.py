"""How far the hot spots of this city's map can be trusted: counts made up on its own cells, with and without hot spots.

Nothing is written. A city's cells get rates as uneven as real ones, a past and a window of counts; in null maps nothing
is unusual and whatever is found is false, in the others clusters of cells are multiplied for the whole window. The same
seeds give the same figures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from spatial.expecting import by_past
from spatial.getis import gi_star, standardised_rates
from spatial.hotspots import RATES, find
from spatial.partition import Bools, Floats
from spatial.vicinity import Weights, members
from spatial.workers import pool

PAST_WEEKS = 26
# Worlds say how many clusters a city of so many cells has; smaller and larger ones have as many for their size.
PER_CELLS = 2_000
TIER = 95
_WORTH_PROCESSES = 100


@dataclass(frozen=True, slots=True)
class World:
    """One kind of map: weekly cases of a cell on average, weeks of the window, what counts vary, what is planted.

    `noise`: the variance of each cell's weekly factor; `shared`: the part of it that neighbours have in common and that
    lasts for the whole window; `spots`, `cells`, `effect`: how many clusters of how many cells are multiplied by what.
    """

    name: str
    weekly: float
    weeks: int = 1
    noise: float = 0.2
    shared: float = 0.0
    spots: int = 0
    cells: int = 19
    effect: float = 1.0


NULLS = (
    World("even", 1.0, noise=0.0),
    World("overdispersed, sparse", 0.2),
    World("overdispersed", 1.0),
    World("overdispersed, dense", 4.0),
    World("clustered, sparse", 0.2, noise=0.3, shared=0.5),
    World("clustered", 1.0, noise=0.3, shared=0.5),
    World("clustered, 4 weeks", 1.0, weeks=4, noise=0.3, shared=0.5),
)
# 5 clusters of 19 cells, three times the usual, in one week with one case a cell: what most methods find a quarter of.
REFERENCE = World("reference", 1.0, spots=5, effect=3.0)
PLANTED = (
    REFERENCE,
    *(
        World(f"x{effect:g}, {weeks} w", 1.0, weeks=weeks, spots=5, effect=effect)
        for weeks in (1, 4)
        for effect in (1.5, 2.0, 3.0, 4.0)
        if (effect, weeks) != (3.0, 1)
    ),
    *(World(f"x{e:g}, 8 w", 1.0, weeks=8, spots=5, effect=e) for e in (1.5, 2.0)),
    *(World(f"sparse x{e:g}, {w} w", 0.2, weeks=w, spots=5, effect=e) for w in (1, 4, 8) for e in (3.0,)),
    World("sparse x4, 4 w", 0.2, weeks=4, spots=5, effect=4.0),
    World("clustered x3, 4 w", 1.0, weeks=4, noise=0.3, shared=0.5, spots=5, effect=3.0),
    World("small x4, 4 w", 1.0, weeks=4, spots=10, cells=7, effect=4.0),
)


def worlds() -> tuple[World, ...]:
    """Every kind of map that is scored."""
    return (*NULLS, *PLANTED)


@dataclass(frozen=True, slots=True)
class Sample:
    """Made-up counts: (n,) of the past and of the window, and which cells are hot."""

    past: Floats
    now: Floats
    hot: Bools


def make(world: World, weights: Weights, *, seed: int) -> Sample:
    """The counts of one map."""
    rng = np.random.default_rng([seed, 20_251])
    n = weights.shape[0]
    rate = world.weekly * np.exp(0.9 * rng.normal(size=n) - 0.405)
    hot = np.zeros(n, np.bool_)
    for _ in range(max(round(world.spots * n / PER_CELLS), min(world.spots, 1))):
        hot[grown(weights, int(rng.integers(n)), world.cells, rng)] = True
    past = rng.poisson(rate * _factors(rng, world.noise, PAST_WEEKS, n)).astype(np.float64)
    mean = rate * _factors(rng, world.noise * (1.0 - world.shared), world.weeks, n) * np.where(hot, world.effect, 1.0)
    if world.shared:
        field = rng.normal(size=n)
        for _ in range(3):
            field = (weights @ field) / (weights @ np.ones(n))
        variance = np.log1p(world.noise * world.shared)
        mean *= np.exp(np.sqrt(variance) * field / field.std() - variance / 2)
    return Sample(past, rng.poisson(mean).astype(np.float64), hot)


def _factors(rng: np.random.Generator, noise: float, weeks: int, n: int) -> Floats:
    """(n,) sums over weeks of gamma factors of mean 1: gamma again."""
    if noise <= 0:
        return np.full(n, float(weeks))
    return np.asarray(rng.gamma(weeks / noise, noise, n))


def grown(weights: Weights, start: int, size: int, rng: np.random.Generator) -> list[int]:
    """A connected cluster of cells, irregular: each next one is a neighbour of some that are in."""
    inside, rim = [start], set(members(weights, start).tolist()) - {start}
    while len(inside) < size and rim:
        choices = sorted(rim)
        # How many neighbours are in already: clusters are rather round than stringy.
        ties = np.array([np.isin(members(weights, c), inside).sum() for c in choices], np.float64) ** 2
        chosen = choices[int(rng.choice(len(choices), p=ties / ties.sum()))]
        inside.append(chosen)
        rim |= set(members(weights, chosen).tolist())
        rim -= set(inside)
    return inside


def flagged(sample: Sample, world: World, windows: list[Weights]) -> dict[str, dict[int, Bools]]:
    """Which cells each method calls hot, by tier."""
    expected = by_past(sample.past, PAST_WEEKS / world.weeks)
    found = find(sample.now, expected, windows, cold=False)
    gi = gi_star(standardised_rates(sample.now, expected.mean), windows[1])
    return {
        "observed_expected": {tier: found.tier >= tier for tier in RATES},
        "gi_star": {tier: (gi.z > 0) & (gi.rate <= rate) for tier, rate in RATES.items()},
    }


def score_map(world: World, windows: list[Weights], *, seed: int) -> dict[str, dict[str, float]]:
    """One map: for each method how many cells were flagged, rightly flagged and hot, at the tier of 95."""
    sample = make(world, windows[1], seed=seed)
    out = {}
    for method, tiers in flagged(sample, world, windows).items():
        said = tiers[TIER]
        out[method] = {
            "flagged": float(said.sum()),
            "right": float((said & sample.hot).sum()),
            "hot": float(sample.hot.sum()),
            "any_90": float(tiers[90].any()),
        }
    return out


def score(
    windows: list[Weights],
    *,
    seeds: int,
    first: int = 0,
    jobs: int | None = None,
    tell: Callable[[int], object] = lambda _: None,
) -> dict[str, Any]:
    """All worlds over so many seeds: share of null maps with an alarm, precision, and recall by effect and window.

    `first`: the seeds begin with it; others than those the method was made with are the ones to believe.
    """
    asked = [(world, seed) for world in worlds() for seed in range(first, first + seeds)]
    rows: dict[World, list[dict[str, dict[str, float]]]] = {world: [] for world in worlds()}
    for (world, _), row in zip(asked, _scored(asked, windows, jobs or os.cpu_count() or 1), strict=True):
        rows[world].append(row)
        tell(1)
    return {method: _summary(rows, method) for method in ("observed_expected", "gi_star")}


def _scored(asked: list[tuple[World, int]], windows: list[Weights], jobs: int) -> Iterator[dict[str, dict[str, float]]]:
    """The maps in their order, by several processes where they are worth their start."""
    if jobs < 2 or len(asked) < _WORTH_PROCESSES:
        yield from (score_map(world, windows, seed=seed) for world, seed in asked)
        return
    size = 25
    pieces = [asked[k : k + size] for k in range(0, len(asked), size)]
    with pool(jobs) as workers:
        for piece in workers.map(partial(_score_some, windows), pieces):
            yield from piece


def _score_some(windows: list[Weights], asked: list[tuple[World, int]]) -> list[dict[str, dict[str, float]]]:
    return [score_map(world, windows, seed=seed) for world, seed in asked]


def _summary(rows: dict[World, list[dict[str, dict[str, float]]]], method: str) -> dict[str, Any]:
    of = {world: [row[method] for row in some] for world, some in rows.items()}
    nulls = {w.name: _share([r["flagged"] > 0 for r in of[w]]) for w in NULLS}
    flagged = sum(r["flagged"] for w in PLANTED for r in of[w])
    right = sum(r["right"] for w in PLANTED for r in of[w])
    return {
        "null_alarms": _share([r["flagged"] > 0 for w in NULLS for r in of[w]]),
        "null_alarms_worst": max(nulls.values()),
        "null_alarms_by_kind": nulls,
        "null_alarms_at_90": _share([r["any_90"] > 0 for w in NULLS for r in of[w]]),
        "precision": round(right / flagged, 3) if flagged else None,
        "recall_reference": _recall(of[REFERENCE]),
        "recall_by_effect": {
            str(weekly): {
                f"{weeks} weeks": {
                    f"x{w.effect:g}": _recall(of[w])
                    for w in PLANTED
                    if w.weekly == weekly and w.weeks == weeks and w.cells == REFERENCE.cells and not w.shared
                }
                for weeks in (1, 4, 8)
            }
            for weekly in (0.2, 1.0)
        },
        "by_world": {w.name: {"recall": _recall(of[w]), "precision": _precision(of[w])} for w in PLANTED},
    }


def _share(said: list[bool]) -> float:
    return round(float(np.mean(said)), 3)


def _recall(some: list[dict[str, float]]) -> float:
    return round(sum(r["right"] for r in some) / max(sum(r["hot"] for r in some), 1.0), 3)


def _precision(some: list[dict[str, float]]) -> float | None:
    flagged = sum(r["flagged"] for r in some)
    return round(sum(r["right"] for r in some) / flagged, 3) if flagged else None
