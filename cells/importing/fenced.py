"""A stranger's file opened as `reading` and `workbooks` do, but read in a process of its own (`spatial.fence`).

What comes back is plain: Arrow tables and WKB, all of it at once, as a file that comes over the web is small. GDAL is
told to know three formats only: among its sixty are some that follow addresses or name other files on this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, Source, open_source
from cells.importing.workbooks import MOST_ROWS, open_workbook
from spatial.fence import Stopped, fenced

SECONDS, MEGABYTES = 40, 768
WORKBOOKS = {".xlsx", ".xlsm"}
FORMATS = ("GeoJSON", "GPKG", "ESRI Shapefile")
_OTHERS = (
    "MEM PCIDSK PDS4 VICAR PDF MBTiles EEDA OGCAPI GDALG MapInfo_File LVBAG S57 DGN OGR_VRT CSV GML GPX LIBKML KML "
    "GeoJSONSeq ESRIJSON TopoJSON OGR_GMT SQLite WAsP OpenFileGDB DXF FlatGeobuf GeoRSS VFK PGDUMP OSM GPSBabel "
    "OGR_PDS WFS OAPIF EDIGEO Idrisi ODS XLSX Elasticsearch Carto AmigoCloud SXF Selafin JML PLSCENES CSW VDV MVT NGW "
    "MapML GTFS PMTiles JSONFG MiraMonVector ADBC AVCBin AVCE00 AIVector HTTP"
)
_WORDS = {
    "time": ("takes too long to read", "Send a smaller file."),
    "memory": ("takes too much memory to read", "Send a smaller file."),
    "broken": ("breaks what reads it", "Save it anew with another program."),
    "busy": ("cannot be read now: others are being read", "Send it again in a minute."),
}


def open_fenced(
    path: str | Path, *, layer: str | None = None, encoding: str | None = None, sheet: str | None = None
) -> Source:
    """Open and read a file of any known format.

    Raises
    ------
    ImportRefused : as `open_source` and `open_workbook` say, or it takes too much time or memory
    """
    path = Path(path)
    try:
        found = fenced(
            read_whole, str(path), layer, encoding, sheet, seconds=SECONDS, megabytes=MEGABYTES,
            refusals=(ImportRefused,), environment={"GDAL_SKIP": ",".join(_skipped()), "CPL_LOG": "/dev/null"},
        )  # fmt: skip
    except Stopped as stopped:
        what, hint = _WORDS[stopped.why]
        raise ImportRefused(f"{path.name} {what}.", hint=hint, reason=stopped.why) from None
    broken = list(found.pop("broken"))
    packed = found.pop("chunks")

    def stream() -> Iterator[Chunk]:
        for first, table, shapes in packed:
            yield Chunk(
                first, pa.ipc.open_stream(table).read_all(), None if shapes is None else shapely.from_wkb(shapes)
            )

    return Source(path=path, stream=stream, broken=broken, **found)


def read_whole(path: str, layer: str | None, encoding: str | None, sheet: str | None) -> dict[str, Any]:
    """A file's rows as plain values; the reader's side of `open_fenced`."""
    kind = Path(path).suffix.lower()
    if kind in WORKBOOKS:
        source = open_workbook(Path(path), sheet=sheet)
    else:
        source = open_source(path, layer=layer, encoding=encoding)
    chunks, rows = [], 0
    for chunk in source.chunks():
        rows += len(chunk)
        if rows > MOST_ROWS:
            raise ImportRefused(f"{source.path.name} has more than {MOST_ROWS:,} rows.", hint="Split it.")
        shapes = None if chunk.geometry is None else shapely.to_wkb(chunk.geometry)
        try:
            chunks.append((chunk.first_row, packed(chunk.table), None if shapes is None else shapes.tolist()))
        except pa.ArrowException as error:
            raise ImportRefused(f"{source.path.name} does not hold together: {str(error)[:200]}") from error
    return {
        "columns": source.columns,
        "rows": source.rows,
        "crs": source.crs,
        "has_geometry": source.has_geometry,
        "chunks": chunks,
        "broken": source.broken,
    }


def packed(table: pa.Table) -> bytes:
    """A table as an Arrow stream; raises where its insides do not hold together."""
    table.validate(full=True)
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return bytes(out.getvalue().to_pybytes())


def _skipped() -> list[str]:
    return [name.replace("_", " ") if name == "MapInfo_File" else name for name in _OTHERS.split()]
