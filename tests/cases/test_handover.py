"""When somebody leaves: posts, shifts and open cases go to who follows, all at once or not at all, once on the day."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from cases import handover, holding
from cases.assigning import assign
from cases.checking import ask_check
from cases.dispatch import dispatch
from cases.errors import NotYours
from cases.handling import handle
from cases.handover import Done, HandoverRefused, belongings, carry_out_due, hand_over, may_hand_over, rehearse
from cases.models import Case, Handover
from cases.timetable import TIMETABLE
from cases.workflow import Act, Stage
from cells.models import DutyShift, Grid, Person, Post, PostHolder, Posting, Role
from spatial import crs as reference
from tests.cases.duty_desk import a_team
from tests.cases.makers import a_case, a_user, middle_of
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x2", community="3x2")


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def grids() -> list[Grid]:
    return list(Grid.objects.filter(level="grid").order_by("code"))


def an_officer(name: str, *its: Grid, role: str = Role.OFFICER, **days: Any) -> Person:
    person: Person = a_user(role, name=name).person
    for grid in its:
        Posting.objects.create(person=person, grid=grid, **{"since": dt.date(2025, 1, 1), **days})
    return person


def work_for(person: Person, now: dt.datetime, *, cell: int = 0) -> Case:
    """An open case in a cell, assigned to a person an hour ago."""
    lon, lat = middle_of(cell)
    case = a_case(at=now - dt.timedelta(hours=3), lon=lon, lat=lat, crs=reference.CITY)
    case = dispatch(case, by=None, at=now - dt.timedelta(hours=2))
    return assign(case, person=person.user, by=None, at=now - dt.timedelta(hours=1))


def a_shift(team: Any, person: Person, begins: dt.datetime) -> DutyShift:
    return DutyShift.objects.create(team=team, person=person, starts_at=begins, ends_at=begins + dt.timedelta(hours=8))


def head() -> Any:
    return a_user(Role.SHIFT_HEAD, name="head")


def test_everything_goes_to_who_follows_and_each_case_tells_it(city: City, now: dt.datetime, today: dt.date) -> None:
    west, east, *_rest = grids()
    li, wang, by = an_officer("li", west, east), an_officer("wang"), head()
    case = work_for(li, now)
    post = Post.objects.create(kind_id="village_team", grid=city.community(0, 0))
    PostHolder.objects.create(post=post, person=li, since=dt.date(2025, 1, 1), unit="一队")
    team, _member = a_team(city.metres(0, 0), serves=city.community(0, 0))
    past, coming = a_shift(team, li, now - dt.timedelta(days=2)), a_shift(team, li, now + dt.timedelta(days=2))
    made = hand_over(li, to=wang, day=today, reason="调离", by=by, at=now)
    assert (made.state, made.result) == (
        Handover.State.DONE, {"postings": 2, "posts": 1, "shifts": 1, "shifts_dropped": 0, "cases": 1},
    )  # fmt: skip
    assert set(li.postings.values_list("until", flat=True)) == {today}
    assert list(wang.postings.order_by("grid").values_list("grid", "since", "until")) == [
        (west.pk, today, None), (east.pk, today, None),
    ]  # fmt: skip
    assert (li.held_posts.get().until, wang.held_posts.get().unit) == (today, "一队")
    past.refresh_from_db(), coming.refresh_from_db()
    assert (past.person, coming.person) == (li, wang)
    line = case.history.order_by("-pk").first()
    assert line is not None
    # The head of the shift does not act for the unit: the system does it in his name.
    assert (line.act, line.by, line.note) == (Act.ASSIGN, None, f"调离 ({by.person})")
    assert Case.objects.get(pk=case.pk).assignee == wang.user
    assert not belongings(li, today)


def test_single_grids_go_to_others_with_their_cases(city: City, now: dt.datetime, today: dt.date) -> None:
    west, east, *_rest = grids()
    li, wang, zhao = an_officer("li", west, east), an_officer("wang"), an_officer("zhao")
    first, second = work_for(li, now), work_for(li, now, cell=2)
    hand_over(li, to=wang, shares={east.pk: zhao}, day=today, reason="轮岗", by=head(), at=now)
    assert [p.grid for p in wang.postings.all()] == [west]
    assert [p.grid for p in zhao.postings.all()] == [east]
    assert [Case.objects.get(pk=c.pk).assignee for c in (first, second)] == [wang.user, zhao.user]


def test_cases_on_hold_and_those_to_be_checked_go_too(city: City, now: dt.datetime, today: dt.date) -> None:
    li, wang, by = an_officer("li", grids()[0]), an_officer("wang"), head()
    case = work_for(li, now)
    hour = dt.timedelta(hours=1)
    until = now + dt.timedelta(days=30)
    case = holding.ask_hold(case, by=li.user, at=now - hour / 2, until=until, note="等材料")
    case = holding.grant_hold(case, by=by, at=now - hour / 3)
    hand_over(li, to=wang, day=today, reason="调离", by=by, at=now)
    held = Case.objects.get(pk=case.pk)
    assert (held.stage, held.assignee) == (Stage.HELD, wang.user)
    one, other = (a_user(Role.CHECKER, name=name).person for name in ("one", "other"))
    looked = handle(work_for(wang, now, cell=1), by=None, at=now)
    looked = ask_check(looked, by=None, at=now, whom=one.user)
    hand_over(one, to=other, day=today, reason="休假", by=by, at=now)
    assert Case.objects.get(pk=looked.pk).asked_of == other.user


def test_nothing_is_half_done_where_one_case_cannot_go(city: City, now: dt.datetime, today: dt.date) -> None:
    moved, wang = an_officer("far", grids()[0], grids()[2]), an_officer("wang")
    far = [work_for(moved, now), work_for(moved, now, cell=6)]
    # The second case lies where who follows will not be posted.
    Posting.objects.filter(person=moved, grid=grids()[2]).update(until=today)
    with pytest.raises(HandoverRefused) as refused:
        hand_over(moved, to=wang, day=today, reason="调离", by=head(), at=now)
    assert refused.value.where["why"] == "case"
    assert refused.value.where["number"] == far[1].number
    assert wang.postings.count() == 0
    assert {Case.objects.get(pk=c.pk).assignee for c in far} == {moved.user}
    assert not Handover.objects.exists()


def test_who_follows_must_fit(city: City, now: dt.datetime, today: dt.date) -> None:
    li, wang, by = an_officer("li", grids()[0]), an_officer("wang"), head()
    gone = an_officer("gone")
    gone.user.is_active = False
    gone.user.save()
    checker = a_user(Role.CHECKER).person
    for why, to, day, reason in (
        ("person", li, today, "x"),
        ("person", gone, today, "x"),
        ("role", checker, today, "x"),
        ("reason", wang, today, " "),
        ("reason", wang, today, "x" * 201),
        ("day", wang, today - dt.timedelta(days=1), "x"),
        ("day", wang, today + dt.timedelta(days=400), "x"),
    ):
        with pytest.raises(HandoverRefused) as refused:
            hand_over(li, to=to, day=day, reason=reason, by=by, at=now)
        assert refused.value.where["why"] == why
    assert li.postings.get().until is None


def test_a_rehearsal_tells_what_would_happen_and_keeps_nothing(city: City, now: dt.datetime, today: dt.date) -> None:
    li, wang, by = an_officer("li", *grids()[:2]), an_officer("wang"), head()
    case = work_for(li, now)
    later = today + dt.timedelta(days=40)
    hand_over(li, to=wang, day=later, reason="退休", by=by, at=now)
    assert rehearse(li, to=wang, day=later, by=by, at=now) == Done(2, 0, 0, 0, 1)
    assert wang.postings.count() == 0
    assert Case.objects.get(pk=case.pk).assignee == li.user
    assert [h.state for h in Handover.objects.all()] == [Handover.State.WAITING]


def test_one_that_waits_is_done_on_its_day_and_once(city: City, now: dt.datetime, today: dt.date) -> None:
    li, wang, by = an_officer("li", *grids()[:2]), an_officer("wang"), head()
    case = work_for(li, now)
    made = hand_over(li, to=wang, day=today + dt.timedelta(days=1), reason="退休", by=by, at=now)
    assert made.state == Handover.State.WAITING
    assert wang.postings.count() == 0
    with pytest.raises(HandoverRefused, match="waits already"):
        hand_over(li, to=wang, day=today, reason="x", by=by, at=now)
    assert carry_out_due(at=now) == []
    # As if planned yesterday for today.
    Handover.objects.update(day=today)
    assert [h.pk for h in carry_out_due(at=now)] == [made.pk]
    assert carry_out_due(at=now) == []
    assert wang.postings.count() == 2
    assert case.history.filter(act=Act.ASSIGN).count() == 2
    assert any(line.work is carry_out_due for line in TIMETABLE)


def test_one_that_is_refused_on_its_day_stays_with_the_reason_and_can_be_called_off(
    city: City, now: dt.datetime, today: dt.date
) -> None:
    li, wang, by = an_officer("li", grids()[0]), an_officer("wang"), head()
    made = hand_over(li, to=wang, day=today + dt.timedelta(days=1), reason="退休", by=by, at=now)
    wang.user.is_active = False
    wang.user.save()
    Handover.objects.update(day=today)
    assert carry_out_due(at=now) == []
    made.refresh_from_db()
    assert (made.state, "cannot follow" in made.trouble) == (Handover.State.WAITING, True)
    assert li.postings.get().until is None
    assert handover.cancel(made, by=by).state == Handover.State.CANCELLED
    with pytest.raises(HandoverRefused):
        handover.cancel(made, by=by)


def test_what_the_follower_has_already_is_not_doubled(city: City, now: dt.datetime, today: dt.date) -> None:
    west, east, third, _last = grids()
    soon = today + dt.timedelta(days=30)
    li, wang = an_officer("li", west, east, third), an_officer("wang", west)
    li.postings.filter(grid=third).update(until=soon)
    Posting.objects.create(person=wang, grid=third, since=today + dt.timedelta(days=10))
    Posting.objects.create(person=wang, grid=east, since=today, until=today + dt.timedelta(days=5))
    team, _member = a_team(city.metres(0, 0), serves=city.community(0, 0))
    begins = now + dt.timedelta(days=1)
    a_shift(team, li, begins), a_shift(team, wang, begins)
    done = hand_over(li, to=wang, day=today, reason="合并", by=head(), at=now)
    assert (done.result["shifts"], done.result["shifts_dropped"]) == (0, 1)
    assert list(wang.postings.order_by("grid").values_list("grid", "since", "until")) == [
        (west.pk, dt.date(2025, 1, 1), None), (east.pk, today, None), (third.pk, today, None),
    ]  # fmt: skip


def test_a_community_officer_hands_over_among_his_own_people_only(city: City, now: dt.datetime, today: dt.date) -> None:
    west, _east, far, _last = grids()
    officer = a_user(Role.COMMUNITY, territory=city.community(0, 0))
    own, other = an_officer("own", west), an_officer("other", grids()[1])
    stranger = an_officer("stranger", far)
    assert may_hand_over(officer, own)
    assert not may_hand_over(officer, stranger)
    assert not may_hand_over(officer, officer.person)
    assert not may_hand_over(a_user(Role.DISPATCHER), own)
    assert not may_hand_over(a_user(None), own)
    case = work_for(own, now)
    with pytest.raises(NotYours):
        hand_over(stranger, to=own, day=today, reason="x", by=officer, at=now)
    with pytest.raises(NotYours):
        hand_over(own, to=stranger, day=today, reason="x", by=officer, at=now)
    hand_over(own, to=other, day=today, reason="x", by=officer, at=now)
    line = case.history.order_by("-pk").first()
    assert line is not None
    assert line.by == officer, "he acts for the unit himself"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_does_it() -> None:
    now, today = timezone.now(), timezone.localdate()
    a_city("6x2", community="3x2")
    li, wang, zhao = an_officer("li", *grids()[:2]), an_officer("wang"), an_officer("zhao")
    case, by = work_for(li, now), head()
    made = hand_over(li, to=wang, day=today + dt.timedelta(days=1), reason="退休", by=by, at=now)
    Handover.objects.update(day=today)
    start, out = threading.Barrier(4), []

    def run(work: Any) -> None:
        try:
            start.wait(20)
            out.append(work())
        except HandoverRefused as refused:
            out.append(refused)
        finally:
            connections.close_all()

    works = [lambda: carry_out_due(at=timezone.now())] * 3
    works.append(lambda: hand_over(li, to=zhao, day=today, reason="x", by=by, at=timezone.now()))
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(out) == 4, out
    assert sum(made in done for done in out if isinstance(done, list)) == 1
    assert case.history.filter(act=Act.ASSIGN).count() == 2
    assert wang.postings.count() == 2
    # The other came too late or too early; either way it found nothing to give, or was told to wait.
    assert zhao.postings.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cells_posting WHERE until IS NULL")
        assert cursor.fetchone() == (2,)
