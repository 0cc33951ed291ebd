"""Patrol orders on the patrols' page, and one with its cells: what tracks say of each, and the way to take it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.errors import AlreadyDone, BadReport, NotYours
from cases.patrols import orders as ordering
from cases.patrols.orders import Standing, State
from cells.models import Person

MOST_SHOWN = 100
WORDS = {
    State.OPEN: gettext_lazy("to be walked"),
    State.OVERDUE: gettext_lazy("overdue"),
    State.DONE: gettext_lazy("walked"),
    State.TAKEN_BACK: gettext_lazy("taken back"),
}
_RANK = {State.OVERDUE: 0, State.OPEN: 1, State.DONE: 2, State.TAKEN_BACK: 3}
LOOKS = {State.OVERDUE: "late", State.OPEN: "", State.DONE: "closed", State.TAKEN_BACK: "gone"}


def shown_orders(user: Any) -> dict[str, Any]:
    """For the patrols' page: the newest orders the user reads, overdue and open ones before the rest, and counts."""
    now = timezone.now()
    newest = ordering.standings(ordering.orders_for(user)[:MOST_SHOWN], at=now)
    newest.sort(key=lambda one: (_RANK[one.state], one.order.until, one.order.pk))
    return {
        "orders": [_line(one) for one in newest],
        "order_counts": [
            (state, WORDS[state], sum(one.state == state for one in newest)) for state in (State.OVERDUE, State.OPEN)
        ],
        "gives_orders": ordering.may_give(user),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def order(request: HttpRequest, number: int) -> HttpResponse:
    """One order; taken back by POST, with a reason."""
    held = ordering.orders_for(request.user).filter(pk=number).first()
    if held is None:
        raise PermissionDenied(_("There is no such order, or it is not yours to read."))
    now, problem = timezone.now(), ""
    if request.method == "POST":
        try:
            ordering.take_back(held, why=request.POST.get("why", ""), by=request.user, at=now)
        except NotYours as error:
            raise PermissionDenied(str(error)) from error
        except BadReport:
            problem = _("Say why, in up to 200 letters.")
        except AlreadyDone:
            messages.error(request, _("The order is done or was taken back already."))
            return redirect("patrol_order", number)
        else:
            messages.success(request, _("The order is taken back."))
            return redirect("patrol_order", number)
    (standing,) = ordering.standings([held], at=now)
    cells = ordering.cells_of([held], at=now)
    walkers = Person.objects.select_related("user").in_bulk({cell.walker for cell in cells if cell.walker is not None})
    open_still = standing.state in (State.OPEN, State.OVERDUE)
    shown = _line(standing) | {
        "cells": [{"cell": cell, "walker": walkers.get(cell.walker or 0)} for cell in cells],
        "may_take_back": open_still and ordering.may_take_back(held, request.user),
        "problem": problem,
        "most_reason": ordering.MOST_REASON,
        "why": request.POST.get("why", ""),
    }
    return render(request, "maps/patrol_order.html", shown)


def _line(one: Standing) -> dict[str, Any]:
    return {
        "standing": one,
        "order": one.order,
        "state": one.state,
        "words": WORDS[one.state],
        "look": LOOKS[one.state],
    }
