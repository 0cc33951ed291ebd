"""The page of the history: words where there is nothing to compare, and who may take an edition back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.cells.next_editions import next_edition
from tests.makers import City, a_city, a_person, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return a_city("3x1", at=noon("2026-03-02"))


def page(client: Client, role: str = "dispatcher") -> str:
    client.force_login(a_person(role))
    return client.get(reverse("history"), headers={"Accept-Language": "en"}).content.decode()


def test_without_a_city_the_page_says_how_to_get_one(client: Client) -> None:
    assert "No city here yet" in page(client)


def test_with_one_edition_there_are_words_and_no_divider(city: City, client: Client) -> None:
    shown = page(client)
    assert "There is one edition so far, in force since March 2, 2026" in shown
    assert "divider" not in shown
    assert "history.js" not in shown


def test_with_two_editions_there_is_a_divider(city: City, client: Client) -> None:
    next_edition(city, at=noon("2026-06-01"), retired=[city.code(2, 0)])
    shown = page(client)
    assert 'role="slider"' in shown
    assert "history.js" in shown


@pytest.mark.parametrize(("role", "may"), [("planner", True), ("administrator", True), ("leader", False)])
def test_who_draws_may_take_back(city: City, client: Client, role: str, may: bool) -> None:
    next_edition(city, at=noon("2026-06-01"), retired=[city.code(2, 0)])
    assert f'"may_take_back": {str(may).lower()}' in page(client, role)


def test_the_page_is_for_people_of_the_city(city: City, client: Client) -> None:
    assert client.get(reverse("history")).status_code == 302
