"""What is done at a desk: one act to one case, exactly once, each through its own verb.

A desk brings words, a person, a date or a finding; photos come by the phone (`cases.fieldwork`). Whether the act is
open, and to whom, the verbs say. Taking the key and the act are one transaction: a double click is one act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from random import SystemRandom
from typing import Any

from django.contrib.auth import get_user_model

from cases import (
    answering,
    assigning,
    checking,
    dispatch,
    emergencies,
    escalation,
    handling,
    holding,
    intake,
    verifying,
    voiding,
)
from cases.errors import BadReport
from cases.models import Caller, Case, Label
from cases.moves import open_to
from cases.once import once
from cases.sides import may
from cases.workflow import ENDS, STEPS, Act, Side, Stage
from cells.models import Grid

ANSWER = "answer"  # callers of an ended case whom nobody has answered; no step of the case
MOST_NOTE = intake.MOST_WORDS
# Fields of a wish that most acts do not have: an act sent before they were known stays the same act.
_LATE = ("measure", "unit", "part", "marks", "grade", "team", "owner", "owner_open")
LEAST_MARK, MOST_MARK = 1, 5  # ours: how many degrees an evaluation has is not said by a standard that was read
# A checker is drawn where nobody can foresee the lot.
_LOT = SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One act as a desk tells it."""

    key: str
    act: str
    note: str = ""
    person: int | None = None
    until: dt.datetime | None = None
    found: bool | None = None
    measure: str = ""  # taken meanwhile, so that nobody comes to harm
    unit: str = ""  # the code of the unit that a case is given to
    part: int | None = None  # of a limit in parts
    marks: Mapping[str, Any] = field(default_factory=dict)
    grade: str = ""  # of an emergency
    team: int | None = None
    owner: str = ""  # the code of the unit that it is settled on
    owner_open: bool = False  # a team is sent though it is not settled whose the case is

    def as_data(self) -> dict[str, Any]:
        """What makes it this act and no other; what is not said is left out."""
        told = asdict(self)
        late = {name: told.pop(name) for name in _LATE}
        return told | {name: value for name, value in late.items() if value}


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An act that is open to somebody now, with what must be given and what may be."""

    act: str
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


def do(case: Case, wish: Wish, *, by: Any, at: dt.datetime) -> tuple[dict[str, Any], bool]:
    """Do an act to a case, once: number, act and stage as plain data, and whether an earlier send had done it.

    Raises
    ------
    BadReport : the act is none of a desk's, or what must come with it does not
    NotYours, AlreadyDone, StepRefused, NoOwner, CaseError : as the verbs
    """
    verb = _VERBS.get(wish.act)
    if verb is None:
        raise BadReport(
            f"“{wish.act[:40]}” is not done at a desk.", hint=f"Done are: {', '.join(_VERBS)}.", field="act"
        )
    for name in ("note", "measure"):
        length = len(getattr(wish, name))
        if length > MOST_NOTE:
            raise BadReport(f"The {name} has {length} characters.", hint=f"At most {MOST_NOTE}.", field=name)
    asked = {**wish.as_data(), "number": case.number}

    def doing() -> dict[str, Any]:
        done = verb(case, wish, by, at)
        return {"number": done.number, "act": wish.act, "stage": str(done.stage), "at": at.isoformat()}

    return once(doing, key=wish.key, asked=asked, by=by, at=at)


def open_acts(case: Case, *, by: Any, at: dt.datetime) -> list[OpenAct]:
    """The acts of a desk that are open to somebody, in the table's order."""
    found = []
    for act in open_to(case, by, at=at):
        if str(act) in _VERBS:
            needs = tuple(str(need) for need in STEPS[Stage(case.stage), act].needs) + _NEEDS.get(act, ())
            found.append(OpenAct(str(act), needs, _MAY_HAVE.get(act, ())))
    answers = case.stage in ENDS and may(by, Side.SUPERVISION, owner=case.owner, cell=case.cell_id)
    if answers and Caller.objects.filter(case=case, answered_at=None).exists():
        found.append(OpenAct(ANSWER))
    return found


def _person(wish: Wish) -> Any:
    """The user whom a wish names; None where it names nobody."""
    if wish.person is None:
        return None
    found = get_user_model().objects.filter(pk=wish.person, is_active=True).first()
    if found is None:
        raise BadReport(f"There is no person {wish.person}.", hint="Take one of those proposed.", field="person")
    return found


def _needed(wish: Wish, name: str, words: str) -> Any:
    value = getattr(wish, name)
    if value is None:
        raise BadReport(f"“{name}” must be given with “{wish.act}”.", hint=words, field=name)
    return value


