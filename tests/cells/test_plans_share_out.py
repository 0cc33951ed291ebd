"""Share out: a community's cells go to its grids in one edit, each to one; undone byte for byte."""

from __future__ import annotations

import pytest

from cells.models import Grid, Level, PlanCell, PlanGrid
from cells.plans import grids_of, redo, working_cells
from tests.cells.planning_desk import Desk, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return Desk()


def here(desk):
    return desk.city.community(0, 0).pk


def share(desk, *groups):
    return desk.do("share_out", community=here(desk), groups=list(groups))


def row(desk, r):
    return [desk.key(c, r) for c in range(3)]


def grid_of(desk):
    cells = working_cells(desk.plan)
    return dict(zip(cells.keys.tolist(), cells.grids.tolist(), strict=True))


def test_all_cells_go_to_their_groups_in_one_edit(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    done = desk.do(
        "share_out",
        community=here(desk),
        groups=[{"grid": west, "cells": row(desk, 0)}, {"grid": east, "cells": row(desk, 1)}],
    )
    assert {k: g for k, g in grid_of(desk).items() if k in row(desk, 0)} == dict.fromkeys(row(desk, 0), west)
    assert {k: g for k, g in grid_of(desk).items() if k in row(desk, 1)} == dict.fromkeys(row(desk, 1), east)
    assert set(done.changed) == {desk.key(2, 0), desk.key(0, 1), desk.key(1, 1)}  # the others were there already
    assert done.added == done.removed == done.grids == ()


def test_new_grids_are_named_after_the_community_and_the_next_number(desk):
    community = desk.city.community(0, 0)
    Grid.objects.create(level_id=Level.GRID, code=f"{community.code}-05")  # retired: its number is not given again
    groups = [{"grid": None, "cells": row(desk, 0)}, {"cells": row(desk, 1)}]
    done = desk.do("share_out", community=community.pk, groups=groups)
    assert done.grids == (-2, -1)
    assert [(g.key, g.name_zh, g.name_en) for g in PlanGrid.objects.filter(plan=desk.plan).order_by("-key")] == [
        (-1, "社区1 06", "community 1 06"),
        (-2, "社区1 07", "community 1 07"),
    ]
    assert [(g.key, g.cells) for g in grids_of(desk.plan, community.pk)] == [
        (desk.grid(0, 0, 1), 0),
        (desk.grid(0, 0, 2), 0),
        (-1, 3),
        (-2, 3),
    ]
    with_born = [{"grid": -2, "cells": row(desk, 0)}, {"grid": None, "cells": row(desk, 1)}]
    assert desk.do("share_out", community=community.pk, groups=with_born).grids == (-3,)
    assert PlanGrid.objects.get(plan=desk.plan, key=-3).name_en == "community 1 08"


def test_undo_and_redo_are_exact(desk):
    before = state_of(desk.plan)
    share(desk, {"cells": row(desk, 0)}, {"cells": row(desk, 1)})
    after, grids = state_of(desk.plan), list(PlanGrid.objects.values_list("key", "name_zh", "name_en"))
    desk.undo()
    assert state_of(desk.plan) == before
    assert not PlanCell.objects.exists()
    assert not PlanGrid.objects.exists()
    redo(desk.plan, revision=desk.revision)
    assert state_of(desk.plan) == after
    assert list(PlanGrid.objects.values_list("key", "name_zh", "name_en")) == grids


def test_locked_grids_keep_their_cells_and_get_none(desk):
    west, east = desk.grid(0, 0, 1), desk.grid(0, 0, 2)
    desk.do("lock", grids=[east])
    of_west = [desk.key(c, r) for c in (0, 1) for r in (0, 1)]
    refusal = desk.refused(
        "share_out", community=here(desk), groups=[{"grid": west, "cells": row(desk, 0) + row(desk, 1)}]
    )
    assert (refusal.reason, set(refusal.cells)) == ("locked", {desk.key(2, 0), desk.key(2, 1)})
    refusal = desk.refused("share_out", community=here(desk), groups=[{"grid": east, "cells": of_west}])
    assert refusal.reason == "locked"
    done = desk.do(
        "share_out", community=here(desk), groups=[{"grid": west, "cells": of_west[:2]}, {"cells": of_west[2:]}]
    )
    assert set(done.changed) == set(of_west[2:])
    assert {grid_of(desk)[k] for k in (desk.key(2, 0), desk.key(2, 1))} == {east}


def test_what_is_no_share_out_is_refused_with_the_cells_in_question(desk):
    west, all_cells = desk.grid(0, 0, 1), row(desk, 0) + row(desk, 1)
    community = here(desk)

    def reason(*groups, **other):
        refusal = desk.refused("share_out", **{"community": community, "groups": list(groups)} | other)
        return refusal.reason, refusal.cells

    assert reason({"cells": all_cells[1:]}) == ("cells_left_over", (all_cells[0],))
    assert reason({"cells": all_cells}, {"cells": all_cells[:1]}) == ("cell_in_two_groups", (all_cells[0],))
    far = desk.key(4, 0)
    assert reason({"cells": [*all_cells, far]}) == ("crosses_community", (far,))
    assert reason({"cells": [*all_cells, 10**6]}) == ("unknown_cell", (10**6,))
    twice = ({"grid": west, "cells": all_cells[:3]}, {"grid": west, "cells": all_cells[3:]})
    assert reason(*twice)[0] == "grid_in_two_groups"
    assert reason({"grid": desk.grid(3, 0, 1), "cells": all_cells})[0] == "foreign_grid"
    assert reason({"grid": 10**6, "cells": all_cells})[0] == "unknown_grid"
    assert reason({"cells": all_cells}, community=10**6)[0] == "unknown_community"
    present = [
        {"grid": g, "cells": [k for k, at in grid_of(desk).items() if at == g]} for g in (west, desk.grid(0, 0, 2))
    ]
    assert reason(*present)[0] == "nothing_changes"
    for rubbish in (None, [], "all", [7], [{}], [{"cells": []}], [{"grid": "1", "cells": all_cells}]):
        assert reason(groups=rubbish)[0] == "bad_intent"
    assert not PlanCell.objects.exists()
