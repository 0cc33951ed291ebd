"""The pages of rankings: numbers lead to their cases, odd addresses are answered in words, and who may publish."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from cases.models import Ranking, RankingEntry
from cells.models import Role
from tests.cases.judging_desk import Week, at, live
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client

pytestmark = pytest.mark.django_db
WEEK = Week(accepted=9, filed=9, dispatched=9, should_close=9, closed=8, closed_on_time=5, rework=1, extended=1)
POOR = Week(accepted=5, filed=5, dispatched=5, should_close=5, closed=2, closed_on_time=1, rework=0, extended=0)
APRIL = {"from": "2019-04-01", "to": "2019-04-30"}
MONTH = {"month": "2019-04", "scheme": "communities"}


@pytest.fixture
def city() -> City:
    city = a_city(cells="8x2", community="4x2", at=at("2019-01-01"))
    live(WEEK, city.community(0, 0), monday="2019-04-08", prefix="A")
    live(POOR, city.community(4, 0), monday="2019-04-08", prefix="B")
    return city


@pytest.fixture
def leader(city: City) -> Client:
    return a_client(a_person(Role.LEADER))


def said(client: Client, address: str, **query: Any) -> str:
    answer = client.get(f"/ranking/{address}", query)
    assert answer.status_code == 200, (address, query, answer.status_code)
    return answer.content.decode()


def test_each_number_leads_to_its_formula_and_as_many_cases(city: City, leader: Client) -> None:
    page = said(leader, "", **MONTH)
    found = re.search(r'href="/ranking/(figure/\?[^"]*key=close_rate)"', page)
    assert found is not None
    formula = said(leader, found[1].replace("&amp;", "&"))
    assert "8 ÷ 9" in formula
    assert "88.89 %" in formula
    for fact, number in (("closed", 8), ("should_close", 9)):
        link = re.search(rf'href="/ranking/(cases/\?[^"]*fact={fact})" data-fact="{fact}">(\d+)<', formula)
        assert link is not None
        assert int(link[2]) == number
        assert said(leader, link[1].replace("&amp;", "&")).count("data-case=") == number


def test_who_has_a_territory_sees_the_ranking_and_his_own_cases(city: City, leader: Client) -> None:
    community = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    assert "88.89 %" in said(community, "", **MONTH)
    page = said(community, "cases/", unit="community", id=city.community(0, 0).pk, fact="closed", **APRIL)
    assert "data-case=" not in page
    assert 'data-test="count">8<' in page
    own = said(community, "cases/", unit="community", id=city.community(4, 0).pk, fact="closed", **APRIL)
    assert own.count("data-case=") == 2


@pytest.mark.parametrize("kind", ["city", "district", "town", "community", "grid", "cell", "owner", "role", "person"])
def test_every_kind_of_unit_has_its_rates(leader: Client, kind: str) -> None:
    page = said(leader, "rates/", unit=kind, all="1", **APRIL)
    assert 'class="total"' in page


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("", {"month": "2019-13"}),
        ("", {"month": "9999-12"}),
        ("", {"month": "\x00", "scheme": "\x00"}),
        ("", {"scheme": "none"}),
        ("", {"within": "\x00"}),
        ("rates/", {"from": "x", "to": "y"}),
        ("rates/", {"from": "9999-12-31", "to": "9999-12-31"}),
        ("rates/", {"from": "0001-01-01", "to": "2019-01-01"}),
        ("rates/", {"from": "2019-02-01", "to": "2019-01-01", "unit": "moon"}),
        ("figure/", {}),
        ("figure/", {"key": "\x00"}),
        ("figure/", {"key": "close_rate", "id": "9" * 40, **APRIL}),
        ("cases/", {"fact": "nonsense"}),
        ("cases/", {"fact": "filed", "id": "9" * 17, "page": "9" * 30, **APRIL}),
        ("try/", {"scheme": "\x00"}),
        ("try/", {"w1": "NaN", **MONTH}),
        ("register/", {"scheme": "\x00"}),
        ("year/", {"year": "²²²²", "scheme": "\x00"}),
    ],
)
def test_odd_addresses_are_answered(leader: Client, address: str, query: dict[str, str]) -> None:
    assert leader.get(f"/ranking/{address}", query).status_code in (200, 404)


def test_a_month_is_published_by_who_may_and_two_persons_fine_its_last(city: City, leader: Client) -> None:
    other = a_client(a_person(Role.DISPATCHER))
    other.post("/ranking/publish/", MONTH)
    assert not Ranking.objects.exists()
    leader.post("/ranking/publish/", MONTH)
    leader.post("/ranking/publish/", MONTH)
    assert Ranking.objects.count() == 1
    fine = {"scheme": "communities", "kind": "fine", "period": "2019-04", "unit": city.community(4, 0).pk}
    leader.post("/ranking/register/", fine | {"amount": "x"})
    leader.post("/ranking/register/", fine)
    assert not RankingEntry.objects.exists()  # how much nobody has said
    leader.post("/ranking/register/", fine | {"amount": "1000"})
    entry = RankingEntry.objects.get()
    decided = {"scheme": "communities", "decide": entry.pk, "how": "approve"}
    leader.post("/ranking/register/", decided)
    assert RankingEntry.objects.get().state == "proposed"
    a_client(a_person(Role.ADMINISTRATOR)).post("/ranking/register/", decided)
    assert RankingEntry.objects.get().state == "approved"
    assert "1000.00" in said(leader, "year/", year="2019", scheme="communities")
