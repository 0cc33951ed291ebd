"""The page of a case's coordination, and the commitment letter (承诺书) as it is printed and signed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from cases import sight
from cases.clocks import Unit
from cases.errors import NoSuchCase
from cases.models import Case, Commitment
from cases.queues import DESK
from cells.explanation import Area
from cells.models import CatalogueClass, Grid
from cells.territory import areas_named
from maps.stages import act_names, stage_names
from spatial import crs


@require_safe
@login_required
@ensure_csrf_cookie
def coordination(request: HttpRequest, number: str) -> HttpResponse:
    """For whoever may see the case: what stands there and what is open to him, the JSON doors say."""
    case = _seen(number, request.user)
    person = getattr(request.user, "person", None)
    places = [case.place.coords] if case.place else []
    degrees = crs.from_city(places, srid=settings.CITY_SRID).tolist() if places else [[None, None]]
    config = {
        "number": case.number,
        **dict(zip(("lon", "lat"), degrees[0], strict=True)),
        "stages": stage_names(),
        "acts": act_names(),
        "units": unit_names(),
        "classes": [
            {"id": f"{c.kind}-{c.code}", "name": c.name}
            for c in CatalogueClass.objects.in_use().minors().order_by("-kind", "major", "minor")
        ],
    }
    at_desk = person is not None and person.role_id in DESK
    return render(request, "maps/coordination.html", {"config": config, "case": case, "at_desk": at_desk})


@require_safe
@login_required
def letter(request: HttpRequest, number: str, commitment: int) -> HttpResponse:
    """A commitment on paper: to be signed, or as it was signed."""
    case = _seen(number, request.user)
    found = get_object_or_404(
        Commitment.objects.select_related("case__catalogue_class", "unit", "coordination__unit", "signed_by__person"),
        pk=commitment,
        case=case,
    )
    names = areas_named({found.coordination.unit_id, *([found.unit_id] if found.unit_id else [])})
    limit = f"{found.limit_value:g} {unit_names()[found.limit_unit]}" if found.limit_value else ""
    context = {
        "commitment": found,
        "case": case,
        "promiser": found.department or _called(names, found.unit),
        "coordinator": _called(names, found.coordination.unit),
        "limit": limit,
    }
    return render(request, "maps/commitment_letter.html", context)


def unit_names() -> dict[str, str]:
    """The four kinds of limit in the reader's words."""
    return {
        str(Unit.UH): _("hours by the clock"),
        str(Unit.UD): _("days by the clock"),
        str(Unit.WH): _("working hours"),
        str(Unit.WD): _("working days"),
    }


def _seen(number: str, user: Any) -> Case:
    """The case, where the reader may see it; else there is no such page."""
    try:
        return sight.case_seen(number[:24], user)
    except NoSuchCase as error:
        raise Http404(number[:24]) from error


def _called(names: dict[int, Area], grid: Grid | None) -> str:
    """What a unit is called in the reader's language, its code where it has no name."""
    area = names.get(grid.pk) if grid else None
    chinese = (get_language() or "").startswith("zh")
    both = () if area is None else (area.name_zh, area.name_en) if chinese else (area.name_en, area.name_zh)
    return next(filter(None, both), grid.code if grid else "")
