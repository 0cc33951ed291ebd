"""The tables of the working calendar and the limits: what a new city has, that an edit counts, which limit fits."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.clocks import Limit, Part, Unit, due, due_each
from cases.models import CalendarYear, SpecialDay, StageLimit, WorkHours
from cases.workdays import BadShifts, CalendarEnds
from cases.worktime import calendar_of_city, limits_of_city, parts_of
from cells.models import CatalogueClass, FilingCondition, Rule
from tests.cases.makers import a_user

pytestmark = pytest.mark.django_db

CITY = ZoneInfo(settings.TIME_ZONE)
HANDLE = StageLimit.Stage.HANDLE


def at(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=CITY)


def ends(start: dt.datetime, value: float, unit: Unit) -> dt.datetime:
    return due(start, Limit(value, unit), calendar_of_city())


def days(*ranges: tuple[int, int, int]) -> set[dt.date]:
    """The days of (month, first, last)."""
    return {dt.date(2026, month, day) for month, first, last in ranges for day in range(first, last + 1)}


# --- the calendar --------------------------------------------------------------------------------------------------


def test_a_new_city_has_the_official_days_of_2026() -> None:
    # The State Council's notice of 4 November 2025, item by item.
    off = days((1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7))
    on = days((1, 4, 4), (2, 14, 14), (2, 28, 28), (5, 9, 9), (9, 20, 20), (10, 10, 10))
    found = {kind: set(SpecialDay.objects.filter(kind=kind).values_list("day", flat=True)) for kind in SpecialDay.Kind}
    assert found == {SpecialDay.Kind.HOLIDAY: off, SpecialDay.Kind.WORKING: on}
    assert all(day.isoweekday() > 5 for day in on), "a make-up day is a Saturday or a Sunday"
    assert set(SpecialDay.objects.values_list("mark", flat=True)) == {"T"}
    assert not SpecialDay.objects.filter(source="").exists()
    assert list(CalendarYear.objects.values_list("year", flat=True)) == [2026]


def test_a_new_city_works_eight_hours_from_monday_to_friday() -> None:
    calendar = calendar_of_city()
    assert (calendar.first, calendar.last) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    # 261 weekdays in 2026; off on 2, 6, 1, 3, 1, 1 and 5 of them, 19 in all; 6 make-up days: 248.
    worked = 261 - 19 + 6
    assert len(calendar.days) == worked
    assert calendar.done[-1] == worked * 8 * 3600 * 1_000_000


def test_limits_run_over_the_official_days() -> None:
    assert ends(at(2, 13, 16), 1, Unit.WD) == at(2, 14, 16)  # the make-up Saturday
    assert ends(at(9, 30, 17), 2, Unit.WH) == at(10, 8, 9)  # over the seven days of October
    assert ends(at(10, 9, 18), 1, Unit.WD) == at(10, 10, 18)
    assert ends(at(10, 1, 3), 1, Unit.UH) == at(10, 1, 4)
    with pytest.raises(CalendarEnds, match="load_calendar"):
        ends(at(12, 31, 17), 2, Unit.WH)


@pytest.mark.parametrize(
    "edit",
    [
        lambda: SpecialDay.objects.filter(day=dt.date(2026, 2, 14)).update(kind="holiday"),
        lambda: SpecialDay.objects.filter(day=dt.date(2026, 2, 14)).update(hours="08:00-09:00"),
        lambda: SpecialDay.objects.filter(day=dt.date(2026, 2, 14)).delete(),
        lambda: WorkHours.objects.filter(begins=dt.time(8)).update(ends=dt.time(11)),
        lambda: Rule.objects.filter(pk="limit_workday_hours").update(value=0),
        lambda: CalendarYear.objects.all().delete(),
    ],
)
def test_an_edit_counts_at_the_next_use(edit: Any) -> None:
    def end() -> dt.datetime | None:
        try:
            return ends(at(2, 13, 16), 1, Unit.WD)
        except CalendarEnds:
            return None

    before = end()
    edit()
    assert end() != before


def test_an_unchanged_calendar_is_kept_and_asked_for_by_one_query() -> None:
    kept = calendar_of_city()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert calendar_of_city() is kept
    assert len(asked) == 1


def test_an_edit_that_is_taken_back_leaves_no_trace() -> None:
    before = ends(at(2, 13, 16), 1, Unit.WD)
    with transaction.atomic():
        SpecialDay.objects.all().delete()
        assert ends(at(2, 13, 16), 1, Unit.WD) != before
        transaction.set_rollback(True)
    assert ends(at(2, 13, 16), 1, Unit.WD) == before


def test_a_city_elsewhere_works_by_its_own_clock(settings: Any) -> None:
    in_china = ends(at(3, 2, 9), 1, Unit.WH)
    settings.TIME_ZONE = "America/New_York"
    assert calendar_of_city().zone.key == "America/New_York"
    # 09:00 in Shanghai is 20:00 the Sunday before in New York: work begins on Monday at 08:00 there.
    there = ends(at(3, 2, 9), 1, Unit.WH)
    assert there == dt.datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("America/New_York"))
    assert there != in_china


def test_only_years_in_a_row_count_as_known() -> None:
    CalendarYear.objects.create(year=2024)
    assert calendar_of_city().first == dt.date(2026, 1, 1)
    CalendarYear.objects.create(year=2025)
    assert calendar_of_city().first == dt.date(2024, 1, 1)


def test_special_hours_count_and_wrong_ones_are_named() -> None:
    SpecialDay.objects.create(day=dt.date(2026, 3, 3), kind="working", name_en="half day", hours="08:00-12:00")
    assert ends(at(3, 3, 11), 2, Unit.WH) == at(3, 4, 9)
    with pytest.raises(ValidationError):
        SpecialDay(day=dt.date(2026, 3, 4), kind="working", hours="from nine to five").full_clean()
    SpecialDay.objects.filter(day=dt.date(2026, 3, 3)).update(hours="from nine to five")
    with pytest.raises(BadShifts, match="from nine to five"):
        calendar_of_city()


@pytest.mark.parametrize(
    "make",
    [
        lambda: SpecialDay.objects.create(day=dt.date(2026, 3, 3), kind="holiday", hours="08:00-12:00"),
        lambda: WorkHours.objects.create(weekday=8, begins=dt.time(8), ends=dt.time(9)),
        lambda: WorkHours.objects.create(weekday=6, begins=dt.time(9), ends=dt.time(9)),
        lambda: WorkHours.objects.create(weekday=1, begins=dt.time(8), ends=dt.time(9)),
        lambda: StageLimit.objects.create(stage="handle", value=0, unit="WD", order=2),
        lambda: StageLimit.objects.create(stage="handle", value=3, unit="WD"),
        lambda: StageLimit.objects.create(
            stage="handle", value=3, unit="WD", condition=FilingCondition.objects.first()
        ),
    ],
)
def test_the_database_refuses_rows_that_mean_nothing(make: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_a_shift_may_end_with_the_day() -> None:
    WorkHours.objects.create(weekday=6, begins=dt.time(20), ends=dt.time(0))
    assert ends(at(3, 7, 9), 4, Unit.WH) == at(3, 8, 0)


# --- the limits ----------------------------------------------------------------------------------------------------


def a_limit(value: float, unit: str, **given: Any) -> StageLimit:
    return StageLimit.objects.create(**{"stage": HANDLE, "value": value, "unit": unit, **given})


def test_a_new_city_has_a_limit_for_every_step() -> None:
    minutes = {stage: parts_of(stage)[0].limit for stage in StageLimit.Stage if stage != HANDLE}
    # Yuncheng's defaults: 15 minutes to accept and to dispatch, 30 to verify and to check, by the clock.
    quarter, half = Limit(0.25, Unit.UH), Limit(0.5, Unit.UH)
    assert minutes == {"accept": quarter, "dispatch": quarter, "verify": half, "check": half}
    assert parts_of(HANDLE) == (Part("", Limit(5, Unit.WD)),)


def test_the_catalogues_limit_is_the_limit_of_handling() -> None:
    condition = FilingCondition.objects.filter(limit_unit="UH", limit_value=2).order_by("pk")[0]
    assert parts_of(HANDLE, condition=condition) == (Part("", Limit(2, Unit.UH)),)
    # A row for the class alone is wider than the condition; one for the condition is not.
    a_limit(9, "WD", catalogue_class=condition.catalogue_class)
    assert parts_of(HANDLE, condition=condition)[0].limit == Limit(2, Unit.UH)
    assert parts_of(HANDLE, catalogue_class=condition.catalogue_class_id)[0].limit == Limit(9, Unit.WD)
    a_limit(3, "UH", catalogue_class=condition.catalogue_class, condition=condition)
    assert parts_of(HANDLE, condition=condition)[0].limit == Limit(3, Unit.UH)
    # Steps that the catalogue says nothing of keep their own.
    assert parts_of("check", condition=condition)[0].limit == Limit(0.5, Unit.UH)


def test_the_narrowest_row_counts_alone() -> None:
    kind, other = CatalogueClass.objects.in_use().events().minors().order_by("pk")[:2]
    # Taiyuan checks within 1 hour in town, 2 hours in the country.
    a_limit(2, "UH", stage="check", area_class="rural")
    a_limit(1, "WH", stage="check", catalogue_class=kind)
    a_limit(4, "WH", stage="check", catalogue_class=kind, area_class="rural")
    found = {
        (c.pk, area): parts_of("check", catalogue_class=c.pk, area_class=area)[0].limit
        for c in (kind, other)
        for area in ("", "urban", "rural")
    }
    assert found == {
        (kind.pk, ""): Limit(1, Unit.WH),
        (kind.pk, "urban"): Limit(1, Unit.WH),
        (kind.pk, "rural"): Limit(4, Unit.WH),
        (other.pk, ""): Limit(0.5, Unit.UH),
        (other.pk, "urban"): Limit(0.5, Unit.UH),
        (other.pk, "rural"): Limit(2, Unit.UH),
    }


def test_a_step_without_any_row_has_no_limit() -> None:
    StageLimit.objects.filter(stage="verify").delete()
    assert parts_of("verify") == ()


def test_parts_of_a_limit_come_in_their_order() -> None:
    burst = CatalogueClass.objects.in_use().events().get(major="05", minor="01")
    a_limit(5, "WD", catalogue_class=burst, order=3, label_zh="恢复", label_en="make good")
    a_limit(3, "UH", catalogue_class=burst, order=1, label_zh="围挡", label_en="fence")
    a_limit(8, "UH", catalogue_class=burst, order=2, label_zh="抢修", label_en="repair", after_previous=False)
    parts = parts_of(HANDLE, catalogue_class=burst.pk)
    assert [(p.limit, p.after_previous) for p in parts] == [
        (Limit(3, Unit.UH), True),
        (Limit(8, Unit.UH), False),
        (Limit(5, Unit.WD), True),
    ]
    # Three in the morning of National Day: fenced at 06:00, repaired at 11:00, made good 40 working hours after the
    # holidays, which end on the 7th: 8, 9, 10 (made up), 12 and 13 October.
    assert due_each(at(10, 1, 3), parts, calendar_of_city()) == (at(10, 1, 6), at(10, 1, 11), at(10, 13, 18))


def test_a_sixth_of_an_hour_is_ten_minutes() -> None:
    StageLimit.objects.filter(stage="dispatch").update(value="0.1667")
    assert due(at(3, 2, 9), parts_of("dispatch")[0].limit, calendar_of_city()) == at(3, 2, 9, 10)


def test_many_limits_are_looked_up_by_one_query() -> None:
    conditions = list(FilingCondition.objects.order_by("pk")[:50])
    limits_of_city()
    with CaptureQueriesContext(connection) as asked:
        table = limits_of_city()
        found = [table.parts(HANDLE, condition=condition) for condition in conditions]
    assert len(asked) == 1
    assert [p[0].limit for p in found] == [Limit(c.limit_value, Unit(c.limit_unit)) for c in conditions]


# --- the administrator's pages -------------------------------------------------------------------------------------


def test_the_administrator_edits_the_calendar(client: Client) -> None:
    chief = a_user(None, name="chief")
    type(chief).objects.filter(pk=chief.pk).update(is_staff=True, is_superuser=True)
    client.force_login(chief)
    for name in ("workhours", "calendaryear", "specialday", "stagelimit"):
        assert client.get(reverse(f"admin:cases_{name}_changelist")).status_code == 200
    before = ends(at(3, 2, 9), 1, Unit.WD)
    given = {"day": "2026-03-02", "kind": "holiday", "name_zh": "市庆", "hours": "", "source": "本市", "mark": "T"}
    answer = client.post(reverse("admin:cases_specialday_add"), given)
    assert answer.status_code == 302
    assert ends(at(3, 2, 9), 1, Unit.WD) > before
    refused = client.post(
        reverse("admin:cases_specialday_add"), given | {"day": "2026-03-03", "kind": "working", "hours": "9 to 5"}
    )
    assert refused.status_code == 200
    assert not SpecialDay.objects.filter(day=dt.date(2026, 3, 3)).exists()
