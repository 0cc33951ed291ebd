"""Days counted anew from their points: after a figure, a street or the rule of a count has changed.

Batches count their own days anew by themselves; nothing else changes a visit. So this is for whoever edited the rules
or imported streets, and for a proof: where nothing was edited, it changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
from django.db import transaction

from cases.models import PatrolRecord
from cases.patrols.comparing import compare_tracks
from cases.patrols.days import oldest_kept
from cases.patrols.deriving import Days, derive
from cases.patrols.taking import group_of, points_of
from spatial.postgis import run

_AT_ONCE = 200


def recount(since: dt.date, until: dt.date, *, at: dt.datetime) -> tuple[int, int]:
    """Count the days from `since` to `until` anew, both included; the numbers of records and of visits there are now.

    Days whose points are not kept any more stay as they are. Some records at a time, each in a transaction of its own:
    phones wait for none longer than that takes.
    """
    records = visits = 0
    since = max(since, oldest_kept(at))
    for some in _portions(since, until):
        with transaction.atomic():
            wanted = {"persons": [person for person, _ in some], "days": [day for _, day in some]}
            rows = run.rows("cases", "lock_patrols_v1", wanted)
            points = points_of([(row[1], row[2]) for row in rows])
            days = sorted({row[2] for row in rows})
            pairs = np.array([(row[1], days.index(row[2])) for row in rows])
            group = group_of(points, pairs, days)
            found, _ = derive(points, group, Days([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]))
        records, visits = records + len(rows), visits + found
    compare_tracks()
    return records, visits


def _portions(since: dt.date, until: dt.date) -> Iterator[list[tuple[int, dt.date]]]:
    there = PatrolRecord.objects.filter(day__gte=since, day__lte=until, points__gt=0).order_by("person_id", "day")
    pairs = list(there.values_list("person_id", "day"))
    for begin in range(0, len(pairs), _AT_ONCE):
        yield pairs[begin : begin + _AT_ONCE]
