"""Rates of a day by hand, whose records one reads, what was found on the way, and the officer's own words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from cases import handling
from cases.demo.patrols import make_patrols
from cases.dispatch import dispatch
from cases.errors import BadReport, NotYours
from cases.models import Case, CellVisit, PatrolRecord, TrackFlag
from cases.patrols import records
from cases.patrols.days import midnight
from cases.patrols.rates import Rates, rates_by_day, rates_of, total
from cases.patrols.rounds import Weights, beat_of
from cases.patrols.taking import take
from cells.models import Posting, Role, Rule
from spatial import crs
from tests.cases.makers import a_case, closed, voided
from tests.cases.walking import a_walk
from tests.makers import City, a_city, a_person, a_street, noon
from tests.maps.officer_desk import an_officer

pytestmark = pytest.mark.django_db
DAY = noon().date()


@pytest.fixture
def city() -> City:
    """Two communities of 4 × 2 cells, in two grids of 2 × 2 each; a street between the two rows."""
    city = a_city(cells="8x2", community="4x2", at=noon() - dt.timedelta(days=20))
    a_street(city, 1)
    return city


def a_find(city: City, column: int, row: int, *, at: dt.datetime, source: str = "patrol") -> Case:
    lon, lat = city.metres(column, row)
    return a_case(lon=lon, lat=lat, crs=crs.CITY, at=at, source=source)


def test_a_days_rates_are_those_counted_by_hand(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    # Through the middle of the northern cells of the first grid, along the street under the second grid's.
    take(a_walk(city, [(0.1, 0.5), (1.9, 0.5), (2.1, 1.0), (3.9, 1.0)], person=officer.person.pk))
    # Somebody drives by in the other community.
    driver = a_person(Role.OFFICER, username="wang")
    take(a_walk(city, [(4.1, 0.5), (7.9, 0.5)], person=driver.person.pk, mps=9, every_s=2))
    found = {(g.community, g.grid): g.rates for g in rates_of(DAY, user=None)}
    own = city.community(0, 0)
    first, second = (v.grid_id for v in own.child_versions.order_by("grid__code"))
    # 12 m beside the street the walk is still at the cells of the first grid's row below, but not for long enough.
    assert found[own.pk, first] == Rates(cells=4, seen=2, walked=0)
    assert found[own.pk, second] == Rates(cells=4, seen=4, walked=4)
    rates, full, grids = total(rates_of(DAY, user=None))
    assert (rates.cells, rates.seen, rates.walked, full, grids) == (16, 6, 4, 1, 4)
    assert rates.full_walk == 0.25
    assert rates_by_day([DAY, DAY + dt.timedelta(days=1)], user=None) == {
        DAY: rates, DAY + dt.timedelta(days=1): Rates(cells=16),
    }  # fmt: skip
    # Within a territory only what lies in it.
    community = a_person(Role.COMMUNITY, territory=own)
    assert total(rates_of(DAY, user=community))[0] == rates_by_day([DAY], user=community)[DAY] == Rates(8, 6, 4)
    # A city that asks for less than half of the streets counts more cells as walked through: none has any here but one.
    Rule.objects.filter(pk="patrol_street_share_least").update(value=0)
    assert total(rates_of(DAY, user=community))[0] == Rates(8, 6, 6)


def test_finds_are_what_patrols_reported_and_dealt_with_is_what_came_of_them(city: City) -> None:
    later = noon() + dt.timedelta(hours=1)
    a_find(city, 0, 0, at=noon())
    closed(a_find(city, 0, 0, at=noon()), at=later)
    voided(a_find(city, 0, 0, at=noon()), at=later)
    handled = dispatch(a_find(city, 5, 0, at=noon()), by=None, at=later)
    handling.handle(handled, by=None, at=later, note="修好了")
    closed(a_find(city, 0, 0, at=noon(), source="hotline"), at=later)
    closed(a_find(city, 0, 0, at=noon() - dt.timedelta(days=1)), at=later)
    rates, _, _ = total(rates_of(DAY, user=None))
    assert (rates.found, rates.dealt) == (3, 2)
    assert rates_by_day([DAY], user=None)[DAY] == rates


def test_finds_of_a_record_lie_on_the_way_or_are_his_own(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    take(a_walk(city, [(0.1, 0.5), (1.9, 0.5)], person=officer.person.pk))
    own = a_find(city, 6, 1, at=noon() + dt.timedelta(hours=3), source="public")
    there = a_find(city, 1, 0, at=noon() + dt.timedelta(minutes=2))
    a_find(city, 1, 0, at=noon() + dt.timedelta(hours=2))
    a_find(city, 1, 0, at=noon() + dt.timedelta(minutes=2), source="hotline")
    record = PatrolRecord.objects.get()
    assert list(records.finds_of(record)) == [there]
    lon, lat = city.metres(6, 1)
    own = a_case(lon=lon, lat=lat, crs=crs.CITY, at=noon() + dt.timedelta(hours=4), by=officer)
    assert list(records.finds_of(record)) == [there, own]


def test_only_the_officer_completes_his_record_and_a_batch_leaves_his_words(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    walk = a_walk(city, [(0.1, 0.5), (1.9, 0.5)], person=officer.person.pk)
    take(walk[:8])
    record = PatrolRecord.objects.get()
    with pytest.raises(NotYours):
        records.complete(record, note="ok", weather="", by=a_person(Role.LEADER), at=noon())
    with pytest.raises(BadReport):
        records.complete(record, note="ok", weather="晴" * 41, by=officer, at=noon())
    records.complete(record, note=" 一切正常 ", weather="晴", by=officer, at=noon())
    take(walk)
    record.refresh_from_db()
    assert (record.note, record.weather, record.points, record.completed_at) == ("一切正常", "晴", len(walk), noon())


def test_a_beat_knows_when_a_cell_was_last_seen_and_what_is_open_there(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    take(a_walk(city, [(0.1, 0.5), (1.9, 0.5)], person=officer.person.pk))
    a_find(city, 1, 1, at=noon())
    beat = {c.code: c for c in beat_of(officer, at=noon() + dt.timedelta(days=2))}
    assert set(beat) == {city.code(c, r) for c in range(2) for r in range(2)}
    assert [beat[city.code(0, r)].seen_on for r in range(2)] == [DAY, None]
    assert [beat[city.code(1, r)].cases for r in range(2)] == [0, 1]
    assert beat[city.code(0, 0)].weight(DAY + dt.timedelta(days=2), Weights.of_city()) == 2


def test_the_demo_officers_walk_nearly_everything_and_one_sends_a_track_twice(city: City) -> None:
    def post(column: int, k: int) -> Any:
        user = an_officer(city, column, name=f"demo-officer-{k}")
        grid = city.community(column, 0).child_versions.order_by("grid__code")[1].grid
        Posting.objects.create(person=user.person, grid=grid, since=dt.date(2020, 1, 1))
        return user

    post(0, 1), post(4, 2)
    made = make_patrols(seed=1, today=timezone.localdate())
    assert made.duplicates == 0
    days = set(PatrolRecord.objects.values_list("day", flat=True))
    assert 10 <= len(days) <= 14
    assert max(days) < timezone.localdate()
    workdays = [d for d in days if d.weekday() < 5]
    rates = rates_by_day(workdays, user=None).values()
    assert 0.7 <= sum(r.seen for r in rates) / sum(r.cells for r in rates) <= 1
    assert set(TrackFlag.objects.values_list("kind", flat=True)) == {"replay"}
    assert CellVisit.objects.exclude(mode=CellVisit.Mode.FOOT).count() < CellVisit.objects.count() / 20


def test_the_demo_officers_are_on_their_way_where_the_day_goes_on(city: City) -> None:
    today = timezone.localdate() - dt.timedelta(days=1)
    while today.weekday() != 2:  # everybody walks on a Wednesday
        today -= dt.timedelta(days=1)
    user = an_officer(city, 0, name="demo-officer-1")
    grid = city.community(0, 0).child_versions.order_by("grid__code")[1].grid
    Posting.objects.create(person=user.person, grid=grid, since=dt.date(2020, 1, 1))
    nine = midnight(today) + dt.timedelta(hours=9)
    make_patrols(seed=1, today=today, now=nine)
    record = PatrolRecord.objects.get(day=today)
    assert record.points > 1
    assert CellVisit.objects.filter(day=today).exists()
    assert not CellVisit.objects.filter(last_at__gte=nine).exists()
