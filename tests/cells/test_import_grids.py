"""Areas become grids: the ladder is always whole, the tiling exact, and the same file twice changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from cells.coverage import check_edition
from cells.division import divide_cells
from cells.importing.errors import ImportRefused
from cells.importing.grids import Options, import_grids
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import CellVersion, Edition, Grid, GridVersion
from spatial.postgis.convert import to_shapely
from tests.cells.files import a_file, box

pytestmark = pytest.mark.django_db


def take(path: Path, level: str, rejects: Rejects | None = None, **options: Any) -> Report:
    return import_grids(path, Options(level=level, **options), rejects=rejects or Rejects(None))


def codes(level: str) -> dict[str, str]:
    """Label -> code of a level's areas in the draft."""
    draft = Edition.objects.draft() or Edition.objects.in_force()
    versions = GridVersion.objects.of_edition(draft).filter(grid__level=level)
    return dict(versions.values_list("source_label", "grid__code"))


def parents(level: str) -> dict[str, str]:
    draft = Edition.objects.draft() or Edition.objects.in_force()
    versions = GridVersion.objects.of_edition(draft).filter(grid__level=level)
    return dict(versions.values_list("source_label", "parent__code"))


def faults() -> dict[str, int]:
    found = check_edition(Edition.objects.draft() or Edition.objects.in_force()).as_dict()
    return {k: found[k] for k in ("gaps", "overlaps", "invalid", "outside_parent")}


NO_FAULTS = {"gaps": 0, "overlaps": 0, "invalid": 0, "outside_parent": 0}
QUARTERS = {
    "nw": box(0, 500, 500, 1000),
    "ne": box(500, 500, 1000, 1000),
    "sw": box(0, 0, 500, 500),
    "se": box(500, 0, 1000, 500),
}


def quarters(path: Path, **columns: list[Any]) -> Path:
    return a_file(path, list(QUARTERS.values()), ward=list(QUARTERS), **columns)


def test_communities_alone_get_town_district_and_city(tmp_path: Path) -> None:
    report = take(quarters(tmp_path / "a.geojson"), "community")
    assert report.added == 4
    # Serials run from west to east in rows from north to south.
    assert codes("community") == {
        "nw": "990101001001",
        "ne": "990101001002",
        "sw": "990101001003",
        "se": "990101001004",
    }
    assert [codes(level) for level in ("town", "district", "city")] == [
        {"": "990101001"},
        {"": "990101"},
        {"": "990100"},
    ]
    assert faults() == NO_FAULTS


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = quarters(tmp_path / "a.gpkg")
    take(path, "community")
    before = list(GridVersion.objects.values_list("pk", "grid", "since"))
    again = take(path, "community")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 4)
    assert list(GridVersion.objects.values_list("pk", "grid", "since")) == before


def test_a_published_city_opens_no_draft_for_the_same_file(tmp_path: Path) -> None:
    path = quarters(tmp_path / "a.gpkg")
    take(path, "community")
    divide_cells(jobs=1)
    again = take(path, "community")
    assert again.unchanged == 4
    assert Edition.objects.draft() is None


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    report = take(quarters(tmp_path / "a.geojson"), "community", dry_run=True)
    assert report.added == 4
    assert not Grid.objects.exists()
    assert not Edition.objects.exists()


def test_towns_first_then_communities(tmp_path: Path) -> None:
    towns = a_file(tmp_path / "t.geojson", [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], name=["West", "East"])
    take(towns, "town")
    take(quarters(tmp_path / "c.geojson"), "community")
    assert codes("town") == {"West": "990101001", "East": "990101002"}
    assert parents("community") == {"nw": "990101001", "sw": "990101001", "ne": "990101002", "se": "990101002"}
    assert faults() == NO_FAULTS


def test_towns_after_communities_take_the_place_of_the_one_filled_in(tmp_path: Path) -> None:
    take(quarters(tmp_path / "c.geojson"), "community")
    towns = a_file(tmp_path / "t.geojson", [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], name=["West", "East"])
    take(towns, "town")
    assert set(codes("town")) == {"West", "East"}
    assert parents("community") == {
        label: codes("town")["West" if label in ("nw", "sw") else "East"] for label in QUARTERS
    }
    # No cell has them yet, so the codes follow the new parents.
    assert all(code.startswith(parents("community")[label]) for label, code in codes("community").items())
    assert faults() == NO_FAULTS


