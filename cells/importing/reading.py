"""One reader for every format: attributes and geometry in chunks, so that memory stays flat however long the file.

GeoJSON, GeoPackage, Shapefile (zipped too) and whatever else GDAL knows come through pyogrio's Arrow stream, Parquet
and GeoParquet by row groups, CSV (packed too, in UTF-8 or GB 18030) through Arrow's block reader. Text files are read
as text, so that "05" stays "05".
"""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pyogrio
import pyproj
import shapely

from cells.importing.errors import ImportRefused

CHUNK_ROWS = 50_000
TABLES = {".csv", ".tsv", ".txt"}
PARQUET = {".parquet", ".geoparquet", ".pq"}
# A column of a table that holds geometry as WKT or (hex) WKB.
GEOMETRY_NAMES = {"geometry", "geom", "wkt", "wkb", "the_geom", "shape_wkt", "wkb_geometry"}
_BLOCK_BYTES = 8 << 20
# Whatever broken or forged files make of the libraries that read them.
_BROKEN = (
    pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, EOFError,
    OverflowError, UnboundLocalError, zlib.error, shapely.errors.ShapelyError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file: `first_row` counts from 1; `geometry` is None where the file has none."""

    first_row: int
    table: pa.Table
    geometry: np.ndarray | None

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def row_numbers(self) -> np.ndarray:
        """(n,) numbers of the rows in the file, the header not counted."""
        return np.arange(self.first_row, self.first_row + len(self))


@dataclass(frozen=True, slots=True)
class Source:
    """A file opened for reading. `crs` is what the file declares ("" if nothing), `rows` is None if unknown."""

    path: Path
    columns: tuple[str, ...]
    rows: int | None
    crs: str
    has_geometry: bool
    stream: Callable[[], Iterator[Chunk]] = field(repr=False)
    # Rows that could not even be cut into columns: (row number, what it was), filled while reading.
    broken: list[tuple[int, str]] = field(default_factory=list, repr=False)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, from the beginning."""
        return self.stream()


def open_source(path: str | Path, *, layer: str | None = None, encoding: str | None = None) -> Source:
    """Open a file of any known format.

    Raises
    ------
    ImportRefused : there is no such file, its format is unknown, or it holds several layers and none is named
    """
    path = Path(path)
    if not path.exists():
        raise ImportRefused(f"There is no file {path}.", hint="Check the path.")
    suffixes = [s.lower() for s in path.suffixes]
    kind = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes[-1:] or [""])[0]
    try:
        if kind in TABLES:
            source = _open_table(path, encoding)
        elif kind in PARQUET:
            source = _open_parquet(path)
        else:
            source = _open_features(path, layer, encoding)
    except ImportRefused:
        raise
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    return replace(source, stream=lambda: _to_the_end(source))


def _to_the_end(source: Source) -> Iterator[Chunk]:
    """The rows of a file that may turn out to be broken in its middle."""
    chunks = source.stream()
    while True:
        try:
            chunk = next(chunks)
        except StopIteration:
            return
        except _BROKEN as error:
            raise _unreadable(source.path, error) from error
        yield chunk


def _unreadable(path: Path, error: Exception) -> ImportRefused:
    said = " ".join(str(error).split())[:200]
    return ImportRefused(
        f"{path.name} cannot be read: {said or type(error).__name__}",
        hint="Known are GeoJSON, GeoPackage, Shapefile (also zipped), GeoParquet, Parquet and CSV (also .gz).",
    )


# --- CSV --------------------------------------------------------------------------------------------------------


