"""The document of the REST door, and that the door does what it says, whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as of_openapi

from tests.makers import City, a_component
from tests.rest.desk import ROOT, a_dispatched, a_program

pytestmark = pytest.mark.django_db
CHECKS = [
    schemathesis.checks.CHECKS.get_one("not_a_server_error"),
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
]
EXAMPLES = 12


def test_the_document_is_openapi_3_1_and_open_to_everybody(client: Any) -> None:
    told = client.get(f"{ROOT}/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) >= {f"{ROOT}/{n}" for n in ("cases", "cases/{number}", "grids", "cells", "rates")}
    for operations in told["paths"].values():
        for operation in operations.values():
            assert operation["security"] == [{"Bearer": []}]
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client does it: a request closes no connection, for the test's transaction lives on it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_whatever_is_sent_the_door_answers_as_its_document_says(city: City) -> None:
    """Every operation with made-up arguments, good and bad: no 500, no answer that the document does not know."""
    known = {
        "cases": a_dispatched(city, 0, words="路面塌陷").number, "components": a_component(city, 0, 0).code,
        "cells": city.code(0, 0), "grids": city.community_code(0, 0),
    }  # fmt: skip
    place = dict(zip(("lon", "lat"), city.lonlat(0, 0), strict=True))
    headers = {"Authorization": f"Bearer {a_program().token}"}
    document = schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", get_wsgi_application())
    asked: dict[str, list[int]] = {}
    for result in document.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                seen = asked.setdefault(case.operation.label, [])
                if len(seen) % 3 == 0:
                    # What is there, not only what is made up.
                    _point_at_what_is_there(case, known, place)
                response = case.call(headers=headers)
                seen.append(response.status_code)
                case.validate_response(response, checks=CHECKS)

            ask()
    assert len(asked) == 12
    # Not only refusals were looked at, and not only what went well.
    for label, seen in asked.items():
        assert len(seen) >= EXAMPLES, asked
        assert {200, 201} & set(seen), (label, seen)
    assert {400, 404} <= {status for seen in asked.values() for status in seen}


def _point_at_what_is_there(case: Any, known: dict[str, str], place: dict[str, Any]) -> None:
    for name in list(case.path_parameters or {}):
        case.path_parameters[name] = known[case.operation.path.split("/")[3]]
    if isinstance(case.body, dict):
        words = case.body.get("words")
        case.body = {**place, "words": words if isinstance(words, str) and words.strip() else "路面塌陷"}
