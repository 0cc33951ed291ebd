"""The one door of every edit: a kind and an intent in, the changed cells out, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from cells.models import Plan
from cells.plans import painting, redividing, shaping, sharing
from cells.plans.doing import Applied, Change, hold, record
from cells.plans.intents import Intent, bad

KINDS: dict[str, Callable[[Plan, Intent], Change]] = {
    "paint": painting.paint,
    "new_grid": painting.new_grid,
    "share_out": sharing.share_out,
    "lock": painting.lock,
    "unlock": painting.unlock,
    "split": shaping.split,
    "split_by_streets": shaping.split_by_streets,
    "merge": shaping.merge,
    "move_vertex": shaping.move_vertex,
    "move_border": shaping.move_border,
    "redraw_border": shaping.redraw_border,
    "straighten": shaping.straighten,
    "paste": shaping.paste,
    "redivide": redividing.redivide,
}


@transaction.atomic
def apply(plan: Plan | int, kind: str, intent: Any, *, revision: int | None, by: Any = None) -> Applied:
    """Make one edit of a plan.

    Parameters
    ----------
    kind : one of KINDS; the docstring of each says what its intent holds
    intent : plain data as it came through the door; places as [longitude, latitude] with nine decimals or more
    revision : the revision of the plan that the edit was made for; None if nobody saw one (commands)
    by : the user

    Raises
    ------
    EditRefused : it cannot be made; with the place, and the nearest edit that can
    StaleEdit : the plan has gone on since this revision; with what changed
    PlanClosed : the plan is not being drawn
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise bad(f"kinds are {', '.join(KINDS)}")
    held = hold(plan, revision=revision)
    read = Intent(intent)
    change = KINDS[kind](held, read)
    return record(held, kind=kind, meant=read.meant, change=change, by=by)
