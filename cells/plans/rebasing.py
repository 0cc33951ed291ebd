"""A plan goes on from the edition in force: what does not collide is kept, what does is dropped and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from cells.models import CellVersion, Edition, GridVersion, Plan, PlanCell, PlanEdit, PlanGrid, PlanStep
from cells.plans.changed import Difference, changes
from cells.plans.colliding import Conflict, conflicts
from cells.plans.doing import steps_since, tell
from cells.plans.errors import StaleEdit
from cells.plans.geojson import place
from cells.plans.painting import inner
from cells.plans.settling import CannotSettle, wrong_state
from spatial.succession import drawn_together

_OPEN = (Plan.State.DRAFTING, Plan.State.SENT, Plan.State.APPROVED)


@dataclass(frozen=True, slots=True)
class Rebased:
    """A plan on its new base."""

    plan: Plan
    kept: int  # cells that the plan still changes
    dropped: list[Conflict]  # cells that are as in the edition in force now

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        names = {"plan": self.plan.pk, "revision": self.plan.revision, "base": self.plan.base.number}
        return names | {"kept": self.kept, "dropped": [c.as_data() for c in self.dropped]}


@transaction.atomic
def rebase(plan: Plan | int, *, revision: int | None, by: Any = None) -> Rebased:
    """Put a plan on the edition in force.

    Cells whose borders were changed together are kept together or dropped together: such a group by itself tiles what
    it tiled before, so the rest of the plan is as valid as it was. A plan that was sent or approved is being drawn
    again. Undo reaches back to here and no further: the edits before were made on other ground, their record of states
    is dropped; that they were made stays in the plan's steps.

    Raises
    ------
    CannotSettle : the plan is published or withdrawn, or starts from the edition in force already
    StaleEdit : it is not at this revision any more
    """
    number = plan if isinstance(plan, int) else plan.pk
    held = Plan.objects.select_for_update(of=("self",)).select_related("base").get(pk=number)
    if held.state not in _OPEN:
        raise wrong_state(held, _OPEN)
    if revision is not None and revision != held.revision:
        raise StaleEdit(revision=revision, now=held.revision, steps=steps_since(held, revision))
    in_force = Edition.objects.in_force()
    if in_force.pk == held.base_id:
        raise CannotSettle(gettext_noop("The plan starts from the edition in force already."))
    found = changes(held)
    dropped = _dropped(found, conflicts(held, differences=found))
    gone = {c.key for c in dropped}
    kept = [d.key for d in found if d.key not in gone]
    others = _changed_since(held.base, in_force)
    PlanCell.objects.filter(plan=held).exclude(key__in=kept).delete()
    PlanEdit.objects.filter(plan=held).delete()
    _drop_homeless_grids(held, in_force)
    held.base, held.cursor, held.state = in_force, 0, Plan.State.DRAFTING
    held.sent_at = held.approved_by = held.approved_at = held.effective_at = None
    held.revision += 1
    held.save(
        update_fields=[
            "base", "cursor", "state", "sent_at", "approved_by", "approved_at", "effective_at", "revision", "locked"
        ]
    )  # fmt: skip
    keys = sorted(gone | others)
    PlanStep.objects.create(plan=held, revision=held.revision, verb=PlanStep.Verb.REBASE, keys=keys, by=by)
    tell(held)
    return Rebased(held, len(kept), dropped)


def _dropped(found: list[Difference], clashes: list[Conflict]) -> list[Conflict]:
    """The cells that collide and those that were drawn together with them, by key."""
    clash = {c.key: c for c in clashes}
    group = drawn_together([d.before for d in found], [d.after for d in found]).tolist()
    first: dict[int, Conflict] = {}
    for d, g in zip(found, group, strict=True):
        if d.key in clash:
            first.setdefault(g, clash[d.key])
    out = []
    for d, g in zip(found, group, strict=True):
        if d.key in clash:
            out.append(clash[d.key])
        elif g in first:
            at = place(inner(d.before if d.after is None else d.after))
            out.append(Conflict(d.key, d.code, first[g].edition, first[g].edition_label, at, "drawn_together"))
    return out


def _changed_since(base: Edition, in_force: Edition) -> set[int]:
    """The cells that later editions changed: a page that shows the plan must read them anew."""
    since = Q(since__number__gt=base.number) | Q(until__number__gt=base.number)
    until = Q(since__number__lte=in_force.number)
    return set(CellVersion.objects.filter(since & until).values_list("cell", flat=True))


def _drop_homeless_grids(held: Plan, in_force: Edition) -> None:
    """Third-level grids born in the plan stay, but for those whose community ended; locks of grids that ended too."""
    valid = GridVersion.objects.of_edition(in_force)
    PlanGrid.objects.filter(plan=held).exclude(community__in=valid.values("grid")).delete()
    there = set(valid.filter(grid__in=[g for g in held.locked if g > 0]).values_list("grid", flat=True))
    there |= set(PlanGrid.objects.filter(plan=held).values_list("key", flat=True))
    held.locked = [g for g in held.locked if g in there]
