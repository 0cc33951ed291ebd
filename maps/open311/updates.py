"""News of the cases that came by this door: each step of a case's life, without notes and without names.

As mySociety's extension has it: `start_date` and `end_date` (the last day, where nothing is said), oldest first, 1000
at most and then by `page`. Who polls asks for windows that overlap, for a step may be written a little after its time.

Another platform, with a key that opens the exchange, reads what became of its own cases from a cursor instead (`after`,
the last `update_id` that it has, 0 at first): nothing is missed, and the notes of the steps are told to it.
"""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cases import keyring, open_door
from cases.exchange.news import news_of
from cases.models import OpenKey
from cases.workflow import ENDS
from maps.open311 import adding, asking, wire
from maps.open311.refusals import Refused, at_door
from maps.stages import stage_names

MOST_LISTED, MOST_DAYS, MOST_PAGE = 1000, 90, 100_000


@at_door("GET", "HEAD", "POST")
def updates(request: HttpRequest, form: str) -> HttpResponse:
    """POST: a further word on a report comes in. GET: the steps of a window of time."""
    if request.method == "POST":
        return adding.add(request, form)
    asked = request.GET
    if asking.text(asked, "after"):
        return _news(request, form)
    until = asking.moment(asked, "end_date") or timezone.now()
    since = asking.moment(asked, "start_date") or until - dt.timedelta(days=1)
    if not dt.timedelta(0) <= until - since <= dt.timedelta(days=MOST_DAYS):
        raise Refused([(400, f"start_date and end_date are 0 to {MOST_DAYS} days apart, the first one first.")])
    page, size = asking.whole(asked, "page", most=MOST_PAGE), asking.whole(asked, "page_size", most=MOST_LISTED)
    size = size or MOST_LISTED
    first = (max(page or 1, 1) - 1) * size
    names = stage_names()
    rows = [
        {
            "update_id": str(step.line),
            "service_request_id": step.number,
            "status": "closed" if step.stage in ENDS else "open",
            "description": names[step.stage],
            "updated_datetime": wire.moment(step.at),
            "media_url": None,
            "external_status_code": str(step.stage).upper(),
        }
        for step in open_door.steps(since=since, until=until, first=first, most=size)
    ]
    return wire.answer(form, "service_request_updates", rows)


def _news(request: HttpRequest, form: str) -> HttpResponse:
    asked = request.GET
    given = asking.text(asked, "api_key") or request.headers.get("X-Api-Key", "")
    key = keyring.holder(given, scope=OpenKey.Scope.EXCHANGE, at=timezone.now())
    after, size = asking.whole(asked, "after", most=2**53), asking.whole(asked, "page_size", most=MOST_LISTED)
    rows = [
        {
            "update_id": str(news.number),
            "service_request_id": news.case,
            "status": "closed" if news.stage in ENDS else "open",
            "description": news.note or None,
            "updated_datetime": wire.moment(news.at),
            "media_url": None,
            "external_status_code": str(news.stage).upper(),
            "source_label": news.label,
        }
        for news in news_of(key, after=after or 0, most=size or MOST_LISTED)
    ]
    return wire.answer(form, "service_request_updates", rows)
