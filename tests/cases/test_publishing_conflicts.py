"""Two plans that touch the same cells: the second is shown each of them, and goes on where they do not collide."""

from __future__ import annotations

import pytest
from django.utils import translation

from cases.publishing import CannotPublish, conflicts, publish_plan, rebase, revert_edition
from cells.models import Plan, PlanCell, PlanEdit, PlanGrid, PlanStep
from cells.plans import CannotSettle, EditRefused, StaleEdit, changes, undo
from tests.cases.publishing_desk import PublishingDesk, sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> PublishingDesk:
    return PublishingDesk()


def test_plans_that_do_not_touch_are_published_one_on_top_of_the_other(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(1, 0)
    other.split(4, 3)
    desk.publish()
    assert conflicts(other.plan) == []
    done = other.publish()
    assert (done.edition, done.cells_born) == (3, 1)
    assert sound()


def test_the_second_is_shown_the_conflict_cell_by_cell(desk: PublishingDesk) -> None:
    """Both cut (1, 0); the second also cuts (1, 1), far from it, and paints (2, 0), which got a corner by the first."""
    other = desk.another_plan()
    desk.split(1, 0)
    other.split(1, 0)
    other.split(4, 3)
    other.do("paint", cells=[other.key(2, 0)], grid=other.grid(0, 0, 1))
    desk.publish()
    other.approve()
    with pytest.raises(CannotPublish, match="rebase the plan") as caught:
        publish_plan(other.plan)
    found = {c.code: c for c in caught.value.conflicts}
    assert set(found) == {desk.city.code(column, 0) for column in (0, 1, 2)}  # cut, and the two with its ends
    clash = found[desk.city.code(1, 0)]
    assert (clash.edition, clash.edition_label) == (2, "North side")
    with translation.override("en"):
        assert clash.as_data()["why"] == "The cell was reshaped by edition 2."
    assert clash.place == pytest.approx(desk.city.lonlat(1, 0), abs=1e-6)
    assert Plan.objects.get(pk=other.plan.pk).state == Plan.State.APPROVED


def test_each_way_to_collide_has_its_reason(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(0, 0)
    desk.paint_across(2, 1, into=(3, 0))
    desk.do("paint", cells=[desk.key(4, 0)], grid=desk.grid(3, 0, 2))
    desk.do("merge", cells=[desk.key(4, 3), desk.key(5, 3)], into=desk.key(4, 3))
    third = desk.grid(0, 2, 2)
    desk.do("paint", cells=[desk.key(2, 2), desk.key(2, 3)], grid=desk.grid(0, 2, 1))  # empties it
    other.split(0, 0)
    other.do("paint", cells=[other.key(2, 1)], grid=other.grid(0, 0, 1))
    other.do("paint", cells=[other.key(4, 0)], grid=other.grid(3, 0, 2))
    other.do("paint", cells=[other.key(5, 3)], grid=other.grid(3, 2, 1))
    other.do("paint", cells=[other.key(0, 2)], grid=third)
    desk.publish()
    reasons = {c.code: c.reason for c in conflicts(other.plan)}
    assert reasons[desk.city.code(0, 0)] == "shape"
    assert reasons[desk.city.code(2, 1)] == "retired"  # it went across, and has another code now
    assert reasons[desk.city.code(4, 0)] == "grid"
    assert reasons[desk.city.code(5, 3)] == "retired"
    assert reasons[desk.city.code(0, 2)] == "grid_gone"
    assert all(c.place for c in conflicts(other.plan))


def test_what_was_taken_back_collides_with_nothing(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(1, 0)
    other.split(1, 0)
    done = desk.publish()
    assert conflicts(other.plan)
    revert_edition(done.edition)
    assert conflicts(other.plan) == []
    assert other.publish().edition == 4
    assert sound()


def test_a_rebased_plan_keeps_what_does_not_collide(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(1, 0)
    other.split(1, 0)
    other.split(4, 3)
    other.do("paint", cells=[other.key(4, 0)], grid=other.grid(3, 0, 2))
    kept = {d.key: d for d in changes(other.plan) if d.code and d.code[:12] != desk.city.community_code(0, 0)}
    desk.publish()
    done = rebase(other.plan, revision=other.revision)
    dropped = {c.code: c.reason for c in done.dropped}
    assert dropped == {
        desk.city.code(0, 0): "shape",
        desk.city.code(1, 0): "shape",
        desk.city.code(2, 0): "shape",
        "": "drawn_together",  # the half that was born
    }
    plan = Plan.objects.get(pk=other.plan.pk)
    assert (plan.base.number, plan.cursor, plan.revision) == (2, 0, other.revision + 1)
    left = {d.key for d in changes(plan)}
    assert set(kept) <= left
    assert done.kept == len(left) == 5  # (4, 3), its child, two neighbours with a corner, the painted one
    assert PlanStep.objects.filter(plan=plan).last().verb == PlanStep.Verb.REBASE
    other.revision = plan.revision
    assert conflicts(plan) == []
    result = other.publish()
    assert (result.edition, result.cells_born) == (3, 1)
    assert sound()


def test_a_group_is_dropped_whole_where_one_of_it_collides(desk: PublishingDesk) -> None:
    """The cuts of (1, 1) and (2, 1) meet: what the second drew there hangs together, across a cell nobody touched."""
    other = desk.another_plan()
    desk.do("paint", cells=[desk.key(2, 1)], grid=desk.grid(0, 0, 1))
    other.split(1, 1)
    other.split(4, 0)
    desk.publish()
    done = rebase(other.plan, revision=other.revision)
    reasons = {c.code: c.reason for c in done.dropped}
    assert reasons[desk.city.code(2, 1)] == "grid"  # painted by the first, given a corner by the second
    assert reasons[desk.city.code(1, 1)] == "drawn_together"
    assert desk.city.code(4, 0) not in reasons
    assert PlanCell.objects.filter(plan=other.plan).count() == 4


def test_undo_reaches_back_to_the_rebase(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(1, 0)
    other.split(4, 3)
    desk.publish()
    done = rebase(other.plan, revision=other.revision)
    assert not PlanEdit.objects.filter(plan=other.plan).exists()
    with pytest.raises(EditRefused):
        undo(other.plan, revision=done.plan.revision)
    other.revision = done.plan.revision
    other.split(4, 0)
    other.undo()
    assert len(changes(Plan.objects.get(pk=other.plan.pk))) == done.kept


def test_an_approved_plan_is_drawn_again_after_a_rebase(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    other.split(4, 3)
    desk.split(1, 0)
    other.approve()
    desk.publish()
    revision = Plan.objects.get(pk=other.plan.pk).revision
    with pytest.raises(StaleEdit):
        rebase(other.plan, revision=revision - 1)
    done = rebase(other.plan, revision=revision)
    assert (done.plan.state, done.plan.approved_by, done.plan.sent_at) == (Plan.State.DRAFTING, None, None)
    with pytest.raises(CannotSettle, match="already"):
        rebase(other.plan, revision=done.plan.revision)


def test_grids_born_in_a_plan_stay_with_it(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(1, 0)
    community = desk.city.community(3, 0).pk
    other.do("new_grid", community=community, name_en="New", cells=[other.key(4, 0)])
    desk.publish()
    done = rebase(other.plan, revision=other.revision)
    assert PlanGrid.objects.get(plan=other.plan).name_en == "New"
    assert (done.kept, done.dropped) == (1, [])
    other.revision = done.plan.revision
    assert other.publish().grids_born == 1


def test_a_published_plan_is_not_rebased(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.publish()
    with translation.override("en"), pytest.raises(CannotSettle, match="is published"):
        rebase(desk.plan, revision=None)
