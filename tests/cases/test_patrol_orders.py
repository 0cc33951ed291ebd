"""Patrol orders: who gives and reads them, what tracks make of them, and that the database keeps foreign ones back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.models import CellVisit, PatrolOrder, PatrolOrderCell, PatrolRecord
from cases.patrols import orders
from cases.patrols.orders import Standing, State
from cases.patrols.rounds import beat_of, round_of
from cells import editions
from cells.models import Cell, CellVersion, Role, Rule
from tests.cases.test_row_security import working_as
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import an_officer

pytestmark = pytest.mark.django_db
HOUR, ONE = dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def city() -> City:
    """Two communities of 4 × 2 cells, each in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=NOW - 20 * ONE)


@pytest.fixture
def head(city: City) -> Any:
    """Who looks after the people of the first community."""
    return a_person(Role.COMMUNITY, territory=city.community(0, 0))


def a_visit(person: Any, cell: Cell, at: dt.datetime, *, seconds: float = 300, mode: int = 1) -> CellVisit:
    return CellVisit.objects.create(
        person=person, cell=cell, day=timezone.localdate(at), first_at=at - HOUR / 10, last_at=at, seconds=seconds,
        metres=0, mode=mode,
    )  # fmt: skip


def an_order(city: City, by: Any, *places: tuple[int, int], to: Any = None, **given: Any) -> orders.Given:
    how = {"until": TODAY + ONE, "reason": "无人走到", "at": NOW, "to": to and to.person} | given
    return orders.give([city.code(*place) for place in places], by=by, **how)


def now_of(order: PatrolOrder, *, at: dt.datetime = NOW) -> Standing:
    (one,) = orders.standings([order], at=at)
    return one


def test_a_cell_is_walked_when_a_track_says_so_after_the_order_whoever_it_was(city: City, head: Any) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang", grid=2)
    for place in ((0, 0), (1, 0)):
        a_visit(li.person, city.cell(*place), NOW - HOUR / 2)  # before
    (order,) = an_order(city, head, (0, 0), (1, 0), to=li).orders
    a_visit(wang.person, city.cell(0, 0), NOW + HOUR, seconds=10)  # too short
    assert (now_of(order).state, now_of(order).walked, now_of(order).left) == (State.OPEN, 0, 2)
    CellVisit.objects.filter(person=wang.person).update(seconds=300)
    assert now_of(order).walked == 1
    a_visit(wang.person, city.cell(1, 0), NOW + HOUR, mode=2)  # driven past
    assert now_of(order).walked == 1
    late = a_visit(li.person, city.cell(1, 0), NOW + 3 * ONE)
    done = now_of(order, at=NOW + 3 * ONE)
    assert (done.state, done.walked_on, done.late) == (State.DONE, late.day, True)
    walkers = {cell.code: cell.walker for cell in orders.cells_of([order], at=NOW)}
    assert walkers == {city.code(0, 0): wang.person.pk, city.code(1, 0): li.person.pk}
    # A track that is counted anew and says otherwise takes the walk away again: nothing was ticked.
    late.delete()
    assert now_of(order, at=NOW + 3 * ONE).state == State.OVERDUE


def test_a_record_names_the_orders_whose_cells_its_walk_closed(city: City, head: Any) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang", grid=2)
    (order,) = an_order(city, head, (0, 0), (1, 0), to=li).orders
    at = NOW + HOUR
    for person, place in ((li, (0, 0)), (wang, (1, 0))):
        a_visit(person.person, city.cell(*place), at)
    record, other = (
        PatrolRecord.objects.create(person=user.person, day=timezone.localdate(at), points=5) for user in (li, wang)
    )
    told = [(one.order, one.state, closed) for one, closed in orders.walked_in(record, user=li, at=at)]
    assert told == [(order, State.DONE, 1)]
    assert orders.walked_in(other, user=wang, at=at) == []  # his walk closed a cell, but the order is not his to read
    assert [closed for _, closed in orders.walked_in(other, user=head, at=at)] == [1]


