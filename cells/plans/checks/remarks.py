"""The word of explanation that a warning needs; it stays with the plan."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cells.models import Plan, PlanCheck, PlanRemark
from cells.plans.checks.finding import findings
from cells.plans.errors import CannotDo, StateNames

SHORTEST = 3
_EXPLAINED = (Plan.State.DRAFTING, Plan.State.SENT)


class CannotRemark(CannotDo):
    """There is nothing here to explain, or not like this."""


@transaction.atomic
def remark(plan: Plan | int, *, check: str, subject: str | None, words: str, by: Any) -> int:
    """Explain a warning, or all of one check that the plan has now (no subject); what was said before is replaced.

    Parameters
    ----------
    check, subject : of the finding
    words : three characters or more
    by : the user

    Returns
    -------
    the number of warnings explained

    Raises
    ------
    CannotRemark : the plan is approved or gone, the words are too few, no such warning stands, or it is an error
    """
    number = plan if isinstance(plan, int) else plan.pk
    held = Plan.objects.select_for_update(of=("self",)).select_related("base").get(pk=number)
    if held.state not in _EXPLAINED:
        raise CannotRemark(
            gettext_noop("The plan is {state}; warnings are explained while it is drawn or sent."),
            state=StateNames([held.state]),
        )
    said = words.strip() if isinstance(words, str) else ""
    if len(said) < SHORTEST:
        raise CannotRemark(gettext_noop("An explanation needs {least} characters or more."), least=SHORTEST)
    kind = PlanCheck.objects.filter(pk=check).first()
    if kind is None or kind.severity != PlanCheck.Severity.WARNING:
        raise CannotRemark(
            gettext_noop("“{check}” is no warning: errors are put right, not explained."), check=kind or check
        )
    stand = [f.subject for f in findings(held) if f.check == check and subject in (None, f.subject)]
    if not stand:
        raise CannotRemark(
            gettext_noop("The check “{check}” finds nothing at “{subject}” in the plan as it is now."),
            check=kind,
            subject=subject or "*",
        )
    for one in dict.fromkeys(stand):
        PlanRemark.objects.update_or_create(
            plan=held,
            check_slug=check,
            subject=one,
            defaults={"words": said, "by": by, "at": timezone.now()},
        )
    return len(stand)
