"""Publishing while others route, report and publish: every answer is of one edition, and nothing is stored stale."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import connection, connections, transaction

from cases.importing import Options as CaseOptions
from cases.importing import import_cases
from cases.models import Case
from cases.publishing import CannotPublish, Published, publish_plan, revert_edition
from cells import editions, routing
from cells.ground import Ground
from cells.importing.components import Options, import_components
from cells.importing.errors import ImportRefused
from cells.importing.rejects import Rejects
from cells.models import CellVersion, Component, Edition
from spatial.locator import OUTSIDE
from spatial.postgis.convert import array_to_shapely
from tests.cases.publishing_desk import PublishingDesk, sound

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = 1_000_000


@pytest.fixture
def desk() -> PublishingDesk:
    return PublishingDesk()


def all_kinds(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.paint_across(2, 1, into=(3, 0))
    desk.do("merge", cells=[desk.key(4, 3), desk.key(5, 3)], into=desk.key(4, 3))
    desk.do("move_vertex", at=desk.at(1, 2, east=0, south=1), to=desk.at(1, 2, east=0.2137, south=0.8543))


def aside(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Work begun in another thread on its own connection; what it gives or raises is in the list at its end."""
    out: list[Any] = []

    def run() -> None:
        try:
            out.append(work())
        except Exception as error:
            out.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, out


def waits_for_a_lock() -> bool:
    return waiting() > 0


def waiting() -> int:
    """How many wait for a lock of editions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
            "WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def until(what: Callable[[], bool], *, within_s: float = 10.0) -> None:
    give_up = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < give_up, "it never came to that"
        time.sleep(0.005)


def holders(edition: Edition, points_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) smallest code of the closed cells that hold each point of whole millimetres, and how many do, by GEOS."""
    versions = list(CellVersion.objects.of_edition(edition).select_related("cell").order_by("cell__code"))
    shapes = shapely.transform(array_to_shapely(v.shape for v in versions), lambda xy: np.rint(xy * 1000.0))
    tree = shapely.STRtree(shapes)
    point, cell = tree.query(shapely.points(points_mm), predicate="intersects")
    count = np.bincount(point, minlength=len(points_mm))
    first = np.full(len(points_mm), len(versions))
    np.minimum.at(first, point, cell)
    codes = np.array([v.cell.code for v in versions] + [""])
    return codes[first], count


def places(edition: Edition, city: Any) -> np.ndarray:
    """Every vertex and mid-edge of every cell, and a million places in the city; whole millimetres."""
    rings = [np.array(v.shape.exterior_ring.coords) for v in CellVersion.objects.of_edition(edition)]
    ends = [(ring[:-1] + ring[1:]) / 2 for ring in rings]
    corners = np.array([city.metres(0, 4, east=0, south=0), city.metres(6, 0, east=0, south=0)])
    inside = np.random.default_rng(5).uniform(corners.min(axis=0), corners.max(axis=0), (POINTS, 2))
    return np.rint(np.concatenate([*rings, *ends, inside]) * 1000.0)


def owners(ground: Ground, points_mm: np.ndarray) -> np.ndarray:
    index = ground.locator.locate_many(points_mm / 1000.0)
    assert (index != OUTSIDE).all()
    return ground.locator.codes[index]


