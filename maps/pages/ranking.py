"""Rankings and rates: each number opens its formula, its cases and its edition; nothing here is changed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.judging import counting, publishing
from cases.judging.periods import BadPeriod, Period, last_month
from cases.judging.ranking import Line, NoSuchScheme, Ranked, months_judged, ranking, scheme_named
from cases.judging.rates import Counts, Rates, cases_of, rates
from cases.judging.scoring import to_cents
from cases.judging.units import Of
from cases.judging.vocabulary import FACTS, SENTENCES, Formula
from cases.models import Case, Indicator, Scheme
from cells.models import Grid, NoEditionInForce
from maps.ranking_table import SHOWN
from maps.stages import stage_names

A_PAGE = 100
USUAL = "monthly"


def unit_names() -> dict[str, str]:
    """The kinds of units, for the chooser."""
    return {
        Of.CITY: _("City"),
        Of.DISTRICT: _("Districts"),
        Of.TOWN: _("Towns"),
        Of.COMMUNITY: _("Communities"),
        Of.GRID: _("Third-level grids"),
        Of.CELL: _("Unit cells"),
        Of.OWNER: _("Offices that have the cases"),
        Of.DEPARTMENT: _("Departments of components"),
        Of.ROLE: _("Posts"),
        Of.PERSON: _("People"),
    }


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """A month's ranking by a scheme."""
    counting.fresh(wait=False)
    months = months_judged()
    month = month_asked(request.GET.get("month", "")) or usual_month(months)
    scheme, refused = scheme_asked(request.GET.get("scheme", USUAL), month)
    ranked: Ranked | None = None
    within = unit_within(request.GET.get("within", ""))
    try:
        ranked = ranking(month, scheme, within=within, reread=False) if scheme else None
    except (BadPeriod, NoEditionInForce) as error:
        refused = str(error)
    frozen = publishing.published(month, scheme.slug, within=within) if scheme else None
    context = {
        "months": months if month in months else [month, *months],
        "month": month,
        "schemes": schemes_of(month),
        "scheme": scheme,
        "refused": refused,
        "ranked": ranked,
        "columns": columns_of(scheme) if scheme else [],
        "within": within,
        "rows": [_line(line, ranked, within) for line in ranked.lines] if ranked else [],
        "frozen": frozen,
        "differs": publishing.differences(frozen, ranked.lines) if frozen and ranked else [],
        "may_judge": publishing.may_judge(request.user, within=within),
        "notice": publishing.notice_of(ranked) if ranked and not frozen else "",
    }
    return render(request, "maps/ranking/ranking.html", context)


@require_safe
@login_required
def rates_page(request: HttpRequest) -> HttpResponse:
    """The rates of units of any kind in any days."""
    asked, refused = Asked.read(request), ""
    indicators = list(Indicator.objects.all())
    wanted = indicators if "all" in request.GET else [i for i in indicators if i.key in SHOWN]
    found: Rates | None = None
    try:
        counting.fresh(wait=False)
        found = rates(asked.kind, asked.period(), within=asked.within, reread=False)
    except (BadPeriod, NoEditionInForce) as error:
        refused = str(error)
    listed = [*found.rows, found.total] if found else []
    rows = [
        {
            "unit": row.unit,
            "total": found is not None and row is found.total,
            "cells": [_cell(row, found, i.key, asked.query(row.unit.id, key=i.key)) for i in wanted] if found else [],
        }
        for row in Paginator(listed, 500).get_page(request.GET.get("page"))
    ]
    context = {
        "asked": asked,
        "kinds": [(str(kind), name) for kind, name in unit_names().items()],
        "indicators": wanted,
        "all": "all" in request.GET,
        "found": found,
        "rows": rows,
        "refused": refused,
        "today": timezone.localdate(),
    }
    return render(request, "maps/ranking/rates.html", context)


@require_safe
@login_required
def figure(request: HttpRequest) -> HttpResponse:
    """One rate of one unit: formula, numbers, where they are from, and the way to their cases."""
    asked = Asked.read(request)
    indicator = next((i for i in Indicator.objects.all() if i.key == request.GET.get("key")), None)
    if indicator is None:
        raise Http404
    try:
        found = rates(asked.kind, asked.period(), within=asked.within, reread=False)
    except (BadPeriod, NoEditionInForce) as error:
        raise Http404 from error
    row = next((r for r in found.rows if str(r.unit.id) == asked.unit), found.total)
    sums = {name: _told(Formula.read(text), row, asked) for name, text in _halves(indicator).items()}
    edition = found.edition
    context = {
        "indicator": indicator,
        "row": row,
        "asked": asked,
        "period": found.period,
        "rate": row.rate(found.formulas, indicator.key),
        "interval": row.interval(found.formulas, indicator.key),
        "numerator": sums["numerator"],
        "denominator": sums["denominator"],
        "edition": edition,
        "kind": unit_names()[asked.kind],
    }
    return render(request, "maps/ranking/figure.html", context)


