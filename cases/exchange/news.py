"""The news of a key: what became of the cases that another platform passed up by it, from a cursor on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from cases.models import ExchangeNews, OpenKey
from cases.workflow import Stage
from spatial.postgis import roles, run


@dataclass(frozen=True, slots=True)
class News:
    """One step of a case: its number among the news, the case's here and there, and what was said of it."""

    number: int
    case: str
    label: str
    stage: Stage
    at: dt.datetime
    note: str


def news_of(key: OpenKey, *, after: int, most: int) -> list[News]:
    """The news after a number, in their order, at most so many; whoever asks again from there gets the same."""
    with roles.as_owner(), transaction.atomic():
        run.row("cases", "hold_word_v1", {"word": f"news {key.pk}"})
        run.execute("cases", "gather_news_v1", {"key": key.pk})
    names = ("pk", "case__number", "case__source_label", "line__to_stage", "line__at", "line__note")
    with roles.as_owner():
        rows = list(ExchangeNews.objects.filter(key=key, pk__gt=after).order_by("pk").values_list(*names)[:most])
    prefix = f"{key.name}:"
    return [
        News(number, case, label.removeprefix(prefix), Stage(stage), at, note)
        for number, case, label, stage, at, note in rows
    ]
