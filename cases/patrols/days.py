"""The days of the city: where they begin, which edition's cells count in them, and the partitions of their points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
from django.utils import timezone

from cells import rules
from cells.models import BeforeFirstEdition, Edition, NoEditionInForce
from spatial.postgis import run
from spatial.tracks import Ints

_DAYS_AHEAD = 2


def midnight(day: dt.date) -> dt.datetime:
    """The moment a day of the city begins."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The first moment of a day and that of the next."""
    return midnight(day), midnight(day + dt.timedelta(days=1))


def days_of(at_us: Ints) -> tuple[Ints, list[dt.date]]:
    """(n,) number of the day of each moment (microseconds since 1970), and the days by number, all between included."""
    if not len(at_us):
        return np.empty(0, np.int64), []
    first, last = (timezone.localdate(moment(int(at))) for at in (at_us.min(), at_us.max()))
    days = [first + dt.timedelta(days=k) for k in range((last - first).days + 1)]
    begin = np.array([microseconds(midnight(day)) for day in days])
    return np.searchsorted(begin, at_us, side="right") - 1, days


def microseconds(at: dt.datetime) -> int:
    """A moment as microseconds since 1970 (UTC)."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def moment(at_us: int) -> dt.datetime:
    """Microseconds since 1970 (UTC) as a moment."""
    return _EPOCH + dt.timedelta(microseconds=at_us)


def edition_of(day: dt.date) -> Edition:
    """The edition in whose cells a day is counted: the one it began with; of days before the first, the first.

    One a day, whatever is published in it: so a day counted anew comes to the same.

    Raises
    ------
    NoEditionInForce
    """
    try:
        return Edition.objects.in_force(midnight(day))
    except BeforeFirstEdition:
        first = Edition.objects.published().order_by("number").first()
        if first is None:
            raise NoEditionInForce from None
        return first


def make_days(days: Iterable[dt.date]) -> int:
    """Make the partitions of some days, where they are missing; how many were."""
    wanted = sorted(set(days))
    limits = [bounds(day) for day in wanted]
    made = run.rows(
        "cases",
        "make_track_days_v1",
        {"days": wanted, "since": [since for since, _ in limits], "until": [until for _, until in limits]},
    )
    return sum(bool(row[0]) for row in made)


def oldest_kept(at: dt.datetime) -> dt.date:
    """The first day whose points are kept."""
    (kept,) = rules.figures("track_kept_days")
    return timezone.localdate(at) - dt.timedelta(days=int(kept))


def keep_days(*, at: dt.datetime) -> int:
    """Make the days to come and drop those that need not be kept any more; the number of days dropped.

    A dropped day takes a short lock on the table: one a statement, so that nobody waits for many.
    """
    today = timezone.localdate(at)
    make_days(today + dt.timedelta(days=k) for k in range(_DAYS_AHEAD + 1))
    before, dropped = oldest_kept(at), 0
    while (row := run.row("cases", "drop_track_day_v1", {"before": before})) is not None and row[0] is not None:
        dropped += 1
    run.execute("cases", "forget_marks_v1", {"before": before})
    return dropped


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
