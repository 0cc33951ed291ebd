"""A second factor stands between a password and everything else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone, translation
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cells.models import Role
from tests.makers import a_city, a_person

pytestmark = pytest.mark.django_db
PASSWORD = "a good long sentence"


@pytest.fixture
def planner() -> Any:
    """A planner of a small city, who has a password."""
    a_city(cells="2x2")
    user = a_person(Role.PLANNER)
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(user: Any, password: str = PASSWORD, client: Client | None = None, **more: Any) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.post("/login/", {"username": user.username, "password": password}, **more)


def digits_of(user: Any, *, confirmed: bool = True, steps: int = 0) -> str:
    device = TOTPDevice.objects.get(user=user, confirmed=confirmed)
    return f"{totp(device.bin_key, step=device.step, t0=device.t0 - steps * device.step, digits=device.digits):06d}"


def test_who_must_have_a_second_factor_sets_it_up_before_anything_opens(planner: Any, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = [Role.PLANNER]
    client, _ = log_in(planner)
    for closed in ("/plans/", "/password/", "/admin/", "/tiles/cells/14/13000/6000.mvt"):
        assert client.get(closed).headers.get("Location") == "/second-factor/", closed
    assert client.get("/api/plans").json()["error"] == "second_factor"
    page = client.get("/second-factor/").content.decode()
    assert "data:image/svg+xml" in page
    assert client.post("/second-factor/", {"digits": "000000"}).status_code == 400
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    done = client.post("/second-factor/", {"digits": digits_of(planner, confirmed=False)})
    codes = list(StaticToken.objects.values_list("token", flat=True))
    assert len(codes) == 8
    assert all(code in done.content.decode() for code in codes)
    assert client.get("/plans/").status_code == 200
    # The codes are shown once, and the next login asks for digits.
    assert not any(code in client.get("/second-factor/").content.decode() for code in codes)
    again, _ = log_in(planner)
    assert again.get("/plans/").headers["Location"] == "/second-factor/"


def test_digits_open_once_and_a_kept_code_stands_in_for_the_phone(planner: Any) -> None:
    client, _ = log_in(planner)
    assert client.get("/plans/").status_code == 200  # nobody must, unless the city says so
    client.get("/second-factor/")
    client.post("/second-factor/", {"digits": digits_of(planner, confirmed=False)})
    first, _ = log_in(planner)
    next_digits = digits_of(planner, steps=1)
    before = first.session.session_key
    assert first.post("/second-factor/", {"digits": next_digits}).headers["Location"] == "/"
    assert first.session.session_key != before
    assert first.get("/plans/").status_code == 200
    second, _ = log_in(planner)
    assert second.post("/second-factor/", {"digits": next_digits}).status_code == 400
    for kind in (TOTPDevice, StaticDevice):  # the pause is over
        kind.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    code = StaticToken.objects.first()
    assert code is not None
    assert second.post("/second-factor/", {"digits": code.token}).status_code == 302
    assert not StaticToken.objects.filter(pk=code.pk).exists()


def test_digits_cannot_be_guessed_one_after_the_other(planner: Any) -> None:
    device = TOTPDevice.objects.create(user=planner, name="app", confirmed=True)
    client, _ = log_in(planner)
    wrong = f"{(int(digits_of(planner)) + 500_000) % 1_000_000:06d}"
    for _ in range(4):
        assert client.post("/second-factor/", {"digits": wrong}).status_code == 400
    # The right ones are not heard either, until the pause is over.
    assert client.post("/second-factor/", {"digits": digits_of(planner)}).status_code == 400
    device.refresh_from_db()
    assert device.throttling_failure_count >= 1
    assert device.throttling_failure_timestamp <= timezone.now()
    assert client.get("/plans/").status_code == 302


def test_the_pages_speak_both_languages(planner: Any) -> None:
    client, _ = log_in(planner)
    with translation.override("zh-hans"):
        client.cookies["django_language"] = "zh-hans"
        assert "双重验证" in client.get("/second-factor/").content.decode()
    client.cookies["django_language"] = "en"
    assert "authenticator app" in client.get("/second-factor/").content.decode()


def test_there_is_no_account_with_a_known_password() -> None:
    assert not get_user_model().objects.exists()  # a fresh database has nobody in it
