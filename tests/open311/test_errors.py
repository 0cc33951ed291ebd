"""Errors are lists, the same in both formats; and both formats always say the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.open311 import wire
from tests.open311.desk import Desk, as_text, from_xml

pytestmark = pytest.mark.django_db


def test_errors_are_a_list_in_json(desk: Desk) -> None:
    answer = desk.post(key="")
    assert answer.told == [{"code": 403, "description": answer.told[0]["description"]}]


def test_errors_are_a_list_in_xml(desk: Desk) -> None:
    body = desk.post("xml", key="").body.decode()
    assert re.search(r"<errors><error><code>403</code><description>.+</description></error></errors>$", body)


def test_several_errors_come_at_once(desk: Desk) -> None:
    answer = desk.post(service_code="", lat="x", phone="1" * 50)
    assert answer.codes == [400, 400, 400]


def test_errors_say_the_same_in_both_formats(desk: Desk) -> None:
    for path, asked in (("requests/9", {}), ("requests", {"status": "x"}), ("services", {"lat": "1"})):
        assert desk.both(path, **asked).status in (400, 404)


def test_what_is_not_there_is_404_and_a_verb_that_is_not_known_405(desk: Desk) -> None:
    assert desk.client.get("/open311/v2/nothing").status_code == 404
    answer = desk.client.delete("/open311/v2/requests.json")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert desk.client.put("/open311/v2/services.xml").status_code == 405
    assert desk.client.head("/open311/v2/services.xml").status_code == 200


def test_pages_of_others_may_ask(desk: Desk) -> None:
    assert desk.get("requests").headers["Access-Control-Allow-Origin"] == "*"


def test_hostile_arguments_are_refused_and_break_nothing(desk: Desk) -> None:
    for name in ("service_request_id", "service_code", "start_date", "status", "page", "bbox", "updated_after",
                 "extensions", "jurisdiction_id"):  # fmt: skip
        for value in ("\x00", "'; DROP TABLE cases_case; --", "9" * 500, "💥" * 300, "-1e9", "]]><!ENTITY x>", " "):
            for form in ("json", "xml"):
                assert desk.get("requests", form, "service_requests+", **{name: value}).status in (200, 400), (
                    name,
                    value,
                )


TEXTS = st.text(max_size=30)
ROWS = st.fixed_dictionaries(
    {
        "service_request_id": TEXTS, "description": st.none() | TEXTS, "lat": st.none() | st.floats(-90, 90),
        "metadata": st.booleans(), "order": st.integers(1, 99),
        "values": st.lists(st.fixed_dictionaries({"key": TEXTS, "name": TEXTS}), max_size=3),
    }
)  # fmt: skip


@given(st.lists(ROWS, max_size=4))
@settings(max_examples=150, deadline=None)
def test_xml_and_json_always_say_the_same(rows: list[dict[str, Any]]) -> None:
    told = json.loads(wire.answer("json", "service_requests", rows).content)
    read = from_xml(ElementTree.fromstring(wire.answer("xml", "service_requests", rows).content))
    assert read == as_text(told)
