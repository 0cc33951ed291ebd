"""More time: the owning unit asks for an extension (延期) or a hold until a date (挂账), the head of the shift answers.

How many of them a case may get and how long a hold may last are rules of the city. What is asked for lapses when the
case moves on.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases.errors import AlreadyDone
from cases.guards import Given
from cases.models import Case
from cases.moves import move
from cases.workflow import Act, Side, StepRefused


def ask_extension(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Ask for one more limit, before the deadline and with the reason. Raises as `cases.moves.move`."""
    return move(case, Act.ASK_EXTENSION, by=by, side=Side.OWNER, at=at, note=note)


def grant_extension(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Grant the extension that another person asked for. Raises as `cases.moves.move`."""
    return move(case, Act.GRANT_EXTENSION, by=by, side=Side.SHIFT, at=at, note=note)


def refuse_extension(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Refuse the extension, with the reason; it does not count. Raises as `cases.moves.move`."""
    return move(case, Act.REFUSE_EXTENSION, by=by, side=Side.SHIFT, at=at, note=note)


def ask_hold(case: Case, *, by: Any, at: dt.datetime, until: dt.datetime, note: str) -> Case:
    """Ask to stop the clock until a moment, because it cannot be done now. Raises as `cases.moves.move`."""
    return move(case, Act.ASK_HOLD, by=by, side=Side.OWNER, at=at, note=note, given=Given(until=until))


def grant_hold(case: Case, *, by: Any, at: dt.datetime, until: dt.datetime | None = None, note: str = "") -> Case:
    """Grant the hold that another person asked for, until the moment asked for or another one.

    Raises as `cases.moves.move`.
    """
    return move(case, Act.GRANT_HOLD, by=by, side=Side.SHIFT, at=at, note=note, given=Given(until=until))


def refuse_hold(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Refuse the hold, with the reason; it does not count. Raises as `cases.moves.move`."""
    return move(case, Act.REFUSE_HOLD, by=by, side=Side.SHIFT, at=at, note=note)


def lift_hold(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """End a hold before its time, with the reason: the unit goes on. Raises as `cases.moves.move`."""
    return move(case, Act.LIFT_HOLD, by=by, side=Side.SHIFT, at=at, note=note)


def resume_due(*, at: dt.datetime, most: int = 1000) -> list[Case]:
    """Resume the cases whose holds have run out by `at`, the longest over first, at most so many; those resumed.

    Each is its own transaction; run twice, or twice at once, each hold is resumed once.
    """
    resumed = []
    for case in Case.objects.holds_over(at)[:most]:
        try:
            resumed.append(move(case, Act.RESUME, by=None, side=Side.SYSTEM, at=at))
        except (AlreadyDone, StepRefused):
            # Another run was quicker, or somebody lifted the hold since we looked.
            continue
    return resumed
