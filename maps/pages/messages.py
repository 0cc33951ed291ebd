"""The messages of a unit: cases that came or went with an edition, with their places, read and unread."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from cases import inbox, sight
from cases.errors import NotYours
from cases.models import Case, Message
from cells.explanation import Area
from cells.models import Grid
from cells.territory import areas_named
from spatial import crs

A_PAGE = 20
# Messages whose cases are read on the page of their coordination.
GATHERS = (Message.Kind.TO_MEETING, Message.Kind.TO_SIGN, Message.Kind.COMMITMENT_LATE)


@require_safe
@login_required
def messages(request: HttpRequest) -> HttpResponse:
    """The messages that the reader may see, the newest first."""
    cases = sight.seen_by(request.user).only("number", "place", "words").order_by("number")
    listed = inbox.messages_for(request.user).select_related(
        "to", "other", "person__user", "edition__plan", "read_by__person"
    )
    page = Paginator(listed.prefetch_related(Prefetch("cases", cases)), A_PAGE).get_page(request.GET.get("page"))
    person = getattr(request.user, "person", None)
    names = areas_named({m.to_id for m in page} | {m.other_id for m in page if m.other_id})
    rows = [
        {
            "message": m,
            "came": m.kind != Message.Kind.CASES_WENT,
            "to": str(m.person) if m.person else _called(names, m.to),
            "other": _called(names, m.other),
            "cases": _placed(list(m.cases.all())),
            "gathers": m.kind in GATHERS,
            "may_read": m.read_at is None and inbox.may_read(m, person),
        }
        for m in page
    ]
    return render(request, "maps/messages.html", {"page": page, "rows": rows})


@require_POST
@login_required
def read(request: HttpRequest, number: int) -> HttpResponse:
    """One message, read by the reader's unit."""
    message = get_object_or_404(inbox.messages_for(request.user), pk=number)
    try:
        inbox.read(message, by=request.user, at=timezone.now())
    except NotYours as error:
        raise PermissionDenied(str(error)) from error
    return redirect("messages")


def _called(names: dict[int, Area], grid: Grid | None) -> str:
    """What a unit is called in the reader's language, its code where it has no name; empty for nobody."""
    if grid is None:
        return ""
    area = names.get(grid.pk)
    chinese = (get_language() or "").startswith("zh")
    both = () if area is None else (area.name_zh, area.name_en) if chinese else (area.name_en, area.name_zh)
    return next(filter(None, both), grid.code)


def _placed(cases: list[Case]) -> list[dict[str, Any]]:
    """Cases with the address at which the map shows them."""
    with_place = [c for c in cases if c.place is not None]
    metres = np.array([c.place.coords for c in with_place], dtype=np.float64).reshape(-1, 2)
    lonlat = np.round(crs.from_city(metres, srid=settings.CITY_SRID), 7).tolist()
    at = {c.pk: f"#map=17/{lat}/{lon}&at={lon},{lat}" for c, (lon, lat) in zip(with_place, lonlat, strict=True)}
    return [{"number": c.number, "words": c.words, "at": at.get(c.pk, "")} for c in cases]
