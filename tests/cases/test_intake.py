"""Intake: place, owner, reason, number; and what is refused with which words."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from cases import intake
from cases.dispatch import dispatch
from cases.errors import AlreadyDone, BadReport, CaseError, OutsideCity
from cases.models import Case
from cases.numbers import next_number, next_numbers
from cases.workflow import Stage
from cells.models import CellVersion, Role
from spatial import crs as reference
from spatial.errors import BadCoordinate, UnknownCrs
from tests.cases.makers import NOON, a_case, a_component, a_report, a_user, middle_of, voided
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


def test_a_report_is_filed_with_the_community_that_holds_its_place() -> None:
    version = CellVersion.objects.current().select_related("cell", "community").order_by("cell__code")[5]
    x, y = version.shape.point_on_surface.coords
    lon, lat = reference.from_city([[x, y]], srid=settings.CITY_SRID)[0].tolist()
    case = a_case(lon=lon, lat=lat, crs="WGS84", accuracy_m=0.5)
    case.refresh_from_db()
    assert case.stage == Stage.FILED
    assert case.cell == version.cell
    assert case.owner == version.community
    assert case.edition == version.since
    assert (case.given_x, case.given_y, case.given_crs, case.accuracy_m) == (lon, lat, "WGS84", 0.5)
    assert math.dist((case.place.x, case.place.y), (x, y)) < 0.002
    assert case.reason["rule"] == "contains"
    assert case.reason["cell"] == version.cell.code
    assert case.reason["community"]["code"] == version.community.code
    assert case.reason["border_m"] > 0
    assert [c["cell"] for c in case.reason["candidates"]] == [version.cell.code]
    assert [line.act for line in case.history.all()] == ["report", "file"]


def test_a_shifted_coordinate_is_put_right_by_its_named_crs() -> None:
    x, y = middle_of(3)
    lon, lat = reference.from_city([[x, y]], crs="GCJ-02", srid=settings.CITY_SRID)[0].tolist()
    case = a_case(lon=lon, lat=lat, crs="gcj02")
    assert math.dist((case.place.x, case.place.y), (x, y)) < 0.005
    assert case.given_crs == "GCJ-02"


def test_near_a_border_all_candidates_are_stored() -> None:
    shape = CellVersion.objects.current().order_by("cell__code").first().shape
    middle = shape.centroid
    case = a_case(lon=middle.x, lat=middle.y, crs="CITY", accuracy_m=500.0)
    assert case.reason["rule"] == "near_border"
    assert len(case.reason["candidates"]) > 3
    assert case.stage == Stage.FILED


def test_outside_the_city_the_answer_names_the_nearest_cell_and_nothing_is_stored() -> None:
    x, y, *_ = CellVersion.objects.current().order_by("cell__code").first().shape.extent
    with pytest.raises(OutsideCity) as refused:
        intake.receive(a_report(lon=x - 5000, lat=y, crs="CITY"), by=None, at=NOON)
    assert refused.value.where["distance_m"] == pytest.approx(5000, abs=300)
    assert refused.value.where["nearest"]["cell"]
    assert Case.objects.count() == 0


def test_outside_the_city_a_case_can_be_kept_without_owner_and_located_later() -> None:
    x, y, *_ = CellVersion.objects.current().order_by("cell__code").first().shape.extent
    case = a_case(lon=x - 5000, lat=y, crs="CITY")
    assert (case.stage, case.cell, case.owner) == (Stage.REPORTED, None, None)
    assert case.reason["rule"] == "outside"
    lon, lat = middle_of(2)
    later = intake.locate(case, lon=lon, lat=lat, crs="CITY", by=None, at=NOON)
    assert later.stage == Stage.FILED
    assert later.owner is not None
    with pytest.raises(AlreadyDone):
        intake.locate(case, lon=lon, lat=lat, crs="CITY", by=None, at=NOON)


def test_words_alone_are_a_report_that_waits_for_its_place() -> None:
    case = a_case(lon=None, lat=None, words="", address="中山路12号")
    assert (case.stage, case.place, case.reason) == (Stage.REPORTED, None, {})


def test_a_component_gives_its_own_place() -> None:
    x, y = middle_of(4)
    lamp = a_component(x, y)
    case = a_case(component=lamp.code)
    assert (case.place.x, case.place.y) == (lamp.place.x, lamp.place.y)
    assert case.component == lamp
    assert case.owner is not None


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"lon": math.nan, "lat": 30.0, "crs": "WGS84"}, BadCoordinate, "not a number"),
        ({"lon": math.inf, "lat": 30.0, "crs": "WGS84"}, BadCoordinate, "not a number"),
        ({"lon": 114.0, "lat": 91.0, "crs": "WGS84"}, BadCoordinate, "latitude"),
        ({"lon": 34.68, "lat": 113.46, "crs": "WGS84"}, BadCoordinate, "swapped"),
        ({"lon": 114.0, "lat": 34.0, "crs": "MARS"}, UnknownCrs, "MARS"),
        ({"lon": 114.0, "lat": None, "crs": "WGS84"}, BadReport, "Only one"),
        ({"lon": None, "lat": None, "words": " ", "address": ""}, BadReport, "neither"),
        ({"accuracy_m": math.nan}, BadReport, "accuracy"),
        ({"accuracy_m": -1.0}, BadReport, "accuracy"),
        ({"accuracy_m": math.inf}, BadReport, "accuracy"),
        ({"words": "字" * 4001}, BadReport, "4001 characters"),
        ({"words": "a\x00b"}, BadReport, "control characters"),
        ({"address": "x" * 201}, BadReport, "201 characters"),
        ({"idempotency_key": "k" * 65}, BadReport, "65 characters"),
        ({"catalogue_class": "event-9999"}, BadReport, "not a class"),
        ({"catalogue_class": "0103"}, BadReport, "not a class"),
        ({"catalogue_class": "event-01\x00"}, BadReport, "control characters"),
        ({"source": "telepathy"}, BadReport, "Sources: hotline"),
        ({"component": "no-such"}, BadReport, "No component"),
    ],
)
def test_a_bad_report_is_refused_with_words_and_leaves_nothing(given: dict[str, Any], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        intake.receive(a_report(**given), by=None, at=NOON)
    assert Case.objects.count() == 0


def test_scripts_in_words_are_kept_as_words() -> None:
    words = "<script>alert(1)</script> & 'quotes' \" \\ {{ 7*7 }} 😀"
    assert Case.objects.get(pk=a_case(words=words).pk).words == words


def test_the_same_key_is_the_same_case() -> None:
    first = a_case(idempotency_key="k1")
    again = a_case(idempotency_key="k1")
    assert again == first
    assert first.history.count() == 2


def test_a_key_used_for_another_report_is_refused() -> None:
    first = a_case(idempotency_key="k1")
    with pytest.raises(BadReport) as refused:
        a_case(idempotency_key="k1", words="something else")
    assert refused.value.where["number"] == first.number


def test_who_may_not_file_reports_and_the_case_waits() -> None:
    case = a_case(by=a_user(Role.LEADER), source="leader")
    assert case.stage == Stage.REPORTED
    assert case.owner is not None
    assert a_case(by=a_user(Role.OPERATOR)).stage == Stage.FILED


def test_a_report_never_lies_before_its_own_history_by_more_than_clocks_may_differ() -> None:
    case = a_case()
    with pytest.raises(CaseError, match="lies before"):
        dispatch(case, by=None, at=NOON - dt.timedelta(hours=2, seconds=1))


def test_numbers_count_within_the_local_day() -> None:
    # 16:30 UTC is half past midnight of the next day in Shanghai.
    assert [next_number(NOON), next_number(NOON)] == ["2026030200001", "2026030200002"]
    assert next_number(dt.datetime(2026, 3, 2, 16, 30, tzinfo=dt.UTC)) == "2026030300001"
    assert next_numbers(dt.date(2026, 3, 2), 3) == ["2026030200003", "2026030200004", "2026030200005"]


def test_open_cases_near_a_point_come_nearest_first_with_their_distance() -> None:
    x, y = middle_of(0)
    far, near, closed = (a_case(lon=x + d, lat=y, crs="CITY") for d in (40.0, 3.0, 1.0))
    voided(closed)
    found = list(Case.objects.open().near(near.place, 50.0))
    assert found == [near, far]
    assert np.allclose([c.distance for c in found], [0.0, 37.0], atol=0.002)
    assert list(Case.objects.open().near(near.place, 10.0)) == [near]


# ---- the filing condition ------------------------------------------------------------------------------------------


def test_the_condition_that_is_said_chooses_the_limit_and_without_one_the_first_counts() -> None:
    cover = {"catalogue_class": "component-0101"}
    said, unsaid = (dispatch(a_case(**cover, condition=serial), by=None, at=NOON) for serial in (3, None))
    assert said.condition is not None
    assert (said.condition.condition_type, unsaid.condition) == ("rattle", None)
    limits = [case.clocks.get(kind="handle") for case in (said, unsaid)]
    assert [(float(clock.value), clock.unit) for clock in limits] == [(2.0, "WD"), (2.0, "UH")]


@pytest.mark.parametrize("given", [{"catalogue_class": "component-0101"}, {"catalogue_class": ""}])
def test_a_condition_that_the_class_does_not_have_is_refused_with_words(given: dict[str, Any]) -> None:
    with pytest.raises(BadReport, match="condition 77") as refused:
        a_case(**given, condition=77)
    assert refused.value.where["field"] == "condition"
    assert Case.objects.count() == 0
