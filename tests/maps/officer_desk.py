"""An officer, his cases and his phone, for tests of what comes from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cases.dispatch import dispatch
from cases.models import Case
from cells.models import Grid, Posting, Role
from spatial import crs as reference
from tests.cases.makers import a_case
from tests.cases.phone import a_jpeg
from tests.makers import City, a_person

EARLIER = timezone.now() - dt.timedelta(hours=2)


def an_officer(city: City, column: int, *, name: str, grid: int = 1) -> Any:
    """A grid officer seated in the community of a column, posted to its first or second third-level grid."""
    community = city.community(column, 0)
    user = a_person(Role.OFFICER, territory=community, username=name)
    Posting.objects.create(
        person=user.person, grid=Grid.objects.get(code=f"{community.code}-{grid:02d}"), since=dt.date(2020, 1, 1)
    )
    return user


def a_dispatched(city: City, column: int, row: int = 0, **given: Any) -> Case:
    lon, lat = city.metres(column, row)
    case = a_case(lon=lon, lat=lat, crs=reference.CITY, at=EARLIER, **given)
    return dispatch(case, by=None, at=EARLIER, note="尽快")


def a_client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_file(data: bytes | None = None, name: str = "IMG.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data if data is not None else a_jpeg(), content_type="image/jpeg")


def send(client: Client, act: str, case: Case | None, *, key: str = "k1", **given: Any) -> Any:
    return client.post("/api/my/acts", {"key": key, "act": act, "number": case.number if case else "", **given})


def lines(case: Case) -> list[str]:
    return list(case.history.order_by("pk").values_list("act", flat=True))
