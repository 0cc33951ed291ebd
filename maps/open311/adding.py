"""A further word on a report that came by this door, as mySociety's extension has it: who reported adds to it.

It joins the case's callers and is answered with them. It changes no stage: what became of a case is for those to say
who work on it, so a `status` other than OPEN is kept as part of the words. The sender's own `update_id` makes it one
word, however often it is sent.
"""

from __future__ import annotations

import re

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cases import open_door
from cases.callers import MOST_WORDS, Told
from maps.open311 import asking, calling, wire
from maps.open311.refusals import Refused, missing
from maps.open311.reporting import full_name, keep_photo

_MOST = calling.MOST | {"update_id": 200, "service_request_id": 40, "status": 40}
_STATUS = re.compile(r"[A-Z_]{1,40}")


def add(request: HttpRequest, form: str) -> HttpResponse:
    """Take a further word in; the answer has its number."""
    now = timezone.now()
    call = calling.read(request, _MOST, at=now)
    key, told, faults = call.key, call.told, call.faults
    faults += [(400, f"{name} is missing.") for name in ("service_request_id", "description") if not told[name]]
    if told["status"] and not _STATUS.fullmatch(told["status"]):
        faults.append((400, "status is a word in capitals, as OPEN or FIXED."))
    asking.moment(call.asked, "updated_datetime")  # when it was said is told by when it comes, as of a report
    words = told["description"] if told["status"] in ("", "OPEN") else f"[{told['status']}] {told['description']}"
    words = "\n".join(part for part in (words, told["media_url"]) if part)
    if len(words) > MOST_WORDS and not faults:
        faults.append((400, f"description, status and media_url together have more than {MOST_WORDS} characters."))
    if faults:
        raise Refused(faults)
    name = full_name(told["first_name"], told["last_name"])
    caller = Told(
        name=name, telephone=told["phone"], words=words, is_anonymous=not (name or told["phone"]), source=key.source_id
    )
    with transaction.atomic():
        found = open_door.add_words(told["service_request_id"], caller, key=key, again=told["update_id"], at=now)
        if found is None:
            raise missing(f"There is no request “{told['service_request_id']}” that came with this key.")
        keep_photo(request, found.case, key, now)
    return wire.answer(form, "service_request_updates", [{"update_id": f"c{found.pk}"}])
