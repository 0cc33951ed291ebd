"""The demo city's cases: rhythm, hot places, and histories that the workflow table would let happen."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import shapely

from cases import workflow
from cases.demo.lives import lives
from cases.demo.reports import make_reports, rules
from cases.workflow import Act, Side, Stage
from cells.demo.city import DemoCity, make_city

DAY = dt.date(2026, 6, 1)
NOW = dt.datetime(2026, 6, 1, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return make_city(cells=600, seed=1, origin=(500_000.0, 3_841_000.0), today=DAY)


@pytest.fixture(scope="module")
def reports(city: DemoCity) -> pd.DataFrame:
    return make_reports(city, cells=2000, seed=1, today=DAY)


def local(reports: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(reports["at"], unit="s", utc=True).dt.tz_convert("Asia/Shanghai")


def test_the_same_seed_and_day_give_the_same_reports(city: DemoCity, reports: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(reports, make_reports(city, cells=2000, seed=1, today=DAY))
    assert lives(reports, now=NOW, seed=1) == lives(reports, now=NOW, seed=1)


def test_reports_come_in_order_and_end_at_midnight(reports: pd.DataFrame) -> None:
    assert 3000 <= len(reports) <= 6000
    assert reports["at"].is_monotonic_increasing
    assert reports["at"].max() < NOW
    assert reports["at"].min() >= NOW - 76 * 86400


def test_a_day_that_goes_on_has_its_reports_until_now_and_leaves_those_before_it(
    city: DemoCity, reports: pd.DataFrame
) -> None:
    noon = dt.datetime.fromtimestamp(NOW, tz=dt.UTC) + dt.timedelta(hours=12)
    so_far = make_reports(city, cells=2000, seed=1, today=DAY, now=noon)
    pd.testing.assert_frame_equal(so_far[: len(reports)], reports)
    today = so_far[len(reports) :]
    assert 20 < len(today) < 2 * len(reports) / rules()["days"]
    assert today["at"].between(NOW, noon.timestamp()).all()
    assert so_far["at"].is_monotonic_increasing
    broken = so_far["component"][so_far["component"] != ""]
    assert not broken.duplicated().any(), "what is broken is not reported as broken anew"
    assert all(lived[0].seconds == 0 for lived in lives(so_far, now=noon.timestamp(), seed=1))


def test_mornings_are_busy_nights_and_weekends_quiet(reports: pd.DataFrame) -> None:
    when = local(reports)
    by_hour = when.dt.hour.value_counts()
    assert by_hour.get(9, 0) > 20 * max(1, by_hour.get(3, 0))
    by_day = when.dt.day_of_week.value_counts()
    assert by_day[[5, 6]].mean() < 0.97 * by_day[[0, 1, 2, 3, 4]].mean()


def test_shares_are_those_of_real_cities(reports: pd.DataFrame) -> None:
    """93 % patrol, 5 % hotline; events 90–97 %; parked bicycles first (Jinniu: 23.6 %)."""
    source = reports["source"].value_counts(normalize=True)
    assert source["patrol"] == pytest.approx(0.92, abs=0.02)
    assert source["hotline"] == pytest.approx(0.055, abs=0.015)
    assert 0.90 < (reports["kind"] == "event").mean() < 0.97
    events = reports.loc[reports["kind"] == "event", "code"].value_counts()
    assert events.index[0] == "0410"


def test_there_is_a_night_market(reports: pd.DataFrame) -> None:
    """Vendors and barbecues of the evening stand close together: half of them within 250 m of one place."""
    evening = reports[reports["code"].isin(["0402", "0129"]) & (local(reports).dt.hour >= 18)]
    xy = evening[["x", "y"]].to_numpy()
    middle = np.median(xy, axis=0)
    assert (np.hypot(*(xy - middle).T) < 250).mean() > 0.5


def test_the_building_site_is_new(reports: pd.DataFrame) -> None:
    dust = reports[reports["code"] == "0304"]
    recent = dust["at"] > NOW - 30 * 86400
    assert recent.mean() > 0.7


def test_every_report_says_what_and_where(reports: pd.DataFrame) -> None:
    assert (reports["words"].str.len() > 8).all()
    assert not reports["words"].str.contains("{", regex=False).any()
    assert (reports["address"] != "").all()
    assert reports["words"].nunique() > 0.5 * len(reports)


def test_broken_components_are_components_of_that_class(city: DemoCity, reports: pd.DataFrame) -> None:
    broken = reports[reports["kind"] == "component"]
    table = city.components.set_index("code")
    assert (table.loc[broken["component"], "class"].to_numpy() == broken["code"].to_numpy()).all()
    here = shapely.points(broken[["x", "y"]].to_numpy())
    assert shapely.distance(here, table.loc[broken["component"], "place"].to_numpy()).max() == 0.0


def test_histories_are_walks_of_the_workflow_table(reports: pd.DataFrame) -> None:
    lived = lives(reports, now=NOW, seed=1)
    stages = pd.Series([workflow.replay([line.act for line in lines]) for lines in lived])
    for lines, at in zip(lived, reports["at"], strict=True):
        times = [line.seconds for line in lines]
        assert lines[0].act == Act.REPORT
        assert times == sorted(times)
        assert at + times[-1] <= NOW
    share = stages.value_counts(normalize=True)
    assert 0.93 < share[Stage.CLOSED] < 0.99
    assert {Stage.REPORTED, Stage.DISPATCHED} <= set(stages), "there is nothing left to do"
    # A new city has no limits in parts; its officers have not begun to share work out or to ask for help, no case has
    # gone up the ladder, none needed several departments, and none was an emergency.
    gathers = {act for (_, act), step in workflow.STEPS.items() if step.by in (Side.COORDINATION, Side.PARTNER)}
    ladder = {Act.ESCALATE, Act.CLIMB, Act.COME_DOWN, Act.REFER, Act.DECIDE, Act.TO_OWN_UNIT}
    ladder |= {Act.DECLARE_EMERGENCY, Act.CHANGE_GRADE, Act.STAND_DOWN, Act.SEND_TEAM, Act.TEAM_DONE, Act.SETTLE_OWNER}
    happens = set(Act) - {Act.REDRAW, Act.FINISH_PART, Act.ASSIGN, Act.UNASSIGN, Act.ASK_HELP} - ladder - gathers
    assert {line.act for lines in lived for line in lines} == happens, "some act never happens"


def test_every_class_that_happens_has_words() -> None:
    data = rules()
    for hot in data["hot_places"]:
        assert set(hot["classes"]) <= set(data["classes"])
    assert set(data["component_classes"]) == set(data["component_words"])
    assert set(data["sources"]) == set(data["tails"])
