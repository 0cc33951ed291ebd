"""A plan begins: from the edition in force, from another edition, or from what another plan has drawn so far."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cells.models import Edition, Plan, PlanCell, PlanGrid


@transaction.atomic
def open_plan(*, title: str, by: Any = None, base: Edition | None = None, copy_of: Plan | None = None) -> Plan:
    """Start a plan.

    Parameters
    ----------
    title, by : its name and who draws it
    base : the edition it starts from; without, the one in force. A copy starts from that of the plan copied.
    copy_of : a plan whose working state is taken over; its edits stay with it, the copy begins with none to undo

    Raises
    ------
    NoEditionInForce : there is nothing to redraw yet
    """
    if copy_of is None:
        return Plan.objects.create(title=title, base=base or Edition.objects.in_force(), made_by=by)
    source = Plan.objects.select_for_update().get(pk=copy_of.pk)
    plan = Plan.objects.create(
        title=title,
        base_id=source.base_id,
        copied_from=source,
        made_by=by,
        last_key=source.last_key,
        locked=source.locked,
    )
    for model in (PlanCell, PlanGrid):
        rows = list(model.objects.filter(plan=source))
        for row in rows:
            row.pk, row.plan = None, plan
        model.objects.bulk_create(rows, batch_size=2000)
    return plan
