"""GET /api/desk: the reader's queues with their counts, and the first cases of the one that is asked for (`queue`)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from cases import queues
from cases.board import LIGHTS
from cases.models import Case
from cases.queues import Queue
from cells.territory import areas_named
from maps.api.cases import class_data
from maps.api.wire import answer_json, lonlat_of, number_of, text_of
from maps.errors import BadRequest, for_people

USUALLY_SHOWN, MOST_SHOWN = 50, 500


@require_GET
@for_people
def desk(request: HttpRequest) -> HttpResponse:
    """The queues as they are now; without `queue`, the first that has any case."""
    now, user = timezone.now(), request.user
    limit = number_of(request.GET, "limit")
    limit = USUALLY_SHOWN if limit is None else limit
    if not 1 <= limit <= MOST_SHOWN or limit != int(limit):
        raise BadRequest(f"The limit is {limit}.", hint=f"It is a whole number from 1 to {MOST_SHOWN}.", field="limit")
    asked = text_of(request.GET, "queue")
    if asked and asked not in set(Queue):
        raise BadRequest(f"“{asked[:40]}” is no queue.", hint=f"Queues: {', '.join(Queue)}.", field="queue")
    found = queues.look(user, Queue(asked) if asked else None, at=now, most=int(limit))
    cases = list(found.cases.select_related("catalogue_class", "assignee__person", "emergency").defer("reason"))
    return answer_json(
        {
            "at": now.timestamp(),
            "counts": {str(name): number for name, number in found.counts.items()},
            "queue": str(found.queue or ""),
            "cases": _wire(cases),
        }
    )


def _wire(cases: list[Case]) -> list[dict[str, Any]]:
    areas = areas_named({case.owner_id for case in cases if case.owner_id})
    placed = [case for case in cases if case.place is not None]
    at = dict(zip([case.pk for case in placed], lonlat_of([case.place for case in placed]), strict=True))
    return [
        {
            "id": case.pk,
            "number": case.number,
            "column": str(LIGHTS[case.light]),
            "stage": str(case.stage),
            "class": class_data(case.catalogue_class),
            "words": case.words[:120],
            "address": case.address,
            "owner": areas[case.owner_id].as_data() if case.owner_id in areas else None,
            "reported": case.reported_at.timestamp(),
            "amber": case.amber_at.timestamp() if case.amber_at else None,
            "due": case.due_at.timestamp() if case.due_at else None,
            "held_until": case.hold_until.timestamp() if case.hold_until else None,
            "asked": case.asked,
            "assignee": str(getattr(case.assignee, "person", None) or case.assignee or ""),
            "was": case.assignee_id,
            "wants_help": case.wants_help,
            "to_decide": case.to_decide,
            "emergency": str(case.emergency) if case.emergency else "",
            **at.get(case.pk, {"lon": None, "lat": None}),
        }
        for case in cases
    ]
