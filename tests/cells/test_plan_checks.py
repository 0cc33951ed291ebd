"""Checks of a plan on the ground: each is found where it was planted, at its place, and nowhere else."""

from __future__ import annotations

import pytest
import shapely
from django.utils import translation

from cells.models import CellVersion, Grid, GridVersion, PlanCell, PlanCheck, Rule
from cells.plans import findings, working_cells
from cells.plans.checks import CHECKS
from cells.plans.checks.tiling import UNMATCHED
from spatial.postgis.convert import to_geos, to_shapely
from tests.cells.planning_desk import Desk
from tests.makers import a_building

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return Desk()


def found(desk, check):
    """The findings of one check by their subject."""
    return {f.subject: f for f in findings(desk.plan) if f.check == check}


def only_near(finding, desk, column, row, within=0.0006):
    """Whether a finding is shown in a cell (100 m are 0.0009 to 0.0011 degrees here)."""
    lon, lat = desk.at(column, row)
    return abs(finding.place[0] - lon) <= within and abs(finding.place[1] - lat) <= within


def rewrite(desk, key, change):
    """Write another polygon for a cell behind the back of every edit."""
    row = PlanCell.objects.get(plan=desk.plan, key=key)
    shape = change(to_shapely(row.shape))
    row.shape, row.area_m2 = to_geos(shape), shape.area
    row.save()


def touched(desk, column, row):
    """Let the plan touch a cell: moved to the other grid of its community and back."""
    key = desk.key(column, row)
    other = next(h for h in (1, 2) if (column % 3 < 2) == (h == 2))
    desk.do("paint", cells=[key], grid=desk.grid(column, row, other))
    desk.do("paint", cells=[key], grid=desk.grid(column, row, 3 - other))
    return key


def halved(desk, column, row):
    """Split a cell in a western and an eastern half; the key of the born one."""
    line = [desk.at(column, row, south=-0.1), desk.at(column, row, south=1.1)]
    return desk.do("split", cells=[desk.key(column, row)], line=line).added[0]


# --- the table ----------------------------------------------------------------------------------------------------


def test_every_kind_of_check_has_its_function_and_every_function_its_kind(db):
    assert set(PlanCheck.objects.values_list("pk", flat=True)) == set(CHECKS)


def test_a_plan_that_changes_nothing_has_no_findings(desk):
    assert findings(desk.plan) == []
    touched(desk, 1, 1)
    assert findings(desk.plan) == []


def test_gravity_comes_from_the_table_and_a_check_set_to_off_is_not_run(desk):
    halved(desk, 1, 1)
    assert {f.severity for f in found(desk, "area_out_of_range").values()} == {"warning"}
    PlanCheck.objects.filter(pk="area_out_of_range").update(severity="error")
    assert {f.severity for f in found(desk, "area_out_of_range").values()} == {"error"}
    PlanCheck.objects.filter(pk="area_out_of_range").update(severity="off")
    assert found(desk, "area_out_of_range") == {}


def test_findings_are_plain_data_in_the_readers_language(desk):
    halved(desk, 1, 1)
    with translation.override("zh-hans"):
        data = next(f for f in findings(desk.plan) if f.check == "area_out_of_range").as_data()
    assert set(data) == {"check", "name", "severity", "subject", "sentence", "place", "cells", "remark"}
    assert data["name"] == "单元面积超出范围"
    assert "5,000" in data["sentence"]
    assert data["remark"] is None


def test_checks_ask_no_more_queries_for_many_cells_than_for_few(django_assert_max_num_queries):
    desk = Desk("20x20", "10x10")
    halved(desk, 4, 4)
    with django_assert_max_num_queries(26):
        few = findings(desk.plan)
    for row in range(10, 18):
        for column in (2, 5, 8, 12, 15):
            halved(desk, column, row)
    with django_assert_max_num_queries(26):
        assert len(findings(desk.plan)) > len(few)


# --- gap and overlap ----------------------------------------------------------------------------------------------


def test_edits_leave_neither_gap_nor_overlap(desk):
    halved(desk, 1, 1)
    border = desk.border(desk.key(3, 1), desk.key(4, 1))
    desk.do("move_border", arc=border.arc, line=[border.line[0], desk.at(4, 1, east=0.13), border.line[-1]])
    desk.do("merge", cells=[desk.key(0, 2), desk.key(0, 3)])
    assert found(desk, "gap") == found(desk, "overlap") == {}


