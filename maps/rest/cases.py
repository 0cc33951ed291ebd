"""Cases: listed by filters, one, its history; and a report comes in.

A list has the cases that units of the token's territory own, newest first. One case by its number is there for whoever
may see it (`cases.sight`). Callers, people, notes and photos are not told at all.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Annotated, Any

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Header, Path, Query, Schema, Status
from pydantic import Field

from cases import intake, open_door, sight
from cases.intake import Report
from cases.models import ApiToken, Case, CaseEvent
from cases.workflow import Stage
from cells.models import Grid
from cells.territory import grids_within
from maps import boxes
from maps.errors import BadRequest
from maps.rest import paging
from maps.rest.door import READS_CASES, WRITES_CASES, api
from maps.rest.shapes import BBOX, CLASS, CODE, Cases, CaseTold, History, Moment, ReportGiven
from spatial import crs as reference
from spatial.postgis import roles

_AS_GIVEN = frozenset({"limit", "cursor"})
_COLUMNS = (
    "number", "stage", "source", "words", "address", "place", "reported_at", "closed_at", "due_at", "returns",
    "reworks", "reopened", "catalogue_class__kind", "catalogue_class__major", "catalogue_class__minor",
    "catalogue_class__name_zh", "catalogue_class__name_en", "cell__code", "edition__number",
    "owner__code", "component__code", "emergency",
)  # fmt: skip


class Asked(Schema):
    """The filters of a list; they hold together."""

    reported_from: Moment | None = None
    reported_before: Moment | None = None
    updated_since: Moment | None = Field(None, description="a line of its history was written at that moment or later")
    class_code: Annotated[str | None, Field(pattern=CLASS)] = None
    stage: Stage | None = None
    unit: Annotated[str | None, Field(pattern=CODE, description="code of a unit: its cases and those below")] = None
    bbox: BBOX | None = None
    limit: Annotated[int, Field(ge=1, le=paging.MOST)] = paging.USUAL
    cursor: Annotated[str | None, Field(max_length=400)] = None


@api.get("cases", response=Cases, auth=READS_CASES, url_name="rest-cases", operation_id="list_cases", tags=["cases"])
def cases(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Cases of the territory, newest first. Scope: cases:read."""
    question = asked.model_dump(mode="json", exclude=set(_AS_GIVEN)) | {"token": _token(request).pk}
    place = paging.after(asked.cursor, question)
    found = _filtered(asked, _token(request).user)
    if found is None:
        return {"items": []}
    if place is not None:
        at, key = dt.datetime.fromisoformat(place[0]), place[1]
        # The index of the newest is gone by; the key settles what came at the same moment.
        found = found.filter(reported_at__lte=at).filter(Q(reported_at__lt=at) | Q(pk__lt=key))
    keys = found.chosen("-reported_at", "-pk", most=asked.limit + 1)
    rows = sorted(readable(Case.objects.filter(pk__in=keys)), key=lambda c: (c.reported_at, c.pk), reverse=True)
    page, onward = paging.cut(rows, asked.limit, lambda c: (c.reported_at.isoformat(), c.pk), question)
    return {"items": told(page), "next": onward}


@api.post(
    "cases", response={201: CaseTold, 200: CaseTold}, auth=WRITES_CASES, url_name="rest-cases",
    operation_id="report_case", tags=["cases"],
)  # fmt: skip
def report(
    request: HttpRequest,
    response: HttpResponse,
    given: ReportGiven,
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)],
) -> Any:
    """A report comes in: 201 with its case; with the key of an earlier one 200 with that one. Scope: cases:write.

    It waits as reported until the desk has looked at it. Outside the city it is refused, with the nearest cell.
    """
    token = _token(request)
    if not key.isprintable():
        raise BadRequest("Idempotency-Key has signs that cannot be printed.", field="Idempotency-Key")
    if not (given.words.strip() or given.class_code):
        raise BadRequest("The report says nothing.", hint="Give words or a class_code.", field="words")
    digest = hashlib.sha256(f"rest {token.pk} {key}".encode()).hexdigest()
    fields = given.model_dump(exclude={"class_code", "source_label"})
    came = Report(
        source=token.source_id, catalogue_class=given.class_code, idempotency_key=digest,
        source_label=f"{token.name}:{given.source_label}"[:120] if given.source_label else "", **fields,
    )  # fmt: skip
    with roles.as_owner():
        known = Case.objects.filter(idempotency_key=digest).exists()
        if not known and came.source_label:
            _require_new_label(came)
        case = intake.receive(came, by=token.user, at=timezone.now())
        (row,) = told(readable(Case.objects.filter(pk=case.pk)))
    response.headers["Location"] = reverse("rest-case", args=[case.number])
    return Status(200 if known else 201, row)


@api.get(
    "cases/{number}",
    response=CaseTold,
    auth=READS_CASES,
    url_name="rest-case",
    operation_id="read_case",
    tags=["cases"],
)
def case(request: HttpRequest, number: Annotated[str, Path(max_length=40)]) -> Any:
    """One case by its number. Scope: cases:read."""
    seen = sight.case_seen(_clean(number), _token(request).user)
    return told(readable(Case.objects.filter(pk=seen.pk)))[0]


