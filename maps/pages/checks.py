"""Spot checks: the checker's page on his phone; the months' draws for who judges, and for all once they are over."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from cases import photos, sides
from cases.judging.intervals import wilson
from cases.judging.publishing import may_judge
from cases.judging.vocabulary import percent
from cases.models import SpotCheck, SpotDraw, SpotFinding
from cases.spot_checks import drawing
from cases.workflow import Side
from cells.formulas import defused
from cells.models import CatalogueClass, Level, NoEditionInForce
from cells.rules import figures
from cells.territory import areas_named
from maps.check_list import checks_told
from maps.pages.dispatch import city_bounds, frequent_classes
from maps.pages.officer import class_told
from spatial.postgis import roles


@require_safe
@login_required
@ensure_csrf_cookie
def checks(request: HttpRequest) -> HttpResponse:
    """What I am to look at: one page for the list and a check, made to work without a network."""
    waiting = checks_told(request.user)
    if not waiting and Side.CHECK not in sides.sides_of(request.user):
        return redirect("checks_draws")
    most_mb, most_at_once = figures("photo_most_mb", "photos_most_at_once")
    classes = CatalogueClass.objects.in_use().minors().order_by("-kind", "major", "minor")
    config = {
        "user": request.user.pk,
        "checks": waiting,
        "bounds": city_bounds(),
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "classes": [class_told(c) for c in classes],
        "frequent_classes": [class_told(c) for c in frequent_classes(request.user)],
        "photo_most_bytes": round(most_mb * 1e6),
        "photos_most_at_once": int(most_at_once),
    }
    return render(request, "maps/checks/checks.html", {"config": config})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def draws(request: HttpRequest) -> HttpResponse:
    """The months' draws with their digests; who judges binds and draws a month by POST."""
    judges = may_judge(request.user)
    if request.method == "POST":
        if not judges:
            raise PermissionDenied(_("Only a leader or administrator of the city draws spot checks."))
        _do(request)
        return redirect("checks_draws")
    today = timezone.localdate()
    rows = SpotDraw.objects.annotate(
        all=Count("checks"), made=Count("checks", filter=Q(checks__done_at__isnull=False))
    )[:60]
    shown = [{"draw": row, "public": drawing.seed_is_public(row, today=today, open=row.all - row.made)} for row in rows]
    context = {"rows": shown, "judges": judges, "month": f"{today:%Y-%m}"}
    return render(request, "maps/checks/draws.html", context)


@require_safe
@login_required
def draw(request: HttpRequest, month: str) -> HttpResponse:
    """One month: how it was drawn, who went where, what was found, the discovery rate by unit."""
    found, public = _read(request, month)
    checks_made = found.checks.select_related("cell", "unit", "grid", "checker__user").order_by("rank")
    names = {key: area.name for key, area in areas_named({check.unit_id for check in checks_made}).items()}
    with roles.as_owner():  # counts of the whole city, and each case by its number alone
        problems: dict[int, list[SpotFinding]] = {}
        for one in SpotFinding.objects.filter(check_made__draw=found).select_related("case", "catalogue_class"):
            problems.setdefault(one.check_made_id, []).append(one)
    rows = [
        {"check": c, "unit": names.get(c.unit_id, c.unit.code), "found": problems.get(c.pk, [])} for c in checks_made
    ]
    context = {
        "draw": found,
        "public": public,
        "judges": may_judge(request.user),
        "rows": rows,
        "units": _by_unit(rows),
        "rules": found.rules.items(),
    }
    return render(request, "maps/checks/draw.html", context)


@require_safe
@login_required
def frame(request: HttpRequest, month: str) -> HttpResponse:
    """The cells that a month was drawn from, so that anybody can draw again: code, unit, class of ground (CSV)."""
    found, _public = _read(request, month)
    assert found.edition is not None
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="spot-checks-{found.month}.csv"'
    lines = csv.writer(answer)
    lines.writerow(["cell", "unit", "ground"])
    lines.writerows(
        [defused(str(told)) for told in (b.code, b.unit, b.ground)]
        for b in drawing.frame_of(found.edition, found.rules)
    )
    return answer


@require_safe
@login_required
def photo(request: HttpRequest, number: int) -> HttpResponse:
    """The photo of a check, for who made it and who judges."""
    check = SpotCheck.objects.filter(pk=number).exclude(sha256="").first()
    own = check is not None and getattr(request.user, "person", None) == check.checker
    if check is None or not (own or may_judge(request.user)):
        raise Http404
    try:
        data = photos.path_of(check.sha256, photos.VIEW).read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error
    answer = HttpResponse(data, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=604800, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _read(request: HttpRequest, month: str) -> tuple[SpotDraw, bool]:
    """A drawn month, and whether all may see it; nobody else sees beforehand where somebody will look."""
    found = SpotDraw.objects.select_related("edition").filter(month=month, drawn_at__isnull=False).first()
    if found is None:
        raise Http404
    still = found.checks.filter(done_at=None).count()
    public = drawing.seed_is_public(found, today=timezone.localdate(), open=still)
    if not public and not may_judge(request.user):
        raise PermissionDenied(_("Where is looked is shown once the checks of the month are over."))
    return found, public


def _do(request: HttpRequest) -> None:
    month, now = request.POST.get("month", "").strip()[:10], timezone.now()
    try:
        if request.POST.get("do") == "commit":
            bound = drawing.commit(month, by=request.user, at=now)
            messages.success(request, _("The seed is bound; its digest is %(digest)s.") % {"digest": bound.digest})
        elif request.POST.get("do") == "rest":
            given = drawing.give_out_rest(month, at=now)
            messages.success(request, _("%(number)s checks were given to somebody.") % {"number": given})
        else:
            made = drawing.draw(month, by=request.user, at=now, words=request.POST.get("words", "").strip())
            messages.success(request, _("%(number)s cells are drawn.") % {"number": made.checks.count()})
    except (drawing.CannotDraw, NoEditionInForce) as error:
        messages.error(request, str(error))


def _by_unit(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The discovery rate of each unit with its interval, and of all together."""
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        check: SpotCheck = row["check"]
        for key, unit in ((check.unit.code, row["unit"]), ("", "")):
            line = sums.setdefault(key, {"unit": unit, "key": key, "cells": 0, "made": 0, "found": 0, "known": 0})
            line["cells"] += 1
            if check.proved:
                line["made"] += 1
                line["found"] += len(row["found"])
                line["known"] += sum(one.known == SpotFinding.Known.GRID for one in row["found"])
    for line in sums.values():
        line["rate"] = percent(line["known"], line["found"])
        line["interval"] = wilson(line["known"], line["found"])
    return sorted(sums.values(), key=lambda line: (line["key"] == "", line["key"]))
