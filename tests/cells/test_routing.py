"""Routing in the database: Python and SQL agree on every point, and a published edition counts at once everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import shapely
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection, connections

from cells import editions, routing
from cells.explanation import Rule
from cells.ground import Ground
from cells.models import CatalogueClass, Component, Edition, Level, NoEditionInForce
from spatial import crs
from spatial.errors import BadCoordinate, UnknownCrs
from spatial.locator import OUTSIDE
from tests.cells.lattice_city import a_draft, a_lattice_city
from tests.spatial.test_locator import special_points

ROOT = Path(__file__).resolve().parents[2]
SQL = """
SELECT o.cell_id
FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(x, y, n)
LEFT JOIN LATERAL owner_of_point_v1(ST_SetSRID(ST_MakePoint(p.x, p.y), %s), %s) o ON true
ORDER BY p.n
"""


def owners_in_sql(xy: np.ndarray, edition: int) -> np.ndarray:
    with connection.cursor() as cursor:
        cursor.execute(SQL, [xy[:, 0].tolist(), xy[:, 1].tolist(), settings.CITY_SRID, edition])
        return np.array([-1 if row[0] is None else row[0] for row in cursor.fetchall()])


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = crs.from_city([[x, y]], srid=settings.CITY_SRID)[0].tolist()
    return lon, lat


@pytest.mark.django_db
def test_python_and_sql_agree_on_every_vertex_mid_edge_and_random_point() -> None:
    a_lattice_city(8, 8)
    ground = routing.ground()
    shapes = ground.locator._shapes
    rng = np.random.default_rng(8)
    west, south, east, north = ground.locator.bounds
    random = rng.uniform((west - 30, south - 30), (east + 30, north + 30), (20_000, 2))
    xy = np.concatenate([special_points(shapes), random])
    ours = routing.route_many(xy, crs="CITY").cell_ids()
    assert np.array_equal(ours, owners_in_sql(xy, ground.edition))
    assert np.count_nonzero(ours == -1) > 500
    assert len(np.unique(ours)) == 64 + 1


@pytest.mark.django_db
def test_the_function_uses_the_index_of_the_shapes() -> None:
    edition = a_lattice_city(40, 40)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cells_cellversion, cells_cell, cells_edition")
        cursor.execute("EXPLAIN (FORMAT JSON) " + SQL, [[450_100.0], [3_840_100.0], settings.CITY_SRID, edition.number])
        plan = json.dumps(cursor.fetchone()[0])
    assert '"Index Name": "cell_shape"' in plan, f"not inlined, or without the index: {plan}"
    assert '"Function Name": "owner_of_point_v1"' not in plan


@pytest.mark.django_db
def test_a_point_inside_a_cell_gets_its_whole_chain() -> None:
    edition = a_lattice_city()
    shape = routing.ground().locator._shapes[0]
    lon, lat = lonlat(*shape.representative_point().coords[0])
    found = routing.route(lon, lat)
    assert found.rule == Rule.CONTAINS
    assert found.cell == "990101001001001"
    assert [(a.level, a.code) for a in found.chain] == [
        ("grid", found.chain[0].code),
        ("community", "990101001001"),
        ("town", "990101001"),
        ("district", "990101"),
        ("city", "city"),
    ]
    assert found.chain[0].code in ("990101001001-01", "990101001001-02")
    assert found.area(Level.COMMUNITY).name_zh == "社区1-1"
    assert found.edition == edition.number
    assert found.certain == ("cell", "grid", "community", "town", "district", "city")
    assert found.border_m == pytest.approx(shape.boundary.distance(shapely.Point(found.x, found.y)), abs=1e-6)
    assert json.loads(json.dumps(found.as_data()))["community"]["code"] == "990101001001"
    # The second community of a town has no third-level grids.
    shape = next(s for s, c in zip(*_cells(), strict=True) if c.startswith("990101001002"))
    found = routing.route(*lonlat(*shape.representative_point().coords[0]))
    assert [a.level for a in found.chain] == ["community", "town", "district", "city"]


@pytest.mark.django_db
def test_a_point_on_a_shared_corner_names_all_its_owners() -> None:
    a_lattice_city()
    shapes, codes = _cells()
    tree = shapely.STRtree(shapes)
    corner = next(
        p
        for p in shapely.points(shapely.get_coordinates(shapes))
        if len(tree.query(p, predicate="intersects")) == 4
        and len({codes[i][:12] for i in tree.query(p, predicate="intersects")}) == 4
    )
    holders = sorted(codes[i] for i in tree.query(corner, predicate="intersects"))
    found = routing.route(corner.x, corner.y, crs="CITY")
    assert found.rule == Rule.BORDER_TIE
    assert found.cell == holders[0]
    assert [c.cell for c in found.candidates] == holders
    assert found.border_m == 0.0
    assert [c.distance_m for c in found.candidates] == [0.0] * 4
    # Four communities of two towns meet here: only district and city are certain.
    assert found.certain == ("district", "city")


@pytest.mark.django_db
def test_nearer_to_a_border_than_its_accuracy_a_place_lists_all_candidates() -> None:
    a_lattice_city()
    shapes, codes = _cells()
    middle = shapes[0].representative_point()
    border = shapes[0].boundary.distance(middle)
    sharp = routing.route(middle.x, middle.y, crs="CITY", accuracy_m=border - 1)
    assert sharp.rule == Rule.CONTAINS
    assert [c.cell for c in sharp.candidates] == [codes[0]]
    vague = routing.route(middle.x, middle.y, crs="CITY", accuracy_m=border + 30)
    assert vague.rule == Rule.NEAR_BORDER
    assert vague.cell == codes[0]
    expected = {c for s, c in zip(shapes, codes, strict=True) if s.distance(middle) <= border + 30}
    assert {c.cell for c in vague.candidates} == expected
    assert len(expected) > 1
    assert vague.candidates[0].cell == codes[0]
    assert [c.distance_m for c in vague.candidates] == sorted(c.distance_m for c in vague.candidates)


@pytest.mark.django_db
def test_outside_the_city_the_nearest_cell_and_its_distance_are_told() -> None:
    a_lattice_city()
    shapes, codes = _cells()
    west, south, _, north = shapely.total_bounds(shapes)
    place = shapely.Point(crs.snap([west - 250, (south + north) / 2]))
    found = routing.route(place.x, place.y, crs="CITY")
    distances = shapely.distance(shapes, place)
    assert found.rule == Rule.OUTSIDE
    assert (found.cell, found.cell_id, found.chain, found.certain) == ("", None, (), ())
    assert found.candidates[0].cell == codes[int(distances.argmin())]
    assert found.border_m == pytest.approx(distances.min(), abs=1e-6)
    # Another city altogether.
    assert routing.route(121.47, 31.23).border_m > 500_000


@pytest.mark.django_db
def test_bad_coordinates_get_a_clear_answer() -> None:
    a_lattice_city()
    shape = routing.ground().locator._shapes[0]
    lon, lat = lonlat(*shape.representative_point().coords[0])
    with pytest.raises(BadCoordinate, match="swapped"):
        routing.route(lat, lon)
    with pytest.raises(BadCoordinate, match="not a number"):
        routing.route(float("nan"), lat)
    with pytest.raises(BadCoordinate, match="latitude"):
        routing.route(lon, 91)
    with pytest.raises(UnknownCrs, match="mars"):
        routing.route(lon, lat, crs="mars")
    many = routing.route_many([[lat, lon], [lon, lat], [float("nan"), 1]])
    assert many.faults.tolist() == [crs.Fault.SWAPPED, 0, crs.Fault.NOT_A_NUMBER]
    assert (many.index != OUTSIDE).tolist() == [False, True, False]
    assert np.isnan(many.border_m[[0, 2]]).all()
    shifted = crs.from_city([shape.representative_point().coords[0]], crs="GCJ-02", srid=settings.CITY_SRID)[0]
    assert routing.route(*shifted, crs="GCJ-02").cell == routing.route(lon, lat).cell
    assert routing.route(*shifted).cell != routing.route(lon, lat).cell  # the shift is hundreds of metres


@pytest.mark.django_db
def test_many_and_one_tell_the_same() -> None:
    a_lattice_city()
    ground = routing.ground()
    rng = np.random.default_rng(9)
    west, south, east, north = ground.locator.bounds
    xy = np.concatenate(
        [
            rng.uniform((west - 60, south - 60), (east + 60, north + 60), (300, 2)),
            special_points(ground.locator._shapes)[::53],
        ]
    )
    many = routing.route_many(xy, crs="CITY", accuracy_m=12.0)
    for row, (x, y) in enumerate(xy.tolist()):
        one = routing.route(x, y, crs="CITY", accuracy_m=12.0)
        assert (many.rules[row], many.codes()[row]) == (one.rule, one.cell)
        assert many.border_m[row] == pytest.approx(one.border_m, abs=1e-9)
        assert many.candidates(row, accuracy_m=12.0) == one.candidates
        community = one.area(Level.COMMUNITY)
        assert many.codes(Level.COMMUNITY)[row] == (community.code if community else "")
        grid = one.area(Level.GRID)
        assert many.codes(Level.GRID)[row] == (grid.code if grid else "")
    assert set(many.rules) == set(Rule)
    outside = many.index == OUTSIDE
    assert all(many.codes(nearest=True)[outside])


@pytest.mark.django_db
def test_without_an_edition_there_is_no_answer() -> None:
    with pytest.raises(NoEditionInForce):
        routing.route(114.0, 34.7)
    a_draft(4, 4)
    with pytest.raises(NoEditionInForce):
        routing.route(114.0, 34.7)


@pytest.mark.django_db
def test_a_published_edition_counts_at_the_next_question() -> None:
    a_lattice_city(8, 8, seed=1)
    place = (450_400.0, 3_840_400.0)  # near a corner of the lattice
    rng = np.random.default_rng(10)
    xy = rng.uniform((450_050, 3_840_050), (450_750, 3_840_750), (2_000, 2))
    before = routing.route(*place, crs="CITY")
    old = routing.route_many(xy, crs="CITY")
    a_draft(8, 8, seed=2)
    assert routing.route(*place, crs="CITY") == before  # a draft is not in force
    editions.publish()
    after = routing.route(*place, crs="CITY")
    new = routing.route_many(xy, crs="CITY")
    assert after.edition == before.edition + 1
    assert np.any(new.cell_ids() != old.cell_ids())
    assert np.array_equal(new.cell_ids(), owners_in_sql(xy, after.edition))
    # The old answers still speak of their own edition.
    assert np.array_equal(old.cell_ids(), owners_in_sql(xy, before.edition))


@pytest.mark.django_db
def test_components_are_snapped_by_the_same_rule_when_an_edition_is_published() -> None:
    a_lattice_city(8, 8, seed=1)
    shapes, _ = _cells()
    rng = np.random.default_rng(14)
    west, south, east, north = shapely.total_bounds(shapes)
    # Corners, mid-edges and their neighbours a millimetre off, and anywhere, outside included.
    xy = np.concatenate(
        [special_points(shapes)[::29], rng.uniform((west - 40, south - 40), (east + 40, north + 40), (200, 2))]
    )
    kind = CatalogueClass.objects.filter(kind="component").first()
    Component.objects.bulk_create(
        Component(code=f"{n:016d}", catalogue_class=kind, place=Point(x, y, srid=settings.CITY_SRID))
        for n, (x, y) in enumerate(crs.snap(xy).tolist())
    )
    a_draft(8, 8, seed=2)
    editions.publish()
    cells = Component.objects.order_by("code").values_list("cell_id", flat=True)
    assert [c or -1 for c in cells] == routing.route_many(crs.snap(xy), crs="CITY").cell_ids().tolist()
    assert None in list(cells)


@pytest.mark.django_db(transaction=True)
def test_another_process_answers_by_the_new_edition_without_a_restart() -> None:
    a_lattice_city(8, 8, seed=1)
    rng = np.random.default_rng(11)
    xy = rng.uniform((450_050, 3_840_050), (450_750, 3_840_750), (500, 2))
    script = f"""
