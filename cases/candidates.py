"""Whom an act may be asked of: who may do it there, the nearest by his post first, then who has the least to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count
from django.utils import timezone

from cases import sides
from cases.models import Case, SideRole
from cases.sight import AT_WORK
from cases.workflow import Side
from cells.models import CellVersion, NoEditionInForce, Posting

MOST = 20  # more than these nobody reads; whoever else is meant is told the case by its unit


@dataclass(frozen=True, slots=True)
class Candidate:
    """One whom it may be asked of, and why he stands where he stands."""

    user: Any
    posted_here: bool  # to the third-level grid of the case's place
    load: int  # open cases that are his work


def for_assigning(case: Case) -> list[Candidate]:
    """Those of the owning unit whose work a case may become: posted to its third-level grid first, lightest load first.

    Who has it already is left out.
    """
    found = _candidates(case, Side.OWNER, _seated(Side.OWNER, case))
    return [one for one in found if one.user.pk != case.assignee_id]


def for_verifying(case: Case) -> list[Candidate]:
    """Those whom a look on the spot may be asked of; who is asked already is left out."""
    found = _candidates(case, Side.PATROL, _seated(Side.PATROL, case))
    return [one for one in found if one.user.pk != case.asked_of_id]


def _seated(side: Side, case: Case) -> list[int]:
    """Users of a side who need no post at a third-level grid; of the owning unit, those who are seated there."""
    roles = SideRole.objects.filter(side=side, level=None).values("role")
    there = get_user_model().objects.filter(person__role__in=roles, is_active=True)
    there = there.filter(person__territory=case.owner_id) if side is Side.OWNER else there
    return list(there.order_by("pk").values_list("pk", flat=True)[:MOST])


def _candidates(case: Case, side: Side, seated: Iterable[int]) -> list[Candidate]:
    posted = set(_posted_to_grid_of(case))
    there = get_user_model().objects.filter(pk__in=posted | set(seated), is_active=True)
    users = list(there.select_related("person__territory", "person__role"))
    sides.read_at_once(users)
    may = [user for user in users if sides.may(user, side, owner=case.owner, cell=case.cell_id)]
    work = Case.objects.filter(assignee__in=[user.pk for user in may], stage__in=AT_WORK).order_by()
    load = dict(work.values_list("assignee").annotate(n=Count("pk")))
    found = [Candidate(user, user.pk in posted, load.get(user.pk, 0)) for user in may]
    return sorted(found, key=lambda one: (not one.posted_here, one.load, one.user.pk))[:MOST]


def _posted_to_grid_of(case: Case) -> list[int]:
    """Users posted today to the third-level grid that holds the case's cell in the edition in force."""
    if case.cell_id is None:
        return []
    try:
        grids = CellVersion.objects.current().filter(cell=case.cell_id, grid__isnull=False).values("grid")
    except NoEditionInForce:
        return []
    there = Posting.objects.on(timezone.localdate()).filter(grid__in=grids)
    return list(there.values_list("person__user", flat=True).distinct())
