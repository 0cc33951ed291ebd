"""Facts, indicators and rates: a published week to the last digit, real lives, redraws, holds, two readers at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cases.judging.periods import Period
from cases.judging.rates import rates
from cases.judging.units import Of
from tests.cases.judging_desk import Week, at, live
from tests.makers import a_city

# Week of 8 to 14 April 2019 of a city of ten million (standards.md, section 8): all cases, and without the four
# disorders.
ALL = Week(
    accepted=51_571, filed=51_229, dispatched=49_151, should_close=52_434, closed=43_523, closed_on_time=40_394,
    rework=276, extended=104,
)  # fmt: skip
REST = Week(
    accepted=16_754, filed=16_570, dispatched=14_673, should_close=18_086, closed=10_225, closed_on_time=8_765,
    rework=274, extended=101,
)  # fmt: skip


@pytest.mark.django_db
def test_the_published_week_comes_out_to_the_last_digit() -> None:
    city = a_city(cells="8x2", community="4x2", at=at("2019-01-01"))
    one, other = city.community(0, 0), city.community(4, 0)
    live(REST, one, monday="2019-04-08", prefix="R")
    live(ALL.minus(REST), other, monday="2019-04-08", prefix="D")
    found = rates(Of.COMMUNITY, Period.of_days(dt.date(2019, 4, 8), dt.date(2019, 4, 14)))
    keys = ("file_rate", "dispatch_rate", "close_rate", "ontime_close_rate", "rework_rate", "extension_rate")
    everything = [found.total.rate(found.formulas, key) for key in keys]
    assert everything == [Decimal(n) for n in ("99.34", "95.94", "83.01", "77.04", "0.53", "0.20")]
    rest = next(row for row in found.rows if row.unit.id == one.pk)
    assert [rest.rate(found.formulas, key) for key in keys if key != "dispatch_rate"] == [
        Decimal(n) for n in ("98.90", "56.54", "48.46", "1.51", "0.56")
    ]