def test_each_cell_goes_to_who_answers_for_it_and_what_is_asked_already_is_not_asked_twice(
    city: City, head: Any
) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang", grid=2)
    given = an_order(city, head, (0, 0), (1, 1), (2, 0))
    assert {order.person_id: order.cells.count() for order in given.orders} == {li.person.pk: 2, wang.person.pk: 1}
    assert given.left == {}
    again = an_order(city, head, (0, 0), (0, 1))
    assert [order.cells.get().cell for order in again.orders] == [city.cell(0, 1)]
    assert again.left == {city.code(0, 0): "ordered"}
    with pytest.raises(AlreadyDone):
        an_order(city, head, (0, 0))
    # Walked meanwhile, it can be asked for anew.
    a_visit(li.person, city.cell(0, 0), NOW + HOUR)
    assert len(an_order(city, head, (0, 0), at=NOW + 2 * HOUR).orders) == 1


def test_cells_that_nobody_answers_for_are_told(city: City, head: Any) -> None:
    with pytest.raises(CaseError, match="Nobody who walks"):
        an_order(city, head, (0, 0))
    an_officer(city, 0, name="li")
    assert an_order(city, head, (0, 0), (3, 0)).left == {city.code(3, 0): "nobody"}


def test_how_large_and_how_long_is_the_citys_to_say(city: City, head: Any) -> None:
    li = an_officer(city, 0, name="li")
    Rule.objects.filter(pk="patrol_order_most_cells").update(value=2)
    with pytest.raises(BadReport, match="1 to 2 cells"):
        an_order(city, head, (0, 0), (0, 1), (1, 0), to=li)
    Rule.objects.filter(pk="patrol_order_most_days").update(value=100)
    (order,) = an_order(city, head, (0, 0), to=li, until=TODAY + 91 * ONE).orders
    over = NOW + 91 * ONE
    Rule.objects.filter(pk="patrol_order_remembered_days").update(value=5)
    shown = [list(orders.running_orders(PatrolOrder.objects.all(), at=over + days * ONE)) for days in (5, 6)]
    assert shown == [[order], []]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"until": TODAY - ONE}, BadReport),
        ({"until": TODAY + 91 * ONE}, BadReport),
        ({"reason": "  "}, BadReport),
        ({"reason": "x" * 201}, BadReport),
    ],
)
def test_an_order_makes_sense(city: City, head: Any, given: dict[str, Any], error: type[Exception]) -> None:
    li = an_officer(city, 0, name="li")
    with pytest.raises(error):
        an_order(city, head, (0, 0), to=li, **given)
    with pytest.raises(BadReport):
        orders.give([], to=li.person, until=TODAY, reason="r", by=head, at=NOW)
    with pytest.raises(BadReport, match="There is no cell 7"):
        orders.give(["7"], to=li.person, until=TODAY, reason="r", by=head, at=NOW)
    assert not PatrolOrder.objects.exists()


def test_orders_stay_on_the_ground_of_both(city: City, head: Any) -> None:
    li, zhao = an_officer(city, 0, name="li"), an_officer(city, 4, name="zhao")
    with pytest.raises(NotYours, match="not of your territory"):
        an_order(city, head, (0, 0), (4, 0), to=li)
    with pytest.raises(NotYours, match="ground of zhao"):
        an_order(city, head, (0, 0), to=zhao)
    with pytest.raises(NotYours, match="look after people"):
        an_order(city, li, (0, 0), to=li)
    with pytest.raises(BadReport, match="walks no patrols"):
        an_order(city, head, (0, 0), to=head)
    leader = a_person(Role.LEADER)
    assert len(an_order(city, leader, (0, 0), (4, 0)).orders) == 2


def test_an_order_is_taken_back_for_a_reason_and_read_by_whom_it_concerns(city: City, head: Any) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang", grid=2)
    other = a_person(Role.COMMUNITY, territory=city.community(4, 0))
    (order,) = an_order(city, head, (0, 0), to=li).orders
    readers = {user.username for user in (li, wang, head, other) if orders.orders_for(user).exists()}
    assert readers == {li.username, head.username}
    for user in (li, wang, other):
        with pytest.raises(NotYours):
            orders.take_back(order, why="x", by=user, at=NOW)
    with pytest.raises(BadReport):
        orders.take_back(order, why=" ", by=head, at=NOW)
    orders.take_back(order, why="改派", by=head, at=NOW)
    order.refresh_from_db()
    assert (now_of(order).state, order.taken_back_why, order.taken_back_by) == (State.TAKEN_BACK, "改派", head)
    with pytest.raises(AlreadyDone):
        orders.take_back(order, why="again", by=head, at=NOW)
    assert orders.orders_to_walk(li.person, at=NOW) == ([], [])


