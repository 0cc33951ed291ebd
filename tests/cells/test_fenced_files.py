"""Files and tables that strangers send: read elsewhere, equal to what is read here; bombs are refused with words."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from cases.patrols.gpx import open_gpx
from cells.importing import fenced
from cells.importing.errors import ImportRefused
from cells.importing.fenced import open_fenced
from cells.importing.reading import open_source
from cells.sent_table import BadBody, table_of

AREA = {"type": "Polygon", "coordinates": [[[113.6, 34.7], [113.7, 34.7], [113.7, 34.8], [113.6, 34.7]]]}


def written(path: Path, geometry: object) -> Path:
    feature = {"type": "Feature", "properties": {"name": "地块", "n": 3}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def test_a_file_read_elsewhere_is_what_is_read_here(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", AREA)
    here, there = open_source(path), open_fenced(path)
    assert (there.columns, there.rows, there.crs, there.has_geometry) == (here.columns, here.rows, here.crs, True)
    (mine,), (theirs,) = list(here.chunks()), list(there.chunks())
    assert theirs.table.equals(mine.table)
    assert shapely.equals_exact(mine.geometry, theirs.geometry).all()


def test_a_file_of_tens_of_thousands_of_brackets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.geojson"
    deep = "[" * 100_000 + "]" * 100_000
    path.write_text(f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},'
                    f'"geometry":{{"type":"Polygon","coordinates":{deep}}}}}]}}')  # fmt: skip
    with pytest.raises(ImportRefused):
        list(open_fenced(path).chunks())


def test_a_file_that_names_another_file_is_not_followed(tmp_path: Path) -> None:
    """A virtual layer is read by its content, whatever the file is called: it could show any file of the server."""
    secret = written(tmp_path / "secret.geojson", AREA)
    path = tmp_path / "sent.geojson"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    assert open_source(path).rows == 1, "GDAL follows no virtual layers any more: this test shows nothing"
    with pytest.raises(ImportRefused):
        open_fenced(path)


def test_every_other_format_of_gdal_is_skipped_by_name() -> None:
    assert set(pyogrio.list_drivers()) - set(fenced._skipped()) == set(fenced.FORMATS)


def test_an_office_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "posts.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["post", "grid", "person"])
    book.save(path)
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    bomb = sheet.replace("</sheetData>", "<row><c><v>1</v></c></row>" * 6_000_000 + "</sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, bomb if name.endswith("sheet1.xml") else data)
    assert path.stat().st_size < 2e6
    with pytest.raises(ImportRefused):
        open_fenced(path)


def test_an_office_file_with_entities_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "posts.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["post", "grid", "person"])
    book.save(path)
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    parts["xl/workbook.xml"] = f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'.encode() + parts["xl/workbook.xml"].split(
        b"?>"
    )[-1].replace(b"</workbook>", b"&l9;</workbook>")
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    with pytest.raises(ImportRefused):
        open_fenced(path)


def test_a_track_with_entities_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "track.gpx"
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 8))
    path.write_text(f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{laughs}]><gpx><trk><name>&l7;</name></trk></gpx>')
    with pytest.raises(ImportRefused, match="no GPX"):
        list(open_gpx(path).chunks())


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def test_a_table_read_elsewhere_is_what_was_sent() -> None:
    table = pa.table({"lon": [113.6, None], "lat": [34.7, 1.0], "名": ["甲", "乙"]})
    assert table_of(parquet(table), parquet=True, most_rows=10)[1].equals(table)
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    assert table_of(out.getvalue(), parquet=False, most_rows=10)[1].equals(table)


def test_a_table_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = parquet(pa.table({"lon": ["x" * 1_000_000] * 5_000}))
    assert len(bomb) < 2e6
    with pytest.raises(BadBody, match="unpacks to more"):
        table_of(bomb, parquet=True, most_rows=100_000)


def test_a_table_of_more_rows_than_are_read_is_counted_not_kept() -> None:
    rows, table = table_of(parquet(pa.table({"lon": [1.0] * 50_000})), parquet=True, most_rows=20_000)
    assert (rows > 20_000, len(table) <= 20_000) == (True, True)


def test_offsets_that_point_outside_are_found_before_anybody_follows_them() -> None:
    out = io.BytesIO()
    batch = pa.RecordBatch.from_arrays([pa.array(["abcdefg"])], ["lon"])
    with pa.ipc.new_stream(out, batch.schema) as stream:
        stream.write_batch(batch)
    data = out.getvalue()
    at = data.rindex(b"\x00\x00\x00\x00\x07\x00\x00\x00")
    forged = data[: at + 4] + b"\xff\xff\xff\x7f" + data[at + 8 :]
    assert pa.ipc.open_stream(forged).read_all().num_rows == 1, "Arrow looks by itself now"
    with pytest.raises(BadBody):
        table_of(forged, parquet=False, most_rows=10)
