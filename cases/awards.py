"""The register of awards (表彰): one person proposes, another decides; what was decided stays as it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from cases.errors import AlreadyDone, BadReport, NotYours
from cases.models import Award
from cells.models import Role

REGISTERS = frozenset({Role.LEADER, Role.ADMINISTRATOR})
MOST_AMOUNT = Decimal("9999999999.99")


def may_register(user: Any) -> bool:
    """Whether somebody proposes and decides awards."""
    person = getattr(user, "person", None)
    return person is not None and person.role_id in REGISTERS


def amount_of(text: str) -> Decimal | None:
    """An amount in yuan, exact to the fen; None where nothing is given.

    Raises
    ------
    BadReport : it is no amount

    >>> amount_of("1,200.50"), amount_of(" ")
    (Decimal('1200.50'), None)
    """
    text = text.strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        found = Decimal(text)
        if not (found.is_finite() and 0 < found <= MOST_AMOUNT and found == round(found, 2)):
            raise InvalidOperation
    except InvalidOperation:
        raise BadReport(f"“{text[:30]}” is no amount.", hint="Yuan, such as 500 or 1200.50.", field="amount") from None
    return round(found, 2)


def propose(
    *, receiver: str, reason: str, awarded_on: dt.date | None, amount: Decimal | None, by: Any, at: dt.datetime
) -> Award:
    """Enter an award to be decided; the same one again, as long as it waits, is the one that is there.

    Raises NotYours, and BadReport with the field that is missing or too long.
    """
    _require(by)
    receiver, reason = receiver.strip(), reason.strip()
    for field, text, most in (("receiver", receiver, 120), ("reason", reason, 300)):
        if not text or len(text) > most or not text.isprintable():
            raise BadReport(f"“{field}” has {len(text)} signs.", hint=f"Give 1 to {most} in one line.", field=field)
    if awarded_on is None:
        raise BadReport("No day is given.", hint="Give the day of the award.", field="awarded_on")
    given = {"receiver": receiver, "reason": reason, "awarded_on": awarded_on, "amount": amount, "proposed_by": by}
    return Award.objects.get_or_create(**given, decided_by=None, defaults={"proposed_at": at})[0]


@transaction.atomic
def decide(key: int, *, approved: bool, by: Any, at: dt.datetime) -> Award:
    """Approve an award or not, by another than who proposed it.

    Raises
    ------
    NotYours : `by` decides no awards, or proposed this one
    AlreadyDone : it was decided otherwise before
    Award.DoesNotExist : there is none
    """
    _require(by)
    award = Award.objects.select_for_update().get(pk=key)
    if award.decided_by_id is not None:
        if award.approved == approved:
            return award
        raise AlreadyDone("The award was decided before.")
    if award.proposed_by_id == by.pk:
        raise NotYours("Who proposed an award does not decide it.", hint="Ask another.", user=str(by))
    award.decided_by, award.decided_at, award.approved = by, at, approved
    award.save(update_fields=["decided_by", "decided_at", "approved"])
    return award


def _require(by: Any) -> None:
    if not may_register(by):
        raise NotYours("Awards are entered by leaders and the administrator.", hint="Ask one of them.", user=str(by))
