"""A planner's desk for tests: a plan of a small city, and short words for what is done with it."""

from __future__ import annotations

import pytest
import shapely

from cells.models import Grid
from cells.plans import EditRefused, apply, borders, open_plan, undo, working_cells
from tests.makers import a_city


class Desk:
    """A planner at work: a plan of a city of 6 × 4 cells of 100 m, in communities of 3 × 2."""

    def __init__(self, cells="6x4", community="3x2"):
        self.city = a_city(cells, community=community)
        self.plan = open_plan(title="North side")
        self.revision = 0

    def key(self, column, row):
        return self.city.cell(column, row).pk

    def at(self, column, row, *, east=0.5, south=0.5):
        return list(self.city.lonlat(column, row, east=east, south=south))

    def grid(self, column, row, half):
        return Grid.objects.get(code=f"{self.city.community_code(column, row)}-{half:02d}").pk

    def do(self, kind, by=None, **intent):
        done = apply(self.plan, kind, intent, revision=self.revision, by=by)
        self.revision = done.revision
        return done

    def undo(self):
        done = undo(self.plan, revision=self.revision)
        self.revision = done.revision
        return done

    def refused(self, kind, **intent):
        with pytest.raises(EditRefused) as caught:
            apply(self.plan, kind, intent, revision=self.revision)
        assert str(caught.value)
        return caught.value

    def border(self, one, other):
        return next(b for b in borders(self.plan, keys=[one]) if {b.one, b.other} == {one, other})

    def areas(self):
        cells = working_cells(self.plan)
        return dict(zip(cells.keys.tolist(), [round(s.area, 3) for s in cells.shapes], strict=True))


def state_of(plan):
    """All that a plan says of its cells, to the last byte."""
    cells = working_cells(plan)
    return [
        (int(k), c, int(m), int(g), w)
        for k, c, m, g, w in zip(
            cells.keys, cells.codes, cells.communities, cells.grids, shapely.to_wkb(cells.shapes), strict=True
        )
    ]
