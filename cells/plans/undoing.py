"""Undo and redo: the states an edit kept are put back as they were, to the last bit, as far back as the plan began."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cells.models import Plan, PlanEdit, PlanStep
from cells.plans.doing import Applied, Change, hold, step
from cells.plans.errors import EditRefused
from cells.plans.states import Side


@transaction.atomic
def undo(plan: Plan | int, *, revision: int | None = None, by: Any = None) -> Applied:
    """Take the last edit back.

    Raises
    ------
    PlanClosed, StaleEdit : see `cells.plans.doing.hold`
    EditRefused : there is no edit to take back
    """
    held = hold(plan, revision=revision)
    edit = PlanEdit.objects.filter(plan=held, serial=held.cursor).first()
    if edit is None:
        raise EditRefused("nothing_to_undo")
    held.cursor -= 1
    change = Change(before=Side.from_json(edit.after), after=Side.from_json(edit.before))
    return step(held, verb=PlanStep.Verb.UNDO, kind=edit.kind, change=change, by=by)


@transaction.atomic
def redo(plan: Plan | int, *, revision: int | None = None, by: Any = None) -> Applied:
    """Do the edit again that was taken back last; raises as `undo`."""
    held = hold(plan, revision=revision)
    edit = PlanEdit.objects.filter(plan=held, serial=held.cursor + 1).first()
    if edit is None:
        raise EditRefused("nothing_to_redo")
    held.cursor += 1
    change = Change(before=Side.from_json(edit.before), after=Side.from_json(edit.after))
    return step(held, verb=PlanStep.Verb.REDO, kind=edit.kind, change=change, by=by)
