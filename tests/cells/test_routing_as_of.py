"""Routing as of a day past: each day has its own owners, and the database explains them as memory does."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.utils import timezone

from cells import editions, past, routing
from cells.explanation import Rule
from cells.ground import Ground
from cells.models import BeforeFirstEdition, CellVersion, Edition, GridVersion, NoEditionInForce
from cells.moments import UnreadableMoment, moment
from spatial import crs
from spatial.errors import BadCoordinate
from spatial.postgis.convert import to_geos
from tests.cells.lattice_city import a_draft, a_lattice_city
from tests.makers import City, a_city, noon
from tests.spatial.test_locator import special_points

pytestmark = pytest.mark.django_db

FIRST, SECOND = noon("2026-03-02"), noon("2026-06-01")


@pytest.fixture
def moved() -> City:
    """Two communities side by side; in June the western column of the eastern one goes to the western one."""
    city = a_city("6x2", community="3x2", at=FIRST)
    draft = editions.open_draft()
    for row in (0, 1):
        old = CellVersion.objects.get(cell=city.cell(3, row), until=None)
        CellVersion.objects.filter(pk=old.pk).update(until=draft)
        old.pk, old.since, old.community, old.grid = None, draft, city.community(0, 0), None
        old.save()
    editions.publish(at=SECOND)
    return city


def test_a_place_on_moved_ground_belongs_to_the_old_owner_then_and_the_new_now(moved: City) -> None:
    place = moved.lonlat(3, 0)
    before = routing.route(*place, at=SECOND - dt.timedelta(microseconds=1))
    after = routing.route(*place, at=SECOND)
    now = routing.route(*place)
    assert before.area("community").code == moved.community_code(3, 0)
    assert after.area("community").code == moved.community_code(0, 0)
    assert (before.edition, after.edition, now.edition) == (1, 2, 2)
    assert now == after
    assert before.area("grid").code == f"{moved.community_code(3, 0)}-01"
    assert after.area("grid") is None


def test_names_are_those_of_the_time(moved: City) -> None:
    draft = editions.open_draft()
    old = GridVersion.objects.get(grid=moved.community(0, 0), until=None)
    GridVersion.objects.filter(pk=old.pk).update(until=draft)
    old.pk, old.since, old.name_zh = None, draft, "新名社区"
    old.save()
    editions.publish(at=noon("2026-07-01"))
    place = moved.lonlat(0, 0)
    assert routing.route(*place).area("community").name_zh == "新名社区"
    assert routing.route(*place, at=SECOND).area("community").name_zh == "社区1"


def test_a_border_that_was_moved_ties_then_and_not_now() -> None:
    """The border between two cells goes 20 m east: its old line lay between two, and lies inside one now."""
    city = a_city("2x1", at=FIRST)
    west, east = city.code(0, 0), city.code(1, 0)
    draft = editions.open_draft()
    left, low = city.metres(0, 0, east=0, south=1)
    for cell, (x1, x2) in ((city.cell(0, 0), (left, left + 120)), (city.cell(1, 0), (left + 120, left + 200))):
        old = CellVersion.objects.get(cell=cell, until=None)
        CellVersion.objects.filter(pk=old.pk).update(until=draft)
        old.pk, old.since, old.shape = None, draft, to_geos(shapely.box(x1, low, x2, low + 100))
        old.save()
    editions.publish(at=SECOND)
    routing.ground()  # the edition of June is in memory; March is asked in the database
    then = routing.route(left + 100, low + 50, crs=crs.CITY, at=FIRST)
    assert (then.rule, then.cell, then.border_m) == (Rule.BORDER_TIE, west, 0.0)
    assert [c.cell for c in then.candidates] == [west, east]
    now = routing.route(left + 100, low + 50, crs=crs.CITY)
    assert (now.rule, now.cell, now.border_m) == (Rule.CONTAINS, west, pytest.approx(20.0))
    moved = left + 110, low + 50
    assert routing.route(*moved, crs=crs.CITY, at=FIRST).cell == east
    assert routing.route(*moved, crs=crs.CITY).cell == west


@pytest.mark.parametrize("accuracy_m", [None, 12.0])
def test_the_database_explains_an_edition_as_memory_does(accuracy_m: float | None) -> None:
    """Corners, mid-edges, their neighbours a millimetre off, anywhere, and outside; while another is in force."""
    first = a_lattice_city(8, 8, seed=1)
    memory = routing.ground()
    a_draft(8, 8, seed=2)
    editions.publish()
    west, south, east, north = memory.locator.bounds
    rng = np.random.default_rng(16)
    anywhere = rng.uniform((west - 60, south - 60), (east + 60, north + 60), (300, 2))
    xy = np.concatenate([special_points(memory.locator._shapes)[::23], anywhere, [[west - 90_000, south]]])
    rules = set()
    for x, y in xy.tolist():
        ours = memory.explain(x, y, accuracy_m=accuracy_m)
        sql = past.explain_in(first, x, y, accuracy_m=accuracy_m)
        assert sql.border_m == pytest.approx(ours.border_m, abs=1e-6)
        told, expected = sql.as_data(), ours.as_data()
        for told_one, one in zip(told["candidates"], expected["candidates"], strict=True):
            assert told_one.pop("distance_m") == pytest.approx(one.pop("distance_m"), abs=0.002)
        assert told.pop("border_m") == pytest.approx(expected.pop("border_m"), abs=0.002)
        assert told == expected, (x, y)
        assert (sql.cell_id, sql.chain) == (ours.cell_id, ours.chain)
        rules.add(sql.rule)
    assert rules >= {Rule.CONTAINS, Rule.BORDER_TIE, Rule.OUTSIDE}
    assert (Rule.NEAR_BORDER in rules) is (accuracy_m is not None)


def test_a_place_in_the_past_is_not_loaded_into_memory(moved: City, monkeypatch: pytest.MonkeyPatch) -> None:
    here = routing.ground()
    monkeypatch.setattr(Ground, "of", _must_not_be_made)
    assert routing.route(*moved.lonlat(3, 0), at=FIRST).edition == 1
    assert routing.ground() is here


def test_a_table_in_the_past_gets_a_ground_of_its_own_and_few_are_kept(moved: City) -> None:
    third = noon("2026-07-01")
    for day in ("2026-07-01", "2026-08-01", "2026-09-01"):
        editions.open_draft()
        editions.publish(at=noon(day))
    lonlat = [moved.lonlat(column, 0) for column in range(6)]
    communities = [routing.route_many(lonlat, at=at).codes("community").tolist() for at in (FIRST, SECOND)]
    west, east = moved.community_code(0, 0), moved.community_code(3, 0)
    assert communities == [[west] * 3 + [east] * 3, [west] * 4 + [east] * 2]
    assert routing.route_many(lonlat, at=FIRST).ground is routing.route_many(lonlat, at=FIRST).ground
    assert routing.route_many(lonlat).ground is routing.ground() is routing.ground(at=timezone.now())
    routing.ground(at=third)
    assert len(routing._past) == routing._MOST_PAST
    assert [g.edition for g in routing._past.values()] == [1, 3]


def test_before_the_first_edition_there_is_no_answer_and_the_first_day_is_told(moved: City) -> None:
    with pytest.raises(BeforeFirstEdition, match=r"2026-03-02 12:00") as caught:
        routing.route(*moved.lonlat(0, 0), at=FIRST - dt.timedelta(seconds=1))
    assert isinstance(caught.value, NoEditionInForce)
    with pytest.raises(BeforeFirstEdition):
        routing.route_many([moved.lonlat(0, 0)], at=noon("2020-01-01"))


def test_without_any_edition_a_day_past_has_no_answer_either() -> None:
    with pytest.raises(NoEditionInForce):
        routing.route(114.0, 34.7, at=FIRST)


def test_a_day_to_come_is_answered_by_what_is_in_force(moved: City) -> None:
    assert routing.route(*moved.lonlat(3, 0), at=timezone.now() + dt.timedelta(days=400)).edition == 2


def test_swapped_coordinates_are_found_in_the_past_too(moved: City) -> None:
    lon, lat = moved.lonlat(0, 0)
    with pytest.raises(BadCoordinate, match="swapped"):
        routing.route(lat, lon, at=FIRST)


def test_a_day_means_its_end_by_the_clock_of_the_city(moved: City) -> None:
    """What began at noon of a day counts when that day is asked; the day before does not."""
    zone = timezone.get_default_timezone()
    assert moment("2026-06-01") == dt.datetime(2026, 6, 1, 23, 59, 59, 999999, tzinfo=zone)
    assert Edition.objects.in_force(moment("2026-06-01")).number == 2
    assert Edition.objects.in_force(moment("2026-05-31")).number == 1
    assert Edition.objects.in_force(moment("2026-06-01T11:59")).number == 1
    assert Edition.objects.in_force(moment("2026-06-01T04:00Z")).number == 2  # noon in the city
    assert Edition.objects.in_force(moment("2026-06-01T03:59:59+00:00")).number == 1


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-30", "2026-13-01", "0001-01-01", "2026-06-01T25:00", "9" * 9]
)
def test_what_is_no_day_is_refused_in_words(text: str) -> None:
    with pytest.raises(UnreadableMoment, match="Give a day such as"):
        moment(text)


def test_the_command_routes_a_table_by_the_edition_of_a_day(moved: City, tmp_path: Path) -> None:
    lon, lat = moved.lonlat(3, 1)
    table, out = tmp_path / "calls.csv", tmp_path / "owners.csv"
    table.write_text(f"lon,lat\n{lon!r},{lat!r}\n")
    owners = {}
    for day in ("2026-03-02", "2026-06-01"):
        call_command("route", str(table), out=out, at=day, verbosity=0)
        with out.open(encoding="utf-8-sig") as file:
            owners[day] = next(csv.DictReader(file))["community"]
    assert owners == {"2026-03-02": moved.community_code(3, 0), "2026-06-01": moved.community_code(0, 0)}
    with pytest.raises(CommandError, match="first began"):
        call_command("route", str(table), out=out, at="2020-01-01", verbosity=0)
    with pytest.raises(CommandError, match="no day"):
        call_command("route", str(table), out=out, at="soon", verbosity=0)


def _must_not_be_made(_edition: Edition) -> Ground:
    raise AssertionError("a ground was made")
