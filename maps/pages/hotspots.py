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
from maps import density_look, heatmap_file, hotspot_look, hotspot_words, security
from maps.errors import BadRequest
from maps.ledger_filter import class_choices
from maps.pages.dispatch import city_bounds
from maps.pages.printing import sent
from maps.printing.hotspots import hotspot_sheet
from maps.stages import stage_names


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
        "exposures": [("", _("by itself: the past, else components")), *hotspot_words.exposures().items()],
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
        "patterns": hotspot_words.patterns(),
    }


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
    """The question as a sheet to print or to put on a slide: `as` pdf or png, `paper` A4 or A3, `look` of the map."""
    try:
        asked = hotspot_look.question(request.GET.dict())
        look = request.GET.get("look") or hotspot_words.LOOKS[0]
        if look not in hotspot_words.LOOKS:
            raise BadRequest(f"“{look[:20]}” is no look.", hint=f"{', '.join(hotspot_words.LOOKS)}.", field="look")
        bandwidth_m = density_look.bandwidth_of(request.GET.get("bandwidth"))
        named = "" if look == hotspot_words.LOOKS[0] else f"-{look}"
        name = f"hotspots{named}-{asked.asked.since:%Y%m%d}-{asked.asked.until:%Y%m%d}"

        def made(kind: str, paper: str) -> bytes:
            return hotspot_sheet(asked, kind, paper=paper, by=request.user, look=look, bandwidth_m=bandwidth_m)

        return sent(request, name, made)
    except (BadRequest, BadFrame, NoExposure, NoEditionInForce) as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
