"""A report comes in: its arguments checked all at once, its answers held against the questions, then the one door.

E-mail, device and account tell senders apart for as long as the same report counts as one, and are not kept. Name and
telephone are the caller's, which only those who answer him may read. A picture comes as `media` in a multipart body;
`media_url` is kept as it is and never fetched.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cases import open_door, photos
from cases.errors import BadPhoto
from cases.intake import Report
from cases.models import CasePhoto, OpenKey, OpenService
from maps.open311 import answers, asking, calling, wire
from maps.open311.refusals import Fault, Refused, missing
from maps.photo_words import sentence_of
from spatial import crs as reference
from spatial.postgis import roles

_MOST = calling.MOST | {
    "email": 254, "device_id": 200, "account_id": 200, "address_string": 200, "address_id": 60, "service_code": 60,
}  # fmt: skip
_HAN = re.compile("[\u4e00-\u9fff]")


def report(request: HttpRequest, form: str) -> HttpResponse:
    """Take a report in; the answer has its number. With `Idempotency-Key` in the head it may be sent again for good."""
    now = timezone.now()
    call = calling.read(request, _MOST, at=now)
    asked, key, told, faults = call.asked, call.key, call.told, call.faults
    partner = OpenKey.Scope.EXCHANGE in key.scopes  # speaks of any class of the catalogue, and is asked nothing
    service = _service(told["service_code"], partner, faults)
    place = _place(asked, told, faults)
    answered = answers.of(service, asked, faults) if service is not None and not partner else {}
    again = request.headers.get("Idempotency-Key", "")
    if len(again) > 200 or not again.isprintable():
        faults.append((400, "Idempotency-Key has at most 200 signs that can be printed."))
    if faults:
        raise Refused(faults)
    assert service is not None
    came = Report(
        source=key.source_id,
        words=told["description"],
        catalogue_class=service.code,
        lon=place[0] if place else None,
        lat=place[1] if place else None,
        crs=asking.text(asked, "crs") or reference.WGS84,
        address=told["address_string"],
        component="" if place else told["address_id"],
        source_label=_label(asked, key) if partner else "",
        caller_name=full_name(told["first_name"], told["last_name"]),
        caller_telephone=told["phone"],
    )
    sender = "|".join(told[name] for name in ("device_id", "account_id", "email", "phone", "first_name", "last_name"))
    with transaction.atomic():
        case = open_door.take(
            came, key=key, at=now, sender=sender, again=again, answers=answered, media_url=told["media_url"]
        )
        keep_photo(request, case, key, now)
    row = {"service_request_id": case.number, "service_notice": service.words("notice") or None, "account_id": None}
    return wire.answer(form, "service_requests", [row])


def _service(code: str, partner: bool, faults: list[Fault]) -> OpenService | None:
    if not code:
        faults.append((400, "service_code is missing."))
        return None
    found = open_door.service(code, among_all=partner)
    if found is None:
        # By the standard this one is 404, and nothing else can be said of a report of nothing known.
        raise missing(f"There is no service “{code[:40]}”: the list of services has them all.")
    return found


def _place(asked: Any, told: dict[str, str], faults: list[Fault]) -> tuple[float, float] | None:
    """Longitude and latitude, where they are given; a fault where there is no place in any of the three forms."""
    try:
        place = asking.degrees(asked)
    except Refused as refused:
        faults += refused.faults
        return None
    if place is None and not told["address_string"] and not told["address_id"]:
        faults.append((400, "No place is given: send lat and long, or address_string, or address_id."))
    return place


def _label(asked: Any, key: OpenKey) -> str:
    """The number of the case at the other platform, by which a key of an exchange tells it."""
    label = asking.text(asked, "source_label")
    return f"{key.name}:{label}" if label else ""


def full_name(first: str, last: str) -> str:
    """A person's name as it is said: 王 and 小明 are 王小明, Ada and Lovelace Ada Lovelace."""
    return f"{last}{first}" if _HAN.search(first + last) else f"{first} {last}".strip()


def keep_photo(request: HttpRequest, case: Any, key: OpenKey, now: Any) -> None:
    """Keep the picture that came along (`media`), if one did."""
    for file in request.FILES.getlist("media")[:1]:
        try:
            with roles.as_owner():
                photos.keep(case, file=file, kind=CasePhoto.Kind.BEFORE, by=key.user, at=now, name=file.name or "")
        except BadPhoto as error:
            raise Refused([(400, f"media: {error.detail} {sentence_of(error)}")]) from error
