"""The hotline seat's page and its list of calls: for whom it is, what it knows, and what it never says."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from cases.models import StageLimit
from cells.models import CatalogueClass, FilingCondition, Role
from maps.pages.hotline import class_limits
from tests.cases.makers import a_case, a_user
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def a_client(role: str) -> Client:
    client = Client()
    client.force_login(a_user(role))
    return client


def the_class(code: str = "0103") -> CatalogueClass:
    return CatalogueClass.objects.in_use().minors().get(kind="event", major=code[:2], minor=code[2:])


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DISPATCHER])
def test_those_who_speak_with_callers_have_the_seat_next_to_the_map(role: str) -> None:
    a_lattice_city(4, 2)
    answer = a_client(role).get("/hotline/", headers=ENGLISH)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'id="telephone"' in page
    bar = page[page.index('<nav aria-label="Pages">') : page.index("</nav>")]
    assert bar.index("Map") < bar.index("Hotline") < bar.index("Heatmap")


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.OFFICER, Role.LEADER, Role.ADMINISTRATOR])
def test_others_are_told_in_words_and_have_no_link(role: str) -> None:
    a_lattice_city(4, 2)
    client = a_client(role)
    answer = client.get("/hotline/", headers=ENGLISH)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "The hotline seat is not yours" in page
    assert 'id="telephone"' not in page
    assert "/hotline/" not in client.get("/", headers=ENGLISH).content.decode().split("</nav>")[0]


def test_nobody_sits_there_without_a_login() -> None:
    assert Client().get("/hotline/").headers["Location"].startswith("/login/")
    assert Client().get("/api/calls").status_code == 401


def test_without_a_city_the_seat_says_how_to_get_one() -> None:
    assert "No city here yet" in a_client(Role.OPERATOR).get("/hotline/", headers=ENGLISH).content.decode()


def test_the_calls_of_the_asker_are_told_without_who_called() -> None:
    a_lattice_city(4, 2)
    user = a_user(Role.OPERATOR)
    client = Client()
    client.force_login(user)
    case = a_case(by=user, caller_name="李先生", caller_telephone="13800000000", address="人民路 1 号")
    answer = client.get("/api/calls")
    assert answer.headers["Cache-Control"] == "no-store"
    (call,) = answer.json()["calls"]
    assert (call["number"], call["stage"], call["joined"]) == (case.number, "filed", False)
    assert (call["class"]["code"], call["owner"]["code"], call["address"]) == ("0103", case.owner.code, "人民路 1 号")
    assert "李先生" not in answer.content.decode()
    assert "13800000000" not in answer.content.decode()
    assert a_client(Role.OPERATOR).get("/api/calls").json() == {"calls": []}


def test_a_class_without_limits_of_its_own_has_those_of_its_conditions() -> None:
    one = the_class()
    FilingCondition.objects.filter(catalogue_class=one).delete()
    StageLimit.objects.all().delete()
    for serial, (value, unit) in enumerate([(3, "WD"), (4, "UH"), (1, "WD"), (3, "WD")], 1):
        FilingCondition.objects.create(catalogue_class=one, serial=serial, limit_value=value, limit_unit=unit)
    assert class_limits([one])[one.pk] == [
        {"value": 4.0, "unit": "UH"},
        {"value": 1.0, "unit": "WD"},
        {"value": 3.0, "unit": "WD"},
    ]


def test_a_class_with_a_limit_of_its_own_has_that_one() -> None:
    one = the_class()
    StageLimit.objects.all().delete()
    StageLimit.objects.create(catalogue_class=one, stage=StageLimit.Stage.HANDLE, value=2, unit="WH")
    assert class_limits([one])[one.pk] == [{"value": 2.0, "unit": "WH"}]


def test_the_page_knows_the_limits_of_every_class() -> None:
    a_lattice_city(4, 2)
    page = a_client(Role.OPERATOR).get("/hotline/", headers=ENGLISH).content.decode()
    config = json.loads(page.split('<script id="config" type="application/json">')[1].split("</script>")[0])
    assert len(config["classes"]) == CatalogueClass.objects.in_use().minors().count()
    assert all({"value", "unit"} == set(limit) for c in config["classes"] for limit in c["limits"])
