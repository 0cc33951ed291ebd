"""Patrols: a day's rates with their formulas and the records of the day; one record with its track, finds and words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.errors import BadReport, NotYours
from cases.models import TrackFlag
from cases.patrols.orders import walked_in
from cases.patrols.rates import FIGURES, OfGrid, rates_by_day, rates_of, total
from cases.patrols.records import (
    MOST_NOTE,
    MOST_WEATHER,
    READS,
    complete,
    finds_of,
    record_for,
    records_of,
    seen,
    with_cells,
)
from cells import rules
from cells.models import Level, NoEditionInForce
from cells.territory import areas_named
from maps.ledger_filter import name_of
from maps.pages.dispatch import city_bounds
from maps.pages.patrol_orders import LOOKS, WORDS, shown_orders
from maps.stages import stage_names

DAYS_SHOWN = 14
MOST_GRIDS, A_PAGE = 25, 50


@require_safe
@login_required
def patrols(request: HttpRequest) -> HttpResponse:
    """A day of the reader's territory: rates, grids with the least seen first, records; the last two weeks as bars."""
    _require_reader(request)
    today = timezone.localdate()
    records = records_of(request.user)
    day = _day(request.GET.get("day", "")) or records.filter(day__lte=today).aggregate(Max("day"))["day__max"] or today
    day = min(day, today)
    context: dict[str, Any] = {
        "day": day,
        "before": day - dt.timedelta(days=1),
        "after": day + dt.timedelta(days=1) if day < today else None,
        "today": today,
        "page": Paginator(
            with_cells(records.filter(day=day)).order_by("person__territory__code", "person_id"), A_PAGE
        ).get_page(request.GET.get("page")),
    }
    try:
        context |= _rates(request, day, today)
    except NoEditionInForce:
        context["no_city"] = True
    context["flags"] = _flags(context["page"].object_list)
    if "no_city" not in context:
        context |= shown_orders(request.user)
    return render(request, "maps/patrols.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def patrol(request: HttpRequest, number: int) -> HttpResponse:
    """One record; its officer adds his words by POST."""
    _require_reader(request)
    try:
        record = record_for(request.user, number)
    except NotYours as error:
        raise PermissionDenied(str(error)) from error
    problem = ""
    own = record.person.user_id == request.user.pk
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("note", "weather")}
        try:
            complete(record, **given, by=request.user, at=timezone.now())
            return redirect("patrol", number=record.pk)
        except NotYours as error:
            raise PermissionDenied(str(error)) from error
        except BadReport:
            problem = _("The note or the weather is too long.")
            record.note, record.weather = given["note"], given["weather"]
    names = stage_names()
    visits = record.person.visits.filter(day=record.day).select_related("cell").order_by("first_at", "cell__code")
    counted = set(visits.filter(seen()).values_list("pk", flat=True))
    shown = {
        "record": record,
        "own": own,
        "problem": problem,
        "most_note": MOST_NOTE,
        "most_weather": MOST_WEATHER,
        "visits": [{"visit": v, "counts": v.pk in counted, "share": _percent(v.street_share)} for v in visits],
        "cells_seen": len(counted),
        "orders": [
            {"order": one.order, "closed": closed, "words": WORDS[one.state], "look": LOOKS[one.state]}
            for one, closed in walked_in(record, user=request.user, at=timezone.now())
        ],
        "finds": [{"case": c, "stage": names[c.stage]} for c in finds_of(record)],
        "flags": _flags([record]).get(record.pk, []),
        "config": {
            "bounds": city_bounds(),
            "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
            "track": reverse("api-patrol-track", args=[record.pk]),
        },
    }
    return render(request, "maps/patrol.html", shown)


def _require_reader(request: HttpRequest) -> None:
    person = getattr(request.user, "person", None)
    if person is None or person.role_id not in READS:
        raise PermissionDenied("Patrols are read by those who walk, and those who look after them.")


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _rates(request: HttpRequest, day: dt.date, today: dt.date) -> dict[str, Any]:
    grids = rates_of(day, user=request.user)
    rates, full, count = total(grids)
    last = min(today, day + dt.timedelta(days=DAYS_SHOWN // 2))
    days = [last - dt.timedelta(days=k) for k in range(DAYS_SHOWN - 1, -1, -1)]
    by_day = rates_by_day(days, user=request.user)
    shown = grids if request.GET.get("all") else sorted(grids, key=_least_seen)[:MOST_GRIDS]
    names = areas_named({g.community for g in grids} | {g.grid for g in grids if g.grid is not None})
    dwell_s, walk_m, share, seen_m = rules.figures(*FIGURES, "patrol_seen_m")
    return {
        "rates": rates,
        "seen_rate": _percent(rates.seen_rate),
        "full_walk": _percent(rates.full_walk),
        "dealt_rate": _percent(rates.dealt_rate),
        "grids_full": full,
        "grids_count": count,
        "grids": [
            {
                "community": name_of(names.get(g.community)),
                "grid": name_of(names.get(g.grid)) if g.grid is not None else "–",
                "rates": g.rates,
                "seen": _percent(g.rates.seen_rate),
                "walked": _percent(g.rates.full_walk),
            }
            for g in shown
        ],
        "more_grids": len(grids) - len(shown),
        "bars": [
            {"day": d, "seen": _percent(by_day[d].seen_rate), "walked": _percent(by_day[d].full_walk)} for d in days
        ],
        "dwell_s": round(dwell_s),
        "walk_m": round(walk_m),
        "share": round(share * 100),
        "seen_m": round(seen_m),
    }


def _least_seen(g: OfGrid) -> tuple[float, float, int]:
    return (g.rates.seen_rate or 0.0, g.rates.full_walk or 0.0, g.grid or 0)


def _percent(share: float | None) -> int | None:
    """Whole per cent; 100 only where nothing is missing, 0 only where nothing is there."""
    if share is None:
        return None
    return round(share * 100) if share in (0, 1) else min(99, max(1, round(share * 100)))


def _flags(records: Any) -> dict[int, list[dict[str, Any]]]:
    """The flags of some records, in words."""
    by_day = {(r.person_id, r.day): r.pk for r in records}
    found: dict[int, list[dict[str, Any]]] = {}
    flags = TrackFlag.objects.filter(
        person__in={person for person, _ in by_day}, day__in={day for _, day in by_day}
    ).select_related("other_person__user")
    for flag in flags:
        if (flag.person_id, flag.day) in by_day:
            found.setdefault(by_day[flag.person_id, flag.day], []).append({"flag": flag, "words": _words(flag)})
    return found


def _words(flag: TrackFlag) -> str:
    if flag.other_day is None:
        return str(flag.get_kind_display())
    of = {"person": str(flag.other_person), "day": flag.other_day.isoformat()}
    if flag.kind == TrackFlag.Kind.REPLAY:
        return _("The same track as that of %(person)s on %(day)s, sent once more") % of
    return _("At exactly one place with %(person)s for about %(minutes)s minutes") % {**of, "minutes": flag.times}
