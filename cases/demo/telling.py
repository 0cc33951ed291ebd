"""Who does each line of the demo city's histories, and how its cases stand after the last of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cases.demo.lives import Line, moment
from cases.demo.staff import Staff
from cases.guards import Given
from cases.standing import Standing, after
from cases.workflow import ENDS, STEPS, Act, Side, Stage


@dataclass(frozen=True, slots=True)
class Told:
    """One line of history, ready to be written."""

    act: Act
    frm: str
    to: Stage
    by: int | None
    seconds: float
    note: str
    given: str  # JSON


@dataclass(frozen=True, slots=True)
class Story:
    """The history of one case."""

    lines: list[Told]
    standing: Standing

    @property
    def stage(self) -> Stage:
        return self.lines[-1].to

    @property
    def ended(self) -> float | None:
        """Seconds after the report at which the case came to the end it stands at; None while it is open."""
        if self.stage not in ENDS:
            return None
        return next(line.seconds for line in reversed(self.lines) if line.frm != line.to)


def tell(lines: list[Line], *, row: int, at: float, owner: int, source: str, staff: Staff) -> Story:
    """The history of the case in a row of the reports, by the workflow table.

    The demo has no pictures: what is fixed on the spot stands without the photo that the door asks for.
    """
    told: list[Told] = []
    stood, stage = Standing(), Stage.REPORTED
    for line in lines:
        first = line.act == Act.REPORT
        to, side = (
            (Stage.REPORTED, Side.SUPERVISION) if first else (STEPS[stage, line.act].to, STEPS[stage, line.act].by)
        )
        by = staff.by(line.act, side, owner, row, source)
        given = Given(
            person=staff.asked(line.act, row),
            found=line.found,
            until=moment(at + line.until) if line.until is not None else None,
        )
        data = json.dumps(given.as_data())
        told.append(Told(line.act, "" if first else str(stage), to, by, line.seconds, line.note, data))
        if not first:
            stood = after(stood, line.act, moved=to != stage, actor=by, given=given)
        stage = to
    return Story(told, stood)