@require_safe
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that a fact counts for a unit, as far as the reader may see them."""
    asked, fact = Asked.read(request), request.GET.get("fact", "")
    if fact not in FACTS or asked.kind is Of.ROLE:
        raise Http404
    unit, at = _number(asked.unit), max(_number(request.GET.get("page", "")) or 1, 1)
    try:
        number, keys = cases_of(
            fact, asked.kind, asked.period(), unit=unit, within=asked.within, whole=asked.unit == "",
            most=A_PAGE, skip=(at - 1) * A_PAGE,
        )  # fmt: skip
    except BadPeriod as error:
        raise Http404 from error
    names = stage_names()
    seen = {case.pk: case for case in Case.objects.filter(pk__in=keys).select_related("catalogue_class")}
    # A case that was closed, opened again and closed again counts twice, and is a row twice: rows and number agree.
    rows = [{"case": seen[key], "stage": names.get(seen[key].stage, seen[key].stage)} for key in keys if key in seen]
    context = {
        "title": SENTENCES[fact],
        "count": number,
        "hidden": len(keys) - len(rows),
        "rows": rows,
        "earlier": at - 1,
        "later": at + 1 if number > at * A_PAGE else 0,
        "asked": asked,
        "query": asked.query(asked.unit, fact=fact),
    }
    return render(request, "maps/ranking/cases.html", context)


class Asked:
    """What an address asks for: a kind of unit, one unit of it, days, and the unit within which."""

    def __init__(self, kind: Of, since: str, until: str, unit: str, within: Grid | None) -> None:
        self.kind, self.since, self.until, self.unit, self.within = kind, since, until, unit, within

    @classmethod
    def read(cls, request: HttpRequest) -> Asked:
        given = request.GET
        kind = Of(given["unit"]) if given.get("unit") in set(Of) else Of.DISTRICT
        within = unit_within(given.get("within", ""))
        usual = Period.of_month(usual_month(months_judged()))
        since, until = given.get("from") or usual.since.isoformat(), given.get("to") or usual.until.isoformat()
        return cls(kind, since, until, given.get("id", "")[:20], within)

    def period(self) -> Period:
        """Raises BadPeriod."""
        try:
            days = [dt.date.fromisoformat(text) for text in (self.since, self.until)]
        except ValueError as error:
            raise BadPeriod(_("Write days as 2026-03-01.")) from error
        return Period.of_days(*days)

    def query(self, unit: Any = "", **more: str) -> str:
        """The same question of one unit ("" for all of them together)."""
        told = {"unit": str(self.kind), "from": self.since, "to": self.until, "id": "" if unit is None else str(unit)}
        if self.within is not None:
            told["within"] = self.within.code
        return urlencode(told | more)


def unit_within(code: str) -> Grid | None:
    """The unit of a code, if one was given and there is one."""
    return Grid.objects.filter(code=code.strip()[:40]).first() if code.strip().isprintable() else None


def month_asked(text: str) -> str:
    """What an address says of a month, if it can be said back."""
    return text[:7] if text.isprintable() else ""


def usual_month(months: list[str]) -> str:
    """The last month that is over, where it has anything; else the newest that has; else the last month."""
    over = last_month(timezone.localdate())
    return over if over in months or not months else months[0]


def scheme_asked(slug: str, month: str) -> tuple[Scheme | None, str]:
    """The version of a scheme for a month; words where there is none."""
    try:
        return scheme_named(slug if slug.isprintable() else "", month=month), ""
    except NoSuchScheme:
        return None, _("No scheme of this name holds in this month.")


def schemes_of(month: str) -> list[Scheme]:
    """The newest version of each scheme that holds in a month."""
    found = Scheme.objects.filter(since__lte=month).select_related("level").order_by("slug", "-version")
    return sorted({s.slug: s for s in reversed(found)}.values(), key=lambda s: (s.level.rank, s.pk))


def columns_of(scheme: Scheme) -> list[dict[str, Any]]:
    """The parts of a scheme as columns."""
    rows = scheme.parts.select_related("indicator").order_by("rank", "pk")
    return [
        {"name": str(row.indicator) if row.indicator else SENTENCES[row.fact], "weight": row.weight.normalize(),
         "part": row, "down": bool(row.indicator and not row.indicator.higher_is_better)}
        for row in rows
    ]  # fmt: skip


def _line(line: Line, ranked: Ranked, within: Grid | None) -> dict[str, Any]:
    period = ranked.counted.period
    asked = Asked(ranked.counted.kind, period.since.isoformat(), period.until.isoformat(), "", within)
    cells = []
    for one in line.parts:
        by_rate = one.part.kind in ("share", "threshold")
        cells.append(
            {
                "figure": one.figure,
                "percent": by_rate,
                "points": None if one.points is None else to_cents(one.points),
                "query": asked.query(line.unit.id, **({"key": one.part.key} if by_rate else {"fact": one.part.key})),
                "view": "ranking_figure" if by_rate else "ranking_cases",
            }
        )
    return {"line": line, "cells": cells}


def _cell(row: Counts, found: Rates, key: str, query: str) -> dict[str, Any]:
    return {"rate": row.rate(found.formulas, key), "query": query}


def _halves(indicator: Indicator) -> dict[str, str]:
    return {"numerator": indicator.numerator, "denominator": indicator.denominator}


def _told(formula: Formula, row: Counts, asked: Asked) -> dict[str, Any]:
    terms = [
        {
            "sign": "−" if sign < 0 else ("+" if n else ""),
            "name": name,
            "words": SENTENCES[name],
            "count": row.facts.get(name, 0),
            "query": asked.query(row.unit.id, fact=name) if name in FACTS and asked.kind is not Of.ROLE else "",
        }
        for n, (sign, name) in enumerate(formula.terms)
    ]
    return {"terms": terms, "sum": formula.of(row.facts)}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
