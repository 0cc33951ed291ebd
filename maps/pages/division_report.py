"""The quality of the division into unit cells: figures, communities from the worst on, and every cell on the map."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cells.division import by_community
from cells.models import Edition, Level, NoEditionInForce
from maps.pages.dispatch import city_bounds
from spatial.divide import TARGET_M2


@require_safe
@login_required
def report(request: HttpRequest) -> HttpResponse:
    """The report on the edition in force."""
    try:
        edition = Edition.objects.in_force()
    except NoEditionInForce:
        return render(request, "maps/reports/division.html", {"config": {"bounds": None}})
    target_m2 = float((edition.division or {}).get("target_m2", TARGET_M2))
    config = {
        "bounds": city_bounds(),
        "target_m2": target_m2,
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
    }
    return render(
        request,
        "maps/reports/division.html",
        {"config": config, "edition": edition, "target_m2": target_m2, "communities": by_community(edition)},
    )
