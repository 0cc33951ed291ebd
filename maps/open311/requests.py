"""What became of reports: a list by number, or by class, days and state; one by its number; tokens.

The list has the newest first, of 90 days at most, 1000 at most. Beyond the standard, and only if asked for: `page` and
`page_size`, `bbox`, `updated_after` and `updated_before`, `extensions=true`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Polygon
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import get_language

from cases import open_door
from cases.open_door import Shown
from cases.workflow import ENDS
from maps.open311 import asking, reporting, wire
from maps.open311.refusals import Refused, at_door, missing
from maps.stages import stage_names
from spatial import crs as reference

MOST_LISTED, MOST_DAYS, MOST_PAGE = 1000, 90, 100_000
MOST_NUMBER = 24
_ENDS = [str(end) for end in ENDS]


@at_door("GET", "HEAD", "POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """POST: a report comes in. GET: the reports that are asked for."""
    if request.method == "POST":
        return reporting.report(request, form)
    found = open_door.read(_asked_for(request.GET))
    return wire.answer(form, "service_requests", rows(found, extensions=asking.truth(request.GET, "extensions")))


@at_door("GET", "HEAD")
def one(request: HttpRequest, form: str, number: str) -> HttpResponse:
    """One report by its number: a list of one."""
    found = open_door.read_one(number) if len(number) <= MOST_NUMBER else None
    if found is None:
        raise missing(f"There is no request “{number[:40]}”.")
    return wire.answer(form, "service_requests", rows([found], extensions=asking.truth(request.GET, "extensions")))


@at_door("GET", "HEAD")
def token(request: HttpRequest, form: str, word: str) -> HttpResponse:
    """Numbers are given at once here, so no report ever waits under a token: each is unknown."""
    raise missing(f"There is no token “{word[:40]}”: this city gives service_request_id at once.")


def rows(found: list[Shown], *, extensions: bool) -> list[dict[str, Any]]:
    """Cases as the standard tells them; with `extensions` what else may be known of them."""
    places = [c.place for c in found if c.place is not None]
    degrees = reference.from_city([[p.x, p.y] for p in places], srid=settings.CITY_SRID).tolist() if places else []
    at = iter(degrees)
    stages = stage_names()
    return [_row(case, next(at) if case.place is not None else None, stages, extensions) for case in found]


def _row(case: Shown, at: list[float] | None, stages: dict[str, str], extensions: bool) -> dict[str, Any]:
    address = ", ".join(part for part in (case.address, *(_in_language(names) for names in case.areas)) if part)
    told: dict[str, Any] = {
        "service_request_id": case.number,
        "status": "open" if case.is_open else "closed",
        "status_notes": stages[case.stage],
        "service_name": case.service.name,
        "service_code": case.service.code,
        "description": case.words or None,
        "agency_responsible": _in_language(case.owner) or None,
        "service_notice": case.service.words("notice") or None,
        "requested_datetime": wire.moment(case.reported_at),
        "updated_datetime": wire.moment(case.updated_at),
        "expected_datetime": wire.moment(case.due_at),
        "address": address or None,
        "address_id": case.component or None,
        "zipcode": None,
        "lat": round(at[1], 8) if at else None,
        "long": round(at[0], 8) if at else None,
        "media_url": case.media_url or None,
    }
    if extensions:
        told["extended_attributes"] = {
            "status": str(case.stage).upper(),
            "cell": case.cell or None,
            "edition": case.edition,
            "rule": case.rule or None,
            "answers": "; ".join(f"{code}={_told(value)}" for code, value in case.answers.items()) or None,
        }
    return told


def _told(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else open_door.struck(str(value))


def _in_language(names: tuple[str, str]) -> str:
    zh, en = names
    return (zh or en) if (get_language() or "").startswith("zh") else (en or zh)


def _asked_for(asked: QueryDict) -> Any:
    """The queryset that a query asks for; its numbers override all else, the days too."""
    found = open_door.shown().order_by("-reported_at", "-pk")
    numbers = asking.listed(asked, "service_request_id")
    if len(numbers) > MOST_LISTED:
        raise Refused([(400, f"{len(numbers)} numbers are asked for: at most {MOST_LISTED} at once.")])
    if numbers:
        return found.filter(number__in=[n for n in numbers if len(n) <= MOST_NUMBER])
    since, until = _days(asked)
    found = found.filter(reported_at__gte=since, reported_at__lte=until)
    codes = asking.listed(asked, "service_code")
    if codes:
        found = found.filter(_of_services(codes))
    states = {state.lower() for state in asking.listed(asked, "status")}
    if states - {"open", "closed"}:
        raise Refused([(400, f"status is “{sorted(states - {'open', 'closed'})[0][:20]}”: it is open or closed.")])
    if len(states) == 1:
        found = found.filter(stage__in=_ENDS) if "closed" in states else found.exclude(stage__in=_ENDS)
    box = asking.box(asked)
    if box is not None:
        found = found.filter(place__within=_ground(box))
    for name, test in (("updated_after", "gte"), ("updated_before", "lte")):
        moment = asking.moment(asked, name)
        if moment is not None:
            found = found.filter(**{f"last_at__{test}": moment})
    page, size = asking.whole(asked, "page", most=MOST_PAGE), asking.whole(asked, "page_size", most=MOST_LISTED)
    size = size or MOST_LISTED
    first = (max(page or 1, 1) - 1) * size
    return found[first : first + size]


def _days(asked: QueryDict) -> tuple[dt.datetime, dt.datetime]:
    since, until = asking.moment(asked, "start_date"), asking.moment(asked, "end_date")
    span = dt.timedelta(days=MOST_DAYS)
    try:
        if since is None:
            until = until or timezone.now()
            since = until - span
        elif until is None:
            until = since + span
    except OverflowError:
        raise Refused([(400, "start_date or end_date lies at the end of time.")]) from None
    if until < since:
        raise Refused([(400, "end_date lies before start_date.")])
    if until - since > span:
        days = (until - since) / dt.timedelta(days=1)
        raise Refused([(400, f"start_date and end_date are {days:.1f} days apart: at most {MOST_DAYS} are listed.")])
    return since, until


def _of_services(codes: list[str]) -> Q:
    """Cases of one of some services; a code that is none has none."""
    found = Q(pk__in=[])
    for code in codes[:MOST_LISTED]:
        kind, _, rest = code.partition("-")
        of_class = {"kind": kind, "major": rest[:2], "minor": rest[2:]}
        found |= Q(**{f"catalogue_class__{name}": value for name, value in of_class.items()})
    return found


def _ground(box: tuple[float, float, float, float]) -> Polygon:
    """A box of degrees as ground in the city's metres; raises Refused where the city's projection does not reach."""
    west, south, east, north = box
    steps = [n / 8 for n in range(9)]
    ring = [(west + (east - west) * s, south) for s in steps] + [(east, south + (north - south) * s) for s in steps]
    ring += [(east - (east - west) * s, north) for s in steps] + [(west, north - (north - south) * s) for s in steps]
    xy, faults = reference.to_city_with_faults(
        ring, crs=reference.WGS84, srid=settings.CITY_SRID, home=(-180.0, -90.0, 180.0, 90.0)
    )
    if any(faults) or max(east - west, north - south) > 5:
        raise Refused([(400, "bbox is wider than 5 degrees, or far from this city.")])
    points = [tuple(p) for p in xy.tolist()]
    return Polygon([*points, points[0]], srid=settings.CITY_SRID)
