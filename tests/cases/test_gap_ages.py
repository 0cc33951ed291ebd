"""The age of gaps day by day, against the classing of each day and a plain count; honest about days before tracks."""

from __future__ import annotations

import datetime as dt
import statistics
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.gaps.ageing import AgeingDay, ageing
from cases.gaps.finding import gaps
from cells import editions
from cells.models import Cell, CellVersion
from tests.cases.test_gaps import a_visit
from tests.makers import City, a_city, noon
from tests.maps.officer_desk import an_officer

pytestmark = pytest.mark.django_db
DAY = noon().date()
ONE = dt.timedelta(days=1)


@pytest.fixture
def city() -> City:
    """Two communities of 4 × 3 cells, each in two third-level grids."""
    return a_city(cells="8x3", community="4x3", at=noon() - 400 * ONE)


def redraw(city: City, column: int, row: int, *, at: dt.datetime) -> None:
    """A cell is drawn anew under another code."""
    draft = editions.open_draft()
    old = CellVersion.objects.get(cell=city.cell(column, row))
    CellVersion.objects.filter(pk=old.pk).update(until=draft)
    CellVersion.objects.create(
        cell=Cell.objects.create(code=f"{city.community_code(column, row)}9{column}{row}"), since=draft,
        community=old.community, grid=old.grid, shape=old.shape, area_m2=old.area_m2, perimeter_m=old.perimeter_m,
    )  # fmt: skip
    editions.publish(at=at)


def test_each_day_is_as_the_classing_of_that_day_has_it(city: City) -> None:
    chance, officer = Random(3), an_officer(city, 0, name="li").person
    began = DAY - 40 * ONE
    a_visit(officer, city.cell(0, 0), began)
    for back in range(39, -2, -1):
        for column, row in {(chance.randrange(8), chance.randrange(3)) for _ in range(2)} - {(7, 2)}:
            a_visit(officer, city.cell(column, row), DAY - back * ONE, seconds=chance.choice([300, 10]))
    redraw(city, 3, 1, at=noon() - 9 * ONE)  # counts from the day after
    redraw(city, 5, 0, at=noon() - 5 * ONE - ONE / 2)  # at midnight: from that day on
    for ground in (None, city.community(4, 0)):
        told = ageing(DAY, days=30, over=7, grids=None if ground is None else [ground.pk])
        assert (told.over, told.began, len(told.days)) == (7, began, 30)
        for one in told.days:
            cells = [c for c in gaps(one.day, days=1).cells if ground is None or c.community == ground.pk]
            known = (one.day - began).days + 1
            ages = [c.age_days for c in cells if c.age_days is not None]
            never = len(cells) - len(ages)
            middle = statistics.median_low(ages + [10_000] * never)
            assert one == AgeingDay(
                one.day, len(cells), never, sum(age > 7 for age in ages) + never,
                known if middle == 10_000 else middle, middle == 10_000,
            )  # fmt: skip
    assert {day.never for day in told.days} != {0}


def test_before_tracks_began_nothing_is_known_and_longer_than_n_days_only_n_days_later(city: City) -> None:
    nothing = ageing(DAY, days=3)
    assert nothing.began is None
    assert nothing.days[-1] == AgeingDay(DAY, 24)
    a_visit(an_officer(city, 0, name="li").person, city.cell(0, 0), DAY - 5 * ONE)
    days = ageing(DAY, days=8, over=3).days
    assert [day.never for day in days] == [None] * 2 + [23] * 6
    assert [day.over for day in days] == [None] * 5 + [23, 24, 24]
    # More than half were never walked: all that is known is for how long at least.
    assert [(day.median, day.at_least) for day in days] == [(None, False)] * 2 + [(k, True) for k in range(1, 7)]


def test_all_days_are_one_statement(city: City) -> None:
    a_visit(an_officer(city, 0, name="li").person, city.cell(0, 0), DAY - 5 * ONE)
    counts = []
    for days in (1, 90):
        with CaptureQueriesContext(connection) as asked:
            ageing(DAY, days=days, over=3)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 4
