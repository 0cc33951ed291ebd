"""What no honest page sends: half characters, NUL, brackets without end, numbers beyond all numbers. All of it is told
in words, at machines' doors as JSON and to people as a page."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from django.db import DataError
from django.test import Client
from django.utils import translation

from cells.plans import open_plan
from maps.errors import server_error
from tests.cases.makers import a_user
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture
def client() -> Client:
    a_lattice_city(4, 4)
    found = Client()
    found.force_login(a_user("planner", name="planner"))
    return found


def post(client: Client, path: str, body: bytes | Any, kind: str = "application/json") -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, sent, content_type=kind)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_a_text_that_cannot_be_kept_is_refused_wherever_it_stands(client: Client, text: str) -> None:
    for body in ({"words": text}, {text: 1}, {"condition": {"a": [{"b": text}]}}):
        for path in ("/api/cases", "/api/route", "/api/my/track"):
            answer = post(client, path, body)
            assert answer.status_code == 400, (path, answer.content)
            assert answer.json()["sentence"]


@pytest.mark.parametrize(
    "path", ["/api/search?q=%00", "/api/cells/a%00b/family", "/api/cases/2026%00", "/ledger/?q=%00"]
)
def test_an_address_with_a_nul_breaks_nothing(client: Client, path: str) -> None:
    client.raise_request_exception = False
    assert client.get(path).status_code < 500


def test_what_no_table_can_hold_is_refused_to_people_as_a_page(rf: Any) -> None:
    with translation.override("en"):
        try:
            raise DataError("PostgreSQL text fields cannot contain NUL")
        except DataError:
            answer = server_error(rf.post("/roster/add/"))
            told = server_error(rf.post("/api/cases"))
    assert (answer.status_code, told.status_code) == (400, 400)
    assert "was not saved" in answer.content.decode()
    assert json.loads(told.content)["error"] == "bad_value"


def test_a_form_with_a_nul_is_refused_as_a_page(client: Client) -> None:
    client.raise_request_exception = False
    for path in ("/roster/add/", "/appeals/new/", "/login/", "/public/follow/"):
        answer = client.post(
            path, {"case": "\x00", "grid": "\x00", "username": "\x00", "password": "\x00", "code": "\x00"}
        )
        assert answer.status_code < 500, path


def test_half_a_character_as_bytes_is_refused_too(client: Client) -> None:
    """Python's reader of JSON lets it pass."""
    for path in ("/api/cases", "/api/route"):
        answer = post(client, path, b'{"points": [[1, 2]], "crs": "\xed\xbf\xbf"}')
        assert answer.status_code == 400, answer.content


def test_a_number_that_no_table_can_hold_is_refused(client: Client) -> None:
    plan = open_plan(title="p", by=a_user("planner", name="another"))
    for kind in ([], {}, 10**400, None):
        answer = post(client, f"/api/plans/{plan.pk}/edits", {"kind": kind, "intent": {}, "revision": 0})
        assert answer.status_code == 400
    for number in (10**30, 2**63, -(2**63)):
        answer = post(client, "/api/route", [{"lon": number, "lat": 1}])
        assert answer.status_code in (200, 400), answer.content


def test_a_part_that_is_no_number_is_refused(client: Client) -> None:
    for part in ("NaN", "inf", "-inf", "1e400", "1.5"):
        answer = client.post("/api/my/acts", {"key": "k", "act": "handle", "number": "1", "part": part})
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_request"), part


def test_brackets_without_end_are_no_json(client: Client) -> None:
    for path in ("/api/route", "/api/cases", "/api/my/track"):
        answer = post(client, path, b"[" * 20_000)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_request"), path


def test_a_table_whose_columns_have_no_readable_names_is_refused(client: Client) -> None:
    out = pa.BufferOutputStream()
    table = pa.table({"lonlon": [1.0], "lat": [2.0]})
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    body = out.getvalue().to_pybytes().replace(b"lonlon", b"\x80\x80\x80\x80\x80\x80")
    answer = post(client, "/api/route", body, ARROW)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
