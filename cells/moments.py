"""Moments as people ask for them: a day, or a time of a day, of the city's clock where no zone is named."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

EARLIEST, LATEST = 1900, 2199


class UnreadableMoment(ValueError):
    """The text is no day and no time."""

    def __init__(self, text: str, why: str) -> None:
        self.detail = f"“{text[:40]}” {why}."
        self.hint = "Give a day such as 2026-11-01, or a time such as 2026-11-01T08:30 (the city's, or with a zone)."
        self.where = {"found": text[:40]}
        super().__init__(f"{self.detail} {self.hint}")


def moment(text: str) -> dt.datetime:
    """The moment that a text means; a day stands for its last instant, so that what began on it counts.

    Raises
    ------
    UnreadableMoment
    """
    given = text.strip()
    try:
        day, time = parse_date(given), parse_datetime(given)
    except ValueError as error:  # looks like a day, but there is no such one
        raise UnreadableMoment(text, f"is no day: {str(error).rstrip('.')}") from None
    if day is not None:
        time = dt.datetime.combine(day, dt.time.max)
    if time is None:
        raise UnreadableMoment(text, "is no day and no time")
    if not EARLIEST <= time.year <= LATEST:
        raise UnreadableMoment(text, f"lies before {EARLIEST} or after {LATEST}")
    return timezone.make_aware(time) if timezone.is_naive(time) else time
