"""What a worker does: reads one part of a file, routes it, writes it whole or not at all.

A worker needs this code and the folders, no database: it reads the ground once and keeps it. Nothing of
Django is imported with this module, as a worker of Dask imports it before Django is ready.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_unpacked: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """A row group of a Parquet file, and where its result goes."""

    file: str
    group: int
    rows: int
    out: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A file, in the folder that all share, with what each worker has to have: the ground. And its digest.

    Not sent through Dask: what is sent is gone with the last worker that holds it, and those that wait for it wait on.
    """

    file: str
    digest: str


@dataclass(frozen=True, slots=True)
class How:
    """How all parts are read: columns (None: the usual names, or the geometry), named CRS, of time and class."""

    crs: str
    lon: str | None = None
    lat: str | None = None
    time: str | None = None
    category: str | None = None  # column of the class, for counts by it
    left_out: tuple[str, tuple[str, ...]] | None = None  # a column, and the values whose rows are not counted
    zone: str = "UTC"  # whose days are counted
    time_format: str | None = None  # of texts; default ISO 8601
    settings: str = "maps.settings"


def snap(part: Part, shared: Shared, how: How) -> dict[str, Any]:
    """Snap a part; its rows, those by rule, and counts by cell and day. A result that is there already is read again.

    Raises
    ------
    BadTable, BadColumn : there is no column of that name, or it is not what it must be
    """
    make_ready(how.settings)
    import pyarrow as pa
    import pyarrow.parquet as pq
    import shapely

    from cells.archiving.columns import read_as
    from cells.point_tables import chunk_places, owner_columns, place_columns

    out = Path(part.out)
    mark = mark_of(part, shared, how)
    if out.exists() and (pq.read_schema(out).metadata or {}).get(b"wanmi") == mark.encode():
        return _counted(pq.read_table(out).to_pandas(), how, part.file, again=True)
    table = pq.ParquetFile(part.file).read_row_group(part.group)
    geometry = None
    if "geometry" in table.column_names and how.lon is None and how.lat is None:
        with read_as("places (WKB)", "geometry", part.file):
            geometry = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    of = "geometry"
    if geometry is None:
        of = " or ".join(place_columns(table.column_names, lon=how.lon, lat=how.lat))
    with read_as("places", of, part.file):
        frame, xy = chunk_places(table, geometry, lon=how.lon, lat=how.lat)
    owners = owner_columns(unpacked(shared).route_many(xy, crs=how.crs))
    frame = frame.drop(columns=[name for name in owners if name in frame]).assign(
        **{name: owners[name].to_numpy() for name in owners}
    )
    found = pa.Table.from_pandas(frame, preserve_index=False)
    kept = {**(table.schema.metadata or {}), **(found.schema.metadata or {}), b"wanmi": mark.encode()}
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    pq.write_table(found.replace_schema_metadata(kept), partial, compression="zstd")
    partial.rename(out)
    return _counted(frame, how, part.file, again=False)


def mark_of(part: Part, shared: Shared, how: Any) -> str:
    """By which a result is known to be of this part of this file, by this ground and in this way."""
    there = os.stat(part.file)
    said = [part.group, there.st_size, there.st_mtime_ns, shared.digest, asdict(how)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _counted(frame: Any, how: How, of: str, *, again: bool) -> dict[str, Any]:
    import pandas as pd
    import pyarrow as pa

    from cells.archiving.columns import days_of_moments, read_as

    found: dict[str, Any] = {"rows": len(frame), "again": again, "rules": frame["rule"].value_counts().to_dict()}
    if how.time:
        inside = frame["cell"] != ""
        if how.left_out:
            with read_as("text", how.left_out[0], of):
                inside &= ~frame[how.left_out[0]].astype(str).isin(how.left_out[1])
        with read_as("moments (--time-format says how they are written)", how.time, of):
            days = days_of_moments(pa.array(frame.loc[inside, how.time], from_pandas=True), how.zone, how.time_format)
        by = [frame.loc[inside, "cell"], pd.Series(days.to_pandas(), name="day").set_axis(frame.index[inside])]
        if how.category:
            classes = frame.loc[inside, how.category].astype(object)
            with read_as("text", how.category, of):
                by.append(classes.where(classes.notna(), "").astype(str))
        found["counts"] = frame[inside].groupby(by).size().to_dict()
    return found


def unpacked(shared: Shared) -> Any:
    """What all workers are to have; each reads it once, and keeps the last.

    Raises
    ------
    ValueError : the file is not the one that was written for this work
    """
    if shared.digest not in _unpacked:
        packed = Path(shared.file).read_bytes()
        if hashlib.sha256(packed).hexdigest() != shared.digest:
            raise ValueError(f"{shared.file} was changed while it was in use.")
        _unpacked.clear()
        _unpacked[shared.digest] = pickle.loads(packed)  # ours, as the digest says, which came by Dask's own way
    return _unpacked[shared.digest]


def make_ready(settings: str) -> None:
    """Make Django ready in a worker, with settings of that name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
