"""Which cells and borders a gesture means: flood up to streets and water, box, lasso, along a street; nothing changes.

Geometry is that of `spatial.painting` and `spatial.arcs`; here are the cells, streets and shores it works on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from cells.models import Plan
from cells.plans.errors import EditRefused
from cells.plans.geojson import DECIMALS
from cells.plans.ground import shores, streets
from cells.plans.intents import Intent
from cells.plans.painting import require_cells
from cells.plans.refusing import refusing
from cells.plans.working import Box, box_round, id_of, key_of, window, working_cells
from spatial import painting
from spatial.arcs import arcs
from spatial.changes import OUTSIDE
from spatial.crs import from_city

BARRIERS = ("streets", "water")


def flood(plan: Plan, from_key: int, *, barriers: Iterable[str] = BARRIERS) -> list[int]:
    """Keys of the cells of one community that can be reached from one without crossing a street or water, ascending.

    A border cannot be crossed where half of it or more runs along a barrier.
    """
    wanted = {barriers} if isinstance(barriers, str) else set(barriers)
    if not wanted <= set(BARRIERS):
        raise EditRefused("bad_intent", {"what": f"barriers are {', '.join(BARRIERS)}"})
    start = require_cells(plan, [from_key])
    cells = working_cells(plan, communities=[int(start.communities[0])])
    box = box_round(cells.shapes, 10.0)
    lines = [streets(box)[0]] if "streets" in wanted else []
    lines += [shores(box)] if "water" in wanted else []
    web = painting.web_of(cells.partition())
    barrier = painting.share_along(web, np.concatenate(lines)) if lines else None
    return sorted(key_of(k) for k in painting.flood(web, id_of(from_key), barrier=barrier))


def cells_in(plan: Plan, shape: Any, *, rule: painting.Rule = "centre", within_m: float = 10.0) -> list[int]:
    """Keys of the cells a GeoJSON polygon takes (box, lasso; see `spatial.painting.cells_in` for the rules), ascending.

    Of a LineString: those it runs along, within some metres on both sides.
    """
    intent = Intent({"shape": shape})
    if isinstance(shape, dict) and shape.get("type") == "LineString":
        line = intent.line("shape")
        held = window(plan, box_round(shapely.points(line), within_m + 1.0))
        with refusing(held.cells):
            return sorted(key_of(k) for k in painting.cells_along(held.partition, line, within_m=within_m))
    area = intent.area("shape")
    held = window(plan, box_round(area))
    with refusing(held.cells):
        return sorted(key_of(k) for k in painting.cells_in(held.partition, area, rule=rule))


@dataclass(frozen=True, slots=True)
class Border:
    """A shared border to take hold of."""

    arc: str  # its name in intents, "one:other:order"; 0 stands for the outside
    one: int  # keys of the cells it parts
    other: int
    movable: bool  # without `across`
    line: list[list[float]]  # longitude, latitude


def borders(plan: Plan, *, keys: Iterable[int] | None = None, box: Box | None = None) -> list[Border]:
    """The shared borders of some cells, or of those that meet a box (metres), as they are at this revision."""
    around = working_cells(plan, box=box) if keys is None else require_cells(plan, sorted(set(keys)))
    if len(around) == 0:
        return []
    held = window(plan, box_round(around.shapes))
    found = arcs(held.partition, [id_of(k) for k in around.keys.tolist()])
    lonlat = _lonlat([arc.xy for arc in found])
    out = []
    for arc, line in zip(found, lonlat, strict=True):
        one, other = key_of(arc.left), 0 if arc.right == OUTSIDE else key_of(arc.right)
        out.append(Border(f"{one}:{other}:{arc.order}", one, other, arc.movable, line))
    return out


def _lonlat(lines: list[Any]) -> list[list[list[float]]]:
    """Give lines in metres as longitude and latitude, by one transformation."""
    if not lines:
        return []
    ends = np.cumsum([len(line) for line in lines])[:-1]
    pairs = np.round(from_city(np.concatenate(lines), srid=settings.CITY_SRID), DECIMALS)
    return [part.tolist() for part in np.split(pairs, ends)]
