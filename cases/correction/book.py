"""The book of paid correction: months are closed in order, each with its lines; corrections are lines of their own."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.correction import statement
from cases.models import CorrectionLine, CorrectionMonth, CorrectionTable
from cells.models import Role
from spatial.postgis import roles, run

_LOCK = 1129468754  # as cases/sql/correction_guard_v1.sql has it
KEEPERS = frozenset({Role.LEADER, Role.ADMINISTRATOR})


class CannotBook(ValueError):
    """The month cannot be closed, or the correction not entered: words say why, in the reader's language."""


def may_keep(user: Any) -> bool:
    """Whether a user may close months and enter corrections: a leader or administrator of the whole city."""
    person = getattr(user, "person", None)
    return person is not None and person.role_id in KEEPERS and person.territory_id is None


def lock() -> None:
    """One at a time in the book, until the transaction ends."""
    run.row("cells", "lock_v1", [_LOCK])


def months_closed() -> list[str]:
    """The closed months in their order."""
    return list(CorrectionMonth.objects.order_by("month").values_list("month", flat=True))


def close(month: str, *, by: Any, at: dt.datetime) -> CorrectionMonth:
    """Write a month's lines and close it: from then on it stays as it is.

    Raises
    ------
    CannotBook : the user may not; the month is not over, is closed, or an earlier one is still open; there is no table
    """
    if by is not None and not may_keep(by):
        raise CannotBook(_("Only a leader or administrator of the city keeps the book."))
    if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", month):
        raise CannotBook(_("Write the month as 2026-03."))
    if at < statement.ends(month):
        raise CannotBook(_("The month is not over: what is closed stays."))
    try:
        with roles.as_owner(), transaction.atomic():
            lock()
            _require_turn(month)
            CorrectionLine.objects.bulk_create(
                [
                    CorrectionLine(
                        month=month, unit_id=line.unit, case_id=line.case, turn=line.turn, item_id=line.item,
                        overdue_days=line.overdue_days, whole=line.whole, amount=line.amount, by=by, at=at,
                    )
                    for line in statement.lines_of(month, at=at)
                ],
                batch_size=2000,
            )  # fmt: skip
            sums = CorrectionLine.objects.filter(month=month).aggregate(total=Sum("amount"), lines=Count("pk"))
            return CorrectionMonth.objects.create(
                month=month, total=sums["total"] or Decimal(0), lines=sums["lines"], closed_at=at, closed_by=by
            )
    except IntegrityError as error:
        raise CannotBook(_("Somebody closed this month at the same moment.")) from error


def correct(number: int, *, amount: Decimal, reason: str, by: Any, at: dt.datetime) -> CorrectionLine:
    """Enter a correction of a closed month's line in the month that runs: a plus or minus that names the old line.

    Raises
    ------
    CannotBook : the user may not; no such line, or its month is open; no reason; more is taken off than it has
    """
    if not may_keep(by):
        raise CannotBook(_("Only a leader or administrator of the city keeps the book."))
    reason = reason.strip()
    if not reason or len(reason) > 200:
        raise CannotBook(_("Say why, in at most 200 signs."))
    if not amount.is_finite() or amount == 0 or abs(amount) >= Decimal(10) ** 9 or amount != round(amount, 2):
        raise CannotBook(_("Say the amount in yuan, plus or minus, with at most two decimals."))
    with roles.as_owner(), transaction.atomic():
        lock()
        old = CorrectionLine.objects.filter(pk=number, corrects=None).first()
        if old is None or not CorrectionMonth.objects.filter(month=old.month).exists():
            raise CannotBook(_("Only a line of a closed month is corrected."))
        sums = old.corrections.aggregate(sum=Sum("amount"))
        if old.amount + (sums["sum"] or 0) + amount < 0:
            raise CannotBook(_("More would be taken off than the line has."))
        month = max(f"{timezone.localtime(at):%Y-%m}", months_closed()[-1])
        if month in months_closed():
            raise CannotBook(_("The month that runs is closed."))
        return CorrectionLine.objects.create(
            month=month, unit=old.unit, case=old.case, turn=old.turn, amount=amount, corrects=old, reason=reason,
            by=by, at=at,
        )  # fmt: skip


def _require_turn(month: str) -> None:
    first = CorrectionTable.objects.order_by("since").values_list("since", flat=True).first()
    if first is None or month < first:
        raise CannotBook(_("No table of items holds in this month."))
    if month in months_closed():
        raise CannotBook(_("This month is closed already."))
    due = next_due()
    if month != due:
        raise CannotBook(_("Months are closed in their order: %(month)s comes first.") % {"month": due})


def next_due() -> str | None:
    """The month that is to be closed next; None where there is no table."""
    closed = months_closed()
    if closed:
        return next_of(closed[-1])
    return CorrectionTable.objects.order_by("since").values_list("since", flat=True).first()


def next_of(month: str) -> str:
    """The month after one."""
    return f"{timezone.localtime(statement.ends(month)):%Y-%m}"
