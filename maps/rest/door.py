"""The API itself: who may call, how it refuses, and its document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer

from cases.models import ApiToken
from maps import bearer, problem_json
from maps.errors import BadRequest
from maps.rest.shapes import ProblemTold

PREFIX = "rest/v1/"
_ABOUT = """Cases, grids, cells, components, the catalogue and rates of a city, for other programs.

Calls carry a token (`Authorization: Bearer …`) that the city gives out; it opens scopes, within a territory. Pages have
a cursor (`next`). Answers have an ETag: send it back as `If-None-Match` and what has not changed is 304. Refusals are
`application/problem+json` (RFC 9457). Coordinates are longitude and latitude in WGS 84, longitude first."""


class Api(NinjaAPI):
    """What ninja makes, with the refusals of this house in its document."""

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        told = super().get_openapi_schema(path_prefix=PREFIX)
        parts = told["components"]
        parts["schemas"]["Problem"] = ProblemTold.model_json_schema()
        of_problem = {problem_json.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        parts["responses"] = {"Problem": {"description": "What is wrong, and what to do", "content": of_problem}}
        mark = {"schema": {"type": "string"}, "description": "send back as If-None-Match"}
        for operations in told["paths"].values():
            for verb, operation in operations.items():
                answers = operation["responses"]
                for parameter in operation["parameters"]:
                    # What may be left out is left out: an address has no null.
                    kinds = parameter["schema"].pop("anyOf", [])
                    parameter["schema"].update(next((kind for kind in kinds if kind != {"type": "null"}), {}))
                if verb == "get":
                    answers[200]["headers"] = {"ETag": mark}
                    answers[304] = {"description": "Not changed since the ETag that was sent"}
                answers["default"] = {"$ref": "#/components/responses/Problem"}
                for status in (400, 401, 403, 404, 405, 409, 413, 422, 429, 503):
                    answers[status] = {"$ref": "#/components/responses/Problem"}
        return told


class Bearer(HttpBearer):
    """A token with a scope; the caller works in its territory from then on."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiToken:
        return bearer.reader(request, scope=self.scope)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        raise NotImplementedError  # __call__ does it, for Basic too


READS_CASES = Bearer(ApiToken.Scope.CASES_READ)
WRITES_CASES = Bearer(ApiToken.Scope.CASES_WRITE)
READS_GROUND = Bearer(ApiToken.Scope.GROUND_READ)
READS_RATES = Bearer(ApiToken.Scope.RATES_READ)


class Plain(JSONRenderer):
    """JSON in which Chinese stands as it is read."""

    json_dumps_params = {"ensure_ascii": False}


api = Api(
    title="Wanmi", version="1.0.0", description=_ABOUT, docs_url=None, openapi_url=None, urls_namespace="rest",
    renderer=Plain(),
)  # fmt: skip


@api.exception_handler(Exception)
def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """Every known error as a problem; a fault of ours goes on to be logged."""
    found = problem_json.told(error)
    if found is None:
        raise error
    return found


@api.exception_handler(ValidationError)
def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Arguments that are not as the document says: 400, each by its name."""
    faults = [
        (".".join(map(str, fault["loc"][1:])) or str(fault["loc"][0]), str(fault["msg"])) for fault in error.errors
    ]
    return refused(request, problem_json.unreadable(faults))


@api.exception_handler(HttpError)
def broken(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON."""
    return refused(request, BadRequest(str(error), hint="Send a JSON object in UTF-8."))


def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, open to everybody."""
    return JsonResponse(api.get_openapi_schema(), headers={"Access-Control-Allow-Origin": "*"})
