"""Publishing an approved plan: on top of the edition in force, if nothing that it changes was changed by another."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cases.publishing.published import Published, published
from cases.publishing.redrawing import redraw_cases
from cells import plans
from cells.editions import CannotPublish, alone
from cells.models import Edition, Plan, PlanGrid
from cells.plans import Difference
from cells.plans.errors import StateNames
from cells.succession import NewGrid, NextCell, succeed

_LABEL = Edition._meta.get_field("label").max_length or 0


@transaction.atomic
def publish_plan(plan: Plan | int, *, by: Any = None, at: dt.datetime | None = None) -> Published:
    """Put an approved plan in force: new edition, codes, components, open cases, messages, in one transaction.

    Parameters
    ----------
    by : the user; None: the system, because the date has come
    at : the moment from which it is in force; now where none is given

    Raises
    ------
    CannotPublish : it is not approved, its date is to come, it changes nothing any more, an edition since its base
        changed cells of it (`conflicts` has them: rebase the plan), or see `cells.succession.succeed`
    """
    begun = time.perf_counter()
    number = plan if isinstance(plan, int) else plan.pk
    held = Plan.objects.select_for_update(of=("self",)).select_related("base").get(pk=number)
    if held.state != Plan.State.APPROVED:
        raise CannotPublish(
            gettext_noop("The plan is {state}: only an approved plan is published."), state=StateNames([held.state])
        )
    # From here on no other edition comes into force: what collides is asked of the one that this plan will follow.
    alone()
    moment = at or timezone.now()
    if held.effective_at is not None and held.effective_at > moment:
        raise CannotPublish(
            gettext_noop("The plan takes effect at {moment}."),
            moment=f"{timezone.localtime(held.effective_at):%Y-%m-%d %H:%M}",
        )
    differences = plans.changes(held)
    clashes = plans.conflicts(held, differences=differences)
    if clashes:
        first = clashes[0]
        raise CannotPublish(
            gettext_noop(
                "{count} cells of the plan were changed by editions since edition {base}, on which it was drawn "
                "({cell} by edition {edition}): rebase the plan."
            ),
            conflicts=clashes,
            count=len(clashes),
            base=held.base.number,
            cell=first.code or first.key,
            edition=first.edition,
        )
    grids = PlanGrid.objects.filter(plan=held)
    made = succeed(
        [_next_cell(d) for d in differences],
        [NewGrid(g.key, g.community_id, g.name_zh, g.name_en) for g in grids],
        by=by,
        at=at,
        label=held.title[:_LABEL],
        note=held.note,
    )
    moved = redraw_cases(made.edition, by=by, at=made.edition.valid_from)
    plans.mark_published(held, made.edition, keys=[d.key for d in differences], by=by)
    return published(made, moved, plan=held.pk, seconds=time.perf_counter() - begun)


def publish_due(
    *, at: dt.datetime | None = None, refused: Callable[[Plan, CannotPublish], None] | None = None
) -> list[Published]:
    """Publish the approved plans whose date has come, in the order of their dates; each in its own transaction.

    A plan without a date waits for somebody to publish it. One that cannot be published stays approved, `refused` is
    told why, and the next has its turn. Any number of processes may do this at once: the row of a plan is locked, and
    whoever comes second finds it published.
    """
    now = at or timezone.now()
    due = Plan.objects.filter(state=Plan.State.APPROVED, effective_at__lte=now).order_by("effective_at", "pk")
    done = []
    for plan in due:
        try:
            done.append(publish_plan(plan, at=at))
        except CannotPublish as error:
            still_due = Plan.objects.filter(pk=plan.pk, state=Plan.State.APPROVED).exists()
            if still_due and refused is not None:
                refused(plan, error)
    return done


def _next_cell(d: Difference) -> NextCell:
    if d.after is None:
        return NextCell(d.key, None)
    return NextCell(d.key, d.after, d.community_after or 0, d.grid_after or 0, d.origin, d.vertex_only)
