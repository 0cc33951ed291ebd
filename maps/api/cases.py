"""Cases over HTTP, for logged-in people: list them, read one, file one, dispatch it; and what is near a place.

Wire shapes only: a place comes as `lon`, `lat` and a named `crs`, a class as `kind` and `class` (its code) or as one
word (`event-0103`). What may be done, and by whom, is decided in `cases`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import dispatch as dispatching
from cases import intake, moves, sight
from cases.models import Case, CaseEvent
from cases.workflow import OPEN, Stage
from cells import routing
from cells.models import CatalogueClass, Component, Grid, GridVersion
from cells.territory import territory_of
from maps.api import emergency
from maps.api.wire import answer_json, lonlat_of, number_of, point_of, text_of, truth_of
from maps.conditions import condition_data
from maps.errors import BadRequest, for_people, json_body
from spatial import crs as reference
from spatial.postgis import run

MOST_LISTED, USUALLY_LISTED = 10_000, 1_000
NEAR_RADIUS_M, LARGEST_RADIUS_M = 100.0, 5_000.0
MOST_NEAR_CASES, MOST_NEAR_COMPONENTS = 50, 10
# A wider box is asked in degrees alone: far from the city a projection says nothing.
WIDEST_DEG, EVERYWHERE_M = 5.0, 1e9
Areas: TypeAlias = Mapping[int, routing.Area]
_TEXTS = {
    "words",
    "crs",
    "address",
    "source",
    "component",
    "source_label",
    "caller_name",
    "caller_telephone",
    "emergency",
}
_KNOWN = _TEXTS | {
    "caller_anonymous",
    "condition",
    "lon",
    "lat",
    "accuracy",
    "accuracy_m",
    "class",
    "kind",
    "key",
    "idempotency_key",
    "keep_outside",
}


@require_http_methods(["GET", "POST"])
@for_people
def cases(request: HttpRequest) -> HttpResponse:
    """GET: cases in a box as GeoJSON. POST: file one."""
    return _file(request) if request.method == "POST" else _list(request)


@require_GET
@for_people
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case with its place, reason and history, and the acts open to the asker."""
    return answer_json(_whole(sight.case_seen(number, request.user), request.user))


@require_POST
@for_people
def dispatch(request: HttpRequest, number: str) -> HttpResponse:
    """Give the case to its owning community; 409 `already_done` says who was quicker and when."""
    note = text_of(json_body(request) if request.body else {}, "note")
    done = dispatching.dispatch(sight.case_seen(number, request.user), by=request.user, at=timezone.now(), note=note)
    return answer_json(_whole(sight.case_seen(done.number, request.user), request.user))


@require_GET
@for_people
def near(request: HttpRequest) -> HttpResponse:
    """Open cases and components near a place, nearest first: `{"radius_m", "cases", "components"}`."""
    query = request.GET
    ground = routing.ground()
    point = point_of(query, ground)
    radius_m = number_of(query, "radius")
    radius_m = NEAR_RADIUS_M if radius_m is None else radius_m
    if not 0 < radius_m <= LARGEST_RADIUS_M:
        raise BadRequest(f"The radius is {radius_m} m.", hint=f"It is more than 0 and at most {LARGEST_RADIUS_M} m.")
    open_cases = Case.objects.in_territory_of(request.user).open().near(point, radius_m)
    open_cases = open_cases.select_related("catalogue_class", "owner")[:MOST_NEAR_CASES]
    things = Component.objects.near(point, radius_m).select_related("catalogue_class")[:MOST_NEAR_COMPONENTS]
    now, areas = timezone.now(), ground.areas
    found_cases, found_things = list(open_cases), list(things)
    places = iter(lonlat_of([t.place for t in (*found_cases, *found_things)]))
    return answer_json(
        {
            "radius_m": radius_m,
            "cases": [
                {
                    **case_data(c, areas),
                    "distance_m": round(c.distance, 3),
                    "age_s": round((now - c.reported_at).total_seconds()),
                    **next(places),
                }
                for c in found_cases
            ],
            "components": [
                {
                    "code": t.code,
                    "name": t.name,
                    "class": class_data(t.catalogue_class),
                    "state": t.state,
                    "distance_m": round(t.distance, 3),
                    **next(places),
                }
                for t in found_things
            ],
        }
    )


