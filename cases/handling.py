"""Handling: the owning unit takes a case on and says that it is done; or who found it puts it right on the spot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from cases.answering import answer_callers
from cases.guards import Given
from cases.models import Case, CasePhoto
from cases.moves import move
from cases.workflow import Act, Side
from cells.rules import figures

NOTHING: Mapping[str, Any] = {}


def take_on(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    note: str = "",
    place: tuple[float, float] | None = None,
    more: Mapping[str, Any] = NOTHING,
) -> Case:
    """The owning unit says “it is ours, we are at it”: the work of who says so. Raises as `cases.moves.move`.

    `more` is what a phone tells besides, such as its own time.
    """
    given = Given(place=place, more=more)
    return move(case, Act.TAKE_ON, by=by, side=Side.OWNER, at=at, note=note, given=given)


def handle(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    note: str = "",
    photo: CasePhoto | None = None,
    place: tuple[float, float] | None = None,
    more: Mapping[str, Any] = NOTHING,
) -> Case:
    """The owning unit says that it is done (`place` in metres); what it asked for meanwhile lapses.

    Raises as `cases.moves.move`.
    """
    given = Given(photo=photo.pk if photo else None, place=place, more=more)
    return move(case, Act.HANDLE, by=by, side=Side.OWNER, at=at, note=note, given=given)


def finish_part(
    case: Case,
    *,
    part: int,
    by: Any,
    at: dt.datetime,
    note: str = "",
    place: tuple[float, float] | None = None,
    more: Mapping[str, Any] = NOTHING,
) -> Case:
    """The owning unit says that a part, by its number, is done (the fence stands), and goes on with the next one.

    Raises as `cases.moves.move`.
    """
    given = Given(place=place, more={**more, "part": part})
    return move(case, Act.FINISH_PART, by=by, side=Side.OWNER, at=at, note=note, given=given)


@transaction.atomic
def fix_on_spot(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    photo: CasePhoto,
    note: str = "",
    place: tuple[float, float] | None = None,
    more: Mapping[str, Any] = NOTHING,
) -> Case:
    """Put a trifle right where it was found (自行处置): handled, and closed at once where the rule `spot_closes` is 1.

    Raises as `cases.moves.move`.
    """
    given = Given(photo=photo.pk, place=place, more=more)
    done = move(case, Act.FIX_ON_SPOT, by=by, side=Side.PATROL, at=at, note=note, given=given)
    (closes,) = figures("spot_closes")
    if not closes:
        return done
    ended = move(done, Act.CLOSE, by=None, side=Side.SYSTEM, at=at)
    answer_callers(ended, by=None, at=at)
    return ended