@api.get(
    "cases/{number}/history", response=History, auth=READS_CASES, url_name="rest-history", operation_id="read_history",
    tags=["cases"],
)  # fmt: skip
def history(request: HttpRequest, number: Annotated[str, Path(max_length=40)]) -> Any:
    """The lines of its history, oldest first, without who and what was noted. Scope: cases:read."""
    seen = sight.case_seen(_clean(number), _token(request).user)
    lines = CaseEvent.objects.filter(case=seen).order_by("pk").select_related("owner")
    lines = lines.only("act", "from_stage", "to_stage", "at", "written_at", "owner__code")
    items = [
        {
            "id": line.pk, "act": line.act, "from_stage": line.from_stage or None, "to_stage": line.to_stage,
            "owner": line.owner.code if line.owner else None, "at": line.at, "written_at": line.written_at,
        }
        for line in lines
    ]  # fmt: skip
    return {"number": seen.number, "items": items}


def told(cases: Iterable[Any]) -> list[dict[str, Any]]:
    """Cases (read by `readable`) as they are told; places in degrees by one conversion."""
    found = list(cases)
    places = [c.place for c in found if c.place is not None]
    degrees = reference.from_city([[p.x, p.y] for p in places], srid=settings.CITY_SRID).tolist() if places else []
    at = iter(degrees)
    return [_told(case, next(at) if case.place is not None else None) for case in found]


def _told(case: Any, at: list[float] | None) -> dict[str, Any]:
    kind, read = case.catalogue_class, open_door.has_been_read(case)
    return {
        "number": case.number,
        "stage": case.stage,
        "class_code": f"{kind.kind}-{kind.code}" if kind else None,
        "class_zh": kind.name_zh if kind else None,
        "class_en": kind.name_en if kind else None,
        "source": case.source_id,
        "words": open_door.struck(case.words) if read else None,
        "address": open_door.struck(case.address) if read else None,
        "lon": round(at[0], 8) if at else None,
        "lat": round(at[1], 8) if at else None,
        "cell": case.cell.code if case.cell else None,
        "edition": case.edition.number if case.edition else None,
        "owner": case.owner.code if case.owner else None,
        "component": case.component.code if case.component else None,
        "emergency": case.emergency_id,
        "updated_at": case.written_at or case.reported_at,
        **{n: getattr(case, n) for n in ("reported_at", "due_at", "closed_at", "returns", "reworks", "reopened")},
    }


def readable(found: Any) -> Any:
    """Cases with what `told` reads of them, and nothing else."""
    last = CaseEvent.objects.filter(case=OuterRef("pk")).order_by("-pk").values("written_at")[:1]
    found = found.select_related("catalogue_class", "cell", "edition", "owner", "component").only(*_COLUMNS)
    return found.annotate(written_at=Subquery(last))


def _filtered(asked: Asked, user: Any) -> Any:
    """The cases asked for; None where there can be none."""
    found = Case.objects.in_territory_of(user)
    if asked.reported_from is not None:
        found = found.filter(reported_at__gte=asked.reported_from)
    if asked.reported_before is not None:
        found = found.filter(reported_at__lt=asked.reported_before)
    if asked.updated_since is not None:
        found = found.filter(pk__in=CaseEvent.objects.filter(written_at__gte=asked.updated_since).values("case"))
    if asked.class_code:
        kind, _, code = asked.class_code.partition("-")
        of_class = {"kind": kind, "major": code[:2], "minor": code[2:]}
        found = found.filter(**{f"catalogue_class__{name}": value for name, value in of_class.items()})
    if asked.stage is not None:
        found = found.filter(stage=asked.stage)
    if asked.unit is not None:
        unit = Grid.objects.filter(code=asked.unit).first()
        if unit is None:
            raise BadRequest(f"There is no unit “{asked.unit}”.", hint="GET grids lists them.", field="unit")
        found = found.in_territory(grids_within(unit.pk))
    if asked.bbox:
        ground = boxes.ground_of_degrees(boxes.read(asked.bbox))
        if ground is None:
            return None
        found = found.filter(place__intersects=ground)
    return found


def _require_new_label(came: Report) -> None:
    """Its number in the sending system is one case here, under whatever key it comes."""
    same = Case.objects.filter(source=came.source, source_label=came.source_label).first()
    if same is not None:
        raise BadRequest(
            f"Case {same.number} has that source_label already.", field="source_label", number=same.number,
            hint="Send each report with one Idempotency-Key, and the same one again only for the same report.",
        )  # fmt: skip


def _clean(number: str) -> str:
    # What PostgreSQL cannot hold in a text is no number either.
    return number if number.isprintable() else "?"


def _token(request: HttpRequest) -> ApiToken:
    return request.auth  # type: ignore[attr-defined,no-any-return]
