"""The monthly bulletin to take along, for who looks at the ranking; and those that were made by themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.judging.periods import BadPeriod
from cases.judging.ranking import NoSuchScheme, months_judged, ranking
from cases.judging.rates import rates
from cases.judging.workbook import workbook
from cells import rules
from cells.models import NoEditionInForce
from cells.territory import territory_of
from maps.bulletin.kept import FORMS, file_of, kept, made
from maps.bulletin.telling import USUAL_SCHEME, bulletin
from maps.exports import csv_pieces, pieces_of, sent
from maps.exports import file_of as file_of_table
from maps.pages.ranking import Asked, month_asked, scheme_asked, unit_within, usual_month
from maps.printing.fonts import NoFont
from maps.printing.sheet import PAGES
from maps.ranking_table import ranking_table, rates_table

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@login_required
def fresh(request: HttpRequest) -> HttpResponse:
    """The bulletin of `month` by `scheme`, made now for the reader: `as` docx or pdf, `paper` A4 or A3."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city get its bulletin."))
    given = request.GET
    form, paper = given.get("as") or "docx", given.get("paper") or "A4"
    slug = given.get("scheme") or USUAL_SCHEME
    month = month_asked(given.get("month", "")) or usual_month(months_judged())
    if form not in FORMS or paper not in PAGES:
        return _refused(_("A bulletin is docx or pdf, on A4 or A3."))
    if not slug.isprintable():
        return _refused(_("No scheme of this name holds in this month."))
    try:
        body = made(bulletin(month, slug, by=request.user), form, paper=paper)
    except (BadPeriod, NoEditionInForce) as error:
        return _refused(str(error))
    except NoSuchScheme:
        return _refused(_("No scheme of this name holds in this month."))
    except NoFont as error:
        return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8")
    return _file(body, f"bulletin-{month}.{form}", FORMS[form])


@require_safe
@login_required
def scheme_sheet(request: HttpRequest) -> HttpResponse:
    """The ranking of `month` by `scheme` (`within` a unit) as a spreadsheet whose weights can be changed."""
    given = request.GET
    month = month_asked(given.get("month", "")) or usual_month(months_judged())
    scheme, refused = scheme_asked(given.get("scheme", USUAL_SCHEME), month)
    if scheme is None:
        return _refused(refused)
    try:
        body = workbook(ranking(month, scheme, within=unit_within(given.get("within", ""))))
    except (BadPeriod, NoEditionInForce) as error:
        return _refused(str(error))
    return _file(body, f"ranking-{month}.xlsx", XLSX)


@require_safe
@login_required
def ranking_csv(request: HttpRequest) -> HttpResponse:
    """The same as CSV, values alone."""
    given = request.GET
    month = month_asked(given.get("month", "")) or usual_month(months_judged())
    scheme, refused = scheme_asked(given.get("scheme", USUAL_SCHEME), month)
    if scheme is None:
        return _refused(refused)
    try:
        table = ranking_table(ranking(month, scheme, within=unit_within(given.get("within", ""))))
    except (BadPeriod, NoEditionInForce) as error:
        return _refused(str(error))
    return _file(b"".join(csv_pieces(table)), f"ranking-{month}.csv", CSV)


@require_safe
@login_required
def rates_file(request: HttpRequest, form: str) -> HttpResponseBase:
    """The rates of the page's question, every indicator and every fact, as `csv` or `xlsx`."""
    asked = Asked.read(request)
    try:
        found = rates(asked.kind, asked.period(), within=asked.within)
    except (BadPeriod, NoEditionInForce) as error:
        return _refused(str(error))
    table = rates_table(found)
    pieces = csv_pieces(table) if form == "csv" else pieces_of(file_of_table(table, form))
    kind = CSV if form == "csv" else XLSX
    # By unit cells it has as many rows as the city.
    answer = StreamingHttpResponse(sent(pieces, language=get_language() or ""), content_type=kind)
    name = f"rates-{asked.kind}-{found.period.since}-{found.period.until}.{form}"
    answer["Content-Disposition"], answer["Cache-Control"] = f'attachment; filename="{name}"', "private, no-store"
    return answer


@require_safe
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """The bulletins that were made by themselves; who has a territory gets such as he may see, of the same months."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city get its bulletin."))
    (day,) = rules.figures("bulletin_day")
    names = dict(settings.LANGUAGES)
    months = [
        {"month": month, "files": [{"file": one, "language": names.get(one.language, one.language)} for one in files]}
        for month, files in kept()
    ]
    context = {"months": months, "day": int(day), "whole": territory_of(request.user) is None, "scheme": USUAL_SCHEME}
    return render(request, "maps/ranking/bulletins.html", context)


@require_safe
@login_required
def one_kept(request: HttpRequest, name: str) -> HttpResponse:
    """A kept bulletin, for who may see the whole city: it tells of hot spots everywhere."""
    found = file_of(name)
    if getattr(request.user, "person", None) is None or territory_of(request.user) is not None or found is None:
        raise Http404
    path, form = found
    return _file(path.read_bytes(), name, FORMS[form])


def _file(body: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(body, content_type=kind, headers=headers)


def _refused(words: str) -> HttpResponse:
    return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