import os, sys, json
os.environ["DATABASE_URL"] = {_url()!r}
os.environ["DJANGO_SETTINGS_MODULE"] = "maps.settings"
import django; django.setup()
from cells import routing
for line in sys.stdin:
    routed = routing.route_many(json.loads(line), crs="CITY")
    print(json.dumps([routed.ground.edition, routed.cell_ids().tolist()]), flush=True)
"""
    other = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:

        def ask() -> list:
            other.stdin.write(json.dumps(xy.tolist()) + "\n")
            other.stdin.flush()
            return json.loads(other.stdout.readline())

        first = ask()
        assert first == [routing.ground().edition, routing.route_many(xy, crs="CITY").cell_ids().tolist()]
        a_draft(8, 8, seed=2)
        assert ask() == first
        editions.publish()
        second = ask()
        assert second[0] == first[0] + 1
        assert second[1] != first[1]
        assert second[1] == owners_in_sql(xy, second[0]).tolist()
    finally:
        other.stdin.close()
        assert other.wait(timeout=30) == 0


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_ground_and_none_answers_from_the_past() -> None:
    a_lattice_city(8, 8, seed=1)
    first = routing.ground()
    stop, wrong, seen = threading.Event(), [], []
    newest = [first.edition]

    def ask() -> None:
        try:
            while not stop.is_set():
                known = newest[0]
                ground = routing.ground()
                seen.append(id(ground))
                if ground.edition < known:
                    wrong.append((ground.edition, known))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seed in (2, 3):
        a_draft(8, 8, seed=seed)
        newest[0] = editions.publish().number
        routing.ground()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert Edition.objects.in_force().number == first.edition + 2
    # Three editions, three grounds: threads did not each make their own.
    assert len(set(seen) | {id(first)}) <= 3


def _cells() -> tuple[np.ndarray, list[str]]:
    locator = routing.ground().locator
    return locator._shapes, locator.codes.tolist()


def _url() -> str:
    """The address of the test database, for another process."""
    return urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"]).geturl()


@pytest.mark.django_db(transaction=True)
def test_while_a_new_ground_is_made_places_are_answered_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    a_lattice_city(8, 8)
    before, made = routing.ground(), Ground.after
    a_draft(8, 8, seed=2)
    edition = editions.publish()
    go_on = threading.Event()

    def slowly(old: Ground, edition: Edition) -> Ground:
        assert go_on.wait(60)
        return made(old, edition)

    monkeypatch.setattr(Ground, "after", slowly)
    monkeypatch.setattr(routing, "_beside", True)
    x, y = before.locator._shapes[5].representative_point().coords[0]
    meanwhile = [routing.route(x, y, crs="CITY") for _ in range(3)]
    assert routing.areas().keys() == Ground.of(edition).areas.keys(), "names do not wait either"
    assert routing.edition_loaded() == before.edition, "it was to be made slowly"
    go_on.set()
    assert routing._maker is not None
    routing._maker.join(60)
    assert routing.edition_loaded() == edition.number
    found = routing.route(x, y, crs="CITY")
    known = [(one.edition, one.cell_id, one.chain) for one in meanwhile]
    assert known == [(edition.number, found.cell_id, found.chain)] * 3
    assert found.border_m == pytest.approx(meanwhile[0].border_m)


@pytest.mark.django_db(transaction=True)
def test_a_ground_that_cannot_be_made_is_tried_again_and_the_database_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    a_lattice_city(8, 8)
    x, y = routing.ground().locator._shapes[5].representative_point().coords[0]
    a_draft(8, 8, seed=2)
    edition = editions.publish()

    def broken(_old: Ground, _edition: Edition) -> Ground:
        raise MemoryError

    monkeypatch.setattr(routing, "_beside", True)
    with monkeypatch.context() as now:
        now.setattr(Ground, "after", broken)
        assert routing.route(x, y, crs="CITY").edition == edition.number
        assert routing._maker is not None
        routing._maker.join(60)
        assert routing.edition_loaded() != edition.number
    assert routing.route(x, y, crs="CITY").edition == edition.number
    routing._maker.join(60)
    assert routing.edition_loaded() == edition.number
