"""Archives snapped part by part: here, and by 1, 2 and 4 worker processes of Dask; the growth over three sizes.

`python -m tests.bench --only batch` prints the figures, of the city that is loaded. The files lie on the disk of this
machine, in row groups of 250,000 places; all ways give the same owners, which is checked.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import django
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SIZES = {True: (250_000, 500_000, 1_000_000), False: (1_000_000, 4_000_000, 16_000_000)}
GROUP = 250_000


def run(small: bool) -> dict[str, Any]:
    """Points a second of each way and size, and how many times as fast as one after the other."""
    django.setup()
    from cells import routing
    from cells.archiving.batch import parts_of, snap_archive, way, workers

    ground, how = routing.ground(), way(crs="WGS84")
    out: dict[str, Any] = {"cells": len(ground.locator), "sizes": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for points in SIZES[small]:
            file = _file(folder, points, ground)
            found: dict[str, Any] = {}
            for count in (0, 1, 2, 4) if points == SIZES[small][1] else (0, 2):
                to = folder / f"{points}-{count}"
                to.mkdir()
                with workers(None, count) as client:
                    began = time.perf_counter()
                    done = snap_archive(parts_of([file], to), ground, how, client=client)
                    seconds = time.perf_counter() - began
                found[f"{count or 'no'}_workers"] = {
                    "seconds": round(seconds, 2), "points_per_s": round(done.rows / seconds), "rules": dict(done.rules),
                }  # fmt: skip
            assert len({str(sorted(one["rules"].items())) for one in found.values()}) == 1, "the ways disagree"
            plain = found["no_workers"]["seconds"]
            found["speed_up"] = {
                way: round(plain / one["seconds"], 2) for way, one in found.items() if way != "no_workers"
            }
            for one in found.values():
                one.pop("rules", None)
            out["sizes"][str(points)] = found
            file.unlink()
    first, last = (out["sizes"][str(n)]["no_workers"]["points_per_s"] for n in (SIZES[small][0], SIZES[small][-1]))
    out["growth_per_point"] = round(first / last, 2)
    return out


def _file(folder: Path, points: int, ground: Any) -> Path:
    from spatial import crs

    west, south, east, north = ground.locator.bounds
    rng = np.random.default_rng(1)
    path = folder / f"points-{points}.parquet"
    schema = pa.schema([("id", pa.int64()), ("lon", pa.float64()), ("lat", pa.float64())])
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, points, GROUP):
            count = min(GROUP, points - first)
            lonlat = crs.from_city(rng.uniform((west, south), (east, north), (count, 2)), srid=ground.srid)
            columns = [np.arange(first, first + count), lonlat[:, 0], lonlat[:, 1]]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=GROUP)
    return path
