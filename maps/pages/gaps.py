"""The coverage map: what is known of every cell, and where nobody looks."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cells import rules
from cells.models import Level
from maps.pages.dispatch import city_bounds


@require_safe
@login_required
def gaps(request: HttpRequest) -> HttpResponse:
    """The map and the list, for everybody who works here."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city see where nobody looks."))
    (days,) = rules.figures("gap_days")
    config = {
        "bounds": city_bounds(),
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "today": timezone.localdate().isoformat(),
        "days": int(days),
    }
    return render(request, "maps/gaps.html", {"config": config})
