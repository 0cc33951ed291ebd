"""The calls that the asker took last: `GET /api/calls`, for the hotline seat's own list.

`{"calls": [{number, stage, class, owner, reported_at, at, joined, address}, …]}`, the latest first. Nothing is said
of who called.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from cases.calls import latest_calls
from cells import routing
from maps.api.cases import case_data
from maps.api.wire import answer_json
from maps.errors import for_people


@require_GET
@for_people
def calls(request: HttpRequest) -> HttpResponse:
    """The last ten of the asker; kept in no cache, as their stages change."""
    areas = routing.areas()
    answer = answer_json(
        {
            "calls": [
                {**case_data(call.case, areas), "at": call.at, "joined": call.joined, "address": call.case.address}
                for call in latest_calls(by=request.user)
            ]
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
