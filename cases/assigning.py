"""Within the owning unit: a case becomes one person's work; who cannot do it alone asks for help."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases import sides
from cases.guards import Given
from cases.models import Case
from cases.moves import move
from cases.workflow import Act, Side


def assign(case: Case, *, person: Any, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Make a case the work of one user of its unit; assigned again, of another.

    Raises
    ------
    NotYours : also where `person` is nobody who acts for the unit there
    StepRefused : also where it is this person's work already
    AlreadyDone, CaseError : as `cases.moves.move`
    """
    sides.require(person, Side.OWNER, owner=case.owner, cell=case.cell_id)
    return move(case, Act.ASSIGN, by=by, side=Side.OWNER, at=at, note=note, given=Given(person=person.pk))


def ask_help(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Say that one cannot do it alone, and why; the unit assigns it anew. Raises as `cases.moves.move`."""
    return move(case, Act.ASK_HELP, by=by, side=Side.OWNER, at=at, note=note)
