"""Plans: every kind of edit, what it answers and what it refuses."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.contrib.gis.geos import LineString
from django.utils.translation import override

from cells.models import CellVersion, Plan, PlanCell, Street
from cells.plans import (
    EditRefused,
    apply,
    borders,
    redo,
    working_cells,
)
from tests.cells.planning_desk import Desk
from tests.makers import a_street

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return Desk()


# --- painting -----------------------------------------------------------------------------------------------------


def test_painted_cells_are_in_the_other_grid_and_the_edition_knows_nothing_of_it(desk):
    east = desk.grid(0, 0, 2)
    done = desk.do("paint", cells=[desk.key(0, 0), desk.key(1, 0)], grid=east)
    assert set(done.changed) == {desk.key(0, 0), desk.key(1, 0)}
    assert (done.added, done.removed, done.revision) == ((), (), 1)
    assert working_cells(desk.plan, keys=[desk.key(0, 0)]).grids.tolist() == [east]
    assert CellVersion.objects.get(cell=desk.city.cell(0, 0)).grid_id == desk.grid(0, 0, 1)
    assert CellVersion.objects.count() == 24


def test_a_cell_of_another_community_is_painted_only_when_that_is_meant(desk):
    near, far, grid = desk.key(0, 0), desk.key(3, 0), desk.grid(0, 0, 2)
    refusal = desk.refused("paint", cells=[near, far], grid=grid)
    assert refusal.reason == "crosses_community"
    assert refusal.cells == (far,)
    assert refusal.nearest_cells == (near,)
    assert refusal.place == pytest.approx(desk.at(3, 0), abs=1e-9)
    assert desk.city.community_code(0, 0) in str(refusal)
    desk.do("paint", cells=[near, far], grid=grid, across=True)
    assert working_cells(desk.plan, keys=[far]).communities.tolist() == [desk.city.community(0, 0).pk]


def test_a_new_grid_takes_cells_and_vanishes_when_undone(desk):
    done = desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="Square", cells=[desk.key(0, 0)])
    assert done.grids == (-1,)
    assert working_cells(desk.plan, keys=[desk.key(0, 0)]).grids.tolist() == [-1]
    assert str(desk.plan.grids.get()) == "Square"
    desk.undo()
    assert not desk.plan.grids.exists()
    desk.revision = redo(desk.plan, revision=desk.revision).revision
    assert desk.plan.grids.get().key == -1


def test_a_locked_grid_changes_neither_by_paint_nor_by_shape_but_may_receive_a_vertex(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    desk.do("lock", grids=[east])
    held = desk.key(2, 0)
    assert desk.refused("paint", cells=[desk.key(0, 0)], grid=east).reason == "locked"
    assert desk.refused("paint", cells=[desk.key(0, 0), held], grid=west).reason == "locked"
    line = [desk.at(2, 0, south=-0.2), desk.at(2, 0, south=1.2)]
    refusal = desk.refused("split", cells=[held], line=line)
    assert refusal.reason == "locked"
    assert refusal.cells == (held,)
    # A border that ends on the locked cell leaves a vertex there, and no other trace.
    across = [desk.at(1, 0, east=-0.2, south=0.4), desk.at(1, 0, east=1.2, south=0.4)]
    done = desk.do("split", cells=[desk.key(1, 0)], line=across)
    assert held in done.vertex_only
    assert desk.areas()[held] == 10_000
    desk.do("unlock", grids=[east])
    desk.do("split", cells=[held], line=line)


def test_what_is_no_grid_or_no_cell_is_refused(desk):
    community = desk.city.community(0, 0).pk
    assert desk.refused("paint", cells=[desk.key(0, 0)], grid=community).reason == "unknown_grid"
    assert desk.refused("paint", cells=[desk.key(0, 0)], grid=-5).reason == "unknown_grid"
    assert desk.refused("paint", cells=[10**9], grid=desk.grid(0, 0, 1)).reason == "unknown_cell"
    assert desk.refused("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 1)).reason == "nothing_changes"
    assert desk.refused("new_grid", community=desk.grid(0, 0, 1)).reason == "unknown_community"


# --- shaping ------------------------------------------------------------------------------------------------------


def test_a_split_cell_has_a_born_half_of_the_same_grid_and_its_neighbours_a_vertex(desk):
    key = desk.key(1, 1)
    done = desk.do("split", cells=[key], line=[desk.at(1, 1, south=-0.1), desk.at(1, 1, south=1.1)])
    assert done.added == (-1,)
    assert set(done.changed) == {key, desk.key(1, 0), desk.key(1, 2)}
    assert set(done.vertex_only) == {desk.key(1, 0), desk.key(1, 2)}
    assert (desk.areas()[key], desk.areas()[-1]) == (5_000, 5_000)
    born = PlanCell.objects.get(plan=desk.plan, key=-1)
    assert (born.cell_id, born.origin, born.grid_key) == (None, [key], desk.grid(1, 1, 1))
    assert (born.area_m2, born.perimeter_m) == (5_000, 300)


def test_a_community_is_split_as_a_whole(desk):
    middle = [desk.at(0, 0, east=-0.1), desk.at(2, 0, east=1.1)]
    done = desk.do("split", community=desk.city.community(0, 0).pk, line=middle)
    assert done.added == (-3, -2, -1)
    assert [desk.areas()[k] for k in done.added] == [5_000] * 3


def test_merged_cells_retire_into_one_that_remembers_them(desk):
    one, other = desk.key(0, 0), desk.key(1, 0)
    done = desk.do("merge", cells=[one, other], into=other)
    assert (done.changed, done.removed) == ((other,), (one,))
    assert desk.areas()[other] == 20_000
    assert working_cells(desk.plan, keys=[one]).keys.tolist() == []
    assert PlanCell.objects.get(plan=desk.plan, key=other).origin == [one]
    assert PlanCell.objects.get(plan=desk.plan, key=one).retired
    # Half of it cut off again comes from both.
    desk.do("split", cells=[other], line=[desk.at(0, 0, east=1, south=-0.1), desk.at(0, 0, east=1, south=1.1)])
    assert PlanCell.objects.get(plan=desk.plan, key=-1).origin == [one, other]


def test_cells_apart_are_not_merged_and_those_that_hang_together_are_offered(desk):
    near = (desk.key(0, 0), desk.key(1, 0))
    refusal = desk.refused("merge", cells=[*near, desk.key(1, 3)], across=True)
    assert refusal.reason == "not_contiguous"
    assert set(refusal.nearest_cells) == set(near)


def test_a_moved_border_moves_both_sides(desk):
    west, east = desk.key(0, 0), desk.key(1, 0)
    border = desk.border(west, east)
    # 10 m out at its middle: a triangle of 100 × 10 / 2.
    bent = [border.line[0], desk.at(1, 0, east=0.1), border.line[-1]]
    done = desk.do("move_border", arc=border.arc, line=bent)
    assert set(done.changed) == {west, east}
    assert (desk.areas()[west], desk.areas()[east]) == (10_500, 9_500)
    desk.do("straighten", arc=border.arc, ends="pinned")
    assert (desk.areas()[west], desk.areas()[east]) == (10_000, 10_000)


def test_a_border_moved_with_its_ends_takes_the_neighbours_at_the_corners_along(desk):
    border = desk.border(desk.key(0, 1), desk.key(1, 1))
    moved = [desk.at(1, 1, east=0.1, south=s) for s in (0, 1)]
    # Its southern end lies between communities: that needs a word.
    assert desk.refused("move_border", arc=border.arc, line=moved, ends="moved").reason == "crosses_community"
    done = desk.do("move_border", arc=border.arc, line=moved, ends="moved", across=True)
    corners = {desk.key(c, r) for c in (0, 1) for r in (0, 1, 2)}
    assert set(done.changed) == corners
    assert sum(desk.areas().values()) == 240_000
    assert desk.areas()[desk.key(0, 1)] == 11_000
    assert desk.areas()[desk.key(0, 0)] == 10_500


def test_a_moved_corner_moves_for_all_four_cells_and_a_wrong_place_is_told_the_nearest(desk):
    corner = desk.at(1, 0, east=0, south=1)
    wrong = desk.refused("move_vertex", at=desk.at(1, 0, east=0.04, south=1), to=desk.at(1, 0))
    assert wrong.reason == "no_vertex"
    assert wrong.nearest["coordinates"] == pytest.approx(corner, abs=1e-9)
    done = desk.do("move_vertex", at=wrong.nearest["coordinates"], to=desk.at(1, 0, east=0.1, south=0.9))
    assert len(done.changed) == 4
    assert sum(desk.areas().values()) == 240_000


def test_a_border_between_communities_or_at_the_edge_of_the_city_stays(desk):
    between = desk.border(desk.key(2, 0), desk.key(3, 0))
    assert not between.movable
    assert desk.refused("straighten", arc=between.arc).reason == "crosses_community"
    outside = next(b for b in borders(desk.plan, keys=[desk.key(0, 0)]) if b.other == 0)
    line = [outside.line[0], desk.at(0, 0), outside.line[-1]]
    assert desk.refused("move_border", arc=outside.arc, line=line).reason == "outline_fixed"


def test_a_border_sent_back_as_it_was_shown_is_the_same_to_the_millimetre(desk):
    desk.do("move_vertex", at=desk.at(1, 0, east=0, south=1), to=desk.at(1, 0, east=0.0137, south=0.9871))
    for border in borders(desk.plan, keys=[desk.key(1, 0)]):
        if border.movable:
            assert desk.refused("move_border", arc=border.arc, line=border.line).reason == "nothing_changes"


def test_a_border_is_drawn_anew_and_laid_along_a_street(desk):
    west, east = desk.key(0, 0), desk.key(1, 0)
    way = [desk.at(1, 0, east=0.2, south=s) for s in (-0.1, 1.1)]
    desk.do("redraw_border", one=west, other=east, line=way)
    assert (desk.areas()[west], desk.areas()[east]) == (12_000, 8_000)
    xy = [desk.city.metres(0, 0, east=0.9, south=s) for s in (-0.5, 1.5)]
    street = Street.objects.create(street_class=3, shape=LineString(*xy, srid=settings.CITY_SRID))
    desk.do("straighten", arc=desk.border(west, east).arc, street=street.pk)
    assert (desk.areas()[west], desk.areas()[east]) == (9_000, 11_000)


def test_a_pasted_outline_is_the_border_and_one_over_the_line_is_offered_cut(desk):
    ring = [desk.at(0, 0, east=e, south=s) for e, s in ((0.2, 0.2), (0.2, 0.8), (0.8, 0.8), (0.8, 0.2), (0.2, 0.2))]
    done = desk.do("paste", outline={"type": "Polygon", "coordinates": [ring]})
    assert done.added == (-1,)
    assert (desk.areas()[-1], desk.areas()[desk.key(0, 0)]) == (3_600, 6_400)
    wide = [desk.at(2, 0, east=e, south=s) for e, s in ((0.5, 0.2), (1.5, 0.2), (1.5, 0.8), (0.5, 0.8), (0.5, 0.2))]
    refusal = desk.refused("paste", outline={"type": "Polygon", "coordinates": [wide]})
    assert refusal.reason == "crosses_community"
    done = desk.do("paste", outline=refusal.nearest)
    assert [desk.areas()[k] for k in done.added] == [3_000]


def test_streets_cut_cells_but_not_where_they_are_borders_already(desk):
    a_street(desk.city, 1)  # along the border between the rows
    assert desk.refused("split_by_streets", cells=[desk.key(0, 0), desk.key(0, 1)]).reason == "no_streets"
    xy = [desk.city.metres(0, 0, east=-0.5), desk.city.metres(2, 0, east=1.5)]
    Street.objects.create(street_class=4, shape=LineString(*xy, srid=settings.CITY_SRID))
    community = desk.city.community(0, 0).pk
    assert desk.refused("split_by_streets", community=community).reason == "no_streets"  # a compound road
    done = desk.do("split_by_streets", community=community, classes=[1, 2, 3, 4])
    assert [desk.areas()[k] for k in done.added] == [5_000] * 3


def test_a_community_is_divided_anew_with_other_parameters_and_keeps_what_it_can(desk):
    community = desk.city.community(0, 0).pk
    desk.do("lock", grids=[desk.grid(0, 0, 2)])
    before = desk.areas()
    done = desk.do("redivide", community=community, target_m2=20_000)
    after = desk.areas()
    west = [k for k in after if k < 0 or k in {desk.key(c, r) for c in (0, 1) for r in (0, 1)}]
    assert sum(after[k] for k in west) == 40_000
    assert len(west) == 2
    assert len(done.removed) >= 2
    assert {k: after[k] for k in after if k not in west} == {
        k: before[k] for k in before if k in after and k not in west
    }
    assert sum(after.values()) == 240_000


def test_ground_divided_anew_stays_in_its_community(desk):
    refusal = desk.refused("redivide", cells=[desk.key(2, 0), desk.key(3, 0)], target_m2=20_000)
    assert refusal.reason == "crosses_community"
    assert refusal.cells == (desk.key(3, 0),)


def test_a_refusal_is_told_in_the_readers_language(desk):
    refusal = desk.refused("paint", cells=[desk.key(0, 0)], grid=-5)
    with override("en"):
        assert refusal.translated == str(refusal) == "There is no third-level grid -5 in this plan."


# --- what comes through the door ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "intent", "reason"),
    [
        ("burn", {}, "bad_intent"),
        ("split", None, "bad_intent"),
        ("split", {"cells": []}, "bad_intent"),
        ("split", {"cells": ["1"]}, "bad_intent"),
        ("split", {"cells": [2**63]}, "bad_intent"),
        ("move_border", {"arc": "1:2", "line": [[0, 0], [1, 1]]}, "bad_intent"),
        ("paste", {"outline": {"type": "Point", "coordinates": [0, 0]}}, "bad_intent"),
        ("paste", {"outline": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}, "bad_intent"),
        ("move_vertex", {"at": [114, float("nan")], "to": [114, 34]}, "bad_coordinate"),
        ("move_vertex", {"at": [34, 114], "to": [34, 114]}, "bad_coordinate"),
        ("new_grid", {"community": 1, "name_zh": "\x00"}, "unknown_community"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(desk, kind, intent, reason):
    with pytest.raises(EditRefused) as caught:
        apply(desk.plan, kind, intent, revision=0)
    assert caught.value.reason == reason
    assert len(str(caught.value)) > 20
    assert Plan.objects.get(pk=desk.plan.pk).revision == 0


def test_a_line_at_the_other_end_of_the_world_is_refused_with_the_distance(desk):
    refusal = desk.refused("split", cells=[desk.key(0, 0)], line=[[179.9, -10.0], [-179.9, 10.0]])
    assert refusal.reason == "far_away"
    json.dumps({"place": refusal.place}, allow_nan=False)
