"""The clocks in the life of a case, each with its end worked out by hand on the calendar of 2026."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from cases import assigning, checking, dispatch, handling, holding, moves
from cases.clockwork import Kind, Told, marks_of, nearest, replay
from cases.errors import AlreadyDone, NotYours
from cases.history import verify_history
from cases.models import CalendarYear, Case, CaseClock, SpecialDay, StageLimit
from cases.recounting import recount, start_missing
from cases.timekeeping import clock_of
from cases.workflow import Act, Stage, StepRefused, open_acts
from cases.worktime import book_of_city
from cells.models import FilingCondition, GridVersion, Role
from tests.cases.makers import NOON, a_case, a_user, closed
from tests.cases.test_life import GATHERS, HOUR, VERBS, People, as_its_history_says
from tests.makers import a_city

pytestmark = pytest.mark.django_db
CITY = ZoneInfo(settings.TIME_ZONE)


@pytest.fixture(autouse=True)
def city() -> Any:
    return a_city("4x2", community="2x1", at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def at(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=CITY)


def handling_in(value: float, unit: str, **given: Any) -> StageLimit:
    """All cases are handled in so much time, but for their conditions: those go."""
    FilingCondition.objects.all().delete()
    if not given:
        StageLimit.objects.filter(stage="handle").delete()
    return StageLimit.objects.create(**{"stage": "handle", "value": value, "unit": unit, **given})


def dispatched(when: dt.datetime, **given: Any) -> Case:
    return dispatch.dispatch(a_case(at=when, **given), by=None, at=when)


def the_clock(case: Case, kind: str = "handle") -> CaseClock:
    return case.clocks.filter(kind=kind).order_by("-pk")[0]


def told(case: Case) -> list[Told]:
    return [Told(Act(e.act), Stage(e.to_stage), e.at, e.clocks.get("started", ())) for e in case.history.order_by("pk")]


# --- by hand -------------------------------------------------------------------------------------------------------


def test_a_burst_main_before_a_holiday_waits_for_nobody_and_a_lamp_does() -> None:
    # Thursday 30 April, 17:00; Labour Day is from 1 to 5 May, and Saturday 9 May is worked.
    friday = at(4, 30, 17)
    handling_in(2, "UH")
    assert dispatched(friday).due_at == at(4, 30, 19)
    StageLimit.objects.filter(stage="handle").update(value=2, unit="WH")
    assert dispatched(friday).due_at == at(5, 6, 9)  # one hour left on the day, one on Wednesday
    StageLimit.objects.filter(stage="handle").update(value=3, unit="WD")
    assert dispatched(friday).due_at == at(5, 8, 17)  # 6, 7 and 8 May


def test_a_hold_over_a_weekend_takes_no_working_time() -> None:
    handling_in(8, "WH")
    case = dispatched(at(3, 6, 14))  # Friday: 4 hours left on the day
    assert case.due_at == at(3, 9, 14, 0) - dt.timedelta(hours=2)  # Monday 12:00
    unit, head = a_user(Role.COMMUNITY, territory=case.owner), a_user(Role.SHIFT_HEAD)
    case = holding.ask_hold(case, by=unit, at=at(3, 6, 16), until=at(3, 9, 10), note="等配件")
    case = holding.grant_hold(case, by=head, at=at(3, 6, 16))
    clock = the_clock(case)
    assert (case.stage, clock.state, clock.due_at, case.due_at) == ("held", "paused", None, None)
    (case,) = holding.resume_due(at=at(3, 9, 10))
    # Held Friday 16–18 and Monday 8–10: 4 working hours; 2 of 8 were used, so 6 from Monday 10:00 on.
    assert (the_clock(case).state, case.due_at) == ("running", at(3, 9, 18))
    shown = case.history.get(act="resume").clocks["shown"]
    assert [(s["clock"], s["elapsed"], s["left"], s["unit"], s["state"]) for s in shown] == [
        ("handle", 2.0, 6.0, "WH", "paused")
    ]


def test_two_extensions_add_the_limit_twice_and_each_is_asked_before_the_end() -> None:
    handling_in(1, "WD")
    case = dispatched(at(3, 2, 9))
    unit, head = a_user(Role.COMMUNITY, territory=case.owner), a_user(Role.SHIFT_HEAD)
    assert case.due_at == at(3, 3, 9)
    for day in (3, 4):
        case = holding.ask_extension(case, by=unit, at=at(3, day - 1, 10), note="雨")
        case = holding.grant_extension(case, by=head, at=at(3, day - 1, 11))
        assert case.due_at == at(3, day + 1, 9)
    assert (the_clock(case).extensions, the_clock(case).amber_at) == (
        2,
        at(3, 4, 14, 12),
    )  # 80 % of 24 hours: 7, 8 and 4.2
    with pytest.raises(StepRefused, match="no further extension"):
        holding.ask_extension(case, by=unit, at=at(3, 4, 10), note="雨")


def test_an_extension_is_not_asked_after_the_end() -> None:
    handling_in(2, "UH")
    case = dispatched(at(3, 2, 9))
    unit = a_user(Role.COMMUNITY, territory=case.owner)
    with pytest.raises(StepRefused, match="before the deadline"):
        holding.ask_extension(case, by=unit, at=at(3, 2, 11), note="雨")
    holding.ask_extension(case, by=unit, at=at(3, 2, 10, 59), note="雨")


def test_rework_starts_a_new_clock_and_the_old_one_stays_as_it_was() -> None:
    handling_in(4, "WH")
    case = dispatched(at(3, 2, 9))
    case = checking.ask_check(handling.handle(case, by=None, at=at(3, 2, 11)), by=None, at=at(3, 2, 11, 10))
    case = checking.rework(case, by=a_user(Role.CHECKER), at=at(3, 2, 11, 30), note="未清")
    clocks = [(c.round, c.state, c.started_at, c.due_at) for c in case.clocks.filter(kind="handle").order_by("pk")]
    assert clocks == [
        (1, "stopped", at(3, 2, 9), at(3, 2, 15)),
        (2, "running", at(3, 2, 11, 30), at(3, 2, 17, 30)),
    ]
    assert case.due_at == at(3, 2, 17, 30)
    # The check started anew when a checker was named: 30 minutes from then.
    assert [c.due_at for c in case.clocks.filter(kind="check")] == [at(3, 2, 11, 30), at(3, 2, 11, 40)]


def test_a_closed_case_has_no_clock_and_one_opened_again_starts_anew() -> None:
    case = closed(a_case(at=at(3, 2, 9)), at=at(3, 2, 10))
    assert (case.due_at, set(case.clocks.values_list("state", flat=True))) == (None, {"stopped"})
    case = checking.reopen(case, by=a_user(Role.OPERATOR), at=at(3, 3, 9), note="来电人不认可")
    assert case.due_at == at(3, 3, 9, 15)
    assert [c.round for c in case.clocks.filter(kind="dispatch").order_by("pk")] == [1, 2]


def test_one_case_carries_three_limits_one_after_another() -> None:
    FilingCondition.objects.all().delete()
    StageLimit.objects.filter(stage="handle").delete()
    for order, (value, unit, zh, en) in enumerate(
        [(3, "UH", "围挡", "fence"), (8, "UH", "抢修", "repair"), (5, "WD", "恢复", "make good")], start=1
    ):
        StageLimit.objects.create(stage="handle", value=value, unit=unit, order=order, label_zh=zh, label_en=en)
    case = dispatched(at(3, 2, 9))
    assert [c.due_at for c in case.clocks.filter(kind="handle").order_by("part")] == [
        at(3, 2, 12), at(3, 2, 20), at(3, 9, 18),
    ]  # fmt: skip
    assert case.due_at == at(3, 2, 12)
    unit = a_user(Role.COMMUNITY, territory=case.owner)
    case = handling.finish_part(case, part=1, by=unit, at=at(3, 2, 10), note="围挡已设")
    assert case.due_at == at(3, 2, 20)
    with pytest.raises(AlreadyDone):
        handling.finish_part(case, part=1, by=unit, at=at(3, 2, 10))
    case = handling.finish_part(case, part=2, by=unit, at=at(3, 2, 19))
    assert case.due_at == at(3, 9, 18)
    case = handling.take_on(case, by=unit, at=at(3, 3, 9))
    with pytest.raises(StepRefused, match="last part"):
        handling.finish_part(case, part=3, by=unit, at=at(3, 3, 9))
    handling.handle(case, by=unit, at=at(3, 4, 9))
    assert not case.clocks.filter(kind="handle").exclude(state="stopped").exists()


def test_the_class_of_area_and_the_filing_condition_choose_the_limit(city: Any) -> None:
    FilingCondition.objects.all().delete()
    StageLimit.objects.create(stage="handle", value=2, unit="UH", area_class="core")
    core = city.community(0, 0)
    GridVersion.objects.filter(grid=core).update(management_grade="core")
    lon, lat = city.metres(0, 0)
    assert dispatched(at(3, 2, 9), lon=lon, lat=lat, crs="CITY").due_at == at(3, 2, 11)
    lon, lat = city.metres(3, 1)
    assert dispatched(at(3, 2, 9), lon=lon, lat=lat, crs="CITY").due_at == at(3, 9, 9)  # five working days
    case = a_case(at=at(3, 2, 9))
    of_class = {"catalogue_class": case.catalogue_class, "limit_unit": "UH"}
    own = [FilingCondition.objects.create(serial=n, limit_value=n, **of_class) for n in (7, 4)]
    assert dispatch.dispatch(case, by=None, at=at(3, 2, 9)).due_at == at(3, 2, 13), "the first condition counts"
    case = a_case(at=at(3, 2, 9))
    Case.objects.filter(pk=case.pk).update(condition=own[0])
    assert dispatch.dispatch(case, by=None, at=at(3, 2, 9)).due_at == at(3, 2, 16)


def test_a_year_without_a_calendar_never_holds_up_a_filing_and_is_filled_in_later() -> None:
    handling_in(5, "WD")
    case = dispatched(at(12, 30, 9))
    clock = the_clock(case)
    assert (clock.state, clock.calendar_missing, clock.due_at, case.due_at) == ("running", True, None, None)
    assert Case.objects.with_light(at(12, 30, 10)).get(pk=case.pk).light == ""
    assert recount(missing_only=True) == 0, "nothing is known yet"
    CalendarYear.objects.create(year=2027)
    assert recount(missing_only=True) == 1
    clock.refresh_from_db()
    case.refresh_from_db()
    # 30 and 31 December, 1 January (no holidays are loaded), 4 and 5 January; and 6 January until 09:00.
    assert (clock.calendar_missing, clock.due_at, case.due_at) == (False, at(1, 6, 9, year=2027), clock.due_at)
    assert recount() == 0


def test_even_without_any_calendar_a_case_is_filed_and_handled() -> None:
    handling_in(1, "WD")
    CalendarYear.objects.all().delete()
    case = dispatched(at(3, 2, 9))
    case = handling.handle(case, by=None, at=at(3, 2, 11))
    assert case.history.get(act="handle").clocks["shown"][0]["elapsed"] is None


def test_an_edited_calendar_moves_the_ends_of_what_runs() -> None:
    handling_in(1, "WD")
    case = dispatched(at(3, 2, 9))
    SpecialDay.objects.create(day=dt.date(2026, 3, 3), kind="holiday", name_en="flood")
    assert recount() == 1
    case.refresh_from_db()
    assert case.due_at == at(3, 4, 9)


def test_redrawn_grids_change_no_clock_and_the_line_says_what_it_showed(city: Any) -> None:
    case = dispatched(at(3, 2, 9))
    before = list(case.clocks.values().order_by("pk"))
    redrawn = moves.Redrawn(case.pk, case.cell_id, city.community(2, 0).pk, {}, "")
    assert moves.redraw([redrawn], edition=city.edition, by=None, at=at(3, 2, 10)) == 1
    assert list(case.clocks.values().order_by("pk")) == before
    (shown,) = case.history.get(act="redraw").clocks["shown"]
    assert shown["clock"] == "handle"


def test_what_passes_to_another_community_is_nobodys_work_there_and_its_line_says_whose_it_was(city: Any) -> None:
    officer = a_user(Role.COMMUNITY, territory=city.community(0, 0))
    passing, staying = (
        assigning.assign(dispatched(at(3, 2, 9)), person=officer, by=None, at=at(3, 2, 9)) for _ in range(2)
    )
    redrawn = [
        moves.Redrawn(case.pk, case.cell_id, city.community(column, 0).pk, {}, "")
        for case, column in ((passing, 2), (staying, 0))
    ]
    assert moves.redraw(redrawn, edition=city.edition, by=None, at=at(3, 2, 10)) == 2
    passing.refresh_from_db(), staying.refresh_from_db()
    assert (passing.assignee, staying.assignee) == (None, officer)
    given = [case.history.get(act="redraw").given for case in (passing, staying)]
    assert given == [{"more": {"released": True, "person_before": officer.pk}}, {}]
    for case in (passing, staying):
        stage, stood = as_its_history_says(case)
        assert (stage, stood.assignee_id) == (case.stage, case.assignee_id)
    assert verify_history().broken == 0


def test_colours_are_those_of_the_marks() -> None:
    handling_in(10, "UH")
    case = dispatched(at(3, 2, 8))
    lights = {hour: Case.objects.with_light(at(3, 2, hour)).get().light for hour in (8, 16, 17, 18, 19)}
    assert lights == {8: "green", 16: "green", 17: "amber", 18: "amber", 19: "red"}
    assert case.due_at == at(3, 2, 18)


def test_the_queue_of_a_unit_begins_with_what_ends_first() -> None:
    handling_in(5, "UH")
    late = dispatched(at(3, 2, 9))
    StageLimit.objects.filter(stage="handle").update(value=1)
    soon = dispatched(at(3, 2, 10))
    assert [c.pk for c in Case.objects.queue(late.owner)] == [soon.pk, late.pk]


# --- at random ------------------------------------------------------------------------------------------------------


@hypothesis(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_history_of_a_random_life_gives_its_clocks(data: st.DataObject) -> None:
    people = People()
    case, when = a_case(by=people.collector), NOON
    for _ in range(data.draw(st.integers(5, 25))):
        when += data.draw(st.sampled_from([dt.timedelta(minutes=1), HOUR, 30 * HOUR]))
        holding.resume_due(at=when)
        case = Case.objects.get(pk=case.pk)
        acts = [act for act in open_acts(Stage(case.stage)) if act in VERBS and act not in GATHERS]
        if not acts:
            break
        try:
            VERBS[data.draw(st.sampled_from(acts))](case, by=data.draw(st.sampled_from(people.all)), at=when, note="r")
        except (StepRefused, NotYours, AlreadyDone):
            continue
        stored = tuple(clock_of(row) for row in case.clocks.order_by("pk"))
        assert replay(told(case)) == stored
        book = book_of_city()
        near = nearest(stored, marks_of(stored, book.calendar, amber_share=book.amber_share))
        case.refresh_from_db()
        assert (case.amber_at, case.due_at) == ((near.amber_at, near.due_at) if near else (None, None))


# --- many at once ---------------------------------------------------------------------------------------------------


def test_missing_clocks_are_those_that_the_door_would_have_made() -> None:
    handling_in(6, "WH")
    cases = [a_case(at=at(3, 2, 9)), dispatched(at(3, 2, 10)), dispatched(at(3, 2, 11))]
    unit, head = a_user(Role.COMMUNITY, territory=cases[2].owner), a_user(Role.SHIFT_HEAD)
    holding.ask_hold(cases[2], by=unit, at=at(3, 2, 12), until=at(3, 9, 10), note="等配件")
    holding.grant_hold(cases[2], by=head, at=at(3, 2, 12))
    fields = [f.attname for f in CaseClock._meta.concrete_fields if not f.primary_key]

    def all_of_them() -> tuple[list[Any], list[Any]]:
        rows = CaseClock.objects.order_by("case", "pk").values_list(*fields)
        return list(rows), list(Case.objects.order_by("pk").values_list("amber_at", "due_at"))

    made = all_of_them()
    CaseClock.objects.all().delete()
    Case.objects.update(amber_at=None, due_at=None)
    with CaptureQueriesContext(connection) as asked:
        assert start_missing(at(3, 2, 13)) == 3
    assert len(asked) < 14, "one query a case"
    assert all_of_them() == made
    assert start_missing(at(3, 2, 13)) == 0


def test_a_case_that_has_ended_gets_no_clocks() -> None:
    case = a_case(at=at(3, 2, 9))
    closed(a_case(at=at(3, 2, 9)), at=at(3, 2, 9))
    CaseClock.objects.all().delete()
    assert start_missing(at(3, 2, 10)) == 1
    assert set(CaseClock.objects.values_list("case", flat=True)) == {case.pk}
    assert Kind.HANDLE not in set(case.clocks.values_list("kind", flat=True))
