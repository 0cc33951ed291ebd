"""What there is to choose from in a plan: its communities, and the third-level grids of one as the plan has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from django.conf import settings

from cells.models import GridVersion, Level, Plan, PlanGrid
from cells.plans.painting import require_community
from cells.plans.working import working_cells
from spatial.crs import from_city
from spatial.postgis import run


@dataclass(frozen=True, slots=True)
class CommunityInPlan:
    """A community of the base edition."""

    id: int
    code: str
    name_zh: str
    name_en: str
    bbox: tuple[float, float, float, float]  # west, south, east, north in degrees
    cells: int
    grids: int


@dataclass(frozen=True, slots=True)
class GridInPlan:
    """A third-level grid as a plan has it."""

    key: int  # negative if born in the plan
    code: str  # empty if born in the plan
    name_zh: str
    name_en: str
    community: int
    cells: int
    area_m2: float
    locked: bool

    @property
    def born(self) -> bool:
        """Whether it is not in the base edition."""
        return self.key < 0


def communities_of(plan: Plan) -> list[CommunityInPlan]:
    """The communities of a plan's base edition, by code."""
    rows = run.rows("cells", "plan_communities_v1", {"base": plan.base.number})
    if not rows:
        return []
    boxes = np.array([r[4:8] for r in rows], dtype=np.float64)
    west, south, east, north = boxes.T
    # All four corners: the degrees of a box are not the box of two of its corners.
    corners = np.stack([west, south, west, north, east, south, east, north], axis=1).reshape(-1, 2)
    lonlat = np.round(from_city(corners, srid=settings.CITY_SRID), 7).reshape(-1, 4, 2)
    low, high = lonlat.min(axis=1).tolist(), lonlat.max(axis=1).tolist()
    return [
        CommunityInPlan(r[0], r[1], r[2], r[3], (lo[0], lo[1], hi[0], hi[1]), r[8], r[9])
        for r, lo, hi in zip(rows, low, high, strict=True)
    ]


def grids_of(plan: Plan, community: int) -> list[GridInPlan]:
    """The third-level grids of a community in a plan: those of the base edition by code, then those born, in order.

    Raises
    ------
    EditRefused : there is no such community in the plan
    """
    require_community(plan, community)
    cells = working_cells(plan, communities=[community])
    keys, which = np.unique(cells.grids, return_inverse=True)
    count = np.bincount(which.reshape(-1), minlength=len(keys))
    area = np.bincount(which.reshape(-1), weights=shapely.area(cells.shapes), minlength=len(keys))
    held = {int(k): (int(n), round(float(a), 1)) for k, n, a in zip(keys, count, area, strict=True)}
    locked = set(plan.locked)
    versions = (
        GridVersion.objects.of_edition(plan.base)
        .filter(parent=community, grid__level=Level.GRID)
        .order_by("grid__code")
        .values_list("grid_id", "grid__code", "name_zh", "name_en")
    )
    born = PlanGrid.objects.filter(plan=plan, community=community).order_by("-key")
    named = [*versions, *((g.key, "", g.name_zh, g.name_en) for g in born)]
    return [
        GridInPlan(key, code, zh, en, community, *held.get(key, (0, 0.0)), key in locked) for key, code, zh, en in named
    ]
