"""The states of what a plan touches, as its edits remember them and as its tables hold them.

An edit keeps, for every cell and grid it touched, the state before and after; `None` means that the plan says nothing
of it: the cell is as in the base edition, or is not born. Writing one side or the other is doing and undoing.
Polygons are kept as WKB, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.conf import settings

from cells.models import Plan, PlanCell, PlanGrid
from spatial.partition import as_shapes, double_areas_mm2
from spatial.postgis import run


@dataclass(frozen=True, slots=True)
class State:
    """One cell in a plan."""

    community: int
    grid: int  # 0: none
    retired: bool
    shape: Any  # Polygon, metres
    origin: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data for the database."""
        shape = shapely.to_wkb(self.shape, hex=True, byte_order=1)
        return {"in": self.community, "grid": self.grid, "retired": self.retired, "shape": shape, "of": self.origin}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """The state of plain data."""
        return cls(data["in"], data["grid"], data["retired"], shapely.from_wkb(data["shape"]), tuple(data["of"]))


@dataclass(frozen=True, slots=True)
class GridState:
    """One third-level grid born in a plan."""

    community: int
    name_zh: str = ""
    name_en: str = ""


@dataclass(slots=True)
class Side:
    """One side of an edit, before or after it: the states of what it touches."""

    cells: dict[int, State | None] = field(default_factory=dict)
    grids: dict[int, GridState | None] = field(default_factory=dict)
    locked: list[int] | None = None  # None: the edit leaves the locks alone

    def as_json(self) -> dict[str, Any]:
        """Plain data for the database."""
        out: dict[str, Any] = {"cells": {str(k): s and s.as_json() for k, s in self.cells.items()}}
        if self.grids:
            out["grids"] = {str(k): s and [s.community, s.name_zh, s.name_en] for k, s in self.grids.items()}
        if self.locked is not None:
            out["locked"] = self.locked
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Side:
        """The side of plain data."""
        return cls(
            {int(k): s and State.from_json(s) for k, s in data.get("cells", {}).items()},
            {int(k): s and GridState(*s) for k, s in data.get("grids", {}).items()},
            data.get("locked"),
        )


def put(plan: Plan, side: Side) -> None:
    """Make a plan's tables say what one side of an edit says; the caller saves the plan itself."""
    gone = [k for k, s in side.cells.items() if s is None]
    if gone:
        PlanCell.objects.filter(plan=plan, key__in=gone).delete()
    for key, grid in side.grids.items():
        if grid is None:
            PlanGrid.objects.filter(plan=plan, key=key).delete()
        else:
            names = {"community_id": grid.community, "name_zh": grid.name_zh, "name_en": grid.name_en}
            PlanGrid.objects.update_or_create(plan=plan, key=key, defaults=names)
    if side.locked is not None:
        plan.locked = side.locked
    held = {k: s for k, s in side.cells.items() if s is not None}
    if not held:
        return
    shapes = as_shapes([s.shape for s in held.values()])
    run.execute(
        "cells",
        "put_plan_cells_v1",
        {
            "plan": plan.pk,
            "srid": settings.CITY_SRID,
            "keys": list(held),
            "communities": [s.community for s in held.values()],
            "grids": [s.grid for s in held.values()],
            "retired": [s.retired for s in held.values()],
            "shapes": list(shapely.to_wkb(shapes, byte_order=1)),
            "areas": (double_areas_mm2(shapes) / 2e6).tolist(),
            "perimeters": shapely.length(shapes).tolist(),
            "origins": [",".join(map(str, s.origin)) for s in held.values()],
        },
    )
