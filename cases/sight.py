"""Who sees which case, and whose work it is.

Who has no territory (the centres, leaders, planners) sees the whole city. Everybody else sees the cases of the grids
where he is posted, else of his territory, with all that lies below, the cases that are or were his own work, and those
over which his unit is gathered with others.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

from cases.errors import NotYours
from cases.models import Case, Commitment, Participant, PlanStep
from cases.models.case import CaseQuerySet
from cases.workflow import Stage
from cells.models import CellVersion, NoEditionInForce, Person, Role
from cells.territory import grids_within
from spatial.postgis import run

AT_WORK = (Stage.DISPATCHED, Stage.HANDLING, Stage.HELD)


def may_see(user: Any, case: Case) -> bool:
    """Whether a user may look at a case and its photos."""
    person = _person(user)
    if person is None:
        return False
    if user.pk in (case.assignee_id, case.handler_id, case.checker_id, case.asked_of_id):
        return True
    grids = posts(person)
    if grids is None:
        return True
    if case.owner_id in grids:
        return True
    if any(_lies_within(case, grids, by_place=by_place) for by_place in (True, False)):
        return True
    return is_gathered(case, grids)


def is_gathered(case: Case, grids: list[int]) -> bool:
    """Whether one of some units is gathered over a case: asked to a meeting, in the joint plan, or has promised."""
    return any(
        found.exists()
        for found in (
            Commitment.objects.filter(case=case, unit__in=grids),
            Participant.objects.filter(meeting__coordination__case=case, unit__in=grids),
            PlanStep.objects.filter(coordination__case=case, unit__in=grids),
        )
    )


def require_sight(user: Any, case: Case) -> None:
    """Raises NotYours unless the user may look at the case."""
    if not may_see(user, case):
        raise NotYours(
            f"Case {case.number} lies outside the territory of “{user}”.",
            hint="Ask somebody of its unit, or the command centre.",
            number=case.number,
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
        here = Q(cell__in=_cells(grids))
    else:
        here = Q(owner__in=grids)
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
    return above.filter(cell__in=_cells([below for grid in grids for below in grids_within(grid)]))


def posts(person: Person) -> list[int] | None:
    """The grids (ids) in which a person works: where he is posted today, else his territory; None is the whole city."""
    posted = list(person.postings.on(timezone.localdate()).order_by("grid").values_list("grid", flat=True))
    if posted:
        return posted
    return None if person.territory_id is None else [person.territory_id]


def _cells(grids: list[int]) -> Any:
    """The cells of some third-level grids or communities, as the edition in force has them."""
    try:
        current = CellVersion.objects.current()
    except NoEditionInForce:
        current = CellVersion.objects.none()
    return current.filter(Q(grid__in=grids) | Q(community__in=grids)).order_by().values("cell")


def _lies_within(case: Case, grids: list[int], *, by_place: bool) -> bool:
    found = run.row(
        "cases",
        "case_is_within_v1",
        {
            "territories": grids,
            "owner": case.owner_id,
            "cell": case.cell_id,
            "by_place": by_place,
            "owner_too": False,
            "at": timezone.now(),
        },
    )
    return bool(found and found[0])


def _person(user: Any) -> Person | None:
    return getattr(user, "person", None)
