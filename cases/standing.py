"""How a case stands: what its history says besides the stage, line by line. Pure: knows no database.

`after` is the one place that says what an act does to a case besides moving it: who handled it, what is asked for and
by whom, how often it came back. `cases.moves` keeps the result beside the stage in the case's row; the same reading of
the history of a case gives it again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace

from cases.guards import Asked, Given
from cases.workflow import Act

_ASKS = {Act.ASK_EXTENSION: Asked.EXTENSION, Act.ASK_HOLD: Asked.HOLD, Act.PROPOSE_VOID: Asked.VOID}
_LADDER = {Act.ESCALATE, Act.CLIMB, Act.COME_DOWN, Act.REFER, Act.DECIDE, Act.TO_OWN_UNIT}
_EMERGENCY = {Act.DECLARE_EMERGENCY, Act.CHANGE_GRADE, Act.STAND_DOWN, Act.SEND_TEAM, Act.TEAM_DONE, Act.SETTLE_OWNER}
_ANSWERS = {Act.GRANT_EXTENSION, Act.REFUSE_EXTENSION, Act.REFUSE_HOLD, Act.REFUSE_VOID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who and how often, by ids of users; the names are those of the fields of `Case`."""

    asked: str = Asked.NOTHING  # what waits for an answer
    asked_by_id: int | None = None
    asked_until: dt.datetime | None = None
    asked_of_id: int | None = None  # the person a verification or a check was given to
    assignee_id: int | None = None  # whose work it is within the unit
    wants_help: bool = False  # he, or whoever looked, cannot do it alone
    handler_id: int | None = None
    checker_id: int | None = None
    true: bool | None = None  # what the last verification found
    hold_until: dt.datetime | None = None
    extensions: int = 0  # granted, whichever unit asked: a case given to and fro gets no more of them
    holds: int = 0
    returns: int = 0
    reworks: int = 0
    reopened: int = 0
    on_spot: bool = False  # 自行处置
    evaluated: bool = False
    rung_id: str | None = None  # the step of the ladder that it was brought to
    came_down: int = 0
    to_decide: bool = False  # the present owner is to say whose it is
    emergency_id: str | None = None  # the grade
    coordinator_id: int | None = None  # the unit (a grid) that coordinates by the grade
    team_id: int | None = None  # the team sent last
    owner_open: bool = False  # handled first: whose it is must still be settled


NAMES = tuple(field.name for field in fields(Standing))


def after(stood: Standing, act: Act, *, moved: bool, actor: int | None, given: Given) -> Standing:
    """How a case stands after an act; `moved` says whether the act led to another stage.

    What was asked for lapses when the case moves on, and so does who was to verify or check it.
    """
    now = stood
    if moved or act in _ANSWERS:
        now = replace(now, asked=Asked.NOTHING, asked_by_id=None, asked_until=None)
    if moved or act in (Act.ASK_VERIFY, Act.ASK_CHECK):
        now = replace(now, asked_of_id=None)
    if act in _LADDER:
        return _on_ladder(now, act, given)
    if act in _EMERGENCY:
        return _in_emergency(now, act, actor, given)
    if act in _ASKS:
        return replace(now, asked=_ASKS[act], asked_by_id=actor, asked_until=given.until)
    match act:
        case Act.ASK_VERIFY:
            return replace(now, asked_of_id=given.person, true=None)
        case Act.VERIFY:
            return replace(now, true=given.found)
        case Act.RETURN:
            back = replace(now, returns=stood.returns + 1, assignee_id=None, wants_help=False, to_decide=False)
            return replace(back, team_id=None)
        case Act.ASSIGN:
            return replace(now, assignee_id=given.person, wants_help=False)
        case Act.UNASSIGN:
            # Taken back to what it was before it was given: a cry for help is heard again.
            return replace(now, assignee_id=None, wants_help=bool(given.more.get("wants_help")))
        case Act.REDRAW:
            # Another unit's now: nobody's work there yet.
            gone = bool(given.more.get("released"))
            return replace(now, assignee_id=None, wants_help=False) if gone else now
        case Act.ASK_HELP:
            return replace(now, assignee_id=None, wants_help=True)
        case Act.TAKE_ON:
            return replace(now, assignee_id=stood.assignee_id if actor is None else actor, wants_help=False)
        case Act.HANDLE:
            # Who does the work has settled whose it is.
            return replace(now, handler_id=actor, wants_help=False, to_decide=False)
        case Act.FIX_ON_SPOT:
            return replace(now, handler_id=actor, on_spot=True)
        case Act.ASK_CHECK:
            return replace(now, asked_of_id=given.person, checker_id=None)
        case Act.PASS_CHECK:
            return replace(now, checker_id=actor)
        case Act.REWORK:
            # The same team may be sent again.
            return replace(now, checker_id=actor, reworks=stood.reworks + 1, on_spot=False, team_id=None)
        case Act.REOPEN:
            fresh = replace(now, extensions=0, holds=0, evaluated=False, on_spot=False, assignee_id=None)
            # Whether it still is an emergency is for who opens it to say.
            return replace(fresh, reopened=stood.reopened + 1, emergency_id=None, coordinator_id=None, team_id=None)
        case Act.EVALUATE:
            return replace(now, evaluated=True)
        case Act.GRANT_EXTENSION:
            return replace(now, extensions=stood.extensions + 1)
        case Act.GRANT_HOLD:
            return replace(now, hold_until=given.until or stood.asked_until, holds=stood.holds + 1)
        case Act.RESUME | Act.LIFT_HOLD:
            return replace(now, hold_until=None)
        case _:
            return now


def _on_ladder(now: Standing, act: Act, given: Given) -> Standing:
    """Another unit has it: nobody's work there yet, and what the unit before asked for itself lapses."""
    if now.asked in (Asked.EXTENSION, Asked.HOLD):
        now = replace(now, asked=Asked.NOTHING, asked_by_id=None, asked_until=None)
    return replace(
        now,
        assignee_id=None,
        wants_help=False,
        rung_id=given.more.get("rung"),
        came_down=now.came_down + (act is Act.COME_DOWN),
        to_decide=act is Act.REFER or (act is Act.CLIMB and now.to_decide),
    )


def _in_emergency(now: Standing, act: Act, actor: int | None, given: Given) -> Standing:
    """Graded, sent for, done and settled; what a unit asked for itself lapses with `moved` and with another owner."""
    match act:
        case Act.DECLARE_EMERGENCY | Act.CHANGE_GRADE:
            return replace(now, emergency_id=given.more.get("grade"), coordinator_id=given.more.get("coordinator"))
        case Act.STAND_DOWN:
            return replace(now, emergency_id=None, coordinator_id=None)
        case Act.SEND_TEAM:
            return replace(
                now,
                team_id=given.more.get("team"),
                assignee_id=given.person,
                wants_help=False,
                owner_open=now.owner_open or bool(given.more.get("owner_open")),
            )
        case Act.TEAM_DONE:
            # Whose work it is stands in the line: the desk may speak for the team.
            done_by = actor if given.person is None else given.person
            return replace(now, handler_id=done_by, wants_help=False, to_decide=False)
        case _:
            return replace(now, owner_open=False, to_decide=False, rung_id=None)
