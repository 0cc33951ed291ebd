"""The coverage map's answers: each reader on his own ground, with who answers for it; what is asked wrongly is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from cells.models import Role
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import an_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x2", community="3x2")


def client_of(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_a_leader_is_told_of_the_whole_city_and_a_community_of_its_own(city: City) -> None:
    officer = an_officer(city, 0, name="li").person
    officer.telephone = "0000-5550001"
    officer.save()
    whole = client_of(a_person(Role.LEADER)).get("/api/gaps", {"days": 3}).json()
    assert (whole["whole"], whole["figures"]["cells"], whole["figures"]["nobody_looked"]) == (True, 12, 12)
    assert whole["figures"]["date"] == timezone.localdate().isoformat()
    cell = {one["id"]: one["properties"] for one in whole["features"]}[city.code(0, 0)]
    assert whole["communities"][str(cell["community"])]["code"] == city.community_code(0, 0)
    assert [p["telephone"] for p in whole["people"][str(cell["grid"])]] == ["0000-5550001"]
    own = client_of(a_person(Role.COMMUNITY, territory=city.community(3, 0))).get("/api/gaps").json()
    assert (own["whole"], own["figures"]["cells"]) == (False, 6)
    assert {one["id"] for one in own["features"]} == {city.code(c, r) for c in range(3, 6) for r in range(2)}


def test_who_is_nobody_of_the_city_is_told_nothing(city: City) -> None:
    stranger = client_of(get_user_model().objects.create_user("stranger"))
    assert stranger.get("/api/gaps").status_code == 403
    assert stranger.get("/gaps/").status_code == 403
    assert client_of(a_person(Role.LEADER)).get("/gaps/").status_code == 200


@pytest.mark.parametrize("asked", [{"day": "yesterday"}, {"days": "0"}, {"days": "1.5"}, {"days": "400"}])
def test_what_is_no_day_or_window_is_refused_by_name(city: City, asked: dict[str, str]) -> None:
    answer = client_of(a_person(Role.LEADER)).get("/api/gaps", asked)
    assert (answer.status_code, answer.json()["where"]["field"]) == (400, *asked)
