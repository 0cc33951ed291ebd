"""Discovery: both formats, the same facts, all that the standard demands."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from cases.models import OpenDoor
from tests.open311 import schemas
from tests.open311.desk import Desk, as_text, from_xml

pytestmark = pytest.mark.django_db


def told(desk: Desk, form: str) -> Any:
    answer = desk.client.get(f"/open311/discovery.{form}")
    assert answer.status_code == 200
    if form == "json":
        schemas.check_json("discovery", json.loads(answer.content))
        return json.loads(answer.content)
    schemas.check_xml(answer.content)
    return from_xml(ElementTree.fromstring(answer.content))


def test_discovery_is_there_in_xml(desk: Desk) -> None:
    assert told(desk, "xml")["contact"]


def test_discovery_is_there_in_json(desk: Desk) -> None:
    assert told(desk, "json")["key_service"]


def test_discovery_says_the_same_in_both_formats(desk: Desk) -> None:
    assert told(desk, "xml") == as_text(told(desk, "json"))


def test_discovery_has_the_content_types(desk: Desk) -> None:
    kinds = [desk.client.get(f"/open311/discovery.{form}").headers["Content-Type"] for form in ("xml", "json")]
    assert kinds == ["text/xml; charset=utf-8", "application/json; charset=utf-8"]


def test_changesets_are_dates_of_the_past(desk: Desk) -> None:
    found = told(desk, "json")
    OpenDoor.objects.update(changed_at=timezone.now() - dt.timedelta(days=1))
    for moment in (found["changeset"], told(desk, "json")["endpoints"][0]["changeset"]):
        assert dt.datetime.fromisoformat(moment) < dt.datetime.fromisoformat("2100-01-01T00:00:00Z")
    assert dt.datetime.fromisoformat(told(desk, "json")["changeset"]) < timezone.now()


def test_there_is_an_endpoint_whose_address_answers(desk: Desk) -> None:
    (endpoint,) = told(desk, "json")["endpoints"]
    assert endpoint["url"] == "http://testserver/open311/v2"
    assert endpoint["specification"].endswith("GeoReport_v2")
    assert desk.client.get(endpoint["url"].removeprefix("http://testserver") + "/services.xml").status_code == 200


def test_formats_are_a_list_of_both(desk: Desk) -> None:
    assert told(desk, "json")["endpoints"][0]["formats"] == ["text/xml", "application/json"]


def test_the_type_is_what_the_city_says(desk: Desk) -> None:
    assert told(desk, "json")["endpoints"][0]["type"] == "production"
    OpenDoor.objects.update(is_production=False)
    assert told(desk, "json")["endpoints"][0]["type"] == "test"
