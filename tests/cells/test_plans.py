"""Plans: every kind of edit, what it answers, what it refuses, and that everything can be taken back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import LineString
from django.db import connection

from cells.models import CellVersion, Grid, Plan, PlanCell, PlanEdit, PlanStep, Street
from cells.plans import (
    EditRefused,
    PlanClosed,
    StaleEdit,
    apply,
    borders,
    cells_in,
    changes,
    features,
    flood,
    open_plan,
    redo,
    undo,
    working_cells,
)
from spatial.crs import from_city
from tests.makers import a_city, a_street

pytestmark = pytest.mark.django_db


class Desk:
    """A planner at work: a plan of a city of 6 × 4 cells of 100 m, in communities of 3 × 2."""

    def __init__(self, cells="6x4", community="3x2"):
        self.city = a_city(cells, community=community)
        self.plan = open_plan(title="North side")
        self.revision = 0

    def key(self, column, row):
        return self.city.cell(column, row).pk

    def at(self, column, row, *, east=0.5, south=0.5):
        return list(self.city.lonlat(column, row, east=east, south=south))

    def grid(self, column, row, half):
        return Grid.objects.get(code=f"{self.city.community_code(column, row)}-{half:02d}").pk

    def do(self, kind, by=None, **intent):
        done = apply(self.plan, kind, intent, revision=self.revision, by=by)
        self.revision = done.revision
        return done

    def undo(self):
        done = undo(self.plan, revision=self.revision)
        self.revision = done.revision
        return done

    def refused(self, kind, **intent):
        with pytest.raises(EditRefused) as caught:
            apply(self.plan, kind, intent, revision=self.revision)
        assert str(caught.value)
        return caught.value

    def border(self, one, other):
        return next(b for b in borders(self.plan, keys=[one]) if {b.one, b.other} == {one, other})

    def areas(self):
        cells = working_cells(self.plan)
        return dict(zip(cells.keys.tolist(), [round(s.area, 3) for s in cells.shapes], strict=True))


@pytest.fixture
def desk(db):
    return Desk()


def state_of(plan):
    """All that a plan says of its cells, to the last byte."""
    cells = working_cells(plan)
    return [
        (int(k), c, int(m), int(g), w)
        for k, c, m, g, w in zip(
            cells.keys, cells.codes, cells.communities, cells.grids, shapely.to_wkb(cells.shapes), strict=True
        )
    ]


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


# --- taking back --------------------------------------------------------------------------------------------------


def test_undo_and_redo_give_back_every_state_byte_for_byte_without_limit(desk):
    states = [state_of(desk.plan)]
    k = desk.key(1, 1)
    steps = (
        ("split", {"cells": [k], "line": [desk.at(1, 1, south=-0.1), desk.at(1, 1, south=1.1)]}),
        ("merge", {"cells": [desk.key(0, 0), desk.key(1, 0)]}),
        ("paint", {"cells": [-1, k], "grid": desk.grid(0, 0, 2)}),
        ("move_vertex", {"at": desk.at(2, 1, east=0, south=0), "to": desk.at(2, 1, east=0.1, south=0.1)}),
        ("redivide", {"community": desk.city.community(3, 0).pk, "target_m2": 6_000}),
        ("merge", {"cells": [-1, k], "into": -1}),
    )
    for kind, intent in steps:
        desk.do(kind, **intent)
        states.append(state_of(desk.plan))
    plan = Plan.objects.get(pk=desk.plan.pk)  # another day, another browser
    for expected in states[-2::-1]:
        desk.undo()
        assert state_of(plan) == expected
    assert not PlanCell.objects.filter(plan=plan).exists()
    for expected in states[1:]:
        done = redo(plan, revision=desk.revision)
        desk.revision = done.revision
        assert state_of(plan) == expected
    assert not done.can_redo


def test_nothing_more_to_undo_or_redo_is_said(desk):
    with pytest.raises(EditRefused, match="nothing to undo"):
        undo(desk.plan)
    with pytest.raises(EditRefused, match="nothing to redo"):
        redo(desk.plan)


def test_a_new_edit_ends_what_could_be_redone(desk):
    desk.do("merge", cells=[desk.key(0, 0), desk.key(1, 0)])
    assert desk.undo().can_redo
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    with pytest.raises(EditRefused):
        redo(desk.plan, revision=desk.revision)
    assert PlanEdit.objects.filter(plan=desk.plan).count() == 1
    assert PlanStep.objects.filter(plan=desk.plan).count() == 3


def test_keys_of_born_cells_are_not_given_twice(desk):
    line = [desk.at(1, 1, south=-0.1), desk.at(1, 1, south=1.1)]
    desk.do("split", cells=[desk.key(1, 1)], line=line)
    desk.undo()
    assert desk.do("split", cells=[desk.key(1, 1)], line=line).added == (-2,)


# --- two planners -------------------------------------------------------------------------------------------------


def test_a_stale_edit_is_refused_with_what_changed_and_by_whom(desk):
    ann = get_user_model().objects.create_user("ann")
    one, other = desk.key(0, 0), desk.key(1, 0)
    apply(desk.plan, "merge", {"cells": [one, other]}, revision=0, by=ann)
    undo(desk.plan, revision=1, by=ann)
    apply(desk.plan, "paint", {"cells": [desk.key(0, 1)], "grid": desk.grid(0, 0, 2)}, revision=2, by=ann)
    with pytest.raises(StaleEdit, match="3 cells were changed since by ann") as caught:
        apply(desk.plan, "paint", {"cells": [one], "grid": desk.grid(0, 0, 2)}, revision=1)
    assert [(s.revision, s.verb, s.kind, s.by) for s in caught.value.steps] == [
        (2, "undo", "merge", "ann"),
        (3, "do", "paint", "ann"),
    ]
    assert set(caught.value.keys) == {one, other, desk.key(0, 1)}


def test_a_plan_that_is_sent_is_not_drawn_any_more(desk):
    Plan.objects.filter(pk=desk.plan.pk).update(state=Plan.State.SENT)
    with pytest.raises(PlanClosed, match="It is sent"):
        desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    with pytest.raises(PlanClosed):
        undo(desk.plan)


@pytest.mark.django_db(transaction=True)
def test_of_edits_made_at_the_same_time_for_one_revision_one_is_made():
    desk = Desk()
    keys, grid = [desk.key(0, 0), desk.key(1, 0), desk.key(0, 1), desk.key(1, 1)], desk.grid(0, 0, 2)

    def paint(key):
        try:
            apply(desk.plan, "paint", {"cells": [key], "grid": grid}, revision=0)
        except StaleEdit:
            return "stale"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(paint, keys))
    assert answers == ["done", "stale", "stale", "stale"]
    assert PlanCell.objects.filter(plan=desk.plan).count() == 1
    assert Plan.objects.get(pk=desk.plan.pk).revision == 1


def test_a_copy_goes_on_from_where_the_other_plan_is(desk):
    desk.do("split", cells=[desk.key(1, 1)], line=[desk.at(1, 1, south=-0.1), desk.at(1, 1, south=1.1)])
    copy = open_plan(title="Another way", copy_of=desk.plan)
    assert state_of(copy) == state_of(desk.plan)
    apply(copy, "merge", {"cells": [desk.key(1, 1), -1]}, revision=0)
    assert -1 in desk.areas()
    assert -1 not in working_cells(copy).keys


# --- seeing and choosing ------------------------------------------------------------------------------------------


def test_changes_are_told_beside_the_edition_and_what_is_back_as_it_was_is_none(desk):
    split, painted = desk.key(1, 1), desk.key(0, 0)
    desk.do("split", cells=[split], line=[desk.at(1, 1, south=-0.1), desk.at(1, 1, south=1.1)])
    desk.do("paint", cells=[painted, desk.key(0, 1)], grid=desk.grid(0, 0, 2))
    desk.do("paint", cells=[desk.key(0, 1)], grid=desk.grid(0, 0, 1))
    desk.do("merge", cells=[desk.key(4, 2), desk.key(5, 2)])
    found = {d.key: d for d in changes(desk.plan)}
    retired = max(desk.key(4, 2), desk.key(5, 2))
    assert desk.key(0, 1) not in found
    assert found[-1].born
    assert found[-1].origin == (split,)
    assert found[retired].retired
    assert (found[painted].grid_before, found[painted].grid_after) == (desk.grid(0, 0, 1), desk.grid(0, 0, 2))
    assert not found[painted].moved
    assert found[painted].changes_hands
    assert found[desk.key(1, 0)].vertex_only
    assert not found[desk.key(1, 0)].changes_hands
    assert found[split].moved


def test_flooding_stops_at_a_street_and_at_the_community(desk):
    upper = {desk.key(c, 0) for c in range(3)}
    lower = {desk.key(c, 1) for c in range(3)}
    assert set(flood(desk.plan, desk.key(0, 0))) == upper | lower
    a_street(desk.city, 1)
    assert set(flood(desk.plan, desk.key(0, 0))) == upper
    assert set(flood(desk.plan, desk.key(0, 0), barriers="water")) == upper | lower


def test_a_lasso_and_a_street_take_cells(desk):
    ring = [desk.at(0, 0, east=e, south=s) for e, s in ((0.1, 0.1), (1.9, 0.1), (1.9, 1.4), (0.1, 1.4), (0.1, 0.1))]
    lasso = {"type": "Polygon", "coordinates": [ring]}
    assert set(cells_in(desk.plan, lasso)) == {desk.key(c, 0) for c in (0, 1)}
    assert set(cells_in(desk.plan, lasso, rule="touch")) == {desk.key(c, r) for c in (0, 1) for r in (0, 1)}
    street = {"type": "LineString", "coordinates": [desk.at(0, 1, south=0), desk.at(2, 1, south=0)]}
    assert set(cells_in(desk.plan, street)) == {desk.key(c, r) for c in (0, 1, 2) for r in (0, 1)}


def test_cells_go_to_the_browser_exact_enough_to_come_back(desk):
    desk.do("move_vertex", at=desk.at(1, 0, east=0, south=1), to=desk.at(1, 0, east=0.01371, south=0.98713))
    cells = working_cells(desk.plan)
    data = json.loads(json.dumps(features(cells)))
    assert [f["id"] for f in data["features"]] == cells.keys.tolist()
    for feature, shape in zip(data["features"], cells.shapes, strict=True):
        lonlat = from_city(shapely.get_coordinates(shape), srid=settings.CITY_SRID)
        sent = feature["geometry"]["coordinates"][0]
        assert abs(lonlat - sent).max() < 1e-9  # a tenth of a millimetre


def test_an_edit_asks_no_more_of_a_large_city_than_of_a_small_one(django_assert_max_num_queries):
    desk = Desk("20x20", "10x10")
    border = desk.border(desk.key(4, 4), desk.key(5, 4))
    bent = [border.line[0], desk.at(5, 4, east=0.1), border.line[-1]]
    with django_assert_max_num_queries(12):
        desk.do("move_border", arc=border.arc, line=bent)
    assert len(working_cells(desk.plan, box=_box(desk, 5, 4))) == 9


def _box(desk, column, row):
    west, north = desk.city.metres(column, row, east=-0.001, south=-0.001)
    east, south = desk.city.metres(column, row, east=1.001, south=1.001)
    return west, south, east, north


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
