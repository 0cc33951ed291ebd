"""Logging in with a one-time password, choosing one's own, and what is closed until then."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from cells.models import Person, Role
from cells.people import create_people
from tests.cases.makers import a_case, a_user
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
FRESH = "a good long sentence"


def passwords(**how: Any) -> dict[str, str]:
    return {made.username: made.password for made in create_people(**how)}


def test_one_user_of_each_role_is_made_once() -> None:
    a_lattice_city(4, 4)
    first = passwords()
    assert set(first) == set(Role.objects.values_list("slug", flat=True))
    assert len(set(first.values())) == len(first)
    assert create_people() == []
    again = passwords(reset=True)
    assert set(again) == set(first)
    assert not set(again.values()) & set(first.values())
    community = Person.objects.get(role=Role.COMMUNITY)
    assert community.territory.level_id == "community"
    for person in Person.objects.select_related("user"):
        assert person.must_change_password
        assert person.user.password.startswith("pbkdf2_")
        assert not person.user.check_password(first[person.user.username])
        assert person.user.is_staff == (person.role_id == Role.ADMINISTRATOR)


def test_the_command_prints_the_passwords_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_people")
    lines = capsys.readouterr().out.splitlines()
    dispatcher = next(line for line in lines if line.startswith("dispatcher"))
    assert get_user_model().objects.get(username="dispatcher").check_password(dispatcher.split()[1])
    call_command("create_people")
    assert "there already" in capsys.readouterr().out


def test_a_one_time_password_opens_nothing_but_the_choice_of_ones_own() -> None:
    a_lattice_city(4, 4)
    client, once = Client(), passwords()["dispatcher"]
    client.post("/login/", {"username": "dispatcher", "password": once})
    for closed in ("/", "/reports/heatmap/", "/admin/"):
        answer = client.get(closed)
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/password/"), closed
    assert client.get("/api/cases").json()["error"] == "choose_password"
    assert client.get("/live/").headers.get("Location") == "/password/"
    page = client.get("/password/")
    assert page.status_code == 200
    assert "old_password" not in page.content.decode()
    same = client.post("/password/", {"new_password1": once, "new_password2": once})
    assert same.context["form"].errors["new_password1"]
    weak = client.post("/password/", {"new_password1": "short", "new_password2": "short"})
    assert weak.context["form"].errors
    done = client.post("/password/", {"new_password1": FRESH, "new_password2": FRESH})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert client.get("/api/cases").status_code == 200
    assert not Person.objects.get(user__username="dispatcher").must_change_password
    assert Client().post("/login/", {"username": "dispatcher", "password": once}).status_code == 200
    assert "old_password" in client.get("/password/").content.decode()


def test_a_new_one_time_password_ends_older_sessions() -> None:
    client, once = Client(), passwords()["leader"]
    client.post("/login/", {"username": "leader", "password": once})
    client.post("/password/", {"new_password1": FRESH, "new_password2": FRESH})
    assert client.get("/api/cases").status_code == 200
    create_people(reset=True)
    assert client.get("/api/cases").status_code == 401


def test_pages_ask_for_a_login_and_come_back_after_it() -> None:
    a_lattice_city(4, 4)
    user = a_user()
    user.set_password(FRESH)
    user.save()
    client = Client()
    asked = client.get("/reports/heatmap/")
    assert asked.headers["Location"] == "/login/?next=/reports/heatmap/"
    wrong = client.post("/login/", {"username": user.username, "password": "wrong"})
    assert wrong.context["form"].errors
    back = client.post("/login/?next=/reports/heatmap/", {"username": user.username, "password": FRESH})
    assert back.headers["Location"] == "/reports/heatmap/"
    away = Client().post("/login/?next=//evil.example/", {"username": user.username, "password": FRESH})
    assert away.headers["Location"] == "/"
    client.post("/logout/")
    assert client.get("/").status_code == 302


def test_the_language_is_switched_and_stays() -> None:
    client = Client()
    assert 'lang="zh-hans"' in client.get("/login/").content.decode()
    client.post("/language/", {"language": "en", "next": "/login/"})
    assert 'lang="en"' in client.get("/login/").content.decode()


def test_the_administrator_changes_catalogues_but_no_case() -> None:
    a_lattice_city(4, 4)
    case = a_case()
    client, once = Client(), passwords()["administrator"]
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/login/?next=/admin/"
    client.post("/login/", {"username": "administrator", "password": once})
    client.post("/password/", {"new_password1": FRESH, "new_password2": FRESH})
    assert client.get("/admin/cells/catalogueclass/").status_code == 200
    address = f"/admin/cases/case/{case.pk}/"
    assert case.number in client.get(address + "change/").content.decode()
    assert client.post(address + "change/", {"stage": "closed"}).status_code == 403
    assert client.post(address + "delete/", {"post": "yes"}).status_code == 403
    case.refresh_from_db()
    assert case.stage == "filed"
