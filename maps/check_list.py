"""The spot checks that somebody is to make, for his page and his phone alike."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from cases.models import SpotCheck
from cases.spot_checks import taking
from cells.models import CellVersion, Edition
from cells.territory import areas_named
from spatial import crs as reference


def checks_told(user: Any) -> list[dict[str, Any]]:
    """The checks that a user has still to make, each with its cell's outline (WGS 84): 3 queries, and one a draw."""
    waiting, now = taking.waiting_for(user), timezone.now()
    names = areas_named({grid for check in waiting for grid in (check.unit_id, check.grid_id)})
    shapes = _shapes(waiting)
    return [
        {
            "id": check.pk,
            "cell": check.cell.code,
            "unit": _name(names, check.unit_id),
            "grid": _name(names, check.grid_id),
            "until": check.draw.until.isoformat() if check.draw.until else "",
            "late": taking.is_late(check, at=now),
            **shapes[check.pk],
        }
        for check in waiting
    ]


def _shapes(waiting: list[SpotCheck]) -> dict[int, dict[str, Any]]:
    out: dict[int, dict[str, Any]] = {}
    for edition in Edition.objects.filter(pk__in={check.draw.edition_id for check in waiting}):
        here = [check for check in waiting if check.draw.edition_id == edition.pk]
        versions = CellVersion.objects.of_edition(edition).filter(cell__in=[check.cell_id for check in here])
        by_cell = {version.cell_id: version.shape for version in versions.only("cell", "shape")}
        for check in here:
            shape = by_cell[check.cell_id]
            inner = shape.point_on_surface
            points = [list(pair) for pair in shape.exterior_ring.coords]
            degrees = reference.from_city([[inner.x, inner.y], *points], srid=settings.CITY_SRID).tolist()
            (lon, lat), ring = degrees[0], degrees[1:]
            out[check.pk] = {
                "lon": round(lon, 7),
                "lat": round(lat, 7),
                "ring": [[round(x, 7), round(y, 7)] for x, y in ring],
            }
    return out


def _name(names: Any, grid: int) -> dict[str, str]:
    area = names.get(grid)
    return {"name_zh": area.name_zh, "name_en": area.name_en, "code": area.code} if area else {}