def _assign(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    _needed(wish, "person", "Say whose work it becomes.")
    return assigning.assign(case, person=_person(wish), by=by, at=at, note=wish.note)


def _verify(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    found = _needed(wish, "found", "Say whether the report was found to be true.")
    return verifying.verify(case, by=by, at=at, found=found, note=wish.note)


def _ask_check(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    # Nobody chooses the checker: where several are free, the lot does; where none is, whoever comes free first.
    return checking.ask_check(case, by=by, at=at, whom=checking.draw_checker(case, rng=_LOT), note=wish.note)


def _ask_verify(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return verifying.ask_verify(case, by=by, at=at, whom=_person(wish), note=wish.note)


def _ask_hold(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    until = _needed(wish, "until", "Say until when.")
    return holding.ask_hold(case, by=by, at=at, until=until, note=wish.note)


def _grant_hold(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return holding.grant_hold(case, by=by, at=at, until=wish.until, note=wish.note)


def _escalate(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return escalation.escalate(case, by=by, at=at, note=wish.note, measure=wish.measure)


def _to_own_unit(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return escalation.to_own_unit(case, by=by, at=at, note=wish.note, measure=wish.measure)


def _come_down(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return escalation.come_down(case, to=_unit(wish), by=by, at=at, note=wish.note)


def _decide(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return escalation.decide(case, owner=_unit(wish), by=by, at=at, note=wish.note)


def _refer(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return escalation.refer(case, by=by, at=at, note=wish.note)


def _unit(wish: Wish) -> Grid:
    found = Grid.objects.filter(code=wish.unit).first() if wish.unit else None
    if found is None:
        raise BadReport(f"There is no unit “{wish.unit[:20]}”.", hint="Take one of those proposed.", field="unit")
    return found


def _finish_part(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    part = _needed(wish, "part", "Say which part is done: the one under way.")
    return handling.finish_part(case, part=part, by=by, at=at, note=wish.note)


def _evaluate(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    known = {label.slug for label in Label.objects.marks()}
    right = all(isinstance(mark, int) and LEAST_MARK <= mark <= MOST_MARK for mark in wish.marks.values())
    if not wish.marks or not right or not known.issuperset(wish.marks):
        raise BadReport(
            "These are no marks of an evaluation.",
            hint=f"Give each of {', '.join(sorted(known))} a whole number from {LEAST_MARK} to {MOST_MARK}.",
            field="marks",
        )
    return checking.evaluate(case, by=by, at=at, marks=dict(wish.marks), note=wish.note)


def _declare(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return emergencies.declare(case, grade=wish.grade, by=by, at=at, note=wish.note)


def _change_grade(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return emergencies.change_grade(case, grade=wish.grade, by=by, at=at, note=wish.note)


def _send_team(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    team = _needed(wish, "team", "Say which team is sent.")
    return emergencies.send_team(case, team=team, by=by, at=at, note=wish.note, owner_open=wish.owner_open)


def _settle_owner(case: Case, wish: Wish, by: Any, at: dt.datetime) -> Case:
    return emergencies.settle_owner(case, owner=wish.owner, by=by, at=at, note=wish.note)


def _plain(verb: Callable[..., Case]) -> Callable[[Case, Wish, Any, dt.datetime], Case]:
    """A verb that takes nothing but the note."""
    return lambda case, wish, by, at: verb(case, by=by, at=at, note=wish.note)


_VERBS: dict[str, Callable[[Case, Wish, Any, dt.datetime], Case]] = {
    Act.ASK_VERIFY: _ask_verify,
    Act.VERIFY: _verify,
    Act.ACCEPT: _plain(verifying.accept),
    Act.DECLINE: _plain(verifying.decline),
    Act.FILE: _plain(verifying.file),
    Act.DISPATCH: _plain(dispatch.dispatch),
    Act.RETURN: _plain(dispatch.send_back),
    Act.ASSIGN: _assign,
    Act.UNASSIGN: _plain(assigning.unassign),
    Act.ASK_HELP: _plain(assigning.ask_help),
    Act.TAKE_ON: _plain(handling.take_on),
    Act.FINISH_PART: _finish_part,
    Act.HANDLE: _plain(handling.handle),
    Act.ASK_CHECK: _ask_check,
    Act.PASS_CHECK: _plain(checking.pass_check),
    Act.REWORK: _plain(checking.rework),
    Act.CLOSE: _plain(checking.close),
    Act.REOPEN: _plain(checking.reopen),
    Act.EVALUATE: _evaluate,
    Act.ESCALATE: _escalate,
    Act.TO_OWN_UNIT: _to_own_unit,
    Act.COME_DOWN: _come_down,
    Act.REFER: _refer,
    Act.DECIDE: _decide,
    Act.ASK_EXTENSION: _plain(holding.ask_extension),
    Act.GRANT_EXTENSION: _plain(holding.grant_extension),
    Act.REFUSE_EXTENSION: _plain(holding.refuse_extension),
    Act.ASK_HOLD: _ask_hold,
    Act.GRANT_HOLD: _grant_hold,
    Act.REFUSE_HOLD: _plain(holding.refuse_hold),
    Act.LIFT_HOLD: _plain(holding.lift_hold),
    Act.PROPOSE_VOID: _plain(voiding.propose_void),
    Act.REFUSE_VOID: _plain(voiding.refuse_void),
    Act.VOID: _plain(voiding.confirm_void),
    Act.DECLARE_EMERGENCY: _declare,
    Act.CHANGE_GRADE: _change_grade,
    Act.STAND_DOWN: _plain(emergencies.stand_down),
    Act.SEND_TEAM: _send_team,
    Act.TEAM_DONE: _plain(emergencies.team_done),
    Act.SETTLE_OWNER: _settle_owner,
    ANSWER: _plain(answering.answer_waiting),
}
# What must be given besides what the table of the workflow asks for.
_NEEDS: dict[Act, tuple[str, ...]] = {
    Act.COME_DOWN: ("unit",), Act.DECIDE: ("unit",), Act.FINISH_PART: ("part",), Act.EVALUATE: ("marks",),
}  # fmt: skip
_MAY_HAVE: dict[Act, tuple[str, ...]] = {
    Act.ASK_VERIFY: ("person",),
    Act.GRANT_HOLD: ("date",),
    Act.SEND_TEAM: ("owner_open",),
}
