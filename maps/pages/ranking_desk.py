"""What is done with rankings: publish a month, try other weights, enter fines and rewards, read the year."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.judging import publishing, register, trying
from cases.judging.periods import BadPeriod, first_of_next
from cases.judging.ranking import months_judged, moved, ranking
from cases.models import RankingEntry, Scheme
from cells.models import NoEditionInForce
from cells.territory import areas_named
from maps.pages.ranking import USUAL, columns_of, month_asked, scheme_asked, schemes_of, unit_within, usual_month


@require_POST
@login_required
def publish(request: HttpRequest) -> HttpResponse:
    """Freeze a month with its notice."""
    month, slug = month_asked(request.POST.get("month", "")), request.POST.get("scheme", "")
    scheme, refused = scheme_asked(slug, month)
    within = unit_within(request.POST.get("within", ""))
    try:
        if scheme is None:
            raise publishing.CannotPublish(refused)
        ranked = ranking(month, scheme, within=within)
        publishing.publish(ranked, by=request.user, at=timezone.now(), within=within)
    except (publishing.CannotPublish, BadPeriod, NoEditionInForce) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Published: what was said of this month stays."))
    asked = {"month": month, "scheme": slug} | ({"within": within.code} if within else {})
    return redirect(f"{reverse('ranking')}?{urlencode(asked)}")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def attempt(request: HttpRequest) -> HttpResponse:
    """Other weights, and where everybody would stand by them; saved as a new version only when asked to."""
    given = request.POST if request.method == "POST" else request.GET
    months = months_judged()
    month = month_asked(given.get("month", "")) or usual_month(months)
    scheme, refused = scheme_asked(given.get("scheme", USUAL), month)
    if scheme is None:
        raise Http404(refused)
    weights: dict[int, Decimal] = {}
    try:
        weights = trying.weights_given(scheme, given.dict())
        if request.method == "POST":
            fresh = trying.save_as_new(scheme, weights, since=_next_month(), by=request.user)
            messages.success(
                request,
                _("Saved: %(scheme)s holds from %(month)s on.") % {"scheme": fresh, "month": fresh.since},
            )
            return redirect(f"{reverse('ranking')}?{urlencode({'month': month, 'scheme': scheme.slug})}")
    except trying.BadWeights as error:
        refused = str(error)
    before = tried = None
    try:
        before = ranking(month, scheme, reread=False)
        tried = ranking(month, scheme, reread=False, parts=trying.parts_with(scheme, weights))
    except (BadPeriod, NoEditionInForce) as error:
        refused = str(error)
    steps = moved(before.lines, tried.lines) if before and tried else {}
    columns = [
        column
        | {"key": f"w{column['part'].pk}", "now": weights.get(column["part"].pk, column["part"].weight).normalize()}
        for column in columns_of(scheme)
    ]
    was = {line.unit.id: line for line in before.lines} if before else {}
    context = {
        "months": months,
        "month": month,
        "scheme": scheme,
        "schemes": schemes_of(month),
        "columns": [c | {"now": f"{c['now']:f}", "weight": f"{c['weight']:f}"} for c in columns],
        "sum": f"{sum((c['now'] for c in columns), Decimal(0)).normalize():f}",
        "refused": refused,
        "rows": [
            {"line": line, "was": was.get(line.unit.id), "moved": steps.get(line.unit.id)}
            for line in (tried.lines if tried else [])
        ],
        "changed": any(c["now"] != c["weight"] for c in columns),
        "may_judge": publishing.may_judge(request.user),
        "next_month": _next_month(),
    }
    return render(request, "maps/ranking/try.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def entries(request: HttpRequest) -> HttpResponse:
    """The register of fines and rewards: what follows from published months, what waits, what was decided."""
    slug = _slug(request.POST.get("scheme") or request.GET.get("scheme"))
    if request.method == "POST":
        try:
            _enter(request, slug)
        except register.CannotEnter as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Entered."))
        return redirect(f"{reverse('ranking_register')}?{urlencode({'scheme': slug})}")
    listed = list(
        RankingEntry.objects.filter(scheme__slug=slug).select_related(
            "scheme", "proposed_by__person", "decided_by__person"
        )[:500]
    )
    names = areas_named({entry.unit_id for entry in listed})
    may = publishing.may_judge(request.user)
    context = {
        "slug": slug,
        "schemes": _schemes(),
        "due": register.due(slug),
        "rows": [
            {
                "entry": entry,
                "name": names[entry.unit_id].name_zh or names[entry.unit_id].code if entry.unit_id in names else "",
                "may_decide": may and entry.state == "proposed" and entry.proposed_by_id != request.user.pk,
            }
            for entry in listed
        ],
        "may_judge": may,
    }
    return render(request, "maps/ranking/register.html", context)


@require_safe
@login_required
def year(request: HttpRequest) -> HttpResponse:
    """The year-end sheet, of what was published."""
    slug, text = _slug(request.GET.get("scheme")), request.GET.get("year", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year
    months, lines = register.year_sheet(slug, wanted)
    context = {
        "slug": slug,
        "schemes": _schemes(),
        "year": wanted,
        "months": range(1, 13),
        "missing": 12 - len(set(months)),
        "lines": lines,
    }
    return render(request, "maps/ranking/year.html", context)


def _enter(request: HttpRequest, slug: str) -> None:
    given, at = request.POST, timezone.now()
    if "decide" in given:
        number = given["decide"]
        if not (number.isascii() and number.isdigit() and len(number) < 18):
            raise register.CannotEnter(_("This is decided already."))
        register.decide(int(number), approve=given.get("how") == "approve", by=request.user, at=at)
        return
    wanted = (given.get("kind"), given.get("period"), given.get("unit"))
    one = next((d for d in register.due(slug) if (d.kind, d.period, str(d.unit)) == wanted), None)
    if one is None:
        raise register.CannotEnter(_("This is in the register already."))
    register.propose(one, amount=_amount(given.get("amount", "")), note=given.get("note", ""), by=request.user, at=at)


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation as error:
        raise register.CannotEnter(_("Say the amount in yuan, with at most two decimals.")) from error


def _slug(text: str | None) -> str:
    return text[:30] if text and text.isprintable() else USUAL


def _schemes() -> list[Any]:
    found = Scheme.objects.select_related("level").order_by("slug", "version")
    return sorted({scheme.slug: scheme for scheme in found}.values(), key=lambda s: (s.level.rank, s.pk))


def _next_month() -> str:
    return f"{first_of_next(timezone.localdate()):%Y-%m}"
