"""The double report: two messages of one report upward, each with its receipt, and the find of a seconded officer."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from cases import assigning, double_report, handling, inbox, sight
from cases.errors import NotYours
from cases.models import Message
from cells.models import Grid, Level, Person, Posting
from tests.cases.ladder_desk import DONE, WHY, Ladder, up
from tests.cases.makers import NOON, a_case
from tests.cases.test_life import HOUR, again, dispatched

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Ladder:
    return Ladder()


def test_an_officers_report_tells_the_community_and_the_seconded_officer(people: Ladder) -> None:
    case = handling.take_on(dispatched(people), by=people.officer, at=NOON)
    case = up(case, people.officer, at=NOON + HOUR)
    assert (case.owner, case.rung_id, case.assignee_id) == (people.unit, "community", None)
    first, second = Message.objects.order_by("pk")
    assert (first.kind, first.to, first.person, first.beside) == ("reported_up", people.unit, None, None)
    assert (second.kind, second.person, second.beside) == ("told_seconded", people.seconded.person, first)
    for message in (first, second):
        assert list(message.cases.all()) == [case]
        assert message.body == f"{WHY} · {DONE}"
    with pytest.raises(NotYours):
        inbox.read(second, by=again(people.community), at=NOON)
    read = inbox.read(second, by=again(people.seconded), at=NOON + 2 * HOUR)
    assert (read.read_by, read.read_at) == (people.seconded, NOON + 2 * HOUR)
    first.refresh_from_db()
    assert first.read_at is None, "each has its own receipt"
    assert [inbox.waiting(again(who)) for who in (people.community, people.seconded, people.elsewhere)] == [1, 0, 0]
    with pytest.raises(NotYours, match="already"):
        up(case, people.officer, at=NOON + HOUR)
    case = assigning.assign(case, person=again(people.officer), by=again(people.community), at=NOON + 2 * HOUR)
    assert case in sight.work_of(again(people.officer))


def test_a_communitys_report_upward_is_no_double_report(people: Ladder) -> None:
    up(dispatched(people), people.community)
    assert {message.kind for message in Message.objects.all()} == {Message.Kind.BROUGHT_UP}  # the new owner is told


def test_the_find_of_a_seconded_officer_tells_the_responsible_one(people: Ladder) -> None:
    case = a_case(by=again(people.seconded), words="井盖缺失")
    message = Message.objects.get()
    assert (message.kind, message.person, message.to) == ("found", people.officer.person, people.unit)
    assert list(message.cases.all()) == [case]
    a_case(by=again(people.officer))
    a_case()
    assert Message.objects.count() == 1
    assert double_report.tell_find(case, by=None, at=NOON) == []


def test_an_officer_posted_elsewhere_is_not_told_though_seated_there(people: Ladder) -> None:
    Person.objects.filter(pk=people.seconded.person.pk).update(territory=people.unit)
    far = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=people.unit.pk).first()
    Posting.objects.create(person=people.seconded.person, grid=far, since=dt.date(2020, 1, 1))
    up(dispatched(people), people.officer)
    assert set(Message.objects.values_list("kind", flat=True)) == {"reported_up"}


def test_the_page_of_messages_shows_them_and_each_reads_his_own(people: Ladder) -> None:
    case = up(dispatched(people), people.officer)
    first, second = Message.objects.order_by("pk")
    for who, own, others in ((people.community, first, second), (people.seconded, second, first)):
        client = Client()
        client.force_login(who)
        page = client.get("/messages/").content.decode()
        assert case.number in page
        assert DONE in page
        assert f"/messages/{own.pk}/read/" in page
        assert f"/messages/{others.pk}/read/" not in page
        assert client.post(f"/messages/{others.pk}/read/").status_code == 403
        assert client.post(f"/messages/{own.pk}/read/").status_code == 302
