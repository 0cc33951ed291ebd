"""What a worker does with tracks: first it sorts a part's points into bins by person, then it reads a bin's days.

A step joins two points of a person, and a part of a file may end between them. So points are sorted into bins (all of a
person's points in one) before anything is counted of them, and each bin is counted whole, by the rules that count those
of the database (`spatial.tracks`). No worker needs a database.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cells.archiving.columns import moments_of, read_as, read_columns
from cells.archiving.worker import Part, Shared, make_ready, mark_of, unpacked

OPTIONAL = ("accuracy", "device")
# Moments outside are of a clock that was never set: 1990 and 2100, microseconds since 1970.
_FIRST_US, _LAST_US = 631_152_000_000_000, 4_102_444_800_000_000


@dataclass(frozen=True, slots=True)
class HowTracks:
    """How all parts are read: columns by what they hold, named CRS, zone of moments that name none, and the rules."""

    columns: dict[str, str]  # person, at, lon, lat; accuracy and device where there are such
    crs: str
    zone: str
    time_format: str | None
    settings: str
    bins: int
    dwell_s: float
    walk_m: float
    street_share: float


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin: its number, the files of sorted points, by what its result is known again, and where it goes."""

    number: int
    files: tuple[str, ...]
    mark: str
    out: str


def sort_points(part: Part, shared: Shared, how: HowTracks) -> dict[str, Any]:
    """Write a part's points by bin (one Arrow batch each); rows, and those that cannot be used by reason.

    Raises
    ------
    BadColumn : a column is not there, or not what it must be
    """
    make_ready(how.settings)
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    from cases.patrols.taking import accuracies
    from cells.point_tables import coordinates
    from spatial import crs as reference

    out, mark = Path(part.out), mark_of(part, shared, how)
    if out.exists():
        with pa.memory_map(part.out) as source:
            said = pa.ipc.open_file(source).schema.metadata
        if said[b"wanmi"] == mark.encode():
            return dict(json.loads(said[b"told"]))
    names = how.columns
    table = read_columns(part.file, part.group, set(names.values()))
    ground = unpacked(shared)[0]
    with read_as("degrees", f"{names['lon']} or {names['lat']}", part.file):
        lonlat = coordinates(table.select([names["lon"], names["lat"]]).to_pandas(), names["lon"], names["lat"])
    metres, faults = reference.to_city_with_faults(lonlat, crs=how.crs, srid=ground.srid, home=ground.home)
    with read_as("moments (--time-format says how they are written)", names["at"], part.file):
        at = moments_of(table.column(names["at"]), how.zone, how.time_format)
    with read_as("text", names["person"], part.file):
        person = pc.utf8_trim_whitespace(pc.fill_null(pc.cast(table.column(names["person"]), pa.string()), ""))
    accuracy, device = np.full(len(table), np.nan), pa.array([""] * len(table))
    if "accuracy" in names:
        with read_as("metres", names["accuracy"], part.file):
            # What is no number is one that the phone did not know.
            accuracy = pd.to_numeric(table.column(names["accuracy"]).to_pandas(), errors="coerce").to_numpy(np.float64)
    if "device" in names:
        with read_as("text", names["device"], part.file):
            device = pc.fill_null(pc.cast(table.column(names["device"]), pa.string()), "")
    moments = pc.fill_null(pc.cast(at, pa.int64()), -1).to_numpy()
    nobody, no_time = pc.equal(person, "").to_numpy(), (moments < _FIRST_US) | (moments >= _LAST_US)
    good = ~nobody & ~no_time & (faults == 0)
    told = {
        "rows": len(table), "nobody": int(nobody.sum()), "no_time": int((no_time & ~nobody).sum()),
        "no_place": int(((faults != 0) & ~nobody & ~no_time).sum()),
    }  # fmt: skip
    coded = _coded(person)
    whose = np.array([_bin(name, how.bins) for name in coded.dictionary.to_pylist()], np.int64)
    which = np.where(good, whose[coded.indices.to_numpy()], -1) if len(table) else np.empty(0, np.int64)
    order = np.argsort(which, kind="stable")
    order = order[which[order] >= 0]
    points = pa.table({
        "person": person, "at": at, "x": metres[:, 0], "y": metres[:, 1], "accuracy": accuracies(accuracy),
        "device": device,
    }).take(order)  # fmt: skip
    ends = np.searchsorted(which[order], np.arange(how.bins + 1))
    schema = points.schema.with_metadata({b"wanmi": mark.encode(), b"told": json.dumps(told).encode()})
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for n in range(how.bins):
            some = points.slice(ends[n], ends[n + 1] - ends[n]).combine_chunks()
            writer.write_batch(some.to_batches()[0] if len(some) else pa.RecordBatch.from_pylist([], schema=schema))
    partial.rename(out)
    return told


