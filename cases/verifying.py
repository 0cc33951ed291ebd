"""Before filing: a report is verified on the spot where it needs to be (核实), accepted or not, and filed (立案)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from cases import sides
from cases.answering import answer_callers
from cases.guards import Given
from cases.models import Case, CasePhoto
from cases.moves import move
from cases.workflow import Act, Side


def ask_verify(case: Case, *, by: Any, at: dt.datetime, whom: Any = None, note: str = "") -> Case:
    """Ask for a look on the spot: of one person, or (without `whom`) of whoever is there; asked again, of another.

    Raises
    ------
    NotYours : `whom` is nobody who verifies there
    AlreadyDone, StepRefused, CaseError : as `cases.moves.move`
    """
    if whom is not None:
        sides.require(whom, Side.PATROL, owner=case.owner, cell=case.cell_id)
    given = Given(person=whom.pk if whom is not None else None)
    return move(case, Act.ASK_VERIFY, by=by, side=Side.SUPERVISION, at=at, note=note, given=given)


def verify(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    found: bool,
    note: str = "",
    photo: CasePhoto | None = None,
    place: tuple[float, float] | None = None,
) -> Case:
    """Say what was found on the spot (`place` in metres): whether the report is true.

    Raises
    ------
    StepRefused : also where another person was asked
    AlreadyDone, NotYours, BadReport, CaseError : as `cases.moves.move`
    """
    given = Given(found=found, photo=photo.pk if photo else None, place=place)
    return move(case, Act.VERIFY, by=by, side=Side.PATROL, at=at, note=note, given=given)


def accept(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Accept a report (受理); one that was verified must have been found true. Raises as `cases.moves.move`."""
    return move(case, Act.ACCEPT, by=by, side=Side.SUPERVISION, at=at, note=note)


@transaction.atomic
def decline(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Do not accept a report (不予受理), with the reason that its callers are told. Raises as `cases.moves.move`."""
    done = move(case, Act.DECLINE, by=by, side=Side.SUPERVISION, at=at, note=note)
    answer_callers(done, by=by, at=at, note=note)
    return done


def file(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """File a report as a case (立案); one that was verified must have been found true. Raises as `cases.moves.move`."""
    return move(case, Act.FILE, by=by, side=Side.SUPERVISION, at=at, note=note)
