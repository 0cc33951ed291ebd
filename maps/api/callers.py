"""What the hotline seat asks while a caller speaks: twins to join, who called of a case, the likely class of the words.

GET  /api/twins?lon=&lat=&crs=&class=event-0103   open cases of the class near enough and recent enough, nearest first
POST /api/cases/NUMBER/join                       {name, telephone, words, anonymous, key}: one more caller of the case
GET  /api/cases/NUMBER/callers                    who called; every look is written down
GET  /api/suggest?words=                          the likely classes, and how good the model is that says so
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from cases import callers as calling
from cases import duplicates, intake, sight
from cases import suggest as suggesting
from cases.models import Caller
from cells import routing
from maps.api.cases import class_data
from maps.api.wire import answer_json, lonlat_of, point_of, text_of, truth_of
from maps.errors import BadRequest, for_people, json_body

MOST_WORDS = 1000
_KNOWN = {"name", "telephone", "words", "anonymous", "key"}


@require_GET
@for_people
def twins(request: HttpRequest) -> HttpResponse:
    """`{"radius_m", "window_hours", "twins": […]}`; without a class those of every class."""
    query = request.GET
    code, kind = text_of(query, "class"), text_of(query, "kind")
    named = intake.class_named(f"{kind}-{code}" if kind and code else code)
    reach = duplicates.reach(named)
    found = duplicates.twins(named, point_of(query, routing.ground()), timezone.now(), by=request.user, within=reach)
    places = lonlat_of([twin.case.place for twin in found])
    return answer_json(
        {
            "radius_m": reach.radius_m,
            "window_hours": reach.window.total_seconds() / 3600,
            "twins": [
                {
                    "number": twin.case.number,
                    "stage": str(twin.case.stage),
                    "class": class_data(twin.case.catalogue_class),
                    "owner": twin.case.owner.code if twin.case.owner else None,
                    "reported_at": twin.case.reported_at,
                    "age_s": round(twin.age.total_seconds()),
                    "distance_m": round(twin.distance_m, 3),
                    "words": twin.words,
                    "address": twin.case.address,
                    "callers": twin.callers,
                    **place,
                }
                for twin, place in zip(found, places, strict=True)
            ],
        }
    )


@require_POST
@for_people
def join(request: HttpRequest, number: str) -> HttpResponse:
    """Add a caller to an open case; 409 `case_closed` where nobody works on it any more."""
    body = json_body(request)
    strange = sorted(set(body) - _KNOWN)
    if strange:
        raise BadRequest(f"“{strange[0][:60]}” is not known here.", hint=f"Known: {', '.join(sorted(_KNOWN))}.")
    told = calling.Told(
        name=text_of(body, "name"),
        telephone=text_of(body, "telephone"),
        words=text_of(body, "words"),
        is_anonymous=truth_of(body, "anonymous"),
        idempotency_key=request.headers.get("Idempotency-Key") or text_of(body, "key"),
    )
    case = sight.case_seen(number, request.user)
    joined = calling.join(case, caller=told, by=request.user, at=timezone.now())
    return answer_json(
        {
            "number": case.number,
            "stage": str(case.stage),
            "callers": case.callers.count(),
            "joined_at": joined.joined_at,
        },
        status=201,
    )


@require_GET
@for_people
def callers(request: HttpRequest, number: str) -> HttpResponse:
    """The callers of a case, for those who answer them; kept in no cache."""
    case = sight.case_seen(number, request.user)
    found = calling.callers_of(case, by=request.user, at=timezone.now())
    answer = answer_json({"number": case.number, "callers": [_caller_data(caller) for caller in found]})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_GET
@for_people
def suggest(request: HttpRequest) -> HttpResponse:
    """`{"model": {…}, "suggestions": [{kind, code, name_zh, name_en, probability}, …]}`; null where none is trained."""
    words = text_of(request.GET, "words")
    if len(words) > MOST_WORDS:
        raise BadRequest(f"There are {len(words)} characters.", hint=f"At most {MOST_WORDS} are read.", field="words")
    model = suggesting.current()
    figures = ("made_at", "cases", "classes", "held_out", "top1", "top3")
    found = suggesting.suggest(words)
    return answer_json(
        {
            "model": {name: getattr(model, name) for name in figures} if model else None,
            "suggestions": [
                {**(class_data(one.catalogue_class) or {}), "probability": round(one.probability, 4)} for one in found
            ],
        }
    )


def _caller_data(caller: Caller) -> dict[str, Any]:
    return {
        "id": caller.pk,
        "name": caller.name,
        "telephone": caller.telephone,
        "words": caller.words,
        "anonymous": caller.is_anonymous,
        "source": caller.source_id,
        "joined_at": caller.joined_at,
        "taken_by": _person_name(caller.taken_by),
        "answered_at": caller.answered_at,
        "answered_by": _person_name(caller.answered_by),
    }


def _person_name(user: Any) -> str | None:
    return str(getattr(user, "person", None) or user) if user else None
