"""Things and cases on the planner's desk of tests, and what its plan would do with them."""

from __future__ import annotations

import datetime as dt

from cases import moves
from cases.impact import impact
from cases.workflow import Act, Side
from spatial import crs as reference
from tests.cases.makers import NOON, a_case, a_component

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


# What leads to a stage, after the report that the system files by itself.
WAYS = {
    "filed": [],
    "void": [(Act.VOID, Side.SUPERVISION)],
    "dispatched": [(Act.DISPATCH, Side.COMMAND)],
    "handled": [(Act.DISPATCH, Side.COMMAND), (Act.HANDLE, Side.OWNER)],
    "closed": [(Act.DISPATCH, Side.COMMAND), (Act.HANDLE, Side.OWNER), (Act.CLOSE, Side.SUPERVISION)],
}


def case(desk, column, row, *, stage="filed", east=0.5, at=NOON, ended=LATER - dt.timedelta(days=10), owner=None):
    """A case reported at noon and led to a stage; dispatched to its community, or by hand to another `owner`."""
    x, y = desk.city.metres(column, row, east=east)
    made = a_case(lon=x, lat=y, crs=reference.CITY, at=at)
    for act, side in WAYS[stage]:
        moves.move(made, act, by=None, side=side, at=ended, owner=owner if act is Act.DISPATCH else None)
    return made