@pytest.mark.parametrize("metres", [40.0, 0.01])
def test_a_cell_written_too_small_leaves_a_gap_at_its_place(desk, metres):
    born = halved(desk, 1, 1)
    rewrite(desk, born, lambda s: shapely.box(s.bounds[0], s.bounds[1], s.bounds[2], s.bounds[3] - metres))
    (gap,) = found(desk, "gap").values()
    assert gap.severity == "error"
    assert float(gap.values["area"].replace(",", "")) == pytest.approx(50 * metres)
    assert born in gap.cells
    assert only_near(gap, desk, 1, 1)
    assert found(desk, "overlap") == {}


def test_a_cell_that_is_simply_gone_leaves_a_gap(desk):
    born = halved(desk, 4, 2)
    PlanCell.objects.get(plan=desk.plan, key=born).delete()
    (gap,) = found(desk, "gap").values()
    assert gap.values["area"] == "5,000.0"
    assert only_near(gap, desk, 4, 2)


def test_a_cell_written_too_large_overlaps_the_cells_it_runs_into(desk):
    born = halved(desk, 1, 1)  # whichever half it is, it grows north into row 0
    rewrite(desk, born, lambda s: shapely.box(s.bounds[0], s.bounds[1], s.bounds[2], s.bounds[3] + 10))
    (overlap,) = found(desk, "overlap").values()
    assert overlap.values["area"] == "500.0"
    assert set(overlap.cells) == {born, desk.key(1, 0)}
    assert only_near(overlap, desk, 1, 0)
    assert found(desk, "gap") == {}


def test_a_corner_that_the_neighbour_lacks_is_found_though_no_ground_is_lost(desk):
    born = halved(desk, 1, 1)
    assert found(desk, "gap") == {}
    PlanCell.objects.filter(plan=desk.plan, key=desk.key(1, 0)).delete()  # it had received the corner of the split
    apart = found(desk, "gap")
    assert {f.sentence for f in apart.values()} == {UNMATCHED}
    assert f"cell:{born}" in apart


# --- grids --------------------------------------------------------------------------------------------------------


def test_a_grid_in_two_parts_is_an_error_shown_in_its_smaller_part():
    desk = Desk("6x4", "6x4")  # western grid: columns 0 to 2
    desk.do("paint", cells=[desk.key(5, 3)], grid=desk.grid(0, 0, 1))
    (finding,) = found(desk, "grid_not_contiguous").values()
    assert finding.severity == "error"
    assert finding.subject == f"grid:{desk.grid(0, 0, 1)}"
    assert finding.values["parts"] == 2
    assert finding.cells == (desk.key(5, 3),)
    assert only_near(finding, desk, 5, 3)
    desk.undo()
    desk.do("paint", cells=[desk.key(3, 3)], grid=desk.grid(0, 0, 1))
    assert found(desk, "grid_not_contiguous") == {}


def test_cells_that_meet_in_a_corner_only_are_two_parts():
    desk = Desk("6x4", "6x4")
    desk.do("new_grid", community=desk.city.community(0, 0).pk, cells=[desk.key(1, 1), desk.key(2, 2)])
    assert [f.values["parts"] for f in found(desk, "grid_not_contiguous").values()] == [2]


def test_a_grid_that_was_in_parts_before_is_not_held_against_the_plan():
    desk = Desk("6x4", "6x4")
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    CellVersion.objects.filter(cell=desk.key(5, 0)).update(grid=west)  # so it was published
    desk.do("paint", cells=[desk.key(2, 3)], grid=east)
    assert found(desk, "grid_not_contiguous") == {}
    desk.do("paint", cells=[desk.key(5, 3)], grid=west)
    assert [f.values["parts"] for f in found(desk, "grid_not_contiguous").values()] == [3]


def test_a_grid_round_another_has_a_hole():
    desk = Desk("6x4", "6x4")
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="Island", cells=[desk.key(1, 1)])
    (finding,) = found(desk, "grid_has_hole").values()
    assert finding.subject == f"grid:{desk.grid(0, 0, 1)}"
    assert finding.values["area"] == "10,000"
    assert finding.cells == (desk.key(1, 1),)
    assert only_near(finding, desk, 1, 1)
    desk.do("paint", cells=[desk.key(1, 0)], grid=-1)
    assert found(desk, "grid_has_hole") == {}


