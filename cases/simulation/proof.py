"""What the database says of a simulated day: its totals, and which promises were broken.

Asked by SQL of the stored rows (`day_proof_v1.sql`) and of the verifier of histories; the stages are replayed from the
lines by the workflow table. Nothing here knows what the simulation meant to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from cases.history import verify_history
from cases.models import Case, CaseEvent
from cases.workflow import Act, StepRefused, replay
from spatial.postgis import run


@dataclass(frozen=True, slots=True)
class Proof:
    """The counts of the cases of a day: `overdue` had a limit of handling run out, `escalated` went up the ladder."""

    cases: int
    closed: int
    overdue: int
    escalated: int
    rework: int
    callers: int
    callers_answered: int
    orphan_cases: int
    untold: int  # a change of stage or owner that no line tells, or lines that no replay leads to
    negative: int  # a clock below zero, or a history that runs backwards
    still_open: int
    lines: int
    history_broken: int

    @property
    def faults(self) -> list[str]:
        """The promises that were not kept, in words; empty is what must be."""
        waiting = self.callers - self.callers_answered
        told = {
            f"{self.orphan_cases} cases had no owner or no cell at some moment after filing": self.orphan_cases,
            f"{self.history_broken} histories are not as they were written": self.history_broken,
            f"{self.untold} cases changed without a line of history": self.untold,
            f"{self.negative} cases have a clock below zero": self.negative,
            f"{waiting} of {self.callers} callers were not answered": waiting,
            f"{self.still_open} cases never ended": self.still_open,
        }
        return [words for words, count in told.items() if count]

    def as_data(self, *, seconds: float) -> dict[str, float]:
        """The totals that the command prints."""
        names = ("cases", "closed", "overdue", "escalated", "rework", "callers", "callers_answered", "orphan_cases")
        return {
            **{name: getattr(self, name) for name in names},
            "history_broken": self.history_broken,
            "seconds": seconds,
        }


def prove(*, after: int, up_to: int | None = None) -> Proof:
    """What became of the cases after one id; `up_to` as for `cases.history.verify_history`."""
    row = run.row("cases", "day_proof_v1", {"after": after})
    assert row is not None
    counts = dict(zip(Proof.__dataclass_fields__, row, strict=False))
    counts["untold"] += len(_not_replayed(after))
    return Proof(**counts, history_broken=verify_history(up_to=up_to).broken)


def _not_replayed(after: int) -> list[int]:
    """The cases whose stage is not the one that their acts lead to."""
    stages = dict(Case.objects.filter(pk__gt=after).values_list("pk", "stage"))
    lines = CaseEvent.objects.filter(case__gt=after).order_by("case", "pk").values_list("case", "act")
    wrong = []
    for case, its in groupby(lines.iterator(chunk_size=10_000), key=lambda line: line[0]):
        try:
            there = replay([Act(act) for _, act in its])
        except (StepRefused, ValueError):
            there = None
        if there != stages[case]:
            wrong.append(case)
    return wrong
