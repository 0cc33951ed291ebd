"""Within the owning unit: a case becomes one person's work, or nobody's again; who cannot do it alone asks for help."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cases import sides
from cases.errors import CaseError
from cases.guards import Given
from cases.models import Case
from cases.moves import move, move_each
from cases.workflow import Act, Side

NOTHING: Mapping[str, Any] = {}


def assign(
    case: Case, *, person: Any, by: Any, at: dt.datetime, note: str = "", more: Mapping[str, Any] = NOTHING
) -> Case:
    """Make a case the work of one user of its unit; assigned again, of another.

    Raises
    ------
    NotYours : also where `person` is nobody who acts for the unit there
    StepRefused : also where it is this person's work already
    AlreadyDone, CaseError : as `cases.moves.move`
    """
    sides.require(person, Side.OWNER, owner=case.owner, cell=case.cell_id)
    given = Given(person=person.pk, more=more)
    return move(case, Act.ASSIGN, by=by, side=Side.OWNER, at=at, note=note, given=given)


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose work a case is to be: a user's, or with None nobody's, waiting for help if it did before."""

    case: Case
    person: Any
    wants_help: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


def assign_each(wishes: Sequence[Wish], *, by: Any, at: dt.datetime, note: str = "") -> dict[int, Case | Exception]:
    """`assign` or `unassign` each of many cases: by its id as it is afterwards, or what speaks against it.

    A case of which something is refused stays as it was, and the others go on; as `cases.moves.move_each`.
    """
    told: dict[int, Case | Exception] = {}
    given: dict[Act, dict[int, Given]] = {Act.ASSIGN: {}, Act.UNASSIGN: {}}
    for wish in wishes:
        if wish.person is None:
            help_too = {"wants_help": True} if wish.wants_help else {}
            given[Act.UNASSIGN][wish.case.pk] = Given(more={**wish.more, **help_too})
            continue
        try:
            sides.require(wish.person, Side.OWNER, owner=wish.case.owner, cell=wish.case.cell_id)
        except CaseError as refused:
            told[wish.case.pk] = refused
        else:
            given[Act.ASSIGN][wish.case.pk] = Given(person=wish.person.pk, more=wish.more)
    for act, gifts in given.items():
        cases = [wish.case for wish in wishes if wish.case.pk in gifts]
        if cases:
            told |= move_each(cases, act, by=by, side=Side.OWNER, at=at, note=note, given=gifts)
    return told


def unassign(
    case: Case, *, by: Any, at: dt.datetime, note: str = "", wants_help: bool = False, more: Mapping[str, Any] = NOTHING
) -> Case:
    """Take a case back from the one whose work it is: nobody's again; `wants_help` where it waited for help before.

    Raises as `cases.moves.move`; StepRefused also where it is nobody's work.
    """
    given = Given(more={**more, **({"wants_help": True} if wants_help else {})})
    return move(case, Act.UNASSIGN, by=by, side=Side.OWNER, at=at, note=note, given=given)


def ask_help(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Say that one cannot do it alone, and why; the unit assigns it anew. Raises as `cases.moves.move`."""
    return move(case, Act.ASK_HELP, by=by, side=Side.OWNER, at=at, note=note)
