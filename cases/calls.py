"""The calls that an operator took, as he sees them in his list: the case, whether it was joined, and when.

A call at the seat always leaves a caller's row, an anonymous one where nothing was said of who calls; so the list is
read from those rows. It tells of cases only: who called is read through `cases.callers`, which keeps every look.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from cases import sight
from cases.models import Caller, Case

MOST = 10


@dataclass(frozen=True, slots=True)
class Call:
    """One call taken: the case it led to, and whether that case was there before."""

    case: Case
    at: dt.datetime
    joined: bool


def latest_calls(*, by: Any, limit: int = MOST) -> list[Call]:
    """The calls that somebody took last, the latest first; empty for who takes none.

    In the order of writing: the primary key is read backwards until enough are found, or the key of `taken_by` where
    he took few. Either way no sort of all he ever took.
    """
    earlier = Caller.objects.filter(case=OuterRef("case"), pk__lt=OuterRef("pk"))
    found = (
        Caller.objects.filter(taken_by=by, case__in=sight.seen_by(by))
        .select_related("case__catalogue_class", "case__owner")
        .defer("name", "telephone", "words")  # not read here, and not readable by every role
        .annotate(joined=Exists(earlier))
        .order_by("-pk")[:limit]
    )
    return [Call(case=one.case, at=one.joined_at, joined=one.joined) for one in found]
