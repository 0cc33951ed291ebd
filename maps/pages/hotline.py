"""The hotline seat: one page for a call from the first word to the answer; its answers come from the JSON doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie

from cases.callers import HOTLINE
from cases.models import StageLimit
from cases.worktime import limits_of_city
from cells.models import CatalogueClass, FilingCondition, Level, Role
from maps.conditions import conditions_of
from maps.pages.dispatch import city_bounds, frequent_classes
from maps.stages import grades, stage_names
from spatial import crs

# The units from the shortest to the longest, as a list of limits is read.
_UNITS = tuple(FilingCondition.Unit)


@login_required
@ensure_csrf_cookie
def hotline(request: HttpRequest) -> HttpResponse:
    """The seat for those who speak with callers; words for everybody else."""
    person = getattr(request.user, "person", None)
    if person is None or person.role_id not in HOTLINE:
        roles = Role.objects.filter(pk__in=HOTLINE).order_by("pk")
        return render(request, "maps/hotline_others.html", {"roles": [str(role) for role in roles]}, status=403)
    names = [name for name in crs.NAMES if not name.startswith("EPSG")]
    return render(request, "maps/hotline.html", {"config": _config(request), "crs_names": names})


def _config(request: HttpRequest) -> dict[str, Any]:
    """What the page's scripts need to know of the city and of who sits here."""
    classes = list(CatalogueClass.objects.in_use().minors().order_by("-kind", "major", "minor"))
    limits, conditions = class_limits(classes), conditions_of(classes)
    return {
        "bounds": city_bounds(),
        "levels": {level.slug: str(level) for level in Level.objects.all()},
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "stages": stage_names(),
        "classes": [
            {
                "code": c.code,
                "kind": c.kind,
                "name": c.name,
                "name_zh": c.name_zh,
                "limits": limits[c.pk],
                "conditions": conditions.get(c.pk, []),
            }
            for c in classes
        ],
        "frequent": [f"{c.kind}-{c.code}" for c in frequent_classes(request.user)],
        "grades": grades(),
        "me": request.user.get_username(),
        "source": "hotline",
    }


def class_limits(classes: Sequence[CatalogueClass]) -> dict[int, list[dict[str, Any]]]:
    """The limits of handling by class: `[{value, unit}, …]`, what a caller may be told before anything is decided.

    Those of the city's table in the order of their parts; where it has none for a class, those of its filing
    conditions, shortest first: which of them counts is decided when the case is verified.
    """
    table = limits_of_city()
    conditions: dict[int, set[tuple[str, float]]] = defaultdict(set)
    for row in FilingCondition.objects.filter(catalogue_class__in=classes).only(
        "catalogue_class", "limit_value", "limit_unit"
    ):
        conditions[row.catalogue_class_id].add((row.limit_unit, float(row.limit_value)))
    found = {}
    for one in classes:
        parts = table.parts(StageLimit.Stage.HANDLE, catalogue_class=one.pk)
        told = [(str(part.limit.unit), part.limit.value) for part in parts]
        if not told:
            told = sorted(conditions[one.pk], key=lambda limit: (_UNITS.index(limit[0]), limit[1]))
        found[one.pk] = [{"value": value, "unit": unit} for unit, value in told]
    return found
