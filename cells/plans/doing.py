"""One edit after the other: the plan's lock, its revision, and the record of what was done.

An edit is made for a revision of the plan; where the plan has gone on, it is refused with what changed since, so that
nobody overwrites what they have not seen. The row of the plan is locked until the transaction ends: edits of one plan
come one by one, edits of different plans do not wait for each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cells.models import Plan, PlanEdit, PlanStep
from cells.plans.errors import PlanClosed, Since, StaleEdit
from cells.plans.states import Side, put
from cells.plans.working import Cells, working_cells
from spatial.postgis import run

CHANNEL = "wanmi_plan"


@dataclass(frozen=True, slots=True)
class Applied:
    """What an edit, or its undoing, did to the plan."""

    revision: int  # for the next edit
    kind: str
    cells: Cells  # the working cells that are others now, or new
    removed: tuple[int, ...]  # keys that are not there any more
    added: tuple[int, ...]  # keys that were not there before
    vertex_only: tuple[int, ...] = ()  # cells that only received a vertex
    grids: tuple[int, ...] = ()  # third-level grids born, renamed or gone
    locked: tuple[int, ...] = ()  # all that are locked now
    can_undo: bool = False
    can_redo: bool = False

    @property
    def changed(self) -> tuple[int, ...]:
        """Keys of cells that were there before and are others now."""
        return tuple(k for k in self.cells.keys.tolist() if k not in set(self.added))


@dataclass(slots=True)
class Change:
    """What a kind of edit comes to, before it is written."""

    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    vertex_only: tuple[int, ...] = ()
    last_key: int = 0  # the lowest key the edit gave; 0: none


def hold(plan: Plan | int, *, revision: int | None) -> Plan:
    """Lock a plan's row for a change and give it as it is now; within a transaction.

    Raises
    ------
    PlanClosed : it is not being drawn
    StaleEdit : it is not at this revision any more
    """
    number = plan if isinstance(plan, int) else plan.pk
    held = Plan.objects.select_for_update(of=("self",)).select_related("base").get(pk=number)
    if held.state != Plan.State.DRAFTING:
        raise PlanClosed(held.state)
    if revision is not None and revision != held.revision:
        raise StaleEdit(revision=revision, now=held.revision, steps=steps_since(held, revision))
    return held


def steps_since(plan: Plan, revision: int) -> list[Since]:
    """What was done to a plan after a revision, the oldest first."""
    steps = PlanStep.objects.filter(plan=plan, revision__gt=revision).select_related("by").order_by("revision")
    return [
        Since(s.revision, s.verb, s.kind, tuple(s.keys), s.by.get_username() if s.by is not None else "") for s in steps
    ]


def record(plan: Plan, *, kind: str, meant: dict[str, Any], change: Change, by: Any) -> Applied:
    """Write an edit of a held plan; what had been undone can be redone no more."""
    PlanEdit.objects.filter(plan=plan, serial__gt=plan.cursor).delete()
    plan.cursor += 1
    plan.last_key = min(plan.last_key, change.last_key)
    PlanEdit.objects.create(
        plan=plan,
        serial=plan.cursor,
        kind=kind,
        intent=meant,
        before=change.before.as_json(),
        after=change.after.as_json(),
        by=by,
    )
    return step(plan, verb=PlanStep.Verb.DO, kind=kind, change=change, by=by)


def step(plan: Plan, *, verb: PlanStep.Verb, kind: str, change: Change, by: Any) -> Applied:
    """Put a side of an edit into force in a held plan and go on to its next revision."""
    put(plan, change.after)
    plan.revision += 1
    plan.save(update_fields=["cursor", "revision", "last_key", "locked"])
    keys = sorted(change.after.cells)
    PlanStep.objects.create(plan=plan, revision=plan.revision, verb=verb, kind=kind, keys=keys, by=by)
    tell(plan)
    cells = working_cells(plan, keys=keys)
    now = set(cells.keys.tolist())
    return Applied(
        revision=plan.revision,
        kind=kind,
        cells=cells,
        removed=tuple(k for k in keys if k not in now),
        added=tuple(k for k in keys if k in now and not _was_there(k, change.before)),
        vertex_only=change.vertex_only,
        grids=tuple(sorted(change.after.grids)),
        locked=tuple(plan.locked),
        can_undo=plan.cursor > 0,
        can_redo=verb != PlanStep.Verb.DO and PlanEdit.objects.filter(plan=plan, serial__gt=plan.cursor).exists(),
    )


def tell(plan: Plan) -> None:
    """Tell every open page, when the transaction commits, where a plan stands now."""
    told = {"id": plan.pk, "revision": plan.revision, "state": str(plan.state)}
    run.row("cells", "tell_plan_v1", [CHANNEL, json.dumps(told)])


def _was_there(key: int, before: Side) -> bool:
    """Whether a key was a working cell: a stored one that was not retired, or an untouched one of the base edition."""
    state = before.cells.get(key)
    return key > 0 if state is None else not state.retired