def _list(request: HttpRequest) -> HttpResponse:
    query = request.GET
    stages = [s for s in query.get("stage", "").split(",") if s] or [str(s) for s in OPEN]
    unknown = sorted(set(stages) - {str(s) for s in Stage})
    if unknown:
        raise BadRequest(f"“{unknown[0]}” is not a stage.", hint=f"Stages: {', '.join(Stage)}.", field="stage")
    limit = number_of(query, "limit")
    limit = USUALLY_LISTED if limit is None else limit
    if not 1 <= limit <= MOST_LISTED or limit != int(limit):
        raise BadRequest(f"The limit is {limit}.", hint=f"It is a whole number from 1 to {MOST_LISTED}.", field="limit")
    west, south, east, north = _box(query.get("bbox", ""))
    found = run.row(
        "maps",
        "cases_geojson_v1",
        {
            "west": west,
            "south": south,
            "east": east,
            "north": north,
            "stages": stages,
            "limit": int(limit),
            "territory": territory_of(request.user),
            **_metres(west, south, east, north),
            "srid": settings.CITY_SRID,
            "lonlat": reference.LONLAT,
        },
    )
    assert found is not None
    return HttpResponse(found[0], content_type="application/geo+json")


def _file(request: HttpRequest) -> HttpResponse:
    body = json_body(request)
    strange = sorted(set(body) - _KNOWN)
    if strange:
        raise BadRequest(f"“{strange[0][:60]}” is not known here.", hint=f"Known: {', '.join(sorted(_KNOWN))}.")
    code, kind = text_of(body, "class"), text_of(body, "kind")
    accuracy = "accuracy_m" if "accuracy_m" in body else "accuracy"
    texts = {name: text_of(body, name) for name in _TEXTS if name in body}
    key = request.headers.get("Idempotency-Key") or text_of(body, "idempotency_key") or text_of(body, "key")
    report = intake.Report(
        **{"source": "hotline", **texts, "crs": texts.get("crs") or reference.WGS84},
        catalogue_class=f"{kind}-{code}" if kind and code else code,
        condition=_serial(body),
        lon=number_of(body, "lon"),
        lat=number_of(body, "lat"),
        accuracy_m=number_of(body, accuracy),
        idempotency_key=key,
        caller_anonymous=truth_of(body, "caller_anonymous"),
    )
    kept = truth_of(body, "keep_outside")
    filed = intake.receive(report, by=request.user, at=timezone.now(), keep_outside=kept)
    answer = answer_json(_whole(filed, request.user), status=201)
    answer.headers["Location"] = reverse("api-case", args=[filed.number])
    return answer


def _serial(body: dict[str, Any]) -> int | None:
    """The serial of a filing condition."""
    found = body.get("condition")
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**15):
        return found
    raise BadRequest(
        "“condition” is no serial of a filing condition.", hint="Give its whole number, or leave it out.",
        field="condition",
    )  # fmt: skip


def _whole(case: Case, user: Any) -> dict[str, Any]:
    lines = list(case.history.select_related("by__person", "owner"))
    people = _people_of(lines)
    told = emergency.lines_told(lines)
    return {
        **case_data(case, routing.areas()),
        "words": case.words,
        "address": case.address,
        "source": case.source_id,
        "condition": condition_data(case.condition) if case.condition else None,
        "cell": case.cell.code if case.cell else None,
        "reason": case.reason,
        "given": {"x": case.given_x, "y": case.given_y, "crs": case.given_crs, "accuracy_m": case.accuracy_m},
        "closed_at": case.closed_at,
        **(lonlat_of([case.place])[0] if case.place else {"lon": None, "lat": None}),
        "open_acts": [str(act) for act in moves.open_to(case, user, at=timezone.now())],
        "history": [
            {
                "act": line.act,
                **_besides(line, people),
                "from": line.from_stage,
                "to": line.to_stage,
                "by": str(getattr(line.by, "person", None) or line.by or ""),
                "at": line.at,
                "owner": line.owner.code if line.owner else None,
                "note": line.note,
                "told": told.get(line.pk, ""),
            }
            for line in lines
        ],
    }


