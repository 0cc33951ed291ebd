"""People on every step of the ladder, the ways up and down, and what holds of every case at every moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases import clockwork, escalation, standing
from cases.models import Case, CaseClock
from cases.standing import Standing
from cases.timekeeping import clock_of
from cases.workflow import Stage
from cells.models import Grid, Level, Role
from tests.cases.makers import NOON, a_user
from tests.cases.test_life import People, again, as_its_history_says

WHY, DONE = "超出职责", "已设围挡"


class Ladder(People):
    """The people of a life, with somebody on each step above the community, and two seconded officers."""

    def __init__(self) -> None:
        super().__init__()
        self.unit: Grid = self.community.person.territory
        self.town_grid = parent(self.unit)
        self.district_grid = parent(self.town_grid)
        self.city_grid = parent(self.district_grid)
        self.district = a_user(Role.COMMUNITY, territory=self.district_grid)
        self.desk = a_user(Role.SHIFT_HEAD, territory=self.city_grid)
        self.seconded = a_user(Role.SECONDED, territory=self.unit)
        self.elsewhere = a_user(
            Role.SECONDED, territory=Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=self.unit.pk).first()
        )

    def boss_of(self, case: Case) -> Any:
        """Who may act for the present owner."""
        by_level = {Level.COMMUNITY: self.community, Level.TOWN: self.town, Level.DISTRICT: self.district}
        return by_level.get(case.owner.level_id, self.desk)


def parent(grid: Grid) -> Grid:
    return grid.versions.get(until=None).parent


def up(case: Case, by: Any, at: dt.datetime = NOON) -> Case:
    return escalation.escalate(case, by=again(by), at=at, note=WHY, measure=DONE)


def down(case: Case, to: Grid, by: Any, at: dt.datetime = NOON) -> Case:
    return escalation.come_down(case, to=to, by=again(by), at=at, note="属社区职责")


def sound(case: Case) -> None:
    """What holds of every case at every moment: one owner, a history that says how it stands, clocks not below zero."""
    found = Case.objects.get(pk=case.pk)
    stage, stood = as_its_history_says(found)
    assert (stage, stood) == (
        Stage(found.stage),
        Standing(**{name: getattr(found, name) for name in standing.NAMES}),
    )
    lines = list(found.history.order_by("pk"))
    assert all(line.owner_id is not None for line in lines)
    assert lines[-1].owner_id == found.owner_id
    for line in lines:
        assert all(shown["elapsed"] is None or shown["elapsed"] >= 0 for shown in line.clocks.get("shown", []))
    clocks = [clock_of(row) for row in CaseClock.objects.filter(case=found)]
    assert all(clock.stopped_at is None or clock.stopped_at >= clock.started_at for clock in clocks)
    running = {clock.round for clock in clocks if clock.kind == clockwork.Kind.HANDLE and clock.is_open}
    assert len(running) == (1 if found.stage in escalation.AT_A_UNIT else 0)
