"""fuzz_plan: it finds nothing in what is sound, and it does find what is broken."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from cells.models import Plan, PlanCell
from cells.plans import fuzzing, open_plan
from cells.plans.editing import apply
from cells.plans.sketch import corners_and_middles, double_area_mm2, is_tiling, orphans
from spatial.postgis.convert import to_geos, to_shapely
from tests.cells.lattice_city import a_lattice_city
from tests.makers import a_city

pytestmark = pytest.mark.django_db

KEYS = ["edits", "accepted", "refused", "invalid_coverages", "area_drift_m2", "orphan_points", "crashes", "seconds"]


@pytest.mark.parametrize("seed", [1, 2])
def test_edits_by_chance_break_nothing_and_leave_nothing_behind(capsys, seed):
    a_lattice_city(16, 12)
    call_command("fuzz_plan", "--edits", "250", "--seed", str(seed), "--json")
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert found["edits"] == found["accepted"] + found["refused"] == 250
    assert found["accepted"] > 60
    assert found["refused"] > 60
    assert [found[k] for k in KEYS[3:7]] == [0, 0.0, 0, 0]
    assert not Plan.objects.exists()


def a_trial():
    city = a_city("4x4")
    plan = open_plan(title="broken")
    key = city.cell(1, 1).pk
    line = [city.lonlat(1, 1, south=-0.1), city.lonlat(1, 1, south=1.1)]
    trial = fuzzing._Trial(plan, np.random.default_rng(1))
    trial._follow(apply(plan, "split", {"cells": [key], "line": line}, revision=0))
    assert not trial.figures.invalid_coverages
    return plan, trial


def test_a_cell_moved_behind_the_back_is_found_in_every_figure():
    plan, trial = a_trial()
    row = PlanCell.objects.get(plan=plan, key=-1)
    shape = to_shapely(row.shape)
    row.shape = to_geos(
        shapely.transform(shape, lambda c: shape.centroid.coords[0] + (c - shape.centroid.coords[0]) * 2)
    )
    row.save()
    trial.judge_whole()
    assert trial.figures.invalid_coverages == 1
    assert trial.figures.area_drift_m2 == 15_000  # 5,000 m² twice as long and wide
    assert trial.figures.orphan_points > 0
    assert not trial.figures.sound


def test_what_undoing_leaves_behind_is_found():
    plan, trial = a_trial()
    plan.edits.update(before={"cells": {}})
    trial.undo_all()
    assert not trial.figures.undone


def test_the_judges_know_a_gap_an_overlap_and_a_lost_square_millimetre():
    west, east = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    assert is_tiling([west, east])
    assert not is_tiling([west, shapely.box(9.999, 0, 20, 10)])
    assert not is_tiling([west, shapely.box(10, 5, 20, 10), shapely.box(10, 0, 20, 5)])  # a corner the west lacks
    assert not is_tiling([west, shapely.MultiPolygon([east])])
    assert double_area_mm2([west]) - double_area_mm2([shapely.box(0, 0, 10, 9.999)]) == 2 * 10_000
    points = shapely.points([(5, 5), (10, 5), (15, 5), (25, 5)])
    assert orphans(points, [west, east]) == 1
    assert orphans(points, [west, east, shapely.box(12, 1, 18, 9)]) == 2
    assert len(corners_and_middles([west])) == 5 + 4


def test_without_a_city_there_is_nothing_to_try():
    with pytest.raises(CommandError, match="edition"):
        call_command("fuzz_plan", "--edits", "1")
