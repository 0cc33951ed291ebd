"""What the public pages' scripts ask for, without an account: places, similar reports, the ground's tiles, photos."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases import photos
from cases.citizens import limits, reporting, solved
from cases.citizens.following import phase_of
from cases.citizens.reporting import Told
from cells import gazetteer
from maps import tiles
from maps.api.wire import answer_json, number_of
from maps.errors import BadRequest, NotFound, answers_json
from spatial import crs

GROUND = "ground"
MOST_PLACES = 6
_A_DAY = "public, max-age=86400"


@require_safe
@answers_json
def places(request: HttpRequest) -> HttpResponse:
    """Places that fit `q`, best first: `{"places": [{name, detail, lon, lat}, …]}`."""
    limits.count(_sender(request), limits.LOOK, at=timezone.now())
    found = gazetteer.search(request.GET.get("q", ""), limit=MOST_PLACES)
    lonlat = crs.from_city([[place.x, place.y] for place in found], srid=settings.CITY_SRID) if found else []
    chinese = (get_language() or "").startswith("zh")
    rows = [
        {
            "name": (place.name_zh if chinese else place.name_en) or place.name_zh or place.name_en or place.address,
            "detail": place.address,
            "lon": round(float(lon), 6),
            "lat": round(float(lat), 6),
        }
        for place, (lon, lat) in zip(found, lonlat, strict=True)
    ]
    return answer_json({"places": rows})


@require_safe
@answers_json
def near(request: HttpRequest) -> HttpResponse:
    """Open reports of a class near a place: `{"near": [{number, phase, distance_m, reported_at}, …]}`."""
    limits.count(_sender(request), limits.LOOK, at=timezone.now())
    lon, lat = number_of(request.GET, "lon"), number_of(request.GET, "lat")
    if lon is None or lat is None:
        raise BadRequest("No place is given.", hint="Send lon and lat.", field="lon")
    found = reporting.near(Told(service=request.GET.get("service", ""), lon=lon, lat=lat), at=timezone.now())
    rows = [
        {"number": n.number, "phase": phase_of(n.stage), "distance_m": n.distance_m, "reported_at": n.reported_at}
        for n in found
    ]
    return answer_json({"near": rows})


@require_safe
@answers_json
def ground(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One tile of the ground: streets, water, green, buildings, names of places; nothing of the work."""
    try:
        made = tiles.tile(GROUND, z, x, y, territory=[])
    except KeyError:
        raise NotFound(f"There is no tile {z}/{x}/{y}.") from None
    headers = {"ETag": f'"{made.etag}"', "Cache-Control": _A_DAY}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponseNotModified(headers=headers)
    headers["Content-Encoding"] = "gzip"
    return HttpResponse(made.body, content_type="application/vnd.mapbox-vector-tile", headers=headers)


@require_safe
@answers_json
def photo(request: HttpRequest, number: int, size: str) -> HttpResponse:
    """A picture that somebody has let everybody see."""
    found = solved.public_photo(number) if size in photos.SIZES else None
    try:
        data = photos.path_of(found.sha256, size).read_bytes() if found is not None else None
    except FileNotFoundError:
        data = None
    if data is None:
        raise NotFound(f"There is no public photo {number}.")
    headers = {
        # Short: it may be taken back.
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(data, content_type="image/jpeg", headers=headers)


def _sender(request: HttpRequest) -> limits.Sender:
    return limits.sender_of(request.META.get("REMOTE_ADDR", ""))