def test_parents_are_found_by_label_however_it_is_written(tmp_path: Path) -> None:
    take(a_file(tmp_path / "t.geojson", [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], WARD=[1.0, 2.0]), "town")
    # The south-west quarter says it belongs to the other ward: the label counts, not the place.
    path = quarters(tmp_path / "c.geojson", belongs=["Ward 01", "02", "2", "Ward 2"])
    take(path, "community", named={"parent": ["belongs"]})
    assert parents("community") == {"nw": "990101001", "ne": "990101002", "sw": "990101002", "se": "990101002"}


def test_towns_and_districts_are_made_from_labels(tmp_path: Path) -> None:
    path = quarters(tmp_path / "c.geojson", county=["A", "A", "B", "B"], town=["t1", "t2", "t3", "t3"])
    report = take(path, "community", named={"district": ["county"], "town": ["town"]})
    assert set(codes("district")) == {"A", "B"}
    assert set(codes("town")) == {"t1", "t2", "t3"}
    assert parents("town")["t3"] == codes("district")["B"]
    assert report.facts["levels"] == {"city": 1, "district": 2, "town": 3, "community": 4}
    assert faults() == NO_FAULTS


def test_codes_of_the_scheme_are_kept_and_make_the_ladder(tmp_path: Path) -> None:
    given = ["410102001001", "410102002001", "410103001001", "410103001002"]
    take(quarters(tmp_path / "c.geojson", code=given), "community", named={"label": ["ward"]})
    assert list(codes("community").values()) == given
    assert set(codes("town").values()) == {"410102001", "410102002", "410103001"}
    assert set(codes("district").values()) == {"410102", "410103"}
    assert codes("city") == {"": "410100"}


def test_codes_that_do_not_fit_stay_as_labels(tmp_path: Path) -> None:
    take(quarters(tmp_path / "c.geojson", code=["A-1", "A-2", "B-1", "B-2"]), "community", named={"label": ["code"]})
    assert codes("community")["A-1"] == "990101001001"


def test_a_district_prefix_is_used(tmp_path: Path) -> None:
    take(quarters(tmp_path / "c.geojson"), "community", code_prefix="320508")
    assert codes("district") == {"": "320508"}
    with pytest.raises(ImportRefused, match="cannot begin"):
        take(quarters(tmp_path / "d.geojson"), "community", code_prefix="32A")


def test_twins_of_a_code_are_refused(tmp_path: Path) -> None:
    given = ["410102001001", "410102001001", "410102001002", "410102001003"]
    with pytest.raises(ImportRefused, match=r"410102001001 is claimed by nw .* and ne"):
        take(quarters(tmp_path / "c.geojson", code=given), "community", named={"label": ["ward"]})


def test_digitising_noise_is_closed_and_said(tmp_path: Path) -> None:
    shapes = [box(0, 0, 500, 1000), box(500.04, 0, 1000, 1000), box(990, 0, 1500, 1000) - box(0, 0, 999.97, 1000)]
    report = take(a_file(tmp_path / "a.parquet", shapes, code=["a", "b", "c"], crs="EPSG:4547"), "community")
    assert (report.facts["gaps"], report.facts["overlaps"]) == (1, 1)
    assert any("closed" in n for n in report.notices)
    assert faults() == NO_FAULTS


def test_wide_gaps_are_refused_with_place_and_way_out(tmp_path: Path) -> None:
    ring = [box(0, 0, 1000, 400), box(0, 600, 1000, 1000), box(0, 400, 480, 600), box(483, 400, 1000, 600)]
    path = a_file(tmp_path / "a.geojson", ring, code=["s", "n", "w", "e"])
    with pytest.raises(ImportRefused, match=r"1 gaps and 0 overlaps, 600 m²(.|\n)*--repair 3 closes all"):
        take(path, "community")
    assert not Grid.objects.exists()
    take(path, "community", repair_m=3.0)
    assert faults() == NO_FAULTS
    draft = Edition.objects.draft()
    area = sum(GridVersion.objects.of_edition(draft).filter(grid__level="community").values_list("area_m2", flat=True))
    assert area == pytest.approx(1_000_000, abs=2)


def test_overlaps_wider_than_the_tolerance_are_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.geojson", [box(0, 0, 520, 1000), box(500, 0, 1000, 1000)], code=["w", "e"])
    with pytest.raises(ImportRefused, match="1 overlaps"):
        take(path, "community", repair_m=5.0)


