"""What is wrong with a call, as RFC 9457 tells it: `application/problem+json`, from the one table of `maps.errors`."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page

from maps.errors import AGAIN_S, BadRequest, NotFound, problem

MEDIA_TYPE = "application/problem+json"


def told(error: Exception) -> HttpResponse | None:
    """The answer to an error of the table, or None for a fault of ours."""
    found = problem(NotFound(str(error)) if isinstance(error, Http404) else error)
    if found is None:
        return None
    answer = refusal(found.status, found.error, found.sentence, detail=found.detail, hint=found.hint, where=found.where)
    wait_s = found.where.get("wait_s", AGAIN_S if found.status == 503 else None)
    if wait_s is not None:
        answer.headers["Retry-After"] = str(wait_s)
    if found.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="wanmi"'
    return answer


def refusal(
    status: int, slug: str, title: str, *, detail: str = "", hint: str = "", where: dict[str, Any] | None = None
) -> HttpResponse:
    """One problem: `type` is a name that stays, `title` is for people, `detail` and `hint` say what and what to do."""
    body = {
        "type": f"urn:wanmi:problem:{slug}", "title": title, "status": status, "detail": detail, "hint": hint,
        "where": where or {},
    }  # fmt: skip
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)


def for_programs(view: Callable[..., HttpResponse], *, verbs: tuple[str, ...] = ("GET", "HEAD")) -> Any:
    """A view for programs: no cookie counts, HEAD is GET without its body, every refusal is problem+json, and what has
    not changed since the ETag that is sent along (If-None-Match) is 304."""

    @csrf_exempt
    @conditional_page
    @functools.wraps(view)
    def serving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "HEAD" and "GET" in verbs:
            request.method = "GET"
        try:
            if request.method not in verbs:
                known = ", ".join(verbs)
                answer = refusal(
                    405, "not_allowed", "This verb is not known here.", detail=f"{request.method} is none of {known}."
                )
                answer.headers["Allow"] = known
            else:
                answer = view(request, *args, **kwargs)
        except Exception as error:
            found = told(error)
            if found is None:
                raise
            answer = found
        left = request.META.get("wanmi.calls_left")
        if left is not None:
            answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"] = map(str, left)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ["Authorization", "Accept-Language"])
        return answer

    return serving


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """An address below a door that is none."""
    raise NotFound(f"There is nothing at “{rest[:60]}”.", hint="See the document of this door.")


def unreadable(faults: list[tuple[str, str]]) -> BadRequest:
    """Arguments that cannot be read, each with its name and what is wrong with it."""
    told_of = "; ".join(f"{name}: {words}" for name, words in faults[:20])
    return BadRequest(told_of or "The request cannot be read.", hint="See the document of this door.",
                      faults=[{"name": name, "words": words} for name, words in faults[:20]])  # fmt: skip
