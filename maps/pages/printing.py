"""Sends printed sheets: reads the kind and the paper of an address, names the file, says what is missing."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from maps.errors import BadRequest
from maps.printing.fonts import NoFont
from maps.printing.sheet import KINDS, PAGES


def sent(request: HttpRequest, name: str, made: Callable[[str, str], bytes]) -> HttpResponse:
    """The sheet that `made` makes of a kind (`as`: pdf, png) and a paper (`paper`: A4, A3); raises BadRequest."""
    kind, paper = request.GET.get("as") or "pdf", request.GET.get("paper") or "A4"
    if kind not in KINDS:
        raise BadRequest(f"“{kind[:20]}” is no kind of sheet.", hint=f"{', '.join(KINDS)}.", field="as")
    if paper not in PAGES:
        raise BadRequest(f"“{paper[:20]}” is no paper.", hint=f"{', '.join(PAGES)}.", field="paper")
    try:
        body = made(kind, paper)
    except NoFont as error:
        return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{paper}.{kind}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(body, content_type=KINDS[kind], headers=headers)
