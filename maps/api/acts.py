"""One case at a desk: GET what may be done with it now, POST one act, done exactly once.

POST /api/cases/<number>/acts takes `{"act", "key", "note", "person", "until", "found"}`: the user's id a case is given
to, a moment with its zone (ISO 8601), true or false; of an emergency `{"grade", "team", "owner", "owner_open"}`. What
must come with an act, and what there is to choose from, GET says.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from cases import candidates, deskwork
from cases.candidates import Candidate
from cases.models import Case
from cases.workflow import Act
from maps.api import emergency
from maps.api.cases import seen_case
from maps.api.officer import photo_data
from maps.api.wire import answer_json, text_of, truth_of
from maps.errors import BadRequest, for_people, json_body

_KNOWN = ("act", "key", "note", "person", "until", "found", "grade", "team", "owner", "owner_open")
_PROPOSE = {Act.ASSIGN: candidates.for_assigning, Act.ASK_VERIFY: candidates.for_verifying}


@require_http_methods(["GET", "POST"])
@for_people
def acts(request: HttpRequest, number: str) -> HttpResponse:
    """GET: the open acts with what they need, and how the case stands. POST: do one."""
    case = seen_case(number, request.user)
    if request.method == "GET":
        return answer_json(_stands(case, request.user))
    done, again = deskwork.do(case, _wish(json_body(request)), by=request.user, at=timezone.now())
    return answer_json({**done, "again": again})


def _wish(body: dict[str, Any]) -> deskwork.Wish:
    strange = sorted(set(body) - set(_KNOWN))
    if strange:
        raise BadRequest(f"“{strange[0][:60]}” is not known here.", hint=f"Known: {', '.join(_KNOWN)}.")
    return deskwork.Wish(
        key=text_of(body, "key"),
        act=text_of(body, "act"),
        note=text_of(body, "note"),
        person=_person(body.get("person")),
        until=_moment(text_of(body, "until")),
        found=_truth(body.get("found")),
        grade=text_of(body, "grade"),
        team=_team(body.get("team")),
        owner=text_of(body, "owner"),
        owner_open=truth_of(body, "owner_open"),
    )


def _person(found: Any) -> int | None:
    # Ids are numbers of a PostgreSQL bigint; a longer one is nobody's.
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63):
        return found
    raise BadRequest("“person” is no person's number.", hint="Take one of those proposed.", field="person")


def _team(found: Any) -> int | None:
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63):
        return found
    raise BadRequest("“team” is no team's number.", hint="Take one of those proposed.", field="team")


def _truth(found: Any) -> bool | None:
    if found is None or isinstance(found, bool):
        return found
    raise BadRequest("“found” is neither true nor false.", field="found")


def _moment(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadRequest(
            f"“until” is {text[:40]!r}, no moment.",
            hint="Give it with its zone: 2026-03-09T18:00+08:00.",
            field="until",
        )
    return found


def _stands(case: Case, user: Any) -> dict[str, Any]:
    now = timezone.now()
    return {
        "number": case.number,
        "stage": str(case.stage),
        "acts": [
            {
                "act": one.act,
                "needs": one.needs,
                "may_have": one.may_have,
                "people": [_candidate(c) for c in _PROPOSE[Act(one.act)](case)] if one.act in _PROPOSE else [],
                **emergency.choices(case, one.act, at=now),
            }
            for one in deskwork.open_acts(case, by=user, at=now)
        ],
        "emergency": emergency.standing(case),
        "asked": case.asked,
        "asked_by": _name(case.asked_by),
        "asked_until": case.asked_until,
        "asked_of": _name(case.asked_of),
        "assignee": _name(case.assignee),
        "wants_help": case.wants_help,
        "true": case.true,
        "reported": case.reported_at.timestamp(),
        "amber": case.amber_at.timestamp() if case.amber_at else None,
        "due": case.due_at.timestamp() if case.due_at else None,
        "held_until": case.hold_until.timestamp() if case.hold_until else None,
        "callers": case.callers.count(),
        "callers_waiting": case.callers.filter(answered_at=None).count(),
        "photos": [photo_data(photo) for photo in case.photos.order_by("pk")],
    }


def _candidate(found: Candidate) -> dict[str, Any]:
    person = found.user.person
    return {
        "id": found.user.pk,
        "name": str(person),
        "role": str(person.role),
        "posted_here": found.posted_here,
        "load": found.load,
    }


def _name(user: Any) -> str:
    return str(getattr(user, "person", None) or user or "")