def _open_table(path: Path, encoding: str | None) -> Source:
    encoding = encoding or _encoding_of(path)
    with pa.input_stream(str(path), compression="detect") as stream:
        head = stream.read(1 << 16).decode(encoding, errors="replace")
    lines = head.splitlines()
    first = lines[0] if lines else ""
    only_names = len(lines) < 2 and len(head) < 1 << 14
    try:
        delimiter = csv.Sniffer().sniff(first, delimiters=",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    names = [name.strip().strip("\ufeff") for name in next(csv.reader([first], delimiter=delimiter), [])]
    if not names or len(set(names)) != len(names):
        twice = sorted({n for n in names if names.count(n) > 1})
        raise ImportRefused(
            f"{path.name} has no usable header" + (f": {', '.join(twice)} stand twice." if twice else "."),
            hint="The first line names the columns, each once.",
        )
    broken: list[tuple[int, str]] = []

    def invalid(row: pa.csv.InvalidRow) -> str:
        # The header counts as row 1 there; unnumbered rows happen in blocks read in parallel, so none are.
        number = row.number - 1 if row.number else 0
        broken.append((number, f"{row.actual_columns} columns where {row.expected_columns} are named: {row.text[:80]}"))
        return "skip"

    def stream() -> Iterator[Chunk]:
        broken.clear()
        if only_names:  # which Arrow takes for a fault
            return
        reader = pa.csv.open_csv(
            pa.input_stream(str(path), compression="detect"),
            read_options=pa.csv.ReadOptions(
                use_threads=False, block_size=_BLOCK_BYTES, encoding=encoding, column_names=names, skip_rows=1
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=invalid
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        yield from _rechunked(reader, None, _wkt_column(names))

    return Source(path, tuple(names), None, "", _wkt_column(names) is not None, stream, broken)


def _encoding_of(path: Path) -> str:
    with pa.input_stream(str(path), compression="detect") as stream:
        head = stream.read(1 << 18)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            # The block may end within a character.
            head[:-4].decode(encoding) if len(head) == 1 << 18 else head.decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) == 1 << 18 and error.start > len(head) - 8:
                return "utf-8" if encoding == "utf-8-sig" else encoding
        else:
            return "utf-8" if encoding == "utf-8-sig" else encoding
    return "latin-1"


def _wkt_column(names: list[str]) -> str | None:
    return next((name for name in names if name.lower() in GEOMETRY_NAMES), None)


# --- Parquet ----------------------------------------------------------------------------------------------------


def _open_parquet(path: Path) -> Source:
    file = pa.parquet.ParquetFile(path)
    names = file.schema_arrow.names
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    primary = geo.get("primary_column") or _wkt_column(names)
    crs = ""
    if geo:
        declared = geo["columns"][primary].get("crs", "OGC:CRS84")
        crs = _crs_name(json.dumps(declared) if isinstance(declared, dict) else declared)

    def stream() -> Iterator[Chunk]:
        batches = pa.parquet.ParquetFile(path).iter_batches(batch_size=CHUNK_ROWS)
        yield from _rechunked(batches, primary, primary)

    columns = tuple(n for n in names if n != primary)
    return Source(path, columns, file.metadata.num_rows, crs, primary is not None, stream)


# --- GDAL -------------------------------------------------------------------------------------------------------


def _open_features(path: Path, layer: str | None, encoding: str | None) -> Source:
    name = f"/vsigzip/{path.absolute()}" if path.suffix.lower() == ".gz" else str(path)
    layers = [str(row[0]) for row in pyogrio.list_layers(name)]
    if layer is None and len(layers) > 1:
        raise ImportRefused(f"{path.name} has {len(layers)} layers: {', '.join(layers)}.", hint="Name one: --layer.")
    if layer is not None and layer not in layers:
        raise ImportRefused(f"{path.name} has no layer “{layer}”.", hint=f"It has: {', '.join(layers)}.")
    chosen = layer or layers[0]
    info = pyogrio.read_info(name, layer=chosen, encoding=encoding)
    geometric = info["geometry_type"] is not None

    def stream() -> Iterator[Chunk]:
        with pyogrio.open_arrow(
            name, layer=chosen, encoding=encoding, batch_size=min(CHUNK_ROWS, 20_000), use_pyarrow=True
        ) as (meta, reader):
            primary = (meta["geometry_name"] or "wkb_geometry") if geometric else None
            yield from _rechunked(reader, primary, primary)

    columns = tuple(str(f) for f in info["fields"])
    rows = int(info["features"])
    return Source(path, columns, rows if rows >= 0 else None, _crs_name(info["crs"]), geometric, stream)


def _crs_name(declared: Any) -> str:
    """What a file declares, as EPSG:n where the register knows it, else as it stands."""
    if not declared:
        return ""
    try:
        crs = pyproj.CRS.from_user_input(json.loads(declared) if str(declared).startswith("{") else declared)
    except (pyproj.exceptions.CRSError, json.JSONDecodeError):
        return str(declared)[:80]
    if crs.to_authority() == ("OGC", "CRS84"):
        return "WGS84"
    code = crs.to_epsg(min_confidence=25)
    return f"EPSG:{code}" if code else crs.name


# --- chunks -----------------------------------------------------------------------------------------------------


def _rechunked(batches: Any, primary: str | None, geometry_column: str | None) -> Iterator[Chunk]:
    """The batches one by one with their row numbers; geometry decoded, its column taken out of the table if it is
    the format's own (`primary`)."""
    row = 1
    for batch in batches:
        if batch.num_rows == 0:
            continue
        table = pa.Table.from_batches([batch])
        geometry = _decoded(table.column(geometry_column)) if geometry_column in table.column_names else None
        if primary in table.column_names:
            table = table.drop_columns([primary])
        yield Chunk(row, table.rename_columns([n.strip() for n in table.column_names]), geometry)
        row += batch.num_rows


def _decoded(column: pa.ChunkedArray) -> np.ndarray:
    """Shapely geometries of WKB, hex WKB or WKT; None where there is none or it cannot be read."""
    if isinstance(column.type, pa.ExtensionType):
        column = column.cast(column.type.storage_type)
    values = column.to_numpy(zero_copy_only=False) if column.num_chunks else np.empty(0, dtype=object)
    values = np.array([None if v is None else v for v in values], dtype=object)
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return np.asarray(shapely.from_wkb(values, on_invalid="ignore"), dtype=object)
    texts = np.array([v if isinstance(v, str) and v.strip() else None for v in values], dtype=object)
    sample = next((t for t in texts if t), "")
    hexed = sample[:2] in ("00", "01") and all(c in "0123456789abcdefABCDEF" for c in sample[:20])
    if hexed:
        return np.asarray(shapely.from_wkb(texts, on_invalid="ignore"), dtype=object)
    texts = np.array([t.split(";", 1)[-1] if t else None for t in texts], dtype=object)  # "SRID=…;POINT(…)"
    return np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
