"""Dividing the communities of an edition: exact, numbered, published, resumable, never a code twice."""

import json

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from cells.codes import serial_order
from cells.division import DivisionError, divide_cells, division_report, work
from cells.division.divide import Outcome as _Outcome
from cells.division.divide import _area, _communities, _noded_outlines
from cells.editions import discard_draft
from cells.models import Cell, CellVersion, DividedCommunity, Edition, Grid, GridVersion, Street
from spatial.errors import BrokenCoverage
from spatial.partition import is_partition
from spatial.postgis.convert import array_to_shapely, to_geos
from tests.cells.draft_town import a_draft, a_draft_of, in_order
from tests.spatial.town import a_town

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def town():
    return a_town(size_m=1200.0, seed=3)


def cells_of(edition, **which):
    rows = CellVersion.objects.of_edition(edition).filter(**which).select_related("cell").order_by("cell__code")
    return list(rows), array_to_shapely(r.shape for r in rows)


def grids_of(edition, level):
    rows = GridVersion.objects.of_edition(edition).filter(grid__level=level)
    return {r.grid_id: (r, shapely.from_wkb(bytes(r.shape.wkb))) for r in rows}


def assert_every_level_is_the_union_of_the_next(edition):
    rows, shapes = cells_of(edition)
    assert is_partition(shapes, shapely.coverage_union_all(shapes))
    below = {"grid": [r.grid_id for r in rows], "community": [r.community_id for r in rows]}
    for level, owners in below.items():
        found = grids_of(edition, level)
        assert set(found) == set(owners)
        for grid, (version, shape) in found.items():
            mine = shapes[np.array(owners) == grid]
            assert is_partition(mine, shape)
            assert version.area_m2 == pytest.approx(sum(r.area_m2 for r in rows if grid in (r.grid_id, r.community_id)))
    for lower, upper in (("community", "town"), ("town", "district"), ("district", "city")):
        children = grids_of(edition, lower).values()
        for grid, (_, shape) in grids_of(edition, upper).items():
            parts = [p for v, s in children if v.parent_id == grid for p in shapely.get_parts(s)]
            assert is_partition(parts, shape)


def test_a_draft_is_divided_and_published(town):
    a_draft_of(town)
    outcome = divide_cells(jobs=1)
    edition = Edition.objects.in_force()
    assert (outcome.edition, edition.number) == (edition, 1)
    assert_every_level_is_the_union_of_the_next(edition)
    rows, shapes = cells_of(edition)
    assert outcome.cells == len(rows) == Cell.objects.count()
    assert not DividedCommunity.objects.exists()
    for community in {r.community_id for r in rows}:
        mine = [k for k, r in enumerate(rows) if r.community_id == community]
        codes = [rows[k].cell.code for k in mine]
        prefix = rows[mine[0]].community.code
        assert codes == [f"{prefix}{n:03d}" for n in range(1, len(mine) + 1)]
        places = shapely.get_coordinates(shapely.centroid(shapes[mine]))
        assert serial_order(places, shapely.area(shapes[mine]).mean()).tolist() == list(range(len(mine)))


def test_third_level_grids_hang_together_and_are_of_fair_size(town):
    a_draft_of(town)
    divide_cells(jobs=1)
    rows, _ = cells_of(Edition.objects.in_force())
    grids = grids_of(Edition.objects.in_force(), "grid")
    size = {g: sum(r.grid_id == g for r in rows) for g in grids}
    per_community = {v.parent_id: 0 for v, _ in grids.values()}
    for version, shape in grids.values():
        assert len(shapely.get_parts(shape)) == 1
        assert version.grid.code.startswith(version.parent.code + "-")
        per_community[version.parent_id] += 1
    assert set(per_community) == {r.community_id for r in rows}
    assert all(7 <= n <= 16 for g, n in size.items() if per_community[grids[g][0].parent_id] > 1)
    assert max(size.values()) <= 16


def test_a_community_divided_anew_gets_codes_never_used_before(town):
    a_draft_of(town)
    divide_cells(jobs=1)
    first = Edition.objects.in_force()
    before, old_shapes = cells_of(first)
    chosen = before[0].community
    outcome = divide_cells(codes=[chosen.code], target_m2=14_000, jobs=1)
    second = Edition.objects.in_force()
    assert second.number == 2
    after, _ = cells_of(second)
    old = [r.cell.code for r in before if r.community_id == chosen.pk]
    new = [r.cell.code for r in after if r.community_id == chosen.pk]
    assert outcome.cells == len(new)
    assert min(new) == f"{chosen.code}{len(old) + 1:03d}"
    kept = {r.cell.code: r for r in before if r.community_id != chosen.pk}
    assert {r.cell.code for r in after if r.community_id != chosen.pk} == set(kept)
    for row in after:
        earlier = kept.get(row.cell.code)
        if earlier and earlier.pk != row.pk:  # a neighbour that got a vertex: the same cell, all but the same area
            assert row.area_m2 == pytest.approx(earlier.area_m2, abs=0.5)
            assert row.grid_id == earlier.grid_id
    assert_every_level_is_the_union_of_the_next(second)
    again, shapes = cells_of(first)
    assert [r.cell.code for r in again] == [r.cell.code for r in before]
    assert shapely.equals_identical(shapes, old_shapes).all()
    assert_every_level_is_the_union_of_the_next(first)


