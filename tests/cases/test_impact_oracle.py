"""The impact of random redraws of a demo city is what a full recount of the whole city by other code finds.

The oracle reads every cell and every point, locates all points by `spatial.locator`, and unites the cells of each grid
by shapely; it knows nothing of what a plan has stored.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import shapely
from django.core.management import call_command
from django.utils import timezone

from cases.impact import impact
from cases.impact.counting import NOWHERE, owners_of
from cases.models import Case
from cases.publishing import publish_plan
from cells.models import CatalogueClass, Component, Edition, Plan, Posting
from cells.plans import EditRefused, apply, changes, open_plan, working_cells
from cells.plans.sketch import Sketch
from cells.plans.stray_edits import VALID
from cells.routing import route_many
from spatial import crs as reference
from spatial.locator import OUTSIDE, Locator
from spatial.postgis.convert import array_to_shapely, to_geos
from tests.cases.makers import a_case
from tests.spatial.lattice import bent_lattice

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 6, 1)
NOW = timezone.make_aware(dt.datetime(2026, 6, 1))
EDITS = 40


def test_after_random_edits_the_impact_is_that_of_a_full_recount():
    call_command("demo_city", cells=200, today=DAY, jobs=1, verbosity=0)
    _components_on_borders()
    base = open_plan(title="untouched")
    _open_cases()
    kinds, passed_on = set(), 0
    for seed in range(3):
        plan = open_plan(title=f"random {seed}")
        kinds |= _edit(plan, np.random.default_rng(seed))
        plan = Plan.objects.select_related("base").get(pk=plan.pk)
        found = impact(plan, at=NOW)
        before, after = _recount(base), _recount(plan)
        differences = changes(plan)
        wanted = {g for d in differences for g in (d.grid_before, d.grid_after) if g}
        wanted |= {c for d in differences for c in (d.community_before, d.community_after) if c is not None}
        assert {row.key for row in found.grids} == wanted
        for row in found.grids:
            _agree(row.before, before["grids"].get(row.key))
            _agree(row.after, after["grids"].get(row.key))
        was, will = before["open"], after["open"]
        passing = {case for case, (community, _, own) in was.items() if own and community != will[case][0]}
        assert found.cases_changing_owner == len(passing)
        passed_on += len(passing)
        assert found.deadlines_touched == sum(was[case][1] for case in passing)
        assert sum(row.after is None for row in found.grids) == len(set(before["grids"]) & wanted - set(after["grids"]))
    assert {"paint", "split", "merge", "move_border"} <= kinds
    assert passed_on > 0
    # At last the real thing: the last plan is published, and the city is what its impact said. Cells born, or painted
    # across, get their codes only then, and codes decide to whom a border belongs: nothing lies on one now.
    Component.objects.filter(code__startswith="B").delete()
    found = impact(plan, at=NOW)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.APPROVED)
    done = publish_plan(plan.pk)
    assert done.cases_reowned == found.cases_changing_owner
    now = _recount(open_plan(title="after"))["grids"]
    for row in found.grids:
        if row.key > 0:
            _agree(row.after, now.get(row.key))


def _components_on_borders():
    """Components exactly on corners of cells, and as near to the middles of their sides as the 1 mm grid lets them."""
    shapes = working_cells(Plan(pk=0, base=Edition.objects.in_force())).shapes
    rng = np.random.default_rng(5)
    corners = shapely.get_coordinates(shapes)
    middles = np.round((corners[:-1] + corners[1:]) / 2, 3)
    chosen = np.concatenate([rng.permutation(corners)[:400], rng.permutation(middles)[:400]])
    cells = route_many(chosen, crs=reference.CITY).cell_ids()
    lamp = CatalogueClass.objects.in_use().components().minors()[0]
    Component.objects.bulk_create(
        Component(code=f"B{n:09d}", catalogue_class=lamp, place=to_geos(place), cell_id=cell if cell >= 0 else None)
        for n, (place, cell) in enumerate(zip(shapely.points(chosen), cells.tolist(), strict=True))
    )


def _open_cases():
    """A hundred new cases at components; every fifth was given away by hand to the community of the first."""
    places = Component.objects.order_by("pk").exclude(cell=None)[::40]
    made = [a_case(lon=c.place.x, lat=c.place.y, crs=reference.CITY, at=NOW - dt.timedelta(hours=1)) for c in places]
    Case.objects.filter(pk__in=[case.pk for case in made[::5]]).update(owner=made[0].owner)


def _edit(plan, rng):
    sketch, done, kinds = Sketch.of(working_cells(plan)), 0, set()
    while done < EDITS:
        maker = VALID[int(rng.integers(len(VALID)))]
        key = sketch.keys[int(rng.integers(len(sketch.keys)))]
        kind, intent = maker(sketch, plan, key, rng)
        try:
            sketch.follow(apply(plan, kind, intent, revision=None))
        except EditRefused:
            continue
        kinds.add(kind)
        done += 1
    return kinds


def _recount(plan):
    """Figures of every grid and community from all cells and all points; open cases with their community."""
    cells = working_cells(plan)
    codes = [c or f"~{-k:09d}" for c, k in zip(cells.codes, cells.keys.tolist(), strict=True)]
    locator = Locator(codes, cells.shapes)

    def owner(places):
        index = locator.locate_many(shapely.get_coordinates(places))
        return np.where(index == OUTSIDE, -1, locator.positions[np.maximum(index, 0)])

    component = owner(array_to_shapely(Component.objects.order_by("pk").values_list("place", flat=True)))
    rows = list(Case.objects.order_by("pk").values_list("pk", "stage", "closed_at", "reported_at", "owner"))
    case = owner(array_to_shapely(Case.objects.order_by("pk").values_list("place", flat=True)))
    stage = np.array([r[1] for r in rows])
    age = np.array([(NOW - r[2]).total_seconds() / 86400 if r[2] else np.inf for r in rows])
    told = np.array([(NOW - r[3]).total_seconds() / 86400 for r in rows])
    is_open, closed = ~np.isin(stage, ["closed", "declined", "void"]), stage == "closed"
    days, prior = min(told.max(), 365.0), 30.0
    here = Posting.objects.filter(since__lte=DAY).exclude(until__lte=DAY)
    answering = here.exclude(person__role="seconded")
    posted = list(answering.values_list("grid", "person"))
    communities = dict(zip(cells.grids.tolist(), cells.communities.tolist(), strict=True))
    hectares = shapely.area(cells.shapes) / 1e4

    def reports(mask):
        return float(mask[case[case >= 0]].sum())

    found = {}
    for column in (cells.grids, cells.communities):
        for name in set(column.tolist()) - {0}:
            mask = column == name
            around = cells.communities == cells.communities[np.argmax(mask)]
            union = shapely.union_all(cells.shapes[mask])
            rate = reports(mask) + hectares[mask].sum() * reports(around) / (hectares[around].sum() * days) * prior
            here = np.isin(case, np.flatnonzero(mask))
            areas = shapely.area(cells.shapes[mask])
            things = int(mask[component[component >= 0]].sum())
            found[name] = {
                "cells": int(mask.sum()),
                "area_m2": union.area,
                "cells_out_of_range": int(((areas < 9000) | (areas > 11000)).sum()),
                "compactness": 4 * np.pi * union.area / union.length**2,
                "parts": shapely.get_num_geometries(union),
                "components": things,
                "open_cases": int((here & is_open).sum()),
                "closed_30d": int((here & closed & (age < 30)).sum()),
                "closed_365d": int((here & closed & (age < 365)).sum()),
                "load_minutes_per_day": rate / (days + prior) * 45 + things * 0.05 + hectares[mask].sum(),
                "people": len({p for g, p in posted if g == name or communities.get(g) == name}),
            }
    open_ = {
        rows[n][0]: (
            int(cells.communities[case[n]]),
            stage[n] == "dispatched",
            rows[n][4] == cells.communities[case[n]],
        )
        for n in np.flatnonzero(is_open).tolist()
    }
    return {"grids": found, "open": open_}


def _agree(ours, theirs):
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert {f: getattr(ours, f) for f in theirs} == pytest.approx(theirs, rel=1e-6)


def test_places_are_located_as_by_the_locator():
    """Inside, on borders, on corners and outside of a bent lattice, codes shuffled."""
    codes, shapes = bent_lattice(6, 5, seed=3)
    rng = np.random.default_rng(3)
    codes = [f"{n:03d}" for n in rng.permutation(len(shapes))]
    corners = shapely.get_coordinates(shapes)
    middles, around = np.round((corners[:-1] + corners[1:]) / 2, 3), corners + rng.normal(0, 60, corners.shape)
    places = np.concatenate([corners, middles, around])
    locator = Locator(codes, shapes)
    index = locator.locate_many(places)
    expected = np.where(index == OUTSIDE, NOWHERE, locator.positions[np.maximum(index, 0)])
    assert NOWHERE in expected
    assert owners_of(places, shapes, codes).tolist() == expected.tolist()
