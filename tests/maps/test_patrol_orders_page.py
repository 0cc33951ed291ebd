"""Patrol orders through their doors: given once, shown at the phone, the patrols' page and the map, taken back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import CellVisit, PatrolOrder
from cells.models import Role
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, an_officer

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def city() -> City:
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


@pytest.fixture
def head(city: City) -> Client:
    return client_of(a_person(Role.COMMUNITY, territory=city.community(0, 0)))


def client_of(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def give(client: Client, codes: list[str], *, key: str = "k", **given: Any) -> Any:
    asked = {"key": key, "cells": codes, "person": None, "until": TODAY.isoformat(), "reason": "nobody walked"} | given
    return client.post("/api/patrols/orders", asked, content_type="application/json")


def test_an_order_is_given_once_under_its_key_and_shown_where_it_is_looked_for(city: City, head: Client) -> None:
    li = an_officer(city, 0, name="li")
    codes = [city.code(0, 0), city.code(1, 1)]
    made, again = give(head, codes), give(head, codes)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    (order,) = made.json()["orders"]
    assert PatrolOrder.objects.count() == 1
    assert {name: order[name] for name in ("to", "cells", "walked", "state")} == {
        "to": "li", "cells": 2, "walked": 0, "state": "open",
    }  # fmt: skip
    # At his phone, before everything else.
    phone = client_of(li)
    told = phone.get("/api/my/round").json()
    assert [(one["id"], one["left"]) for one in told["orders"]] == [(order["id"], 2)]
    assert {cell["code"] for cell in told["cells"][:2]} == set(codes)
    assert [cell["order"] for cell in told["cells"]] == [order["id"]] * 2 + [None] * 2
    assert (told["beat"]["cells"], told["unseen"]) == (4, 4)
    # On the patrols' pages of both, and on the map.
    for client in (phone, head):
        assert f'data-order="{order["id"]}" data-state="open"' in client.get("/patrols/").content.decode()
        assert "0/2" in client.get(order["address"]).content.decode()
    assert 'data-test="desk-orders"' in head.get("/desk/").content.decode()
    assert set(head.get("/api/gaps").json()["ordered"]) == {str(city.cell(0, 0).pk), str(city.cell(1, 1).pk)}
    # Walked by all tracks, it is done: nobody says so.
    for column, row in ((0, 0), (1, 1)):
        at = timezone.now()
        CellVisit.objects.create(
            person=li.person, cell=city.cell(column, row), day=timezone.localdate(at), first_at=at, last_at=at,
            seconds=300, metres=0, mode=1,
        )  # fmt: skip
    assert phone.get("/api/my/round").json()["orders"] == []
    assert 'data-state="done"' in head.get("/patrols/").content.decode()


def test_an_order_is_taken_back_on_its_page_with_a_reason(city: City, head: Client) -> None:
    li = an_officer(city, 0, name="li")
    (order,) = give(head, [city.code(0, 0)], person=li.person.pk).json()["orders"]
    address = order["address"]
    assert "Take the order back" not in client_of(li).get(address).content.decode()
    assert client_of(li).post(address, {"why": "no"}).status_code == 403
    assert "Say why" in head.post(address, {"why": " "}).content.decode()
    assert head.post(address, {"why": "another goes"}).status_code == 302
    shown = head.get(address).content.decode()
    assert "another goes" in shown
    assert "Take the order back" not in shown
    head.post(address, {"why": "twice"})
    assert PatrolOrder.objects.get().taken_back_why == "another goes"
    assert client_of(li).get("/api/my/round").json()["orders"] == []


def test_foreign_and_senseless_orders_are_refused_in_words(city: City, head: Client) -> None:
    li, zhao = an_officer(city, 0, name="li"), an_officer(city, 4, name="zhao")
    here, there = city.code(0, 0), city.code(4, 0)
    assert give(head, [there], key="1").status_code == 403
    assert give(head, [here], key="2", person=zhao.person.pk).status_code == 403
    assert give(client_of(li), [here], key="3").status_code == 403
    for k, wrong in enumerate(
        ({"person": "li"}, {"person": True}, {"until": "soon"}, {"until": "2020-01-01"}, {"reason": ""}, {"key": ""})
    ):
        answer = give(head, [here], **({"key": f"w{k}"} | wrong))
        assert (answer.status_code, answer.json()["where"]["field"]) == (400, *wrong)
    assert give(head, [here], key="p", person=999_999).status_code == 404
    for codes in ([], ["1", 2], ["x" * 5000], [here] * 3 + [str(k) for k in range(400)]):
        answer = give(head, codes, key="c")  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["where"]["field"]) == (400, "cells")
    assert not PatrolOrder.objects.exists()
    (order,) = give(client_of(a_person(Role.LEADER)), [there]).json()["orders"]
    assert head.get(order["address"]).status_code == 403
    assert head.get("/patrols/orders/999999/").status_code == 403
