"""Things and cases on the planner's desk of tests, and what its plan would do with them."""

from __future__ import annotations

import datetime as dt

from cases import moves
from cases.handling import handle
from cases.impact import impact
from cases.workflow import Act, Side
from spatial import crs as reference
from tests.cases.makers import NOON, a_case, a_component, closed, voided

LATER = NOON + dt.timedelta(days=40)


def seen(desk):
    """The impact 40 days after noon of the first case, and its rows by key."""
    desk.plan.refresh_from_db()
    found = impact(desk.plan, at=LATER)
    return found, {row.key: row for row in found.grids}


def component(desk, column, row, *, east=0.5, south=0.5):
    serial = f"99010100101{component.count:05d}"
    component.count += 1
    cell = desk.city.cell(column, row)
    return a_component(*desk.city.metres(column, row, east=east, south=south), code=serial, cell=cell)


component.count = 1


def case(desk, column, row, *, stage="filed", east=0.5, at=NOON, ended=LATER - dt.timedelta(days=10), owner=None):
    """A case reported at noon and led to a stage; dispatched to its community, or by hand to another `owner`."""
    x, y = desk.city.metres(column, row, east=east)
    made = a_case(lon=x, lat=y, crs=reference.CITY, at=at)
    if stage == "filed":
        return made
    if stage == "void":
        return voided(made, at=ended)
    made = moves.move(made, Act.DISPATCH, by=None, side=Side.COMMAND, at=ended, owner=owner)
    if stage == "closed":
        return closed(made, at=ended)
    return handle(made, by=None, at=ended) if stage == "handled" else made
