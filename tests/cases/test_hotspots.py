"""Hot spots of a city of cases: what the command counts, finds, says and refuses, and what was planted is found."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon
from django.core.management import CommandError, call_command
from django.utils import translation

from cases.demo.planting import PlantedAlready, plant, truth_file
from cases.hotspots.asking import Asked
from cases.hotspots.finding import NoPast, hotspots
from cases.hotspots.frames import BadFrame, frame_named
from cases.hotspots.gathering import NoExposure, exposure, tallies
from cases.hotspots.telling import tell
from cases.models import Case, CellVisit
from cells.models import Population
from tests.cases.hotspot_desk import SIDE, TODAY, empty_city, ordinary_cases
from tests.makers import City, a_component, a_person, a_street, noon

pytestmark = pytest.mark.django_db

WINDOW = Asked(since=dt.date(2026, 5, 4), until=dt.date(2026, 5, 31))


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> City:
    settings.REPORTS = tmp_path
    made = empty_city()
    a_street(made, 6)
    assert ordinary_cases(made) > 2400
    return made


def asked_by_command(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("hotspots", *arguments, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_what_was_planted_is_found_and_told(city: City, tmp_path: Path) -> None:
    days = ("--from", "2026-05-04", "--to", "2026-05-31")
    plant(1, seed=3, today=TODAY, effects=(6.0,))
    planted = json.loads(truth_file().read_text(encoding="utf-8"))["spots"][0]
    out = tmp_path / "hot.geojson"
    with translation.override("en"):
        found = asked_by_command(*days, "--out", str(out))
    in_period = Case.objects.filter(reported_at__gte=noon("2026-05-03"), reported_at__date__gte="2026-05-04")
    assert found["cases"] == in_period.count()
    assert found["frame_units"] == SIDE * SIDE
    assert found["exposure"] == "past"
    assert found["fdr"] == 0.05
    assert found["hot_99"] + found["hot_95"] >= 6
    assert found["cold_99"] == found["cold_95"] == 0
    hottest = found["found"][0]
    hit = set(hottest["units"]) & set(planted["cells"])
    assert len(hit) >= 0.6 * len(hottest["units"])
    assert hottest["drives"]["code"] == planted["class"]
    assert f"{hottest['cases_count']} cases since 2026-05-04" in hottest["sentence"]
    assert Case.objects.filter(number__in=hottest["cases"]).count() == min(hottest["cases_count"], 50)
    assert hottest["communities"]
    assert hottest["began"] == "2026-05-04"
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert len(features) == SIDE * SIDE
    assert sum(f["properties"]["cases"] for f in features) == found["cases"]
    hot = {f["id"] for f in features if f["properties"]["state"] == "hot"}
    assert set(hottest["units"]) <= hot
    west, south, east, north = shapely.total_bounds(shapely.from_geojson([json.dumps(f["geometry"]) for f in features]))
    assert 70 < west < east < 140
    assert 15 < south < north < 55
    with pytest.raises(PlantedAlready):
        plant(1, seed=3, today=TODAY)


def test_an_ordinary_month_has_no_hot_spot(city: City) -> None:
    for name in ("past", "area", "components"):
        seen = hotspots(WINDOW, exposed=name)
        assert not (seen.found.tier >= 95).any(), name
        assert len(tell(seen)) == len(seen.found.spots)
    out = StringIO()
    call_command("hotspots", "--from", "2026-05-04", "--to", "2026-05-31", stdout=out)
    assert "hot units: 0 at 99 %, 0 at 95 %" in out.getvalue()


def test_cases_are_counted_once_whatever_they_are_counted_by(city: City) -> None:
    cells, hexagons = frame_named("cells"), frame_named("h3:9")
    assert hexagons.area_m2.sum() == pytest.approx(cells.area_m2.sum())
    assert tallies(WINDOW, hexagons).by_unit().sum() == tallies(WINDOW, cells).by_unit().sum()
    assert hotspots(WINDOW, frame="h3:9").as_data()["frame_units"] == len(hexagons)
    frame = cells
    whole = tallies(WINDOW, frame)
    market = tallies(Asked(since=WINDOW.since, until=WINDOW.until, code="04"), frame)
    assert 0 < market.count.sum() < whole.count.sum()
    assert tallies(Asked(since=WINDOW.since, until=WINDOW.until, source="hotline"), frame).count.sum() == 0
    weeks = tallies(WINDOW, frame, slice_days=7).by_slice(4)
    np.testing.assert_array_equal(weeks.sum(axis=1), whole.by_unit())
    # On ground that was redrawn since they count where they lie.
    before = whole.by_unit()
    some = list(Case.objects.filter(reported_at__gte=noon("2026-05-10")).values_list("pk", flat=True)[:40])
    Case.objects.filter(pk__in=some).update(cell=None)
    np.testing.assert_array_equal(tallies(WINDOW, frame).by_unit(), before)


def test_components_are_an_exposure_that_no_unit_lacks() -> None:
    city = empty_city()
    a_component(city, 0, 0)
    a_component(city, 1, 0)
    shares = exposure(frame_named("cells"), "components")
    assert shares.min() > 0
    assert (shares > 1).sum() == 2


def test_people_and_hours_of_patrols_are_exposures_and_where_they_are_not_known_it_is_said() -> None:
    city = empty_city()
    frame, days = frame_named("cells"), Asked(since=dt.date(2026, 5, 4), until=dt.date(2026, 5, 5))
    with pytest.raises(NoExposure, match="import_population"):
        exposure(frame, "population", days)
    with translation.override("en"), pytest.raises(NoExposure, match="No patrol"):
        exposure(frame, "patrol", days)
    # Two cells with people, of a newer and an older year; only the newer one counts, and a year to come does not.
    for year, column, people in ((2024, 0, 900.0), (2025, 1, 700.0), (2027, 2, 500.0)):
        shape = city.cell(column, 0).versions.get().shape
        Population.objects.create(code="z", year=year, people=people, shape=MultiPolygon(shape, srid=shape.srid))
    shares = exposure(frame, "population", days)
    assert frame.names[int(shares.argmax())] == city.code(1, 0)
    assert shares.max() - shares.min() == pytest.approx(700)
    assert shares.min() > 0
    assert exposure(frame_named("h3:9"), "population", days).max() > 300
    person = a_person("officer")
    for day, column, seconds in ((4, 3, 3600), (5, 3, 1800), (6, 4, 9000)):
        at = noon(f"2026-05-{day:02d}")
        CellVisit.objects.create(
            person=person.person, day=at.date(), cell=city.cell(column, 0), first_at=at, last_at=at, seconds=seconds,
            metres=10, mode=CellVisit.Mode.FOOT,
        )  # fmt: skip
    hours = exposure(frame, "patrol", days)
    assert frame.names[int(hours.argmax())] == city.code(3, 0)
    assert hours.max() - hours.min() == pytest.approx(1.5)
    hexagons = exposure(frame_named("h3:9"), "patrol", days)
    assert hexagons.max() - hexagons.min() <= 1.5 + 1e-9


def test_the_command_holds_cases_against_people(city: City) -> None:
    for row in range(2):
        shape = city.cell(0, row).versions.get().shape
        Population.objects.create(code=f"z{row}", year=2025, people=100, shape=MultiPolygon(shape, srid=shape.srid))
    found = asked_by_command("--from", "2026-05-04", "--to", "2026-05-31", "--exposure", "population")
    assert found["exposure"] == "population"
    with translation.override("en"), pytest.raises(CommandError, match="No patrol is known"):
        call_command("hotspots", "--from", "2026-05-04", "--to", "2026-05-31", "--exposure", "patrol")


def test_what_cannot_be_answered_is_refused_with_a_way_out(city: City) -> None:
    with pytest.raises(BadFrame, match="h3:6 to h3:10"):
        frame_named("h3:12")
    early = Asked(since=dt.date(2026, 1, 20), until=dt.date(2026, 3, 20))
    with pytest.raises(NoPast, match="area"):
        hotspots(early, exposed="past")
    assert hotspots(early).exposure == "components"
    with pytest.raises(CommandError, match="lies before"):
        call_command("hotspots", "--from", "2026-05-04", "--to", "2026-05-01")
    with pytest.raises(CommandError, match="Say the days"):
        call_command("hotspots")


def test_the_score_says_how_far_the_method_can_be_trusted() -> None:
    empty_city()
    out = StringIO()
    call_command("hotspots", "--score", "--seeds", "1", "--jobs", "1", "--json", stdout=out)
    found = json.loads(out.getvalue())
    ours, gi = found["observed_expected"], found["gi_star"]
    assert found["default"] == "observed_expected"
    assert ours["null_alarms"] <= gi["null_alarms"]
    assert ours["recall_by_effect"]["1.0"]["4 weeks"]["x4"] > 0.1
    assert ours["precision"] > 0.5
