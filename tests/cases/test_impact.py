"""What a plan would do, on square cities whose figures are computed by hand.

The desk's city has cells of 100 m in communities of 3 × 2; each has a western grid of 2 × 2 cells and an eastern one of
1 × 2.
"""

from __future__ import annotations

import datetime as dt
from math import pi

import pytest

from cases.impact import loads
from cases.models import Case
from cells.models import CellVersion, GridVersion, Posting, Rule
from spatial import crs as reference
from tests.cases.impact_desk import LATER, case, component, seen
from tests.cases.makers import NOON, a_case, a_component
from tests.cells.planning_desk import Desk
from tests.makers import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return Desk()


def test_a_plan_that_changes_nothing_has_an_empty_impact(desk):
    found, rows = seen(desk)
    assert rows == {}
    assert found.as_data()["totals"]["after"]["cells"] == 0
    assert (found.cells_changing_hands, found.people, found.load_after_max) == (0, (), 0.0)
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    assert len(seen(desk)[1]) == 3
    desk.undo()
    assert seen(desk)[1] == {}


def test_two_painted_cells_take_their_ground_and_components_to_the_other_grid(desk):
    west, east, community = desk.grid(0, 0, 1), desk.grid(0, 0, 2), desk.city.community(0, 0).pk
    for column, row in ((0, 0), (1, 0), (1, 1), (1, 1), (2, 1)):
        component(desk, column, row)
    desk.do("paint", cells=[desk.key(1, 0), desk.key(1, 1)], grid=east)
    found, rows = seen(desk)
    assert set(rows) == {west, east, community}
    before, after = rows[west].before, rows[west].after
    # 200 × 200 m, then 100 × 200 m: 4π·40000/800² and 4π·20000/600².
    assert (before.cells, before.area_m2, before.components) == (4, 40_000, 4)
    assert (after.cells, after.area_m2, after.components) == (2, 20_000, 1)
    assert before.compactness == pytest.approx(4 * pi * 40_000 / 800**2)
    assert after.compactness == pytest.approx(4 * pi * 20_000 / 600**2)
    before, after = rows[east].before, rows[east].after
    assert (before.cells, before.components, before.parts) == (2, 1, 1)
    assert (after.cells, after.components, after.parts) == (4, 4, 1)
    # No cases: 0.05 minutes a component and one a hectare.
    assert before.load_minutes_per_day == pytest.approx(1 * 0.05 + 2)
    assert after.load_minutes_per_day == pytest.approx(4 * 0.05 + 4)
    assert rows[community].before == rows[community].after
    assert rows[community].after.area_m2 == 60_000
    assert found.cells_changing_hands == 2
    assert (found.load_before_max, found.load_after_max) == (pytest.approx(4.2), pytest.approx(4.2))
    # Totals: the community once, its two grids' shapes weighed by their area.
    assert (found.after.cells, found.after.components, found.after.parts) == (6, 5, 2)
    assert found.before.compactness == pytest.approx((2 * pi / 4 + 4 * pi * 20_000 / 600**2) / 3)


