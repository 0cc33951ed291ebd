"""Who tries passwords waits; who logs in, changes the password or comes from elsewhere gets what is his."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from tests.cases.makers import a_user

pytestmark = pytest.mark.django_db
RIGHT = "a good long sentence"


@pytest.fixture
def user() -> Any:
    made = a_user(name="wang")
    made.set_password(RIGHT)
    made.save()
    return made


def login(name: str, password: str, *, address: str = "198.51.100.7", client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address, **more)


def test_after_a_few_wrong_passwords_a_name_waits_at_that_address_alone(user: Any, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert login("wang", "wrong").status_code == 200
    assert login("wang", "wrong").status_code == 429
    refused = login("wang", RIGHT)
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "15 分钟" in refused.content.decode() or "15 minutes" in refused.content.decode()
    assert login("wang", RIGHT, address="203.0.113.9").status_code == 302, "nobody locks a name for its owner"


def test_the_waiting_is_told_in_english(user: Any, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 1
    with translation.override("en"):
        client = Client(headers={"Accept-Language": "en"})
        client.cookies["django_language"] = "en"
        assert (
            "Too many wrong passwords. Try again in 15 minutes" in login("wang", "no", client=client).content.decode()
        )


def test_an_address_that_tries_many_names_waits_with_all_of_them(user: Any, settings: Any) -> None:
    settings.LOGIN_TRIES_OF_AN_ADDRESS = 6
    for n in range(6):
        assert login(f"name{n}", "wrong").status_code == 200
    assert login("wang", RIGHT).status_code == 429
    assert login("wang", RIGHT, address="203.0.113.9").status_code == 302


def test_numbers_of_one_line_of_version_6_are_one_address(user: Any, settings: Any) -> None:
    for n in range(settings.AXES_FAILURE_LIMIT):
        login("wang", "wrong", address=f"2001:db8:1:2::{n + 1:x}")
    assert login("wang", RIGHT, address="2001:db8:1:2:ffff::9").status_code == 429
    assert login("wang", RIGHT, address="2001:db8:1:3::1").status_code == 302


def test_who_names_another_address_in_a_header_stays_where_he_is(user: Any, settings: Any) -> None:
    for n in range(settings.AXES_FAILURE_LIMIT):
        login("wang", "wrong", headers={"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"})
    assert login("wang", RIGHT, headers={"X-Forwarded-For": "203.0.113.200"}).status_code == 429


def test_the_right_password_ends_the_count(user: Any, settings: Any) -> None:
    for _ in range(3):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            assert login("wang", "wrong").status_code == 200
        assert login("wang", RIGHT).status_code == 302


def test_a_login_gives_the_session_a_new_key(user: Any) -> None:
    client = Client()
    client.get("/login/")
    session = client.session
    session["planted"] = "1"
    session.save()
    before = session.session_key
    login("wang", RIGHT, client=client)
    assert client.session.session_key != before


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(user: Any) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        login("wang", RIGHT, client=client)
        assert client.get("/api/cases").status_code == 200
    new = "another good long one"
    here.post("/password/", {"old_password": RIGHT, "new_password1": new, "new_password2": new})
    assert here.get("/api/cases").status_code == 200
    assert elsewhere.get("/api/cases").status_code == 401


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_login_leads_to_no_other_site(user: Any, next_page: str) -> None:
    answer = Client().post("/login/", {"username": "wang", "password": RIGHT, "next": next_page})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    language = Client().post("/language/", {"language": "en", "next": next_page})
    assert "evil" not in language["Location"]
    assert "javascript" not in language["Location"]


def test_a_host_that_is_not_the_citys_is_refused() -> None:
    assert Client().get("/login/", HTTP_HOST="evil.example").status_code == 400


def test_no_first_user_has_a_password_that_could_be_known(settings: Any) -> None:
    from cells.people import create_people

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # many are tried here

    for made in create_people():
        user = get_user_model().objects.get(username=made.username)
        assert len(made.password) >= 12, made.username
        assert not any(user.check_password(word) for word in (made.username, "admin", "password", "wanmi", ""))
