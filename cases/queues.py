"""Queues of a desk: the cases that wait for a reader's sides, by what must be done next, what ends first on top.

Which stage waits for which side is read off the workflow's table (`STEPS`) by hand here, because a desk's day has fewer
words than the table: a case is in the queue of the act that carries it on. Only what lies in the reader's territory,
but for what his unit has promised. What is coordinated stands in a queue of its own besides.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from cases.models import Caller, Case, Commitment, Coordination
from cases.models.case import CaseQuerySet
from cases.sides import acts_in, sides_of
from cases.workflow import ENDS, OPEN, Side, Stage
from cells.models import DutyShift, Person, Role
from spatial.postgis import roles

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
    COORDINATE = "coordinate"  # a coordination is under way
    LATE = "late"  # of those, a commitment is past its limit
    PROMISED = "promised"  # the reader's own unit has promised something, or is to sign it


def queues_of(user: Any) -> dict[Queue, Q]:
    """The queues of a user's sides, each as what must be so of its cases, in the order of the work."""
    person: Person | None = getattr(user, "person", None)
    mine = Q(asked_of=None) | Q(asked_of=user.pk)
    nobodys = Q(assignee=None) | Q(wants_help=True)
    gathered = Coordination.objects.filter(ended_at=None).values("case")
    late = Commitment.objects.late(timezone.now()).order_by()
    ours = Commitment.objects.open().filter(unit=person.territory_id) if person else Commitment.objects.none()
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
        Side.COORDINATION: {
            Queue.COORDINATE: Q(stage__in=OPEN, pk__in=gathered),
            Queue.LATE: Q(stage__in=OPEN, pk__in=late.values("case")),
        },
        # Who is seated in no unit has promised nothing.
        Side.PARTNER: {Queue.PROMISED: Q(stage__in=OPEN, pk__in=ours.values("case"))}
        if person and person.territory_id
        else {},
    }
    found: dict[Queue, Q] = {}
    for side in sides_of(user):
        units = acts_in(user, side) if side is Side.OWNER else None
        if units == []:
            continue  # a seat of a level of the ladder at which he is not seated
        for queue, so in of_side.get(side, {}).items():
            if units:
                so = so & Q(owner__in=units)  # those below have desks of their own
            found[queue] = found[queue] | so if queue in found else so
    return {queue: found[queue] for queue in Queue if queue in found}


@dataclass(frozen=True, slots=True)
class Look:
    """What a desk shows at a moment: how many cases each queue has, and the first cases of one of them."""

    counts: dict[Queue, int]
    queue: Queue | None
    cases: CaseQuerySet


def look(user: Any, queue: Queue | None = None, *, at: dt.datetime, most: int) -> Look:
    """A user's queues at a moment, and at most so many cases of one; without its name, of the first that has any.

    No cases where the queue is not his.
    """
    wanted, seen = queues_of(user), Case.objects.in_territory_of(user)
    # Counted and chosen past the policies of rows, by the territory that is asked for here; what is shown is read under
    # them.
    with roles.as_owner():
        counts = _counts(wanted, seen)
    if queue is None:
        queue = next((name for name, number in counts.items() if number), next(iter(counts), None))
    so = wanted.get(queue) if queue is not None else None
    if queue is Queue.PROMISED:
        seen = Case.objects.all()
    return Look(counts, queue, Case.objects.none() if so is None else _first(seen.filter(so), at=at, most=most))


# Callers also wait in cases that have ended; what a unit has promised lies where it may, also in another's territory.
_APART = (Queue.ANSWER, Queue.PROMISED)


def _counts(wanted: dict[Queue, Q], seen: CaseQuerySet) -> dict[Queue, int]:
    """One count over the open cases, one over the callers who wait."""
    # The stages said once more, so that the open cases are found by their index and not by reading all.
    filters = {str(queue): Count("pk", filter=so) for queue, so in wanted.items() if queue not in _APART}
    of = {Queue(name): number for name, number in seen.open().aggregate(**filters).items()}
    if Queue.ANSWER in wanted:
        of[Queue.ANSWER] = seen.filter(wanted[Queue.ANSWER]).count()
    if Queue.PROMISED in wanted:
        of[Queue.PROMISED] = Case.objects.filter(wanted[Queue.PROMISED]).count()
    return {queue: of[queue] for queue in Queue if queue in of}


def _first(cases: CaseQuerySet, *, at: dt.datetime, most: int) -> CaseQuerySet:
    """Those of some cases that end first.

    They are chosen by the index (`case_desk`, of the whole city `case_unclosed`), and only then read: the few that are
    shown, whatever the planner expects.
    """
    order = ("due_at", "reported_at", "pk")  # those without an end last, as PostgreSQL and its indexes have it
    chosen = cases.chosen(*order, most=most)
    return Case.objects.filter(pk__in=chosen).with_light(at).order_by(*order)