def test_a_grid_of_one_long_row_is_not_compact():
    desk = Desk("24x2", "24x2")
    row = [desk.key(c, 0) for c in range(24)]
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="Row", cells=row)
    # 2,400 m × 100 m: 4π · 240,000 / 5,000² = 0.1206; the two that are left have 12 × 1 cells: 0.2230
    (finding,) = found(desk, "grid_not_compact").values()
    assert (finding.subject, finding.values["value"], finding.values["grid"]) == ("grid:-1", "0.12", "Row")
    Rule.objects.filter(pk="grid_compactness_least").update(value=0.1)
    assert found(desk, "grid_not_compact") == {}
    Rule.objects.filter(pk="grid_compactness_least").update(value=0.25)
    assert len(found(desk, "grid_not_compact")) == 3


def test_a_grid_without_cells_ends_and_a_new_one_without_cells_is_not_made(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    desk.do("paint", cells=[desk.key(2, 0), desk.key(2, 1)], grid=west)
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="Empty")
    both = found(desk, "grid_without_cells")
    assert set(both) == {f"grid:{east}", "grid:-1"}
    assert both[f"grid:{east}"].values["cells"] == 2
    assert both[f"grid:{east}"].place is not None
    assert both["grid:-1"].place is None
    assert "Empty" in str(both["grid:-1"])


def test_a_community_that_loses_all_its_cells_is_an_error(desk):
    cells = [desk.key(c, r) for c in range(3) for r in range(2)]
    desk.do("paint", cells=cells, grid=desk.grid(3, 0, 1), across=True)
    (finding,) = found(desk, "community_without_cells").values()
    assert (finding.severity, finding.subject) == ("error", f"community:{desk.city.community(0, 0).pk}")
    assert finding.cells == tuple(sorted(cells))
    assert len(found(desk, "grid_without_cells")) == 2  # its grids
    desk.undo()
    desk.do("paint", cells=cells[1:], grid=desk.grid(3, 0, 1), across=True)
    assert found(desk, "community_without_cells") == {}


# --- communities and districts ------------------------------------------------------------------------------------


def test_a_border_moved_over_the_line_of_a_community_leaves_a_cell_across_it(desk):
    border = desk.border(desk.key(2, 0), desk.key(3, 0))
    bent = [border.line[0], desk.at(3, 0, east=0.2), border.line[-1]]
    desk.do("move_border", arc=border.arc, line=bent, across=True)
    (finding,) = found(desk, "crosses_community").values()
    assert finding.severity == "error"
    assert finding.subject == f"cell:{desk.key(2, 0)}"
    assert finding.values["area"] == "1,000.0"  # a triangle of 100 m by 20 m
    assert only_near(finding, desk, 3, 0)
    assert found(desk, "community_changes") == {}


def test_cells_painted_across_change_their_community_but_lie_across_no_line(desk):
    here, there = desk.city.community(0, 0), desk.city.community(3, 0)
    moved = [desk.key(2, 0), desk.key(2, 1)]
    desk.do("paint", cells=moved, grid=desk.grid(3, 0, 1), across=True)
    (finding,) = found(desk, "community_changes").values()
    assert finding.severity == "warning"
    assert finding.cells == tuple(moved)
    assert (finding.values["count"], finding.values["one"], finding.values["other"]) == (2, here.code, there.code)
    assert found(desk, "crosses_community") == found(desk, "crosses_district") == {}
    halved(desk, 2, 0)  # cut after, it is the same ground
    border = desk.border(desk.key(2, 1), desk.key(3, 1))
    desk.do("move_border", arc=border.arc, line=[border.line[0], desk.at(3, 1, east=0.2), border.line[-1]])
    assert found(desk, "crosses_community") == {}
    assert sum(len(f.cells) for f in found(desk, "community_changes").values()) == 3


def test_a_cell_merged_across_changes_its_community_whole(desk):
    desk.do("merge", cells=[desk.key(2, 0), desk.key(3, 0)], into=desk.key(2, 0), across=True)
    (finding,) = found(desk, "community_changes").values()
    assert finding.cells == (desk.key(2, 0),)
    assert finding.values["area"] == "10,000"
    assert only_near(finding, desk, 3, 0)
    assert found(desk, "crosses_community") == {}


