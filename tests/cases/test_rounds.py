"""What makes a cell worth a visit today: days unseen, open cases, checks, a hot spot, as the rules say."""

from __future__ import annotations

import datetime as dt

import pytest

from cases.hotspots.hot_cells import Hot, hot_cells
from cases.patrols.rounds import BeatCell, Weights, round_of
from cells.models import Rule
from tests.makers import a_city

TODAY = dt.date(2026, 3, 2)


def a_cell(
    code: str, x: float, *, ago: int | None = 1, cases: int = 0, checks: int = 0, hot: Hot | None = None
) -> BeatCell:
    seen_on = None if ago is None else TODAY - dt.timedelta(days=ago)
    return BeatCell(int(code), code, x, 0.0, seen_on, cases, checks, hot=hot)


@pytest.mark.django_db
def test_unseen_days_cases_checks_and_hot_spots_weigh_as_the_rules_say() -> None:
    by = Weights.of_city()
    assert a_cell("1", 0, ago=4).weight(TODAY, by) == 4
    assert a_cell("1", 0, ago=400).weight(TODAY, by) == a_cell("1", 0, ago=None).weight(TODAY, by) == by.never
    full = a_cell("1", 0, ago=4, cases=2, checks=1, hot=Hot(95, 3.0))
    assert full.weight(TODAY, by) == 4 + 2 * by.case + by.check + by.hot
    Rule.objects.filter(pk="patrol_round_hot_days").update(value=99)
    assert full.weight(TODAY, Weights.of_city()) == 4 + 2 * by.case + by.check + 99


@pytest.mark.django_db
def test_with_time_for_few_cells_the_hot_one_and_the_one_with_a_check_are_walked_and_not_the_others() -> None:
    Rule.objects.filter(pk="patrol_round_minutes").update(value=6.5)  # two cells of three minutes, side by side
    beat = [a_cell(str(k), 10.0 * k, ago=3) for k in range(1, 8)]
    assert len(round_of(beat, here=(0.0, 0.0), today=TODAY)) == 2
    beat[4] = a_cell("5", 50, ago=3, cases=1, checks=1)
    beat[5] = a_cell("6", 60, ago=3, hot=Hot(99, 4.0))
    assert [c.code for c in round_of(beat, here=(0.0, 0.0), today=TODAY)] == ["5", "6"]
    beat[5] = a_cell("6", 60, ago=0, hot=Hot(99, 4.0))  # seen today
    assert "6" not in {c.code for c in round_of(beat, here=(0.0, 0.0), today=TODAY)}


@pytest.mark.django_db
def test_who_is_far_away_is_led_there_all_the_same() -> None:
    assert [c.code for c in round_of([a_cell("1", 90_000.0)], here=(0.0, 0.0), today=TODAY)] == ["1"]
    assert round_of([], here=None, today=TODAY) == []


@pytest.mark.django_db
def test_a_city_without_cases_has_no_hot_cells() -> None:
    a_city("4x2")
    assert hot_cells(TODAY) == {}
