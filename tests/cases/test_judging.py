"""Facts, indicators and rates: a published week to the last digit, real lives, redraws, holds, two readers at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from cases import checking, holding
from cases.dispatch import dispatch
from cases.judging import counting
from cases.judging.periods import BadPeriod, Period
from cases.judging.rates import cases_of, formulas_of, rates
from cases.judging.units import Of
from cases.judging.vocabulary import FACTS, BadFormula, Formula, percent
from cases.models import Case, CaseClock, CaseEvent, CaseFacts, Indicator
from cells.models import Component, Role
from tests.cases.judging_desk import Week, at, live
from tests.cases.makers import NOON, a_case, a_component, a_user, closed, middle_of, voided
from tests.cases.publishing_desk import PublishingDesk
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


@pytest.mark.django_db
class TestLives:
    """What real doors write, counted."""

    def counts(self, since: str, until: str, at: dt.datetime | None = None, kind: Of = Of.COMMUNITY) -> dict[str, int]:
        found = rates(kind, Period.of_days(dt.date.fromisoformat(since), dt.date.fromisoformat(until), at=at))
        return dict(found.total.facts)

    def test_a_case_counts_where_and_when_it_should(self) -> None:
        a_city(cells="4x2", at=NOON - dt.timedelta(days=60))
        case = closed(a_case(at=NOON), at=NOON + dt.timedelta(hours=1))
        declined = a_case(at=NOON)
        counts = self.counts("2026-03-01", "2026-03-31")
        assert (counts["reports"], counts["filed"], counts["dispatched"]) == (2, 2, 1)
        assert (counts["should_close"], counts["closed"], counts["closed_on_time"]) == (1, 1, 1)
        assert (counts["closed_in"], counts["closed_no_limit"], counts["rework"]) == (1, 0, 0)
        voided(declined, at=NOON + dt.timedelta(hours=2))
        again = checking.reopen(case, by=None, at=NOON + dt.timedelta(days=40), note="又坏了")
        counts = self.counts("2026-03-01", "2026-03-31")
        assert (counts["void"], counts["closed"], counts["reopened"]) == (1, 1, 0)  # what was closed in March stays so
        assert self.counts("2026-04-01", "2026-04-30")["reopened"] == 1
        assert again.stage == "filed"

    def test_late_work_is_closed_and_not_on_time(self) -> None:
        a_city(cells="4x2", at=NOON - dt.timedelta(days=60))
        case = dispatch(a_case(at=NOON), by=None, at=NOON)
        due = CaseClock.objects.get(case=case, kind="handle").due_at
        closed(Case.objects.get(pk=case.pk), at=due + dt.timedelta(minutes=1))
        day = timezone.localdate(due).isoformat()
        counts = self.counts(day, day)
        assert (counts["should_close"], counts["handled_on_time"], counts["closed_on_time"]) == (1, 0, 0)
        # As the limit ran out, before the work was done, nothing was closed: the moment of judging decides.
        before = self.counts(day, day, at=due + dt.timedelta(seconds=30))
        assert (before["should_close"], before["closed"]) == (1, 0)

    def test_a_hold_is_taken_out_net_of_holds(self) -> None:
        a_city(cells="4x2", at=NOON - dt.timedelta(days=60))
        case = dispatch(a_case(at=NOON), by=None, at=NOON)
        due = CaseClock.objects.get(case=case, kind="handle").due_at
        minute = NOON + dt.timedelta(minutes=1)
        held = holding.ask_hold(case, by=None, at=minute, until=NOON + dt.timedelta(days=60), note="等配件")
        holding.grant_hold(held, by=a_user(Role.SHIFT_HEAD), at=minute)
        found = rates(Of.CITY, Period.of_days(dt.date(2026, 3, 1), dt.date(2026, 3, 31)))
        assert CaseFacts.objects.get(case=case).planned_due_at == due
        facts = found.total.facts
        assert (facts["should_close"], facts["on_hold"]) == (1, 1)
        assert found.total.rate(found.formulas, "close_rate") == 0
        assert found.total.rate(found.formulas, "close_rate_hold") is None  # no cases, not 0 % or 100 %

    def test_people_are_credited_with_what_they_did(self) -> None:
        a_city(cells="4x2", at=NOON - dt.timedelta(days=60))
        operator = a_user(Role.OPERATOR, name="wang")
        a_case(by=operator, at=NOON)
        found = rates(Of.PERSON, Period.of_days(dt.date(2026, 3, 1), dt.date(2026, 3, 31)))
        by_name = {row.unit.code: row.facts for row in found.rows}
        assert by_name["wang"]["filed"] == 1
        posts = rates(Of.ROLE, Period.of_days(dt.date(2026, 3, 1), dt.date(2026, 3, 31)))
        assert next(row for row in posts.rows if row.unit.code == Role.OPERATOR).facts["filed"] == 1

    def test_departments_are_told_what_became_of_their_components(self) -> None:
        a_city(cells="4x2", at=NOON - dt.timedelta(days=60))
        gas, lamp, nobodys = (
            a_component(*middle_of(n), code=f"990101001001010{n}", **named).code
            for n, named in enumerate(
                (
                    {"competent_department": "燃气公司", "owner_department": "城建局"},
                    {"owner_department": "路灯管理处"},
                    {},
                )
            )
        )
        of = {"catalogue_class": ""}
        closed(a_case(component=gas, **of, at=NOON), at=NOON + dt.timedelta(hours=1))
        for component in (gas, lamp, nobodys):
            a_case(component=component, **of, at=NOON)
        a_case(at=NOON)
        march = Period.of_days(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
        found = rates(Of.DEPARTMENT, march)
        told = {row.unit.name_zh: (row.facts["filed"], row.facts["closed"]) for row in found.rows}
        assert told == {"燃气公司": (2, 1), "路灯管理处": (1, 0), "不涉及部件，或部件未登记部门": (2, 0)}
        assert found.total.facts["filed"] == 5
        for row in found.rows:
            number, cases = cases_of("filed", Of.DEPARTMENT, march, unit=row.unit.id)
            assert (number, len(cases)) == (row.facts["filed"], row.facts["filed"])
        # A survey that names another department moves no case that is counted already.
        Component.objects.update(competent_department="水务局")
        a_case(component=gas, **of, at=NOON)
        told = {row.unit.name_zh: row.facts["filed"] for row in rates(Of.DEPARTMENT, march).rows}
        assert (told["燃气公司"], told["水务局"]) == (2, 1)

    def test_what_is_read_twice_is_the_same_and_only_news_is_read(self) -> None:
        a_city(cells="4x2", at=NOON - dt.timedelta(days=60))
        case = a_case(at=NOON)
        assert counting.fresh() == 1
        assert counting.fresh() == 0
        dispatch(case, by=None, at=NOON)
        assert counting.fresh() == 1
        before = list(CaseFacts.objects.values())
        assert counting.fresh(whole=True) == 1
        after = list(CaseFacts.objects.values())
        assert [{**row, "id": 0} for row in before] == [{**row, "id": 0} for row in after]


@pytest.mark.django_db
def test_a_month_counts_the_same_after_the_grids_are_redrawn() -> None:
    desk = PublishingDesk()
    desk.case(0, 0)
    desk.case(2, 0, east=0.9)
    desk.closed_case(1, 0)
    desk.closed_case(4, 0)
    moment = timezone.now()
    today = timezone.localdate(moment)
    period = Period.of_days(today, today, at=moment)
    before = {kind: rates(kind, period).as_data() for kind in (Of.COMMUNITY, Of.GRID, Of.CELL)}
    desk.paint_across(2, 0, into=(3, 0))
    desk.split(0, 0)
    desk.publish()
    assert CaseEvent.objects.filter(act="redraw").exists()  # or nothing was proved
    counting.fresh(whole=True)
    assert {kind: rates(kind, period).as_data() for kind in (Of.COMMUNITY, Of.GRID, Of.CELL)} == before
    now = rates(Of.COMMUNITY, Period.of_days(today, today))
    assert now.edition.number == 2


@pytest.mark.django_db
def test_every_fact_has_its_column_and_every_indicator_its_facts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proargnames FROM pg_proc WHERE proname = 'cases_judged'")
        (names,) = cursor.fetchone()
    assert names[4:] == list(FACTS)
    formulas = formulas_of(Indicator.objects.all())
    assert {"file_rate", "report_rate", "discovery_rate", "full_walk_rate", "below_judged_rate"} <= set(formulas)
    assert {i.key for i in Indicator.objects.filter(of_plan=True)} == {
        "dispatch_rate", "close_rate", "report_rate", "discovery_rate", "dispose_rate",
    }  # fmt: skip


def test_percent_is_exact_and_rounds_half_up() -> None:
    assert percent(1, 8) == Decimal("12.50")
    assert percent(1, 800) == Decimal("0.13")  # 0.125
    assert percent(-1, 800) == Decimal("-0.13")
    assert percent(999_999, 1_000_000) == Decimal("100.00")
    assert percent(0, 7) == Decimal("0.00")
    assert percent(3, 0) is None
    assert percent(1, -2) is None


@pytest.mark.parametrize("text", ["", "closed closed", "closed *2", "nonsense", "closed -", "- - closed", "1"])
def test_a_formula_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadFormula):
        Formula.read(text)


def test_periods_are_said_and_refused_in_words() -> None:
    at_noon = at("2026-03-10")
    running = Period.of_month("2026-03", at=at_noon)
    assert running.is_partial
    assert running.end == at_noon
    for month in ("2026-13", "2026-3", "", "march", "0001-01"):
        with pytest.raises(BadPeriod):
            Period.of_month(month, at=at_noon)
    with pytest.raises(BadPeriod):
        Period.of_month("2026-04", at=at_noon)
    with pytest.raises(BadPeriod):
        Period.of_days(dt.date(2026, 3, 2), dt.date(2026, 3, 1), at=at_noon)
