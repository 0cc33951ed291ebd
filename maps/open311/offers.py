"""What may be reported: the list of services, and the questions that a service asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from cases import open_door
from cases.models import OpenService
from cells import routing
from cells.models import Level
from maps.open311 import asking, wire
from maps.open311.refusals import at_door, missing
from spatial import crs as reference


@at_door("GET", "HEAD")
def offers(request: HttpRequest, form: str) -> HttpResponse:
    """The classes that may be reported; with `lat` and `long` (and `crs`) those there: none outside the city."""
    place = asking.degrees(request.GET)
    found = open_door.to_report()
    if place is not None:
        crs = asking.text(request.GET, "crs") or reference.WGS84
        if routing.route(*place, crs=crs).area(Level.COMMUNITY) is None:
            found = []
    return wire.answer(form, "services", [_row(service) for service in found])


@at_door("GET", "HEAD")
def questions(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """The questions of one service: one object, in JSON too."""
    found = open_door.service(code)
    if found is None:
        raise missing(f"There is no service “{code[:40]}”: the list of services has them all.")
    rows = [
        {
            "variable": one.asks,
            "code": one.code,
            "datatype": one.datatype,
            "required": one.required,
            "datatype_description": one.words("hint") or None,
            "order": order,
            "description": one.words("description"),
            **({"values": [{"key": k, "name": n} for k, n in one.choices.items()]} if one.values else {}),
        }
        for order, one in enumerate(found.attributes.all(), 1)
    ]
    return wire.answer(form, "service_definition", {"service_code": found.code, "attributes": rows})


def _row(service: OpenService) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.words("description") or None,
        "metadata": bool(service.attributes.all()),
        "type": "realtime",
        "keywords": service.words("keywords") or None,
        "group": service.words("group") or service.words("heading") or None,
    }
