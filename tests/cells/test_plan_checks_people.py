"""Checks of a plan on paper: codes, people posted, and the words that explain a warning."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone, translation

from cells.models import Cell, Grid, GridVersion, Level, Plan, PlanCell, PlanCheck, PlanRemark, Posting, Rule
from cells.plans import CannotRemark, CannotSettle, approve, findings, hindrances, remark, send, take_back
from tests.cells.planning_desk import Desk
from tests.cells.test_plan_checks import found, halved, only_near
from tests.makers import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    with translation.override("en"):  # sentences are looked at
        yield Desk()


def say(desk, finding, words="As agreed with the town.", by=None):
    return remark(desk.plan, check=finding.check, subject=finding.subject, words=words, by=by)


# --- codes --------------------------------------------------------------------------------------------------------


def test_serials_that_run_out_stop_the_plan(desk):
    here = desk.city.community(0, 0)
    Cell.objects.create(code=f"{here.code}998")  # retired long ago: its serial is not given again
    halved(desk, 1, 1)
    assert found(desk, "code_missing") == {}
    born = halved(desk, 0, 0)
    (finding,) = found(desk, "code_missing").values()
    assert finding.severity == "error"
    assert finding.subject == f"cells of:{here.pk}"
    assert (finding.values["free"], finding.values["needed"]) == (1, 2)
    assert born in finding.cells
    desk.undo()
    desk.do("paint", cells=[desk.key(3, 0)], grid=desk.grid(0, 0, 2), across=True)  # needs a code as well
    assert len(found(desk, "code_missing")) == 1


def test_numbers_of_third_level_grids_run_out_too(desk):
    here = desk.city.community(0, 0)
    Grid.objects.create(level_id=Level.GRID, code=f"{here.code}-99")
    desk.do("new_grid", community=here.pk, name_en="North")
    assert found(desk, "code_missing") == {}  # without cells it is not made
    desk.do("paint", cells=[desk.key(0, 0)], grid=-1)
    assert set(found(desk, "code_missing")) == {f"grids of:{here.pk}"}


def test_a_code_that_two_cells_have_is_an_error(desk):
    halved(desk, 1, 1)
    assert found(desk, "code_duplicate") == {}
    twin = Cell.objects.get(pk=desk.key(0, 0))
    PlanCell.objects.filter(plan=desk.plan, key=-1).update(cell=twin)
    (finding,) = found(desk, "code_duplicate").values()
    assert finding.severity == "error"
    assert finding.values == {"count": 2, "code": twin.code}
    assert set(finding.cells) == {-1, twin.pk}


def test_a_cell_or_grid_that_had_ended_is_not_used_again(desk):
    halved(desk, 1, 1)
    desk.do("paint", cells=[-1], grid=desk.grid(0, 0, 2))
    assert found(desk, "code_reused") == {}
    old = Cell.objects.create(code=f"{desk.city.community_code(0, 0)}077")
    PlanCell.objects.filter(plan=desk.plan, key=-1).update(key=old.pk, cell=old)
    (finding,) = found(desk, "code_reused").values()
    assert (finding.severity, finding.subject) == ("error", f"cell:{old.pk}")
    assert only_near(finding, desk, 1, 1)
    gone = Grid.objects.create(level_id=Level.GRID, code=f"{desk.city.community_code(0, 0)}-77")
    PlanCell.objects.filter(plan=desk.plan, key=old.pk).update(grid_key=gone.pk)
    assert set(found(desk, "code_reused")) == {f"cell:{old.pk}", f"grid:{gone.pk}"}


def test_a_new_cell_in_the_north_west_gets_a_serial_out_of_order(desk):
    born = halved(desk, 0, 0)
    (finding,) = found(desk, "serial_out_of_order").values()
    assert finding.subject == f"community:{desk.city.community(0, 0).pk}"
    assert finding.cells == (born,)
    assert only_near(finding, desk, 0, 0)


def test_a_new_cell_at_the_south_eastern_end_is_in_order(desk):
    line = [desk.at(2, 1, east=0.7, south=-0.1), desk.at(2, 1, east=0.7, south=1.1)]
    desk.do("split", cells=[desk.key(2, 1)], line=line)
    assert desk.areas()[-1] == 3000.0  # the smaller, eastern part is the new one
    assert found(desk, "serial_out_of_order") == {}


def test_order_that_was_bad_before_and_cells_that_only_move_are_not_held_against_the_plan(desk):
    one, other = Cell.objects.get(pk=desk.key(0, 0)), Cell.objects.get(pk=desk.key(2, 1))
    codes = one.code, other.code
    Cell.objects.filter(pk=one.pk).update(code="x")
    Cell.objects.filter(pk=other.pk).update(code=codes[0])
    Cell.objects.filter(pk=one.pk).update(code=codes[1])
    desk.do("move_vertex", at=desk.at(1, 1, east=0, south=0), to=desk.at(1, 1, east=0.1, south=0.1))
    desk.do("merge", cells=[desk.key(1, 1), desk.key(0, 1)])
    assert found(desk, "serial_out_of_order") == {}


# --- people -------------------------------------------------------------------------------------------------------


def posted(desk, name, *grids, since="2026-01-01", until=None):
    person = a_person("officer", username=name).person
    for grid in grids:
        Posting.objects.create(person=person, grid_id=grid, since=since, until=until)
    return person


def test_a_touched_grid_without_a_person_is_named_and_others_are_not(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    posted(desk, "ann", west)
    desk.do("paint", cells=[desk.key(1, 0)], grid=east)
    assert set(found(desk, "grid_without_person")) == {f"grid:{east}"}
    posted(desk, "bob", east, until="2026-02-01")  # no more
    assert set(found(desk, "grid_without_person")) == {f"grid:{east}"}
    posted(desk, "eve", east)
    assert found(desk, "grid_without_person") == {}
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_en="North", cells=[desk.key(0, 0)])
    (finding,) = found(desk, "grid_without_person").values()
    assert (finding.subject, finding.values["grid"]) == ("grid:-1", "North")
    assert only_near(finding, desk, 0, 0)


def test_who_is_posted_is_asked_for_the_day_the_plan_takes_effect(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    later = timezone.localdate() + dt.timedelta(days=20)
    posted(desk, "ann", west, east, since=later)
    desk.do("paint", cells=[desk.key(1, 0)], grid=east)
    assert len(found(desk, "grid_without_person")) == 2
    desk.plan.effective_at = timezone.now() + dt.timedelta(days=30)
    assert found(desk, "grid_without_person") == {}


def test_an_officer_who_loses_a_grid_may_have_too_few(desk):
    west, east, far = desk.grid(0, 0, 1), desk.grid(0, 0, 2), desk.grid(3, 0, 1)
    ann = posted(desk, "ann", west, east)
    posted(desk, "bob", far)  # one grid only, but the plan does not touch it
    desk.do("paint", cells=[desk.key(1, 0)], grid=east)
    assert found(desk, "officer_too_few_grids") == {}
    desk.do("paint", cells=[desk.key(2, 0), desk.key(2, 1), desk.key(1, 0)], grid=west)
    (finding,) = found(desk, "officer_too_few_grids").values()
    assert finding.subject == f"person:{ann.pk}"
    assert (finding.values["person"], finding.values["count"], finding.values["least"]) == ("ann", 1, 2)
    Rule.objects.filter(pk="officer_grids_least").update(value=1)
    assert found(desk, "officer_too_few_grids") == {}


def test_an_officer_with_four_grids_has_too_many(desk):
    grids = [desk.grid(c, 0, half) for c in (0, 3) for half in (1, 2)]
    ann = posted(desk, "ann", *grids)
    desk.do("paint", cells=[desk.key(1, 0)], grid=desk.grid(0, 0, 2))
    (finding,) = found(desk, "officer_too_many_grids").values()
    assert finding.subject == f"person:{ann.pk}"
    assert finding.values["count"] == 4
    desk.do("paint", cells=[desk.key(2, 0), desk.key(2, 1), desk.key(1, 0)], grid=desk.grid(0, 0, 1))  # one ends
    assert found(desk, "officer_too_many_grids") == {}


# --- remarks and hindrances ---------------------------------------------------------------------------------------


def test_a_warning_hinders_until_it_is_explained_and_the_words_stay_with_the_plan(desk):
    ann = get_user_model().objects.create_user("ann")
    halved(desk, 1, 1)
    all_of_them = findings(desk.plan)
    assert len(hindrances(desk.plan)) == len(all_of_them) > 3
    assert "A word of explanation is missing" in hindrances(desk.plan)[0]
    for finding in all_of_them:
        assert say(desk, finding, by=ann) == 1
    assert hindrances(desk.plan) == []
    assert {f.remark for f in findings(desk.plan)} == {"As agreed with the town."}
    say(desk, all_of_them[0], "Better words.", by=ann)
    assert PlanRemark.objects.filter(plan=desk.plan).count() == len(all_of_them)
    assert findings(desk.plan)[0].remark == "Better words."
    desk.do("paint", cells=[desk.key(1, 0)], grid=desk.grid(0, 0, 2))
    assert findings(desk.plan)[0].remark == "Better words."


def test_all_warnings_of_a_kind_are_explained_at_once(desk):
    halved(desk, 1, 1)
    assert remark(desk.plan, check="area_out_of_range", subject=None, words="Small on purpose.", by=None) == 2
    assert {f.remark for f in found(desk, "area_out_of_range").values()} == {"Small on purpose."}


def test_what_cannot_be_explained_is_refused(desk):
    desk.do("paint", cells=[desk.key(5, 0)], grid=desk.grid(0, 0, 2), across=True)  # two parts: an error
    by_check = {f.check: f for f in findings(desk.plan)}
    with pytest.raises(CannotRemark, match="errors are put right"):
        say(desk, by_check["grid_not_contiguous"])
    with pytest.raises(CannotRemark, match="3 characters"):
        say(desk, by_check["community_changes"], "  ok ")
    with pytest.raises(CannotRemark, match="finds nothing"):
        remark(desk.plan, check="area_out_of_range", subject="cell:1", words="No such thing.", by=None)
    with pytest.raises(CannotRemark, match="no warning"):
        remark(desk.plan, check="weather", subject="cell:1", words="It rains.", by=None)
    Plan.objects.filter(pk=desk.plan.pk).update(state=Plan.State.APPROVED)
    with pytest.raises(CannotRemark, match="while it is drawn or sent"):
        say(desk, by_check["community_changes"])


def test_an_error_stops_the_approval_whatever_is_said_and_no_door_can_forget_it(desk):
    ann, eve = (get_user_model().objects.create_user(name) for name in ("ann", "eve"))
    PlanCheck.objects.exclude(pk="grid_not_contiguous").update(severity="off")
    desk.do("paint", cells=[desk.key(5, 0)], grid=desk.grid(0, 0, 2), across=True)
    send(desk.plan, by=ann)
    with pytest.raises(CannotSettle, match=r"1 findings stand against it: Grid .* lies in 2 parts"):
        approve(desk.plan, by=eve)
    take_back(desk.plan, by=ann)
    desk.revision = Plan.objects.get(pk=desk.plan.pk).revision
    desk.do("paint", cells=[desk.key(4, 0), desk.key(3, 0)], grid=desk.grid(0, 0, 2), across=True)
    send(desk.plan, by=ann)
    assert approve(desk.plan, by=eve).state == Plan.State.APPROVED


def test_an_approval_looks_at_the_day_it_is_for(desk):
    ann, eve = (get_user_model().objects.create_user(name) for name in ("ann", "eve"))
    PlanCheck.objects.exclude(pk="grid_without_person").update(severity="off")
    later = timezone.localdate() + dt.timedelta(days=20)
    posted(desk, "officer", desk.grid(0, 0, 1), desk.grid(0, 0, 2), since=later)
    desk.do("paint", cells=[desk.key(1, 0)], grid=desk.grid(0, 0, 2))
    send(desk.plan, by=ann)
    with pytest.raises(CannotSettle, match="Nobody is posted"):
        approve(desk.plan, by=eve)
    assert approve(desk.plan, by=eve, effective_at=timezone.now() + dt.timedelta(days=30)).effective_at is not None


def test_grids_born_in_the_plan_are_called_in_the_readers_language(desk):
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_zh="北片", name_en="North", cells=[desk.key(0, 0)])
    with translation.override("zh-hans"):
        assert found(desk, "grid_without_person")["grid:-1"].values["grid"] == "北片"
    assert GridVersion.objects.filter(name_zh="北片").count() == 0
