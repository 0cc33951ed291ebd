"""Where a plan collides with editions that came into force since it was begun, cell by cell.

A cell collides if it is in force otherwise than in the plan's base edition, or is meant for a community or third-level
grid that is not in force any more. All cells count that the plan changes, those too that only received a vertex: where
none collides, their ground is the same in both editions, and the plan is as valid on the one as on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from cells.models import Edition, GridVersion, Plan
from cells.plans.changed import Difference, changes
from cells.plans.geojson import place
from cells.plans.painting import inner
from spatial.postgis import run

# What is so, by reason.
SENTENCES = {
    "retired": gettext_noop("The cell was retired by edition {edition}."),
    "community": gettext_noop("The cell went to another community with edition {edition}."),
    "grid": gettext_noop("The cell went to another third-level grid with edition {edition}."),
    "shape": gettext_noop("The cell was reshaped by edition {edition}."),
    "grid_gone": gettext_noop("Its third-level grid in the plan is not in force any more since edition {edition}."),
    "community_gone": gettext_noop("Its community in the plan is not in force any more since edition {edition}."),
    "drawn_together": gettext_noop("It was drawn together with cells that collide."),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One cell of a plan that collides, or that goes with one that does."""

    key: int
    code: str  # empty if born in the plan
    edition: int  # number of the edition that changed it
    edition_label: str
    place: tuple[float, float] | None  # longitude, latitude
    reason: str  # one of SENTENCES

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        return gettext(SENTENCES[self.reason]).format(edition=self.edition)

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        names = ("key", "code", "edition", "edition_label", "place", "why")
        return {name: getattr(self, name) for name in names}


def conflicts(plan: Plan, *, differences: Sequence[Difference] | None = None) -> list[Conflict]:
    """The cells of a plan that collide with the edition in force, by key; none if the plan starts from that one.

    `differences` are those of `changes`, where the caller has them.
    """
    in_force = Edition.objects.in_force()
    if plan.base_id == in_force.pk:
        return []
    found = changes(plan) if differences is None else differences
    asked = [d.key for d in found if d.key > 0]
    rows = run.rows(
        "cells",
        "plan_conflicts_v1",
        {"keys": asked, "base": plan.base.number, "in_force": in_force.number},
    )
    clashes = {
        key: Conflict(key, code, number, label, place((x, y)), reason)
        for key, code, reason, number, label, x, y in rows
    }
    for conflict in _homeless(found, in_force):
        clashes.setdefault(conflict.key, conflict)
    return [clashes[key] for key in sorted(clashes)]


def _homeless(differences: Sequence[Difference], in_force: Edition) -> list[Conflict]:
    """The cells that are meant for a community or a third-level grid that ended."""
    wanted = {d.community_after for d in differences} | {d.grid_after for d in differences if (d.grid_after or 0) > 0}
    held = GridVersion.objects.of_edition(in_force).filter(grid__in=wanted - {None})
    parent = dict(held.values_list("grid", "parent"))
    ended = GridVersion.objects.filter(grid__in=wanted - {None} - set(parent)).order_by("until__number")
    by = {grid: (number, label) for grid, number, label in ended.values_list("grid", "until__number", "until__label")}
    out = []
    for d in differences:
        if d.after is None:
            continue
        grid, gone = d.grid_after or 0, ""
        if d.community_after not in parent:
            gone, last = "community_gone", by.get(d.community_after)
        elif grid > 0 and parent.get(grid) != d.community_after:
            gone, last = "grid_gone", by.get(grid)
        if gone:
            number, label = last or (in_force.number, in_force.label)
            out.append(Conflict(d.key, d.code, number, label, place(inner(d.after)), gone))
    return out
