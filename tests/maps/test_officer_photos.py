"""Photos over HTTP and the phone's own files: who is shown what, and what is kept for the dead spot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from cells.models import Role
from tests.cases.makers import a_user
from tests.cases.phone import a_jpeg, a_zip
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, a_dispatched, a_file, an_officer, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.PHOTOS = tmp_path / "photos"


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


def test_a_photo_is_shown_to_who_sees_the_case_and_to_nobody_else(city: City) -> None:
    li = an_officer(city, 0, name="li")
    case = a_dispatched(city, 0)
    made = a_client(li).post(f"/api/cases/{case.number}/photos", {"file": a_file(), "kind": "before"})
    assert made.status_code == 201, made.content
    address = made.json()["view"]
    for user in (li, a_user(Role.DISPATCHER), a_person(Role.COMMUNITY, territory=city.community(0, 0))):
        found = a_client(user).get(address)
        assert (found.status_code, found["Content-Type"]) == (200, "image/jpeg")
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Cache-Control"].startswith("private")
        assert "sandbox" in found["Content-Security-Policy"]
        assert found.content.startswith(b"\xff\xd8\xff")
    strangers = (
        an_officer(city, 6, name="zhao"),
        a_person(Role.COMMUNITY, territory=city.community(6, 0)),
        a_user(None),
    )
    for user in strangers:
        assert a_client(user).get(address).status_code == 404  # as if there were none
    assert Client().get(address).status_code == 401
    assert a_client(li).get("/photos/999999/view.jpg").status_code == 404
    assert a_client(li).get(address.replace("view", "original")).status_code == 404


def test_a_refused_photo_is_told_in_words_of_the_reader(city: City) -> None:
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    told = send(client, "photo", case, before=a_file(a_zip(), "holiday.jpg"))
    assert (told.status_code, told.json()["error"]) == (400, "bad_photo")
    assert told.json()["where"]["reason"] == "not_a_photo"
    assert "ZIP" in told.json()["detail"]
    many = client.post("/api/my/acts", {
        "key": "m", "act": "photo", "number": case.number, "before": [a_file(a_jpeg(50 + n, 50)) for n in range(7)],
    })  # fmt: skip
    assert (many.status_code, many.json()["where"]["reason"]) == (400, "too_many")


def test_the_worker_and_the_manifest_are_served_and_name_only_files_that_are_there(client: Client) -> None:
    worker = client.get("/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "no-store" in worker["Cache-Control"]
    text = worker.content.decode()
    assert f'"cache": "shell-{settings.RELEASE}-' in text
    assert "/login/" not in text
    assert "/admin" not in text
    manifest = client.get("/my/manifest.webmanifest").json()
    assert (manifest["start_url"], manifest["display"]) == ("/my/", "standalone")


def test_all_modules_that_the_page_loads_are_in_its_shell() -> None:
    """Whatever officer.js imports, at any depth, is kept for the dead spot."""
    import re

    from django.contrib.staticfiles import finders

    from maps.pages.officer import _shell

    kept = set(_shell()[0])
    asked, todo = set(), ["maps/js/officer/officer.js"]
    while todo:
        name = todo.pop()
        if name in asked:
            continue
        asked.add(name)
        if "/vendor/" in name:
            continue
        code = Path(str(finders.find(name))).read_text(encoding="utf-8")
        for path in re.findall(r'^import .*?"(\.[^"]+)";', code, re.M):
            todo.append((Path("/") / Path(name).parent / path).resolve().relative_to("/").as_posix())
    assert len(asked) > 12
    assert {f"{settings.STATIC_URL}{name}" for name in asked} - kept == set()