def _people_of(lines: list[CaseEvent]) -> dict[int, str]:
    """The names of those to whom something was given in some lines, by their ids; one query."""
    keys = {line.given.get("person") for line in lines} - {None}
    users = get_user_model().objects.filter(pk__in=keys).select_related("person") if keys else ()
    return {user.pk: str(getattr(user, "person", None) or user) for user in users}


def _besides(line: CaseEvent, people: dict[int, str]) -> dict[str, Any]:
    """What a line tells besides its note: the person it was given to, and the measure taken meanwhile."""
    told = {"person": people.get(line.given.get("person")), "measure": line.given.get("more", {}).get("measure")}
    return {name: value for name, value in told.items() if value}


def case_data(case: Case, areas: Areas) -> dict[str, Any]:
    """A case on the wire, in short."""
    return {
        "number": case.number,
        "stage": str(case.stage),
        "class": class_data(case.catalogue_class),
        "owner": _owner_data(case.owner, areas),
        "reported_at": case.reported_at,
    }


def class_data(found: CatalogueClass | None) -> dict[str, str] | None:
    """A class on the wire."""
    if found is None:
        return None
    return {"kind": found.kind, "code": found.code, "name_zh": found.name_zh, "name_en": found.name_en}


def _owner_data(owner: Grid | None, areas: Areas) -> dict[str, str] | None:
    if owner is None:
        return None
    area = areas.get(owner.pk)
    if area is not None:
        return area.as_data()
    # Owner of an earlier edition: its last version names it.
    version = GridVersion.objects.filter(grid=owner).order_by("-since__number").defer("shape").first()
    names = {"name_zh": version.name_zh, "name_en": version.name_en} if version else {"name_zh": "", "name_en": ""}
    return {"level": owner.level_id, "code": owner.code, **names}


def _box(text: str) -> tuple[float, float, float, float]:
    if not text:
        return (-180.0, -90.0, 180.0, 90.0)
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequest(
            f"The box is {text[:80]!r}.", hint="Give bbox=west,south,east,north in degrees.", field="bbox"
        ) from None
    fits = all(map(math.isfinite, (west, south, east, north))) and -180 <= west <= east <= 180
    if not fits or not -90 <= south <= north <= 90:
        raise BadRequest(
            f"The box {text[:80]} has no inside.", hint="West before east, south before north, degrees.", field="bbox"
        )
    return west, south, east, north


def _metres(west: float, south: float, east: float, north: float) -> dict[str, float]:
    """Bounds in the city's metres that hold a box of degrees; everything, where its edges cannot be projected."""
    along = np.linspace(0.0, 1.0, 17)
    lon, lat = west + (east - west) * along, south + (north - south) * along
    edges = [np.column_stack([lon, np.full(17, side)]) for side in (south, north)]
    edges += [np.column_stack([np.full(17, side), lat]) for side in (west, east)]
    world = (-180.0, -90.0, 180.0, 90.0)
    xy, _ = reference.to_city_with_faults(np.vstack(edges), crs=reference.WGS84, srid=settings.CITY_SRID, home=world)
    if not np.isfinite(xy).all() or max(east - west, north - south) > WIDEST_DEG:
        return {"x0": -EVERYWHERE_M, "y0": -EVERYWHERE_M, "x1": EVERYWHERE_M, "y1": EVERYWHERE_M}
    # Between two points of an edge the projection bends it by far less than this.
    margin_m = 10.0 + (xy.max(axis=0) - xy.min(axis=0)).max() / 100
    (x0, y0), (x1, y1) = xy.min(axis=0) - margin_m, xy.max(axis=0) + margin_m
    return {"x0": float(x0), "y0": float(y0), "x1": float(x1), "y1": float(y1)}