def test_every_place_has_exactly_one_owner_before_during_and_after(desk: PublishingDesk) -> None:
    first = Edition.objects.in_force()
    all_kinds(desk)
    desk.approve()
    points = places(first, desk.city)
    old, count = holders(first, points)
    assert (count >= 1).all()
    assert (count[-POINTS:] == 1).mean() > 0.99  # and the others are on a border
    assert (owners(routing.ground(), points) == old).all()
    answers: list[tuple[int, np.ndarray, np.ndarray]] = []
    stop = threading.Event()

    def ask() -> None:
        rng = np.random.default_rng(7)
        while not stop.is_set():
            chosen = rng.integers(0, len(points), 2000)
            routed = routing.route_many(points[chosen] / 1000.0, crs="CITY")
            answers.append((routed.ground.edition, chosen, routed.codes().astype(str)))

    threads = [aside(ask) for _ in range(2)]
    until(lambda: len(answers) > 4)
    done = publish_plan(desk.plan)
    until(lambda: any(edition == 2 for edition, *_ in answers))
    back = revert_edition(done.edition)
    until(lambda: any(edition == 3 for edition, *_ in answers))
    stop.set()
    for thread, out in threads:
        thread.join()
        assert out == [None]
    second = Edition.objects.get(number=2)
    new, count = holders(second, points)
    assert (count >= 1).all()
    assert (new != old).any()
    by_edition = {1: old, 2: new, 3: old}
    for edition, chosen, codes in answers:
        assert (codes == by_edition[edition][chosen]).all(), "an answer is of two editions"
    assert back.edition == 3
    assert (owners(routing.ground(), points) == old).all()
    more = places(second, desk.city)
    told, count = holders(second, more)
    assert (count >= 1).all()
    assert (owners(Ground.of(second), more) == told).all()
    assert sound()


def test_the_database_names_the_same_owner(desk: PublishingDesk) -> None:
    all_kinds(desk)
    desk.publish()
    edition = Edition.objects.in_force()
    every = places(edition, desk.city)
    sample = np.concatenate([every[:-POINTS], every[-1000:]])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.code FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(x, y, n) "
            "CROSS JOIN LATERAL owner_of_point_v1(ST_SetSRID(ST_MakePoint(p.x, p.y), %s), 2) o ORDER BY n",
            [(sample[:, 0] / 1000.0).tolist(), (sample[:, 1] / 1000.0).tolist(), routing.ground().srid],
        )
        told = np.array([code for (code,) in cursor.fetchall()])
    assert (told == owners(routing.ground(), sample)).all()


def test_a_report_that_comes_while_grids_are_redrawn_waits_and_goes_to_the_new_owner(desk: PublishingDesk) -> None:
    desk.paint_across(2, 0, into=(3, 0))
    desk.approve()
    routing.ground()
    with transaction.atomic():
        publish_plan(desk.plan)
        thread, out = aside(lambda: desk.case(2, 0))
        until(waits_for_a_lock)
    thread.join()
    (case,) = out
    assert case.edition.number == 2
    assert case.owner.code == desk.city.community_code(3, 0)


def test_grids_wait_for_a_report_that_is_being_stored_and_take_it_along(desk: PublishingDesk) -> None:
    """The report is routed by the first edition and not committed yet when the second begins."""
    desk.paint_across(2, 0, into=(3, 0))
    desk.approve()
    with transaction.atomic():
        case = desk.case(2, 0)
        assert case.edition.number == 1
        thread, out = aside(lambda: publish_plan(desk.plan))
        until(waits_for_a_lock)
    thread.join()
    (done,) = out
    assert (done.cases_moved, done.cases_reowned) == (1, 1)
    stored = Case.objects.get()
    assert (stored.edition.number, stored.owner.code) == (2, desk.city.community_code(3, 0))


def test_a_draft_too_waits_for_a_report_that_is_being_stored(desk: PublishingDesk) -> None:
    editions.open_draft()
    with transaction.atomic():
        desk.case(2, 0)
        thread, out = aside(editions.publish)
        until(waits_for_a_lock)
        assert Edition.objects.in_force().number == 1
    thread.join()
    assert out[0].number == 2


def test_reports_that_stream_in_all_belong_to_the_edition_in_force_at_the_end(desk: PublishingDesk) -> None:
    desk.paint_across(2, 0, into=(3, 0))
    desk.approve()
    stop = threading.Event()

    def report() -> int:
        n = 0
        while not stop.is_set():
            desk.case(2, 0)
            n += 1
        return n

    threads = [aside(report) for _ in range(2)]
    until(lambda: Case.objects.count() > 5)
    publish_plan(desk.plan)
    count = Case.objects.count()
    until(lambda: Case.objects.count() > count + 5)
    stop.set()
    for thread, out in threads:
        thread.join()
        assert isinstance(out[0], int), out
    assert {c.owner.code for c in Case.objects.all()} == {desk.city.community_code(3, 0)}
    assert {c.cell.code for c in Case.objects.all()} == {f"{desk.city.community_code(3, 0)}007"}


