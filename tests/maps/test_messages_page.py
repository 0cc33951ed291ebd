"""Messages reach both owners of cases that a redraw passed on, are seen by whom they concern, and read once."""

from __future__ import annotations

import pytest
from django.test import Client

from cases.models import Message
from tests.cases.publishing_desk import PublishingDesk
from tests.makers import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    """A case of the first community passed to the second by an edition."""
    desk = PublishingDesk()
    desk.passed = desk.case(2, 0)
    desk.paint_across(2, 0, into=(3, 0))
    desk.publish()
    return desk


def logged_in(role, territory=None):
    client = Client()
    client.force_login(a_person(role, territory=territory))
    return client


def test_both_communities_are_told_and_each_marks_its_own(desk):
    old, new = desk.city.community(0, 0), desk.city.community(3, 0)
    assert set(Message.objects.values_list("to", "kind")) == {(old.pk, "cases_went"), (new.pk, "cases_came")}
    giver, taker = logged_in("community", old), logged_in("community", new)
    page = taker.get("/messages/").content.decode()
    assert desk.passed.number in page
    assert "✉ 1" in page
    letter = Message.objects.get(to=new)
    assert f"/messages/{letter.pk}/read/" in page
    assert giver.post(f"/messages/{letter.pk}/read/").status_code == 404  # not theirs to see
    assert taker.post(f"/messages/{letter.pk}/read/").status_code == 302
    letter.refresh_from_db()
    assert letter.read_by.username == f"community-{new.code}"
    first = letter.read_at
    taker.post(f"/messages/{letter.pk}/read/")
    letter.refresh_from_db()
    assert letter.read_at == first
    assert "✉" not in taker.get("/messages/").content.decode()
    assert "✉ 1" in giver.get("/messages/").content.decode()


def test_the_town_and_the_centre_look_on_without_taking_the_mark_away(desk):
    new = desk.city.community(3, 0)
    letter = Message.objects.get(to=new)
    town = new.versions.get(until=None).parent
    for client in (logged_in("community", town), logged_in("dispatcher")):
        page = client.get("/messages/").content.decode()
        assert desk.passed.number in page
        assert "/read/" not in page
        assert client.post(f"/messages/{letter.pk}/read/").status_code == 403
    other = logged_in("community", desk.city.community(0, 2))
    assert desk.passed.number not in other.get("/messages/").content.decode()
    assert Client().get("/messages/").status_code == 302


def test_a_page_of_messages_asks_a_bounded_number_of_questions(desk, django_assert_max_num_queries):
    taker = logged_in("community", desk.city.community(3, 0))
    with django_assert_max_num_queries(14):
        taker.get("/messages/")
