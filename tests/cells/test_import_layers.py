"""Base layers and places: what each kind can hold, what is left out, and the same file twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import call_command

from cells.gazetteer import search
from cells.importing.layers import Options, import_layer
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import Building, Place, Street, Water
from tests.cells.files import a_file, a_table, at, box

pytestmark = pytest.mark.django_db


def take(path: Path, kind: str, rejects: Rejects | None = None, **options: Any) -> Report:
    return import_layer(path, Options(kind=kind, **options), rejects=rejects or Rejects(None))


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*p) for p in points])


def test_streets_with_classes_and_names(tmp_path: Path) -> None:
    shapes = [line((0, 0), (100, 0)), line((0, 50), (100, 50)), line((0, 90), (100, 90))]
    path = a_file(tmp_path / "s.geojson", shapes, highway=["primary", "service", "odd"], name=["人民路", "Lane", None])
    report = take(path, "streets")
    assert report.added == 3
    found = list(Street.objects.order_by("pk").values_list("name_zh", "name_en", "street_class"))
    assert found == [("人民路", "", 1), ("", "Lane", 4), ("", "", 3)]
    assert any("“odd” (1)" in n for n in report.notices)


def test_a_street_of_several_parts_becomes_several_streets(tmp_path: Path) -> None:
    parts = shapely.multilinestrings([line((0, 0), (50, 0)), line((60, 0), (99, 0))])
    take(a_file(tmp_path / "s.gpkg", [parts], id=["s1"]), "streets")
    assert sorted(Street.objects.values_list("source_label", flat=True)) == ["s1", "s1/2"]


@pytest.mark.parametrize("labelled", [True, False])
def test_the_same_file_twice_changes_nothing(tmp_path: Path, labelled: bool) -> None:
    columns = {"id": ["a", "b"]} if labelled else {"height": [3, 4]}
    path = a_file(tmp_path / "b.geojson", [box(0, 0, 20, 20), box(50, 0, 70, 20)], **columns)
    take(path, "buildings")
    again = take(path, "buildings")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert Building.objects.count() == 2


def test_a_label_known_is_brought_up_to_date(tmp_path: Path) -> None:
    take(a_file(tmp_path / "1.geojson", [box(0, 0, 20, 20)], id=["a"], name=["old"], floors=[3]), "buildings")
    report = take(a_file(tmp_path / "2.geojson", [box(0, 0, 20, 30)], id=["a"], name=["new"]), "buildings")
    assert (report.added, report.changed) == (0, 1)
    building = Building.objects.get()
    assert (building.name_en, building.floors) == ("new", 3)  # no such column in the second file: it stays
    assert building.shape.area == pytest.approx(600, abs=0.1)


def test_rows_of_one_label_are_told_apart(tmp_path: Path) -> None:
    shapes = [line((0, 0), (9, 0)), line((9, 0), (20, 0))]
    path = a_file(tmp_path / "s.geojson", shapes, road=["r", "r"])
    take(path, "streets", named={"label": ["road"]})
    assert sorted(Street.objects.values_list("source_label", flat=True)) == ["r", "r#2"]
    assert take(path, "streets", named={"label": ["road"]}).unchanged == 2


def test_a_river_drawn_as_a_line_needs_its_width(tmp_path: Path) -> None:
    path = a_file(
        tmp_path / "w.geojson", [line((0, 0), (100, 0)), box(0, 50, 30, 80)], wide=[20.0, None], id=["r", "p"]
    )
    with Rejects(tmp_path / "r.csv") as rejects:
        assert take(path, "water", rejects).added == 1
    assert "no width is known" in (tmp_path / "r.csv").read_text("utf-8-sig")
    take(path, "water", named={"width_m": ["wide"]})
    assert Water.objects.get(source_label="r").shape.area == pytest.approx(2000, abs=1)


def test_wrong_kinds_of_shape_are_rejected(tmp_path: Path) -> None:
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(a_file(tmp_path / "s.geojson", [box(0, 0, 9, 9), line((0, 0), (9, 9))]), "streets", rejects)
    assert (report.added, report.rejected) == (1, 1)
    assert '1,,"The shape is a Polygon, not a line."' in (tmp_path / "r.csv").read_text("utf-8-sig")


def test_places_from_a_table_are_found_by_name(tmp_path: Path) -> None:
    path = a_table(
        tmp_path / "p.csv.gz", [(10, 10), (20, 20), (30, 30)], 名称=["文化宫", "", ""],
        地址=["人民路12号", "人民路14号", ""], 类型=["poi", "门牌", "poi"],
    )  # fmt: skip
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(path, "places", rejects)
    assert (report.added, report.rejected) == (2, 1)
    assert set(Place.objects.values_list("kind", flat=True)) == {"poi", "door_plate"}
    assert search("文化宫")[0].address == "人民路12号"
    assert take(path, "places").unchanged == 2


def test_a_dry_run_keeps_nothing_and_the_command_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_file(tmp_path / "s.geojson", [line((0, 0), (100, 0))], k=["Hauptstr"])
    call_command(
        "import_layer", "streets", path, map=["name=k"], value_map=["class:x=1"], default="arterial", dry_run=True
    )
    assert "1 to add" in capsys.readouterr().out
    assert not Street.objects.exists()
    call_command("import_layer", "streets", path, map=["name=k"], default="arterial")
    assert Street.objects.get().street_class == 1
