"""Features: a page of them, and one."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cases import sight
from maps.errors import NotFound
from maps.ogc import asking
from maps.ogc.asking import Asked
from maps.ogc.collections import CRS84, Collection, named
from spatial import crs as reference
from spatial.postgis.functions import Turned

GEOJSON = "application/geo+json"


def items(request: HttpRequest, name: str) -> HttpResponse:
    """A page of a collection's features, in the order of their keys, so that what comes in meanwhile moves nothing."""
    collection, user = named(request, name)
    asked = asking.read(request.GET)
    found = _filtered(collection, user, asked)
    rest = found if asked.after is None else found.filter(pk__gt=asked.after)
    keys = [] if asked.nowhere else collection.keys(rest, asked.offset + asked.limit + 1)[asked.offset :]
    page = keys[: asked.limit]
    address = request.build_absolute_uri(reverse("ogc-items", args=[name]))
    told: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": _features(collection, found, page, asked.crs),
        "links": [_link(address, request, "self", GEOJSON)],
        "numberReturned": len(page),
    }
    if len(keys) > asked.limit:
        told["links"].append(_link(address, request, "next", GEOJSON, after=page[-1]))
    if collection.is_counted:
        told["numberMatched"] = 0 if asked.nowhere else found.count()
    return _answer(told, asked.crs)


def item(request: HttpRequest, name: str, code: str) -> HttpResponse:
    """One feature by its code or number."""
    collection, user = named(request, name)
    crs = asking.crs_alone(request.GET)
    if not code.isprintable():
        raise NotFound("There is no such feature.")
    found = collection.rows(user)
    if name == "cases":
        # The one door of cases: also what a list does not have, such as what the program reported itself.
        page, found = [sight.case_seen(code, user).pk], collection.rows(None)
    else:
        page = list(found.filter(**{collection.code: code}).values_list("pk", flat=True)[:1])
    if not page:
        raise NotFound(f"There is no “{code[:40]}” in {name}.", hint="Look among its items.")
    (feature,) = _features(collection, found, page, crs)
    address = request.build_absolute_uri(reverse("ogc-item", args=[name, code]))
    whole = request.build_absolute_uri(reverse("ogc-collection", args=[name]))
    feature["links"] = [
        {"href": address, "rel": "self", "type": GEOJSON},
        {"href": whole, "rel": "collection", "type": "application/json"},
    ]
    return _answer(feature, crs)


def _filtered(collection: Collection, user: Any, asked: Asked) -> Any:
    found = collection.rows(user)
    if asked.ground is not None:
        found = found.filter(**{f"{collection.shape}__intersects": asked.ground})
    if collection.when and asked.since is not None:
        found = found.filter(**{f"{collection.when}__gte": asked.since})
    if collection.when and asked.until is not None:
        found = found.filter(**{f"{collection.when}__lte": asked.until})
    return found


def _features(collection: Collection, found: Any, page: list[int], crs: str) -> list[dict[str, Any]]:
    """Rows as features, in the order of the page; of the geometry as the CRS has its axes."""
    if crs == CRS84:
        shape: Any = AsGeoJSON(Transform(collection.shape, reference.LONLAT), precision=8)
    else:
        turned = reference.is_north_first(settings.CITY_SRID)
        shape = AsGeoJSON(Turned(collection.shape) if turned else collection.shape, precision=3)
    rows = list(found.filter(pk__in=page).annotate(geojson=shape).order_by("pk"))
    return [
        {
            "type": "Feature",
            "id": told["number" if collection.code == "number" else "code"],
            "geometry": json.loads(row.geojson) if row.geojson else None,
            "properties": {name: value for name, value in told.items() if name not in ("lon", "lat")},
        }
        for row, told in zip(rows, collection.told(rows), strict=True)
    ]


def _link(address: str, request: HttpRequest, rel: str, kind: str, **more: Any) -> dict[str, str]:
    asked = request.GET.copy()
    if more:
        asked.pop("offset", None)  # the key alone says where the next page begins
    for name, value in more.items():
        asked[name] = str(value)
    query = asked.urlencode()
    return {"href": f"{address}?{query}" if query else address, "rel": rel, "type": kind}


def _answer(told: dict[str, Any], crs: str) -> HttpResponse:
    body = json.dumps(told, ensure_ascii=False, cls=DjangoJSONEncoder)
    return HttpResponse(body, content_type=GEOJSON, headers={"Content-Crs": f"<{crs}>"})
