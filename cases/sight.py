"""Who sees which case, and whose work it is.

Who has no territory (the centres, leaders, planners) sees the whole city. Everybody else sees the cases of the grids
where he is posted and of his territory, with all that lies below, and what has to do with him besides: the rule is
`seen_by`, and PostgreSQL keeps it a second time for the role of the web (`cases/sql/row_security_v1.sql`, `…_v2.sql`).
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cases.errors import NoSuchCase
from cases.models import Case, CaseEvent, Commitment, Message, Participant, PlanStep
from cases.models.case import CaseQuerySet
from cases.workflow import Act, Stage
from cells.models import Level, Person, Role
from cells.territory import cells_within, grids_within, territory_of

AT_WORK = (Stage.DISPATCHED, Stage.HANDLING, Stage.HELD)


def seen_by(user: Any) -> CaseQuerySet:
    """The cases that a user may look at: those that lists show him, and those that have to do with him all the same.

    These are: what lies on his ground, whoever owns it by now (it may have gone up the ladder); what is or was his own
    work, or asked of him; what he reported; what a message told him or his unit of; what his unit is gathered over with
    others. To be narrowed by number or key, or
    by what has an index: its halves have none together.
    """
    grids = territory_of(user)
    if grids is None:
        return Case.objects.all()
    his = Q(assignee=user.pk) | Q(handler=user.pk) | Q(checker=user.pk) | Q(asked_of=user.pk)
    ground = Q(cell__in=cells_within(grids))
    reported = Exists(CaseEvent.objects.filter(case=OuterRef("pk"), act=Act.REPORT, by=user.pk))
    to_him = Message.objects.filter(Q(to__in=grids) | Q(person__user=user.pk))
    told = Exists(to_him.filter(cases=OuterRef("pk")))
    return Case.objects.filter(Q(owner__in=grids) | his | ground | reported | told | gathered(grids))


def gathered(units: list[int]) -> Q:
    """Cases over which one of some units is gathered: asked to a meeting, in the joint plan, or has promised."""
    return (
        Q(Exists(Commitment.objects.filter(case=OuterRef("pk"), unit__in=units)))
        | Q(Exists(Participant.objects.filter(meeting__coordination__case=OuterRef("pk"), unit__in=units)))
        | Q(Exists(PlanStep.objects.filter(coordination__case=OuterRef("pk"), unit__in=units)))
    )


def may_see(user: Any, case: Case) -> bool:
    """Whether a user may look at a case and its photos."""
    return user is not None and seen_by(user).filter(pk=case.pk).exists()


def case_seen(number: str, user: Any) -> Case:
    """The case with a number, for somebody who may look at it: the one door for whoever names a case.

    Raises
    ------
    NoSuchCase : there is none, or it lies outside his territory: a number alone must not say that there is such a case
    """
    found = None
    if user is not None and number.isprintable():
        seen = seen_by(user).select_related("catalogue_class", "owner", "cell")
        found = seen.filter(number=number).first()
    if found is None:
        raise no_such_case(number)
    return found


def require_sight(user: Any, case: Case) -> None:
    """Raises NoSuchCase unless the user may look at the case."""
    if not may_see(user, case):
        raise no_such_case(case.number)


def no_such_case(number: str) -> NoSuchCase:
    """What is said of a case that is not there, or not for the one who asks."""
    return NoSuchCase(
        f"There is no case {number[:40]}.", hint="Check the number, or ask the centre whose case it is.", field="number"
    )


def work_of(user: Any) -> CaseQuerySet:
    """The open cases that a user has to do with now: assigned to him; nobody's yet, in the grids where he is posted
    (an officer) or of the unit in which he is seated (its other people); and to be looked at by him.

    No order. What was assigned to another is that one's work, and so is what he was asked to look at; what went up the
    ladder is the work of the level that has it.
    """
    person = _person(user)
    if person is None:
        return Case.objects.none()
    grids = posts(person)
    if grids is None:
        here = Q(pk__in=[])
    elif person.role_id == Role.OFFICER:
        # Said one by one, so that the index of the cells is gone by, not every open case of the city.
        here = Q(cell__in=list(cells_within(grids)))
    else:
        here = Q(owner__in=grids)
    if person.role_id == Role.SECONDED and grids is not None:
        # What the responsible officers brought before the community, though that is not his post.
        gone = Q(cell__in=list(cells_within(grids)), rung__isnull=False)
        here |= gone & Q(owner__level=Level.COMMUNITY)
    nobodys = Q(assignee=None, rung=None) if person.role_id == Role.OFFICER else Q()
    work = Q(stage__in=AT_WORK) & (Q(assignee=user.pk) | (here & nobodys))
    look = Q(stage=Stage.VERIFYING) & (Q(asked_of=user.pk) | (here & Q(asked_of=None)))
    return Case.objects.filter(work | look)


def gone_up(user: Any) -> CaseQuerySet:
    """The open cases on a user's ground that went up the ladder: who is below keeps sight of what is above him.

    No order; by the index `case_gone_up`. What came down again stays among them, with its owner of now.
    """
    person = _person(user)
    if person is None:
        return Case.objects.none()
    above = Case.objects.open().filter(rung__isnull=False)
    grids = posts(person)
    if grids is None:
        return above
    return above.filter(cell__in=cells_within(grids_within(*grids)))


def posts(person: Person) -> list[int] | None:
    """The grids (ids) in which a person works: where he is posted today, else his territory; None is the whole city."""
    posted = list(person.postings.on(timezone.localdate()).order_by("grid").values_list("grid", flat=True))
    if posted:
        return posted
    return None if person.territory_id is None else [person.territory_id]


def _person(user: Any) -> Person | None:
    return getattr(user, "person", None)
