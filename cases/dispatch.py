"""Dispatching: a filed case goes to the community that owns its place, and comes back if it is not theirs (回退)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases.errors import NoOwner
from cases.models import Case
from cases.moves import move
from cases.workflow import Act, Side


def dispatch(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Give a filed case to its owning community.

    Raises
    ------
    NoOwner : the case has no owning community, as its place is unknown or lies outside the city
    AlreadyDone, StepRefused, NotYours : as `cases.moves.move`
    """
    if case.owner_id is None:
        raise NoOwner(
            f"Case {case.number} has no owner: its place is unknown or lies outside the city.",
            hint="Give it a place inside the city first.",
            number=case.number,
        )
    return move(case, Act.DISPATCH, by=by, side=Side.COMMAND, at=at, note=note)


def send_back(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """The owning community says “not mine”; the reason must be given.

    Raises
    ------
    BadReport : no reason is given
    AlreadyDone, StepRefused, NotYours : as `cases.moves.move`
    """
    return move(case, Act.RETURN, by=by, side=Side.OWNER, at=at, note=note)
