"""Writes what an archive keeps of a period's cases: GeoParquet, one row an opening, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from django.conf import settings

from cases.archives.facts import FLAGS
from cases.archives.rates import MOMENTS
from cases.judging import counting
from cases.patrols.days import midnight
from spatial import crs
from spatial.postgis import run

GROUP = 250_000
_POINT = {"encoding": "WKB", "geometry_types": ["Point"]}
_GEO = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": _POINT}}
_BEFORE = ("number", "class", "source", "stage", "cell", "grid", "community", "town", "district", "city")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _BEFORE),
        ("edition", pa.int32()), ("turn", pa.int16()), ("found_by", pa.string()),
        *((name, pa.bool_()) for name in FLAGS),
        *((name, pa.timestamp("us", "UTC")) for name in MOMENTS),
        ("geometry", pa.binary()),
    ],
    metadata={b"geo": json.dumps(_GEO).encode()},
)  # fmt: skip
_ORDER = ("number", "x", "y", *_BEFORE[1:], "edition", "turn", "found_by", *FLAGS, *MOMENTS)


def archive_cases(
    since: dt.date, until: dt.date, path: Path, *, told: Callable[[int], Any] = lambda rows: None
) -> int:  # fmt: skip
    """Write the cases reported on some local days, both included; the number of rows.

    Histories are read up to now first. A row has the facts of one opening of a case, its place in degrees (WGS 84), its
    class, source and stage, and the codes of the units it was counted in; nothing of who called, who worked, or what
    was said.

    Raises
    ------
    OSError : the file cannot be written; there is none then, or the one of before
    """
    counting.fresh()
    partial, rows = path.with_name(f"{path.name}.partial"), 0
    asked = {"since": midnight(since), "until": midnight(until + dt.timedelta(days=1))}
    try:
        with pq.ParquetWriter(partial, SCHEMA, compression="zstd") as writer:
            for block in run.blocks("cases", "archive_cases_v1", asked, of=GROUP):
                writer.write_table(_table(block))
                rows += len(block)
                told(len(block))
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _table(block: list[tuple[Any, ...]]) -> pa.Table:
    columns = dict(zip(_ORDER, zip(*block, strict=True), strict=True))
    xy = np.array([columns.pop("x"), columns.pop("y")], np.float64).T
    there = np.isfinite(xy).all(axis=1)
    geometry = np.full(len(xy), None, dtype=object)
    geometry[there] = shapely.to_wkb(shapely.points(crs.from_city(xy[there], srid=settings.CITY_SRID)))
    columns["geometry"] = geometry
    return pa.table({name: pa.array(columns[name], SCHEMA.field(name).type) for name in SCHEMA.names}, schema=SCHEMA)
