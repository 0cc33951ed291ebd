"""The pages round the city's map: while no city is loaded each says what to do, and starts no map."""

from __future__ import annotations

import pytest
from django.test import Client

from cells.models import Role
from tests.cases.makers import a_user

pytestmark = pytest.mark.django_db
PAGES = (
    ("/", Role.DISPATCHER), ("/hotline/", Role.OPERATOR), ("/leader/", Role.LEADER), ("/hotspots/", Role.LEADER),
    ("/staffing/", Role.PLANNER), ("/gaps/", Role.PLANNER), ("/history/", Role.PLANNER), ("/plans/", Role.PLANNER),
    ("/reports/division/", Role.PLANNER),
)  # fmt: skip


@pytest.mark.parametrize(("page", "role"), PAGES)
def test_without_a_city_the_page_says_how_to_get_one(page: str, role: str) -> None:
    client = Client()
    client.force_login(a_user(role))
    answer = client.get(page, headers={"Accept-Language": "en"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("No city here yet") == 1
    assert "manage.py import_grids" in text
    assert 'id="map"' not in text
