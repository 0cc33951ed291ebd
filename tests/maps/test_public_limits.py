"""Nobody floods the city by the public page: forms, limits of addresses and networks, wrong codes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from cases.citizens import limits
from cases.models import Case, PublicUse
from cells.models import Rule
from tests.makers import City, a_city
from tests.maps.public_desk import WORDS, a_form, a_report, code_in, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return a_city(cells="8x2", community="4x2", at=timezone.now() - dt.timedelta(days=400))


def limited(**most: float) -> None:
    for slug, value in most.items():
        Rule.objects.filter(pk=f"public_{slug}").update(value=value)


def test_a_form_of_somebody_else_an_old_one_and_a_quick_one_are_not_taken(city: City) -> None:
    for form in ("", "rubbish", a_form(seconds=0), a_form(seconds=13 * 3600)):
        assert send(city, form=form).status_code == 422
    assert send(city, website="http://spam").status_code == 400
    assert not Case.objects.exists()
    # A fresh form comes with what was typed.
    page = send(city, form="rubbish").content.decode()
    assert WORDS in page
    assert 'name="form" value="rubbish"' not in page


def test_what_is_too_large_or_without_a_token_is_told_in_words(city: City) -> None:
    large = Client().post("/public/", a_report(city), headers={"content-length": str(90_000_000)})
    assert large.status_code == 413
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post("/public/", a_report(city))
    assert refused.status_code == 403
    assert '<section class="step">' in refused.content.decode()  # our page, not the framework's
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "/public/follow/%00%00/",
        "/public/follow/?code=%00",
        "/public/places.json?q=%00",
        "/public/places.json?q=" + "%E8%B7%AF" * 500,
        "/public/near.json?service=event-01%00&lon=114&lat=34",
        "/public/near.json?service=event-0110&lon=nan&lat=34",
        "/public/near.json?service=event-0110&lon=1e300&lat=34",
        "/public/near.json",
        "/public/tiles/99/0/0.mvt",
        "/public/photos/99999999999999999999/view.jpg",
        "/public/photos/1/..%2Fview.jpg",
    ],
)
def test_no_address_breaks_on_what_it_is_asked(city: City, address: str) -> None:
    assert Client().get(address).status_code < 500
    assert send(city, service="event-01\x00", choice="\x00", lon="９").status_code == 422


def test_beyond_the_limit_of_an_address_the_telephone_is_told(city: City) -> None:
    limited(report_hour=2)
    client = Client(REMOTE_ADDR="2001:db8:1:2::1")
    given = a_report(city)
    code_in(client.post("/public/", given))
    code_in(send(city, 1, client=client))
    refused = send(city, 2, client=client)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert 'href="tel:12319"' in refused.content.decode()
    # The same /64 is the same house; the report that is there is still found; others are not held back.
    assert send(city, 2, client=Client(REMOTE_ADDR="2001:db8:1:2:9::7")).status_code == 429
    code_in(client.post("/public/", given))
    code_in(send(city, 2, client=Client(REMOTE_ADDR="2001:db8:1:3::1")))


def test_a_network_has_a_limit_of_its_own(city: City) -> None:
    limited(report_network=3)
    answers = [send(city, n, client=Client(REMOTE_ADDR=f"10.1.2.{n}")).status_code for n in range(4)]
    assert answers == [302, 302, 302, 429]
    assert send(city, 5, client=Client(REMOTE_ADDR="10.1.3.1")).status_code == 302


def test_the_day_goes_on_where_the_hour_begins_anew_and_no_address_is_kept() -> None:
    limited(report_hour=1, report_day=2)
    sender = limits.sender_of("10.0.0.9")
    morning = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
    limits.count(sender, limits.REPORT, at=morning)
    with pytest.raises(limits.TooMany) as hour:
        limits.count(sender, limits.REPORT, at=morning)
    assert hour.value.where["wait_s"] == 1800
    with pytest.raises(limits.TooMany) as day:
        limits.count(sender, limits.REPORT, at=morning + dt.timedelta(hours=1))
    assert day.value.where["wait_s"] > 12 * 3600
    limits.count(sender, limits.LOOK, at=morning)
    limits.count(sender, limits.REPORT, at=morning + dt.timedelta(days=1))
    assert PublicUse.objects.filter(since__lt=morning - dt.timedelta(hours=12)).count() == 0
    assert not PublicUse.objects.filter(who__contains="10.0").exists()


def test_wrong_codes_are_limited_and_right_ones_are_not(city: City) -> None:
    limited(guess_hour=2)
    client = Client()
    code = code_in(send(city, client=client))
    assert [client.get(f"/public/follow/AAAAA-AAAA{n}/").status_code for n in range(3)] == [404, 404, 429]
    assert client.get(f"/public/follow/{code}/").status_code == 200
