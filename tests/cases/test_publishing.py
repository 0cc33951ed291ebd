"""An approved plan takes effect: grids, components, open cases, their histories, and messages to both owners."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.models import Case, Message
from cases.publishing import CannotPublish, publish_due, publish_plan
from cases.workflow import Act
from cells import routing
from cells.models import Cell, CellVersion, Edition, GridVersion, Plan, PlanStep
from cells.plans import send
from tests.cases.publishing_desk import PublishingDesk, soon, sound
from tests.makers import a_component, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> PublishingDesk:
    return PublishingDesk()


def test_a_plan_of_all_kinds_of_edits_becomes_the_edition_in_force(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.do("merge", cells=[desk.key(4, 0), desk.key(5, 0)], into=desk.key(5, 0))
    desk.do("move_vertex", at=desk.at(1, 2, east=0, south=1), to=desk.at(1, 2, east=0.2, south=0.85))
    desk.do("paint", cells=[desk.key(4, 2)], grid=desk.grid(3, 2, 2))
    desk.do("paint", cells=[desk.key(3, 3)], grid=desk.grid(0, 2, 2), across=True)
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_zh="新网格", cells=[desk.key(0, 0)])
    done = desk.publish()
    assert sound()
    # Split and its child; merged, swallowed; four cells round the vertex; painted; painted across: retired and born.
    assert (done.cells_born, done.cells_retired) == (2, 2)
    assert done.cells_changed == 8  # split, merged, 4 round the vertex, painted, in the new grid
    assert done.grids_born == 1
    assert (done.edition, done.plan, done.takes_back) == (2, desk.plan.pk, None)
    plan = Plan.objects.get()
    assert (plan.state, plan.edition.number) == (Plan.State.PUBLISHED, 2)
    assert PlanStep.objects.last().verb == PlanStep.Verb.PUBLISH
    assert plan.edition.label == "North side"
    grid = GridVersion.objects.get(name_zh="新网格")
    assert grid.grid.code == f"{desk.city.community_code(0, 0)}-03"


def test_a_retired_code_is_not_given_again(desk: PublishingDesk) -> None:
    desk.do("merge", cells=[desk.key(0, 0), desk.key(1, 0)], into=desk.key(0, 0))
    desk.publish()
    other = desk.another_plan()
    other.split(0, 1)
    other.publish()
    born = Cell.objects.order_by("pk").last()
    assert born.code == f"{desk.city.community_code(0, 0)}007"  # 002 is retired, and free for nobody
    assert sound()


def test_open_cases_go_with_their_ground_and_closed_ones_stay(desk: PublishingDesk) -> None:
    moved, elsewhere, closed = desk.case(2, 0), desk.case(0, 1), desk.closed_case(2, 0)
    component = a_component(desk.city, 2, 0)
    before = {c.pk: (c.cell_id, c.owner_id, c.edition_id, c.reason) for c in Case.objects.all()}
    desk.paint_across(2, 0, into=(3, 0))
    done = desk.publish()
    born = Cell.objects.get(code=f"{desk.city.community_code(3, 0)}007")
    moved.refresh_from_db()
    assert (moved.cell, moved.owner.code) == (born, desk.city.community_code(3, 0))
    assert moved.edition.number == moved.reason["edition"] == done.edition
    assert moved.stage == "filed"
    for same in (elsewhere, closed):
        same.refresh_from_db()
        assert (same.cell_id, same.owner_id, same.edition_id, same.reason) == before[same.pk]
        assert not same.history.filter(act=Act.REDRAW).exists()
    component.refresh_from_db()
    assert component.cell == born
    assert (done.cases_moved, done.cases_reowned, done.components_moved) == (1, 1, 1)


def test_the_reason_of_a_moved_case_is_what_routing_says_now(desk: PublishingDesk) -> None:
    """Also for a place on a border, and for one whose accuracy reaches over it."""
    cases = [
        desk.case(2, 0),
        desk.case(2, 0, east=0.97, accuracy_m=20.0),
        desk.case(2, 0, south=1.0),
        desk.case(2, 0, east=0.0, south=0.3),
    ]
    desk.split(2, 0)
    desk.paint_across(2, 0, into=(3, 0))
    desk.publish()
    redrawn = 0
    for case in cases:
        case.refresh_from_db()
        told = routing.route(*case.place.coords, crs="CITY", accuracy_m=case.accuracy_m)
        assert case.cell_id == told.cell_id
        redrawn += case.history.filter(act=Act.REDRAW).exists()
        if case.edition.number == 2:
            assert case.reason == told.as_data()
    assert redrawn >= 2


def test_history_gets_one_line_that_says_what_is_another(desk: PublishingDesk) -> None:
    case = desk.case(2, 0)
    planner = a_person("planner")
    desk.paint_across(2, 0, into=(3, 0))
    desk.publish(by=planner)
    *_, line = case.history.all()
    first, second = desk.city.community_code(0, 0), desk.city.community_code(3, 0)
    assert (line.act, line.from_stage, line.to_stage, line.by) == ("redraw", "filed", "filed", planner)
    assert line.owner.code == second
    assert line.note == (
        f"edition 2: cell {first}003 → {second}007, grid {first}-02 → {second}-01, community {first} → {second}"
    )


def test_a_case_that_keeps_its_cell_and_owner_is_left_alone(desk: PublishingDesk) -> None:
    """(1, 0) is cut 30 % down: its neighbours only get a vertex, and what lies in the larger part stays in its cell."""
    beside, stays, goes = desk.case(0, 0), desk.case(1, 0, south=0.7), desk.case(1, 0, south=0.1)
    desk.split(1, 0)
    done = desk.publish()
    assert (done.cases_moved, done.cases_reowned, done.messages) == (1, 0, 0)
    assert [c.history.count() for c in (beside, stays, goes)] == [2, 2, 3]


def test_both_owners_are_told_once_with_all_their_cases(desk: PublishingDesk) -> None:
    first = [desk.case(2, 0), desk.case(2, 1)]
    second = desk.case(3, 2)
    desk.do("paint", cells=[desk.key(2, 0), desk.key(2, 1)], grid=desk.grid(3, 0, 1), across=True)
    desk.paint_across(3, 2, into=(0, 2))
    done = desk.publish()
    told = {(m.to.code, m.other.code, m.kind): {c.pk for c in m.cases.all()} for m in Message.objects.all()}
    north_west, north_east = desk.city.community_code(0, 0), desk.city.community_code(3, 0)
    south_west, south_east = desk.city.community_code(0, 2), desk.city.community_code(3, 2)
    assert told == {
        (north_west, north_east, "cases_went"): {c.pk for c in first},
        (north_east, north_west, "cases_came"): {c.pk for c in first},
        (south_east, south_west, "cases_went"): {second.pk},
        (south_west, south_east, "cases_came"): {second.pk},
    }
    assert done.messages == 4
    assert Message.objects.unread().count() == 4
    assert {m.edition.number for m in Message.objects.all()} == {2}


def test_a_case_given_to_somebody_by_hand_stays_with_him(desk: PublishingDesk) -> None:
    case = desk.case(2, 0)
    third = desk.city.community(0, 2)
    Case.objects.filter(pk=case.pk).update(owner=third)
    desk.paint_across(2, 0, into=(3, 0))
    done = desk.publish()
    case.refresh_from_db()
    assert case.owner == third
    assert case.cell.code.startswith(desk.city.community_code(3, 0))
    assert (done.cases_moved, done.cases_reowned, done.messages) == (1, 0, 0)


def test_only_an_approved_plan_is_published_and_only_once(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    with pytest.raises(CannotPublish, match="being drawn"):
        publish_plan(desk.plan)
    send(desk.plan, by=None)
    with pytest.raises(CannotPublish, match="sent"):
        publish_plan(desk.plan)
    Plan.objects.update(state=Plan.State.DRAFTING)
    desk.publish()
    with pytest.raises(CannotPublish, match="published"):
        publish_plan(desk.plan)
    assert Edition.objects.count() == 2


def test_a_plan_waits_for_its_date(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.approve(effective_at=soon())
    with pytest.raises(CannotPublish, match="takes effect at"):
        publish_plan(desk.plan)
    assert publish_due() == []
    Plan.objects.update(effective_at=timezone.now() - dt.timedelta(seconds=1))
    (done,) = publish_due()
    assert (done.edition, done.plan) == (2, desk.plan.pk)
    assert publish_due() == []


def test_a_plan_without_a_date_waits_for_a_person(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.approve()
    assert publish_due() == []
    assert publish_plan(desk.plan).edition == 2


def test_a_due_plan_that_cannot_take_effect_does_not_stop_the_next(desk: PublishingDesk) -> None:
    second, third = desk.another_plan("same cell"), desk.another_plan("another cell")
    for plan, column in ((desk, 1), (second, 1), (third, 4)):
        plan.split(column, 0)
        plan.approve(effective_at=soon())
    Plan.objects.update(effective_at=timezone.now())
    refused: list[Plan] = []
    done = publish_due(refused=lambda plan, error: refused.append(plan))
    assert [d.plan for d in done] == [desk.plan.pk, third.plan.pk]
    assert refused == [second.plan]
    assert Plan.objects.get(pk=second.plan.pk).state == Plan.State.APPROVED


def test_nothing_is_left_of_a_publication_that_fails_at_its_end(desk: PublishingDesk) -> None:
    """The last thing written is the plan's own step: here its place is taken, which nobody can do in life."""
    case = desk.case(2, 0)
    desk.paint_across(2, 0, into=(3, 0))
    plan = desk.approve()
    PlanStep.objects.create(plan=plan, revision=plan.revision + 1, verb=PlanStep.Verb.DO)
    with pytest.raises(IntegrityError), transaction.atomic():
        publish_plan(desk.plan)
    case.refresh_from_db()
    assert case.owner.code == desk.city.community_code(0, 0)
    assert (Edition.objects.count(), CellVersion.objects.exclude(until=None).count()) == (1, 0)
    assert (Cell.objects.count(), Message.objects.count(), case.history.count()) == (24, 0, 2)
    assert Plan.objects.get().state == Plan.State.APPROVED


def test_routing_answers_by_the_new_edition_at_once(desk: PublishingDesk) -> None:
    lon, lat = desk.city.lonlat(2, 0)
    assert routing.route(lon, lat).edition == 1
    desk.paint_across(2, 0, into=(3, 0))
    desk.publish()
    told = routing.route(lon, lat)
    assert told.edition == 2
    assert told.area("community").code == desk.city.community_code(3, 0)
