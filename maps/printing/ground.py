"""What lies quietly under a printed map: water, main streets, communities and their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from django.utils.translation import get_language

from maps.printing.report import Ground
from spatial.partition import Shapes
from spatial.postgis import run

# A paper map of a city is a metre to a thousandth of a millimetre: a few metres are below what is seen.
_TOLERANCE_M = 3.0


def ground_of(edition: int) -> Ground:
    """The ground of an edition, by its number."""
    rows = run.rows("maps", "print_ground_v1", {"edition": edition, "tolerance_m": _TOLERANCE_M})
    name = 1 if (get_language() or "").startswith("zh") else 2
    communities = [row for row in rows if row[0] == "community"]
    return Ground(
        water=_shapes([row for row in rows if row[0] == "water"]),
        streets=_shapes([row for row in rows if row[0] == "street"]),
        borders=_shapes(communities),
        names=[(row[name], row[4], row[5]) for row in communities],
    )


def _shapes(rows: list[tuple[Any, ...]]) -> Shapes:
    shapes: Shapes = np.array(shapely.from_wkb([bytes(row[3]) for row in rows]), dtype=object).reshape(-1)
    return shapes
