"""The monthly bulletin to take along, for who looks at the ranking; and those that were made by themselves."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.judging.periods import BadPeriod
from cases.judging.ranking import NoSuchScheme, months_judged, ranking
from cases.judging.workbook import workbook
from cells.models import NoEditionInForce
from maps.bulletin.kept import FORMS, made
from maps.bulletin.telling import USUAL_SCHEME, bulletin
from maps.pages.ranking import month_asked, scheme_asked, unit_within, usual_month
from maps.printing.fonts import NoFont
from maps.printing.sheet import PAGES

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
    headers = {
        "Content-Disposition": f'attachment; filename="bulletin-{month}.{form}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(body, content_type=FORMS[form], headers=headers)


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
    headers = {
        "Content-Disposition": f'attachment; filename="ranking-{month}.xlsx"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(body, content_type=XLSX, headers=headers)


def _refused(words: str) -> HttpResponse:
    return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
