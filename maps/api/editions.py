"""The history of the grids over HTTP, for everybody logged in.

GET  /api/editions?at=          all published editions, the newest first; with `at` the one in force at a day or time.
GET  /api/editions/<n>/changes  the cells that differ from the edition before, or from `since`, as GeoJSON (WGS 84).
POST /api/editions/<n>/revert   takes the edition in force back: for planners and administrators.
GET  /api/cells/<code>/family   the cell's versions, the cells it came from and those that came from it.

Times are exact to the microsecond: a moment that is sent back as `at` finds the edition that began at it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from cases.publishing import revert_edition
from cells import ancestry, differences, plans
from cells.models import Cell, Edition
from cells.moments import moment
from maps.api.plans import person_name, whole_number
from maps.errors import BadRequest, NotFound, for_people

MOST_CHANGES = 20_000
_BESIDE = ("published_by__person", "plan", "takes_back", "taken_back_by")


@require_GET
@for_people
def edition_list(request: HttpRequest) -> HttpResponse:
    """Two queries, however many editions."""
    asked = request.GET.get("at")
    if asked is not None:
        in_force = Edition.objects.in_force(moment(asked))
        return JsonResponse({"editions": [{"number": in_force.number, **_dates(in_force)}], "at": asked})
    listed = Edition.objects.published().select_related(*_BESIDE).order_by("-number")
    changed = differences.counts()
    return JsonResponse({"editions": [edition_data(e, changed[e.number]) for e in listed if e.number in changed]})


@require_GET
@for_people
def changes(request: HttpRequest, number: int) -> HttpResponse:
    """GeoJSON: the ground after, or before where a cell is gone; a reshaped cell's ground before is its `before`."""
    later = found(number)
    since = request.GET.get("since")
    if since is not None:
        earlier = found(whole_number(since, "since"))
        if earlier.number > later.number:
            raise BadRequest(
                f"Edition {earlier.number} is later than {later.number}.", hint="Ask the later for the earlier."
            )
    else:
        before = Edition.objects.published().filter(number__lt=number).order_by("-number").first()
        if before is None:
            raise BadRequest(f"Edition {number} is the first: there is none before it.", hint="Name another edition.")
        earlier = before
    changed = differences.between(earlier, later, most=MOST_CHANGES)
    before_shapes = plans.to_lonlat([c.before for c in changed])
    after_shapes = plans.to_lonlat([c.after for c in changed])
    features = [_feature(*row) for row in zip(changed, before_shapes, after_shapes, strict=True)]
    return JsonResponse(
        {"type": "FeatureCollection", "features": features, "edition": later.number, "since": earlier.number}
    )


@require_POST
@for_people
def revert(request: HttpRequest, number: int) -> HttpResponse:
    """The next edition has the grids of the one before; what came of it, in numbers."""
    plans.require(request.user, plans.DRAW)
    return JsonResponse(revert_edition(found(number), by=request.user).as_data())


@require_GET
@for_people
def family(request: HttpRequest, code: str) -> HttpResponse:
    """The tree of a cell that stands or stood."""
    try:
        told = ancestry.family(Cell.objects.get(code=code))
    except Cell.DoesNotExist:
        raise NotFound(f"There is no cell {code[:40]}.", hint="Ask /api/route for the cell of a place.") from None
    return JsonResponse(told.as_data())


def found(number: int) -> Edition:
    """A published edition by its number, or NotFound."""
    # The database's integers end there.
    edition = Edition.objects.published().filter(number=number).first() if number < 1 << 31 else None
    if edition is None:
        raise NotFound(f"No edition {number} was published.", hint="GET /api/editions lists them.", edition=number)
    return edition


def edition_data(edition: Edition, changed: dict[str, int]) -> dict[str, Any]:
    """An edition as it is listed, with what it changed."""
    plan = getattr(edition, "plan", None)
    taken_back_by = getattr(edition, "taken_back_by", None)
    return {
        "number": edition.number,
        "label": edition.label,
        "note": edition.note,
        **_dates(edition),
        "by": person_name(edition.published_by),
        "plan": {"id": plan.pk, "title": plan.title} if plan else None,
        "takes_back": edition.takes_back.number if edition.takes_back else None,
        "taken_back_by": taken_back_by.number if taken_back_by else None,
        "cells": {**changed, "changed": sum(changed.values())},
    }


def _dates(edition: Edition) -> dict[str, str | None]:
    # Not by the encoder of Django, which cuts microseconds off: that moment lies before the edition began.
    return {"valid_from": _iso(edition.valid_from), "valid_to": _iso(edition.valid_to)}


def _iso(time: dt.datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _feature(changed: differences.Changed, before: Any, after: Any) -> dict[str, Any]:
    data = {
        "type": "Feature",
        "id": changed.id,
        "geometry": shapely.geometry.mapping(before if after is None else after),
        "properties": {
            "code": changed.code,
            "kind": changed.kind,
            "community_before": changed.community_before or None,
            "community_after": changed.community_after or None,
            "grid_before": changed.grid_before or None,
            "grid_after": changed.grid_after or None,
            "changes_hands": changed.changes_hands,
        },
    }
    if changed.kind == differences.RESHAPED:
        data["before"] = shapely.geometry.mapping(before)
    return data
