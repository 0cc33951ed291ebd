"""What a case costs by its overdue days: exact decimals, no rounding, since all amounts have two decimals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

DAY = dt.timedelta(days=1)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many overdue days on: an amount, and more for each day beyond them."""

    key: int
    from_days: int
    amount: Decimal
    per_day: Decimal


def overdue_days(due_at: dt.datetime, until: dt.datetime) -> int:
    """Days begun after the limit: 0 up to the limit itself, 1 from the first moment after it."""
    late = until - due_at
    return 0 if late <= dt.timedelta(0) else -(-late // DAY)


def whole(tiers: Iterable[Tier], days: int) -> tuple[Decimal, int | None]:
    """What so many overdue days come to, and the key of the tier by which: that with the most days that are reached."""
    reached = [tier for tier in tiers if tier.from_days <= days]
    if not reached:
        return NOTHING, None
    tier = max(reached, key=lambda tier: tier.from_days)
    return tier.amount + tier.per_day * (days - tier.from_days), tier.key
