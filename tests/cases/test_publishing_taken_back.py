"""An edition is taken back: cells, components, routing and open cases are as before it, and it stays on record."""

from __future__ import annotations

import numpy as np
import pytest

from cases.models import Case, Message
from cases.publishing import CannotPublish, publish_plan, revert_edition
from cells import editions, routing
from cells.models import Edition, Plan
from cells.plans import open_plan, working_cells
from tests.cases.publishing_desk import PublishingDesk, sound
from tests.cells.planning_desk import state_of
from tests.makers import a_component

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> PublishingDesk:
    return PublishingDesk()


def redraw(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.paint_across(2, 1, into=(3, 0))
    desk.do("merge", cells=[desk.key(4, 3), desk.key(5, 3)], into=desk.key(4, 3))
    desk.do("move_vertex", at=desk.at(1, 2, east=0, south=1), to=desk.at(1, 2, east=0.2, south=0.85))
    desk.do("new_grid", community=desk.city.community(0, 0).pk, name_zh="新网格", cells=[desk.key(0, 1)])


def test_cells_and_routing_are_as_before_byte_for_byte(desk: PublishingDesk) -> None:
    rng = np.random.default_rng(3)
    corners = np.array([desk.city.metres(0, 4, east=0, south=0), desk.city.metres(6, 0, east=0, south=0)])
    points = rng.uniform(corners.min(axis=0), corners.max(axis=0), (5000, 2))
    first, owners = state_of(desk.plan), routing.route_many(points, crs="CITY").codes()
    redraw(desk)
    done = desk.publish()
    assert (routing.route_many(points, crs="CITY").codes() != owners).any()
    back = revert_edition(done.edition)
    assert (back.edition, back.takes_back, back.plan) == (3, 2, None)
    assert state_of(open_plan(title="look")) == first
    assert (routing.route_many(points, crs="CITY").codes() == owners).all()
    assert sound()


def test_components_and_open_cases_go_back_with_a_line_and_messages(desk: PublishingDesk) -> None:
    case, closed = desk.case(2, 1), desk.closed_case(2, 1)
    component = a_component(desk.city, 2, 1)
    redraw(desk)
    done = desk.publish()
    later = desk.case(2, 1)  # came in under the new edition
    back = revert_edition(done.edition)
    for one in (case, later):
        one.refresh_from_db()
        assert one.cell == desk.city.cell(2, 1)
        assert one.owner == desk.city.community(0, 0)
        assert one.reason == routing.route(*one.place.coords, crs="CITY").as_data()
    component.refresh_from_db()
    closed.refresh_from_db()
    assert component.cell == closed.cell == desk.city.cell(2, 1)
    acts = [line.act for line in case.history.all()]
    assert acts == ["report", "file", "redraw", "redraw"]
    assert [line.act for line in closed.history.all()][-1] == "close"
    assert (back.cases_moved, back.cases_reowned, back.components_moved, back.messages) == (2, 2, 1, 2)
    assert Message.objects.filter(edition__number=3, kind="cases_came").get().to == desk.city.community(0, 0)


def test_taking_back_what_took_back_does_it_again(desk: PublishingDesk) -> None:
    case = desk.case(2, 1)
    redraw(desk)
    done = desk.publish()
    second = state_of(open_plan(title="look"))
    back = revert_edition(done.edition)
    again = revert_edition(back.edition)
    assert state_of(open_plan(title="look")) == second
    case.refresh_from_db()
    assert case.owner == desk.city.community(3, 0)
    assert (again.takes_back, again.cells_born, again.cells_retired) == (3, done.cells_born, done.cells_retired)
    assert sound()


def test_a_day_in_between_is_answered_by_what_was_in_force_then(desk: PublishingDesk) -> None:
    redraw(desk)
    done = desk.publish()
    revert_edition(done.edition)
    first, second, third = Edition.objects.order_by("number")
    assert Edition.objects.in_force(first.valid_from) == first
    assert Edition.objects.in_force(second.valid_from) == second
    assert Edition.objects.in_force() == third
    assert (first.valid_to, second.valid_to, third.valid_to) == (second.valid_from, third.valid_from, None)


def test_a_plan_that_was_taken_back_stays_published_and_can_be_drawn_on(desk: PublishingDesk) -> None:
    redraw(desk)
    done = desk.publish()
    revert_edition(done.edition)
    plan = Plan.objects.get()
    assert (plan.state, plan.edition.number) == (Plan.State.PUBLISHED, 2)
    with pytest.raises(CannotPublish):
        publish_plan(plan)
    assert len(working_cells(open_plan(title="once more", copy_of=plan))) == 24  # split +1, merged −1


def test_ground_under_an_open_case_is_not_taken_away(desk: PublishingDesk) -> None:
    """A draft, such as an import makes, that began with a cell: nothing can stand there when it is taken back."""
    draft = editions.open_draft()
    cell = desk.city.cell(5, 3)
    was = cell.versions.get()
    was.since = draft
    was.save()
    editions.publish()
    case = desk.case(5, 3)
    with pytest.raises(CannotPublish, match=case.number):
        revert_edition(2)
    assert Edition.objects.in_force() == draft
    assert Case.objects.get().cell == cell


def test_what_cannot_be_taken_back_is_refused_with_words(desk: PublishingDesk) -> None:
    with pytest.raises(CannotPublish, match="no published edition 7"):
        revert_edition(7)
    with pytest.raises(CannotPublish, match="first"):
        revert_edition(1)
    redraw(desk)
    done = desk.publish()
    editions.open_draft()
    with pytest.raises(CannotPublish, match="draft"):
        revert_edition(done.edition)