def test_a_cell_that_reaches_out_of_the_city_is_found(desk):
    born = halved(desk, 1, 0)
    rewrite(desk, born, lambda s: shapely.box(s.bounds[0], s.bounds[1], s.bounds[2], s.bounds[3] + 4))
    (finding,) = found(desk, "crosses_community").values()
    assert finding.values["area"] == "200.0"


def test_ground_that_goes_to_another_district_is_an_error(desk):
    second = GridVersion.objects.get(grid__level="district", until=None)
    other = Grid.objects.create(level_id="district", code="990102")
    towns = GridVersion.objects.filter(grid__level="town", grid__code="990101002")
    second.pk, second.grid = None, other
    second._state.adding = True
    second.save()
    towns.update(parent=other)  # the southern town, rows 2 and 3, lies in another district
    desk.do("paint", cells=[desk.key(2, 1)], grid=desk.grid(3, 1, 1), across=True)
    assert found(desk, "crosses_district") == {}
    desk.do("paint", cells=[desk.key(0, 1)], grid=desk.grid(0, 2, 1), across=True)
    (finding,) = found(desk, "crosses_district").values()
    assert finding.severity == "error"
    assert finding.subject == "district:990101>990102"
    assert finding.cells == (desk.key(0, 1),)
    assert only_near(finding, desk, 0, 1)


# --- buildings and areas ------------------------------------------------------------------------------------------


def test_a_new_border_through_a_building_is_found_with_what_it_cuts_off(desk):
    inside, aside = a_building(desk.city, 1, 1, side_m=20), a_building(desk.city, 4, 1, side_m=20)
    halved(desk, 1, 1)
    halved(desk, 4, 2)
    (finding,) = found(desk, "cuts_building").values()
    assert finding.subject == f"building:{inside.pk}"
    assert finding.values == {"area": "200.0", "whole": "400"}
    assert set(finding.cells) == {desk.key(1, 1), -1}
    assert only_near(finding, desk, 1, 1)
    Rule.objects.filter(pk="building_cut_least_m2").update(value=201)
    assert found(desk, "cuts_building") == {}
    assert aside.pk != inside.pk


def test_a_building_that_was_cut_before_is_not_held_against_the_plan(desk):
    building = a_building(desk.city, 2, 1, side_m=20)
    shape = shapely.affinity.translate(to_shapely(building.shape), 50)  # half of it in column 3
    building.shape = to_geos(shape)
    building.save()
    halved(desk, 2, 1)  # at its middle, 40 m away
    assert found(desk, "cuts_building") == {}
    line = [desk.at(2, 1, east=0.95, south=-0.1), desk.at(2, 1, east=0.95, south=1.1)]  # cuts the half in two
    east = max((k for k in (desk.key(2, 1), -1)), key=lambda k: _east(desk, k))
    desk.do("split", cells=[east], line=line)
    assert found(desk, "cuts_building")[f"building:{building.pk}"].values["area"] == "200.0"  # 5 + 5 + 10 m


def _east(desk, key):
    return working_cells(desk.plan, keys=[key]).shapes[0].bounds[2]


def test_areas_are_told_where_they_are_new_and_out_of_range(desk):
    born = halved(desk, 1, 1)
    small = found(desk, "area_out_of_range")
    assert set(small) == {f"cell:{desk.key(1, 1)}", f"cell:{born}"}  # not the neighbours with a new corner
    assert small[f"cell:{born}"].values["area"] == "5,000"
    assert "9,000 is the least" in str(small[f"cell:{born}"])
    Rule.objects.filter(pk="cell_area_least_m2").update(value=5000)
    assert found(desk, "area_out_of_range") == {}
    desk.do("merge", cells=[desk.key(3, 0), desk.key(4, 0)])
    (large,) = found(desk, "area_out_of_range").values()
    assert "20,000 m²; 11,000 is the most" in str(large)


def test_painting_touches_no_area(desk):
    Rule.objects.filter(pk="cell_area_least_m2").update(value=20_000)
    desk.do("paint", cells=[desk.key(1, 1)], grid=desk.grid(1, 1, 2))
    assert found(desk, "area_out_of_range") == {}
