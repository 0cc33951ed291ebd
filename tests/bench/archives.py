"""Rates and coverage of archives: here, and by 1, 2 and 4 worker processes of Dask; the growth over three sizes.

`python -m tests.bench --only archives` prints the figures, of the city that is loaded. Cases have all moments that the
rules ask for; officers walk eight hours a day with a point every ten seconds. All ways give the same, which is checked.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

CASES = {True: (100_000, 200_000, 400_000), False: (1_000_000, 4_000_000, 16_000_000)}
POINTS = {True: (50_000, 100_000, 200_000), False: (500_000, 2_000_000, 8_000_000)}
GROUP = 250_000
A_DAY = 2_880  # points


def run(small: bool) -> dict[str, Any]:
    """Rows a second of each way and size, and how many times as fast as one after the other."""
    django.setup()
    from cells import routing

    ground = routing.ground()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "cells": len(ground.locator),
            "rates": _each_way(CASES[small], lambda n: _cases(folder, n, ground), _rates),
            "coverage": _each_way(POINTS[small], lambda n: _points(folder, n, ground), _coverage),
        }


def _each_way(
    sizes: tuple[int, int, int], make: Callable[[int], Path], work: Callable[[Path, Any], Any]
) -> dict[str, Any]:
    from cells.archiving.batch import workers

    out: dict[str, Any] = {"sizes": {}}
    for rows in sizes:
        file = make(rows)
        seconds, answers = dict[int, float](), []
        for count in (0, 1, 2, 4) if rows == sizes[1] else (0, 2):
            with workers(None, count) as client:
                began = time.perf_counter()
                answers.append(work(file, client))
                seconds[count] = time.perf_counter() - began
        assert all(answer == answers[0] for answer in answers), "the ways disagree"
        out["sizes"][str(rows)] = {
            "seconds": {f"{count or 'no'}_workers": round(took, 2) for count, took in seconds.items()},
            "rows_per_s": round(rows / seconds[0]),
            "speed_up": {
                f"{count}_workers": round(seconds[0] / took, 2) for count, took in seconds.items() if count
            },
        }  # fmt: skip
        file.unlink()
    first, last = (out["sizes"][str(n)]["rows_per_s"] for n in (sizes[0], sizes[-1]))
    out["growth_per_row"] = round(first / last, 2)
    return out


def _rates(file: Path, client: Any) -> Any:
    import datetime as dt

    from cases.archives.rates import rates_of_archive
    from cases.judging.periods import Period
    from cases.judging.units import Of

    period = Period.of_days(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
    return rates_of_archive([file], Of.COMMUNITY, period, client=client).as_data()


def _coverage(file: Path, client: Any) -> Any:
    from cases.archives.coverage import coverage_of, months_of, snap_tracks
    from cells.models import Edition

    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        snap_tracks([file], Path(name), Edition.objects.in_force(), crs="WGS84", client=client)
        looks = Path(name) / "looks.parquet"
        return [one.as_data() for one in coverage_of(looks, None, months_of(looks))]


def _cases(folder: Path, rows: int, ground: Any) -> Path:
    """A year of cases: moments after each other, some of them missing, half of them late."""
    from cases.archives.rates import FLAGS, MOMENTS

    rng, path = np.random.default_rng(1), folder / f"cases-{rows}.parquet"
    reported = 1_735_689_600 + rng.uniform(0, 365 * 86_400, GROUP)
    table = {
        name: pd.Series(pd.to_datetime(reported + rng.exponential(86_400, GROUP), unit="s", utc=True)).dt.floor("us")
        .where(rng.random(GROUP) < 0.7)
        for name in MOMENTS
    }  # fmt: skip
    table["reported_at"] = pd.to_datetime(pd.Series(reported), unit="s", utc=True).dt.floor("us")
    table["last_at"] = table["reported_at"] + pd.Timedelta(days=30)
    frame = pd.DataFrame(table).assign(turn=1, edition=1, found_by=rng.choice(["p", "c", "o"], GROUP))
    frame[list(FLAGS)] = rng.random((GROUP, len(FLAGS))) < 0.05
    frame["community"] = ground.codes("community")[rng.integers(0, len(ground.locator), GROUP)]
    group = pa.Table.from_pandas(frame, preserve_index=False)
    with pq.ParquetWriter(path, group.schema) as writer:
        for first in range(0, rows, GROUP):
            writer.write_table(group.slice(0, min(GROUP, rows - first)), row_group_size=GROUP)
    return path


def _points(folder: Path, rows: int, ground: Any) -> Path:
    """Officers who walk at random from where they begin, each day of three weeks."""
    from spatial import crs

    rng, path = np.random.default_rng(2), folder / f"points-{rows}.parquet"
    west, south, east, north = ground.locator.bounds
    schema = pa.schema([
        ("person", pa.string()), ("at", pa.timestamp("us", "UTC")), ("lon", pa.float64()), ("lat", pa.float64()),
        ("accuracy", pa.float32()),
    ])  # fmt: skip
    days, at_once = -(-rows // A_DAY), GROUP // A_DAY
    left = rows
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, days, at_once):
            number = np.arange(first, min(days, first + at_once))
            turn = np.cumsum(rng.normal(0, 0.3, (len(number), A_DAY)), axis=1)
            step = 12.5 * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
            begin = rng.uniform((west, south), (east, north), (len(number), 1, 2))
            xy = np.clip(begin + np.cumsum(step, axis=1), (west, south), (east, north)).reshape(-1, 2)
            lonlat = crs.from_city(xy, srid=ground.srid)
            seconds = 1_740_787_200 + (number % 21)[:, None] * 86_400 + np.arange(A_DAY) * 10
            table = pa.table([
                np.repeat([f"officer {n // 21}" for n in number], A_DAY), (seconds.reshape(-1) * 1_000_000),
                lonlat[:, 0], lonlat[:, 1], np.full(len(xy), 6.0, np.float32),
            ], names=schema.names).cast(schema)  # fmt: skip
            writer.write_table(table.slice(0, min(left, len(table))), row_group_size=GROUP)
            left -= len(table)
    return path
