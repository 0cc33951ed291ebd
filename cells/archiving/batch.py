"""Snaps an archive: cuts files into parts, has them snapped by workers, and goes on where an earlier run stopped.

One code path: without workers the parts are done here, one after the other; with them by Dask, on this machine or on
a cluster that shares the folders. A worker that dies loses nothing: its part is done by another, and a part's file has
its name only when it is whole.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from django.conf import settings

from cells.archiving.worker import How, Part, Shared, snap
from cells.ground import Ground
from cells.point_tables import BadTable

TRIES = 3
AHEAD = 8  # parts that wait for each worker: enough to keep it busy, few enough to stop soon


@dataclass(slots=True)
class Snapped:
    """What was done: parts, rows, rows by rule, parts that were there already, and counts by cell and local day."""

    parts: int = 0
    rows: int = 0
    again: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    counts: Counter[Any] = field(default_factory=Counter)

    def add(self, found: dict[str, Any]) -> None:
        self.parts += 1
        self.rows += found["rows"]
        self.again += found["again"]
        self.rules.update(found["rules"])
        self.counts.update(found.get("counts", {}))


def parts_of(files: Iterable[Path], out: Path, *, suffix: str = "parquet") -> list[Part]:
    """The row groups of Parquet files, each with the file of its result (with a suffix).

    Raises
    ------
    BadTable : a file is no Parquet, or two have the same name
    """
    parts: list[Part] = []
    for file in files:
        try:
            about = pq.ParquetFile(file).metadata
        except (OSError, ValueError) as error:
            hint = "Archives are read as Parquet or GeoParquet."
            raise BadTable(f"{file} is no Parquet file: {error}", hint=hint) from error
        for group in range(about.num_row_groups):
            to = out / f"{file.stem}-{group:05d}.{suffix}"
            parts.append(Part(str(file.resolve()), group, about.row_group(group).num_rows, str(to.resolve())))
    if len({part.out for part in parts}) < len(parts):
        raise BadTable("Two files have the same name.", hint="Their results would overwrite each other: rename one.")
    return parts


def snap_archive(
    parts: list[Part], ground: Ground, how: How, *, client: Any = None,
    told: Callable[[int], None] = lambda rows: None,
) -> Snapped:  # fmt: skip
    """Snap all parts, here or by the workers of a Dask client; `told` hears of the rows of each that is done."""
    done = Snapped()
    if not parts:
        return done
    with shared_in(Path(parts[0].out).parent, ground) as shared:
        for found in each(snap, parts, shared, how, client=client):
            done.add(found)
            told(found["rows"])
    return done


@contextmanager
def shared_in(folder: Path, value: Any) -> Iterator[Shared]:
    """A file in a folder that all workers share, with what each of them has to have; gone when the work is over."""
    packed = pickle.dumps(value, protocol=5)
    digest = hashlib.sha256(packed).hexdigest()
    file = folder.resolve() / f"shared-{digest[:16]}-{os.getpid()}.pickle"
    file.write_bytes(packed)
    try:
        yield Shared(str(file), digest)
    finally:
        file.unlink(missing_ok=True)


def each(work: Callable[..., Any], tasks: Iterable[Any], shared: Any, how: Any, *, client: Any) -> Iterator[Any]:
    """`work(task, shared, how)` of each task, here (client None) or by the workers of a Dask client, as they are done.

    A task whose worker died is done by another.
    """
    if client is None:
        yield from (work(task, shared, how) for task in tasks)
        return
    from distributed import as_completed

    waiting = iter(tasks)

    def submit(task: Any) -> Any:
        return client.submit(work, task, shared, how, retries=TRIES, pure=False)

    most = AHEAD * max(1, len(client.scheduler_info()["workers"]))
    running = as_completed([submit(task) for _, task in zip(range(most), waiting, strict=False)])
    for future in running:
        yield future.result()
        following = next(waiting, None)
        if following is not None:
            running.add(submit(following))


def write_counts(done: Snapped, path: Path) -> None:
    """Counts by cell, local day and class (where it was asked for) as a Parquet, in their order."""
    rows = sorted((*key, count) for key, count in done.counts.items())
    names = ["cell", "day", "class", "count"] if rows and len(rows[0]) == 4 else ["cell", "day", "count"]
    pd.DataFrame(rows, columns=names).to_parquet(path, index=False)


@contextmanager
def workers(scheduler: str | None, count: int | None) -> Iterator[Any]:
    """A Dask client: of a cluster (tcp://…), of so many processes on this machine, or None for neither."""
    if scheduler is None and not count:
        yield None
        return
    from distributed import Client, LocalCluster

    if scheduler is not None:
        with Client(scheduler, timeout=20) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=None, memory_limit=0, silence_logs=logging.CRITICAL
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def way(**asked: Any) -> How:
    """How parts are read, with the settings that workers need."""
    return How(settings=str(settings.SETTINGS_MODULE), zone=settings.TIME_ZONE, **asked)
