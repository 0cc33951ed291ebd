"""Place search over HTTP: `/api/search?q=`; answers in the reader's language with longitude and latitude."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language

from cells import gazetteer
from maps.errors import for_people
from spatial import crs


@for_people
def search(request: HttpRequest) -> HttpResponse:
    """Places that fit `q`, best first: `{"places": [{name, detail, kind, lon, lat, code}, …]}`."""
    found = gazetteer.search(request.GET.get("q", ""))
    lonlat = crs.from_city([[place.x, place.y] for place in found], srid=settings.CITY_SRID) if found else []
    chinese = (get_language() or "").startswith("zh")
    places = [
        {
            "name": (place.name_zh if chinese else place.name_en) or place.name_zh or place.name_en or place.address,
            "detail": place.address,
            "kind": place.kind,
            "category": place.category,
            "code": place.code,
            "lon": float(lon),
            "lat": float(lat),
        }
        for place, (lon, lat) in zip(found, lonlat, strict=True)
    ]
    return JsonResponse({"places": places}, json_dumps_params={"ensure_ascii": False})
