"""How values come in at the JSON doors: a moment, with its zone or by the city's clock."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from maps.api.wire import moment_in, moment_of
from maps.errors import BadRequest

EVENING = dt.datetime(2026, 3, 9, 18, 0)
BAD = ("yesterday", "2026-02-30T10:00+08:00", "25:00", "2026-03-09T18:00+99:00", "9" * 400)


def test_a_moment_with_its_zone_is_that_moment() -> None:
    for by_city_clock in (False, True):
        found = moment_of({"at": "2026-03-09T18:00+08:00"}, "at", by_city_clock=by_city_clock)
        assert found == EVENING.replace(tzinfo=dt.UTC) - dt.timedelta(hours=8)


def test_without_a_zone_it_is_the_citys_clock_where_that_is_meant_and_no_moment_elsewhere() -> None:
    assert moment_of({"at": "2026-03-09T18:00"}, "at", by_city_clock=True) == timezone.make_aware(EVENING)
    assert moment_in("2026-03-09T18:00") is None
    with pytest.raises(BadRequest, match="no moment") as refused:
        moment_of({"at": "2026-03-09T18:00"}, "at")
    assert refused.value.where["field"] == "at"


@pytest.mark.parametrize("by_city_clock", [True, False])
def test_left_out_is_none_and_what_is_no_moment_is_refused_with_its_field(by_city_clock: bool) -> None:
    for left_out in ({}, {"at": ""}, {"at": None}):
        assert moment_of(left_out, "at", by_city_clock=by_city_clock) is None
    for bad in (*BAD, 7, ["2026"]):
        with pytest.raises(BadRequest) as refused:
            moment_of({"at": bad}, "at", by_city_clock=by_city_clock)
        assert refused.value.where["field"] == "at"


def test_a_phone_that_tells_no_moment_tells_none() -> None:
    assert [moment_in(bad) for bad in (*BAD, None, 7, {}, "2026-03-09T18:00")] == [None] * (len(BAD) + 4)
