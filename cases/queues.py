"""Queues of a desk: the cases that wait for a reader's sides, by what must be done next, what ends first on top.

Which stage waits for which side is read off the workflow's table (`STEPS`) by hand here, because a desk's day has fewer
words than the table: a case is in the queue of the act that carries it on. Only what lies in the reader's territory.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q

from cases.models import Caller, Case
from cases.models.case import CaseQuerySet
from cases.sides import acts_in, sides_of
from cases.workflow import ENDS, Side, Stage
from cells.models import DutyShift, Role

# Whose page the desk is, also on a phone; officers have one of their own, leaders the board.
DESK = frozenset(
    {Role.DISPATCHER, Role.OPERATOR, Role.CHECKER, Role.COLLECTOR, Role.SHIFT_HEAD, Role.COMMUNITY} | {Role.RESPONDER}
)
_WITH_UNIT = (Stage.DISPATCHED, Stage.HANDLING)


class Queue(StrEnum):
    """What must be done next."""

    EMERGENCY = "emergency"  # besides the queue that it waits in
    DECIDE = "decide"  # an extension, a hold or a voiding was asked for
    VERIFY = "verify"
    FILE = "file"
    DISPATCH = "dispatch"
    ASSIGN = "assign"
    WORK = "work"  # with its unit and somebody's work
    CHECK = "check"
    CLOSE = "close"
    ANSWER = "answer"
    HELD = "held"


def queues_of(user: Any) -> dict[Queue, Q]:
    """The queues of a user's sides, each as what must be so of its cases, in the order of the work."""
    mine = Q(asked_of=None) | Q(asked_of=user.pk)
    nobodys = Q(assignee=None) | Q(wants_help=True)
    emergency = Q(emergency__isnull=False) & ~Q(stage__in=sorted(ENDS))
    my_teams = DutyShift.objects.filter(person__user=user.pk).values("team")
    of_side: dict[Side, dict[Queue, Q]] = {
        Side.SUPERVISION: {
            Queue.EMERGENCY: emergency,
            Queue.VERIFY: Q(stage=Stage.REPORTED),
            Queue.FILE: Q(stage__in=(Stage.VERIFIED, Stage.ACCEPTED)),
            Queue.CHECK: Q(stage=Stage.HANDLED),
            Queue.CLOSE: Q(stage=Stage.CHECKED),
            Queue.ANSWER: Q(stage__in=sorted(ENDS), pk__in=Caller.objects.filter(answered_at=None).values("case")),
        },
        Side.COMMAND: {Queue.DISPATCH: Q(stage=Stage.FILED)},
        Side.SHIFT: {Queue.DECIDE: ~Q(asked=""), Queue.HELD: Q(stage=Stage.HELD)},
        Side.TEAM: {Queue.EMERGENCY: Q(stage=Stage.HANDLING) & (Q(assignee=user.pk) | Q(team__in=my_teams))},
        Side.PATROL: {Queue.VERIFY: Q(stage=Stage.VERIFYING) & mine},
        Side.CHECK: {Queue.CHECK: Q(stage=Stage.CHECKING) & mine},
        Side.OWNER: {
            Queue.ASSIGN: Q(stage__in=_WITH_UNIT) & nobodys,
            Queue.WORK: Q(stage__in=_WITH_UNIT) & ~nobodys,
        },
    }
    found: dict[Queue, Q] = {}
    for side in sides_of(user):
        units = acts_in(user, side) if side is Side.OWNER else None
        if units == []:
            continue  # a seat of a level of the ladder at which he is not seated
        for queue, so in of_side.get(side, {}).items():
            found[queue] = found[queue] | so if queue in found else so
    return {queue: found[queue] for queue in Queue if queue in found}


def counts(user: Any) -> dict[Queue, int]:
    """How many cases each queue has: one count over the open cases, one over the callers who wait."""
    wanted = queues_of(user)
    answers = wanted.pop(Queue.ANSWER, None)
    seen = Case.objects.in_territory_of(user)
    # The stages said once more, so that the open cases are found by their index and not by reading all.
    found = seen.open().aggregate(**{str(queue): Count("pk", filter=so) for queue, so in wanted.items()})
    of = {Queue(name): number for name, number in found.items()}
    if answers is not None:
        of[Queue.ANSWER] = seen.filter(answers).count()
    return {queue: of[queue] for queue in Queue if queue in of}


def cases_of(user: Any, queue: Queue, *, at: dt.datetime) -> CaseQuerySet:
    """The cases of one of the user's queues; none where the queue is not his."""
    so = queues_of(user).get(queue)
    if so is None:
        return Case.objects.none()
    listed = Case.objects.in_territory_of(user).filter(so).with_light(at)
    return listed.order_by(F("due_at").asc(nulls_last=True), "reported_at", "pk")
