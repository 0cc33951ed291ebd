"""Wrong settings, databases and installations are told by name, with the way out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection

from maps import checks, vendor


def ids(messages: list[CheckMessage]) -> list[str | None]:
    return [m.id for m in messages]


def test_an_installation_as_set_up_leaves_it_has_nothing_to_tell() -> None:
    assert ids([m for m in run_checks() if (m.id or "").startswith("wanmi")]) == []


@pytest.mark.parametrize(
    ("srid", "why"),
    [(4326, "degree"), (3857, "stretches"), (2263, "foot"), (1, "1")],
    ids=["degrees", "web", "feet", "none"],
)
def test_a_city_needs_a_projected_crs_in_metres(srid: int, why: str, settings: Any) -> None:
    settings.CITY_SRID = srid
    (message,) = checks.check_city_srid(None)
    assert message.id == "wanmi.E001"
    assert why in message.msg
    assert "CITY_SRID" in (message.hint or "")


@pytest.mark.django_db
def test_a_database_of_another_city_is_told_before_anything_is_written(settings: Any) -> None:
    assert checks.check_database(None, databases=["default"]) == []
    settings.CITY_SRID = 26986
    (message,) = checks.check_database(None, databases=["default"])
    assert message.id == "wanmi.E002"
    assert "CITY_SRID=4547" in (message.hint or "")
    assert "CITY_DATABASE=other CITY_SRID=26986 make setup" in (message.hint or "")


def test_the_database_is_asked_only_where_it_is_named() -> None:
    """No database mark: this test may not touch one, and `check` without --database does not."""
    assert checks.check_database(None) == []
    assert checks.check_database(None, databases=["another"]) == []


@pytest.mark.django_db
def test_a_missing_extension_is_told_with_the_words_to_type() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE a_clerk; DROP EXTENSION pg_trgm CASCADE; SET LOCAL ROLE a_clerk")
    messages = checks.check_database(None, databases=["default"])
    # pg_trgm is trusted, but a clerk may not create in the database.
    assert ids(messages) == ["wanmi.E004"]
    assert messages[0].hint == "As its administrator: CREATE EXTENSION pg_trgm;"


@pytest.mark.parametrize(
    ("version", "old"), [("3.3.2", False), ("3.10.0", False), ("4.0", False), ("3.2.9", True), ("2.5.5", True)]
)
def test_postgis_is_new_enough(version: str, old: bool) -> None:
    assert ids(checks._postgis(version, version, True)) == (["wanmi.E003"] if old else [])


def test_missing_files_of_the_front_end_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    (message,) = checks.check_front_end(None)
    assert message.id == "wanmi.E005"
    assert "leaflet.js" in message.msg


def test_a_translation_that_is_older_than_its_source_is_told(settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po, mo = folder / "django.po", folder / "django.mo"
    po.touch()
    settings.LOCALE_PATHS = [tmp_path]
    assert ids(checks.check_translations(None)) == ["wanmi.W002"]
    mo.touch()
    os.utime(po, (1, 1))
    assert checks.check_translations(None) == []


def test_a_server_for_others_wants_https(settings: Any) -> None:
    assert checks.check_open_server(None) == []
    settings.ALLOWED_HOSTS = ["city.example"]
    assert ids(checks.check_open_server(None)) == ["wanmi.W003"]
    settings.SESSION_COOKIE_SECURE = True
    assert checks.check_open_server(None) == []
