"""What a program sends in: its body, its key and its arguments, read in the same way whatever it wants to tell.

All that is wrong with the arguments is gathered, so that a refusal says it at once; a key that does not open the door
is refused before anything is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, QueryDict

from cases import keyring
from cases.intake import MOST_WORDS
from cases.models import OpenKey
from maps.open311 import asking
from maps.open311.refusals import Fault, Refused

MOST_BODY_BYTES = 512 * 1024
# Longest texts of the arguments that more than one call takes.
MOST = {"first_name": 30, "last_name": 30, "phone": 40, "description": MOST_WORDS, "media_url": 500}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_URL = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that comes in: all its arguments, its key, the texts that were asked for, and what is wrong with them."""

    asked: QueryDict
    key: OpenKey
    told: Mapping[str, str]
    faults: list[Fault]


def read(request: HttpRequest, most: Mapping[str, int], *, at: datetime) -> Call:
    """Read a call and the texts of it, each with its greatest length; its key is counted as used.

    Raises Refused for a body of another kind, BadKey, TooOften.
    """
    _require_form(request)
    asked = request.GET.copy()
    for name, values in request.POST.lists():
        asked.setlist(name, values)
    key = keyring.holder(asking.text(asked, "api_key"), scope=OpenKey.Scope.REPORT, at=at)
    keyring.count_use(key, at=at)
    told = {name: asking.text(asked, name) for name in most}
    faults: list[Fault] = [
        (400, f"{name} has {len(found)} characters: at most {most[name]} are taken.")
        for name, found in told.items()
        if len(found) > most[name]
    ]
    if told["media_url"] and not _URL.fullmatch(told["media_url"]):
        faults.append((400, "media_url is no address: it begins with http:// or https:// and has no blanks."))
    return Call(asked, key, told, faults)


def _require_form(request: HttpRequest) -> None:
    kind = request.content_type or ""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if kind not in _FORMS and length:
        raise Refused([(400, f"The body is {kind[:60] or 'of no kind'}: send {_FORMS[0]}; charset=utf-8.")])
    if kind == _FORMS[0] and length > MOST_BODY_BYTES:
        raise Refused([(400, f"The body has {length} bytes: at most {MOST_BODY_BYTES} are read.")])
