"""From the drawing table to the approval: sent, approved by a second person, taken back, withdrawn.

Publishing an approved plan is done where cases can be seen, a floor above.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cells.models import Edition, Plan, PlanStep
from cells.plans.changed import changes
from cells.plans.checks import hindrances
from cells.plans.doing import tell
from cells.plans.errors import CannotDo, StateNames
from cells.plans.rights import took_part

_OPEN = (Plan.State.DRAFTING, Plan.State.SENT, Plan.State.APPROVED)


class CannotSettle(CannotDo):
    """The plan cannot be sent, approved or withdrawn now."""


@transaction.atomic
def send(plan: Plan | int, *, by: Any, at: dt.datetime | None = None) -> Plan:
    """Send a plan for approval; nobody draws in it while it is looked at.

    Raises
    ------
    CannotSettle : it is not being drawn, or changes nothing
    """
    held = _hold(plan, Plan.State.DRAFTING)
    if not changes(held):
        raise CannotSettle(gettext_noop("The plan changes no cell: there is nothing to approve."))
    held.state, held.sent_at = Plan.State.SENT, at or timezone.now()
    return _settled(held, PlanStep.Verb.SEND, by, "sent_at")


@transaction.atomic
def approve(
    plan: Plan | int,
    *,
    by: Any,
    effective_at: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> Plan:
    """Approve a plan that was sent; it takes effect when it is published, at `effective_at` or as soon as can be.

    Parameters
    ----------
    by : a second person: not who opened the plan, nor who drew in it

    Raises
    ------
    CannotSettle : it was not sent, the person took part in it, the date has passed, or a check found an error in it or
        a warning nobody has explained (`cells.plans.checks.hindrances`)
    """
    held = _hold(plan, Plan.State.SENT)
    now = at or timezone.now()
    if by is None:
        raise CannotSettle(gettext_noop("Nobody is named who approves it."))
    if took_part(held, by):
        raise CannotSettle(gettext_noop("Who drew a plan cannot approve it: ask a second person."))
    if effective_at is not None and effective_at < now:
        passed = timezone.localtime(effective_at)
        raise CannotSettle(
            gettext_noop("{day} has passed: give a date to come, or none for at once."), day=f"{passed:%Y-%m-%d %H:%M}"
        )
    held.effective_at = effective_at  # on which day the checks look who is posted where
    against = hindrances(held)
    if against:
        raise CannotSettle(
            gettext_noop("{count} findings stand against it: {first}"), count=len(against), first=against[0]
        )
    held.state, held.approved_by, held.approved_at = Plan.State.APPROVED, by, now
    return _settled(held, PlanStep.Verb.APPROVE, by, "approved_by", "approved_at", "effective_at")


@transaction.atomic
def take_back(plan: Plan | int, *, by: Any) -> Plan:
    """Go on drawing a plan that was sent or approved; it must be sent and approved again.

    Raises
    ------
    CannotSettle : it was neither sent nor approved, or is published
    """
    held = _hold(plan, Plan.State.SENT, Plan.State.APPROVED)
    held.state, held.sent_at = Plan.State.DRAFTING, None
    held.approved_by = held.approved_at = held.effective_at = None
    return _settled(held, PlanStep.Verb.TAKE_BACK, by, "sent_at", "approved_by", "approved_at", "effective_at")


@transaction.atomic
def withdraw(plan: Plan | int, *, by: Any) -> Plan:
    """Give a plan up for good; it stays to be seen, and another can start from it.

    Raises
    ------
    CannotSettle : it is published or withdrawn already
    """
    held = _hold(plan, *_OPEN)
    held.state = Plan.State.WITHDRAWN
    return _settled(held, PlanStep.Verb.WITHDRAW, by)


def mark_published(held: Plan, edition: Edition, *, keys: Sequence[int], by: Any) -> Plan:
    """Say that a plan, whose row is locked, is an edition now; within the transaction that made it."""
    held.state, held.edition = Plan.State.PUBLISHED, edition
    return _settled(held, PlanStep.Verb.PUBLISH, by, "edition", keys=keys)


def _hold(plan: Plan | int, *states: Plan.State) -> Plan:
    """Lock a plan's row that is in one of some states."""
    number = plan if isinstance(plan, int) else plan.pk
    held = Plan.objects.select_for_update(of=("self",)).select_related("base").get(pk=number)
    if held.state not in states:
        raise wrong_state(held, states)
    return held


def wrong_state(plan: Plan, states: Sequence[Plan.State]) -> CannotSettle:
    """The refusal of what a plan's state does not allow."""
    return CannotSettle(
        gettext_noop("The plan is {state}; this needs it to be {wanted}."),
        state=StateNames([plan.state]),
        wanted=StateNames(states),
    )


def _settled(held: Plan, verb: PlanStep.Verb, by: Any, *fields: str, keys: Sequence[int] = ()) -> Plan:
    """Save a plan's new state and who brought it about."""
    held.revision += 1
    held.save(update_fields=["state", "revision", *fields])
    PlanStep.objects.create(plan=held, revision=held.revision, verb=verb, keys=list(keys), by=by)
    tell(held)
    return held
