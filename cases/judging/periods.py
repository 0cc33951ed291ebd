"""The days that are judged, and the moment as of which."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from cells.models import Edition


class BadPeriod(ValueError):
    """Days or months that cannot be judged: words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Period:
    """Local days, both included. What ends after `at` (now) is judged as far as it has come."""

    since: dt.date
    until: dt.date
    at: dt.datetime

    @classmethod
    def of_days(cls, since: dt.date, until: dt.date, *, at: dt.datetime | None = None) -> Period:
        """Raises BadPeriod where it ends before it begins, or begins after now."""
        now = at or timezone.now()
        if until < since:
            raise BadPeriod(_("The last day lies before the first: change one of them."))
        if since > timezone.localdate(now):
            raise BadPeriod(_("The period is to come: choose an earlier first day."))
        if since.year < 1900 or until.year >= 3000:
            raise BadPeriod(_("Write days as 2026-03-01."))
        return cls(since, until, now)

    @classmethod
    def of_month(cls, month: str, *, at: dt.datetime | None = None) -> Period:
        """A month as 2026-03. Raises BadPeriod."""
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month) or not "1900" < month < "3000":
            raise BadPeriod(_("Write the month as 2026-03."))
        first = dt.date.fromisoformat(f"{month}-01")
        return cls.of_days(first, first_of_next(first) - dt.timedelta(days=1), at=at)

    @property
    def begin(self) -> dt.datetime:
        """Its first moment."""
        return _midnight(self.since)

    @property
    def whole_end(self) -> dt.datetime:
        """The first moment after its last day."""
        return _midnight(self.until + dt.timedelta(days=1))

    @property
    def end(self) -> dt.datetime:
        """The moment as of which it is judged: its end, or now where that comes first."""
        return min(self.whole_end, self.at)

    @property
    def is_partial(self) -> bool:
        """Whether it is not over yet."""
        return self.at < self.whole_end

    @property
    def month(self) -> str:
        """Its first day's month."""
        return f"{self.since:%Y-%m}"

    def asked(self) -> dict[str, dt.datetime]:
        """Parameters of the statements that count."""
        return {"since": self.begin, "until": self.end, "as_of": self.end}

    def edition(self) -> Edition:
        """The edition in force when it ended: its units are the ones listed. Before the first, the first.

        Raises
        ------
        NoEditionInForce
        """
        last = Edition.objects.at(self.end - dt.timedelta(microseconds=1)).first()
        return last or Edition.objects.published().order_by("number").first() or Edition.objects.in_force()


def first_of_next(day: dt.date) -> dt.date:
    """The first day of the month after a day's."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def month_before(month: str) -> str:
    """The month before one, as 2026-02."""
    return f"{dt.date.fromisoformat(f'{month}-01') - dt.timedelta(days=1):%Y-%m}"


def last_month(today: dt.date) -> str:
    """The last month that is over."""
    return month_before(f"{today:%Y-%m}")


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
