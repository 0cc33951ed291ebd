"""The history of the grids: two editions over each other with a divider between, and the list of all editions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from cells.models import Edition, Level
from cells.plans import DRAW
from maps.pages.dispatch import city_bounds


@require_safe
@login_required
@ensure_csrf_cookie
def history(request: HttpRequest) -> HttpResponse:
    """For everybody; planners and administrators can take the newest edition back."""
    editions = list(Edition.objects.published().order_by("-number")[:2])
    return render(
        request,
        "maps/history.html",
        {"config": _config(request), "edition": editions[0] if editions else None, "several": len(editions) > 1},
    )


def _config(request: HttpRequest) -> dict[str, Any]:
    """What the page's script needs to know of the city and of who looks."""
    person = getattr(request.user, "person", None)
    return {
        "bounds": city_bounds(),
        "levels": {level.slug: str(level) for level in Level.objects.all()},
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "time_zone": settings.TIME_ZONE,
        # The script puts a plan's number in.
        "plan_address": reverse("plan", args=[0]),
        "may_take_back": person is not None and person.role_id in DRAW,
    }
