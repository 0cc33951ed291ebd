"""The ways an imported case went through the workflow table. Pure.

A case with an owner is filed and dispatched to it, and, closed in the source, handled and closed. One without (its
place is unknown or outside the city) stays reported, as from any other door; closed in the source, it is void here:
nobody of this city ever had it. What another system did is told as it tells it, without the verifying, the checks and
the second persons of this one: such steps replay (`cases.workflow.TOLD`), and no door opens to them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from cases.workflow import Act, Stage, to_of


class Ending(StrEnum):
    """Where an imported case stands."""

    OPEN = "open"
    CLOSED = "closed"
    VOID = "void"
    NOBODYS = "nobodys"


_ACTS: dict[Ending, tuple[Act, ...]] = {
    Ending.OPEN: (Act.REPORT, Act.FILE, Act.DISPATCH),
    Ending.CLOSED: (Act.REPORT, Act.FILE, Act.DISPATCH, Act.HANDLE, Act.CLOSE),
    Ending.VOID: (Act.REPORT, Act.VOID),
    Ending.NOBODYS: (Act.REPORT,),
}
_AT_END = (Act.HANDLE, Act.CLOSE, Act.VOID)


def steps(ending: Ending) -> list[tuple[int, Act, str, Stage, bool]]:
    """The lines of history: (number, act, from stage, to stage, whether it was done at the time of closing).

    >>> [(act.value, frm, to.value) for _, act, frm, to, _ in steps(Ending.VOID)]
    [('report', '', 'reported'), ('void', 'reported', 'void')]
    """
    lines: list[tuple[int, Act, str, Stage, bool]] = []
    stage = ""
    for n, act in enumerate(_ACTS[ending], start=1):
        to = Stage.REPORTED if act == Act.REPORT else to_of(Stage(stage), act)
        lines.append((n, act, stage, to, act in _AT_END))
        stage = to
    return lines


def as_arrays() -> dict[str, list[Any]]:
    """All paths as parallel arrays, for the statements."""
    rows = [(ending, *line) for ending in Ending for line in steps(ending)]
    names = ("endings", "steps", "acts", "from", "to", "at_end")
    columns = zip(*rows, strict=True)
    return {name: [v.value if isinstance(v, StrEnum) else v for v in c] for name, c in zip(names, columns, strict=True)}


def to_close() -> dict[str, Any]:
    """What leads a dispatched case to its end, as arrays."""
    rows = [line for line in steps(Ending.CLOSED) if line[4]]
    return {
        "steps": [n for n, *_ in rows],
        "acts": [act.value for _, act, *_ in rows],
        "from": [str(frm) for _, _, frm, *_ in rows],
        "to": [to.value for _, _, _, to, _ in rows],
        "stage": Stage.DISPATCHED.value,
        "ending": Ending.CLOSED.value,
    }
