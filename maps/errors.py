"""What is wrong, told to people and machines: one table from error class to status and translated sentence.

The floors below raise errors that carry data (`detail`, `hint`, `where`); here they become an answer:
`{"error": slug, "sentence": …, "detail": …, "hint": …, "where": {…}}`. `detail` is the exact finding with its values,
`sentence` the same for a reader in his language.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views import csrf
from django.views.defaults import server_error as unexpected

from cases.citizens.limits import TooMany
from cases.errors import (
    AlreadyDone,
    BadPhoto,
    BadReport,
    CaseClosed,
    CaseError,
    NoOwner,
    NoSuchCase,
    NotYours,
    OutsideCity,
)
from cases.guards import Guard
from cases.keyring import BadToken, NotInScope, TooOften
from cases.workdays import CalendarEnds, ClockError
from cases.workflow import StepRefused
from cells.differences import TooManyDifferences
from cells.editions import CannotPublish
from cells.importing.errors import ImportRefused
from cells.models import BeforeFirstEdition, NoEditionInForce
from cells.moments import UnreadableMoment
from cells.plans import CannotDo, CannotRemark, CannotSettle, EditRefused, MayNot, PlanClosed, PlanError, StaleEdit
from maps import photo_words
from spatial.errors import BadCoordinate, SpatialError, UnknownCrs

MOST_BODY_BYTES = 64 * 1024
AGAIN_S = 5
# NUL, which PostgreSQL keeps in no text, and halves of characters, which UTF-8 does not know; and how JSON has them:
# escaped, or as bytes that are no UTF-8, which Python's reader lets pass.
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\xed[\xa0-\xbf]")
# What the database says by not being there: InterfaceError is a connection that broke a moment ago.
AWAY = (OperationalError, InterfaceError)
_FOR_PROGRAMS = ("/api/", "/live/", "/tiles/", "/open311/", "/rest/", "/ogc/")


class BadRequest(ValueError):
    """The request cannot be read."""

    def __init__(self, detail: str, *, hint: str = "", **where: Any) -> None:
        self.detail, self.hint, self.where = detail, hint, where
        super().__init__(f"{detail} {hint}".strip())


class TooLarge(BadRequest):
    """The request is larger than is read here."""


class NotFound(BadRequest):
    """There is no such thing."""


class LoginNeeded(BadRequest):
    """Nobody is logged in."""


class NoToken(BadRequest):
    """The call carries no token of the page."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a class of errors is answered."""

    status: int
    slug: str
    sentence: Any


# The first class that fits answers: children stand before their parents.
TABLE: dict[type[Exception], Kind] = {
    LoginNeeded: Kind(401, "login_needed", _("Log in first.")),
    TooLarge: Kind(413, "too_large", _("The request is larger than is read here.")),
    NoToken: Kind(403, "no_token", _("The page is too old: load it again and repeat.")),
    NotFound: Kind(404, "not_found", _("There is no such thing here.")),
    BadRequest: Kind(400, "bad_request", _("The request cannot be read.")),
    UnknownCrs: Kind(400, "unknown_crs", _("This coordinate system is not known here.")),
    BadCoordinate: Kind(400, "bad_coordinate", _("This coordinate cannot be a place on the ground.")),
    SpatialError: Kind(400, "bad_geometry", _("This geometry cannot be used.")),
    OutsideCity: Kind(422, "outside_city", _("The place lies outside the city: no community owns it.")),
    AlreadyDone: Kind(409, "already_done", _("Somebody was quicker: it is done already.")),
    NotYours: Kind(403, "not_yours", _("You may not do this with this case.")),
    NoSuchCase: Kind(404, "not_found", _("There is no such thing here.")),
    NoOwner: Kind(409, "no_owner", _("The case has no owner: its place is unknown or outside the city.")),
    BadPhoto: Kind(400, "bad_photo", _("The photo cannot be taken in.")),
    BadReport: Kind(400, "bad_report", _("The report cannot be taken in as it is.")),
    CaseClosed: Kind(409, "case_closed", _("The case is closed: file the call anew, or have the case reopened.")),
    TooMany: Kind(429, "too_many", _("From here more was sent than is taken. Try again later.")),
    BadToken: Kind(401, "bad_token", _("Send a valid token.")),
    NotInScope: Kind(403, "not_in_scope", _("The token does not open this.")),
    TooOften: Kind(429, "too_often", _("Too many calls: wait a moment.")),
    CaseError: Kind(409, "refused", _("This cannot be done with the case.")),
    StepRefused: Kind(409, "step_refused", _("This act is not open for the case as it stands.")),
    StaleEdit: Kind(409, "stale_edit", _("The plan has changed since: look at what is new and edit again.")),
    EditRefused: Kind(422, "edit_refused", _("This edit is not possible.")),
    PlanClosed: Kind(409, "plan_closed", _("The plan is not being drawn any more.")),
    CannotSettle: Kind(409, "cannot_settle", _("This cannot be done with the plan as it stands.")),
    CannotRemark: Kind(400, "cannot_remark", _("This finding cannot be explained like this.")),
    CannotPublish: Kind(409, "cannot_publish", _("This cannot take effect, or be taken back, as it is.")),
    MayNot: Kind(403, "not_yours", _("Your role does not allow this.")),
    PlanError: Kind(409, "plan_error", _("This cannot be done with the plan.")),
    ImportRefused: Kind(400, "bad_file", _("The file cannot be taken in as it is.")),
    TooManyDifferences: Kind(413, "too_many", _("There is more of this than is listed here.")),
    UnreadableMoment: Kind(400, "unreadable_moment", _("This is no day and no time.")),
    BeforeFirstEdition: Kind(404, "before_first_edition", _("There were no grids yet at that time.")),
    CalendarEnds: Kind(
        503, "calendar_ends", _("The working calendar of the year that the limit runs into is not known.")
    ),
    ClockError: Kind(409, "limit_refused", _("This limit cannot be counted.")),
    NoEditionInForce: Kind(503, "no_edition", _("No edition of the grids is in force yet.")),
    UnicodeEncodeError: Kind(
        400, "bad_value", _("A value cannot be kept: it is too large, or has signs that are no text.")
    ),
    DataError: Kind(400, "bad_value", _("A value cannot be kept: it is too large, or has signs that are no text.")),
    OperationalError: Kind(503, "no_database", _("The database does not answer. Nothing was saved; try again soon.")),
    InterfaceError: Kind(503, "no_database", _("The database does not answer. Nothing was saved; try again soon.")),
}

