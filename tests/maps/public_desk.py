"""The public page in tests: a form as a person fills it in, and what everybody is answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from cases.citizens import codes
from tests.makers import City

LITTER = "event-0110"  # of the classes that the public may report
WORDS, NAME, TELEPHONE = "楼道口垃圾成堆", "欧阳修文", "13812345678"


def a_form(*, seconds: float = 60) -> str:
    """The signed word of a form that was opened some seconds ago."""
    return codes.fresh_form(at=timezone.now() - dt.timedelta(seconds=seconds))


def a_report(city: City, column: int = 0, **given: Any) -> dict[str, Any]:
    """What the form sends of a problem in a cell of the first row."""
    lon, lat = city.lonlat(column, 0)
    usual = {"form": a_form(), "service": LITTER, "words": WORDS, "lon": lon, "lat": lat, "choice": "new"}
    return usual | given


def send(city: City, column: int = 0, *, client: Client | None = None, **given: Any) -> Any:
    return (client or Client()).post("/public/", a_report(city, column, **given))


def code_in(answer: Any) -> str:
    """The code that a report was answered with."""
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"].split("/")[3])
