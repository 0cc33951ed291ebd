"""Patrol orders over HTTP.

POST /api/patrols/orders {"key", "cells": [codes], "person": id or null, "until": "2026-03-05", "reason"}

`person` null gives each cell to who answers for its grid. The answer names the orders that were given, and the cells
for which there was none (`left`): nobody answers for them, or the same person is asked to walk them already. Sent
twice under one key it is done once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from cases.once import once
from cases.patrols.orders import Standing, give, standings
from cells.models import Person
from maps.api.wire import answer_json, text_of
from maps.errors import BadRequest, NotFound, for_people, json_body

MOST_KEY_NUMBER = 1 << 62


@require_POST
@for_people
def orders(request: HttpRequest) -> HttpResponse:
    """Give an order, or one to each who answers for some of the cells: 201 with the orders; 200 where it was known."""
    body = json_body(request)
    codes = body.get("cells")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise BadRequest("“cells” is no list of codes.", field="cells")
    to, until, reason, now = _person(body), _until(body), text_of(body, "reason"), timezone.now()
    asked = {"cells": codes, "person": to and to.pk, "until": until, "reason": reason}

    def do() -> dict[str, Any]:
        given = give(codes, to=to, until=until, reason=reason, by=request.user, at=now)
        made = [order_data(one) for one in standings(given.orders, at=now)]
        return {"orders": made, "left": given.left}

    result, again = once(do, key=text_of(body, "key"), asked=asked, by=request.user, at=now)
    return answer_json(result, status=200 if again else 201)


def order_data(one: Standing) -> dict[str, Any]:
    """An order as pages and phones want it."""
    order = one.order
    giver = getattr(order.by, "person", None) or order.by.get_username()
    return {
        "id": order.pk,
        "address": reverse("patrol_order", args=[order.pk]),
        "to": str(order.person),
        "by": str(giver),
        "until": order.until.isoformat(),
        "reason": order.reason,
        "state": str(one.state),
        "cells": one.cells,
        "walked": one.walked,
        "left": one.left,
    }


def _person(body: dict[str, Any]) -> Person | None:
    number = body.get("person")
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < MOST_KEY_NUMBER:
        raise BadRequest("“person” is no number of a person.", field="person")
    found = Person.objects.select_related("user").filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no person {number}.", field="person")
    return found


def _until(body: dict[str, Any]) -> dt.date:
    text = text_of(body, "until")
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise BadRequest(f"“{text[:40]}” is no day.", hint="Give it as 2026-03-02.", field="until")
    return day
