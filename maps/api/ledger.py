"""The ledger over HTTP: lines as JSON, page by page, and all lines of a filter as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from cases.ledger import USUALLY_SHOWN, BadCursor, Line, Position, asked_lines, enter_due, page, tally
from maps.api.cases import class_data
from maps.api.wire import answer_json, number_of
from maps.errors import BadRequest, TooLarge, for_people
from maps.exports import KINDS, XLSX_ROWS, csv_pieces, file_of, pieces_of, sent
from maps.ledger_filter import LedgerFilter
from maps.ledger_table import ledger_table

MOST_SHOWN = 500
# Lines of history that a reader's own question enters before it is answered; more is the worker's.
ENTERED_AT_ONCE = 2_000


@require_GET
@for_people
def ledger(request: HttpRequest) -> HttpResponse:
    """`{"lines", "next"}`, and with `tally=1` how many there are by stage and class; `next` goes on as `after=`."""
    found = _filter(request)
    limit = number_of(request.GET, "limit")
    limit = USUALLY_SHOWN if limit is None else limit
    if not 1 <= limit <= MOST_SHOWN or limit != int(limit):
        raise BadRequest(f"The limit is {limit}.", hint=f"It is a whole number from 1 to {MOST_SHOWN}.", field="limit")
    try:
        after = Position.read(request.GET["after"]) if request.GET.get("after") else None
    except BadCursor as error:
        raise BadRequest(str(error), hint="Give what “next” said, or nothing.", field="after") from error
    now = timezone.now()
    enter_due(at=now, most=ENTERED_AT_ONCE, wait=False)
    asked = found.asked()
    lines, following = page(asked, by=request.user, after=after, most=int(limit))
    answer: dict[str, Any] = {
        "lines": [_line(line, late=line.is_late(now)) for line in lines],
        "next": str(following) if following else None,
    }
    if request.GET.get("tally"):
        counted = tally(asked, by=request.user)
        answer["tally"] = {
            "cases": counted.cases,
            "by_stage": counted.by_stage,
            "by_class": [{"class": class_data(key), "cases": cases} for key, cases in counted.by_class.items()],
        }
    return answer_json(answer)


@require_GET
@for_people
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """All lines of the filter as a file, exactly those that the page shows one page after the other."""
    found = _filter(request)
    now = timezone.now()
    enter_due(at=now, most=ENTERED_AT_ONCE, wait=False)
    table = ledger_table(found, by=request.user, at=now)
    if form == "xlsx":
        rows = asked_lines(found.asked(), by=request.user).count()
        if rows > XLSX_ROWS - 100:
            raise TooLarge(
                f"The filter has {rows} lines, a spreadsheet {XLSX_ROWS}.", hint="Narrow the filter, or take the CSV."
            )
    pieces = csv_pieces(table) if form == "csv" else pieces_of(file_of(table, form))
    answer = StreamingHttpResponse(sent(pieces, language=translation.get_language() or ""), content_type=KINDS[form])
    name = f"ledger-{timezone.localtime(now):%Y%m%d-%H%M}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _filter(request: HttpRequest) -> LedgerFilter:
    """The filter of a query; raises BadRequest with the field and what is wrong with it."""
    found = LedgerFilter(request.GET.dict(), by=request.user)
    if not found.is_valid():
        field, errors = next(iter(found.errors.items()))
        raise BadRequest(
            f"“{field}”: {errors[0]}",
            hint="Known: area, class, stage, source, since, until, q; what is left out is not asked for.",
            field=field,
        )
    return found


def _line(line: Line, *, late: bool) -> dict[str, Any]:
    return {
        "number": line.number,
        "ledger": {
            "number": line.ledger_number,
            "year": line.year,
            "serial": line.serial,
            "town": line.town.as_data() if line.town else None,
        },
        "filed_at": line.filed_at,
        "class": class_data(line.catalogue_class),
        "words": line.words,
        "address": line.address,
        "owner": line.owner.as_data() if line.owner else None,
        "stage": line.stage,
        "source": line.source.pk,
        "due_at": line.due_at,
        "closed_at": line.closed_at,
        "late": late,
        "lon": line.lon,
        "lat": line.lat,
    }
