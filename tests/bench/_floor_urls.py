"""The least that a server can do for its answer, served beside the site by the same workers: the floor of the benches.

`/floor/insert` writes one row and `/floor/select/ID` reads one by its primary key, for people who are logged in, as
every page of the site; `/floor/bare/ID` reads one for anybody, without a session.
`/floor/one` says SELECT 1 for people who are logged in. `/floor/constant` answers the same words to everybody, and
`/floor/seatless` does so without any statement.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from cases.models import Case
from maps.errors import for_people
from maps.row_security import role_at_need
from spatial.postgis import roles

TABLE = """
CREATE TABLE IF NOT EXISTS bench_row
    (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, number text NOT NULL UNIQUE, words text NOT NULL,
     lon float8 NOT NULL, lat float8 NOT NULL, reported_at timestamptz NOT NULL DEFAULT now())
"""


@for_people
def insert(request: HttpRequest) -> HttpResponse:
    """One row of what was sent."""
    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_row (number, words, lon, lat) VALUES (%s, %s, %s, %s) RETURNING id",
            [body["key"], body["words"], body["lon"], body["lat"]],
        )
        (made,) = cursor.fetchone()
    return JsonResponse({"id": made}, status=201)


@for_people
def select(request: HttpRequest, pk: int) -> HttpResponse:
    """One case by its primary key."""
    return _one(pk)


@for_people
def one(request: HttpRequest) -> HttpResponse:
    """The shortest round trip to the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        (found,) = cursor.fetchone()
    return JsonResponse({"one": found})


def bare(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for anybody, past the rows that nobody sees who is not logged in."""
    with roles.as_owner():
        return _one(pk)


def _one(pk: int) -> HttpResponse:
    case: models.Model = Case.objects.get(pk=pk)
    fields: dict[str, Any] = {name: getattr(case, name) for name in ("id", "number", "stage", "words", "reported_at")}
    return JsonResponse(fields, json_dumps_params={"ensure_ascii": False})


def constant(request: HttpRequest) -> HttpResponse:
    """The same words to everybody, through the site's middleware as every page."""
    return JsonResponse({"cell": "000000000000000", "community": "none", "rule": "constant"})


@role_at_need
def seatless(request: HttpRequest) -> HttpResponse:
    """The same without a reader's role: no statement to the database at all."""
    return constant(request)


handler500 = "maps.errors.server_error"
urlpatterns = [
    path("floor/insert", insert),
    path("floor/constant", constant),
    path("floor/seatless", seatless),
    path("floor/one", one),
    path("floor/select/<int:pk>", select),
    path("floor/bare/<int:pk>", bare),
    path("", include("maps.urls")),
]
