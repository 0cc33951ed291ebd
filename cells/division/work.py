"""Computing the cells of communities: on several cores, kept one by one, so that a stopped run goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from tqdm import tqdm

from cells.models import DividedCommunity, Edition
from spatial import workers
from spatial.divide import divide_timed
from spatial.ground import Ground
from spatial.postgis import run

METHOD = "1"  # raise it when the same input gives other cells: work kept by an older method is not used
BATCH = 16  # communities whose ground is read at once


@dataclass(frozen=True, slots=True)
class Area:
    """A community to be divided."""

    community_id: int
    version_id: int
    code: str
    outline: Any  # Polygon or MultiPolygon on the 1 mm grid, noded with its neighbours
    target_m2: float


def read_ground(version_ids: list[int]) -> dict[int, Ground]:
    """Give the ground in and around communities (versions of grids), by the community's id."""
    found: dict[tuple[int, str], list[tuple[int, bytes]]] = {}
    for grid_id, layer, street_class, wkb in run.rows("cells", "ground_of_communities_v1", {"versions": version_ids}):
        found.setdefault((grid_id, layer), []).append((street_class, bytes(wkb)))

    def shapes(grid_id: int, layer: str) -> np.ndarray:
        return np.asarray(shapely.from_wkb([wkb for _, wkb in found.get((grid_id, layer), [])]), dtype=object)

    return {
        grid_id: Ground(
            streets=shapes(grid_id, "street"),
            street_class=np.array([k for k, _ in found.get((grid_id, "street"), [])], dtype=np.int64),
            water=shapes(grid_id, "water"),
            buildings=shapes(grid_id, "building"),
        )
        for grid_id in {key[0] for key in found}
    }


def fingerprint(area: Area, ground: Ground) -> str:
    """Give what a kept result is good for: the same outline, ground, target and method, in any order."""
    digest = hashlib.sha256(f"{METHOD} {area.target_m2!r} ".encode())
    digest.update(shapely.to_wkb(shapely.normalize(area.outline), byte_order=1))
    streets = [wkb + bytes([k]) for wkb, k in zip(_wkbs(ground.streets), ground.street_class.tolist(), strict=True)]
    for layer in (streets, _wkbs(ground.water), _wkbs(ground.buildings)):
        digest.update(b"|" + b"".join(sorted(layer)))
    return digest.hexdigest()


def _wkbs(shapes: np.ndarray) -> list[bytes]:
    return list(shapely.to_wkb(shapes, byte_order=1)) if len(shapes) else []


@dataclass(slots=True)
class Computed:
    """Cells of one community and the seconds of one core that they took; `kept` if an earlier run computed them."""

    area: Area
    cells: np.ndarray
    seconds: float
    kept: bool


def compute(edition: Edition, areas: list[Area], *, jobs: int, show: bool) -> list[Computed]:
    """Divide the areas on `jobs` cores; what an earlier run kept for the same input is taken over.

    The largest areas go first, so that no core works alone at the end. A stop (Ctrl-C, kill) loses only the
    communities in hand.
    """
    done: list[Computed] = []
    expected = sum(a.outline.area / a.target_m2 for a in areas)
    bar = tqdm(total=max(1, round(expected)), unit=" cells", desc="divide", disable=not show)
    pool = workers.pool(jobs) if jobs > 1 and len(areas) > 1 else None
    waiting: dict[Future[Any], tuple[Area, str]] = {}
    try:
        for area, ground, mark, kept in _tasks(edition, areas):
            if kept is not None:
                done.append(Computed(area, _unpack(kept.cells), kept.seconds, kept=True))
                bar.update(round(area.outline.area / area.target_m2))
            elif pool is None:
                done.append(_keep(edition, area, mark, *divide_timed(area.outline, ground, area.target_m2)))
                bar.update(len(done[-1].cells))
            else:
                waiting[pool.submit(divide_timed, area.outline, ground, area.target_m2)] = area, mark
                if len(waiting) >= 3 * jobs:
                    done += _collect(edition, waiting, bar)
        while waiting:
            done += _collect(edition, waiting, bar)
    finally:
        bar.close()
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    return sorted(done, key=lambda c: c.area.code)


def _tasks(edition: Edition, areas: list[Area]) -> Iterator[tuple[Area, Ground, str, DividedCommunity | None]]:
    """Give each area with its ground, fingerprint and kept result, largest first, reading some at a time."""
    ordered = sorted(areas, key=lambda a: (-round(a.outline.area), a.code))
    for first in range(0, len(ordered), BATCH):
        batch = ordered[first : first + BATCH]
        grounds = read_ground([a.version_id for a in batch])
        work = DividedCommunity.objects.filter(edition=edition, community__in=[a.community_id for a in batch])
        kept = {w.community_id: w for w in work}
        for area in batch:
            ground = grounds.get(area.community_id, Ground())
            mark = fingerprint(area, ground)
            earlier = kept.get(area.community_id)
            yield area, ground, mark, earlier if earlier is not None and earlier.fingerprint == mark else None


def _collect(edition: Edition, waiting: dict[Future[Any], tuple[Area, str]], bar: Any) -> list[Computed]:
    """Wait for at least one result and keep what has come."""
    ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
    out = []
    for future in ready:
        area, mark = waiting.pop(future)
        out.append(_keep(edition, area, mark, *future.result()))
        bar.update(len(out[-1].cells))
    return out


def _keep(edition: Edition, area: Area, mark: str, cells: np.ndarray, seconds: float) -> Computed:
    packed = shapely.to_wkb(shapely.geometrycollections(cells))
    DividedCommunity.objects.update_or_create(
        edition=edition,
        community_id=area.community_id,
        defaults={"fingerprint": mark, "cells": packed, "seconds": seconds},
    )
    return Computed(area, cells, seconds, kept=False)


def _unpack(packed: Any) -> np.ndarray:
    return np.asarray(shapely.get_parts(shapely.from_wkb(bytes(packed))), dtype=object)
