"""The planner's pages: the list of plans, and the drawing table of one; all goes through /api/plans."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import ensure_csrf_cookie

from cells.models import Level, Plan
from cells.plans import DRAW
from maps.pages.dispatch import city_bounds
from spatial import crs


@login_required
@ensure_csrf_cookie
def plans(request: HttpRequest) -> HttpResponse:
    """All plans, for everybody; planners and administrators start new ones here."""
    config = {"may_create": _draws(request.user)}
    return render(request, "maps/plans/list.html", {"config": config, "bounds": city_bounds()})


@login_required
@ensure_csrf_cookie
def plan(request: HttpRequest, number: int) -> HttpResponse:
    """The drawing table of one plan, a 404 where there is none."""
    found = get_object_or_404(Plan.objects.select_related("base"), pk=number)
    names = [name for name in crs.NAMES if not name.startswith("EPSG")]
    config = {
        "plan": found.pk,
        "edition": found.base.number,
        "bounds": city_bounds(),
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "me": request.user.get_username(),
        "draws": _draws(request.user),
        "crs_names": names,
    }
    return render(request, "maps/plans/table.html", {"config": config, "plan": found})


def _draws(user: Any) -> bool:
    """Whether this is somebody who draws plans."""
    person = getattr(user, "person", None)
    return person is not None and person.role_id in DRAW
