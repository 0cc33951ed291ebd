"""Four classes of cells and the layers of gaps, against a plain count in Python over all rows of a small city."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.utils import timezone
from scipy.stats import binomtest

from cases.dispatch import dispatch
from cases.gaps.finding import CellGaps, Known, Layer, gaps, wilson
from cases.models import Case, CaseClock, CaseSource, CellVisit
from cells import editions
from cells.models import Cell, CellVersion, Component, DutyShift, Posting, Role, Rule, Team
from spatial import crs
from tests.cases.duty_desk import a_team
from tests.cases.makers import a_case, a_user, voided
from tests.makers import City, a_city, a_component, a_person, noon
from tests.maps.officer_desk import an_officer

pytestmark = pytest.mark.django_db
DAY = noon().date()
ONE = dt.timedelta(days=1)


def a_visit(person: Any, cell: Cell, day: dt.date = DAY, *, seconds: float = 300, mode: int = 1) -> None:
    at = noon(day.isoformat())
    CellVisit.objects.create(
        person=person, cell=cell, day=day, first_at=at, last_at=at, seconds=seconds, metres=0, mode=mode
    )


def a_report(city: City, column: int, row: int, *, at: dt.datetime | None = None, source: str = "hotline") -> Case:
    lon, lat = city.metres(column, row)
    return a_case(lon=lon, lat=lat, crs=crs.CITY, at=at or noon(), source=source)


@pytest.fixture
def city() -> City:
    """Two communities of 4 × 3 cells, each in two third-level grids."""
    return a_city(cells="8x3", community="4x3", at=noon() - 400 * ONE)


def by_place(found: Any, city: City, column: int, row: int) -> CellGaps:
    (one,) = [one for one in found.cells if one.code == city.code(column, row)]
    return one


def test_every_cell_is_in_the_class_and_the_layers_that_a_plain_count_says(city: City) -> None:
    chance = Random(5)
    officer = an_officer(city, 0, name="li").person
    seconded = a_person(Role.SECONDED, username="zhang").person
    Posting.objects.create(person=seconded, grid=city.community(4, 0).child_versions.first().grid, since=DAY)
    a_team(city.metres(0, 0), serves=city.community(0, 0), since=noon() - ONE / 2, until=noon() + ONE / 4)
    a_team(city.metres(7, 2), serves=city.community(7, 2), since=noon() - ONE, until=noon())  # relieved at noon
    a_team(city.metres(7, 0), serves=city.community(7, 0), kind="assistants")  # not on duty day and night
    places = [(column, row) for column in range(8) for row in range(3)]
    for column, row in chance.sample(places, 16):
        for back in {chance.choice([0, 2, 4, 6, 7, 20, -1]) for _ in range(2)}:
            a_visit(officer, city.cell(column, row), DAY - back * ONE, seconds=chance.choice([300, 300, 10]),
                    mode=chance.choice([1, 1, 1, 2]))  # fmt: skip
    for column, row in chance.sample(places, 12):
        back = chance.choice([0, 3, 6, 7, 60, 95])
        case = a_report(city, column, row, at=noon() - back * ONE, source=chance.choice(["patrol", "public", "video"]))
        if chance.random() < 0.5:
            dispatch(case, by=None, at=case.reported_at)
    voided(a_report(city, 3, 2))
    for _ in range(12):
        a_report(city, 1, 1, at=noon() - 30 * ONE)
    for k, (column, row) in enumerate(places[:9]):
        part = a_component(city, column, row)
        part.surveyed_on = [DAY, DAY - 2000 * ONE, None][k % 3]
        part.data_source = Component.Source.MAP if k in (0, 3) else Component.Source.SURVEYED
        part.save()
    Rule.objects.filter(pk="gap_team_far_m").update(value=350)

    found = gaps(DAY, days=7)

    told = {one.cell: one for one in found.cells}
    versions = list(CellVersion.objects.select_related("cell"))
    assert sorted(told) == sorted(v.cell_id for v in versions)
    first, end = DAY - 6 * ONE, noon() + ONE / 2
    citizens = set(CaseSource.objects.filter(citizens=True).values_list("pk", flat=True))
    assert citizens == {"hotline", "public"}
    cases = [c for c in Case.objects.all() if c.stage not in ("void", "declined")]
    for version in versions:
        cell, one = version.cell, told[version.cell_id]
        walks = [v.day for v in CellVisit.objects.filter(cell=cell) if v.mode == 1 and v.seconds >= 60 and v.day <= DAY]
        here = [c for c in cases if version.shape.contains(c.place) and c.reported_at < end]
        new = [c for c in here if timezone.localdate(c.reported_at) >= first]
        walked = bool(walks) and max(walks) >= first
        if walked:
            assert one.known == (Known.WALKED_FOUND if new else Known.WALKED_CLEAN)
        else:
            assert one.known == (Known.REPORTED_NOT_WALKED if new else Known.NOBODY_LOOKED)
        assert one.age_days == ((DAY - max(walks)).days if walks else None)
        assert (one.reports, one.found) == (len(new), sum(c.source_id == "patrol" for c in new))
        assert one.told == sum(c.source_id in citizens for c in new)
        long = [c for c in here if timezone.localdate(c.reported_at) > DAY - 90 * ONE]
        patrols = sum(c.source_id == "patrol" for c in long)
        both = patrols + sum(c.source_id in citizens for c in long)
        above = both > 0 and binomtest(patrols, both).proportion_ci(method="wilson").high < 0.33
        late = [
            c for c in new
            if any(t.due_at and t.due_at < min(t.stopped_at or end, end) for t in CaseClock.objects.filter(case=c))
        ]  # fmt: skip
        surveys = [
            c.surveyed_on for c in Component.objects.filter(cell=cell, data_source="surveyed").exclude(surveyed_on=None)
        ]
        holders = Posting.objects.on(DAY).filter(grid=version.grid).exclude(person__role=Role.SECONDED)
        metres = version.shape.centroid.distance(Team.objects.get(shifts__ends_at=noon() + ONE / 4).base)
        assert one.over_limit == len(late)
        assert one.team_m == pytest.approx(metres)
        assert dict.fromkeys(one.layers) == dict.fromkeys(
            layer
            for layer, is_so in {
                Layer.NOT_WALKED: not walked,
                Layer.NOBODY_POSTED: not holders.exists(),
                Layer.NO_SURVEY: not surveys or max(surveys) < DAY - 1096 * ONE,
                Layer.CITIZENS_ABOVE_PATROLS: above,
                Layer.OVER_LIMIT: bool(late),
                Layer.FAR_FROM_TEAM: metres > 350,
            }.items()
            if is_so
        )
    figures = found.as_data()
    assert sum(figures[known] for known in Known) == figures["cells"] == 24
    assert all(figures[known] for known in Known)  # the world holds each class
    assert all(0 < figures["layers"][layer] < 24 for layer in Layer)  # and each layer somewhere, not everywhere


def test_the_cells_are_those_of_the_edition_on_the_date(city: City) -> None:
    officer = an_officer(city, 0, name="li").person
    gone = [city.cell(0, 0), city.cell(1, 0)]
    a_visit(officer, gone[0], DAY - ONE)
    a_report(city, 1, 0, at=noon() - ONE)
    draft = editions.open_draft()
    old = list(CellVersion.objects.filter(cell__in=gone))
    CellVersion.objects.filter(cell__in=gone).update(until=draft)
    whole = old[0].shape.union(old[1].shape)
    merged = Cell.objects.create(code=f"{city.community_code(0, 0)}901")
    CellVersion.objects.create(
        cell=merged, since=draft, community=old[0].community, grid=old[0].grid, shape=whole, area_m2=whole.area,
        perimeter_m=whole.length,
    )  # fmt: skip
    editions.publish(at=noon(DAY.isoformat()) - ONE / 4)
    before, after = gaps(DAY, days=7), gaps(DAY + ONE, days=7)
    assert (len(before.cells), len(after.cells)) == (24, 23)
    assert by_place(before, city, 0, 0).known == Known.WALKED_CLEAN
    assert by_place(before, city, 1, 0).known == Known.REPORTED_NOT_WALKED
    # The report lies in the new cell; the walk was to another one, so nothing says that this one was walked.
    (new,) = [one for one in after.cells if one.cell == merged.pk]
    assert (new.known, new.reports, new.age_days) == (Known.REPORTED_NOT_WALKED, 1, None)
    for found in (before, after):
        figures = found.as_data()
        assert sum(figures[known] for known in Known) == figures["cells"]


def test_a_reader_is_told_of_his_own_ground_alone(city: City) -> None:
    own = city.community(4, 0)
    a_report(city, 5, 1)
    a_report(city, 1, 1)
    found = gaps(DAY, user=a_person(Role.COMMUNITY, territory=own))
    assert {one.community for one in found.cells} == {own.pk}
    assert Counter(one.known for one in found.cells) == {Known.NOBODY_LOOKED: 11, Known.REPORTED_NOT_WALKED: 1}
    assert gaps(DAY, user=a_user(None)).cells == []


def test_without_a_team_on_duty_every_cell_is_far_from_one(city: City) -> None:
    a_team(city.metres(0, 0), serves=city.community(0, 0))
    DutyShift.objects.all().delete()
    found = gaps(DAY)
    assert all(one.team_m is None and Layer.FAR_FROM_TEAM in one.layers for one in found.cells)


def test_intervals_are_those_of_another_library() -> None:
    hit, tried = np.array([0, 0, 5, 3, 10, 0]), np.array([0, 10, 10, 40, 10, 1])
    low, high = wilson(hit, tried)
    assert (low[0], high[0]) == (0, 1)
    for k in range(1, len(hit)):
        ci = binomtest(int(hit[k]), int(tried[k])).proportion_ci(method="wilson")
        assert (low[k], high[k]) == pytest.approx((ci.low, ci.high), abs=1e-12)


def test_the_command_counts_every_cell_once_and_writes_a_map(city: City, tmp_path: Path) -> None:
    a_visit(an_officer(city, 0, name="li").person, city.cell(0, 0), DAY - 2 * ONE)
    out, said = tmp_path / "gaps.geojson", StringIO()
    call_command("coverage", "--date", DAY.isoformat(), "--days", "3", "--json", "--out", str(out), stdout=said)
    figures = json.loads(said.getvalue())
    assert (figures["date"], figures["days"], figures["cells"]) == (DAY.isoformat(), 3, 24)
    assert [figures[known] for known in Known] == [1, 0, 0, 23]
    assert set(figures["layers"]) == set(Layer)
    drawn = json.loads(out.read_text(encoding="utf-8"))
    assert Counter(f["properties"]["class"] for f in drawn["features"]) == {"walked_clean": 1, "nobody_looked": 23}
    (walked,) = [f for f in drawn["features"] if f["properties"]["class"] == "walked_clean"]
    assert (walked["id"], walked["properties"]["age_days"]) == (city.code(0, 0), 2)
    assert shapely.from_geojson(json.dumps(walked["geometry"])).contains(shapely.Point(city.lonlat(0, 0)))
    said = StringIO()
    call_command("coverage", "--date", DAY.isoformat(), "--days", "2", stdout=said)
    assert "nobody looked: 24" in said.getvalue()
    with pytest.raises(CommandError, match="one day at least"):
        call_command("coverage", "--days", "0")
