"""check_coverage: nothing in an exact city, every fault with its place, repair within a tolerance and not beyond."""

import json

import geopandas
import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from cells.division import divide_cells
from cells.models import CellVersion, Edition
from spatial import crs
from spatial.coverage import inspect, repair
from spatial.errors import BrokenCoverage
from spatial.partition import is_partition
from spatial.postgis.convert import to_geos, to_shapely
from tests.cells.draft_town import a_draft, a_draft_of
from tests.spatial.town import a_town

NONE = {"gaps": 0, "overlaps": 0, "invalid": 0, "outside_parent": 0}


def squares(columns, rows, side=100.0):
    return [
        shapely.box(530_000 + side * i, 3_380_000 + side * j, 530_000 + side * (i + 1), 3_380_000 + side * (j + 1))
        for j in range(rows) for i in range(columns)
    ]  # fmt: skip


def check(capsys, *arguments):
    capsys.readouterr()
    call_command("check_coverage", *map(str, arguments), "--json")
    return json.loads(capsys.readouterr().out)


def counts(found):
    return {name: found[name] for name in NONE}


@pytest.mark.django_db
def test_a_divided_town_is_clean_at_every_level(capsys):
    a_draft_of(a_town(size_m=1000.0, seed=2))
    divide_cells(jobs=1)
    found = check(capsys)
    assert counts(found) == NONE
    assert list(found["levels"]) == ["city", "district", "town", "community", "grid", "cell"]
    assert {round(level["area_m2"], 3) for level in found["levels"].values()} == {found["area_m2"]}
    assert found["places"] == []


@pytest.mark.django_db
def test_faults_of_cells_are_counted_and_placed(capsys):
    a_draft([shapely.box(530_000, 3_380_000, 530_300, 3_380_300)])
    divide_cells(jobs=1)
    edition = Edition.objects.in_force()
    middle = next(
        v
        for v in CellVersion.objects.of_edition(edition)
        if v.shape.contains(to_geos(shapely.Point(530_150, 3_380_150)))
    )
    shape = to_shapely(middle.shape)
    middle.shape = to_geos(
        shapely.transform(shape, lambda c: c + np.array([0.002, 0.0]))
    )  # two millimetres to the east
    middle.save()
    found = check(capsys, "--level", "cell")
    assert found["overlaps"] >= 1
    assert found["gaps"] >= 1
    assert found["outside_parent"] == 0
    x0, _, x1, _ = shape.bounds
    west = crs.from_city([[x0, 3_380_150]], srid=4547)[0]
    east = crs.from_city([[x1, 3_380_150]], srid=4547)[0]
    gap = next(p for p in found["places"] if p["kind"] == "gap")
    overlap = next(p for p in found["places"] if p["kind"] == "overlap")
    assert gap["lon"] == pytest.approx(west[0], abs=1e-6)
    assert overlap["lon"] == pytest.approx(east[0], abs=1e-6)
    assert middle.cell.code in overlap["of"]
    middle.shape = to_geos(shapely.transform(shape, lambda c: c + np.array([400.0, 0.0])))
    middle.save()
    found = check(capsys, "--level", "cell")
    assert found["outside_parent"] == 1
    assert found["gaps"] == 1
    assert found["places"][0]["area_m2"] == pytest.approx(shape.area)


def test_each_kind_of_fault_by_hand():
    cells = squares(4, 3)
    whole = shapely.union_all(cells)
    assert inspect(cells, parents=[whole], parent_of=[0] * 12).findings == []
    bow_tie = shapely.Polygon([(530_000, 3_380_000), (530_100, 3_380_100), (530_100, 3_380_000), (530_000, 3_380_100)])
    assert [f.kind for f in inspect([bow_tie, *cells[1:]]).findings if f.kind == "invalid"] == ["invalid"]
    doubled = inspect([*cells, cells[0]]).findings
    assert [(f.kind, f.area_m2, f.owners) for f in doubled] == [("overlap", 10_000.0, (0, 12))]
    (missing,) = inspect(cells[:-1], parents=[whole], parent_of=[0] * 11).findings
    assert (missing.kind, missing.area_m2) == ("gap", 10_000.0)
    moved = [*cells[:-1], shapely.transform(cells[-1], lambda c: c + np.array([0, 30.0]))]
    kinds = {f.kind: f for f in inspect(moved, parents=[whole], parent_of=[0] * 12).findings}
    assert kinds["outside_parent"].area_m2 == pytest.approx(3000)
    assert kinds["gap"].area_m2 == pytest.approx(3000)


