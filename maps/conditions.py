"""The filing conditions of a class in the reader's words: the one that is seen decides by which limit it is handled.

The kinds are those of the first catalogue; a kind that a city adds is shown by its own word, one without a kind by its
number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import StageLimit
from cases.worktime import limits_of_city
from cells.models import CatalogueClass, FilingCondition

KINDS: dict[str, Any] = {
    "damaged": gettext_lazy("damaged"),
    "dirty": gettext_lazy("dirty"),
    "tilt_fall": gettext_lazy("tilted or fallen"),
    "abandoned": gettext_lazy("abandoned"),
    "other": gettext_lazy("other"),
    "wrong_content": gettext_lazy("wrong content"),
    "plant_dead_missing": gettext_lazy("plant dead or missing"),
    "missing_displaced": gettext_lazy("missing or displaced"),
    "rattle": gettext_lazy("rattling"),
    "surround_sunk": gettext_lazy("surround sunk"),
    "light_out": gettext_lazy("light out"),
    "wrong_hours": gettext_lazy("not on at its hours"),
    "leak": gettext_lazy("leaking"),
    "structure": gettext_lazy("structure broken"),
    "odour": gettext_lazy("smelling"),
    "waterlogged": gettext_lazy("under water"),
    "door_open": gettext_lazy("door open"),
    "not_collected": gettext_lazy("not collected"),
    "unapproved": gettext_lazy("without a permit"),
    "blocked": gettext_lazy("blocked"),
}


def condition_data(found: FilingCondition) -> dict[str, Any]:
    """A filing condition on the wire; its limit is that of handling, unless the city's table has rows of its own."""
    kind = found.condition_type
    return {
        "serial": found.serial,
        "type": kind,
        "name": str(KINDS.get(kind) or kind or _("condition %(serial)s") % {"serial": found.serial}),
        "value": found.limit_value,
        "unit": found.limit_unit,
    }


def conditions_of(classes: Iterable[CatalogueClass]) -> dict[int, list[dict[str, Any]]]:
    """By class (its id): its conditions in order, each with its `limits` of handling; the first counts by default."""
    table, found = limits_of_city(), defaultdict[int, list[dict[str, Any]]](list)
    for one in FilingCondition.objects.filter(catalogue_class__in=list(classes)).order_by("catalogue_class", "serial"):
        parts = table.parts(StageLimit.Stage.HANDLE, condition=one)
        limits = [{"value": part.limit.value, "unit": str(part.limit.unit)} for part in parts]
        found[one.catalogue_class_id].append({**condition_data(one), "limits": limits})
    return dict(found)
