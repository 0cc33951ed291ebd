"""Components: class, code and cell; known again by code or label; kept where the ground is not divided yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from cells.importing.components import Options, import_components
from cells.importing.errors import ImportRefused
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import Component
from tests.cells.files import a_file, a_table, at
from tests.makers import a_city, a_draft_city

pytestmark = pytest.mark.django_db

LAMP, TREE = "component-0137", "component-0402"


def take(path: Path, rejects: Rejects | None = None, **options: Any) -> Report:
    return import_components(path, Options(**options), rejects=rejects or Rejects(None))


def test_components_get_codes_and_the_cells_that_own_their_places(tmp_path: Path) -> None:
    city = a_city(cells="2x2")
    path = a_table(tmp_path / "c.csv", [(50, 50), (150, 50), (-500, 50)], id=["l1", "l2", "far"])
    report = take(path, of_class="0137")
    assert report.added == 3
    assert any("1 components lie outside" in n for n in report.notices)
    found = {
        c.source_label: (c.code, c.cell.code if c.cell else None) for c in Component.objects.select_related("cell")
    }
    assert found == {
        "l1": ("9901010137000001", city.code(0, 1)),
        "l2": ("9901010137000002", city.code(1, 1)),
        "far": ("9901010137000003", None),
    }


def test_the_same_file_twice_changes_nothing_and_new_ones_go_on_counting(tmp_path: Path) -> None:
    a_city(cells="2x2")
    take(a_table(tmp_path / "1.csv", [(50, 50)], id=["l1"]), of_class=LAMP)
    again = take(a_table(tmp_path / "1.csv", [(50, 50)], id=["l1"]), of_class=LAMP)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    more = take(a_table(tmp_path / "2.csv", [(52, 50), (60, 60)], id=["l1", "l2"]), of_class=LAMP)
    assert (more.added, more.changed) == (1, 1)
    assert list(Component.objects.values_list("code", flat=True)) == ["9901010137000001", "9901010137000002"]
    assert Component.objects.get(source_label="l1").place.x == pytest.approx(at(52, 50)[0], abs=0.001)


def test_one_label_in_two_classes_is_two_components(tmp_path: Path) -> None:
    a_city(cells="2x2")
    path = a_table(tmp_path / "1.csv", [(50, 50)], id=["7"])
    take(path, of_class=LAMP)
    take(path, of_class=TREE)
    assert Component.objects.count() == 2


def test_codes_of_the_file_are_kept_if_they_have_sixteen_digits(tmp_path: Path) -> None:
    a_city(cells="2x2")
    path = a_table(tmp_path / "1.csv", [(50, 50), (60, 50)], ObjID=["9901010137000777", "L-2"])
    report = take(path, of_class=LAMP, named={"code": ["ObjID"]})
    assert any("1 codes do not have 16 digits" in n for n in report.notices)
    assert dict(Component.objects.values_list("code", "source_label")) == {
        "9901010137000777": "9901010137000777",
        "9901010137000778": "L-2",
    }
    assert take(path, of_class=LAMP, named={"code": ["ObjID"]}).unchanged == 2


def test_classes_by_name_in_either_language_and_by_mapped_words(tmp_path: Path) -> None:
    a_city(cells="2x2")
    path = a_table(
        tmp_path / "1.csv", [(10, 10), (20, 10), (30, 10), (40, 10)], kind=["路灯", "Street tree", "Cobrahead", "ufo"]
    )
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(path, rejects, named={"class": ["kind"]}, meanings={"class": {"Cobrahead": "0137"}})
    assert (report.added, report.rejected) == (3, 1)
    assert "4,,The class is not known.,ufo" in (tmp_path / "r.csv").read_text("utf-8-sig")
    assert sorted(Component.objects.values_list("catalogue_class__minor", flat=True)) == ["02", "37", "37"]


def test_all_attributes_come_in_and_missing_columns_keep_what_is_there(tmp_path: Path) -> None:
    a_city(cells="2x2")
    point = [shapely.Point(at(50, 50))]
    full = a_file(
        tmp_path / "1.geojson", point, id=["l1"], objstate=["破损"], DeptName1=["城管局"], DeptName2=["供电公司"],
        DeptName3=["路灯所"], accuracy_class=["a"], ORDate=["2024-03-01"],
    )  # fmt: skip
    take(full, of_class=LAMP)
    take(a_file(tmp_path / "2.geojson", point, id=["l1"], name=["灯"]), of_class=LAMP)
    lamp = Component.objects.get()
    assert (lamp.name, lamp.state, lamp.accuracy_class, str(lamp.surveyed_on)) == ("灯", "damaged", "A", "2024-03-01")
    assert [lamp.competent_department, lamp.owner_department, lamp.maintainer_department] == [
        "城管局",
        "供电公司",
        "路灯所",
    ]


def test_rows_without_a_place_and_with_bad_coordinates_are_rejected(tmp_path: Path) -> None:
    a_city(cells="2x2")
    path = tmp_path / "1.csv"
    path.write_text("id,lon,lat\nok,113.45,34.69\nno,,\nswapped,34.69,113.45\nhigh,113.45,91\n")
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(path, rejects, of_class=LAMP)
    assert (report.added, report.rejected) == (1, 3)
    said = (tmp_path / "r.csv").read_text("utf-8-sig")
    assert "2,no,The row has no place." in said
    assert "swapped" in said
    assert "outside -90 … 90" in said


def test_before_the_first_edition_components_wait_for_their_cells(tmp_path: Path) -> None:
    a_draft_city(cells="2x2")
    report = take(a_table(tmp_path / "1.csv", [(50, 50)], id=["l1"]), of_class=LAMP)
    assert any("get their cells when one is published" in n for n in report.notices)
    assert Component.objects.get().cell is None


def test_without_a_class_or_a_district_it_is_said_what_to_do(tmp_path: Path) -> None:
    path = a_table(tmp_path / "1.csv", [(50, 50)], id=["l1"])
    with pytest.raises(ImportRefused, match="import_grids"):
        take(path, of_class=LAMP)
    a_city(cells="2x2")
    with pytest.raises(ImportRefused, match="--class"):
        take(path)
    with pytest.raises(ImportRefused, match="component-0402 Street tree"):
        take(path, of_class="tree")


def test_serials_that_run_out_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    a_city(cells="2x2")
    take(a_table(tmp_path / "1.csv", [(50, 50)], code=["9901010137999999"]), of_class=LAMP)
    with pytest.raises(ImportRefused, match="do not fit six digits"):
        take(a_table(tmp_path / "2.csv", [(60, 50)], id=["x"]), of_class=LAMP)
    assert Component.objects.count() == 1