def test_a_cell_that_was_redrawn_asks_nothing_any_more(city: City, head: Any) -> None:
    li = an_officer(city, 0, name="li")
    (order,) = an_order(city, head, (0, 0), (1, 0), to=li, at=NOW - ONE).orders
    draft = editions.open_draft()
    old = CellVersion.objects.get(cell=city.cell(0, 0))
    CellVersion.objects.filter(pk=old.pk).update(until=draft)
    CellVersion.objects.create(
        cell=Cell.objects.create(code=f"{city.community_code(0, 0)}901"), since=draft, community=old.community,
        grid=old.grid, shape=old.shape, area_m2=old.area_m2, perimeter_m=old.perimeter_m,
    )  # fmt: skip
    editions.publish(at=NOW - HOUR)
    assert (now_of(order).gone, now_of(order).left, now_of(order).state) == (1, 1, State.OPEN)
    a_visit(li.person, city.cell(1, 0), NOW)
    assert now_of(order).state == State.DONE


def test_the_round_begins_with_what_is_ordered_also_outside_the_beat(city: City, head: Any) -> None:
    li = an_officer(city, 0, name="li")
    an_order(city, head, (3, 1), (1, 1), to=li)
    a_visit(li.person, city.cell(1, 1), NOW - HOUR / 2)  # seen today, and ordered again all the same
    asked, waiting = orders.orders_to_walk(li.person, at=NOW)
    ordered = {cell.cell for cell in waiting}
    assert (len(asked), ordered) == (1, {city.cell(3, 1).pk, city.cell(1, 1).pk})
    beat = beat_of(li, at=NOW, ordered=ordered)
    assert sum(cell.of_beat for cell in beat) == 4
    way = round_of(beat, here=None, today=TODAY, ordered=ordered)
    assert {cell.code for cell in way[:2]} == {city.code(3, 1), city.code(1, 1)}
    assert {cell.code for cell in way[2:]} == {city.code(0, 0), city.code(0, 1), city.code(1, 0)}


def test_the_database_keeps_foreign_orders_back(city: City, head: Any) -> None:
    li, wang, zhao = (
        an_officer(city, column, name=name, grid=grid)
        for column, name, grid in ((0, "li", 1), (4, "wang", 1), (4, "zhao", 2))
    )
    other = a_person(Role.COMMUNITY, territory=city.community(4, 0))
    leader = a_person(Role.LEADER)
    an_order(city, leader, (0, 0), to=li)
    an_order(city, leader, (4, 0), (5, 0), to=wang)
    seen = {}
    for user in (li, wang, zhao, head, other, leader, a_person(Role.PLANNER)):
        with working_as(user):
            seen[user.username] = (PatrolOrder.objects.count(), PatrolOrderCell.objects.count())
    # Whoever sits in a community sees its orders in the database; the pages show an officer his own.
    assert [seen[user.username] for user in (li, head)] == [(1, 1)] * 2
    assert [seen[user.username] for user in (wang, zhao, other)] == [(1, 2)] * 3
    assert [seen[name] for name in ("leader", "planner")] == [(2, 3)] * 2
    with working_as(None):
        assert PatrolOrder.objects.count() == 0
    foreign = PatrolOrder.objects.get(person=wang.person)
    with working_as(head):
        assert PatrolOrder.objects.filter(pk=foreign.pk).update(reason="x") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            PatrolOrderCell.objects.create(order_id=foreign.pk, cell=city.cell(0, 0), community=city.community(0, 0))
        assert len(an_order(city, head, (1, 0), to=li).orders) == 1  # what he may do, he does under that role