def test_a_stopped_run_goes_on_where_it_was(town):
    edition = a_draft_of(town)
    versions = _communities(edition)
    outlines = _noded_outlines(versions)
    areas = [_area(v, outlines[g], 10_000.0, _Outcome(edition)) for g, v in versions.items()]
    work.compute(edition, areas[:3], jobs=1, show=False)  # as far as a killed run came
    assert DividedCommunity.objects.count() == 3
    street = Street.objects.filter(shape__bboverlaps=to_geos(areas[1].outline)).first()
    street.street_class = 1 if street.street_class != 1 else 4
    street.save()
    touched = sum(bool(to_geos(a.outline).envelope.intersects(street.shape.envelope)) for a in areas[:3])
    outcome = divide_cells(jobs=1)
    assert outcome.kept_communities == 3 - touched  # what lies on changed ground is computed anew
    assert_every_level_is_the_union_of_the_next(outcome.edition)


def test_the_same_cells_come_from_one_process_and_from_two(town):
    a_draft_of(town)
    divide_cells(jobs=1, draft_only=True)
    rows, one = cells_of(Edition.objects.draft())
    codes = [r.cell.code for r in rows]
    discard_draft()
    a_draft(in_order(town))
    divide_cells(jobs=2, draft_only=True)
    rows, two = cells_of(Edition.objects.draft())
    assert shapely.equals_identical(one, two).all()
    assert [r.cell.code for r in rows] == codes  # cells of a draft were never given out: numbering starts afresh


def test_a_draft_is_published_only_when_every_community_has_cells(town):
    a_draft_of(town)
    first, *_ = Grid.objects.filter(level="community").order_by("code").values_list("code", flat=True)
    outcome = divide_cells(codes=[first], jobs=1)
    assert outcome.edition.state == Edition.State.DRAFT
    assert "communities have no cells" in outcome.notices[0]
    assert divide_cells(jobs=1).edition.state == Edition.State.PUBLISHED
    assert_every_level_is_the_union_of_the_next(Edition.objects.in_force())


def test_outlines_that_nearly_agree_become_one_tiling():
    rng = np.random.default_rng(1)
    a, b, c = (530_000.0, 3_380_000.0), (530_400.0, 3_380_037.0), (530_390.0, 3_380_431.0)
    middle = [(530_395.3, 3_380_200.7)]
    west = shapely.Polygon([a, b, *middle, c, (530_003.0, 3_380_400.0)])
    east = shapely.Polygon([b, (530_800.0, 3_380_000.0), (530_790.0, 3_380_400.0), c])  # without the middle vertex
    rings = [shapely.get_coordinates(s)[:-1] for s in (west, east)]
    a_draft(np.array([shapely.Polygon(ring + rng.uniform(-0.0004, 0.0004, ring.shape)) for ring in rings]))
    divide_cells(jobs=1)
    assert_every_level_is_the_union_of_the_next(Edition.objects.in_force())


def test_overlapping_communities_are_refused_with_their_names():
    a_draft([shapely.box(530_000, 3_380_000, 530_403, 3_380_400), shapely.box(530_400, 3_380_000, 530_800, 3_380_400)])
    with pytest.raises(BrokenCoverage, match=r"990101001001 and 990101001002 overlap by 1200\.0 m².*check_coverage"):
        divide_cells(jobs=1)
    assert not Cell.objects.exists()


def test_a_community_too_large_for_its_serials_gets_larger_cells():
    a_draft([shapely.box(530_000, 3_380_000, 533_500, 3_383_500)])
    outcome = divide_cells(jobs=1)
    assert "cells of 14000 m²" in outcome.notices[0]
    assert 800 < outcome.cells < 999


def test_what_cannot_be_divided_is_said_plainly(town):
    with pytest.raises(DivisionError, match="no draft edition"):
        divide_cells()
    a_draft_of(town)
    with pytest.raises(DivisionError, match="No community of edition 1 has the code 42; codes look like 990101001001"):
        divide_cells(codes=["42"])
    with pytest.raises(CommandError, match="above 0"):
        call_command("divide_cells", "--target", "0")


def test_the_report_is_measured_on_the_database(town, capsys):
    a_draft_of(town)
    call_command("divide_cells", "--jobs", "1", "-v", "0")
    capsys.readouterr()
    call_command("divide_report", "--json")
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [
        "cells", "within_25pct", "mean_area_m2", "cv", "compactness_mean", "street_share", "buildings_cut", "seconds",
    ]  # fmt: skip
    areas = np.array(CellVersion.objects.values_list("area_m2", flat=True))
    assert report["cells"] == len(areas)
    assert report["within_25pct"] == pytest.approx(((areas >= 7500) & (areas <= 12_500)).mean(), abs=1e-4)
    assert report["mean_area_m2"] == pytest.approx(areas.mean(), abs=1e-3)
    assert report["cv"] == pytest.approx(areas.std() / areas.mean(), abs=1e-4)
    assert report["buildings_cut"] <= 0.001
    assert 0.3 < report["street_share"] < 1
    assert report["seconds"] > 0
    some = division_report(codes=["990101001001"])
    assert some["cells"] == Cell.objects.filter(code__startswith="990101001001").count()


def test_a_border_counts_as_on_the_street_within_five_metres():
    edition = a_draft([shapely.box(530_000, 3_380_000, 530_200, 3_380_100)])
    divide_cells(jobs=1)  # two squares: 100 m of new border at x = 530,100
    for offset, share in ((4.9, 1.0), (5.1, 0.0)):
        line = shapely.LineString([(530_100 + offset, 3_379_900), (530_100 + offset, 3_380_200)])
        Street.objects.all().delete()
        Street.objects.create(street_class=3, shape=to_geos(line))
        assert division_report()["street_share"] == share
    assert edition.number == 1