def read_bin(task: Bin, shared: Shared, how: HowTracks) -> Any:
    """Write a bin's visits; what was seen by cell and day: a frame of cell, day, walked, people.

    A cell is seen on a day by who was there on foot for `dwell_s` or over `walk_m`, and walked through when one of them
    saw `street_share` of its streets (`cases.patrols.rates`).
    """
    make_ready(how.settings)
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = Path(task.out)
    if out.exists() and (pq.read_schema(out).metadata or {}).get(b"wanmi") == task.mark.encode():
        return _seen(pd.read_parquet(out), how)
    batches = []
    for name in task.files:
        with pa.memory_map(name) as source:
            batches.append(pa.ipc.open_file(source).get_batch(task.number))
    frame = _visits(pa.Table.from_batches(batches), shared)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    kept = {**(table.schema.metadata or {}), b"wanmi": task.mark.encode()}
    pq.write_table(table.replace_schema_metadata(kept), partial, compression="zstd")
    partial.rename(out)
    return _seen(frame, how)


def _visits(table: Any, shared: Shared) -> Any:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    from cases.patrols.days import days_of
    from spatial import tracks

    ground, streets, limits = unpacked(shared)
    person = _coded(table.column("person"))
    points = np.empty(len(table), tracks.POINT)
    points["person"] = person.indices.to_numpy()
    points["at"] = pc.cast(table.column("at"), pa.int64()).to_numpy()
    for name in ("x", "y", "accuracy"):
        points[name] = table.column(name).to_numpy()
    points["device"] = _coded(table.column("device")).indices.to_numpy()
    points = points[tracks.kept(points)]
    number, days = days_of(points["at"])
    pairs, group = np.unique(points["person"] * max(1, len(days)) + number, return_inverse=True)
    order = tracks.by_phone(points, group)
    points, group = points[order], group[order]
    good = tracks.usable(points, limits)
    found = tracks.visits(points[good], group[good], locator=ground.locator, streets=streets, limits=limits)
    whose, day = np.divmod(pairs, max(1, len(days)))
    names, of_day = np.array(person.dictionary.to_pylist(), dtype=object), np.array(days, dtype="datetime64[D]")
    return pd.DataFrame({
        "person": names[whose[found.group]] if len(found) else np.empty(0, object),
        "day": of_day[day[found.group]].astype("datetime64[s]") if len(found) else np.empty(0, "datetime64[s]"),
        "cell": ground.locator.codes[found.cell].astype(object),
        "first_at": pd.to_datetime(found.first, unit="us", utc=True),
        "last_at": pd.to_datetime(found.last, unit="us", utc=True),
        "seconds": found.seconds, "metres": found.metres, "street_share": found.share, "mode": found.mode,
    })  # fmt: skip


def _seen(visits: Any, how: HowTracks) -> Any:
    from spatial.tracks import Mode

    foot = visits[visits["mode"] == Mode.FOOT]
    foot = foot[(foot["seconds"] >= how.dwell_s) | (foot["metres"] >= how.walk_m)]
    share = foot["street_share"]
    marked = foot.assign(walked=share.isna() | (share >= how.street_share))
    by = marked.groupby(["cell", "day"], sort=False)
    return by.agg(walked=("walked", "any"), people=("person", "nunique")).reset_index()


def _coded(column: Any) -> Any:
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.dictionary_encode()


def _bin(person: str, bins: int) -> int:
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") % bins
