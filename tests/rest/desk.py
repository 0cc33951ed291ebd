"""A city with its REST door, and programs with tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import keyring
from cases.dispatch import dispatch
from cases.models import ApiToken, Case
from cells.models import Grid
from spatial import crs as reference
from tests.cases.makers import a_case
from tests.makers import City, a_city

ROOT = "/rest/v1"
ALL = tuple(ApiToken.Scope.values)


@dataclass
class Program:
    """A program with a token."""

    token: str
    client: Client = field(default_factory=Client)

    def get(self, path: str, *, headers: dict[str, str] | None = None, **asked: Any) -> Any:
        address = path if path.startswith("/") else f"{ROOT}/{path}"
        return self.client.get(address, asked, headers={"Authorization": f"Bearer {self.token}", **(headers or {})})

    def post(self, body: Any, *, key: str | None = "k1") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key is not None else {})
        return self.client.post(f"{ROOT}/cases", body, content_type="application/json", headers=headers)


def a_program(
    *scopes: str, territory: Grid | None = None, name: str = "system", per_minute: int = 10_000, at: Any = None
) -> Program:
    """A program whose token opens everything, but for what is given."""
    token = keyring.make_token(
        name, scopes=scopes or ALL, territory=territory, source="public", per_minute=per_minute, at=at or timezone.now()
    )
    return Program(token)


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 2 × 2 cells."""
    return a_city(cells="4x2", community="2x2")


def a_dispatched(city: City, column: int, **given: Any) -> Case:
    """A case in a cell of the first row, dispatched to its community."""
    now = timezone.now()
    lon, lat = city.metres(column, 0)
    return dispatch(a_case(lon=lon, lat=lat, crs=reference.CITY, at=now, **given), by=None, at=now)
