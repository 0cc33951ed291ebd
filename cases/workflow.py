"""The life of a case as a table one can read aloud: from which stage, by which act, of which side, to which stage.

Pure: knows no database. `cases.moves` is the one door that applies it. 核实 (verify) is before filing, 核查 (check)
before closing; 回退 (return) is "not mine", 返工 (rework) is "not done".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLED = "handled"
    CLOSED = "closed"
    VOID = "void"


class Act(StrEnum):
    """What can be done to a case."""

    REPORT = "report"
    FILE = "file"
    DISPATCH = "dispatch"
    RETURN = "return"
    HANDLE = "handle"
    REWORK = "rework"
    CLOSE = "close"
    VOID = "void"
    REDRAW = "redraw"  # the grids were redrawn: another cell or owner, the same stage


class Side(StrEnum):
    """Who acts: the supervision centre (监督中心), the command centre (指挥中心), the owning unit, or the system."""

    SUPERVISION = "supervision"
    COMMAND = "command"
    OWNER = "owner"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an act leads, and which side may do it."""

    to: Stage
    by: Side


STEPS: dict[tuple[Stage, Act], Step] = {
    (Stage.REPORTED, Act.FILE): Step(Stage.FILED, by=Side.SUPERVISION),
    (Stage.REPORTED, Act.VOID): Step(Stage.VOID, by=Side.SUPERVISION),
    (Stage.FILED, Act.DISPATCH): Step(Stage.DISPATCHED, by=Side.COMMAND),
    (Stage.FILED, Act.VOID): Step(Stage.VOID, by=Side.SUPERVISION),
    (Stage.DISPATCHED, Act.RETURN): Step(Stage.FILED, by=Side.OWNER),
    (Stage.DISPATCHED, Act.HANDLE): Step(Stage.HANDLED, by=Side.OWNER),
    (Stage.HANDLED, Act.REWORK): Step(Stage.DISPATCHED, by=Side.SUPERVISION),
    (Stage.HANDLED, Act.CLOSE): Step(Stage.CLOSED, by=Side.SUPERVISION),
    (Stage.REPORTED, Act.REDRAW): Step(Stage.REPORTED, by=Side.SYSTEM),
    (Stage.FILED, Act.REDRAW): Step(Stage.FILED, by=Side.SYSTEM),
    (Stage.DISPATCHED, Act.REDRAW): Step(Stage.DISPATCHED, by=Side.SYSTEM),
    (Stage.HANDLED, Act.REDRAW): Step(Stage.HANDLED, by=Side.SYSTEM),
}


class StepRefused(ValueError):
    """The act is not open in this stage, or not to this side."""

    def __init__(self, stage: Stage, act: Act, side: Side | None = None) -> None:
        self.stage, self.act, self.side = stage, act, side
        self.open_acts = open_acts(stage)
        known = STEPS.get((stage, act))
        if known is None:
            listed = ", ".join(self.open_acts) or "nothing"
            super().__init__(f"“{act}” is not open while {stage}; open is: {listed}.")
        else:
            super().__init__(f"“{act}” belongs to {known.by}, not to {side}.")


def open_acts(stage: Stage, *, by: Side | None = None) -> list[Act]:
    """The acts open in a stage, to any person or to one side, in the table's order; the system's only if it asks."""
    sides = set(Side) - {Side.SYSTEM} if by is None else {by}
    return [act for (at, act), step in STEPS.items() if at == stage and step.by in sides]


def step(stage: Stage, act: Act, *, by: Side) -> Step:
    """The step that an act of a side makes from a stage; raises StepRefused with what is open instead."""
    found = STEPS.get((stage, act))
    if found is None or found.by != by:
        raise StepRefused(stage, act, by)
    return found


def replay(acts: list[Act]) -> Stage:
    """The stage that a history of acts leads to, beginning with the report; raises StepRefused on a broken one."""
    stage = Stage.REPORTED
    for act in acts[1:] if acts[:1] == [Act.REPORT] else acts:
        found = STEPS.get((stage, act))
        if found is None:
            raise StepRefused(stage, act)
        stage = found.to
    return stage
