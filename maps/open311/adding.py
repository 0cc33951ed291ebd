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

from cases import keyring, open_door
from cases.callers import MOST_WORDS, Told
from cases.models import OpenKey
from maps.open311 import asking, wire
from maps.open311.refusals import Fault, Refused, missing
from maps.open311.reporting import MOST_FIELDS, URL, full_name, keep_photo, require_form

_OWN = {"update_id": 200, "service_request_id": 40, "status": 40}
_STATUS = re.compile(r"[A-Z_]{1,40}")


def add(request: HttpRequest, form: str) -> HttpResponse:
    """Take a further word in; the answer has its number."""
    now = timezone.now()
    require_form(request)
    asked = request.GET.copy()
    for name, values in request.POST.lists():
        asked.setlist(name, values)
    key = keyring.holder(asking.text(asked, "api_key"), scope=OpenKey.Scope.REPORT, at=now)
    keyring.count_use(key, at=now)
    most = {name: MOST_FIELDS[name] for name in ("first_name", "last_name", "phone", "description", "media_url")} | _OWN
    told = {name: asking.text(asked, name) for name in most}
    faults: list[Fault] = [
        (400, f"{name} has {len(found)} characters: at most {most[name]} are taken.")
        for name, found in told.items()
        if len(found) > most[name]
    ]
    faults += [(400, f"{name} is missing.") for name in ("service_request_id", "description") if not told[name]]
    if told["status"] and not _STATUS.fullmatch(told["status"]):
        faults.append((400, "status is a word in capitals, as OPEN or FIXED."))
    if told["media_url"] and not URL.fullmatch(told["media_url"]):
        faults.append((400, "media_url is no address: it begins with http:// or https:// and has no blanks."))
    asking.moment(asked, "updated_datetime")  # when it was said is told by when it comes, as of a report
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
