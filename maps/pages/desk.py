"""The desk of the centres and the communities: what waits for the reader; its answers come from the JSON doors."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from cases.deskwork import ANSWER
from cases.patrols.orders import may_give
from cases.queues import DESK, Queue, queues_of
from cells.models import Level, Role
from maps.pages.dispatch import city_bounds
from maps.pages.patrol_orders import shown_orders
from maps.stages import act_names, labels_of_city, stage_names, with_labels

QUEUE_NAMES: dict[Queue, Any] = {
    Queue.EMERGENCY: _("Emergencies"),
    Queue.DECIDE: _("Requests to decide"),
    Queue.VERIFY: _("For {verify}"),
    Queue.FILE: _("To file"),
    Queue.DISPATCH: _("To dispatch"),
    Queue.ASSIGN: _("To assign"),
    Queue.WORK: _("With our people"),
    Queue.CHECK: _("For {check}"),
    Queue.CLOSE: _("To close"),
    Queue.ANSWER: _("Callers to answer"),
    Queue.HELD: _("On hold"),
    Queue.COORDINATE: _("In coordination"),
    Queue.LATE: _("Commitments overdue"),
    Queue.PROMISED: _("Our commitments"),
}
# Where many cases are given to people at once.
BULK = (Queue.ASSIGN, Queue.WORK)


@require_safe
@login_required
@ensure_csrf_cookie
def desk(request: HttpRequest) -> HttpResponse:
    """The desk for those who sit at one; words for everybody else."""
    person = getattr(request.user, "person", None)
    if person is None or person.role_id not in DESK:
        roles = Role.objects.filter(pk__in=DESK).order_by("pk")
        return render(request, "maps/desk_others.html", {"roles": [str(role) for role in roles]}, status=403)
    labels, levels = labels_of_city(), {level.slug: level for level in Level.objects.all()}
    names = with_labels({str(queue): name for queue, name in QUEUE_NAMES.items()}, labels)
    config = {
        "queues": {str(queue): names[str(queue)] for queue in queues_of(request.user)},
        "bulk": [str(queue) for queue in BULK],
        "stages": stage_names(labels),
        "acts": {**act_names(labels), ANSWER: str(_("answer the callers"))},
        "bounds": city_bounds(),
        "levels": {slug: str(level) for slug, level in levels.items()},
        "cell_digits": levels[Level.CELL].code_digits,
    }
    return render(request, "maps/desk.html", {"config": config, "orders": _orders(request.user)})


def _orders(user: Any) -> list[tuple[str, Any, int]]:
    """How many patrol orders are overdue and to be walked, for those who give them; none where there is none."""
    if not may_give(user):
        return []
    counts = shown_orders(user)["order_counts"]
    return [(str(state), words, count) for state, words, count in counts if count]
