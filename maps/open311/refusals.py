"""What is wrong with a call, as the standard tells it: a list of errors; 404 for what is not there, 403 for keys, 400.

Beyond the standard: 405 for a verb that an address does not know, 429 with Retry-After for a key used too often, 503
where the city cannot answer now. A body's code may be finer than the status: `400.outside`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from cases import open_door
from cases.errors import OutsideCity
from cases.keyring import BadKey, TooOften
from maps.errors import AGAIN_S, AWAY, problem
from maps.open311 import wire

Fault = tuple[int | str, str]
_UNREADABLE = (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError)


class Refused(Exception):
    """The call is refused: one or more faults (code and words), all told at once."""

    def __init__(self, faults: Sequence[Fault], *, status: int = 400) -> None:
        self.faults, self.status = list(faults), status
        super().__init__("; ".join(words for _, words in self.faults))


def missing(words: str) -> Refused:
    """What is asked for is not there: 404."""
    return Refused([(404, words)], status=404)


def at_door(*verbs: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view `view(request, form, …)` of the door: only these verbs and forms, every refusal in the form asked for."""

    def fitted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # a program with a key has no cookie of ours, and none counts here
        @functools.wraps(view)
        def answering(request: HttpRequest, *, form: str, **named: Any) -> HttpResponse:
            said = form if form in wire.FORMS else wire.XML
            try:
                if form not in wire.FORMS:
                    raise missing(f"“{form[:20]}” is no format of this door: ask for .xml or .json.")
                if request.method not in verbs:
                    told = f"{request.method} is not known at this address: {', '.join(verbs)}."
                    raise Refused([(405, told)], status=405)
                _require_jurisdiction(request)
                found = view(request, form, **named)
            except Exception as error:
                found = _refusal(error, said)
            if found.status_code == 405:
                found.headers["Allow"] = ", ".join(verbs)
            # Anybody's page may ask: what is told here is told to everybody, and cookies play no part.
            found.headers["Access-Control-Allow-Origin"] = "*"
            patch_vary_headers(found, ["Accept-Language"])
            return found

        return answering

    return fitted


def _require_jurisdiction(request: HttpRequest) -> None:
    given = (request.POST if request.method == "POST" else request.GET).get("jurisdiction_id", "")
    given = given or request.GET.get("jurisdiction_id", "")
    known = open_door.door().jurisdiction if given else ""
    if known and given != known:
        raise missing(f"The jurisdiction “{given[:60]}” is not known here: this is “{known}”.")


def _refusal(error: Exception, form: str) -> HttpResponse:
    """The answer to an error; raises it again where it is a fault of ours."""
    if isinstance(error, Refused):
        return _told(form, error.faults, error.status)
    if isinstance(error, BadKey):
        return _told(form, [(403, str(error))], 403)
    if isinstance(error, TooOften):
        answer = _told(form, [(429, str(error))], 429)
        answer.headers["Retry-After"] = str(error.where["wait_s"])
        return answer
    if isinstance(error, OutsideCity):
        return _told(form, [("400.outside", f"{error.detail} Check lat, long and crs.")], 400)
    if isinstance(error, _UNREADABLE):
        return _told(form, [(400, f"The body cannot be read: {error}")], 400)
    found = problem(error)
    if found is None:
        raise error
    if found.status >= 500 or isinstance(error, AWAY):
        answer = _told(form, [(503, found.detail or str(found.sentence))], 503)
        answer.headers["Retry-After"] = str(AGAIN_S)
        return answer
    return _told(form, [(400, f"{found.detail} {found.hint}".strip())], 400)


def _told(form: str, faults: Sequence[Fault], status: int) -> HttpResponse:
    rows = [{"code": code, "description": words} for code, words in faults]
    return wire.answer(form, "errors", rows, status=status)
