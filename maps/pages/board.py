"""The live board: the page; what stands on it comes from `/api/board`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases.workflow import OPEN
from cells import routing
from cells.explanation import Area
from cells.models import CatalogueClass, Level, NoEditionInForce
from cells.territory import territory_of
from maps.stages import stage_names


@require_safe
@login_required
def board(request: HttpRequest) -> HttpResponse:
    """The open cases of the reader's territory by the colour of their clocks."""
    names = stage_names()
    shown = {
        "config": {"stages": names},
        "stages": [(str(stage), names[str(stage)]) for stage in OPEN],
        "towns": _towns(request.user),
        "majors": _majors(),
    }
    return render(request, "maps/board.html", shown)


def _towns(user: Any) -> list[dict[str, Any]]:
    """The communities of the reader's territory under their towns, in the order of the codes."""
    try:
        areas = routing.areas()
    except NoEditionInForce:
        return []
    within = territory_of(user)
    mine = set(areas) if within is None else set(within)
    towns: dict[int | None, dict[str, Any]] = {}
    for area in sorted(areas.values(), key=lambda area: area.code):
        if area.level == Level.COMMUNITY and area.id in mine:
            town = areas.get(area.parent_id) if area.parent_id else None
            of_town = towns.setdefault(area.parent_id, {"town": _named(town), "communities": []})
            # Who sees no more than a community has no town to choose.
            of_town["whole"] = town is not None and town.id in mine
            of_town["communities"].append(_named(area))
    return list(towns.values())


def _named(area: Area | None) -> dict[str, str]:
    if area is None:
        return {"code": "", "name": "–"}
    chinese = (get_language() or "").startswith("zh")
    return {"code": area.code, "name": (area.name_zh if chinese else area.name_en) or area.name_zh or area.code}


def _majors() -> list[dict[str, Any]]:
    """The classes in use under their major headings."""
    majors: dict[tuple[str, str], dict[str, Any]] = {}
    for found in CatalogueClass.objects.in_use().order_by("-kind", "major", "minor"):
        key = (found.kind, found.major)
        if not found.minor:
            majors[key] = {"name": found.name, "classes": []}
        elif key in majors:
            majors[key]["classes"].append({"value": f"{found.kind}-{found.code}", "name": found.name})
    return list(majors.values())
