"""A case over which several are gathered: the coordinator of the city, two communities and a department by its name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases import checking, commitments, coordination, handling
from cases.coordination import Who
from cases.models import Case, Commitment
from cells.models import Grid, Level, Role
from tests.cases.makers import NOON, a_user
from tests.cases.test_life import People, again, dispatched

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WATER = Who(department="水务局")


class Gathering(People):
    """The people of a life, a second community with its own officer, and a dispatched case of the first."""

    def __init__(self, *, called: bool = True) -> None:
        super().__init__()
        self.case: Case = dispatched(self)
        self.unit: Grid = self.case.owner
        others = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=self.unit.pk).order_by("code")
        self.other_unit: Grid = others[0]
        self.neighbour = a_user(Role.COMMUNITY, territory=self.other_unit)
        self.dispatcher2 = a_user(Role.DISPATCHER)
        if called:
            coordination.call(self.case, by=self.dispatcher, at=NOON, note="多部门职责交叉")

    def promise(self, who: Who | None = None, *, due_at: dt.datetime = NOON + DAY, signed: bool = True) -> Commitment:
        """A commitment of the second community, or of another; signed by its own."""
        made = commitments.write(
            self.case, who=who or Who(unit=self.other_unit), text="三日内清运完毕", due_at=due_at,
            by=self.dispatcher, at=NOON,
        )  # fmt: skip
        if not signed:
            return made
        signer = self.neighbour if made.unit else self.dispatcher
        return commitments.sign(self.case, made.pk, signer="李主任", by=again(signer), at=NOON)

    def checked(self, case: Case | None = None) -> Case:
        """The case (or another), handled and checked: ready to be closed."""
        found = Case.objects.get(pk=(case or self.case).pk)
        found = checking.ask_check(handling.handle(found, by=None, at=NOON), by=None, at=NOON)
        return checking.pass_check(found, by=self.checker, at=NOON)


def lines(case: Case) -> list[str]:
    return list(case.history.order_by("pk").values_list("act", flat=True))


def read(made: Any) -> Any:
    """A row as it stands now."""
    return type(made).objects.get(pk=made.pk)
