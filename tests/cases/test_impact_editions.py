"""The impact of a plan across editions, its table and its command, and how much it asks of the database."""

from __future__ import annotations

import json

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.utils.translation import override

from cases.impact import impact, impact_csv
from cases.models import Case
from cells import editions
from cells.models import CellVersion, Component, Plan
from cells.plans import open_plan, working_cells
from spatial.postgis.convert import to_geos
from tests.cases.impact_desk import LATER, case, component, seen
from tests.cells.planning_desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return Desk()


def next_edition(desk):
    """An edition in which the border between the first two cells runs 50 m further east; open things go along."""
    draft = editions.open_draft()
    for column in (0, 1):
        version = CellVersion.objects.get(cell=desk.city.cell(column, 0), until=None)
        CellVersion.objects.filter(pk=version.pk).update(until=draft)
        x, top = desk.city.metres(column, 0, east=0.5 * column, south=0)
        wide = 150.0 - 100.0 * column
        version.pk, version.since, version.shape = None, draft, to_geos(shapely.box(x, top - 100, x + wide, top))
        version.area_m2 = wide * 100
        version.perimeter_m = 2 * wide + 200
        version.save(force_insert=True)
    editions.publish()  # components are snapped anew
    between = Case.objects.open().filter(cell=desk.city.cell(1, 0))
    between.update(cell=desk.city.cell(0, 0))


def test_a_closed_case_on_ground_that_changed_since_is_counted_where_it_lies(desk):
    """It keeps the cell in which it happened; an edition later that ground is another cell's."""
    made = case(desk, 1, 0, east=0.2, stage="closed")
    case(desk, 1, 0, east=0.2)
    next_edition(desk)
    desk.plan = open_plan(title="from the next edition")
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    _, rows = seen(desk)
    assert Case.objects.get(pk=made.pk).cell == desk.city.cell(1, 0)
    west, east = rows[desk.grid(0, 0, 1)], rows[desk.grid(0, 0, 2)]
    assert (west.before.closed_30d, west.before.open_cases) == (1, 1)
    assert (west.after.closed_30d, west.after.open_cases) == (0, 0)
    assert (east.after.closed_30d, east.after.open_cases) == (1, 1)


def test_a_plan_from_an_edition_that_is_not_in_force_any_more_counts_on_the_ground_of_its_own(desk):
    component(desk, 1, 0, east=0.2)
    case(desk, 1, 0, east=0.2)
    case(desk, 1, 0, east=0.2, stage="closed")
    desk.do("paint", cells=[desk.key(1, 0)], grid=desk.grid(0, 0, 2))
    next_edition(desk)
    assert Component.objects.get().cell == desk.city.cell(0, 0)
    _, rows = seen(desk)
    for figures in (rows[desk.grid(0, 0, 1)].before, rows[desk.grid(0, 0, 2)].after):
        assert (figures.components, figures.open_cases, figures.closed_30d) == (1, 1, 1)
    assert rows[desk.grid(0, 0, 1)].after.components == 0


def test_the_number_of_queries_does_not_grow_with_the_plan(desk, django_assert_max_num_queries):
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    desk.plan = Plan.objects.select_related("base").get(pk=desk.plan.pk)
    with django_assert_max_num_queries(11):
        impact(desk.plan, at=LATER)
    desk.do("merge", cells=[desk.key(3, 0), desk.key(4, 0)])
    desk.do("paint", cells=[desk.key(c, r) for c in range(3) for r in range(2)], grid=desk.grid(0, 2, 1), across=True)
    component(desk, 4, 0)
    with django_assert_max_num_queries(14):
        impact(desk.plan, at=LATER)


def test_the_table_for_export_is_in_the_readers_language(desk):
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="Square", cells=[desk.key(1, 0)])
    found, _ = seen(desk)
    with override("en"):
        heads, *lines = impact_csv(found)
    assert heads[:7] == ["code", "name", "community", "level", "unit cells · before", "unit cells · after",
                         "unit cells · difference"]  # fmt: skip
    assert len(heads) == 4 + 3 * 11
    assert {len(line) for line in lines} == {len(heads)}
    assert [line[:7] for line in lines] == [
        ["990101001001", "community 1", "community 1", "community", 6, 6, 0],
        ["990101001001-01", "grid -01", "community 1", "third-level grid", 4, 2, -2],
        ["990101001001-02", "grid -02", "community 1", "third-level grid", 2, 3, 1],
        ["new", "Square", "community 1", "third-level grid", "", 1, 1],
        ["", "communities together", "", "", 6, 6, 0],
    ]
    with override("zh-hans"):
        assert list(impact_csv(found))[1][1] == "社区1"


def test_the_command_prints_what_the_page_gets(desk, capsys):
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    call_command("impact", str(desk.plan.pk), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(impact(Plan.objects.get(pk=desk.plan.pk)).as_data()))
    assert (told["plan"], told["revision"], told["base"]) == (desk.plan.pk, 1, desk.city.edition.number)
    call_command("impact", str(desk.plan.pk))
    shown = capsys.readouterr().out
    assert "990101001001-01" in shown
    assert "4 → 3" in shown
    assert "1 cells change hands" in shown
    with pytest.raises(CommandError, match="North side"):
        call_command("impact", "999999")


def test_nothing_is_written(desk):
    desk.do("paint", cells=[desk.key(0, 0)], grid=desk.grid(0, 0, 2))
    before = working_cells(desk.plan).grids.tolist()
    impact(desk.plan)
    assert working_cells(desk.plan).grids.tolist() == before
    assert Plan.objects.get(pk=desk.plan.pk).revision == 1