def test_a_lake_between_areas_is_no_fault(tmp_path: Path) -> None:
    lake = box(300, 300, 700, 700)
    halves = [box(0, 0, 500, 1000) - lake, box(500, 0, 1000, 1000) - lake]
    report = take(a_file(tmp_path / "a.geojson", halves, code=["w", "e"]), "community")
    assert any("open spaces of 160,0" in n for n in report.notices)


def test_parents_follow_their_children_and_it_is_said(tmp_path: Path) -> None:
    take(a_file(tmp_path / "t.geojson", [box(-300, 0, 500, 1000), box(500, 0, 1000, 1000)], name=["W", "E"]), "town")
    report = take(quarters(tmp_path / "c.geojson"), "community")
    assert any("exact union of these; that moved" in n for n in report.notices)
    west = GridVersion.objects.get(source_label="W")
    assert west.area_m2 == pytest.approx(500_000, abs=3)
    assert faults() == NO_FAULTS


def test_slivers_over_a_parents_border_change_sides_within_the_tolerance(tmp_path: Path) -> None:
    take(a_file(tmp_path / "t.geojson", [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], name=["W", "E"]), "town")
    shapes = [box(0, 0, 501, 1000), box(501, 0, 1000, 1000)]  # the same street, drawn a metre further east
    report = take(a_file(tmp_path / "c.geojson", shapes, code=["w", "e"]), "community", repair_m=2.0)
    assert any("Slivers of 1,000 m²" in n for n in report.notices)
    areas = dict(GridVersion.objects.filter(grid__level="community").values_list("source_label", "area_m2"))
    assert areas == {"w": pytest.approx(500_000, abs=3), "e": pytest.approx(500_000, abs=3)}
    assert faults() == NO_FAULTS


def test_invalid_shapes_are_repaired_and_rows_without_are_rejected(tmp_path: Path) -> None:
    x, y = shapely.get_coordinates(box(0, 0, 1, 1)).min(axis=0)
    bow = shapely.Polygon([(x, y), (x + 200, y + 200), (x + 200, y), (x, y + 200)])  # two triangles of 10,000 m²
    shapes = [bow, None, shapely.Point(x, y), box(200, 0, 400, 200)]
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(a_file(tmp_path / "a.geojson", shapes, code=["b", "n", "p", "o"]), "community", rejects)
    assert (report.added, report.rejected) == (2, 2)
    assert (tmp_path / "r.csv").read_text("utf-8-sig").splitlines()[1:] == [
        "2,n,The row has no shape.,",
        '3,p,"The shape is a Point, not an area.",',
    ]
    assert report.facts["invalid"] == 1
    assert GridVersion.objects.get(source_label="b").area_m2 == pytest.approx(20_000, abs=1)


def test_rows_of_one_label_are_parts_of_one_area(tmp_path: Path) -> None:
    shapes = [box(0, 0, 100, 100), box(300, 0, 400, 100), box(100, 0, 300, 100)]
    report = take(
        a_file(tmp_path / "a.geojson", shapes, name=["island", "island", "main"]), "community",
        named={"label": ["name"]},
    )  # fmt: skip
    assert report.added == 2
    assert any("2 rows share 1 labels" in n for n in report.notices)
    assert GridVersion.objects.get(source_label="island").shape.num_geom == 2


def test_equal_names_in_different_towns_stay_different(tmp_path: Path) -> None:
    path = quarters(tmp_path / "c.geojson", name=["Centre", "Centre", "South", "Centre"], of=["a", "b", "a", "b"])
    report = take(path, "community", named={"label": ["name"], "town": ["of"]})
    assert set(codes("community")) == {"a / Centre", "b / Centre", "South"}
    assert report.added == 3


def test_a_changed_border_opens_a_draft_and_ends_the_cells_there(tmp_path: Path) -> None:
    take(quarters(tmp_path / "a.gpkg"), "community")
    divide_cells(jobs=1)
    published = Edition.objects.in_force()
    kept = codes("community")
    moved = {**QUARTERS, "nw": box(0, 500, 600, 1000), "ne": box(600, 500, 1000, 1000)}
    report = take(a_file(tmp_path / "b.gpkg", list(moved.values()), ward=list(moved)), "community")
    assert (report.added, report.changed) == (0, 2)
    assert codes("community") == kept
    draft = Edition.objects.draft()
    celled = set(CellVersion.objects.of_edition(draft).values_list("community__code", flat=True))
    assert celled == {kept["sw"], kept["se"]}
    assert CellVersion.objects.of_edition(published).count() > 90
    divide_cells(jobs=1)
    assert faults() == NO_FAULTS


