"""What every test may lean on: a real PostGIS with the first data in it, also after a test that commits."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from cells import first_data as data

FIRST_DATA = ("levels", "roles", "catalogue", "case_sources")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Tests that commit end with TRUNCATE, which the history of cases refuses: that one trigger sleeps in tests."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER history_is_not_emptied")
        data.load(apps, *FIRST_DATA)  # a reused database may have been left empty


@pytest.fixture(autouse=True)
def first_data(request: pytest.FixtureRequest) -> None:
    """Levels, roles, catalogue and sources are there again after the test before emptied the tables."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server", "django_db_reset_sequences"} & set(request.fixturenames)
    if commits or (marker is not None and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        data.load(apps, *FIRST_DATA)
