"""Voiding (作废) takes two persons: one proposes it with a reason, another confirms or refuses it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases.models import Case
from cases.moves import move
from cases.workflow import Act, Side


def propose_void(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Propose to void a case that nobody has handled, with the reason; it stays where it is until another answers.

    Raises as `cases.moves.move`.
    """
    return move(case, Act.PROPOSE_VOID, by=by, side=Side.SUPERVISION, at=at, note=note)


def confirm_void(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Void a case that another person proposed to void. Raises as `cases.moves.move`."""
    return move(case, Act.VOID, by=by, side=Side.SHIFT, at=at, note=note)


def refuse_void(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Keep a case that was proposed to be voided, with the reason. Raises as `cases.moves.move`."""
    return move(case, Act.REFUSE_VOID, by=by, side=Side.SHIFT, at=at, note=note)
