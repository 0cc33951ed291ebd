"""One case at a desk: GET what may be done with it now, POST one act, done exactly once.

POST /api/cases/<number>/acts takes `{"act", "key", "note", "person", "until", "found", "measure", "unit", "part",
"marks"}`: the user's id a case is given to, a moment with its zone (ISO 8601), true or false, the measure taken
meanwhile, the code of a unit, the number of a part, marks by what is marked; of an emergency `{"grade", "team",
"owner", "owner_open"}`. What must come with an act, and what there is to choose from, GET says.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases import callers, candidates, deskwork, escalation, sight
from cases.candidates import Candidate
from cases.clockwork import Kind
from cases.models import Case, CaseClock, Label, Precedent
from cases.workflow import Act
from cells.territory import areas_named
from maps.api import emergency
from maps.api.officer import photo_data
from maps.api.parts import part_data
from maps.api.wire import answer_json, moment_of, text_of, truth_of
from maps.errors import BadRequest, for_people, json_body

_KNOWN = (
    "act", "key", "note", "person", "until", "found", "measure", "unit", "part", "marks",
    "grade", "team", "owner", "owner_open",
)  # fmt: skip
MOST_UNITS = 500  # more are not chosen from a list
_UNITS = {Act.COME_DOWN: escalation.units_to_return, Act.DECIDE: escalation.units_to_choose}
_PROPOSE = {Act.ASSIGN: candidates.for_assigning, Act.ASK_VERIFY: candidates.for_verifying}


@require_http_methods(["GET", "POST"])
@for_people
def acts(request: HttpRequest, number: str) -> HttpResponse:
    """GET: the open acts with what they need, and how the case stands. POST: do one."""
    case = sight.case_seen(number, request.user)
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
        person=person_of(body.get("person")),
        until=moment_of(body, "until"),
        found=_truth(body.get("found")),
        measure=text_of(body, "measure"),
        unit=text_of(body, "unit"),
        part=_part(body.get("part")),
        marks=_marks(body.get("marks")),
        grade=text_of(body, "grade"),
        team=_team(body.get("team")),
        owner=text_of(body, "owner"),
        owner_open=truth_of(body, "owner_open"),
    )


def person_of(found: Any) -> int | None:
    """The id of a user in a body; None where nobody is named."""
    # Ids are numbers of a PostgreSQL bigint; a longer one is nobody's.
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63):
        return found
    raise BadRequest("“person” is no person's number.", hint="Take one of those proposed.", field="person")


def _part(found: Any) -> int | None:
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**15):
        return found
    raise BadRequest("“part” is no number of a part.", hint="Give the one under way.", field="part")


def _marks(found: Any) -> dict[str, Any]:
    if found is None:
        return {}
    if isinstance(found, dict) and not any(isinstance(mark, bool) for mark in found.values()):
        return found
    raise BadRequest("“marks” are no marks.", hint="Give what is marked with its whole number.", field="marks")


def _team(found: Any) -> int | None:
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63):
        return found
    raise BadRequest("“team” is no team's number.", hint="Take one of those proposed.", field="team")


def _truth(found: Any) -> bool | None:
    if found is None or isinstance(found, bool):
        return found
    raise BadRequest("“found” is neither true nor false.", field="found")


def _stands(case: Case, user: Any) -> dict[str, Any]:
    now = timezone.now()
    known = escalation.precedents_of(case)
    return {
        "number": case.number,
        "stage": str(case.stage),
        "acts": [_open(one, case, at=now) for one in deskwork.open_acts(case, by=user, at=now)],
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
        "told_by": [asdict(one) for one in callers.masked(case, by=user)],
        "to_decide": case.to_decide,
        "rung": str(case.rung) if case.rung else "",
        "departments": asdict(known.departments) if known.departments else None,
        "precedents": _precedents(known.decisions),
        "photos": [photo_data(photo) for photo in case.photos.order_by("pk")],
    }


def _open(one: deskwork.OpenAct, case: Case, *, at: dt.datetime) -> dict[str, Any]:
    """An open act with what it needs, and what there is to choose from."""
    told: dict[str, Any] = {"act": one.act, "needs": one.needs, "may_have": one.may_have, "people": []}
    if one.act in _PROPOSE:
        told["people"] = [candidate_data(found, at=at) for found in _PROPOSE[Act(one.act)](case, at=at)]
    if one.act in _UNITS:
        units = _UNITS[Act(one.act)](case)[:MOST_UNITS]
        had = {unit.pk for unit in escalation.units_to_return(case)}
        names = areas_named(unit.pk for unit in units)
        told["units"] = [names[unit.pk].as_data() | {"had": unit.pk in had} for unit in units if unit.pk in names]
    if one.act == Act.FINISH_PART:
        told["part"] = part_data(list(CaseClock.objects.filter(case=case, kind=Kind.HANDLE)))
    if one.act == Act.EVALUATE:
        told["marks"] = [{"slug": label.slug, "name": str(label)} for label in Label.objects.marks()]
        told["degrees"] = [deskwork.LEAST_MARK, deskwork.MOST_MARK]
    return told | emergency.choices(case, one.act, at=at)


def candidate_data(found: Candidate, *, at: dt.datetime) -> dict[str, Any]:
    """One whom it may be asked of, with the reasons for his place in the list."""
    person = found.user.person
    minutes = None if found.seen_at is None else max(0, round((at - found.seen_at).total_seconds() / 60))
    return {
        "id": found.user.pk,
        "name": str(person),
        "role": str(person.role),
        "posted_here": found.posted_here,
        "on_duty": found.on_duty,
        "duty_until": found.duty_until,
        "away_m": None if found.away_m is None else round(found.away_m),
        "seen_minutes": minutes,
        "load": found.load,
    }


def _precedents(found: list[Precedent]) -> list[dict[str, Any]]:
    names = areas_named(one.owner_id for one in found)
    return [
        {
            "number": one.case.number,
            "owner": names[one.owner_id].as_data() if one.owner_id in names else None,
            "on": str(one.decided_on),
            "by": _name(one.decided_by),
            "at": one.decided_at,
            "note": one.note,
        }
        for one in found
    ]


def _name(user: Any) -> str:
    return str(getattr(user, "person", None) or user or "")