def test_two_who_publish_at_once_publish_once(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.approve()
    threads = [aside(lambda: publish_plan(desk.plan)) for _ in range(2)]
    for thread, _ in threads:
        thread.join()
    outcomes = [out[0] for _, out in threads]
    assert sorted(isinstance(o, Published) for o in outcomes) == [False, True]
    assert [o for o in outcomes if isinstance(o, CannotPublish)]
    assert Edition.objects.count() == 2


def test_two_plans_published_at_once_both_take_effect(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    desk.split(1, 0)
    other.split(4, 3)
    desk.approve()
    other.approve()
    threads = [aside(lambda plan=plan: publish_plan(plan)) for plan in (desk.plan, other.plan)]
    for thread, _ in threads:
        thread.join()
    assert sorted(out[0].edition for _, out in threads) == [2, 3]
    assert sound()


def test_of_two_plans_that_paint_the_same_cell_at_once_the_second_is_shown_the_conflict(desk: PublishingDesk) -> None:
    """Both wait for the lock at once: what collides must be asked after it, not before."""
    other = desk.another_plan()
    desk.do("paint", cells=[desk.key(1, 0)], grid=desk.grid(0, 0, 2))
    other.paint_across(1, 0, into=(3, 0))
    desk.approve()
    other.approve()
    with transaction.atomic():
        editions.alone()
        threads = [aside(lambda plan=plan: publish_plan(plan)) for plan in (desk.plan, other.plan)]
        until(lambda: waiting() == 2)
    for thread, _ in threads:
        thread.join()
    outcomes = [out[0] for _, out in threads]
    [refused] = [o for o in outcomes if isinstance(o, CannotPublish)]
    assert [c.key for c in refused.conflicts] == [desk.key(1, 0)]
    assert Edition.objects.count() == 2


def test_components_read_before_a_redraw_and_stored_after_it_stand_in_the_new_cells(
    desk: PublishingDesk, tmp_path: Path
) -> None:
    """The file is read and routed by the first edition; the second begins before the rows are written."""
    desk.paint_across(2, 0, into=(3, 0))
    desk.approve()
    lon, lat = desk.city.lonlat(2, 0)
    file = tmp_path / "lamps.csv"
    file.write_text("id,lon,lat\n" + "".join(f"L{n},{lon},{lat}\n" for n in range(5)))
    with transaction.atomic():
        editions.hold_in_force()  # lets the import come as far as the lock of the one who redraws
        redraw, _ = aside(lambda: publish_plan(desk.plan))
        until(waits_for_a_lock)
        words = Options(of_class="component-0101", crs="WGS84", named={}, meanings={})
        load, out = aside(lambda: import_components(file, words, rejects=Rejects(tmp_path / "rejects.csv")))
        until(lambda: waiting() == 2 or bool(out))
    redraw.join()
    load.join()
    assert not isinstance(out[0], Exception), out
    assert out[0].added == 5
    assert {c.cell.code for c in Component.objects.all()} == {f"{desk.city.community_code(3, 0)}007"}


def test_an_import_of_cases_routed_before_a_redraw_is_refused_whole(desk: PublishingDesk, tmp_path: Path) -> None:
    desk.paint_across(2, 0, into=(3, 0))
    desk.approve()
    lon, lat = desk.city.lonlat(2, 0)
    file = tmp_path / "cases.csv"
    file.write_text(f"id,lon,lat,opened,description\n1,{lon},{lat},2026-03-02 10:00,hole\n")
    with transaction.atomic():
        editions.hold_in_force()
        redraw, _ = aside(lambda: publish_plan(desk.plan))
        until(waits_for_a_lock)
        named = {"reported_at": ["opened"], "words": ["description"], "label": ["id"]}
        words = CaseOptions(source="hotline", named=named, crs="WGS84")
        load, out = aside(lambda: import_cases(file, words, rejects=Rejects(tmp_path / "rejects.csv")))
        until(lambda: waiting() == 2 or bool(out))
    redraw.join()
    load.join()
    assert isinstance(out[0], ImportRefused), out
    assert "Edition 2 came into force" in str(out[0])
    assert not Case.objects.exists()
