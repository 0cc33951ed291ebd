"""What of an answer is told to whom: statistics to everybody, numbers of cases to those in whose territory they lie.

Which units stand out is found in the whole city at once, and a map that is cut off at a border would be another, wrong
one: colours stay. Counts of units, spots and communities outside the reader's territory are left out, and `whole` in
the figures says so. A spot that reaches into the territory is told with all its cases.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from cells.territory import territory_of
from maps.hotspot_look import Answer

# Columns of units that say how many cases there are.
_COUNTS = ("cases", "expected", "ratio", "window_cases", "window_expected", "smallest", "gi_z")


def seen_by(found: Answer, user: Any) -> Answer:
    """The answer as a reader gets it; `user=None` is the system itself, which gets all."""
    territory = territory_of(user)
    if territory is None:
        return replace(found, figures=found.figures | {"whole": True})
    mine = np.isin(found.communities_of, territory) | np.isin(found.grids_of, territory)
    units = json.loads(found.units)
    for name in _COUNTS:
        units[name] = [value if own else None for value, own in zip(units[name], mine.tolist(), strict=True)]
    own_spots = {units["spot"][n] for n in np.flatnonzero(mine).tolist()} - {-1}
    figures = {
        **found.figures,
        "whole": False,
        "cases": sum(value or 0 for value in units["cases"]),
        "outside": 0,
        "own_spots": len(own_spots),
    }
    return replace(
        found,
        figures=figures,
        spots=[spot if spot["spot"] in own_spots else _hidden(spot) for spot in found.spots],
        communities=[row for row in found.communities if row["id"] in set(territory)],
        units=json.dumps(units, separators=(",", ":")),
    )


def _hidden(spot: dict[str, Any]) -> dict[str, Any]:
    """A spot of others: where it is and how sure, without its counts."""
    where = ", ".join(spot["communities"][:2])
    words = _("%(where)s: a hot spot outside your territory.") if spot["hot"] else _(
        "%(where)s: a cold spot outside your territory."
    )  # fmt: skip
    counts = {"cases_count": None, "expected": None, "ratio": None, "drives": None, "cases": []}
    return {**spot, **counts, "sentence": words % {"where": where or _("outside all communities")}, "told": False}
