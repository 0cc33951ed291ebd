"""GET /api/leader: all of the leader's page as it is now, for the reader's territory (`maps.leader_look`)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from maps import leader_look
from maps.api.wire import answer_json
from maps.errors import for_people


@require_GET
@for_people
def leader(request: HttpRequest) -> HttpResponse:
    """Figures, spots, worst cells and grids, changes, and what to do first."""
    return answer_json(leader_look.look(by=request.user, at=timezone.now()))
