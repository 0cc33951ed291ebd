"""After handling: the check on the spot (核查), rework or closing, and what may come after: reopening, evaluation.

The checker is never the handler nor of the unit that handled it, and that unit does not choose him.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from cases import sides
from cases.answering import answer_callers
from cases.guards import Given
from cases.models import Case, CasePhoto, SideRole
from cases.moves import move
from cases.workflow import Act, Side, Stage


def free_checkers(case: Case) -> list[Any]:
    """The users who may check a case: seated as checkers there, not its handler, not of its unit; by id."""
    roles = SideRole.objects.filter(side=Side.CHECK).values("role")
    seated = get_user_model().objects.filter(person__role__in=roles, is_active=True).exclude(pk=case.handler_id or 0)
    users = list(seated.select_related("person__territory").order_by("pk"))
    sides.read_at_once(users)
    return [
        user
        for user in users
        if sides.may(user, Side.CHECK, owner=case.owner, cell=case.cell_id)
        and not sides.is_of_unit(user, case.owner, cell=case.cell_id)
    ]


def draw_checker(case: Case, *, rng: Random) -> Any:
    """One of those who may check a case, by lot, and another one than who is asked now; None where there is nobody."""
    asked = case.asked_of_id if case.stage == Stage.CHECKING else None
    free = [user for user in free_checkers(case) if user.pk != asked]
    return rng.choice(free) if free else None


def ask_check(case: Case, *, by: Any, at: dt.datetime, whom: Any = None, note: str = "") -> Case:
    """Ask for a check: of one person, or (without `whom`) of whoever is free; asked again, of another.

    Raises
    ------
    NotYours : `whom` is nobody who checks there
    StepRefused : also where `whom` handled it or is of the unit that did
    AlreadyDone, CaseError : as `cases.moves.move`
    """
    if whom is not None:
        sides.require(whom, Side.CHECK, owner=case.owner, cell=case.cell_id)
    given = Given(person=whom.pk if whom is not None else None)
    return move(case, Act.ASK_CHECK, by=by, side=Side.SUPERVISION, at=at, note=note, given=given)


def pass_check(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    note: str = "",
    photo: CasePhoto | None = None,
    place: tuple[float, float] | None = None,
) -> Case:
    """The checker finds it put right (`place` in metres). Raises as `cases.moves.move`."""
    given = Given(photo=photo.pk if photo else None, place=place)
    return move(case, Act.PASS_CHECK, by=by, side=Side.CHECK, at=at, note=note, given=given)


def rework(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    note: str,
    photo: CasePhoto | None = None,
    place: tuple[float, float] | None = None,
) -> Case:
    """The checker finds it not put right (返工): back to the same unit, with the reason. Raises as `move`."""
    given = Given(photo=photo.pk if photo else None, place=place)
    return move(case, Act.REWORK, by=by, side=Side.CHECK, at=at, note=note, given=given)


@transaction.atomic
def close(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Close what was handled and checked (结案), not by its handler; every caller is answered, with the note.

    Raises as `cases.moves.move`.
    """
    done = move(case, Act.CLOSE, by=by, side=Side.SUPERVISION, at=at, note=note)
    answer_callers(done, by=by, at=at, note=note)
    return done


def reopen(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """The caller refuses the answer: a closed case is filed again, a declined one reported. Raises as `move`."""
    return move(case, Act.REOPEN, by=by, side=Side.SUPERVISION, at=at, note=note)


def evaluate(case: Case, *, by: Any, at: dt.datetime, marks: Mapping[str, Any], note: str = "") -> Case:
    """Judge how a closed case was handled (综合评价): once for each closing. Raises as `cases.moves.move`."""
    return move(case, Act.EVALUATE, by=by, side=Side.SUPERVISION, at=at, note=note, given=Given(more=marks))