def test_other_areas_of_the_level_stay_unless_they_are_replaced(tmp_path: Path) -> None:
    take(quarters(tmp_path / "a.gpkg"), "community")
    halves = a_file(tmp_path / "b.gpkg", [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], ward=["west", "east"])
    with pytest.raises(ImportRefused, match=r"4 of these were there before(.|\n)*--replace"):
        take(halves, "community")
    report = take(halves, "community", replace=True)
    assert report.added == 2
    assert codes("community") == {"west": "990101001001", "east": "990101001002"}
    assert Grid.objects.filter(level="community").count() == 2
    beside = a_file(tmp_path / "c.gpkg", [box(1000, 0, 1500, 1000)], ward=["more"])
    take(beside, "community")
    assert set(codes("community")) == {"west", "east", "more"}
    assert faults() == NO_FAULTS


def test_replacing_a_published_level_ends_its_cells(tmp_path: Path) -> None:
    take(quarters(tmp_path / "a.gpkg"), "community")
    divide_cells(jobs=1)
    old = set(codes("community").values())
    halves = a_file(tmp_path / "b.gpkg", [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], ward=["west", "east"])
    take(halves, "community", replace=True)
    assert old.isdisjoint(codes("community").values())  # codes are given once
    divide_cells(jobs=1)
    assert faults() == NO_FAULTS
    assert set(CellVersion.objects.current().values_list("community__code", flat=True)) == set(
        codes("community").values()
    )


def test_a_corrected_name_makes_no_edition(tmp_path: Path) -> None:
    take(quarters(tmp_path / "a.gpkg", name=list("abcd")), "community")
    divide_cells(jobs=1)
    report = take(quarters(tmp_path / "b.gpkg", name=list("abcx")), "community")
    assert report.changed == 1
    assert Edition.objects.draft() is None
    assert GridVersion.objects.current().get(source_label="se").name_en == "x"


def test_more_communities_than_one_town_has_codes_get_several(tmp_path: Path) -> None:
    shapes = [box(40 * (k % 40), 40 * (k // 40), 40 * (k % 40) + 40, 40 * (k // 40) + 40) for k in range(1120)]
    report = take(a_file(tmp_path / "a.parquet", shapes, code=[f"b{k}" for k in range(1120)]), "community")
    assert report.facts["levels"] == {"city": 1, "district": 1, "town": 2, "community": 1120}
    assert faults() == NO_FAULTS


def test_another_part_of_the_world_is_refused(tmp_path: Path) -> None:
    boston = shapely.box(-71.2, 42.2, -71.0, 42.4)
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},"geometry":'
        + shapely.to_geojson(boston)
        + "}]}"
    )
    with pytest.raises(ImportRefused, match=r"near \(-71.10, 42.30\).*CITY_SRID"):
        take(path, "community")


def test_a_file_in_gcj02_that_says_wgs84_is_set_right_by_its_name(tmp_path: Path) -> None:
    from spatial import crs

    moved = shapely.transform(
        np.array(list(QUARTERS.values()), dtype=object), lambda xy: crs.from_city(xy, crs="GCJ-02", srid=4547)
    )
    import geopandas

    geopandas.GeoDataFrame({"ward": list(QUARTERS)}, geometry=moved, crs=4326).to_file(tmp_path / "a.geojson")
    take(tmp_path / "a.geojson", "community", crs="gcj02")
    shape = to_shapely(GridVersion.objects.get(source_label="nw").shape)
    assert shapely.hausdorff_distance(shape, QUARTERS["nw"]) < 0.02


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = quarters(tmp_path / "a.geojson", name_of=["北一", "北二", "南一", "南二"])
    call_command("import_grids", path, level="community", name_field="name_of", called=["city=Teststadt"])
    said = capsys.readouterr().out
    assert "name ← name_of" in said
    assert "label ← ward (guessed)" in said
    assert "4 rows of areas of level “community” read: 4 added" in said
    assert GridVersion.objects.get(grid__level="city").name_en == "Teststadt"
    assert GridVersion.objects.get(source_label="nw").name_zh == "北一"
    with pytest.raises(CommandError, match="no column “nme”"):
        call_command("import_grids", path, level="community", name_field="nme")


@pytest.mark.real_data
def test_a_city_of_another_continent_is_refused_in_this_one_s_crs(real_data: Path) -> None:
    wards = real_data / "boston" / "wards.geojson"
    with pytest.raises(ImportRefused, match="CITY_SRID"):
        take(wards, "town", repair_m=3.0)
