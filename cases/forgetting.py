"""Forgetting callers: some time after a case has ended, nobody can tell any more who told of it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from cases.models import Caller, Outgoing
from cells import rules

_AT_ONCE = 5000


def forget_callers(*, at: dt.datetime) -> int:
    """Remove names and telephones of callers whose case ended longer ago than the rule `callers_kept_days` says.

    The number of callers who were forgotten. Also emptied are receiver and text of the messages to them that are sent
    or given up, for these repeat what is removed; one still under way is emptied by a later run. All else stays: the
    row, its times, who took the call, what he said of the case. A free text in which somebody names himself is not
    found by this. Done again it changes nothing, and any number of processes may do it at once.
    """
    (days,) = rules.figures("callers_kept_days")
    before = at - dt.timedelta(days=days)
    forgotten = 0
    while True:
        with transaction.atomic():
            known = Caller.objects.filter(case__closed_at__lte=before).exclude(name="", telephone="")
            # Each in portions with a lock of their own: a city's first run has years of callers.
            chosen = list(
                known.order_by("pk")
                .select_for_update(skip_locked=True, of=("self",))
                .values_list("pk", flat=True)[:_AT_ONCE]
            )
            forgotten += Caller.objects.filter(pk__in=chosen).update(name="", telephone="")
        if len(chosen) < _AT_ONCE:
            break
    told = Outgoing.objects.settled().filter(caller__case__closed_at__lte=before)
    told.filter(~Q(to="") | ~Q(subject="") | ~Q(body="")).update(to="", subject="", body="")
    return forgotten
