"""What every test may lean on: a real PostGIS with the first data in it, also after a test that commits."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker

from cells import first_data as data
from spatial.postgis import roles

FIRST_DATA = (
    "levels", "roles", "catalogue", "rules", "plan_checks", "case_sources", "twin_rules", "calendar", "side_roles",
    "labels", "ladder", "team_kinds", "emergency_grades", "post_kinds", "indicators", "schemes", "open_door",
    "public_page",
)  # fmt: skip
# Whatever else the machine does, what is right stays right: no example fails for its time.
hypothesis.settings.register_profile("wanmi", deadline=None)
hypothesis.settings.load_profile("wanmi")
ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("WANMI_REAL_DATA", ROOT.parent / "shared" / "data"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("real_data") and not REAL_DATA.is_dir():
        pytest.skip(f"no files of real cities in {REAL_DATA}: set WANMI_REAL_DATA to the folder that has them")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real cities' files (tests that use it carry the mark `real_data`)."""
    return REAL_DATA


@contextmanager
def making_a_database() -> Iterator[None]:
    """One at a time on this machine: roles belong to a server, and two migrations would make them at once."""
    with (Path(tempfile.gettempdir()) / f"wanmi-tests-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def first_turn() -> Iterator[ExitStack]:
    """Holds the turn of making a database from before Django makes it."""
    with ExitStack() as turn:
        turn.enter_context(making_a_database())
        yield turn


@pytest.fixture(scope="session")
def django_db_setup(first_turn: ExitStack, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests that commit end with TRUNCATE, which the history of cases and the looks at callers refuse: these two
    triggers sleep in tests."""
    first_turn.close()
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER history_is_not_emptied")
            cursor.execute("ALTER TABLE cases_callerlook DISABLE TRIGGER looks_are_not_emptied")
        data.load(apps, *FIRST_DATA)  # a reused database may have been left empty


@pytest.fixture(autouse=True)
def city_language() -> None:
    """A request leaves its reader's language on the thread: each test begins with the city's."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def grounds_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of its own would look for editions that a test has not committed; who imports the site asks for one."""
    monkeypatch.setattr("cells.routing._beside", False)


@pytest.fixture(autouse=True)
def own_role(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A test that leaves a streamed answer unread leaves its reader's role on the connection: it ends with the test."""
    yield
    with django_db_blocker.unblock():
        roles.give_back()


@pytest.fixture(autouse=True)
def first_data(request: pytest.FixtureRequest) -> None:
    """Levels, roles, catalogue and sources are there again after the test before emptied the tables."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server", "django_db_reset_sequences"} & set(request.fixturenames)
    if commits or (marker is not None and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        data.load(apps, *FIRST_DATA)
