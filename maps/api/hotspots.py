"""Hot spots over HTTP: the units to count in (`/api/hotspots/frame`), what was found in them, the cases of a spot;
and how thick cases lie (`/api/hotspots/density`), for looks.

`/api/hotspots?from=&to=&class=&source=&frame=&exposure=` answers with `figures`, `spots` (each with its sentence),
`communities` and `units`: columns in the order of the frame's features. `state` is an index into not_significant, hot,
cold, too_few; `trend` into `figures.trends`. Who has a territory is told counts of his own (`figures.whole` is false);
those of other units are null.
"""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET

from cases.hotspots.frames import BadFrame
from cases.hotspots.gathering import NoExposure
from cases.hotspots.telling import NUMBERS
from cases.models import Case
from maps import density_look, hotspot_look, hotspot_sight
from maps.api.cases import class_data
from maps.api.wire import answer_json, lonlat_of, number_of
from maps.errors import BadRequest, NotFound, for_people

# Not worth packing.
_SMALL = 4096


@require_GET
@for_people
def hotspots(request: HttpRequest) -> HttpResponse:
    """What was found."""
    return _sent(request, hotspot_sight.seen_by(_answer(request), request.user).as_json())


@require_GET
@for_people
def frame(request: HttpRequest) -> HttpResponse:
    """The units as GeoJSON; with `form=compact` as integers, as the pages take them."""
    name, form = request.GET.get("frame") or "cells", request.GET.get("form", "")
    if form not in ("", "compact"):
        raise BadRequest(f"“{form[:20]}” is no form.", hint="compact, or none: GeoJSON.", field="form")
    try:
        return _sent(request, hotspot_look.frame_json(name, compact=bool(form)))
    except BadFrame as error:
        raise BadRequest(str(error), field="frame") from error


@require_GET
@for_people
def spot(request: HttpRequest) -> HttpResponse:
    """The newest cases of one spot (`spot=0` …), those of the asker's territory; how many it has in all."""
    found_in_all = _answer(request)
    spots = found_in_all.spots
    at = number_of(request.GET, "spot")
    if at is None or at != int(at) or not 0 <= at < len(spots):
        raise NotFound(f"There is no spot {at}.", hint="Its data may have changed: ask for the spots again.")
    wanted = spots[int(at)]
    found = Case.objects.in_territory_of(request.user).filter(number__in=wanted["cases"])
    cases = list(found.select_related("catalogue_class").order_by("-reported_at", "-pk"))
    where = iter(lonlat_of([case.place for case in cases if case.place is not None]))
    lines: list[dict[str, Any]] = [
        {
            "number": case.number,
            "class": class_data(case.catalogue_class),
            "words": case.words[:120],
            "address": case.address,
            "stage": str(case.stage),
            "reported_at": case.reported_at,
            **(next(where) if case.place is not None else {"lon": None, "lat": None}),
        }
        for case in cases
    ]
    (told,) = [s for s in hotspot_sight.seen_by(found_in_all, request.user).spots if s["spot"] == wanted["spot"]]
    return answer_json({"spot": wanted["spot"], "in_all": told["cases_count"], "most": NUMBERS, "cases": lines})


@require_GET
@for_people
def density(request: HttpRequest) -> HttpResponse:
    """How thick the cases lie (`bandwidth=` metres), as a picture with its corners and its legend: for looks."""
    asked = hotspot_look.question(request.GET.dict())
    bandwidth_m = density_look.bandwidth_of(request.GET.get("bandwidth"))
    found = density_look.density_look(asked, bandwidth_m=bandwidth_m, by=request.user)
    return answer_json(found.as_data(asked))


def _answer(request: HttpRequest) -> hotspot_look.Answer:
    try:
        return hotspot_look.answer(hotspot_look.question(request.GET.dict()))
    except BadFrame as error:
        raise BadRequest(str(error), field="frame") from error
    except NoExposure as error:
        raise BadRequest(str(error), field="exposure") from error


def _sent(request: HttpRequest, text: str) -> HttpResponse:
    """JSON that a browser keeps and asks again whether it still holds."""
    mark = quote_etag(hashlib.blake2b(text.encode(), digest_size=12).hexdigest())
    if request.headers.get("If-None-Match", "").removeprefix("W/") == mark:
        response = HttpResponse(status=304)
    else:
        body = text.encode()
        packed = len(body) > _SMALL and "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(gzip.compress(body, 3) if packed else body, content_type="application/json")
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response.headers["ETag"] = mark
    patch_cache_control(response, private=True, no_cache=True)
    return response
