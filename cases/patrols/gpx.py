"""GPX files (Topografix 1.0 and 1.1) as a source of track points: their times stay as they are written, offset and all.

GDAL reads GPX too, but its column of times loses their offsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pyarrow as pa
from defusedxml import DefusedXmlException, ElementTree

from cells.importing.errors import ImportRefused
from cells.importing.reading import CHUNK_ROWS, Chunk, Source

COLUMNS = ("at", "lon", "lat")


def open_gpx(path: Path) -> Source:
    """The `trkpt` of all tracks of a file, in its order, as texts.

    Raises
    ------
    ImportRefused : there is no such file, or it is no XML (while it is read)
    """
    if not path.exists():
        raise ImportRefused(f"There is no file {path}.", hint="Check the path.")

    def stream() -> Iterator[Chunk]:
        rows: list[tuple[str, str, str]] = []
        first = 1
        try:
            for _, found in ElementTree.iterparse(path, forbid_dtd=True):
                if found.tag.rpartition("}")[2] != "trkpt":
                    continue
                time = found.findtext("{*}time") or found.findtext("time") or ""
                rows.append((time.strip(), found.get("lon", ""), found.get("lat", "")))
                found.clear()
                if len(rows) == CHUNK_ROWS:
                    yield _chunk(first, rows)
                    first, rows = first + len(rows), []
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            said = str(error) or type(error).__name__
            raise ImportRefused(f"{path.name} is no GPX: {said}", hint="Known are GPX 1.0 and 1.1.") from error
        if rows:
            yield _chunk(first, rows)

    return Source(path, COLUMNS, None, "WGS84", False, stream)


def _chunk(first: int, rows: list[tuple[str, str, str]]) -> Chunk:
    columns = zip(*rows, strict=True)
    table = pa.table({name: pa.array(list(values), pa.string()) for name, values in zip(COLUMNS, columns, strict=True)})
    return Chunk(first, table, None)
