"""The officer's phone over HTTP: his cases nearest first, acts with photos done exactly once, photos and who sees them.

An act comes as a form (multipart), as it brings its photos: `key`, `act`, `number`, `note`, `measure` (taken meanwhile,
where it is brought upward), `part` (of a limit in parts, the one that is done), `as` (the user who entered it), `lon`,
`lat`, `accuracy_m` (the phone, WGS 84), `done_at` (the phone's clock, ISO 8601), `before` and `after` (files); what was
fixed on the spot without a case brings `words` and `class`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from cases import double_report, escalation, fieldwork, photos, sight
from cases.clockwork import Kind
from cases.guards import Asked
from cases.intake import Report
from cases.models import Case, CaseClock, CaseEvent, CasePhoto, LadderStep
from cases.workflow import Act, Stage
from maps.api.cases import class_data
from maps.api.parts import part_data
from maps.api.wire import answer_json, lonlat_of, moment_in, number_of, text_of
from maps.errors import BadRequest, LoginNeeded, NotFound, for_people
from spatial import crs as reference

MOST_CASES = 300
# A phone further than this from where the city's coordinates are used dreams.
AROUND_DEG = 1.0
PRIVATE_A_WEEK = "private, max-age=604800, immutable"
_TOLD_BY = (
    Act.DISPATCH, Act.REWORK, Act.ASSIGN, Act.ASK_HELP, Act.ASK_VERIFY, Act.REFUSE_EXTENSION, Act.REFUSE_HOLD,
    Act.COME_DOWN, Act.DECIDE,
)  # fmt: skip


@require_GET
@for_people
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's work: nearest first from `lon` and `lat`, where they are given, else the oldest first."""
    here = phone_at(number_of(request.GET, "lon"), number_of(request.GET, "lat"))
    chosen = sight.work_of(request.user).chosen("reported_at", "pk", most=MOST_CASES)
    found = Case.objects.filter(pk__in=chosen).select_related("catalogue_class", "assignee__person", "rung")
    cases = list(found.defer("reason").order_by("reported_at", "pk"))
    away = {c.pk: _metres_to(c, here) for c in cases}
    if here is not None:
        cases.sort(key=lambda c: (away[c.pk] is None, away[c.pk] or 0.0))
    places = dict(zip([c.pk for c in cases if c.place], lonlat_of([c.place for c in cases if c.place]), strict=True))
    pictures, words, acts = _photos_of(cases), _last_words(cases), fieldwork.acts_by_stage(request.user)
    parts, top, in_grid = _parts_of(cases), LadderStep.objects.highest(), double_report.is_of_grid(request.user)
    home = double_report.own_unit_of(request.user)
    to_unit = [c.pk for c in cases if escalation.can_go_to(home, c)]
    at_end = [c.pk for c in cases if c.rung_id is not None and (in_grid or c.rung_id == top)]
    return answer_json(
        {
            "at": timezone.now(),
            "cases": [
                {
                    "number": c.number,
                    "stage": str(c.stage),
                    "class": class_data(c.catalogue_class),
                    "words": c.words,
                    "address": c.address,
                    "reported_at": c.reported_at,
                    "amber": c.amber_at.timestamp() if c.amber_at else None,
                    "due": c.due_at.timestamp() if c.due_at else None,
                    "hold_until": c.hold_until if c.stage == Stage.HELD else None,
                    "mine": c.assignee_id == request.user.pk,
                    "assignee": str(getattr(c.assignee, "person", None) or c.assignee or ""),
                    "wants_help": c.wants_help,
                    "asked": c.asked,
                    "distance_m": None if away[c.pk] is None else round(away[c.pk] or 0.0, 1),
                    **places.get(c.pk, {"lon": None, "lat": None}),
                    "acts": [
                        act
                        for act in acts.get(str(c.stage), [])
                        if (
                            c.pk in to_unit
                            if act == Act.TO_OWN_UNIT
                            else _as_it_stands(c, act, request.user, parts.get(c.pk), at_end=c.pk in at_end)
                        )
                    ],
                    "part": parts.get(c.pk),
                    "photos": pictures.get(c.pk, []),
                    "told": words.get(c.pk),
                }
                for c in cases
            ],
        }
    )


@require_POST
@for_people
def act(request: HttpRequest) -> HttpResponse:
    """Do one act, once: `{"number", "act", "stage", "at", "photos", "again"}`; `again` says that it was done before."""
    form = request.POST
    if text_of(form, "as") not in ("", str(request.user.pk)):
        raise LoginNeeded("Somebody else entered this.", hint="Log in as the user who entered it, and send it again.")
    told = fieldwork.Told(
        key=text_of(form, "key"),
        act=text_of(form, "act"),
        number=text_of(form, "number"),
        note=text_of(form, "note"),
        measure=text_of(form, "measure"),
        part=_part(form),
        found={"true": True, "false": False}.get(text_of(form, "found")),
        report=_report(form) if not form.get("number") else None,
        photos=_sent(request),
        place=phone_at(number_of(form, "lon"), number_of(form, "lat")),
        accuracy_m=number_of(form, "accuracy_m"),
        done_at=moment_in(form.get("done_at")),
    )
    result, again = fieldwork.do(told, by=request.user, at=timezone.now())
    return answer_json({**result, "again": again})


@require_POST
@for_people
def add_photo(request: HttpRequest, number: str) -> HttpResponse:
    """Add one photo (`file`, `kind`) to a case that the user sees; sent again, it is the one that is there."""
    case = sight.case_seen(number, request.user)
    file = request.FILES.get("file")
    if file is None:
        raise BadRequest("No file came.", hint="Send it as the form's field “file”.", field="file")
    kind = text_of(request.POST, "kind") or CasePhoto.Kind.BEFORE
    kept = photos.keep(case, file=file, kind=kind, by=request.user, at=timezone.now(), name=file.name or "")
    return answer_json(photo_data(kept), status=201)


