"""Asks the door as a program would: in both formats, every answer held against its schema and against the other one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from django.test import Client
from django.utils import timezone

from cases import keyring
from cases.models import Case
from cases.moves import move
from cases.workflow import Act, Side
from tests.cases.makers import closed
from tests.makers import City, a_city
from tests.open311 import schemas

ROOT = "/open311/v2"
LISTS = {
    "services", "service_requests", "service_request_updates", "errors", "attributes", "values", "endpoints", "formats",
}  # fmt: skip
ROAD, LAMP, DIRTY = "event-0113", "component-0137", "event-0112"


@dataclass(frozen=True)
class Answer:
    """An answer: `told` as JSON would have it, from XML all as text."""

    status: int
    told: Any
    body: bytes
    headers: Any

    @property
    def codes(self) -> list[Any]:
        return [row["code"] for row in self.told]


@dataclass
class Desk:
    """A city with its door, and a key to it."""

    city: City
    key: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def get(self, path: str, form: str = "json", schema: str = "service_requests", **asked: Any) -> Answer:
        """One answer; of a refusal the schema is that of errors."""
        return _answer(self.client.get(f"{ROOT}/{path}.{form}", asked), form, schema)

    def both(self, path: str, schema: str = "service_requests", **asked: Any) -> Answer:
        """The answer in JSON, which says in XML exactly the same."""
        one = self.get(path, "json", schema, **asked)
        other = self.get(path, "xml", schema, **asked)
        assert other.status == one.status
        assert other.told == as_text(one.told)
        return one

    def post(self, form: str = "json", key: str | None = None, headers: Any = None, **given: Any) -> Answer:
        """A report in the middle of the first cell, but for what is given; None leaves a field out."""
        lon, lat = self.city.lonlat(0, 0)
        whole = {"service_code": DIRTY, "lat": lat, "long": lon, "description": "路面不洁", **given}
        whole["api_key"] = self.key if key is None else key
        sent = [(name, v) for name, value in whole.items() if value is not None
                for v in (value if isinstance(value, list) else [value])]  # fmt: skip
        return self.post_raw(urlencode(sent), form, headers=headers)

    def post_raw(
        self, body: str | bytes, form: str = "json", *, headers: Any = None, kind: str = "", to: str = "requests",
        schema: str = "reported",
    ) -> Answer:  # fmt: skip
        kind = kind or "application/x-www-form-urlencoded; charset=utf-8"
        answer = self.client.generic("POST", f"{ROOT}/{to}.{form}", body, content_type=kind, headers=headers)
        return _answer(answer, form, schema)

    def case(self, **given: Any) -> Case:
        """A report that came in, as the case it is."""
        answer = self.post(**given)
        assert answer.status == 200, answer.told
        return Case.objects.get(number=answer.told[0]["service_request_id"])


@pytest.fixture
def desk() -> Desk:
    """Two communities of 2 × 2 cells, and a key to report by."""
    city = a_city(cells="4x2", community="2x2")
    key = keyring.make_key("app", scopes=["report"], source="public", per_minute=1000, per_day=1000, at=timezone.now())
    return Desk(city, key)


def filed(case: Case) -> Case:
    """The case, looked at by the desk and filed."""
    return move(case, Act.FILE, by=None, side=Side.SUPERVISION, at=timezone.now())


def ended(case: Case) -> Case:
    """The filed case, closed."""
    return closed(case, at=timezone.now())


def as_text(told: Any) -> Any:
    """What XML says of the same: all as text."""
    if isinstance(told, dict):
        return {name: as_text(value) for name, value in told.items()}
    if isinstance(told, list):
        return [as_text(row) for row in told]
    if told is None:
        return ""
    return told if isinstance(told, str) else json.dumps(told)


def from_xml(element: Element) -> Any:
    """What XML says, as JSON would have it, all as text."""
    if element.tag in LISTS:
        return [from_xml(row) for row in element]
    return {child.tag: from_xml(child) for child in element} if len(element) else element.text or ""


def _answer(answer: Any, form: str, schema: str) -> Answer:
    body = answer.content
    assert answer.headers["Content-Type"] == {
        "json": "application/json; charset=utf-8"}.get(form, "text/xml; charset=utf-8")  # fmt: skip
    if form == "json":
        told = json.loads(body)
        schemas.check_json(schema if answer.status_code == 200 else "errors", told)
    else:
        assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        schemas.check_xml(body)
        told = from_xml(ElementTree.fromstring(body))
    return Answer(answer.status_code, told, body, answer.headers)
