"""One reader for every format: the same rows come out, in order, with their numbers; bad files say why."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from cells.importing.columns import Columns, ValueMap, parse_map, parse_value_map
from cells.importing.door import open_door
from cells.importing.errors import ImportRefused
from cells.importing.reading import open_source
from cells.importing.rejects import Rejects
from cells.importing.times import Times
from spatial.errors import UnknownCrs
from tests.cells.files import a_file, a_table, at, box

SHAPES = [box(0, 0, 100, 100), box(100, 0, 200, 100)]


def rows(path: Path, **options: str) -> tuple[list[str], list[float]]:
    """Labels and areas of all rows, through the reader and the door."""
    source = open_source(path, **options)
    columns = Columns(source.columns, ["code"])
    door = open_door(source, columns)
    labels: list[str] = []
    areas: list[float] = []
    for chunk in source.chunks():
        labels += columns.text(chunk, "code").tolist()
        areas += shapely.area(door.shapes(chunk)[0]).tolist()
    return labels, areas


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.parquet", "a.shp"])
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    path = a_file(tmp_path / name, SHAPES, code=["05", "07"])
    labels, areas = rows(path)
    assert labels == ["05", "07"]
    assert areas == pytest.approx([10_000, 10_000], abs=0.3)  # 1 mm along 400 m


def test_a_zipped_shapefile_and_a_packed_geojson(tmp_path: Path) -> None:
    a_file(tmp_path / "a.shp", SHAPES, code=["05", "07"])
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as packed:
        for part in tmp_path.glob("a.*"):
            packed.write(part, part.name)
    assert rows(tmp_path / "z.zip")[0] == ["05", "07"]
    plain = a_file(tmp_path / "b.geojson", SHAPES, code=["1", "2"])
    (tmp_path / "b.geojson.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert rows(tmp_path / "b.geojson.gz")[0] == ["1", "2"]


def test_a_csv_keeps_its_digits_and_reads_chinese_of_either_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "gb18030"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text("编码;名称;经度;纬度\n007;人民路;114,1;34\n", encoding=encoding)
        source = open_source(path)
        columns = Columns(source.columns, ["code", "name", "lon", "lat"])
        (chunk,) = source.chunks()
        assert columns.text(chunk, "code").tolist() == ["007"]
        assert columns.text(chunk, "name").tolist() == ["人民路"]


def test_a_csv_may_hold_its_shapes_as_wkt(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"code": ["a", "b"], "wkt": [s.wkt for s in SHAPES]}).to_csv(path, index=False)
    source = open_source(path)
    door = open_door(source, Columns(source.columns, []), crs="CITY")
    (chunk,) = source.chunks()
    assert shapely.area(door.shapes(chunk)[0]).tolist() == [10_000, 10_000]


def test_a_broken_line_of_a_csv_is_left_out_and_known(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,lon,lat\n1,114,34\n2,114,34,9,9\n3,114,34\n")
    source = open_source(path)
    assert sum(len(c) for c in source.chunks()) == 2
    assert len(source.broken) == 1
    assert "5 columns" in source.broken[0][1]


def test_row_numbers_go_on_over_chunks(tmp_path: Path) -> None:
    path = a_table(tmp_path / "a.parquet", [(k % 100, k // 100) for k in range(120_000)])
    chunks = list(open_source(path).chunks())
    assert len(chunks) == 3
    assert np.array_equal(np.concatenate([c.row_numbers for c in chunks]), np.arange(1, 120_001))


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="no file"):
        open_source(tmp_path / "nothing.geojson")
    bad = tmp_path / "bad.gpkg"
    bad.write_bytes(b"no geopackage")
    with pytest.raises(ImportRefused, match="cannot be read"):
        open_source(bad)
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(ImportRefused, match="header"):
        open_source(empty)


def test_one_of_several_layers_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for layer in ("wards", "precincts"):
        import geopandas

        frame = geopandas.GeoDataFrame({"code": ["1"]}, geometry=[SHAPES[0]], crs=4326)
        frame.to_file(path, layer=layer)
    with pytest.raises(ImportRefused, match=r"2 layers: wards, precincts"):
        open_source(path)
    assert open_source(path, layer="wards").rows == 1


def test_feet_in_a_geojson_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "feet.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},"geometry":'
        '{"type":"Polygon","coordinates":[[[788945,2967170],[789000,2967170],[789000,2967300],[788945,2967170]]]}}]}'
    )
    with pytest.raises(ImportRefused, match=r"metres or feet.*--crs EPSG:n"):
        rows(path)


def test_a_file_without_a_crs_must_be_given_one(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.shp", SHAPES, code=["1", "2"])
    path.with_suffix(".prj").unlink()
    source = open_source(path)
    with pytest.raises(ImportRefused, match="which coordinate system"):
        open_door(source, Columns(source.columns, []))
    with pytest.raises(UnknownCrs, match="Mars"):
        open_door(source, Columns(source.columns, []), crs="Mars")
    assert open_door(source, Columns(source.columns, []), crs="gcj02").crs == "GCJ-02"


def test_columns_are_guessed_by_usual_names_and_said() -> None:
    columns = Columns(["OBJECTID", "stop_lat", "stop_lon", "CLOSED_DT"], ["lon", "lat", "closed_at"])
    assert columns.lines() == [
        "lon ← stop_lon (guessed)",
        "lat ← stop_lat (guessed)",
        "closed_at ← CLOSED_DT (guessed)",
    ]


def test_of_two_pairs_of_coordinates_the_named_crs_chooses() -> None:
    names = ["WGS84_经度", "WGS84_纬度", "GCJ02_经度", "GCJ02_纬度"]
    assert Columns(names, ["lon", "lat"], prefer="GCJ-02").found == {"lon": ["GCJ02_经度"], "lat": ["GCJ02_纬度"]}


def test_a_column_that_is_not_there_is_met_with_the_nearest() -> None:
    with pytest.raises(ImportRefused, match="meant WARD"):
        Columns(["WARD", "AREA"], ["label"], named={"label": ["WRAD"]})
    with pytest.raises(ImportRefused, match="no field “lable”"):
        Columns(["WARD"], ["label"], named={"lable": ["WARD"]})


def test_a_part_of_a_column_and_several_columns_together(tmp_path: Path) -> None:
    path = a_table(tmp_path / "a.csv", [(0, 0)], wp=["0113"], a=["Other"], b=["Noise"], c=["Other"])
    source = open_source(path)
    columns = Columns(source.columns, ["parent", "words"], named=parse_map(["parent=wp[:2]", "words=a,b,c"]))
    (chunk,) = source.chunks()
    assert columns.text(chunk, "parent").tolist() == ["01"]
    assert columns.text(chunk, "words").tolist() == ["Other · Noise"]


def test_words_get_their_meaning_and_the_unknown_are_counted() -> None:
    known = {"open": ["new"], "closed": ["done"]}
    meaning = ValueMap(known, parse_value_map(["status:Wait: here=open"])["status"])
    found = meaning(np.array(["NEW", "Done", "wait here", "strange", ""], dtype=object))
    assert found.tolist() == ["open", "closed", "open", "", ""]
    assert meaning.unknown == {"strange": 1}
    with pytest.raises(ImportRefused, match="no meaning"):
        ValueMap(known, {"x": "perhaps"})


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("01/02/2015 12:20:09 AM", "America/New_York", "2015-01-02T05:20:09"),
        ("2024-01-05 08:00", "Asia/Shanghai", "2024-01-05T00:00:00"),
        ("2024年1月5日 08:00:00", "Asia/Shanghai", "2024-01-05T00:00:00"),
        ("2024-01-05T08:00:00+02:00", "Asia/Shanghai", "2024-01-05T06:00:00"),
        ("1704412800", "Asia/Shanghai", "2024-01-05T00:00:00"),
        ("1704412800000", "Asia/Shanghai", "2024-01-05T00:00:00"),
        ("25/12/2015 10:00", "Europe/Berlin", "2015-12-25T09:00:00"),
        # Clocks go forward at 2:00, so 2:30 is not there; back at 2:00, so 1:30 is there twice, the second counts.
        ("03/08/2015 02:30:00 AM", "America/New_York", "2015-03-08T07:00:00"),
        ("11/01/2015 01:30:00 AM", "America/New_York", "2015-11-01T06:30:00"),
    ],
)
def test_times_are_read_as_sources_write_them(text: str, zone: str, utc: str) -> None:
    found = Times(zone).parse(np.array([text, ""], dtype=object))
    assert found[0] == np.datetime64(utc)
    assert np.isnat(found[1])


def test_the_way_of_writing_dates_is_found_on_all_rows_together() -> None:
    found = Times("Europe/Berlin").parse(np.array(["01/02/2020", "31/12/2020", "never"], dtype=object))
    assert found[:2].astype("datetime64[D]").astype(str).tolist() == ["2020-01-31", "2020-12-30"]  # midnight in Berlin
    assert np.isnat(found[2])
    with pytest.raises(ImportRefused, match="no times"):
        Times("Europe/Berlin").parse(np.array(["red", "green"], dtype=object))


def test_rejects_are_written_with_row_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "r.csv"
    with Rejects(path) as rejects:
        assert not path.exists()
        rejects.add(7, "W-7", "No shape.", found="(0, 99)")
    assert pd.read_csv(path).to_dict("records") == [
        {"row": 7, "label": "W-7", "reason": "No shape.", "found": "(0, 99)"}
    ]


def test_places_are_taken_from_columns_or_from_points(tmp_path: Path) -> None:
    table = a_table(tmp_path / "a.csv.gz", [(10, 20)])
    source = open_source(table)
    door = open_door(source, Columns(source.columns, ["lon", "lat"]), points=True)
    assert door.points(next(source.chunks()))[0][0] == pytest.approx(at(10, 20), abs=0.001)
    features = a_file(tmp_path / "a.geojson", [shapely.Point(at(10, 20))])
    source = open_source(features)
    door = open_door(source, Columns(source.columns, ["lon", "lat"]), points=True)
    assert door.points(next(source.chunks()))[0][0] == pytest.approx(at(10, 20), abs=0.001)
