"""Which cases a map of hot spots is of: days, class, source; and the same question of the days before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filter. Days are local days of reporting, both included; what is empty is not asked for.

    `code`: a class whose code begins so (04, 0406); `kind`: event or component.
    """

    since: dt.date
    until: dt.date
    kind: str = ""
    code: str = ""
    source: str = ""

    @property
    def days(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    def before(self, periods: int) -> Asked:
        """The same of so many periods of the same length, which end where this one begins."""
        past = dt.timedelta(days=self.days * periods)
        return replace(self, since=self.since - past, until=self.since - dt.timedelta(days=1))

    def parameters(self) -> dict[str, Any]:
        """As the queries take it; slices are the whole period."""
        until = _midnight(self.until + dt.timedelta(days=1))
        return {
            "since": _midnight(self.since),
            "until": until,
            "slice_s": max((until - _midnight(self.since)).total_seconds(), 1.0),
            "kind": self.kind,
            "code": self.code,
            "source": self.source,
        }

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        return {
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "kind": self.kind,
            "class": self.code,
            "source": self.source,
        }


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
