"""The checker's phone over HTTP: the cells he is to look at, and what he found, taken in exactly once.

A check comes as a form (multipart): `key`, `number` (of the check), `found` (JSON: `[{"class": "event-0103", "words":
…}, …]`, empty for nothing found), `note`, `as`, `lon`, `lat`, `accuracy_m`, `done_at` (the phone's clock), the photo of
the place as `proof`, photos of the n-th problem as `found-n` (from 0).
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.fieldwork import Sent
from cases.spot_checks import taking
from maps.api.officer import phone_at
from maps.api.wire import answer_json, moment_in, number_of, text_of
from maps.check_list import checks_told
from maps.errors import BadRequest, LoginNeeded, for_people


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


def _found(request: HttpRequest) -> tuple[taking.Found, ...]:
    try:
        told = json.loads(text_of(request.POST, "found") or "[]")
    except (ValueError, RecursionError):
        told = None
    if (
        not isinstance(told, list)
        or len(told) > 2 * taking.MOST_FOUND
        or not all(isinstance(one, dict) for one in told)
    ):
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
