"""The life of a case as a table one can read aloud: from which stage, by which act, of which side, to which stage.

Pure: knows no database. `cases.moves` is the one door that applies it. 核实 (verify) is before filing, 核查 (check)
before closing; 回退 (return) is "not mine", 返工 (rework) is "not done"; 延期 (extension) lengthens a limit, 挂账
(hold) stops it until a date; 作废 (void) takes two persons; 自行处置 is fixed on the spot by who found it. In an
emergency a team on duty handles first, and who answers for it is settled afterwards (先应急处置、后区分责任): no
such case ends before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cases.guards import Facts, Guard, Need


class Stage(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HELD = "held"
    HANDLED = "handled"
    CHECKING = "checking"
    CHECKED = "checked"
    CLOSED = "closed"
    DECLINED = "declined"
    VOID = "void"


class Act(StrEnum):
    """What can be done to a case."""

    REPORT = "report"
    ASK_VERIFY = "ask_verify"
    VERIFY = "verify"
    ACCEPT = "accept"
    DECLINE = "decline"
    FILE = "file"
    DISPATCH = "dispatch"
    RETURN = "return"
    ASSIGN = "assign"
    UNASSIGN = "unassign"  # taken back by the unit: nobody's work again
    ASK_HELP = "ask_help"
    TAKE_ON = "take_on"
    FINISH_PART = "finish_part"  # one part of a limit that comes in parts is done
    HANDLE = "handle"
    FIX_ON_SPOT = "fix_on_spot"
    ASK_CHECK = "ask_check"
    PASS_CHECK = "pass_check"
    REWORK = "rework"
    CLOSE = "close"
    REOPEN = "reopen"
    EVALUATE = "evaluate"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    ASK_HOLD = "ask_hold"
    GRANT_HOLD = "grant_hold"
    REFUSE_HOLD = "refuse_hold"
    RESUME = "resume"
    LIFT_HOLD = "lift_hold"
    PROPOSE_VOID = "propose_void"
    REFUSE_VOID = "refuse_void"
    VOID = "void"
    ESCALATE = "escalate"  # one level up: beyond duty
    CLIMB = "climb"  # the same by itself: the clock of the level ran out
    COME_DOWN = "come_down"  # back to a unit below that had it
    REFER = "refer"  # given to and fro: the level above is to decide whose it is
    DECIDE = "decide"
    TO_OWN_UNIT = "to_own_unit"  # beyond the responsible and the seconded officer: to the unit that sent the latter
    CALL_COORDINATION = "call_coordination"  # several departments are gathered over it
    CALL_MEETING = "call_meeting"
    WRITE_MINUTES = "write_minutes"
    PLAN_STEP = "plan_step"  # one step of the joint enforcement: who, what, until when
    FINISH_STEP = "finish_step"
    WRITE_COMMITMENT = "write_commitment"
    WITHDRAW_COMMITMENT = "withdraw_commitment"  # one that nobody has signed
    SIGN_COMMITMENT = "sign_commitment"
    MEET_COMMITMENT = "meet_commitment"  # what was promised is done
    ASK_RELEASE = "ask_release"  # the one who promised asks to be released from it
    REFUSE_RELEASE = "refuse_release"
    RELEASE = "release"
    END_COORDINATION = "end_coordination"
    SPLIT = "split"  # a part of it becomes a case of its own
    LINK = "link"  # another case becomes a part of it
    UNLINK = "unlink"
    JOIN_PARENT = "join_parent"  # the same, in the history of the part
    LEAVE_PARENT = "leave_parent"
    DECLARE_EMERGENCY = "declare_emergency"  # of a grade, which says who coordinates
    CHANGE_GRADE = "change_grade"
    STAND_DOWN = "stand_down"  # no emergency any more
    SEND_TEAM = "send_team"  # the team on duty, also where nobody knows yet whose it is
    TEAM_DONE = "team_done"  # the team says that the danger is over and the work done
    SETTLE_OWNER = "settle_owner"  # whose it is: a step of its own that nothing replaces
    REDRAW = "redraw"  # the grids were redrawn: another cell or owner, the same stage


class Side(StrEnum):
    """Who acts. Which roles sit on which side is data: `cases.models.SideRole`."""

    SUPERVISION = "supervision"  # the supervision centre's desk (监督中心, 受理员)
    COMMAND = "command"  # the command centre's desk (指挥中心, 派遣员)
    SHIFT = "shift"  # the head of the shift (值班长): approves what another asks for
    PATROL = "patrol"  # who is on the spot for the supervision centre: verifies, fixes trifles (信息采集员, 网格员)
    CHECK = "check"  # the checker (核查员): never of the unit that handled it
    OWNER = "owner"  # the owning unit
    SECONDED = "seconded"  # who is sent from his own unit into the grid (下沉人员)
    COORDINATION = "coordination"  # who gathers several departments over a case (协调)
    PARTNER = "partner"  # a unit that is gathered, and promises to do its share
    TEAM = "team"  # the team sent in an emergency, and the desk that speaks for it
    SYSTEM = "system"  # timers and jobs; nobody of the city


@dataclass(frozen=True, slots=True)
class Step:
    """Where an act leads, which side may do it, what must be so and what must be given."""

    to: Stage
    by: Side
    guards: tuple[Guard, ...] = ()
    needs: tuple[Need, ...] = ()


ENDS = frozenset({Stage.CLOSED, Stage.DECLINED, Stage.VOID})
OPEN = tuple(stage for stage in Stage if stage not in ENDS)

_S, _A, _G = Stage, Act, Guard
_REASON = (Need.REASON,)
_SETTLED = (_G.OWNER_SETTLED,)
_CHECKER = (_G.THE_ONE_ASKED, _G.NOT_THE_HANDLER, _G.NOT_OF_THE_UNIT)
# What several units have promised, and what a case was split into, is done before the case ends. The check is not held
# up by it: who stands on the spot says what he finds, also while a paper is still open.
_ALL_DONE = (_G.OWNER_SETTLED, _G.COMMITMENTS_SETTLED, _G.PARTS_ENDED)

STEPS: dict[tuple[Stage, Act], Step] = {
    # Collecting: reported, verified on the spot, accepted or not, filed.
    (_S.REPORTED, _A.ASK_VERIFY): Step(_S.VERIFYING, by=Side.SUPERVISION),
    (_S.REPORTED, _A.ACCEPT): Step(_S.ACCEPTED, by=Side.SUPERVISION),
    (_S.REPORTED, _A.DECLINE): Step(_S.DECLINED, by=Side.SUPERVISION, guards=_SETTLED, needs=_REASON),
    (_S.REPORTED, _A.FILE): Step(_S.FILED, by=Side.SUPERVISION),
    (_S.VERIFYING, _A.ASK_VERIFY): Step(_S.VERIFYING, by=Side.SUPERVISION, guards=(_G.ASKED_ANOTHER,)),
    (_S.VERIFYING, _A.VERIFY): Step(_S.VERIFIED, by=Side.PATROL, guards=(_G.THE_ONE_ASKED,), needs=(Need.FINDING,)),
    (_S.VERIFIED, _A.ASK_VERIFY): Step(_S.VERIFYING, by=Side.SUPERVISION),
    (_S.VERIFIED, _A.ACCEPT): Step(_S.ACCEPTED, by=Side.SUPERVISION, guards=(_G.FOUND_TRUE,)),
    (_S.VERIFIED, _A.FILE): Step(_S.FILED, by=Side.SUPERVISION, guards=(_G.FOUND_TRUE,)),
    (_S.VERIFIED, _A.DECLINE): Step(_S.DECLINED, by=Side.SUPERVISION, guards=_SETTLED, needs=_REASON),
    (_S.ACCEPTED, _A.FILE): Step(_S.FILED, by=Side.SUPERVISION),
    # Dispatching and handling. A unit may give a case back as long as it has not said that it is done.
    (_S.FILED, _A.DISPATCH): Step(_S.DISPATCHED, by=Side.COMMAND, guards=_SETTLED),
    (_S.DISPATCHED, _A.TAKE_ON): Step(_S.HANDLING, by=Side.OWNER),
    (_S.DISPATCHED, _A.HANDLE): Step(_S.HANDLED, by=Side.OWNER),
    (_S.DISPATCHED, _A.RETURN): Step(_S.FILED, by=Side.OWNER, guards=_SETTLED, needs=_REASON),
    (_S.HANDLING, _A.HANDLE): Step(_S.HANDLED, by=Side.OWNER),
    (_S.HANDLING, _A.RETURN): Step(_S.FILED, by=Side.OWNER, guards=_SETTLED, needs=_REASON),
    # Within the unit: the case is one person's work; who cannot do it alone says so, and it is nobody's again.
    (_S.DISPATCHED, _A.ASSIGN): Step(_S.DISPATCHED, by=Side.OWNER, guards=(_G.NOT_HIS_YET,), needs=(Need.PERSON,)),
    (_S.HANDLING, _A.ASSIGN): Step(_S.HANDLING, by=Side.OWNER, guards=(_G.NOT_HIS_YET,), needs=(Need.PERSON,)),
    (_S.DISPATCHED, _A.UNASSIGN): Step(_S.DISPATCHED, by=Side.OWNER, guards=(_G.SOMEBODYS,)),
    (_S.HANDLING, _A.UNASSIGN): Step(_S.HANDLING, by=Side.OWNER, guards=(_G.SOMEBODYS,)),
    # A hold may last for months: who has it may leave meanwhile.
    (_S.HELD, _A.ASSIGN): Step(_S.HELD, by=Side.OWNER, guards=(_G.NOT_HIS_YET,), needs=(Need.PERSON,)),
    (_S.DISPATCHED, _A.ASK_HELP): Step(_S.DISPATCHED, by=Side.OWNER, guards=(_G.NO_HELP_ASKED,), needs=_REASON),
    (_S.HANDLING, _A.ASK_HELP): Step(_S.HANDLING, by=Side.OWNER, guards=(_G.NO_HELP_ASKED,), needs=_REASON),
    (_S.HELD, _A.RESUME): Step(_S.HANDLING, by=Side.SYSTEM, guards=(_G.HOLD_OVER,)),
    (_S.HELD, _A.LIFT_HOLD): Step(_S.HANDLING, by=Side.SHIFT, needs=_REASON),
    # Checking and closing. Rework goes back to the same unit; asking again names another checker.
    (_S.HANDLED, _A.ASK_CHECK): Step(_S.CHECKING, by=Side.SUPERVISION, guards=(_G.FREE_CHECKER,)),
    (_S.HANDLED, _A.CLOSE): Step(_S.CLOSED, by=Side.SYSTEM, guards=(_G.CLOSES_ON_SPOT, *_ALL_DONE)),
    (_S.CHECKING, _A.ASK_CHECK): Step(_S.CHECKING, by=Side.SUPERVISION, guards=(_G.ASKED_ANOTHER, _G.FREE_CHECKER)),
    (_S.CHECKING, _A.PASS_CHECK): Step(_S.CHECKED, by=Side.CHECK, guards=_CHECKER),
    (_S.CHECKING, _A.REWORK): Step(_S.DISPATCHED, by=Side.CHECK, guards=_CHECKER, needs=_REASON),
    (_S.CHECKED, _A.ASK_CHECK): Step(_S.CHECKING, by=Side.SUPERVISION, guards=(_G.FREE_CHECKER,)),
    (_S.CHECKED, _A.CLOSE): Step(_S.CLOSED, by=Side.SUPERVISION, guards=(_G.NOT_THE_HANDLER, *_ALL_DONE)),
    (_S.CLOSED, _A.EVALUATE): Step(_S.CLOSED, by=Side.SUPERVISION, guards=(_G.NOT_EVALUATED,)),
    # An answer that the caller refuses opens the case again: to be dispatched anew, or looked at for the first time.
    (_S.CLOSED, _A.REOPEN): Step(_S.FILED, by=Side.SUPERVISION, needs=_REASON),
    (_S.DECLINED, _A.REOPEN): Step(_S.REPORTED, by=Side.SUPERVISION, needs=_REASON),
}

# Fixed on the spot by who found it (自行处置), before any unit has the case.
for _at in (_S.REPORTED, _S.ACCEPTED, _S.FILED):
    STEPS[_at, _A.FIX_ON_SPOT] = Step(_S.HANDLED, by=Side.PATROL, needs=(Need.PHOTO,))

# The ladder, from the community up to the city's government: the case stays where it stands and gets another owner.
# An owner that only coordinates an emergency passes it on to nobody: what there is to settle is settled.
_UP = (_G.LEVEL_ABOVE, _G.NOTHING_TO_DECIDE, _G.OWNER_SETTLED)
_BACK = (_G.NOTHING_TO_DECIDE, _G.OWNER_SETTLED)
for _at in (_S.DISPATCHED, _S.HANDLING):
    STEPS |= {
        (_at, _A.ESCALATE): Step(_at, by=Side.OWNER, guards=_UP, needs=(Need.REASON, Need.MEASURE)),
        # Also what waits for a decision: who lets it lie does not keep it.
        (_at, _A.CLIMB): Step(_at, by=Side.SYSTEM, guards=(_G.LEVEL_ABOVE, _G.CLOCK_RAN_OUT, _G.OWNER_SETTLED)),
        (_at, _A.COME_DOWN): Step(_at, by=Side.OWNER, guards=(_G.HIGHER_UP, *_BACK), needs=_REASON),
        (_at, _A.REFER): Step(_at, by=Side.OWNER, guards=(_G.CAME_DOWN, *_BACK), needs=_REASON),
        (_at, _A.DECIDE): Step(_at, by=Side.OWNER, guards=(_G.DECISION_WAITS, _G.OWNER_SETTLED), needs=_REASON),
        # What both officers of a grid cannot solve: the responsible one said so first, by his report upward.
        (_at, _A.TO_OWN_UNIT): Step(
            _at, by=Side.SECONDED, guards=(_G.BEYOND_THE_GRID, *_UP), needs=(Need.REASON, Need.MEASURE)
        ),
    }

# Extension and hold: the unit asks, the head of the shift answers; the case stays where it is but for a granted hold.
for _at in (_S.DISPATCHED, _S.HANDLING):
    STEPS[_at, _A.FINISH_PART] = Step(_at, by=Side.OWNER, guards=(_G.PART_UNDER_WAY, _G.PART_LEFT))
    _ask, _least = (_G.NOTHING_ASKED, _G.EXTENSIONS_LEFT, _G.BEFORE_DEADLINE), (_G.HOLD_AHEAD, _G.HOLD_NOT_TOO_LONG)
    STEPS |= {
        (_at, _A.ASK_EXTENSION): Step(_at, by=Side.OWNER, guards=_ask, needs=_REASON),
        (_at, _A.GRANT_EXTENSION): Step(
            _at, by=Side.SHIFT, guards=(_G.EXTENSION_ASKED, _G.ANOTHER_PERSON, _G.EXTENSIONS_LEFT)
        ),
        (_at, _A.REFUSE_EXTENSION): Step(_at, by=Side.SHIFT, guards=(_G.EXTENSION_ASKED,), needs=_REASON),
        (_at, _A.ASK_HOLD): Step(
            _at, by=Side.OWNER, guards=(_G.NOTHING_ASKED, _G.HOLDS_LEFT, *_least), needs=(Need.REASON, Need.DATE)
        ),
        (_at, _A.GRANT_HOLD): Step(
            _S.HELD, by=Side.SHIFT, guards=(_G.HOLD_ASKED, _G.ANOTHER_PERSON, _G.HOLDS_LEFT, *_least)
        ),
        (_at, _A.REFUSE_HOLD): Step(_at, by=Side.SHIFT, guards=(_G.HOLD_ASKED,), needs=_REASON),
    }

# Voiding: one person proposes, another confirms, as long as nobody has done the work.
for _at in (_S.REPORTED, _S.VERIFYING, _S.VERIFIED, _S.ACCEPTED, _S.FILED, _S.DISPATCHED, _S.HANDLING):
    STEPS |= {
        (_at, _A.PROPOSE_VOID): Step(_at, by=Side.SUPERVISION, guards=(_G.NOTHING_ASKED,), needs=_REASON),
        (_at, _A.VOID): Step(_S.VOID, by=Side.SHIFT, guards=(_G.VOID_ASKED, _G.ANOTHER_PERSON, *_ALL_DONE)),
        (_at, _A.REFUSE_VOID): Step(_at, by=Side.SHIFT, guards=(_G.VOID_ASKED,), needs=_REASON),
    }

# Coordination (协调): several departments over one case, from its filing on; the case stays where it stands.
_OURS = (_G.COORDINATED, _G.OF_THE_COORDINATOR)
_PROMISED = (*_OURS, _G.SIGNED, _G.NOT_THE_PROMISER)
_COORD: dict[Act, tuple[Side, tuple[Guard, ...], tuple[Need, ...]]] = {
    _A.CALL_COORDINATION: (Side.COORDINATION, (_G.NOT_COORDINATED,), _REASON),
    _A.CALL_MEETING: (Side.COORDINATION, _OURS, (Need.DATE,)),
    _A.WRITE_MINUTES: (Side.COORDINATION, _OURS, _REASON),
    _A.PLAN_STEP: (Side.COORDINATION, _OURS, _REASON),
    _A.FINISH_STEP: (Side.COORDINATION, _OURS, ()),
    _A.WRITE_COMMITMENT: (Side.COORDINATION, _OURS, (Need.REASON, Need.DATE)),
    _A.WITHDRAW_COMMITMENT: (Side.COORDINATION, (*_OURS, _G.UNSIGNED), ()),
    _A.SIGN_COMMITMENT: (Side.PARTNER, (_G.COORDINATED, _G.UNSIGNED, _G.FOR_THE_PROMISER), ()),
    # Whether it is done, and whether it need not be, is said by those who gathered, not by who promised.
    _A.MEET_COMMITMENT: (Side.COORDINATION, _PROMISED, ()),
    _A.ASK_RELEASE: (Side.PARTNER, (_G.COORDINATED, _G.SIGNED, _G.FOR_THE_PROMISER, _G.NO_RELEASE_ASKED), _REASON),
    _A.REFUSE_RELEASE: (Side.COORDINATION, (*_PROMISED, _G.RELEASE_ASKED), _REASON),
    _A.RELEASE: (Side.COORDINATION, (*_PROMISED, _G.RELEASE_ASKED, _G.ANOTHER_THAN_ASKED), _REASON),
    _A.END_COORDINATION: (Side.COORDINATION, (*_OURS, _G.COMMITMENTS_SETTLED), _REASON),
    # One problem with several parts: one level deep, so that nothing can go round in a circle.
    _A.SPLIT: (Side.COORDINATION, (_G.IS_NO_PART, _G.ROOM_FOR_PART), ()),
    _A.LINK: (Side.COORDINATION, (_G.IS_NO_PART, _G.ROOM_FOR_PART), ()),
    _A.UNLINK: (Side.COORDINATION, (_G.HAS_PARTS,), _REASON),
}
_WORKED_ON = (
    _S.ACCEPTED, _S.FILED, _S.DISPATCHED, _S.HANDLING, _S.HELD, _S.HANDLED, _S.CHECKING, _S.CHECKED,
)  # fmt: skip
STEPS |= {
    (_at, _act): Step(_at, by=_side, guards=_asks, needs=_gifts)
    for _at in _WORKED_ON
    for _act, (_side, _asks, _gifts) in _COORD.items()
}
for _at in OPEN:
    STEPS[_at, _A.JOIN_PARENT] = Step(_at, by=Side.COORDINATION, guards=(_G.IS_NO_PART, _G.HAS_NO_PARTS))
    STEPS[_at, _A.LEAVE_PARENT] = Step(_at, by=Side.COORDINATION, guards=(_G.IS_PART,))
# Acts that may follow themselves: a refusal is never the echo of a first click.
AGAIN = frozenset({*_COORD, _A.JOIN_PARENT, _A.LEAVE_PARENT} - {_A.CALL_COORDINATION, _A.END_COORDINATION})

# Emergencies, as long as nobody has said that the work is done: declared and graded by who takes the call, ended by the
# head of the shift. A team is sent from wherever the case stands, filed or not, its owner known or not.
_GRADE = (Need.REASON, Need.GRADE)
for _at in (_S.REPORTED, _S.VERIFYING, _S.VERIFIED, _S.ACCEPTED, _S.FILED, _S.DISPATCHED, _S.HANDLING):
    STEPS |= {
        (_at, _A.DECLARE_EMERGENCY): Step(_at, by=Side.SUPERVISION, guards=(_G.NO_EMERGENCY,), needs=_GRADE),
        (_at, _A.CHANGE_GRADE): Step(
            _at, by=Side.SUPERVISION, guards=(_G.IS_EMERGENCY, _G.ANOTHER_GRADE), needs=_GRADE
        ),
        (_at, _A.STAND_DOWN): Step(_at, by=Side.SHIFT, guards=(_G.IS_EMERGENCY, _G.OWNER_SETTLED), needs=_REASON),
        (_at, _A.SEND_TEAM): Step(
            _S.HANDLING, by=Side.COMMAND, guards=(_G.IS_EMERGENCY, _G.ANOTHER_TEAM), needs=(Need.TEAM,)
        ),
    }
STEPS[_S.HANDLING, _A.TEAM_DONE] = Step(_S.HANDLED, by=Side.TEAM, guards=(_G.OF_THE_TEAM,))
# Whose it is can be settled at any moment after the team was sent, and before any end.
for _at in (_S.DISPATCHED, _S.HANDLING, _S.HELD, _S.HANDLED, _S.CHECKING, _S.CHECKED):
    STEPS[_at, _A.SETTLE_OWNER] = Step(_at, by=Side.SHIFT, guards=(_G.OWNER_IS_OPEN,), needs=(Need.REASON, Need.OWNER))

# The grids were redrawn under an open case: it stays where it is, and the system says so.
for _at in OPEN:
    STEPS[_at, _A.REDRAW] = Step(_at, by=Side.SYSTEM)

# Steps that stand in histories and that nobody makes here any more: what another system tells of the lives it led
# (imports), and what this one did before it knew checks. They replay; no door opens to them.
TOLD: dict[tuple[Stage, Act], Stage] = {
    (_S.HANDLED, _A.CLOSE): _S.CLOSED,
    (_S.HANDLED, _A.REWORK): _S.DISPATCHED,
}


class StepRefused(ValueError):
    """The act is not open in this stage, not to this side, or not as the case stands."""

    def __init__(
        self, stage: Stage, act: Act, side: Side | None = None, *, guard: Guard | None = None,
        missing: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.stage, self.act, self.side, self.guard = stage, act, side, guard
        self.missing = tuple(missing)  # what the guard found open, by name
        self.open_acts = open_acts(stage)
        self.open_to = {a: STEPS[stage, a].by for a in self.open_acts}
        known = STEPS.get((stage, act))
        if known is None:
            listed = ", ".join(f"{a} ({by})" for a, by in self.open_to.items()) or "nothing"
            super().__init__(f"“{act}” is not open while {stage}; open is: {listed}.")
        elif guard is not None:
            super().__init__(f"“{act}” is refused while {stage}: {'; '.join((guard.words, *self.missing))}.")
        else:
            super().__init__(f"“{act}” belongs to {known.by}, not to {side}.")


def open_acts(stage: Stage, *, by: Side | None = None) -> list[Act]:
    """The acts open in a stage, to any person or to one side, in the table's order; the system's only if it asks."""
    sides = set(Side) - {Side.SYSTEM} if by is None else {by}
    return [act for (at, act), step in STEPS.items() if at == stage and step.by in sides]


def step(stage: Stage, act: Act, *, by: Side, facts: Facts | None = None) -> Step:
    """The step that an act of a side makes from a stage; raises StepRefused with what is open instead.

    With `facts` its guards are asked too.
    """
    found = STEPS.get((stage, act))
    if found is None or found.by != by:
        raise StepRefused(stage, act, by)
    if facts is not None:
        for guard in found.guards:
            if not guard.holds(facts):
                raise StepRefused(stage, act, by, guard=guard, missing=guard.missing(facts))
    return found


def to_of(stage: Stage, act: Act) -> Stage:
    """Where an act in a history led, made here or told by another system; raises StepRefused where neither can be."""
    found = STEPS.get((stage, act))
    # A step that both know (closing what was handled) leads to the same stage.
    to = found.to if found is not None else TOLD.get((stage, act))
    if to is None:
        raise StepRefused(stage, act)
    return to


def replay(acts: list[Act]) -> Stage:
    """The stage that a history of acts leads to, beginning with the report; raises StepRefused on a broken one."""
    stage = Stage.REPORTED
    for act in acts[1:] if acts[:1] == [Act.REPORT] else acts:
        stage = to_of(stage, act)
    return stage