# Refusals that name what is still open, and such as a reader cannot guess from what he sees.
_OPEN_STILL = {
    Guard.COMMITMENTS_SETTLED: _("Commitments are still open: %(missing)s. Have them met or released first."),
    Guard.PARTS_ENDED: _("Parts of the case are still open: %(missing)s."),
}
_REFUSED = {
    Guard.OF_THE_COORDINATOR: _("Only the unit that coordinates may do this, or one above it."),
    Guard.NOT_THE_PROMISER: _("The unit that promised cannot say this itself."),
    Guard.FOR_THE_PROMISER: _("Only the unit that promises can do this."),
    Guard.ANOTHER_THAN_ASKED: _("Another person than the one who asked must release it."),
    Guard.IS_NO_PART: _("The case is itself a part of another."),
    Guard.HAS_NO_PARTS: _("The case has parts of its own."),
    Guard.ROOM_FOR_PART: _("The case has as many parts as a case may have."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, ready to be shown or sent."""

    status: int
    error: str
    sentence: str
    detail: str
    hint: str
    where: dict[str, Any]

    def as_json(self) -> JsonResponse:
        """The answer of the JSON doors."""
        body = {n: getattr(self, n) for n in ("error", "sentence", "detail", "hint", "where")}
        headers = {"Retry-After": str(AGAIN_S)} if self.error == "no_database" else None
        # Words that were sent come back in it, half characters too: these escaped, as no UTF-8 has them.
        halves = bool(_HALF.search(json.dumps(body, ensure_ascii=False)))
        return JsonResponse(body, status=self.status, headers=headers, json_dumps_params={"ensure_ascii": halves})


def problem(error: Exception) -> Problem | None:
    """The problem that an error is, or None for one that is not in the table (a fault of ours, not of the asker)."""
    kind = next((kind for known, kind in TABLE.items() if isinstance(error, known)), None)
    if kind is None:
        return None
    quiet = isinstance(error, AWAY)  # its text names hosts and folders
    where = dict(getattr(error, "where", {})) | _where(error)
    return Problem(
        status=kind.status,
        error=kind.slug,
        sentence=_sentence(error, kind),
        detail="" if quiet else str(getattr(error, "detail", "") or error),
        hint=str(getattr(error, "hint", "")),
        where=json.loads(json.dumps(where, cls=DjangoJSONEncoder, default=str)),
    )


def sentence_of_class(name: str) -> tuple[str, str]:
    """The short name and the translated sentence of an error that is kept by the name of its class."""
    kind = next((kind for known, kind in TABLE.items() if known.__name__ == name), TABLE[CaseError])
    return kind.slug, str(kind.sentence)


def _sentence(error: Exception, kind: Kind) -> str:
    # What is refused in a plan has a sentence of its own, with the values found; so has a photo.
    if isinstance(error, CannotDo | CannotPublish | EditRefused):
        return error.translated
    if isinstance(error, StepRefused) and error.guard in _OPEN_STILL:
        return str(_OPEN_STILL[error.guard]) % {"missing": ", ".join(error.missing)}
    if isinstance(error, StepRefused) and error.guard in _REFUSED:
        return str(_REFUSED[error.guard])
    return photo_words.sentence_of(error) if isinstance(error, BadPhoto) else str(kind.sentence)


def _where(error: Exception) -> dict[str, Any]:
    """What errors without a `where` of their own say of place and way out."""
    if isinstance(error, StepRefused):
        return {
            "stage": str(error.stage),
            "act": str(error.act),
            "open": [str(a) for a in error.open_acts],
            "open_to": {str(a): str(side) for a, side in error.open_to.items()},
            "guard": str(error.guard or ""),
            "missing": list(error.missing),
        }
    if isinstance(error, EditRefused):
        names = ("reason", "place", "cells", "nearest", "nearest_cells")
        return {name: getattr(error, name) for name in names}
    if isinstance(error, StaleEdit):
        steps = [asdict(step) for step in error.steps]
        return {"revision": error.revision, "now": error.now, "keys": error.keys, "steps": steps}
    if isinstance(error, CannotPublish):
        return {"conflicts": [conflict.as_data() for conflict in error.conflicts]}
    if isinstance(error, PlanClosed):
        return {"state": error.state}
    return {}


def answers_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose known errors are answered as JSON."""

    @functools.wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404 as error:
            found = problem(NotFound(str(error)))
        except Exception as error:
            found = problem(error)
            if found is None:
                raise
        assert found is not None
        return found.as_json()

    return answering


def for_people(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A JSON view for logged-in people only: 401, not a page to log in, for everyone else."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            raise LoginNeeded("This needs a login.", hint="Log in at /login/ and send the session's cookie.")
        return view(request, *args, **kwargs)

    return answers_json(guarded)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an error that nobody caught, a page's or the middleware's: 503 in words where the database is away.

    The page is drawn without its reader: who he is stands in the database.
    """
    error = sys.exc_info()[1]
    if isinstance(error, DataError):
        return refused(request, error)
    if not isinstance(error, AWAY):
        return unexpected(request)
    if request.path_info.startswith(_FOR_PROGRAMS):
        return refused(request, error)
    # A page comes back by itself; what was sent must be sent again by who sent it.
    page = {"again_s": AGAIN_S if request.method in ("GET", "HEAD") else None}
    away = HttpResponse(render_to_string("maps/away.html", page), status=503, headers={"Retry-After": str(AGAIN_S)})
    away.headers["Cache-Control"] = "no-store"
    return away


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to an error of the table: JSON to programs, a page to people."""
    found = problem(error)
    assert found is not None
    if request.path_info.startswith(_FOR_PROGRAMS):
        return found.as_json()
    page = {"problem": found, "sent": request.method not in ("GET", "HEAD")}
    return HttpResponse(render_to_string("maps/refused.html", page), status=found.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form or a call without the page's token: JSON for machines, Django's page for people."""
    if request.path.startswith("/public/"):
        return HttpResponse(render_to_string("maps/public/no_cookie.html", {}, request), status=403)
    if not request.path.startswith("/api/"):
        return csrf.csrf_failure(request, reason)
    found = problem(NoToken(reason, hint="Send the cookie csrftoken's value as the header X-CSRFToken."))
    assert found is not None
    return found.as_json()


def json_body(request: HttpRequest, *, most_bytes: int = MOST_BODY_BYTES) -> dict[str, Any]:
    """The object in a request's JSON body; raises BadRequest or TooLarge with the size found and allowed."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > most_bytes or len(request.body) > most_bytes:
        raise TooLarge(f"The body has {length or len(request.body)} bytes; at most {most_bytes} are read.")
    try:
        found = json.loads(request.body or b"null", parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The body is not JSON: {error}", hint="Send a JSON object in UTF-8.") from None
    if not isinstance(found, dict):
        raise BadRequest(
            f"The body is {type(found).__name__}, not an object.", hint='Send an object, such as {"lon": …, "lat": …}.'
        )
    return found


def require_text(body: bytes, found: Any) -> None:
    """Raises BadRequest where a text in what a JSON body holds has what PostgreSQL and UTF-8 do not know."""
    waiting = [found] if _ESCAPED.search(body) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and NO_TEXT.search(one):
            raise BadRequest(f"A text has signs that are no text: {one[:40]!a}.", hint="Send whole UTF-8, no NUL.")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
