"""What a worker does: reads one part of a file, routes it, writes it whole or not at all.

A worker needs this code and the folders, no database: it is sent the ground, unpacks it once and keeps it. Nothing of
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

_grounds: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """A row group of a Parquet file, and where its result goes."""

    file: str
    group: int
    rows: int
    out: str


@dataclass(frozen=True, slots=True)
class How:
    """How all parts are read: columns (None: the usual names, or the geometry), named CRS, of time and class."""

    crs: str
    lon: str | None = None
    lat: str | None = None
    time: str | None = None
    category: str | None = None  # column of the class, for counts by it
    zone: str = "UTC"  # whose days are counted
    settings: str = "maps.settings"


def snap(part: Part, packed: bytes, how: How) -> dict[str, Any]:
    """Snap a part; its rows, those by rule, and counts by cell and day. A result that is there already is read again.

    Raises
    ------
    BadTable : there is no column of that name
    """
    _make_ready(how.settings)
    import pyarrow as pa
    import pyarrow.parquet as pq
    import shapely

    from cells.point_tables import chunk_places, owner_columns

    out = Path(part.out)
    mark = mark_of(part, packed, how)
    if out.exists() and (pq.read_schema(out).metadata or {}).get(b"wanmi") == mark.encode():
        return _counted(pq.read_table(out).to_pandas(), how, again=True)
    table = pq.ParquetFile(part.file).read_row_group(part.group)
    geometry = None
    if "geometry" in table.column_names and how.lon is None and how.lat is None:
        geometry = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    frame, xy = chunk_places(table, geometry, lon=how.lon, lat=how.lat)
    owners = owner_columns(_ground(packed).route_many(xy, crs=how.crs))
    frame = frame.drop(columns=[name for name in owners if name in frame]).assign(
        **{name: owners[name].to_numpy() for name in owners}
    )
    found = pa.Table.from_pandas(frame, preserve_index=False)
    kept = {**(table.schema.metadata or {}), **(found.schema.metadata or {}), b"wanmi": mark.encode()}
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    pq.write_table(found.replace_schema_metadata(kept), partial, compression="zstd")
    partial.rename(out)
    return _counted(frame, how, again=False)


def mark_of(part: Part, packed: bytes, how: How) -> str:
    """By which a result is known to be of this part of this file, by this ground and in this way."""
    there = os.stat(part.file)
    said = [part.group, there.st_size, there.st_mtime_ns, hashlib.sha256(packed).hexdigest(), asdict(how)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _counted(frame: Any, how: How, *, again: bool) -> dict[str, Any]:

    found: dict[str, Any] = {"rows": len(frame), "again": again, "rules": frame["rule"].value_counts().to_dict()}
    if how.time:
        inside = frame["cell"] != ""
        by = [frame.loc[inside, "cell"], _days(frame.loc[inside, how.time], how.zone)]
        if how.category:
            by.append(frame.loc[inside, how.category].fillna("").astype(str))
        found["counts"] = frame[inside].groupby(by).size().to_dict()
    return found


def _days(moments: Any, zone: str) -> Any:
    """The days of moments in a zone; those without a zone of their own are of that one already."""
    import pandas as pd

    try:
        read = pd.to_datetime(moments, format="ISO8601" if pd.api.types.is_string_dtype(moments) else None)
    except ValueError:  # texts with several zones
        read = pd.to_datetime(moments, utc=True, format="ISO8601")
    return (read if read.dt.tz is None else read.dt.tz_convert(zone)).dt.date


def _ground(packed: bytes) -> Any:
    mark = hashlib.sha256(packed).hexdigest()
    if mark not in _grounds:
        _grounds.clear()
        _grounds[mark] = pickle.loads(packed)  # ours: the scheduler's clients are trusted, as its workers run code
    return _grounds[mark]


def _make_ready(settings: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
