"""Plans: taking back, two planners at once, what has changed, and which cells a gesture means."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from cells.models import Plan, PlanCell, PlanEdit, PlanStep
from cells.plans import (
    CannotSettle,
    EditRefused,
    PlanClosed,
    StaleEdit,
    apply,
    approve,
    cells_in,
    changes,
    features,
    findings,
    flood,
    open_plan,
    redo,
    remark,
    send,
    take_back,
    undo,
    withdraw,
    working_cells,
)
from spatial.crs import from_city
from tests.cells.planning_desk import Desk, state_of
from tests.makers import a_street, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return Desk()


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
    assert not found[split].changes_hands  # both halves stay in its grid
    assert not found[-1].changes_hands
    desk.do("paint", cells=[-1], grid=desk.grid(0, 0, 2))
    found = {d.key: d for d in changes(desk.plan)}
    assert found[-1].changes_hands


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


# --- approval -----------------------------------------------------------------------------------------------------


def test_a_plan_is_approved_by_somebody_who_neither_opened_nor_drew_it(db):
    people = get_user_model().objects
    ann, bob, eve = (people.create_user(name) for name in ("ann", "bob", "eve"))
    desk = Desk()
    Plan.objects.filter(pk=desk.plan.pk).update(made_by=ann)
    with pytest.raises(CannotSettle, match="changes no cell"):
        send(desk.plan, by=ann)
    desk.do("merge", by=bob, cells=[desk.key(0, 0), desk.key(1, 0)])
    with pytest.raises(CannotSettle, match="this needs it to be sent"):
        approve(desk.plan, by=eve)
    assert send(desk.plan, by=ann).state == Plan.State.SENT
    for painter in (ann, bob):
        with pytest.raises(CannotSettle, match="second person"):
            approve(desk.plan, by=painter)
    with pytest.raises(CannotSettle, match="2 findings stand against it"):
        approve(desk.plan, by=eve)
    for finding in findings(desk.plan):
        remark(desk.plan, check=finding.check, subject=finding.subject, words="As agreed with the town.", by=ann)
    with pytest.raises(CannotSettle, match="has passed"):
        approve(desk.plan, by=eve, effective_at=noon("2020-01-01"))
    assert approve(desk.plan, by=eve).approved_by == eve
    assert take_back(desk.plan, by=ann).approved_by is None
    desk.revision = Plan.objects.get(pk=desk.plan.pk).revision
    desk.do("paint", cells=[desk.key(0, 1)], grid=desk.grid(0, 0, 2))
    withdraw(desk.plan, by=ann)
    steps = [(s.verb, s.by and s.by.username) for s in desk.plan.steps.all()]
    assert steps == [
        ("do", "bob"),
        ("send", "ann"),
        ("approve", "eve"),
        ("take_back", "ann"),
        ("do", None),
        ("withdraw", "ann"),
    ]
    with pytest.raises(PlanClosed):
        desk.undo()
    assert open_plan(title="again", copy_of=desk.plan).state == Plan.State.DRAFTING


def test_the_database_itself_refuses_an_approval_by_who_made_the_plan(desk):
    ann = get_user_model().objects.create_user("ann")
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=desk.plan.pk).update(made_by=ann, approved_by=ann)
