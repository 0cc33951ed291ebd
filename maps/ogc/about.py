"""What this door is: its landing page, to what it conforms, its collections, and its document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from maps.errors import NotFound
from maps.ogc import asking
from maps.ogc.collections import CRS84, Collection, city_crs, extent, known, open_to

JSON, OPENAPI = "application/json", "application/vnd.oai.openapi+json;version=3.0"
_SPEC = "http://www.opengis.net/spec"
CONFORMS = (
    f"{_SPEC}/ogcapi-features-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/geojson",
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
)


def landing(request: HttpRequest) -> HttpResponse:
    """Where everything is."""
    asking.only_json(request.GET)
    return JsonResponse(
        {
            "title": _("Grids, components and cases of the city"),
            "description": "OGC API – Features",
            "links": [
                _link(request, "ogc-landing", "self", JSON),
                _link(request, "ogc-document", "service-desc", OPENAPI),
                _link(request, "ogc-conformance", "conformance", JSON),
                _link(request, "ogc-collections", "data", JSON),
            ],
        }
    )


def conformance(request: HttpRequest) -> HttpResponse:
    """To which classes of the standard it conforms."""
    return JsonResponse({"conformsTo": list(CONFORMS)})


def collections(request: HttpRequest) -> HttpResponse:
    """The collections that whoever calls may read."""
    found, box = open_to(request), extent()
    told = [_told(request, one, box) for one in found]
    links = [_link(request, "ogc-collections", "self", JSON)]
    return JsonResponse({"links": links, "crs": [CRS84, city_crs()], "collections": told})


def collection(request: HttpRequest, name: str) -> HttpResponse:
    """One collection. That it is there everybody may know; its items are for whoever may read them."""
    found = known().get(name)
    if found is None:
        raise NotFound(f"There is no collection “{name[:40]}”.", hint="GET /ogc/collections lists them.")
    return JsonResponse(_told(request, found, extent()))


def _told(request: HttpRequest, one: Collection, box: list[float] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": one.name,
        "title": one.title,
        "itemType": "feature",
        "crs": [CRS84, city_crs()],
        "storageCrs": city_crs(),
        "links": [
            _link(request, "ogc-collection", "self", JSON, one.name),
            _link(request, "ogc-items", "items", "application/geo+json", one.name),
        ],
    }
    if box is not None:
        told["extent"] = {"spatial": {"bbox": [box], "crs": CRS84}}
    return told


def _link(request: HttpRequest, view: str, rel: str, kind: str, *args: str) -> dict[str, str]:
    return {"href": request.build_absolute_uri(reverse(view, args=args)), "rel": rel, "type": kind}


def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document (3.0, as Part 1 names it)."""
    root = request.build_absolute_uri(reverse("ogc-landing")).rstrip("/")
    answers = {"200": {"description": "what is asked for"}, "default": {"description": "application/problem+json"}}
    in_path = {"in": "path", "required": True, "schema": {"type": "string"}}
    name, code = {"name": "collectionId", **in_path}, {"name": "featureId", **in_path}

    def query(key: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
        return {"name": key, "in": "query", "required": False, "schema": schema, "description": words}

    box = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    crs = query("crs", {"type": "string", "enum": [CRS84, city_crs()], "default": CRS84}, "of what is told")
    page = [
        query("limit", {"type": "integer", "minimum": 1, "maximum": asking.MOST, "default": asking.USUAL}, "features"),
        query("offset", {"type": "integer", "minimum": 0, "maximum": asking.MOST_OFFSET}, "features left out first"),
        {**query("bbox", box, "west,south,east,north"), "style": "form", "explode": False},
        query("bbox-crs", crs["schema"], "of the box"),
        crs,
        query("datetime", {"type": "string"}, "of cases: when they were reported"),
    ]

    def get(key: str, words: str, *parameters: dict[str, Any]) -> dict[str, Any]:
        return {"get": {"operationId": key, "summary": words, "parameters": list(parameters), "responses": answers}}

    told = {
        "openapi": "3.0.3",
        "info": {"title": "OGC API – Features", "version": "1.0.0"},
        "servers": [{"url": root}],
        "paths": {
            "/": get("landing", "Where everything is"),
            "/conformance": get("conformance", "To what it conforms"),
            "/collections": get("collections", "The collections"),
            "/collections/{collectionId}": get("collection", "One collection", name),
            "/collections/{collectionId}/items": get("items", "Its features", name, *page),
            "/collections/{collectionId}/items/{featureId}": get("item", "One feature", name, code, crs),
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }
    return JsonResponse(told, content_type=OPENAPI)
