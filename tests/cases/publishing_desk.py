"""A planner's desk from which plans are sent, approved and published, in a city with open and closed cases."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from cases import intake
from cases.models import Case
from cases.publishing import Published, publish_plan
from cells.coverage import check_edition
from cells.models import Edition, Plan, PlanCheck
from cells.plans import approve, open_plan, send
from tests.cases.makers import closed
from tests.cells.planning_desk import Desk


class PublishingDesk(Desk):
    """A desk over 6 × 4 cells in communities of 3 × 2: (0…2, 0…1) is the first community, (3…5, 0…1) the second."""

    def another_plan(self, title: str = "South side") -> PublishingDesk:
        """A second planner with a plan of the same city, begun now."""
        other = object.__new__(PublishingDesk)
        other.city, other.plan, other.revision = self.city, open_plan(title=title), 0
        return other

    def approve(self, **given: Any) -> Plan:
        """Send the plan and have it approved by a second person.

        What the checks find is theirs to test: here plans of any shape must take effect.
        """
        PlanCheck.objects.update(severity=PlanCheck.Severity.OFF)
        send(self.plan, by=None)
        second, _ = get_user_model().objects.get_or_create(username="second")
        return approve(self.plan, by=second, **given)

    def publish(self, **given: Any) -> Published:
        self.approve()
        return publish_plan(self.plan, **given)

    def split(self, column: int, row: int) -> Any:
        """Cut a cell from its western to its eastern border, 30 % down."""
        line = [self.at(column, row, east=-0.1, south=0.3), self.at(column, row, east=1.1, south=0.3)]
        return self.do("split", cells=[self.key(column, row)], line=line)

    def paint_across(self, column: int, row: int, *, into: tuple[int, int]) -> Any:
        """Give a cell to the third-level grid and community of another place."""
        grid = self.grid(*into, 1)
        return self.do("paint", cells=[self.key(column, row)], grid=grid, across=True)

    def case(self, column: int, row: int, *, east: float = 0.5, south: float = 0.5, **given: Any) -> Case:
        """A filed case in a cell."""
        x, y = self.city.metres(column, row, east=east, south=south)
        report = intake.Report(source="hotline", words="路面塌陷", lon=x, lat=y, crs="CITY", **given)
        return intake.receive(report, by=None, at=timezone.now())

    def closed_case(self, column: int, row: int) -> Case:
        return closed(self.case(column, row), at=timezone.now())


def sound() -> bool:
    """Whether the edition in force has no gap, overlap or stray ground at any level, by independent code."""
    report = check_edition(Edition.objects.in_force())
    return [f for inspection in report.levels.values() for f in inspection.findings] == []


def soon() -> dt.datetime:
    return timezone.now() + dt.timedelta(hours=1)
