"""Reading from a replica: pages that only look are answered by a standby of PostgreSQL, where one is named.

`REPLICA_URL` names it; it is fed by PostgreSQL's own streaming replication. Nothing is asked of it but the pages in
`LOOKS`, whole: for the time of such a page the thread's connection is the replica's, under the reader's role as ever,
so that no query of the page has to know. Everything else, and every page that wants a change to be seen at once
(desks, queues, live lists), works with the primary.

What a reader wrote he reads: an answer to a call that may have changed something leaves a cookie with the primary's
place in its log, and the replica answers him once it is past that place. What others wrote he sees `MOST_LAG_S` later
at most; each such answer says how much (`Wanmi-Replica-Lag`). How far behind a replica is cannot be learnt from it
alone (it may have lost the primary, and an idle primary sends nothing): this process remembers where the primary was
and when.

A replica that is away, behind, promoted, or that cancels a statement of its own, costs the reader nothing but time: his
page is made anew with the primary, and the replica is left alone for a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from maps import row_security
from maps.watching.replicas import ALIAS, known
from spatial.postgis import run

# Pages that look back, or over all: what they show is no older than the reader's own last act, or a few seconds.
LOOKS = frozenset({
    "leader", "api-leader", "leader_print", "leader_cases", "hotspots", "api-hotspots", "api-hotspots-frame",
    "api-hotspots-density", "api-hotspots-spot", "hotspots_print", "hotspots_take_along", "heatmap_drawing", "gaps",
    "api-gaps", "api-gap-ages", "gaps_print", "ranking_figure", "ranking_cases", "ranking_year", "ranking_rates",
    "ranking", "board", "history", "api-edition-changes", "api-division", "division_report", "public_solved",
    "public_notices",
})  # fmt: skip
COOKIE = "wanmi_wrote"
MOST_LAG_S = 10.0
LOOK_EVERY_S = 1.0  # at the primary's log, by each process
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
log = logging.getLogger(__name__)


class FromReplica(MiddlewareMixin):
    """After all who decide: what they decided (who it is, whether he may) holds, whoever answers."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if ALIAS not in connections or request.method not in ("GET", "HEAD") or name not in LOOKS - known.writes:
            return None
        if time.monotonic() < known.alone_until:
            return None
        replica, primary = connections[ALIAS], connections[DEFAULT_DB_ALIAS]
        try:
            _look_at_primary()
            connections[DEFAULT_DB_ALIAS] = replica
            lag = _lag(_wrote(request))
            return None if lag is None else _answer(request, view, args, kwargs, lag)
        except Http404:
            return None  # it may be so new that the replica has not heard of it
        except (DatabaseError, InterfaceError) as error:
            _note(error, name)
            replica.close()
            return None
        finally:
            connections[DEFAULT_DB_ALIAS] = primary

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        of_a_reader = settings.SESSION_COOKIE_NAME in request.COOKIES
        if ALIAS in connections and of_a_reader and request.method in _CHANGES and response.status_code < 500:
            try:
                place = _place_of_primary()
            except (DatabaseError, InterfaceError):
                return response
            response.set_cookie(
                COOKIE, str(place), max_age=300, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response


def _answer(request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any, lag: float) -> HttpResponseBase:
    give_back = row_security.take_seat(request.user)
    try:
        response: Any = view(request, *args, **kwargs)
        if hasattr(response, "render") and callable(response.render):
            response.render()
    finally:
        if give_back is not None:
            give_back()
    response["Wanmi-Replica-Lag"] = f"{lag:.1f}"
    return response  # type: ignore[no-any-return]


def _wrote(request: HttpRequest) -> int:
    """The primary's place after this reader's last change; 0: none that is not long past."""
    given = request.COOKIES.get(COOKIE, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0


def _look_at_primary() -> None:
    at = time.monotonic()
    if at - known.primary.newest() >= LOOK_EVERY_S:
        known.primary.note(_place_of_primary(), at)


def _place_of_primary() -> int:
    found = run.row("maps", "primary_place_v1")
    assert found is not None
    return int(found[0])


def _lag(wrote: int) -> float | None:
    """How far the replica is behind in seconds; None where it is not to be asked."""
    found = run.row("maps", "replica_place_v1")
    assert found is not None
    if found[0] is None:
        known.leave_alone("is no replica any more")
        return None
    replayed = int(found[0])
    lag = known.primary.lag(replayed, time.monotonic())
    if lag is None or lag > MOST_LAG_S:
        known.leave_alone("is too far behind")
        return None
    return None if replayed < wrote else lag


def _note(error: Exception, name: str) -> None:
    code = getattr(error.__cause__, "sqlstate", None)
    if code == "25006":  # a statement that writes, on a replica
        known.writes.add(name)
        log.warning("The page %s writes: it is asked of the primary from now on.", name)
    elif code == "40001":  # what it read was to be cleared away by the primary's vacuum
        log.info("The replica broke off the page %s.", name)
    else:
        known.leave_alone(f"failed ({type(error).__name__}, {code or 'no code'})")
