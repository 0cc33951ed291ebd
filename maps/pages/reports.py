"""The map of what routing and a source's own labels do not agree on."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maps import routing_report


@require_safe
@login_required
def routing(request: HttpRequest, name: str = "") -> HttpResponse:
    """A report, the newest if none is named; how to make one where there is none."""
    names = routing_report.names()
    if name and name not in names:
        raise Http404(f"There is no report “{name}”.")
    chosen = name or (names[0] if names else "")
    context = routing_report.page(chosen) if chosen else {}
    return render(request, "maps/reports/routing.html", context | {"names": names})


@require_safe
@login_required
def routing_file(request: HttpRequest, name: str, file: str) -> FileResponse:
    """One of a report's files, for the page's script."""
    path = routing_report.file_of(name, file)
    if path is None:
        raise Http404(f"There is no {file} of a report “{name}”.")
    return FileResponse(path.open("rb"), content_type="application/json; charset=utf-8")
