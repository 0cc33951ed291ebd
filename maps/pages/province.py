"""Several cities side by side, as `manage.py province --keep` counted them last."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.models import Indicator
from cells.territory import territory_of
from maps import province as gathered
from maps.ranking_table import SHOWN
from maps.site_pages import LEADS


@require_safe
@login_required
def province(request: HttpRequest) -> HttpResponse:
    """The cities and all of them together, for who leads and has no territory smaller than the city."""
    person = getattr(request.user, "person", None)
    leads = request.user.is_superuser or (person is not None and person.role_id in LEADS)
    if not leads or territory_of(request.user) is not None:
        raise PermissionDenied(_("Other cities are shown to who leads this one."))
    found = gathered.kept()
    indicators = [one for one in Indicator.objects.all() if one.key in SHOWN]
    rows = [_row(one, indicators) for one in found["cities"]] if found else []
    context: dict[str, Any] = {
        "found": found,
        "at": dt.datetime.fromisoformat(found["at"]) if found else None,
        "indicators": indicators,
        "rows": rows,
        "total": [found["total"].get(one.key) for one in indicators] if found else [],
        "filed": found["total"]["facts"].get("filed", 0) if found else 0,
    }
    return render(request, "maps/province.html", context)


def _row(city: dict[str, Any], indicators: list[Indicator]) -> dict[str, Any]:
    chinese = (get_language() or "").startswith("zh")
    return {
        "name": city["name_zh"] if chinese else city["name_en"],
        "refused": gathered.REFUSED.get(city["refused"], ""),
        "edition": city.get("edition"),
        "filed": city.get("facts", {}).get("filed", 0),
        "rates": [city.get(one.key) for one in indicators],
    }
