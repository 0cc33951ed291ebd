"""Drawing in a plan over HTTP: edits, undo and redo, and what a gesture means before it is made.

The browser sends what was meant (places with nine decimals or more); the changed cells come back, or the refusal with
its place and the nearest edit that is allowed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from cells import plans
from cells.importing.fenced import open_fenced
from cells.importing.outlines import read_outlines
from cells.models import Plan, PlanCell
from maps.api.plans import body_of, found, whole_number
from maps.errors import BadRequest, TooLarge, for_people
from spatial import crs as reference

MOST_INTENT_BYTES = 4 * 1024 * 1024
MOST_FILE_BYTES = 8 * 1024 * 1024
OUTLINE_FILES = {".geojson", ".json", ".gpkg", ".zip"}


@require_POST
@for_people
def edits(request: HttpRequest, number: int) -> HttpResponse:
    """Make one edit: `{kind, intent, revision}`; the kinds and their intents are those of `cells.plans.editing`."""
    plans.require(request.user, plans.DRAW)
    body = body_of(request, most_bytes=MOST_INTENT_BYTES)
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in plans.KINDS:
        raise BadRequest(f"“{str(kind)[:40]}” is no kind of edit.", hint=f"Kinds: {', '.join(plans.KINDS)}.")
    held = found(number)
    done = plans.apply(held, kind, body.get("intent"), revision=revision_of(body), by=request.user)
    return JsonResponse(applied_data(held, done))


@require_POST
@for_people
def back_and_forth(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Undo or redo one edit: `{revision}`."""
    plans.require(request.user, plans.DRAW)
    held = found(number)
    done = {"undo": plans.undo, "redo": plans.redo}[verb](held, revision=revision_of(body_of(request)), by=request.user)
    return JsonResponse(applied_data(held, done))


@require_POST
@for_people
def select(request: HttpRequest, number: int) -> HttpResponse:
    """Which cells a gesture means: `{kind: "flood", from, barriers}` or `{kind: "shape", shape, rule, within_m}`."""
    held, body = found(number), body_of(request, most_bytes=MOST_INTENT_BYTES)
    if body.get("kind") == "flood":
        start = body.get("from")
        if isinstance(start, bool) or not isinstance(start, int):
            raise BadRequest("“from” is no number of a cell.", field="from")
        barriers = body.get("barriers", list(plans.BARRIERS))
        if not isinstance(barriers, list) or not all(isinstance(b, str) for b in barriers):
            raise BadRequest("“barriers” is no list of words.", hint=f"Barriers: {', '.join(plans.BARRIERS)}.")
        return JsonResponse({"cells": plans.flood(held, start, barriers=barriers)})
    if body.get("kind") == "shape":
        rule, within_m = body.get("rule", "centre"), body.get("within_m", 10.0)
        if rule not in ("centre", "touch", "whole"):
            raise BadRequest(f"“{str(rule)[:40]}” is no rule.", hint="Rules: centre, touch, whole.", field="rule")
        if isinstance(within_m, bool) or not isinstance(within_m, int | float) or not 0 < within_m <= 500:
            raise BadRequest("“within_m” is a distance of more than 0 and at most 500 m.", field="within_m")
        return JsonResponse({"cells": plans.cells_in(held, body.get("shape"), rule=rule, within_m=float(within_m))})
    raise BadRequest("“kind” is neither “flood” nor “shape”.", field="kind")


@require_GET
@for_people
def borders(request: HttpRequest, number: int) -> HttpResponse:
    """The shared borders of some `cells`, or in a `bbox` (degrees), to take hold of."""
    held = found(number)
    if request.GET.get("cells"):
        keys = [_key(text) for text in request.GET["cells"].split(",")[:500]]
        listed = plans.borders(held, keys=keys)
    else:
        listed = plans.borders(held, box=_box(request.GET.get("bbox", "")))
    data = [{"arc": b.arc, "one": b.one, "other": b.other, "movable": b.movable, "line": b.line} for b in listed]
    return JsonResponse({"revision": held.revision, "borders": data})


@require_POST
@for_people
def outline(request: HttpRequest) -> HttpResponse:
    """The areas of an uploaded file, as GeoJSON polygons to paste: `file`, and `crs` where the file does not say."""
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile) or not given.size:
        raise BadRequest("No file came, or an empty one.", hint="Send it as the form's field “file”.", field="file")
    if given.size > MOST_FILE_BYTES:
        raise TooLarge(f"The file has {given.size} bytes; at most {MOST_FILE_BYTES} are read.")
    suffix = Path(given.name or "").suffix.lower()
    if suffix not in OUTLINE_FILES:
        raise BadRequest(f"“{suffix[:20]}” is not read here.", hint="Send .geojson, .gpkg or a Shapefile as .zip.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"outline{suffix}"
        with path.open("wb") as file:
            for chunk in given.chunks():
                file.write(chunk)
        listed = read_outlines(path, crs=request.POST.get("crs") or None, opened=open_fenced)
    shapes = plans.to_lonlat([o.shape for o in listed])
    data = [{"name": o.name, "geometry": s.__geo_interface__} for o, s in zip(listed, shapes, strict=True)]
    return JsonResponse({"outlines": data})


def applied_data(plan: Plan, done: plans.Applied) -> dict[str, Any]:
    """What an edit changed, as the page wants it."""
    # The cells that are others now, and those back at the base edition's state, which the overlay must forget.
    differences = plans.changes(plan, keys=done.cells.keys.tolist())
    return {
        "revision": done.revision,
        "kind": done.kind,
        "cells": plans.features(done.cells, differences),
        "removed": done.removed,
        "added": done.added,
        "vertex_only": done.vertex_only,
        "grids": done.grids,
        "locked": done.locked,
        "can_undo": done.can_undo,
        "can_redo": done.can_redo,
        "cells_touched": PlanCell.objects.filter(plan=plan).count(),
    }


def revision_of(body: dict[str, Any]) -> int:
    """The revision of the plan that a body was made for; raises BadRequest."""
    revision = body.get("revision")
    if isinstance(revision, bool) or not isinstance(revision, int) or not 0 <= revision < 1 << 31:
        raise BadRequest("“revision” is missing: name the revision of the plan that you see.", field="revision")
    return revision


def _key(text: str) -> int:
    return -whole_number(text[1:], "cells") if text.startswith("-") else whole_number(text, "cells")


def _box(text: str) -> plans.Box:
    """A box of degrees as one of metres that holds it."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequest(
            "Neither cells nor a box is given.", hint="Give cells=1,2 or bbox=west,south,east,north."
        ) from None
    corners = [[west, south], [west, north], [east, south], [east, north]]
    metres = reference.to_city(corners, crs=reference.WGS84, srid=settings.CITY_SRID)
    low, high = metres.min(axis=0).tolist(), metres.max(axis=0).tolist()
    return low[0], low[1], high[0], high[1]
