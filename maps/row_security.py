"""Each request works in PostgreSQL under the role of who asks, so that the database itself keeps foreign cases back.

Which role that is, and which grids lie in the reader's territory, the database works out by itself from the user's id
(`cases/sql/row_security_v1.sql`); here it is only said at the start of a request and taken back when its answer is
closed: after the last piece of a streamed one, too. Whoever is not logged in sees no case at all. Jobs and commands
have no request, and work as the owner of the tables.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from cells.territory import grids_within, keep_territory
from maps.errors import problem
from spatial.postgis import roles, run

# Doors that answer in JSON, or whose readers are no people.
_MACHINES = ("/api/", "/live/", "/tiles/", "/photos/", "/open311/", "/rest/", "/ogc/")
_GIVE_BACK = "wanmi.give_back"
log = logging.getLogger(__name__)


class OnlyOwnRows(MiddlewareMixin):
    """The reader's role on the connection of the request; after `AuthenticationMiddleware`, which says who it is."""

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponseBase | None:
        """Before the first line of a page's own; where there is no such page, no seat is taken."""
        try:
            request.META[_GIVE_BACK] = take_seat(request.user, at_need=getattr(view, "role_at_need", False))
        except OperationalError as error:
            # Not to go on without a role, should the database be back in a moment.
            found = problem(error)
            if found is None or not request.path.startswith(_MACHINES):
                raise
            return found.as_json()
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        give_back = request.META.pop(_GIVE_BACK, None)
        if give_back is not None:
            response._resource_closers.append(give_back)  # type: ignore[attr-defined]
        return response


def seat_program(request: HttpRequest, user: Any, *, territory: int | None) -> None:
    """From here on the request works as a program that reads a territory (a grid's key; None: the whole city).

    In the place of whoever is logged in by a cookie, or nobody; until the answer is closed. `user` is the account of
    the program: what it reported it may see.
    """
    grids = None if territory is None else grids_within(territory)
    keep_territory(user, grids)
    found = run.row("cases", "token_seat_v1", {"whole": territory is None})
    assert found is not None
    role, may_take = found
    if not may_take:
        log.warning("The role %s cannot be taken: only the doors themselves keep foreign cases back.", role)
        return
    here = ",".join(map(str, grids or ()))
    request.META[_GIVE_BACK] = roles.take(role, {"wanmi.reader": str(user.pk), "wanmi.grids": f"{{{here}}}"})


# The role of who is not logged in, by database: the one seat that nothing changes.
_of_nobody: dict[str, str] = {}


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def role_at_need(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page that shows nobody's rows but what all may know: whoever is not logged in gets his role there at need."""
    view.role_at_need = True  # type: ignore[attr-defined]
    return view


def take_seat(user: Any, *, at_need: bool = False) -> Callable[[], None] | None:
    roles.give_back()  # of a request on this thread that was broken off
    if user.pk is None and (nobodys := _of_nobody.get(_database())):
        return roles.take(nobodys, {"wanmi.reader": "", "wanmi.grids": "{}"}, at_need=at_need)
    found = run.row("cases", "web_seat_v1", {"user": user.pk, "day": timezone.localdate()})
    assert found is not None
    role, grids, may_take = found
    keep_territory(user, grids)
    if may_take:
        if user.pk is None:
            _of_nobody[_database()] = role
        here = ",".join(map(str, grids or ()))
        return roles.take(role, {"wanmi.reader": "" if user.pk is None else str(user.pk), "wanmi.grids": f"{{{here}}}"})
    # `manage.py check --database default` says what to do (wanmi.W004).
    log.warning("The role %s cannot be taken: only the pages themselves keep foreign cases back.", role)
    return None
