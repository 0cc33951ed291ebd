"""Round every request: its id, its line in the log, its figures, its slow statements; and the operator's doors.

The id comes from a proxy (`X-Request-ID`) where the site stands behind one (CITY_ORIGINS), else it is made; the answer
carries it, so that a reader can name what went wrong.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from cells import routing
from maps.watching import metrics
from maps.watching.lines import REQUEST, USER
from maps.watching.readiness import readiness

log = logging.getLogger("maps.requests")
slow_log = logging.getLogger("maps.slow")
HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_STATE = "wanmi.watched"
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
LONGEST_SHAPE = 400


class Watched(MiddlewareMixin):
    """The outermost of all."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        given = request.headers.get(HEADER, "") if settings.CSRF_TRUSTED_ORIGINS else ""
        name = given if _ID.fullmatch(given) else secrets.token_hex(8)
        REQUEST.set(name)
        USER.set(None)
        door = _DOORS.get(request.path_info)
        if door is not None:
            return door(request)
        statements = _Statements()
        # Of a request on this thread that was broken off.
        connection.execute_wrappers[:] = [w for w in connection.execute_wrappers if not isinstance(w, _Statements)]
        connection.execute_wrappers.append(statements)
        request.META[_STATE] = (name, time.perf_counter(), statements)
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        state = request.META.pop(_STATE, None)
        if state is None:
            return response
        name, began, statements = state
        if statements in connection.execute_wrappers:
            connection.execute_wrappers.remove(statements)
        seconds = time.perf_counter() - began
        user = getattr(getattr(request, "_cached_user", None), "pk", None)
        USER.set(user)
        view = _view_of(request)
        metrics.REQUESTS.labels(view, str(response.status_code)).inc()
        metrics.SECONDS.labels(view).observe(seconds)
        metrics.note_pool()
        if (edition := routing.edition_loaded()) is not None:
            metrics.LOCATOR.labels("in_force").set(edition)
        for shape, ms in statements.slow:
            metrics.SLOW.labels(view).inc()
            slow_log.warning("slow statement", extra={"view": view, "ms": ms, "statement": shape})
        if log.isEnabledFor(logging.INFO):
            match = request.resolver_match
            case = match.kwargs.get("number") if match is not None else None
            told = {
                "method": request.method,
                "view": view,
                "status": response.status_code,
                "ms": round(seconds * 1e3, 1),
            }
            told |= {"case": case if isinstance(case, str) else None, "sql_ms": round(statements.ms, 1)}
            log.info("request", extra=told)
        response.headers[HEADER] = name
        return response


class _Statements:
    """An execute wrapper of Django's: the time that a request's statements take, and the shape of the slow ones."""

    def __init__(self) -> None:
        self.ms, self.slow = 0.0, []  # type: float, list[tuple[str, float]]

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            ms = (time.perf_counter() - began) * 1e3
            self.ms += ms
            if settings.SLOW_MS and ms >= settings.SLOW_MS and len(self.slow) < 20:
                self.slow.append((shape_of(str(sql)), round(ms, 1)))


def shape_of(sql: str) -> str:
    """A statement without a value that may stand in it, on one line."""
    return " ".join(_LITERAL.sub("?", sql).split())[:LONGEST_SHAPE]


def _view_of(request: HttpRequest) -> str:
    """The name of the page; addresses that nobody knows are one, whatever is made up."""
    match = request.resolver_match
    if match is not None:
        return str(match.view_name or "unnamed")
    return "file" if request.path_info.startswith(settings.STATIC_URL) else "none"


# ---- the operator's doors --------------------------------------------------------------------------------------------


def _alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def _ready(request: HttpRequest) -> HttpResponse:
    told = readiness()
    good = not told["wants"] if "all" in request.GET else told["ready"]
    answer = JsonResponse(told, status=200 if good else 503, headers={"Cache-Control": "no-store"})
    answer._has_been_logged = True  # type: ignore[attr-defined]  # asked every few seconds: who asks is told, not the log
    return answer


def _figures(request: HttpRequest) -> HttpResponse:
    if not may_read_figures(request):
        said = {
            "error": "not_yours",
            "hint": "Send Authorization: Bearer with WANMI_METRICS_TOKEN, or ask from this machine.",
        }
        return HttpResponse(json.dumps(said), status=403, content_type="application/json")
    return HttpResponse(
        metrics.page(), content_type="text/plain; version=0.0.4; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


def may_read_figures(request: HttpRequest) -> bool:
    """Whether a request has the token, or comes from this machine itself and through no proxy."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and kind.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


_DOORS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": _alive, "/readyz": _ready, "/metrics": _figures,
}  # fmt: skip