def test_the_tip_of_a_notch_at_the_rim_is_no_gap():
    east = shapely.Polygon([(0, 0), (100, 0), (100, 100), (20, 100)])
    west = shapely.Polygon([(0, 0), (0, 100), (-100, 100), (-100, 0)])
    assert inspect([east, west]).findings == []


def test_slits_and_overlaps_are_mended_within_the_tolerance():
    cells = squares(3, 1)
    cells[0] = shapely.box(530_000, 3_380_000, 530_099.6, 3_380_100)  # a slit of 0.4 m
    cells[1] = shapely.box(530_100, 3_380_000, 530_200.3, 3_380_100)  # an overlap of 0.3 m
    mended, left = repair(cells, 0.5)
    assert left == []
    parts = shapely.get_parts(mended)
    assert is_partition(parts, shapely.coverage_union_all(parts))
    assert shapely.area(mended).sum() == pytest.approx(30_000)
    with pytest.raises(BrokenCoverage, match=r"1 overlaps are wider than 0\.1 m"):
        repair(cells, 0.1)
    cells[1] = shapely.box(530_100, 3_380_000, 530_200, 3_380_100)
    _, left = repair(cells, 0.1)
    assert [(f.kind, round(f.area_m2, 6)) for f in left] == [("gap", 40.0)]


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_a_file_is_checked_and_repaired(tmp_path, capsys, suffix):
    cells = squares(3, 1)
    cells[0] = shapely.box(530_000, 3_380_000, 530_099.6, 3_380_100)
    lonlat = crs.geometries_from_city(cells, srid=4547)
    source, out = tmp_path / "areas.geojson", tmp_path / f"out.{suffix}"
    table = geopandas.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=lonlat, crs=4326)
    table.to_file(source, COORDINATE_PRECISION=10)
    found = check(capsys, source, "--label", "name")
    assert counts(found) == {**NONE, "gaps": 1}
    assert found["places"][0]["of"] == ["a", "b"]
    assert found["places"][0]["width_m"] == pytest.approx(0.4, abs=0.01)
    assert counts(check(capsys, source, "--repair", "0.5", "--out", out)) == NONE
    assert geopandas.read_file(out)["name"].tolist() == ["a", "b", "c"]


@pytest.mark.django_db
def test_the_draft_is_repaired_and_then_divides(capsys):
    west, east = (
        shapely.box(530_000, 3_380_000, 530_400.2, 3_380_400),
        shapely.box(530_400, 3_380_000, 530_800, 3_380_400),
    )
    a_draft([west, east])
    assert check(capsys, "--draft", "--level", "community")["overlaps"] == 1
    assert counts(check(capsys, "--level", "community", "--repair", "0.5"))["overlaps"] == 0
    divide_cells(jobs=1)
    assert counts(check(capsys)) == NONE


@pytest.mark.django_db
def test_what_cannot_be_checked_is_said_plainly(tmp_path):
    with pytest.raises(CommandError, match="No edition of the grids is in force"):
        call_command("check_coverage")
    with pytest.raises(CommandError, match="does not exist"):
        call_command("check_coverage", tmp_path / "nowhere.geojson")
    a_draft(squares(2, 1))
    with pytest.raises(CommandError, match="Say which level"):
        call_command("check_coverage", "--repair", "1")
    with pytest.raises(CommandError, match="are made, not imported"):
        call_command("check_coverage", "--level", "cell", "--repair", "1")