def test_the_load_of_a_grid_is_shrunk_towards_its_community(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    for column, row in ((0, 0), (0, 0), (1, 1), (2, 0)):
        case(desk, column, row)
    case(desk, 3, 0)  # of another community: no matter
    desk.do("paint", cells=[desk.key(0, 0)], grid=east)
    _, rows = seen(desk)
    # 4 reports in 40 days on 6 ha; 30 days of that are 4 · 30 / 40 / 6 = 0.5 reports a hectare; 70 days in all.
    assert rows[west].before.load_minutes_per_day == pytest.approx((3 + 4 * 0.5) / 70 * 45 + 4)
    assert rows[east].before.load_minutes_per_day == pytest.approx((1 + 2 * 0.5) / 70 * 45 + 2)
    assert rows[west].after.load_minutes_per_day == pytest.approx((1 + 3 * 0.5) / 70 * 45 + 3)
    assert rows[east].after.load_minutes_per_day == pytest.approx((3 + 3 * 0.5) / 70 * 45 + 3)
    community = rows[desk.city.community(0, 0).pk]
    assert community.after.load_minutes_per_day == pytest.approx(4 / 40 * 45 + 6)
    assert community.after.open_cases == 4


def test_loads_of_cells_add_up_to_those_of_their_grids(desk):
    case(desk, 0, 0)
    component(desk, 1, 0)
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    _, rows = seen(desk)
    keys = [desk.key(column, row) for column in range(3) for row in range(2)]
    of = loads(desk.plan, [*keys, 10**9], at=LATER)
    assert sorted(of) == sorted(keys)
    # One report on 6 ha in 40 days: 30 days of it are 0.125 a hectare.
    assert of[desk.key(0, 0)] == pytest.approx((1 + 0.125) / 70 * 45 + 1)
    assert of[desk.key(1, 0)] == pytest.approx(0.125 / 70 * 45 + 0.05 + 1)
    east = [desk.key(2, 0), desk.key(2, 1), desk.key(0, 0)]
    assert sum(of[k] for k in east) == pytest.approx(rows[desk.grid(0, 0, 2)].after.load_minutes_per_day)
    far = desk.key(5, 3)  # in a community that the plan does not touch
    assert loads(desk.plan, [far], at=LATER) == {far: pytest.approx(1.0)}


def test_closed_cases_are_counted_by_when_they_were_closed(desk):
    long_ago = NOON - dt.timedelta(days=400)
    for stage, days_ago in (("closed", 10), ("closed", 29), ("closed", 31), ("closed", 366), ("void", 10)):
        case(desk, 0, 0, stage=stage, at=long_ago, ended=LATER - dt.timedelta(days=days_ago))
    for stage in ("filed", "dispatched", "handled"):
        case(desk, 0, 0, stage=stage)
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    _, rows = seen(desk)
    figures = rows[desk.grid(0, 0, 2)].after
    assert (figures.open_cases, figures.closed_30d, figures.closed_365d) == (3, 2, 3)
    assert rows[desk.grid(0, 0, 1)].after.open_cases == 0


def test_a_split_cell_shares_its_components_and_the_border_is_the_old_cells(desk):
    for east in (0.25, 0.75, 0.5):
        component(desk, 0, 0, east=east)
    case(desk, 0, 0, east=0.5)
    north, south = desk.at(0, 0, east=0.5, south=-0.1), desk.at(0, 0, east=0.5, south=1.1)
    (born,) = desk.do("split", cells=[desk.key(0, 0)], line=[north, south]).added
    desk.do("paint", cells=[born], grid=desk.grid(0, 0, 2))
    _, rows = seen(desk)
    was, west, east = rows[desk.grid(0, 0, 1)].before, rows[desk.grid(0, 0, 1)].after, rows[desk.grid(0, 0, 2)].after
    assert (was.cells, was.components, was.open_cases) == (4, 3, 1)
    # The one on the line and the case there stay with the old cell: it has a code, the born one comes after it.
    assert (west.cells, west.components, west.open_cases) == (4, 2, 1)
    assert (east.cells, east.components, east.open_cases) == (3, 1, 0)
    assert (was.cells_out_of_range, west.cells_out_of_range, east.cells_out_of_range) == (0, 1, 1)  # 5,000 m²
    old = loads(desk.plan, [desk.key(0, 0), born], at=LATER)
    assert old[desk.key(0, 0)] - old[born] == pytest.approx(0.05 + 45 / 70)


def test_merged_cells_have_what_both_had(desk):
    component(desk, 1, 0)
    component(desk, 2, 0)
    component(desk, 2, 0)
    desk.do("merge", cells=[desk.key(1, 0), desk.key(2, 0)], into=desk.key(1, 0))
    found, rows = seen(desk)
    west, east = rows[desk.grid(0, 0, 1)], rows[desk.grid(0, 0, 2)]
    assert (west.before.cells, west.before.components) == (4, 1)
    assert (west.after.cells, west.after.components, west.after.area_m2) == (4, 3, 50_000)
    assert west.after.cells_out_of_range == 1  # 20,000 m²
    assert (east.after.cells, east.after.components) == (1, 0)
    community = rows[desk.city.community(0, 0).pk]
    assert (community.before.cells, community.after.cells) == (6, 5)
    assert found.cells_changing_hands == 2


def test_a_moved_border_takes_along_what_lies_between(desk):
    component(desk, 2, 0, east=0.1)
    component(desk, 2, 0, east=0.9)
    component(desk, 1, 0, east=0.9)
    border = desk.border(desk.key(1, 0), desk.key(2, 0))
    # A wedge of 100 m by 40 m into the eastern cell: 2,000 m².
    desk.do("move_border", arc=border.arc, line=[border.line[0], desk.at(2, 0, east=0.4), border.line[-1]])
    _, rows = seen(desk)
    west, east = rows[desk.grid(0, 0, 1)], rows[desk.grid(0, 0, 2)]
    assert (west.before.components, west.after.components) == (1, 2)
    assert (east.before.components, east.after.components) == (2, 1)
    assert west.after.area_m2 == pytest.approx(42_000, abs=0.2)
    assert east.after.area_m2 == pytest.approx(18_000, abs=0.2)
    assert (west.after.cells_out_of_range, east.after.cells_out_of_range) == (1, 1)


def test_a_grid_born_in_the_plan_has_no_before_and_nobody(desk):
    community = desk.city.community(0, 0).pk
    desk.do("new_grid", community=community, name_en="Square", name_zh="广场", cells=[desk.key(0, 0), desk.key(1, 1)])
    found, rows = seen(desk)
    born = rows[-1]
    assert born.before is None
    assert (born.after.cells, born.after.parts, born.after.people) == (2, 2, 0)  # they meet at a corner only
    data = next(row for row in found.as_data()["grids"] if row["key"] == -1)
    assert (data["code"], data["name_en"], data["before"], data["level"]) == ("", "Square", None, "grid")
    assert (data["community"], data["community_code"]) == (community, desk.city.community_code(0, 0))
    assert rows[desk.grid(0, 0, 1)].after.parts == 2
    assert [row.key for row in found.grids] == [community, desk.grid(0, 0, 1), -1]


def test_the_officer_of_a_grid_that_ends_loses_it(desk):
    west, east, far = desk.grid(0, 0, 1), desk.grid(0, 0, 2), desk.grid(3, 2, 1)
    day = NOON.date()
    li, wang, zhao = (a_person("officer", username=name).person for name in ("li", "wang", "zhao"))
    for person, grid in ((li, west), (li, east), (wang, west), (wang, far), (zhao, far)):
        Posting.objects.create(person=person, grid_id=grid, since=day)
    Posting.objects.create(person=zhao, grid_id=east, since=day - dt.timedelta(days=9), until=day)
    desk.do("paint", cells=[desk.key(2, 0), desk.key(2, 1)], grid=west)
    found, rows = seen(desk)
    assert rows[east].after is None
    assert (rows[east].before.people, rows[west].before.people, rows[west].after.people) == (1, 2, 2)
    community = rows[desk.city.community(0, 0).pk]
    assert (community.before.people, community.after.people) == (2, 2)
    code = f"{desk.city.community_code(0, 0)}-02"
    assert [(p.person, p.loses, p.grids_before, p.grids_after, p.within_rule) for p in found.people] == [
        (li.pk, (code,), 2, 1, False),
        (wang.pk, (), 2, 2, True),
    ]
    told = found.as_data()["people"][0]
    assert (told["id"], told["name_en"], told["gains"], told["loses"]) == (li.pk, "li", [], [code])


def test_open_cases_painted_across_get_another_owner_and_their_clock_runs_on(desk):
    for stage in ("dispatched", "filed", "closed", "void"):
        case(desk, 3, 0, stage=stage)
    case(desk, 4, 0, stage="dispatched")  # stays where it is
    desk.do("paint", cells=[desk.key(3, 0)], grid=desk.grid(0, 0, 2), across=True)
    found, rows = seen(desk)
    assert (found.cases_changing_owner, found.deadlines_touched, found.cells_changing_hands) == (2, 1, 1)
    here, there = rows[desk.city.community(0, 0).pk], rows[desk.city.community(3, 0).pk]
    assert (here.before.open_cases, here.after.open_cases, here.after.cells) == (0, 2, 7)
    assert (there.before.open_cases, there.after.open_cases, there.after.cells) == (3, 1, 5)
    assert found.before.cells == found.after.cells == 12


def test_a_case_given_away_by_hand_does_not_come_back_with_the_ground(desk):
    case(desk, 3, 0, east=0.1, stage="dispatched", owner=desk.city.community(3, 2))
    case(desk, 3, 1, stage="dispatched", owner=desk.city.community(3, 2))
    case(desk, 3, 1, stage="dispatched")
    border = desk.border(desk.key(2, 0), desk.key(3, 0))
    line = [border.line[0], desk.at(3, 0, east=0.4), border.line[-1]]
    desk.do("move_border", arc=border.arc, line=line, across=True)
    desk.do("paint", cells=[desk.key(3, 1)], grid=desk.grid(0, 0, 2), across=True)
    found, rows = seen(desk)
    assert (found.cases_changing_owner, found.deadlines_touched) == (1, 1)
    assert rows[desk.grid(0, 0, 2)].after.open_cases == 3


def test_a_case_on_ground_that_moves_across_communities_is_counted_once(desk):
    case(desk, 3, 0, east=0.1, stage="dispatched")
    border = desk.border(desk.key(2, 0), desk.key(3, 0))
    line = [border.line[0], desk.at(3, 0, east=0.4), border.line[-1]]
    desk.do("move_border", arc=border.arc, line=line, across=True)
    found, rows = seen(desk)
    assert (found.cases_changing_owner, found.deadlines_touched) == (1, 1)
    assert rows[desk.grid(0, 0, 2)].after.open_cases == 1
    assert rows[desk.grid(3, 0, 1)].after.open_cases == 0


def test_what_lies_on_a_corner_may_go_to_a_cell_that_does_not_change(desk):
    """Where four communities meet, the merged cell's corner goes to the eastern neighbour: it has the smallest code."""
    x, y = desk.city.metres(3, 2, east=0, south=0)
    a_component(x, y, cell=desk.city.cell(2, 1))
    a_case(lon=x, lat=y, crs=reference.CITY, at=NOON)
    assert Case.objects.get().owner == desk.city.community(2, 1)
    desk.do("merge", cells=[desk.key(2, 1), desk.key(2, 2)], into=desk.key(2, 2), across=True)
    found, rows = seen(desk)
    here, there = rows[desk.city.community(2, 1).pk], rows[desk.city.community(2, 2).pk]
    assert (here.before.components, here.after.components) == (1, 0)
    assert (there.before.components, there.after.components) == (0, 0)
    assert (here.before.open_cases, here.after.open_cases, there.after.open_cases) == (1, 0, 0)
    assert found.cases_changing_owner == 1
    assert desk.city.community(3, 1).pk not in rows


def test_only_core_areas_are_held_to_the_limits_once_the_city_is_graded(desk):
    Rule.objects.filter(pk="cell_area_most_m2").update(value=9999)
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    community = desk.city.community(0, 0)

    def out():
        return seen(desk)[1][community.pk].after.cells_out_of_range

    assert out() == 6  # nothing is graded: every cell counts
    GridVersion.objects.filter(grid=desk.city.community(3, 0)).update(management_grade="1")
    assert out() == 0  # another community is core, this one is not graded
    GridVersion.objects.filter(grid=community).update(management_grade="outer")
    assert out() == 0
    CellVersion.objects.filter(cell=desk.city.cell(0, 0)).update(management_grade="1")
    assert out() == 1  # a cell's own grade comes first
    GridVersion.objects.filter(grid=community).update(management_grade="2")
    assert out() == 6
