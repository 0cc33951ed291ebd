"""The ground made from that of the edition before is that which is read anew, and costs what has changed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.db import connection

from cells import editions, routing
from cells.ground import Ground
from cells.models import CellVersion, Edition, GridVersion
from spatial.amended import Amended
from spatial.postgis import run
from tests.cells.lattice_city import a_draft, a_lattice_city
from tests.spatial.test_locator import special_points


def publish_swapped(pairs: int, *, renamed: bool = False) -> Edition:
    """An edition in which the first neighbours within a community have changed places."""
    draft = editions.open_draft(label="swapped")
    rows = list(CellVersion.objects.current().order_by("community", "grid", "cell__code"))
    chosen = [
        (a, b)
        for a, b in zip(rows[::2], rows[1::2], strict=False)
        if (a.community_id, a.grid_id) == (b.community_id, b.grid_id)
    ][:pairs]
    fresh = [like(one, draft, shape=other.shape) for a, b in chosen for one, other in ((a, b), (b, a))]
    CellVersion.objects.filter(pk__in=[v.pk for pair in chosen for v in pair]).update(until=draft)
    CellVersion.objects.bulk_create(fresh)
    if renamed:
        town = GridVersion.objects.current().filter(grid__level="town").first()
        GridVersion.objects.filter(pk=town.pk).update(until=draft)
        town.pk, town.since, town.name_zh = None, draft, "新名街道"
        town.save(force_insert=True)
    return editions.publish()


def like(cell: CellVersion, draft: Edition, *, shape: object) -> CellVersion:
    return CellVersion(
        cell_id=cell.cell_id, since=draft, community_id=cell.community_id, grid_id=cell.grid_id, shape=shape,
        area_m2=cell.area_m2, perimeter_m=cell.perimeter_m,
    )  # fmt: skip


def same(ours: Ground, anew: Ground) -> None:
    assert (ours.edition, ours.stamp, ours.srid, ours.home) == (anew.edition, anew.stamp, anew.srid, anew.home)
    assert ours.locator.codes.tolist() == anew.locator.codes.tolist()
    for column in ("cell_ids", "community_ids", "grid_ids"):
        assert np.array_equal(getattr(ours, column), getattr(anew, column)), column
    assert ours.areas == anew.areas
    assert ours.above == anew.above
    xy = special_points(anew.locator._shapes)[::17]
    assert np.array_equal(ours.locator.locate_many(xy), anew.locator.locate_many(xy))
    for x, y in xy[::40].tolist():
        assert ours.explain(x, y, accuracy_m=20.0) == anew.explain(x, y, accuracy_m=20.0)


@pytest.mark.django_db
@pytest.mark.parametrize("renamed", [False, True])
def test_edition_after_edition_it_is_the_ground_that_is_read_anew(renamed: bool) -> None:
    a_lattice_city(16, 12)
    first = routing.ground()
    second = Ground.after(first, publish_swapped(5, renamed=renamed))
    same(second, Ground.of(Edition.objects.in_force()))
    assert isinstance(second.locator, Amended)
    assert (second.areas is first.areas) is not renamed
    publish_swapped(7)  # passed over
    fourth = Ground.after(second, publish_swapped(3, renamed=renamed))
    same(fourth, Ground.of(Edition.objects.in_force()))
    assert fourth.locator._base is first.locator
    assert routing.ground().locator._base is first.locator, "a process makes its own so"


@pytest.mark.django_db
def test_a_city_that_has_changed_for_the_most_part_or_is_another_is_read_anew() -> None:
    a_lattice_city(8, 8, seed=1)
    first = routing.ground()
    a_draft(8, 8, seed=2)
    second = Ground.after(first, editions.publish())
    assert not isinstance(second.locator, Amended)
    # The same number in a database made anew is not the same edition, and an earlier one is not made from a later.
    third = publish_swapped(1)
    pk, number, valid_from, made_at = second.stamp
    other = type(second)(**{name: getattr(second, name) for name in Ground.__slots__} | {
        "stamp": (pk, number, valid_from, made_at.replace(year=2001))})  # fmt: skip
    assert not isinstance(Ground.after(other, third).locator, Amended)
    assert not isinstance(Ground.after(Ground.of(third), Edition.objects.get(number=number)).locator, Amended)


@pytest.mark.django_db
def test_what_has_changed_is_found_by_indexes_and_not_by_reading_the_city() -> None:
    a_lattice_city(60, 40)
    second = publish_swapped(10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cells_cellversion, cells_cell, cells_edition")
        cursor.execute("EXPLAIN (FORMAT JSON) " + run.statement("cells", "cells_changed_v1"), {"editions": [second.pk]})
        plan = json.dumps(cursor.fetchone()[0])
    assert "Seq Scan" not in plan, plan
