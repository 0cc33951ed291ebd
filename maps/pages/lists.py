"""Lists as files: each list that people work from, by its own filter, as CSV, spreadsheet, Parquet and GeoPackage."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from cases.errors import NotYours
from cases.queues import Queue, queues_of
from maps.errors import BadRequest, for_people
from maps.exports import KINDS, csv_pieces, file_of, pieces_of, sent
from maps.list_tables import LISTS, Asked
from maps.pages.desk import QUEUE_NAMES
from maps.stages import with_labels

MOST_DAYS = 366


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Every list with its filter and its formats."""
    rows = [
        {
            "name": name, "title": one.title, "fields": one.fields,
            "forms": [form for form in ("csv", "xlsx", "parquet", "gpkg") if one.placed or form != "gpkg"],
        }
        for name, one in LISTS.items()
    ]  # fmt: skip
    names = with_labels({str(queue): name for queue, name in QUEUE_NAMES.items()})
    own = [(str(queue), names[str(queue)]) for queue in queues_of(request.user)]
    return render(request, "maps/lists.html", {"rows": rows, "queues": own, "today": timezone.localdate()})


@require_safe
@for_people
def download(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    """One list as a file; 404 for another name or format, 400 in words for a filter that cannot be."""
    if name not in LISTS or form not in KINDS or (form == "gpkg" and not LISTS[name].placed):
        raise Http404
    if getattr(request.user, "person", None) is None:
        raise NotYours("Only people of the city take lists along.", hint="Log in as one.")
    table = LISTS[name].table(_asked(request))
    pieces = csv_pieces(table) if form == "csv" else pieces_of(file_of(table, form))
    answer = StreamingHttpResponse(sent(pieces, language=translation.get_language() or ""), content_type=KINDS[form])
    file = f"{name}-{timezone.localtime():%Y%m%d-%H%M}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _asked(request: HttpRequest) -> Asked:
    said: dict[str, Any] = {"by": request.user, "at": timezone.now(), "day": timezone.localdate()}
    if text := request.GET.get("day"):
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None or not 2000 <= day.year < 2200:
            raise BadRequest(f"“{text[:40]}” is no day.", hint="Write it as 2026-03-02.", field="day")
        said["day"] = day
    if text := request.GET.get("days"):
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_DAYS):
            raise BadRequest(f"“{text[:40]}” days.", hint=f"A whole number from 1 to {MOST_DAYS}.", field="days")
        said["days"] = int(text)
    if text := request.GET.get("queue"):
        if text not in set(Queue):
            raise BadRequest(f"“{text[:40]}” is no queue.", hint=f"Queues: {', '.join(Queue)}.", field="queue")
        said["queue"] = Queue(text)
    return Asked(**said)
