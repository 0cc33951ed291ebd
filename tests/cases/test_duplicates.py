"""Twins: open cases of the same class, near enough and recent enough, nearest first."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases import callers, duplicates
from cases.models import Caller, Case, TwinRule
from cells.models import CatalogueClass
from tests.cases.makers import NOON, a_case, voided
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def city() -> City:
    return a_city(cells="9x9")


def a_class(code: str) -> CatalogueClass:
    return CatalogueClass.objects.in_use().events().get(major=code[:2], minor=code[2:])


def at_m(city: City, east_m: float, *, at: dt.datetime = NOON, code: str = "0113", **given: object) -> Case:
    """A case so many metres east of the middle of the city's middle cell."""
    x, y = city.metres(4, 4)
    return a_case(lon=x + east_m, lat=y, crs="CITY", catalogue_class=f"event-{code}", at=at, **given)


def here(city: City) -> Point:
    return city.point(4, 4)


def test_the_default_is_fifty_metres_and_a_day(city: City) -> None:
    inside, border = at_m(city, 49.9), at_m(city, -50.0)
    at_m(city, 50.1)
    found = duplicates.twins(a_class("0113"), here(city), NOON, by=None)
    assert [(t.case, round(t.distance_m, 1)) for t in found] == [(inside, 49.9), (border, 50.0)]


def test_older_than_the_window_is_another_problem(city: City) -> None:
    yesterday = at_m(city, 1, at=NOON - 24 * HOUR)
    at_m(city, 2, at=NOON - 24 * HOUR - dt.timedelta(seconds=1))
    assert [(t.case, t.age) for t in duplicates.twins(a_class("0113"), here(city), NOON, by=None)] == [
        (yesterday, 24 * HOUR)
    ]


def test_a_class_has_its_own_radius_and_window(city: City) -> None:
    leak = a_class("0501")
    assert duplicates.reach(leak) == duplicates.Reach(150.0, 12 * HOUR)
    wide = at_m(city, 149, code="0501")
    at_m(city, 10, code="0501", at=NOON - 13 * HOUR)
    assert [t.case for t in duplicates.twins(leak, here(city), NOON, by=None)] == [wide]


def test_another_class_and_a_closed_case_are_no_twins(city: City) -> None:
    at_m(city, 1, code="0110")
    closed = at_m(city, 2)
    voided(closed)
    assert duplicates.twins(a_class("0113"), here(city), NOON, by=None) == []


def test_while_the_class_is_not_known_every_class_is_shown(city: City) -> None:
    one, other = at_m(city, 3, code="0110"), at_m(city, 1)
    at_m(city, 100, code="0501")  # near enough for its own class alone
    assert [t.case for t in duplicates.twins(None, here(city), NOON, by=None)] == [other, one]


def test_a_twin_shows_its_words_and_how_many_called(city: City) -> None:
    case = at_m(city, 1, words="井盖响", caller_name="王女士")
    callers.join(case, caller=callers.Told(is_anonymous=True), by=None, at=NOON)
    at_m(city, 2)
    near, far = duplicates.twins(a_class("0113"), here(city), NOON + HOUR, by=None)
    assert (near.words, near.callers, near.age) == ("井盖响", 2, HOUR)
    assert far.callers == 0


def test_without_a_rule_the_way_out_is_named(city: City) -> None:
    TwinRule.objects.all().delete()
    with pytest.raises(duplicates.NoTwinRule, match=r"fixtures/twin_rules\.json"):
        duplicates.twins(a_class("0113"), here(city), NOON, by=None)


def test_one_question_is_answered_by_the_index_of_open_cases(city: City) -> None:
    near = at_m(city, 1)
    kind, place = a_class("0113"), here(city)
    with CaptureQueriesContext(connection) as asked:
        assert [t.case for t in duplicates.twins(kind, place, NOON, by=None)] == [near]
    rule, query = (q["sql"] for q in asked.captured_queries)
    assert "twinrule" in rule
    with transaction.atomic(), connection.cursor() as cursor:
        # The same minute, all over the city: neither the time nor the class helps to find the near ones.
        x, y = city.metres(0, 8, east=0, south=1)
        places = [Point(x + 30.0 * (n % 30), y + 30.0 * (n // 30), srid=place.srid) for n in range(900)]
        more = {"source_id": "patrol", "catalogue_class": kind, "stage": near.stage, "reported_at": NOON}
        many = Case.objects.bulk_create([Case(number=f"m{n}", place=p, **more) for n, p in enumerate(places)])
        Caller.objects.bulk_create([Caller(case=case, source_id="hotline", joined_at=NOON) for case in many])
        cursor.execute("ANALYZE cases_case; ANALYZE cases_caller")
        cursor.execute("EXPLAIN " + query)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        transaction.set_rollback(True)
    assert "Index Scan using open_case_place" in plan
    assert "using case_callers" in plan
    assert "Seq Scan on cases_case" not in plan
