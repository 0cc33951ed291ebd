"""Coordination over HTTP: GET how it stands and what is open to the asker, POST one act, done exactly once.

POST /api/cases/<number>/coordination takes `{"act", "key", …}`; what else comes with an act:

    call_coordination   note (the reason), who (a unit below one's own that coordinates, if not one's own)
    call_meeting        at, place, called (a list), lon, lat, crs, note
    write_minutes       meant (the meeting), note (the minutes)
    plan_step           who, note (what), until
    finish_step         meant (the step), note
    write_commitment    who, note (the text), until or limit_value and limit_unit (UH, UD, WH, WD)
    sign_commitment     meant (the commitment), signer
    meet_commitment, ask_release, refuse_release, release, withdraw_commitment     meant, note
    end_coordination    note (the outcome)
    split               note (the words), class, place (words), lon, lat, crs
    link, unlink        number (of the other case), note

`who` is `{"unit": code}` or `{"department": name}`, one of `called` also `{"person": id}`; moments have their zone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from cases import coordination as coordinating
from cases import gathering, sides, sight
from cases.models import Case, CasePart, Commitment, Coordination, Meeting, PlanStep
from cases.workflow import Side
from cells.explanation import Area
from cells.rules import figures
from cells.territory import areas_named, territory_of
from maps.api.cases import class_data
from maps.api.wire import answer_json, lonlat_of, moment_of, number_of, text_of
from maps.errors import BadRequest, for_people, json_body
from spatial import crs as reference
from spatial.postgis import roles

_TEXTS = ("act", "key", "note", "place", "crs", "limit_unit", "signer", "number", "class")
_KNOWN = (*_TEXTS, "who", "called", "meant", "at", "lon", "lat", "until", "limit_value")


@require_http_methods(["GET", "POST"])
@for_people
def coordination(request: HttpRequest, number: str) -> HttpResponse:
    """GET: the coordinations of a case with all that belongs to them, its parts, and the open acts. POST: do one."""
    case = sight.case_seen(number, request.user)
    if request.method == "GET":
        return answer_json(standing(case, request.user, at=timezone.now()))
    wish = _wish(json_body(request))
    # Territory is asked of the other case too: what one may not see is not there.
    other = sight.case_seen(wish.number, request.user) if wish.number else None
    done, again = gathering.do(case, wish, by=request.user, at=timezone.now(), other=other)
    return answer_json({**done, "again": again})


@require_GET
@for_people
def units(request: HttpRequest) -> HttpResponse:
    """The units that can be gathered, by code: communities and all above them."""
    rows = gathering.units().order_by("grid__code").values_list("grid__code", "grid__level", "name_zh", "name_en")
    names = ("code", "level", "name_zh", "name_en")
    return answer_json({"units": [dict(zip(names, row, strict=True)) for row in rows]})


def standing(case: Case, user: Any, *, at: dt.datetime) -> dict[str, Any]:
    """How the coordination of a case stands, for somebody: plain data for the page and the desk."""
    held = list(Coordination.objects.filter(case=case).select_related("called_by__person", "ended_by__person"))
    meetings = Meeting.objects.filter(coordination__case=case).select_related("called_by__person", "minutes_by__person")
    listed = list(meetings.prefetch_related("participants__person__user"))
    steps = list(PlanStep.objects.filter(coordination__case=case).select_related("done_by__person"))
    commitments = list(
        Commitment.objects.filter(case=case).select_related(
            "unit", "case", "signed_by__person", "settled_by__person", "release_asked_by__person"
        )
    )
    open_acts = gathering.open_on_commitments(case, commitments, by=user, at=at)
    people = [one for meeting in listed for one in meeting.participants.all()]
    areas = areas_named(
        {c.unit_id for c in held} | {one.unit_id for one in (*steps, *commitments, *people) if one.unit_id is not None}
    )
    return {
        "number": case.number,
        "stage": str(case.stage),
        "at": at.timestamp(),
        "acts": gathering.open_on_case(case, by=user, at=at),
        "may_coordinate": sides.may(user, Side.COORDINATION, owner=case.owner, cell=case.cell_id),
        "coordinations": [
            {
                "id": one.pk,
                "unit": _area(areas, one.unit_id),
                "reason": one.reason,
                "called_by": _name(one.called_by),
                "called_at": one.called_at,
                "ended_by": _name(one.ended_by),
                "ended_at": one.ended_at,
                "outcome": one.outcome,
                "meetings": [_meeting(m, areas) for m in listed if m.coordination_id == one.pk],
                "steps": [_step(s, areas, at) for s in steps if s.coordination_id == one.pk],
                "commitments": [
                    {**_commitment(c, areas, at), "acts": open_acts.get(c.pk, [])}
                    for c in commitments
                    if c.coordination_id == one.pk
                ],
            }
            for one in held
        ],
        "late": sum(one.is_late(at) for one in commitments),
        "open_commitments": sum(one.state == Commitment.State.OPEN for one in commitments),
        "address": reverse("coordination", args=[case.number]),
        **_family(case, user),
    }


def _family(case: Case, user: Any) -> dict[str, Any]:
    """The whole that a case is a part of, or its parts; of what the reader may not see the number and stage only."""
    with roles.as_owner():
        whole = CasePart.objects.select_related("parent__catalogue_class", "parent__owner").filter(child=case).first()
        parts = list(CasePart.objects.select_related("child__catalogue_class", "child__owner").filter(parent=case))
    territory = territory_of(user)
    return {
        "parent": _relative(whole.parent, user, territory) if whole else None,
        "parts": [_relative(part.child, user, territory) for part in parts],
        "most_parts": int(figures("case_parts_most")[0]),
    }


def _relative(found: Case, user: Any, territory: list[int] | None) -> dict[str, Any]:
    seen = territory is None or found.owner_id in territory or sight.may_see(user, found)
    return {
        "number": found.number,
        "stage": str(found.stage),
        "seen": seen,
        "class": class_data(found.catalogue_class) if seen else None,
        "words": found.words[:120] if seen else "",
        "owner": found.owner.code if seen and found.owner else "",
        "due": found.due_at.timestamp() if seen and found.due_at else None,
    }


def _meeting(found: Meeting, areas: dict[int, Area]) -> dict[str, Any]:
    return {
        "id": found.pk,
        "at": found.at,
        "place": found.place_words,
        **(lonlat_of([found.place])[0] if found.place else {"lon": None, "lat": None}),
        "called_by": _name(found.called_by),
        "called": [
            {"unit": _area(areas, one.unit_id), "department": one.department, "person": str(one.person or "")}
            for one in found.participants.all()
        ],
        "minutes": found.minutes,
        "minutes_by": _name(found.minutes_by),
        "minutes_at": found.minutes_at,
    }


def _step(found: PlanStep, areas: dict[int, Area], at: dt.datetime) -> dict[str, Any]:
    return {
        "id": found.pk,
        "order": found.order,
        "unit": _area(areas, found.unit_id),
        "department": found.department,
        "what": found.what,
        "until": found.until,
        "done_by": _name(found.done_by),
        "done_at": found.done_at,
        "late": found.done_at is None and found.until is not None and found.until < at,
    }


def _commitment(found: Commitment, areas: dict[int, Area], at: dt.datetime) -> dict[str, Any]:
    limit = {"value": found.limit_value, "unit": found.limit_unit} if found.limit_value else None
    return {
        "id": found.pk,
        "unit": _area(areas, found.unit_id),
        "department": found.department,
        "text": found.text,
        "limit": limit,
        "due_at": found.due_at,
        "late": found.is_late(at),
        "state": str(found.state),
        "signer": found.signer,
        "signed_by": _name(found.signed_by),
        "signed_at": found.signed_at,
        "digest": found.digest,
        "as_signed": found.is_as_signed,
        "release_asked_by": _name(found.release_asked_by),
        "release_reason": found.release_reason,
        "settled_by": _name(found.settled_by),
        "settled_at": found.settled_at,
        "settled_note": found.settled_note,
        "letter": reverse("commitment_letter", args=[found.case.number, found.pk]),
    }


def _area(areas: dict[int, Area], grid: int | None) -> dict[str, Any] | None:
    return areas[grid].as_data() if grid in areas else None


def _name(user: Any) -> str:
    return str(getattr(user, "person", None) or user or "")


def _wish(body: dict[str, Any]) -> gathering.Wish:
    strange = sorted(set(body) - set(_KNOWN))
    if strange:
        raise BadRequest(f"“{strange[0][:60]}” is not known here.", hint=f"Known: {', '.join(_KNOWN)}.")
    texts = {name: text_of(body, name) for name in _TEXTS}
    called = body.get("called") or []
    if not isinstance(called, list) or len(called) > coordinating.MOST_PARTICIPANTS:
        raise BadRequest("“called” is no list, or a long one.", hint='Give [{"unit": …}, …].', field="called")
    return gathering.Wish(
        **{name: texts[name] for name in ("act", "key", "note", "place", "limit_unit", "signer", "number")},
        crs=texts["crs"] or reference.WGS84,
        catalogue_class=texts["class"],
        who=_object(body.get("who"), "who"),
        called=tuple(_object(one, "called") or {} for one in called),
        meant=_id(body.get("meant")),
        at=moment_of(body, "at"),
        until=moment_of(body, "until"),
        lon=number_of(body, "lon"),
        lat=number_of(body, "lat"),
        limit_value=number_of(body, "limit_value"),
    )


def _object(found: Any, field: str) -> dict[str, Any] | None:
    if found is None:
        return None
    if not isinstance(found, dict) or not set(found) <= {"unit", "department", "person"}:
        raise BadRequest(f"“{field}” names nobody.", hint='Give {"unit": code} or {"department": name}.', field=field)
    for name in ("unit", "department"):
        text_of(found, name)
    return found


def _id(found: Any) -> int | None:
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63):
        return found
    raise BadRequest("“meant” is no number of one.", hint="Take one of those listed.", field="meant")
