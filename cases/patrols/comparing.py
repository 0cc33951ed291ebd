"""Tracks compared with each other: copies of another day, or of another person, are flagged.

Not in the transaction of a batch: a phone need not wait for it, and one reading of all marks serves for all records
that changed. What is flagged is a function of the records; that it comes some minutes later is all that differs.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from cases.models import PatrolRecord
from cells import rules
from spatial import marks
from spatial.postgis import run

# Two tracks with so many marks in common hold the same points: honest ones share none.
LEAST_SHARED = 3
_LOCK = 0x7472616B  # two runs at once would flag one pair from either side


@transaction.atomic
def compare_tracks(*, at: dt.datetime | None = None) -> int:
    """Flag the copies among the records that changed since the last run, and of them; the number of flags set."""
    run.row("cells", "lock_v1", [_LOCK])
    fresh = [row[0] for row in run.rows("cases", "fresh_patrols_v1")]
    if not fresh:
        return 0
    (same_minutes,) = rules.figures("patrol_same_place_minutes")
    run.execute("cases", "drop_copies_v1", {"records": fresh})
    flagged = run.execute(
        "cases", "flag_copies_v1",
        {"records": fresh, "most_marks": marks.MOST, "same_minutes": same_minutes, "least_ways": LEAST_SHARED},
    )  # fmt: skip
    PatrolRecord.objects.filter(pk__in=fresh).update(compared=True)
    return flagged
