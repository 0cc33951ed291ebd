"""The checker's phone over HTTP: the cells he is to look at, and what he found, taken in exactly once.

A check comes as a form (multipart): `key`, `number` (of the check), `found` (JSON: `[{"class": "event-0103", "words":
…}, …]`, empty for nothing found), `note`, `as`, `lon`, `lat`, `accuracy_m`, `done_at` (the phone's clock), the photo of the
place as `proof`, photos of the n-th problem as `found-n` (from 0).
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.fieldwork import Sent
from cases.models import SpotCheck
from cases.spot_checks import taking
from cells.models import CellVersion, Edition
from cells.territory import areas_named
from maps.api.officer import phone_at
from maps.api.wire import answer_json, moment_in, number_of, text_of
from maps.errors import BadRequest, LoginNeeded, for_people
from spatial import crs as reference


@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def checks(request: HttpRequest) -> HttpResponse:
    """The reader's checks that are to be made; by POST, one that was made."""
    if request.method != "POST":
        return answer_json({"at": timezone.now(), "checks": checks_told(request.user)})
    form = request.POST
    if text_of(form, "as") not in ("", str(request.user.pk)):
        raise LoginNeeded("Somebody else entered this.", hint="Log in as the user who entered it, and send it again.")
    number = text_of(form, "number")
    if not (number.isascii() and number.isdigit() and len(number) < 15):
        raise BadRequest(f"“{number[:20]}” is no number of a check.", field="number")
    proof = request.FILES.get("proof")
    told = taking.Told(
        key=text_of(form, "key"),
        check=int(number),
        found=_found(request),
        note=text_of(form, "note"),
        proof=_sent(proof, "proof") if proof else None,
        place=phone_at(number_of(form, "lon"), number_of(form, "lat")),
        accuracy_m=number_of(form, "accuracy_m"),
        done_at=moment_in(form.get("done_at")),
    )
    result, again = taking.take(told, by=request.user, at=timezone.now())
    return answer_json({**result, "again": again})


def checks_told(user: Any) -> list[dict[str, Any]]:
    """The checks that a user has still to make, with the outline of each cell (WGS 84); three queries and two a draw."""
    waiting, now = taking.waiting_for(user), timezone.now()
    names = areas_named({grid for check in waiting for grid in (check.unit_id, check.grid_id)})
    shapes = _shapes(waiting)
    return [
        {
            "id": check.pk,
            "cell": check.cell.code,
            "unit": _name(names, check.unit_id),
            "grid": _name(names, check.grid_id),
            "until": check.draw.until.isoformat() if check.draw.until else "",
            "late": taking.is_late(check, at=now),
            **shapes[check.pk],
        }
        for check in waiting
    ]


def _shapes(waiting: list[SpotCheck]) -> dict[int, dict[str, Any]]:
    out: dict[int, dict[str, Any]] = {}
    for edition in Edition.objects.filter(pk__in={check.draw.edition_id for check in waiting}):
        here = [check for check in waiting if check.draw.edition_id == edition.pk]
        versions = CellVersion.objects.of_edition(edition).filter(cell__in=[check.cell_id for check in here])
        by_cell = {version.cell_id: version.shape for version in versions.only("cell", "shape")}
        for check in here:
            shape = by_cell[check.cell_id]
            inner = shape.point_on_surface
            points = [list(pair) for pair in shape.exterior_ring.coords]
            degrees = reference.from_city([[inner.x, inner.y], *points], srid=settings.CITY_SRID).tolist()
            (lon, lat), ring = degrees[0], degrees[1:]
            out[check.pk] = {
                "lon": round(lon, 7),
                "lat": round(lat, 7),
                "ring": [[round(x, 7), round(y, 7)] for x, y in ring],
            }
    return out


def _name(names: Any, grid: int) -> dict[str, str]:
    area = names.get(grid)
    return {"name_zh": area.name_zh, "name_en": area.name_en, "code": area.code} if area else {}


def _found(request: HttpRequest) -> tuple[taking.Found, ...]:
    try:
        told = json.loads(text_of(request.POST, "found") or "[]")
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, list) or len(told) > 2 * taking.MOST_FOUND or not all(isinstance(one, dict) for one in told):
        raise BadRequest("“found” is no list of problems.", hint='Send [{"class": …, "words": …}].', field="found")
    return tuple(
        taking.Found(
            catalogue_class=text_of(one, "class"),
            words=text_of(one, "words"),
            photos=tuple(_sent(file, f"found-{k}") for file in request.FILES.getlist(f"found-{k}")),
        )
        for k, one in enumerate(told)
    )


def _sent(file: Any, kind: str) -> Sent:
    return Sent(file=file, kind=kind, name=file.name or "", bytes=file.size or 0)
