"""The dispatch map: the page; its answers come from the JSON doors."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.gis.db.models import Extent
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie

from cases.models import Case
from cases.sides import sides_of
from cases.workflow import Side
from cells.models import CatalogueClass, CellVersion, Edition, Level, NoEditionInForce
from maps.conditions import conditions_of
from maps.stages import stage_names
from spatial import crs

FREQUENT, FREQUENT_DAYS = 8, 60


@login_required
@ensure_csrf_cookie
def dispatch(request: HttpRequest) -> HttpResponse:
    """The map of the city as the edition in force divides it."""
    names = [name for name in crs.NAMES if not name.startswith("EPSG")]
    return render(request, "maps/dispatch.html", {"config": _config(request), "crs_names": names})


def _config(request: HttpRequest) -> dict[str, Any]:
    """What the page's script needs to know of the city and of who looks."""
    classes = list(CatalogueClass.objects.in_use().minors().order_by("-kind", "major", "minor"))
    conditions = conditions_of(classes)
    return {
        "bounds": city_bounds(),
        "levels": {level.slug: str(level) for level in Level.objects.all()},
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "stages": stage_names(),
        "classes": [_class_data(c) for c in classes],
        "conditions": {f"{c.kind}-{c.code}": conditions[c.pk] for c in classes if len(conditions.get(c.pk, [])) > 1},
        "frequent_classes": [_class_data(c) for c in frequent_classes(request.user)],
        "component_majors": [
            {"major": c.major, "name": c.name} for c in CatalogueClass.objects.in_use().components().filter(minor="")
        ],
        "may_file": {Side.SUPERVISION, Side.COMMAND} <= sides_of(request.user),
        "source": "hotline",
    }


def city_bounds() -> list[float] | None:
    """West, south, east, north of the edition in force, in degrees; None where none is."""
    try:
        edition = Edition.objects.in_force()
    except NoEditionInForce:
        return None
    return _bounds_of(edition.pk, edition.number, edition.valid_from)


@lru_cache(maxsize=4)
def _bounds_of(edition: int, number: int, _since: dt.datetime) -> list[float] | None:
    """The bounds of a published edition, which stay what they are: measured once a process, over all its cells."""
    found = CellVersion.objects.of_edition(Edition(pk=edition, number=number))
    extent = found.aggregate(extent=Extent("shape"))["extent"]
    if extent is None:
        return None
    west, south, east, north = extent
    corners = crs.from_city([[west, south], [west, north], [east, south], [east, north]], srid=settings.CITY_SRID)
    return [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]


def _class_data(found: CatalogueClass) -> dict[str, str]:
    return {"code": found.code, "kind": found.kind, "name": found.name, "name_zh": found.name_zh}


def frequent_classes(user: Any) -> list[CatalogueClass]:
    """The classes filed most in the last weeks in somebody's territory: one touch instead of a search."""
    since = timezone.now() - dt.timedelta(days=FREQUENT_DAYS)
    counted = (
        Case.objects.in_territory_of(user)
        .filter(reported_at__gte=since, catalogue_class__edition__is_default=True)
        .values("catalogue_class")
        .annotate(cases=Count("pk"))
        .order_by("-cases", "catalogue_class")[:FREQUENT]
    )
    found = CatalogueClass.objects.in_bulk([row["catalogue_class"] for row in counted])
    return [found[row["catalogue_class"]] for row in counted]
