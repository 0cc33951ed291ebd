"""What the city is: grids, cells, components and the catalogue, as the edition in force has them."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.conf import settings
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.http import HttpRequest
from ninja import Path, Query, Schema
from pydantic import Field

from cells.models import CatalogueClass, CatalogueEdition, CellVersion, Component, Edition, GridVersion
from maps import boxes
from maps.errors import NotFound
from maps.rest import paging
from maps.rest.door import READS_GROUND, api
from maps.rest.shapes import BBOX, CLASS, CODE, Catalogue, Cells, CellWhole, Components, ComponentTold, Grids, GridWhole
from spatial import crs as reference

_Limit = Annotated[int, Field(ge=1, le=paging.MOST)]
_Code = Annotated[str | None, Field(pattern=CODE)]
_Cursor = Annotated[str | None, Field(max_length=400)]


class GridsAsked(Schema):
    level: Annotated[str | None, Field(pattern="^(city|district|town|community|grid)$")] = None
    parent: _Code = None
    bbox: BBOX | None = None
    limit: _Limit = paging.USUAL
    cursor: _Cursor = None


class CellsAsked(Schema):
    community: _Code = None
    grid: _Code = None
    bbox: BBOX | None = None
    limit: _Limit = paging.USUAL
    cursor: _Cursor = None


class ComponentsAsked(Schema):
    class_code: Annotated[str | None, Field(pattern=CLASS)] = None
    cell: _Code = None
    state: Component.State | None = None
    bbox: BBOX | None = None
    limit: _Limit = paging.USUAL
    cursor: _Cursor = None


@api.get("grids", response=Grids, auth=READS_GROUND, url_name="rest-grids", operation_id="list_grids", tags=["ground"])
def grids(request: HttpRequest, asked: Query[GridsAsked]) -> Any:
    """Responsibility grids of every level, by their codes. Scope: ground:read."""
    edition = Edition.objects.in_force()
    question, place = _begun(asked, edition)
    found = GridVersion.objects.of_edition(edition).select_related("grid", "parent", "since").defer("shape")
    if asked.level:
        found = found.filter(grid__level=asked.level)
    if asked.parent:
        found = found.filter(parent__code=asked.parent)
    rows = _rows(found, "grid__code", "shape", asked, place)
    page, onward = paging.cut(rows, asked.limit, lambda v: (v.grid.code,), question)
    return {"edition": edition.number, "items": [grid_told(version) for version in page], "next": onward}


@api.get(
    "grids/{code}", response=GridWhole, auth=READS_GROUND, url_name="rest-grid", operation_id="read_grid",
    tags=["ground"],
)  # fmt: skip
def grid(request: HttpRequest, code: Annotated[str, Path(pattern=CODE)]) -> Any:
    """One grid with its shape. Scope: ground:read."""
    found = GridVersion.objects.current().select_related("grid", "parent", "since").defer("shape")
    version = found.filter(grid__code=code).annotate(geojson=_degrees("shape")).first()
    if version is None:
        raise NotFound(f"There is no grid “{code}” in the edition in force.", hint="GET grids lists them.")
    return grid_told(version) | {"geometry": json.loads(version.geojson)}


@api.get("cells", response=Cells, auth=READS_GROUND, url_name="rest-cells", operation_id="list_cells", tags=["ground"])
def cells(request: HttpRequest, asked: Query[CellsAsked]) -> Any:
    """Unit cells, by their codes. Scope: ground:read."""
    edition = Edition.objects.in_force()
    question, place = _begun(asked, edition)
    found = CellVersion.objects.of_edition(edition).select_related("cell", "community", "grid", "since").defer("shape")
    if asked.community:
        found = found.filter(community__code=asked.community)
    if asked.grid:
        found = found.filter(grid__code=asked.grid)
    rows = _rows(found, "cell__code", "shape", asked, place)
    page, onward = paging.cut(rows, asked.limit, lambda v: (v.cell.code,), question)
    return {"edition": edition.number, "items": [cell_told(version) for version in page], "next": onward}


@api.get(
    "cells/{code}", response=CellWhole, auth=READS_GROUND, url_name="rest-cell", operation_id="read_cell",
    tags=["ground"],
)  # fmt: skip
def cell(request: HttpRequest, code: Annotated[str, Path(pattern=CODE)]) -> Any:
    """One unit cell with its shape. Scope: ground:read."""
    found = CellVersion.objects.current().select_related("cell", "community", "grid", "since").defer("shape")
    version = found.filter(cell__code=code).annotate(geojson=_degrees("shape")).first()
    if version is None:
        raise NotFound(f"There is no cell “{code}” in the edition in force.", hint="GET cells lists them.")
    return cell_told(version) | {"geometry": json.loads(version.geojson)}


@api.get(
    "components", response=Components, auth=READS_GROUND, url_name="rest-components", operation_id="list_components",
    tags=["ground"],
)  # fmt: skip
def components(request: HttpRequest, asked: Query[ComponentsAsked]) -> Any:
    """Components of the city, by their codes. Scope: ground:read."""
    question, place = _begun(asked, None)
    found = Component.objects.select_related("catalogue_class", "cell")
    if asked.class_code:
        kind, _, rest = asked.class_code.partition("-")
        found = found.filter(
            catalogue_class__kind=kind, catalogue_class__major=rest[:2], catalogue_class__minor=rest[2:]
        )
    if asked.cell:
        found = found.filter(cell__code=asked.cell)
    if asked.state is not None:
        found = found.filter(state=asked.state)
    rows = _rows(found, "code", "place", asked, place)
    page, onward = paging.cut(rows, asked.limit, lambda c: (c.code,), question)
    return {"items": components_told(page), "next": onward}


@api.get(
    "components/{code}", response=ComponentTold, auth=READS_GROUND, url_name="rest-component",
    operation_id="read_component", tags=["ground"],
)  # fmt: skip
def component(request: HttpRequest, code: Annotated[str, Path(pattern=CODE)]) -> Any:
    """One component. Scope: ground:read."""
    found = Component.objects.select_related("catalogue_class", "cell").filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no component “{code}”.", hint="Check the number on the plate.")
    return components_told([found])[0]


@api.get(
    "catalogue", response=Catalogue, auth=READS_GROUND, url_name="rest-catalogue", operation_id="read_catalogue",
    tags=["ground"],
)  # fmt: skip
def catalogue(request: HttpRequest) -> Any:
    """The classes of the catalogue in use, headings among them. Scope: ground:read."""
    edition = CatalogueEdition.objects.filter(is_default=True).first()
    items = [
        {
            "code": f"{c.kind}-{c.code}", "kind": c.kind, "name_zh": c.name_zh, "name_en": c.name_en,
            "heading": not c.minor, "city_own": c.is_extension,
        }
        for c in CatalogueClass.objects.in_use().order_by("kind", "major", "minor")
    ]  # fmt: skip
    return {"edition": edition.name if edition else "", "items": items}


def _begun(asked: Any, edition: Edition | None) -> tuple[dict[str, Any], list[Any] | None]:
    """What a cursor is bound to, and where the page begins: a new edition begins anew."""
    question = asked.model_dump(mode="json", exclude={"limit", "cursor"})
    question |= {"of": type(asked).__name__, "edition": edition.number if edition else None}
    return question, paging.after(asked.cursor, question)


def _rows(found: Any, code: str, shape: str, asked: Any, place: list[Any] | None) -> list[Any]:
    """One row more than a page, by the code, within the box."""
    if place is not None:
        found = found.filter(**{f"{code}__gt": place[0]})
    if asked.bbox:
        ground = boxes.ground_of_degrees(boxes.read(asked.bbox))
        if ground is None:
            return []
        found = found.filter(**{f"{shape}__intersects": ground})
    return list(found.order_by(code)[: asked.limit + 1])


def _degrees(shape: str) -> AsGeoJSON:
    return AsGeoJSON(Transform(shape, reference.LONLAT), precision=8)


def grid_told(version: Any) -> dict[str, Any]:
    return {
        "code": version.grid.code,
        "level": version.grid.level_id,
        "parent": version.parent.code if version.parent else None,
        "area_m2": round(version.area_m2, 1),
        "since_edition": version.since.number,
        "name_zh": version.name_zh,
        "name_en": version.name_en,
    }


def cell_told(version: Any) -> dict[str, Any]:
    return {
        "code": version.cell.code,
        "community": version.community.code,
        "grid": version.grid.code if version.grid else None,
        "area_m2": round(version.area_m2, 1),
        "land_use": version.land_use,
        "since_edition": version.since.number,
    }


def components_told(found: list[Any]) -> list[dict[str, Any]]:
    degrees = reference.from_city([[c.place.x, c.place.y] for c in found], srid=settings.CITY_SRID) if found else []
    names = ("code", "name", "state", "accuracy_class", "surveyed_on", "changed_on")
    names += ("competent_department", "owner_department", "maintainer_department")
    return [
        {name: getattr(c, name) for name in names}
        | {
            "class_code": f"{c.catalogue_class.kind}-{c.catalogue_class.code}",
            "cell": c.cell.code if c.cell else None,
            "lon": round(float(lon), 8),
            "lat": round(float(lat), 8),
        }
        for c, (lon, lat) in zip(found, degrees, strict=True)
    ]
