"""The page of hot spots: what is asked for in the address; map and lists come by `/api/hotspots`."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.hotspots.frames import BadFrame
from cases.hotspots.gathering import NoExposure
from cases.models import CaseSource
from cells.models import CatalogueClass, Level, NoEditionInForce
from maps import heatmap_file, hotspot_look, security
from maps.errors import BadRequest
from maps.ledger_filter import class_choices
from maps.pages.dispatch import city_bounds
from maps.pages.printing import sent
from maps.printing.hotspots import hotspot_sheet
from maps.stages import stage_names
from spatial.emerging import PATTERNS


@require_safe
@login_required
def hotspots(request: HttpRequest) -> HttpResponse:
    """The filter, the map and the lists."""
    bounds, refused = city_bounds(), ""
    try:
        asked = hotspot_look.question(request.GET.dict())
    except BadRequest as error:
        asked, refused = hotspot_look.question({}), str(error)
    last = hotspot_look.last_day()
    context = {
        "asked": asked.query(),
        "query": urlencode(asked.query()),
        "refused": refused,
        "classes": _groups(),
        "sources": [(source.pk, str(source)) for source in CaseSource.objects.order_by("pk")],
        "frames": [("cells", _("Unit cells")), *((f"h3:{n}", _("Hexagons, %(size)s") % {"size": s}) for n, s in SIZES)],
        "exposures": [
            ("", _("by itself: the past, else components")),
            ("past", _("its own past")),
            ("components", _("components")),
            ("area", _("area")),
            ("population", _("population")),
            ("patrol", _("hours of patrols")),
        ],
        "spans": [
            {"name": name, "from": (last - dt.timedelta(days=days - 1)).isoformat(), "to": last.isoformat()}
            for days, name in ((7, _("7 days")), (28, _("4 weeks")), (91, _("13 weeks")))
        ],
        "config": _config(bounds, asked),
    }
    return render(request, "maps/hotspots.html", context)


def _groups() -> list[dict[str, Any]]:
    """The choices of classes under their major headings; those without one first."""
    groups: list[dict[str, Any]] = [{"name": "", "choices": []}]
    for value, words in class_choices():
        if isinstance(words, list):
            groups.append({"name": value, "choices": words})
        else:
            groups[0]["choices"].append((value, words))
    return groups


SIZES = ((7, "5 km²"), (8, "0.7 km²"), (9, "0.1 km²"), (10, "0.015 km²"))


def _config(bounds: list[float] | None, asked: hotspot_look.Question) -> dict[str, Any]:
    majors = CatalogueClass.objects.in_use().filter(minor="").order_by("-kind", "major")
    return {
        "bounds": bounds,
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "query": asked.query(),
        "stages": stage_names(),
        "majors": [{"key": f"{c.kind}-{c.major}", "name": f"{c.major} {c.name}"} for c in majors],
        "patterns": [{"slug": p.slug, **words} for p, words in zip(PATTERNS, pattern_words(), strict=True)],
    }


def pattern_words() -> list[dict[str, str]]:
    """Names and definitions of the patterns in time, in the reader's language and the order of `PATTERNS`."""
    return [
        {"name": _("no pattern"), "meaning": _("Not one of the patterns below.")},
        {"name": _("new"), "meaning": _("Hot in the last slice and never before.")},
        {
            "name": _("consecutive"),
            "meaning": _("Hot in the last slices without a break, at least two, and never before those."),
        },
        {"name": _("intensifying"), "meaning": _("Hot nearly always and now, and rising.")},
        {"name": _("persistent"), "meaning": _("Hot nearly always and now, neither rising nor falling.")},
        {"name": _("diminishing"), "meaning": _("Hot nearly always and now, and falling.")},
        {"name": _("sporadic"), "meaning": _("Hot now, and on and off before.")},
        {"name": _("historical"), "meaning": _("Hot nearly always, but not now.")},
    ]


@require_safe
@login_required
def take_along(request: HttpRequest) -> HttpResponse:
    """The report of the question as one file that needs no network."""
    try:
        asked = hotspot_look.question(request.GET.dict())
        text = heatmap_file.report(asked, by=request.user)
    except (BadRequest, BadFrame, NoExposure, NoEditionInForce) as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    name = f"hotspots-{asked.asked.since:%Y%m%d}-{asked.asked.until:%Y%m%d}.html"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', security.HEADER: security.INLINE_SCRIPTS}
    return HttpResponse(text, headers=headers)


@require_safe
@login_required
def on_paper(request: HttpRequest) -> HttpResponse:
    """The question as a sheet to print or to put on a slide: `as` pdf or png, `paper` A4 or A3."""
    try:
        asked = hotspot_look.question(request.GET.dict())
        name = f"hotspots-{asked.asked.since:%Y%m%d}-{asked.asked.until:%Y%m%d}"
        return sent(request, name, lambda kind, paper: hotspot_sheet(asked, kind, paper=paper, by=request.user))
    except (BadRequest, BadFrame, NoExposure, NoEditionInForce) as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
