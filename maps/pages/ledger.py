"""The page of the problem ledger: the filter in the address, figures beside, the lines, and the files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cases.ledger import BadCursor, Line, Position, Tally, enter_due, page, tally
from maps.ledger_filter import LedgerFilter, name_of, usual_period
from maps.stages import stage_names

# Lines of history that a look at the page enters before it is shown; more is the worker's.
ENTERED_AT_ONCE = 2_000
MOST_BARS = 12
FILES = (("xlsx", _("Spreadsheet")), ("gpkg", _("GeoPackage")), ("csv", "CSV"), ("parquet", "Parquet"))


@require_safe
@login_required
def ledger(request: HttpRequest) -> HttpResponse:
    """Lines of the filter, the newest first; without a word on days, the last month that has any."""
    now = timezone.now()
    entered = enter_due(at=now, most=ENTERED_AT_ONCE, wait=False)
    usual = usual_period() if not {"since", "until"} & request.GET.keys() else {}
    found = LedgerFilter({**usual, **request.GET.dict()}, by=request.user)
    context: dict[str, Any] = {"filter": found, "waiting": entered.more, "now": now}
    if found.is_valid():
        context |= _shown(request, found, now)
    return render(request, "maps/ledger.html", context)


def _shown(request: HttpRequest, found: LedgerFilter, now: dt.datetime) -> dict[str, Any]:
    try:
        after = Position.read(request.GET["after"]) if request.GET.get("after") else None
    except BadCursor:
        after = None  # a mistyped address shows the beginning
    asked = found.asked()
    lines, following = page(asked, by=request.user, after=after)
    counted = tally(asked, by=request.user)
    stages = stage_names()
    return {
        "lines": [_line(line, stages, now) for line in lines],
        "cases": counted.cases,
        "stages": _bars(found, "stage", ((key, stages.get(key, key), n) for key, n in counted.by_stage.items())),
        "classes": _bars(found, "class", _classes(counted))[:MOST_BARS],
        "older": _address(found.query(after=str(following))) if following else "",
        "newest": _address(found.query()) if after else "",
        "files": [
            {"form": form, "name": name, "address": f"{reverse(f'ledger_{form}')}?{urlencode(found.query())}"}
            for form, name in FILES
        ],
        # What the secondary fields of a phone hide must be seen where it is in use.
        "narrowed": any(found.cleaned_data[name] for name in ("class", "stage", "source")),
    }


def _line(line: Line, stages: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    at = f"{line.lon:.7f},{line.lat:.7f}" if line.lon is not None else ""
    view = f"map=17/{line.lat:.5f}/{line.lon:.5f}" if line.lon is not None else ""
    return {
        "line": line,
        "town": name_of(line.town),
        "owner": name_of(line.owner),
        "stage": stages.get(line.stage, line.stage),
        "age": timesince(line.filed_at, line.closed_at or now, depth=1),
        "late": line.is_late(now),
        "address": f"{reverse('home')}#{view}&{urlencode({'at': at, 'q': line.number}, safe=',')}" if at else "",
    }


def _bars(found: LedgerFilter, field: str, counts: Iterable[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Counts as bars, each with the address that asks for it alone, or for all again where it is asked for."""
    rows = list(counts)
    most = max((n for _key, _name, n in rows), default=1)
    chosen = found.cleaned_data[field]
    return [
        {
            "key": key,
            "name": name,
            "cases": n,
            "share": round(100 * n / most, 1),
            "chosen": key == chosen,
            "address": _address(found.query(**{field: "" if key == chosen else key})) if key else "",
        }
        for key, name, n in rows
    ]


def _classes(counted: Tally) -> Iterable[tuple[str, str, int]]:
    for key, cases in counted.by_class.items():
        # A class of an earlier catalogue is counted, but is no choice of the filter.
        choice = f"{key.kind}-{key.code}" if key and key.edition.is_default else ""
        yield choice, key.name if key else str(_("without a class")), cases


def _address(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}"
