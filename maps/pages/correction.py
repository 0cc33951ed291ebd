"""Paid correction: a month's statement by unit, each unit's cases, the closing of a month, corrections."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.correction import book, statement
from cases.judging import counting
from cases.judging.periods import BadPeriod, Period
from cases.models import Case, CorrectionItem, CorrectionLine, CorrectionMonth, CorrectionTable
from cells.territory import areas_named
from spatial.postgis import roles

MOST_SHOWN = 500


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """A month by unit; by POST it is closed."""
    if request.method == "POST":
        month = request.POST.get("month", "")[:7]
        if book.may_keep(request.user):
            counting.fresh()
        try:
            closed = book.close(month, by=request.user, at=timezone.now())
        except book.CannotBook as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(month)s is closed: what it says stays.") % {"month": closed.month})
        return redirect(f"{reverse('correction')}?{urlencode({'month': month if month.isprintable() else ''})}")
    month = _month(request.GET.get("month", ""))
    frozen = CorrectionMonth.objects.filter(month=month).first()
    sums = statement.totals(_lines(month, frozen))
    names = _names(sums)
    tables = CorrectionTable.objects.order_by("-since", "-pk")
    table = tables.filter(since__lte=month).first()
    context = {
        "month": month,
        "months": _months(month, tables),
        "frozen": frozen,
        "table": table,
        "tables": tables.exists(),
        "items": CorrectionItem.objects.filter(table=table) if table else [],
        "rows": [
            {"unit": unit, "name": names.get(unit, ""), "cases": cases, "amount": amount}
            for unit, (cases, amount) in sorted(sums.items(), key=lambda one: names.get(one[0], ""))
        ],
        "total": sum((amount for _cases, amount in sums.values()), Decimal(0)),
        "may_close": book.may_keep(request.user)
        and month == book.next_due()
        and timezone.now() >= statement.ends(month),
    }
    return render(request, "maps/correction/month.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def unit(request: HttpRequest) -> HttpResponse:
    """One unit's cases in a month, as far as the reader may see them; by POST a line of a closed month is corrected."""
    given = request.POST if request.method == "POST" else request.GET
    month, key = _month(given.get("month", "")), given.get("unit", "")
    if key and not (key.isascii() and key.isdigit() and len(key) < 15):
        raise Http404
    wanted = int(key) if key else None
    if request.method == "POST":
        _correct(request)
        return redirect(f"{reverse('correction_unit')}?{urlencode({'month': month, 'unit': key})}")
    frozen = CorrectionMonth.objects.filter(month=month).first()
    lines = [line for line in _lines(month, frozen) if _of(line)[1] == wanted]
    keys = {_of(line)[0] for line in lines}
    seen = {case.pk: case for case in Case.objects.filter(pk__in=keys).select_related("catalogue_class")}
    items = CorrectionItem.objects.in_bulk([_of(line)[2] for line in lines if _of(line)[2]])
    rows = [
        {"line": line, "case": seen[_of(line)[0]], "item": items.get(_of(line)[2])}
        for line in lines
        if _of(line)[0] in seen
    ]
    context = {
        "month": month,
        "unit": key,
        "name": _names([wanted]).get(wanted, ""),
        "frozen": frozen,
        "rows": rows[:MOST_SHOWN],
        "more": max(len(rows) - MOST_SHOWN, 0),
        "hidden": len(keys) - len(seen),
        "count": len(keys),
        "total": sum((line.amount for line in lines), Decimal(0)),
        "keeps": book.may_keep(request.user) and frozen is not None,
    }
    return render(request, "maps/correction/unit.html", context)


def _correct(request: HttpRequest) -> None:
    number = request.POST.get("line", "")
    try:
        amount = Decimal(request.POST.get("amount", "").strip().replace(",", "")[:20])
        book.correct(
            int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0,
            amount=amount, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now(),
        )  # fmt: skip
    except InvalidOperation:
        messages.error(request, _("Say the amount in yuan, plus or minus, with at most two decimals."))
    except book.CannotBook as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Entered as a line of its own."))


def _lines(month: str, frozen: CorrectionMonth | None) -> list[Any]:
    """The lines of a month: as they were closed, or as they are now with the corrections entered so far."""
    with roles.as_owner():  # what is summed is the whole city's
        written = list(CorrectionLine.objects.filter(month=month).select_related("corrects"))
        return written if frozen else [*statement.lines_of(month, at=timezone.now()), *written]


def _of(line: Any) -> tuple[int, int | None, int | None]:
    """Case, unit and item of a line of either kind."""
    if isinstance(line, statement.Line):
        return line.case, line.unit, line.item
    return line.case_id, line.unit_id, line.item_id


def _month(text: str) -> str:
    """The month that is asked for, else the one that runs."""
    try:
        return Period.of_month(text).month
    except BadPeriod:
        return f"{timezone.localdate():%Y-%m}"


def _months(month: str, tables: Any) -> list[str]:
    """The months from the first table on, the newest first, at most five years of them."""
    first = tables.order_by("since").values_list("since", flat=True).first()
    now = f"{timezone.localdate():%Y-%m}"
    found, at = [], first or now
    while at <= now and len(found) < 600:
        found.append(at)
        at = book.next_of(at)
    return sorted({month, *found[-60:]}, reverse=True)


def _names(units: Any) -> dict[int | None, str]:
    found: dict[int | None, str] = {None: _("On nobody's ground")}
    return found | {key: area.name for key, area in areas_named([unit for unit in units if unit is not None]).items()}