@require_GET
@for_people
def photo(request: HttpRequest, number: int, size: str) -> HttpResponse:
    """A picture of a case, for those who see the case."""
    found = CasePhoto.objects.select_related("case").filter(pk=number).first()
    if found is not None and not sight.may_see(request.user, found.case):
        found = None  # as if there were none
    path = photos.path_of(found.sha256, size) if found is not None and size in photos.SIZES else None
    if found is None or path is None:
        raise NotFound(f"There is no photo {number}.", hint=f"Sizes: {', '.join(photos.SIZES)}.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"The file of photo {number} is not here.", hint="Look where CITY_PHOTOS points.") from None
    answer = HttpResponse(data, content_type="image/jpeg")
    answer.headers["Cache-Control"] = PRIVATE_A_WEEK
    answer.headers["Content-Disposition"] = f'inline; filename="{found.case.number}-{found.kind}-{found.pk}.jpg"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def photo_data(found: CasePhoto) -> dict[str, Any]:
    """A photo on the wire, with what is believed of its place and time in words."""
    return {
        "id": found.pk,
        "kind": found.kind,
        "thumb": f"/photos/{found.pk}/{photos.THUMB}.jpg",
        "view": f"/photos/{found.pk}/{photos.VIEW}.jpg",
        "added_at": found.added_at,
        "taken_at": found.taken_at,
        "distance_m": found.distance_m,
        "minutes_apart": found.minutes_apart,
        "place": found.place_verdict,
        "time": found.time_verdict,
        "place_words": found.get_place_verdict_display(),
        "time_words": found.get_time_verdict_display(),
    }


def _part(form: Any) -> int | None:
    found = number_of(form, "part")
    if found is None or (0 < found < 2**15 and found == int(found)):
        return None if found is None else int(found)
    raise BadRequest("“part” is no number of a part.", hint="Give the one under way.", field="part")


def _parts_of(cases: list[Case]) -> dict[int, dict[str, Any]]:
    """Of the cases whose limit comes in parts: the part under way; one query."""
    clocks: dict[int, list[CaseClock]] = {}
    for clock in CaseClock.objects.filter(case__in=[c.pk for c in cases], kind=Kind.HANDLE):
        clocks.setdefault(clock.case_id, []).append(clock)
    return {case: part for case, own in clocks.items() if (part := part_data(own)) is not None}


def _as_it_stands(case: Case, act: str, user: Any, part: dict[str, Any] | None, *, at_end: bool) -> bool:
    """What can be seen in the case's own row; the rest is told when the act is tried.

    `part` is the one under way, of a limit in parts; `at_end`: nobody here can bring the case up any further.
    """
    if act == Act.FINISH_PART:
        return part is not None and part["part"] < part["of"]
    if act == Act.ESCALATE:
        return not (at_end or case.to_decide)
    if act == Act.VERIFY:
        return case.asked_of_id in (None, user.pk)
    if act == Act.ASK_EXTENSION:
        return case.asked == Asked.NOTHING
    return not (act == Act.ASK_HELP and case.wants_help)


def _photos_of(cases: list[Case]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for kept in CasePhoto.objects.filter(case__in=[c.pk for c in cases]).order_by("case_id", "pk"):
        found.setdefault(kept.case_id, []).append(photo_data(kept))
    return found


def _last_words(cases: list[Case]) -> dict[int, dict[str, Any]]:
    """What was last said of each case to those who work on it."""
    lines = CaseEvent.objects.filter(case__in=[c.pk for c in cases], act__in=_TOLD_BY).exclude(note="")
    newest = lines.order_by("case_id", "-pk").distinct("case_id").select_related("by__person")
    return {
        line.case_id: {
            "act": line.act,
            "note": line.note,
            "by": str(getattr(line.by, "person", None) or line.by or ""),
            "at": line.at,
        }
        for line in newest
    }


def _report(form: Any) -> Report:
    """What was found and fixed without a case."""
    code = text_of(form, "class")
    return Report(
        source="patrol",
        words=text_of(form, "words"),
        catalogue_class=code,
        lon=number_of(form, "lon"),
        lat=number_of(form, "lat"),
        accuracy_m=number_of(form, "accuracy_m"),
    )


def _sent(request: HttpRequest) -> tuple[fieldwork.Sent, ...]:
    return tuple(
        fieldwork.Sent(file=file, kind=kind, name=file.name or "", bytes=file.size or 0)
        for kind in CasePhoto.Kind.values
        for file in request.FILES.getlist(kind)
    )


def phone_at(lon: float | None, lat: float | None) -> tuple[float, float] | None:
    """Where a phone is, in the city's metres; None where it does not say or dreams: no act is refused for that."""
    if lon is None or lat is None:
        return None
    west, south, east, north = reference.area_of_use(settings.CITY_SRID)
    if not (west - AROUND_DEG <= lon <= east + AROUND_DEG and south - AROUND_DEG <= lat <= north + AROUND_DEG):
        return None
    metres, _ = reference.to_city_with_faults([[lon, lat]], crs=reference.WGS84, srid=settings.CITY_SRID)
    if not np.isfinite(metres).all():
        return None
    x, y = metres[0].tolist()
    return x, y


def _metres_to(case: Case, here: tuple[float, float] | None) -> float | None:
    if here is None or case.place is None:
        return None
    return float(np.hypot(case.place.x - here[0], case.place.y - here[1]))
