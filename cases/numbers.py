"""Case numbers: the day and a serial within it, by default `2026112400017`; CITY_CASE_NUMBER is the city's scheme.

The serial comes from one counter row a day, raised in the transaction that uses it: two intakes wait for each other, a
transaction taken back gives its number back, so there are no twins and no holes. Bulk work takes a block at once.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from spatial.postgis import run


def next_number(at: dt.datetime) -> str:
    """The next number of the (local) day of a moment; call as late in the transaction as can be: it locks the day."""
    return next_numbers(timezone.localdate(at), 1)[0]


def next_numbers(day: dt.date, count: int) -> list[str]:
    """A block of numbers of one day, ascending."""
    if count < 1:
        return []
    found = run.row("cases", "take_serials_v1", {"day": day, "count": count})
    assert found is not None
    last = int(found[0])
    return [settings.CASE_NUMBER.format(day=day, serial=serial) for serial in range(last - count + 1, last + 1)]
