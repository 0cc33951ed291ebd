"""The public page: a report in under a minute, without an account; the plain form does all of it without a script.

Against floods stand, without anybody else's help: a signed form that nobody fills in within seconds, a field that no
person sees, and the limits of an address and its network. What may be the same problem is offered for joining first.
"""

from __future__ import annotations

import math
import re
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from cases import open_door
from cases.citizens import codes, limits, reporting
from cases.citizens.following import phase_of
from cases.citizens.reporting import Told
from cases.errors import BadPhoto, BadReport, CaseClosed, OutsideCity
from cases.intake import MOST_ACCURACY_M, MOST_WORDS
from cases.models import Caller, Case
from cells import rules
from cells.models import NoEditionInForce
from maps.pages.dispatch import city_bounds
from maps.pages.public_words import PHASES, for_everybody, in_language, sender, shown
from maps.photo_words import sentence_of
from spatial.errors import BadCoordinate, SpatialError

NEW = "new"
MOST_ADDRESS = Case._meta.get_field("address").max_length
MOST_NAME = Caller._meta.get_field("name").max_length
_FIELDS = ("service", "words", "address", "lon", "lat", "accuracy_m", "name", "telephone", "choice")
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)
_TELEPHONE = "telephone"
Faults = dict[str, str]


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # here only: what is too large is not even read for its token, and `_report` asks for it
def report(request: HttpRequest) -> HttpResponse:
    """The form; what is sent becomes a report, or joins one, and leads to the page of its code."""
    most_mb, photos = rules.figures("photo_most_mb", "public_photos_most")
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > (most_mb * photos + 1) * 1e6:
        return shown(request, "maps/public/too_large.html", {"megabytes": round(most_mb)}, status=413)
    return _report(request)


@csrf_protect
@for_everybody
def _report(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request, QueryDict(), {}, form=codes.fresh_form(at=timezone.now()))
    given = request.POST
    now = timezone.now()
    if given.get("website", "").strip():
        # Only programs see this field.
        return shown(request, "maps/public/refused.html", {}, status=400)
    form = given.get("form", "")
    try:
        word = codes.word_of(form, at=now)
    except codes.FormExpired:
        fresh = codes.fresh_form(at=now)
        return _form(
            request, given, {"": _("This page was open for too long. Look it over and send it again.")}, form=fresh
        )
    except codes.TooQuick:
        return _form(request, given, {"": _("That was very quick. Look it over and send it again.")}, form=form)
    earlier = reporting.sent_before(word)
    if earlier is not None:
        return _thanks(earlier)
    told, faults = _told(given)
    if faults:
        return _form(request, given, faults, form=form)
    limits_of = sender(request)
    choice = given.get("choice", "")
    if not choice:
        limits.count(limits_of, limits.LOOK, at=now)
        near = _near(told, now)
        if near:
            return _form(request, given, {}, form=form, near=near)
    limits.count(limits_of, limits.REPORT, at=now)
    join = "" if choice in ("", NEW) else choice
    files = request.FILES.getlist("photos")
    try:
        taken = reporting.take(told, word=word, at=now, files=files, join=join)
    except CaseClosed:
        given = given.copy()
        given["choice"] = NEW
        gone = _("The report that you wanted to join has ended meanwhile. Send yours as a new one.")
        return _form(request, given, {"": gone}, form=form)
    except (BadReport, OutsideCity, BadCoordinate, NoEditionInForce) as error:
        return _form(request, given, _words_of(error), form=form)
    return _thanks(taken)


def _thanks(taken: reporting.Taken) -> HttpResponse:
    return redirect(f"{reverse('public_standing', args=[taken.code])}?sent=1")


def _form(
    request: HttpRequest, given: QueryDict, faults: Faults, *, form: str, near: list[Any] | None = None
) -> HttpResponse:
    (photos,) = rules.figures("public_photos_most")
    (least_s,) = rules.figures("public_fill_least_s")
    services = [
        (group, list(those))
        for group, those in groupby(
            open_door.to_report(), key=lambda one: in_language((one.heading_zh or "", one.heading_en or ""))
        )
    ]
    context = {
        "given": {name: given.get(name, "") for name in _FIELDS},
        "faults": faults,
        "form": form,
        "near": near,
        "services": services,
        "most_words": MOST_WORDS,
        "most_address": MOST_ADDRESS,
        "most_name": MOST_NAME,
        "most_photos": round(photos),
        "photos_lost": bool(request.FILES),
        "config": {
            "bounds": city_bounds(),
            "least_s": least_s,
            "most_photos": round(photos),
            "stages": {str(phase): str(words[0]) for phase, words in PHASES.items()},
        },
    }
    status = 422 if faults else 200
    return shown(request, "maps/public/report.html", context, status=status)


def _told(given: QueryDict) -> tuple[Told, Faults]:
    """What is told, and what is wrong with it by the field's name."""
    faults: Faults = {}
    text = {name: given.get(name, "").strip() for name in _FIELDS}
    for name, most in (("words", MOST_WORDS), ("address", MOST_ADDRESS), ("name", MOST_NAME), (_TELEPHONE, 30)):
        if most is not None and len(text[name]) > most:
            faults[name] = _("This is too long: at most %(n)s signs are taken.") % {"n": most}
        if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in text[name]):
            faults[name] = _("This has signs that are no text.")
    if reporting.service_named(text["service"]) is None:
        faults["service"] = _("Choose what it is.")
    lon, lat = _degrees(text["lon"], 180), _degrees(text["lat"], 90)
    if lon is None or lat is None:
        lon = lat = None
        if not text["address"]:
            faults["address"] = _("Say where it is: by your position, on the map, or in words.")
    accuracy = _degrees(text["accuracy_m"].split(".")[0], 999)
    told = Told(
        service=text["service"],
        words=text["words"],
        lon=lon,
        lat=lat,
        accuracy_m=accuracy if accuracy is not None and 0 <= accuracy <= MOST_ACCURACY_M else None,
        address=text["address"],
        name=text["name"],
        telephone=text[_TELEPHONE],
    )
    return told, faults


def _degrees(text: str, most: float) -> float | None:
    found = float(text) if _NUMBER.fullmatch(text) else math.nan
    return found if math.isfinite(found) and abs(found) <= most else None


def _near(told: Told, now: Any) -> list[Any]:
    """What may be the same, with the words for how far each has come."""
    try:
        found = reporting.near(told, at=now)
    except SpatialError:
        return []  # what is wrong with the place is said when it is filed
    phases = {one.number: phase_of(one.stage) for one in found}
    return [{"one": one, "phase": PHASES[phase][0]} for one in found if (phase := phases[one.number]) is not None]


def _words_of(error: Exception) -> Faults:
    """What is said of a report that cannot be taken in, by the field that is to be mended."""
    if isinstance(error, BadPhoto):
        return {"photos": sentence_of(error)}
    if isinstance(error, OutsideCity | BadCoordinate):
        return {"address": _("This place lies outside the city. Choose another, or say it in words.")}
    if isinstance(error, NoEditionInForce):
        return {"address": _("Places cannot be found at this moment. Say in words where it is.")}
    field = getattr(error, "where", {}).get("field", "")
    if field == _TELEPHONE:
        return {_TELEPHONE: _("This is no telephone number: 3 to 20 digits, such as 13800000000.")}
    return {field if field in _FIELDS else "": _("This cannot be taken in as it is.")}
