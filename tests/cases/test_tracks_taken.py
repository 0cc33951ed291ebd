"""Batches of points: whatever their order, however often and however late they come, the same follows from them."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import CellVisit, PatrolRecord, TrackFlag, TrackPoint
from cases.patrols.comparing import compare_tracks
from cases.patrols.days import keep_days
from cases.patrols.recounting import recount
from cases.patrols.taking import Taken, take
from cells.models import Person, Rule
from tests.cases.walking import a_walk, derived
from tests.makers import City, a_city, a_person, a_street, noon

pytestmark = pytest.mark.django_db
ROUND = [(0.5, 0.1), (2.5, 0.1), (2.5, 1.5), (0.5, 1.5)]


@pytest.fixture
def city() -> City:
    city = a_city(cells="3x2")
    a_street(city, 1)
    return city


def person(name: str = "one") -> int:
    return Person.objects.get(user=a_person("officer", username=name)).pk


def test_a_walk_is_seen_in_every_cell_it_comes_through(city: City) -> None:
    one = person()
    done = take(a_walk(city, [(0.5, 0.5), (2.5, 0.5)], person=one))
    assert (done.points, done.inserted, done.duplicates, done.late) == (17, 17, 0, 0)
    found = {v.cell.code: v for v in CellVisit.objects.select_related("cell")}
    assert set(found) == {city.code(c, 0) for c in range(3)}
    middle = found[city.code(1, 0)]
    # 100 m at 1.25 m/s are 80 s; at either end 12 m more still count, half a step may be cut off.
    assert middle.mode == CellVisit.Mode.FOOT
    assert middle.seconds == pytest.approx(100, abs=11)
    assert middle.metres == pytest.approx(middle.seconds * 1.25, abs=0.2)
    # Its one street runs 50 m away, along its southern border.
    assert middle.street_share == 0
    record = PatrolRecord.objects.get()
    assert (record.points, record.metres, record.seconds) == (17, 200.0, 160.0)


def test_who_walks_along_the_street_between_two_cells_has_been_at_both(city: City) -> None:
    take(a_walk(city, [(0, 1.05), (3, 1.05)], person=person()))
    shares = dict(CellVisit.objects.values_list("cell__code", "street_share"))
    assert shares == {city.code(c, r): 1.0 for c in range(3) for r in range(2)}


def test_what_drives_past_is_not_on_foot_and_a_jump_is_no_way(city: City) -> None:
    one = person()
    take(a_walk(city, [(0.5, 0.5), (2.5, 0.5)], person=one, mps=9, every_s=2))
    assert set(CellVisit.objects.values_list("mode", flat=True)) == {CellVisit.Mode.DRIVEN}
    there = a_walk(city, [(0.1, 0.1), (0.25, 0.1)], person=one, at=noon() + dt.timedelta(hours=1))
    there["x"][1] += 5000
    take(there)
    flag = TrackFlag.objects.get()
    assert (flag.kind, flag.times, flag.at) == ("teleport", 1, noon() + dt.timedelta(hours=1, seconds=10))
    assert PatrolRecord.objects.get().metres_driven == 198


@pytest.fixture
def everything(city: City) -> np.ndarray:
    """Two persons, three days, two phones, a replay, a better and a worse point of one moment, noise throughout."""
    one, two = person("one"), person("two")
    day = dt.timedelta(days=1)
    first = a_walk(city, ROUND, person=one, noise_m=4, seed=1)
    again = first.copy()
    again["at"] += 86_400_000_000  # the same track on the next day
    night = a_walk(city, ROUND, person=two, at=noon() - dt.timedelta(hours=12, minutes=3), noise_m=4, seed=2)
    far = a_walk(city, [(0.1, 0.1), (0.9, 0.1)], person=two, at=noon() + day, phone="other", noise_m=4, seed=3)
    far["x"] += 900
    near = a_walk(city, ROUND, person=two, at=noon() + day + dt.timedelta(seconds=3), noise_m=4, seed=4)
    worse, better = first[3:6].copy(), first[6:9].copy()
    worse["accuracy"], worse["x"] = 30, worse["x"] - 20
    better["accuracy"], better["y"] = 3, better["y"] + 7
    return np.concatenate([first, again, night, far, near, worse, better])


@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.floats(0, 1), max_size=4), twice=st.floats(0, 1))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_follows_whatever_the_order_the_batches_and_the_repetitions(
    everything: np.ndarray, seed: int, cuts: list[float], twice: float
) -> None:
    def after(batches: list[np.ndarray]) -> dict[str, object]:
        with transaction.atomic():
            done = sum((take(batch) for batch in batches), Taken())
            assert done.inserted + done.duplicates == done.points
            compare_tracks()
            found = derived()
            transaction.set_rollback(True)
        return found

    at_once = after([everything])
    assert {kind for _, _, kind, *_ in at_once["TrackFlag"]} == {"two_phones", "replay"}
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(np.concatenate([everything, everything[rng.random(len(everything)) < twice]]))
    assert after(np.split(mixed, sorted(int(cut * len(mixed)) for cut in cuts))) == at_once


def test_late_points_and_those_sent_again_are_told(city: City) -> None:
    walk = a_walk(city, ROUND, person=person())
    assert take(walk[10:]).late == 0
    done = take(walk[:12])
    assert (done.inserted, done.duplicates, done.late, done.days) == (10, 2, 10, 1)
    assert take(walk) == Taken(points=len(walk), duplicates=len(walk))
    assert PatrolRecord.objects.get().points == len(walk)


def test_two_persons_with_the_same_points_are_flagged_once_and_honest_company_is_not(city: City) -> None:
    one, two, three = person("one"), person("two"), person("three")
    long = ROUND * 12
    take(a_walk(city, long, person=one, noise_m=4, seed=1))
    take(a_walk(city, long, person=two, noise_m=4, seed=1))
    take(a_walk(city, long, person=three, noise_m=4, seed=2))
    assert compare_tracks() == 1
    flag = TrackFlag.objects.get()
    assert (flag.kind, flag.person_id, flag.other_person_id) == ("same_place", two, one)
    assert flag.times >= 30


def test_points_have_a_table_a_day_and_those_of_long_ago_go_with_it(city: City) -> None:
    one = person()
    take(a_walk(city, ROUND, person=one))
    Rule.objects.filter(pk="track_kept_days").update(value=10)
    assert keep_days(at=noon() + dt.timedelta(days=10)) == 0
    assert TrackPoint.objects.exists()
    assert keep_days(at=noon() + dt.timedelta(days=11)) == 1
    assert not TrackPoint.objects.exists()
    assert CellVisit.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'cases_trackpoint'::regclass")
        assert cursor.fetchone() == (4,)  # today and the days to come of both runs


def test_counting_anew_changes_nothing_but_what_was_edited(city: City, everything: np.ndarray) -> None:
    take(everything)
    compare_tracks()
    before = derived()
    later = noon() + dt.timedelta(days=3)
    assert recount(noon().date() - dt.timedelta(days=1), later.date(), at=later)[0] == 5  # one walks over midnight
    assert derived() == before
    Rule.objects.filter(pk="patrol_seen_m").update(value=1)
    recount(noon().date(), later.date(), at=later)
    after = derived()
    assert after["CellVisit"] != before["CellVisit"]
    assert [row[:7] for row in after["CellVisit"]] == [row[:7] for row in before["CellVisit"]]
    assert {name: after[name] for name in ("TrackPoint", "PatrolRecord")} == {
        name: before[name] for name in ("TrackPoint", "PatrolRecord")
    }


def test_a_person_who_goes_takes_the_track_along(city: City) -> None:
    one, two = person("one"), person("two")
    walk = a_walk(city, ROUND, person=one)
    take(walk)
    take(a_walk(city, ROUND, person=two, noise_m=4))
    get_user_model().objects.get(username="one").delete()
    assert set(TrackPoint.objects.values_list("person_id", flat=True)) == {two}
    assert set(PatrolRecord.objects.values_list("person_id", flat=True)) == {two}


@pytest.mark.django_db(transaction=True)
def test_batches_of_one_day_that_come_at_once_are_all_counted() -> None:
    city = a_city(cells="3x2")
    a_street(city, 1)
    walk = a_walk(city, ROUND * 2, person=person(), noise_m=4)
    take(walk)
    at_once = derived()
    TrackPoint.objects.all().delete(), PatrolRecord.objects.all().delete(), CellVisit.objects.all().delete()
    parts = [walk[k::4] for k in range(4)] + [walk[::3]]
    begin = threading.Barrier(len(parts))

    def send(part: np.ndarray) -> int:
        try:
            begin.wait()
            return take(part).inserted
        finally:
            connection.close()

    with ThreadPoolExecutor(len(parts)) as pool:
        assert sum(pool.map(send, parts)) == len(walk)
    assert derived() == at_once
