"""Tokens: made once, kept as a digest, of a scope and a territory, revoked, limited."""

from __future__ import annotations

import base64
import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.models import ApiToken
from spatial.postgis import run
from tests.makers import City
from tests.rest.desk import ROOT, Program, a_program

pytestmark = pytest.mark.django_db


def made(*args: str) -> Program:
    out = io.StringIO()
    call_command("create_token", *args, stdout=out)
    return Program(out.getvalue().strip())


def test_a_token_is_printed_once_and_kept_as_a_digest(city: City) -> None:
    program = made("bi", "--scope", "cases:read", "--territory", city.community_code(0, 0))
    kept = ApiToken.objects.get()
    assert program.token not in str(ApiToken.objects.values())
    assert (kept.territory, kept.scopes) == (city.community(0, 0), ["cases:read"])
    assert not kept.user.has_usable_password()
    assert program.get("cases").status_code == 200
    kept.refresh_from_db()
    assert kept.last_used_at is not None


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("bi", "--scope", "all"), "opens nothing"),
        (("bi", "--territory", "nowhere"), "no grid"),
        (("bi", "--source", "none"), "not a source"),
        (("bi", "--per-minute", "0"), "never be used"),
        (("bi", "--days", "0"), "days"),
        (("", "--scope", "cases:read"), "no name"),
        (("none", "--off"), "no token"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(city: City, args: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        made(*args)
    assert not ApiToken.objects.exists()


def test_a_scope_opens_what_it_says_and_nothing_else(city: City) -> None:
    opened = {
        "cases:read": {"cases"},
        "ground:read": {"grids", "cells", "components", "catalogue"},
        "rates:read": {"rates"},
        "cases:write": set(),
    }
    days = {"from": "2026-01-01", "to": "2026-01-31"}
    for scope, opens in opened.items():
        program = a_program(scope)
        for path in ("cases", "grids", "cells", "components", "catalogue", "rates"):
            answer = program.get(path, **(days if path == "rates" else {}))
            assert answer.status_code == (200 if path in opens else 403), (scope, path)


def test_without_a_good_token_nothing_is_open(city: City) -> None:
    program = a_program()
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic %%"},
                    {"Authorization": f"Token {program.token}"}, {"Authorization": "Bearer \x00é"}):  # fmt: skip
        answer = Client().get(f"{ROOT}/cases", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    ApiToken.objects.update(is_active=False)
    assert program.get("cases").status_code == 401
    ApiToken.objects.update(is_active=True, until=timezone.now() - dt.timedelta(seconds=1))
    assert program.get("cases").status_code == 401


def test_a_token_may_come_as_the_password_of_basic(city: City) -> None:
    program = a_program()
    whole = base64.b64encode(f"qgis:{program.token}".encode()).decode()
    assert Client().get(f"{ROOT}/cases", headers={"Authorization": f"Basic {whole}"}).status_code == 200


def test_a_token_is_used_so_often_a_minute(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    now = dt.datetime(2026, 3, 2, 4, 0, 15, tzinfo=dt.UTC)
    program = a_program(per_minute=2, at=now)
    monkeypatch.setattr("maps.bearer.timezone.now", lambda: now)
    first = program.get("catalogue")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert program.get("catalogue").status_code == 200
    refused = program.get("catalogue")
    assert (refused.status_code, refused["Retry-After"]) == (429, "45")
    now += dt.timedelta(seconds=45)
    assert program.get("catalogue").status_code == 200


def test_an_address_that_is_none_is_told_in_words(city: City) -> None:
    for path in ("/rest/v1/none", "/rest/v1/cases/1/2/3", "/ogc/none/"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_cookie_opens_nothing_here(city: City, admin_client: Client) -> None:
    assert admin_client.get(f"{ROOT}/cases").status_code == 401


def test_a_verb_that_an_address_does_not_know_is_told_in_words(city: City) -> None:
    program = a_program()
    answer = program.client.delete(f"{ROOT}/grids", headers={"Authorization": f"Bearer {program.token}"})
    assert (answer.status_code, answer["Allow"], answer["Content-Type"]) == (
        405, "GET, HEAD", "application/problem+json",
    )  # fmt: skip
    assert program.client.head(f"{ROOT}/grids", headers={"Authorization": f"Bearer {program.token}"}).status_code == 200


def test_a_token_of_a_territory_that_is_gone_opens_nothing(city: City) -> None:
    """Emptying a demo city takes its grids: what was one of them must not become one of the whole city."""
    program = a_program(territory=city.community(0, 0))
    connection.check_constraints()  # as a commit does
    run.execute("cases", "empty_city_v1")
    kept = ApiToken.objects.get()
    assert (kept.territory, kept.is_active) == (None, False)
    assert program.get("cases").status_code == 401
