"""Emergencies: a burst main at three in the morning of a holiday, and the rules that it is handled and settled by."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from cases import checking, dispatch, emergencies, escalation, handling, holding, intake, voiding
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.ledger import enter_due
from cases.models import CalendarYear, Caller, Case, CaseClock, LedgerEntry, Message, Outgoing, SpecialDay, StageLimit
from cases.moves import move
from cases.workflow import ENDS, STEPS, Act, Side, Stage, StepRefused
from cells.models import DutyShift, Level, Role
from tests.cases.duty_desk import a_team, declared
from tests.cases.ladder_desk import Ladder, parent, sound
from tests.cases.makers import NOON, a_case, a_report, a_user, middle_of
from tests.cases.test_life import as_its_history_says

pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
BEIJING = dt.timezone(8 * HOUR)
HOLIDAY = dt.date(2026, 1, 1)
NIGHT = dt.datetime(2026, 1, 1, 3, 0, tzinfo=BEIJING)
BURST = "event-0501"


@pytest.fixture
def people() -> Ladder:
    return Ladder()


def a_burst_main(people: Ladder, *, at: dt.datetime = NIGHT, **given: object) -> Case:
    return intake.receive(
        a_report(catalogue_class=BURST, words="供水管道爆裂，路面积水", **given),
        by=people.operator, at=at, keep_outside=True,
    )  # fmt: skip


def acts_of(case: Case) -> list[str]:
    return list(case.history.order_by("pk").values_list("act", flat=True))


def test_the_drill_a_burst_main_at_three_in_the_morning_of_a_holiday(people: Ladder) -> None:
    assert CalendarYear.objects.filter(year=2026).exists()
    assert SpecialDay.objects.get(day=HOLIDAY).kind == "holiday"
    x, y = middle_of()
    night = {"since": NIGHT - 3 * HOUR, "until": NIGHT + 5 * HOUR}
    near, responder = a_team((x + 40, y), serves=people.unit, **night)
    a_team((x + 300, y), serves=people.unit, name="远处队", **night)
    a_team((x + 1, y), serves=people.unit, name="白班队", since=NIGHT + 5 * HOUR, until=NIGHT + 13 * HOUR)
    # The call lies a little outside the city: nobody owns the place.
    outside = {"lon": x - 400, "lat": y, "crs": "city"}
    case = a_burst_main(people, **outside, caller_telephone="13800000001")
    assert (case.stage, case.owner) == (Stage.REPORTED, None)
    case = declared(case, people.operator, at=NIGHT + MINUTE)
    assert case.coordinator == people.city_grid

    choice = emergencies.teams_for(case, at=NIGHT + 2 * MINUTE)
    assert [found.team for found in choice][:1] == [near]
    assert choice[0].distance_m == pytest.approx(440, abs=0.01)
    assert (choice[0].until, choice[0].people[0]) == (NIGHT + 5 * HOUR, responder.person)
    case = emergencies.send_team(case, team=near.pk, by=people.dispatcher, at=NIGHT + 2 * MINUTE)
    assert (case.stage, case.owner_open, case.owner, case.team) == (
        Stage.HANDLING, True, people.city_grid, near,
    )  # fmt: skip
    assert case.assignee == responder
    assert case.reason["provisional"]["owner"] == people.city_grid.code

    # The limit of a burst main runs through the night and the holiday.
    clock = CaseClock.objects.get(case=case, kind="handle")
    assert (clock.unit, float(clock.value)) == ("UH", 1.0)
    assert clock.due_at == NIGHT + 2 * MINUTE + HOUR
    case = emergencies.team_done(case, by=responder, at=NIGHT + 50 * MINUTE, note="阀门已关，路面已围挡")
    assert (case.stage, case.handler) == (Stage.HANDLED, responder)
    assert CaseClock.objects.get(case=case, kind="handle").stopped_at < clock.due_at

    case = checking.ask_check(case, by=people.dispatcher, at=NIGHT + HOUR)
    case = checking.pass_check(case, by=people.checker, at=NIGHT + 6 * HOUR)
    before = acts_of(case)
    with pytest.raises(StepRefused, match="settled first"):
        checking.close(case, by=people.dispatcher, at=NIGHT + 7 * HOUR)
    assert acts_of(case) == before
    assert not Outgoing.objects.filter(key__startswith="answer/").exists()
    case = emergencies.settle_owner(
        case, owner=people.town_grid.code, by=people.shift, at=NIGHT + 8 * HOUR, note="属街道管养路段"
    )
    assert (case.owner, case.owner_open, case.stage) == (people.town_grid, False, Stage.CHECKED)
    case = checking.close(case, by=people.dispatcher, at=NIGHT + 9 * HOUR)
    assert case.stage == Stage.CLOSED
    assert Caller.objects.get(case=case).answered_at == NIGHT + 9 * HOUR
    assert Outgoing.objects.get(key__startswith="answer/").to == "13800000001"
    lines = list(case.history.order_by("pk"))
    assert [line.act for line in lines] == [
        "report", "declare_emergency", "send_team", "team_done", "ask_check", "pass_check", "settle_owner", "close",
    ]  # fmt: skip
    assert lines[1].note == "水漫路面"
    sent = lines[2].given["more"]
    assert (sent["team"], sent["owner_open"], sent["distance_m"]) == (near.pk, True, 440.0)
    assert (lines[6].note, lines[6].given["more"]) == (
        "属街道管养路段", {"from": people.city_grid.code, "to": people.town_grid.code},
    )  # fmt: skip
    assert [line.owner for line in lines[2:]] == [people.city_grid] * 4 + [people.town_grid] * 2


def test_an_owned_case_keeps_its_owner_when_a_team_is_sent(people: Ladder) -> None:
    team, responder = a_team(middle_of(), serves=people.unit)
    case = declared(a_case(), people.dispatcher, grade="ordinary")
    assert case.coordinator.level_id == Level.GRID
    case = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    assert (case.owner, case.owner_open, case.stage) == (people.unit, False, Stage.HANDLING)
    sound(case)
    with pytest.raises(StepRefused, match="settled already"):
        emergencies.settle_owner(case, owner=people.unit.code, by=people.shift, at=NOON, note="r")
    case = emergencies.stand_down(case, by=people.shift, at=NOON, note="险情解除")
    assert (case.emergency, case.coordinator, case.team) == (None, None, team)
    assert emergencies.team_done(case, by=people.dispatcher, at=NOON).handler == responder, "the desk spoke for them"


def test_a_disputed_case_is_the_coordinators_until_it_is_settled(people: Ladder) -> None:
    team, _ = a_team(middle_of(), serves=people.unit)
    case = dispatch.dispatch(declared(a_case(), people.dispatcher, grade="difficult"), by=people.dispatcher, at=NOON)
    case = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON, owner_open=True, note="权属有争议")
    assert (case.owner, case.owner_open) == (people.district_grid, True)
    sound(case)
    # Who coordinates passes it on to nobody, and no clock brings it up the ladder.
    with pytest.raises(StepRefused, match="settled first"):
        escalation.escalate(case, by=people.district, at=NOON, note="r", measure="m")
    with pytest.raises(StepRefused, match="settled first"):
        dispatch.send_back(case, by=people.district, at=NOON, note="r")
    with pytest.raises(StepRefused, match="settled first"):
        emergencies.stand_down(case, by=people.shift, at=NOON, note="r")
    assert escalation.climb_due(at=NOON + 999 * HOUR) == []
    case = emergencies.change_grade(case, grade="major", by=people.operator, at=NOON + HOUR, note="影响扩大")
    assert (case.owner, case.coordinator, case.owner_open) == (people.city_grid, people.city_grid, True)
    with pytest.raises(BadReport) as refused:
        emergencies.settle_owner(case, owner=people.unit.code, by=people.shift, at=NOON + HOUR, note=" ")
    assert refused.value.where["field"] == "reason"
    with pytest.raises(BadReport, match="no unit"):
        emergencies.settle_owner(case, owner="000", by=people.shift, at=NOON + HOUR, note="r")
    case = emergencies.settle_owner(case, owner=people.unit.code, by=people.shift, at=NOON + HOUR, note="属社区")
    assert (case.owner, case.owner_open) == (people.unit, False)
    assert "provisional" not in case.reason
    sound(case)


def unsettled_at(stage: Stage, people: Ladder) -> Case:
    """A disputed case that was handled first and stands at a stage, brought there through the doors."""
    team, responder = a_team(middle_of(), serves=people.unit)
    case = emergencies.send_team(
        declared(a_case(), people.dispatcher), team=team.pk, by=people.dispatcher, at=NOON, owner_open=True
    )
    if stage == Stage.HELD:
        case = holding.ask_hold(case, by=people.desk, at=NOON, until=NOON + 3 * HOUR, note="r")
        return holding.grant_hold(case, by=people.shift, at=NOON)
    if stage == Stage.HANDLING:
        return case
    case = emergencies.team_done(case, by=responder, at=NOON)
    if stage == Stage.HANDLED:
        return case
    case = checking.ask_check(case, by=people.dispatcher, at=NOON)
    if stage == Stage.DISPATCHED:
        return checking.rework(case, by=people.checker, at=NOON, note="r")
    return case if stage == Stage.CHECKING else checking.pass_check(case, by=people.checker, at=NOON)


@pytest.mark.parametrize("stage", sorted({at for at, act in STEPS if act is Act.SETTLE_OWNER}))
def test_what_is_not_settled_cannot_end_anywhere_not_even_behind_the_door(people: Ladder, stage: Stage) -> None:
    """From every stage: every act of the table that ends a case is refused, and so is the database's own row."""
    case = unsettled_at(stage, people)
    assert (case.stage, case.owner_open) == (stage, True)
    for end in ENDS:
        with pytest.raises(IntegrityError, match="what_ended_is_settled"), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(stage=end, due_at=None)
    if (stage, Act.PROPOSE_VOID) in STEPS:
        case = voiding.propose_void(case, by=people.operator, at=NOON, note="r")
    before = acts_of(case)
    for (at, act), step in STEPS.items():
        if at == stage and step.to in ENDS:
            by = {Side.SHIFT: people.shift, Side.SUPERVISION: people.dispatcher, Side.SYSTEM: None}[step.by]
            with pytest.raises(StepRefused, match=r"settled first|fixed on the spot"):
                move(case, act, by=by, side=step.by, at=NOON, note="r")
    assert acts_of(case) == before
    case = emergencies.settle_owner(case, owner=people.unit.code, by=people.shift, at=NOON, note="属社区")
    assert (case.stage, case.owner, case.owner_open) == (stage, people.unit, False)
    assert as_its_history_says(case)[0] == stage


def test_who_must_know_is_told(people: Ladder) -> None:
    boss = a_user(Role.LEADER, territory=people.district_grid)
    team, responder = a_team(middle_of(), serves=people.unit)
    mate = a_user(Role.RESPONDER)
    DutyShift.objects.create(team=team, person=mate.person, starts_at=NOON, ends_at=NOON + HOUR)
    case = declared(a_case(address="人民路1号"), people.dispatcher, grade="difficult")
    told = list(Message.objects.filter(kind="emergency").order_by("pk"))
    assert [(m.to, m.person) for m in told] == [(people.district_grid, None), (people.district_grid, boss.person)]
    assert told[0].body == "疑难 · 水漫路面"
    emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    sent = Message.objects.filter(kind="team_sent")
    assert {m.person for m in sent} == {responder.person, mate.person}
    assert all(list(m.cases.all()) == [case] for m in sent)
    (call,) = Outgoing.objects.all()
    assert (call.to, call.case) == (team.telephone, case)
    assert case.number in call.body
    assert "人民路1号" in call.body


def test_only_a_team_on_duty_is_sent_and_only_in_an_emergency(people: Ladder) -> None:
    team, _ = a_team(middle_of(), serves=people.unit, until=NOON + HOUR)
    case = a_case()
    with pytest.raises(StepRefused, match="declared an emergency"):
        emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    with pytest.raises(NotYours):
        declared(case, people.community)
    with pytest.raises(BadReport, match="no grade"):
        declared(case, people.operator, grade="huge")
    case = declared(case, people.operator)
    with pytest.raises(AlreadyDone):
        declared(case, people.operator)
    with pytest.raises(CaseError, match="not on duty"):
        emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON + HOUR)
    with pytest.raises(BadReport, match="no team"):
        emergencies.send_team(case, team=team.pk + 1, by=people.dispatcher, at=NOON)
    sent = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    with pytest.raises(AlreadyDone):  # who had looked before
        emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    with pytest.raises(AlreadyDone):  # a second click
        emergencies.send_team(sent, team=team.pk, by=people.dispatcher, at=NOON)
    other, colleague = a_team(middle_of(), serves=people.unit, kind="sanitation")
    again = emergencies.send_team(sent, team=other.pk, by=people.dispatcher, at=NOON)
    assert (again.team, again.assignee) == (other, colleague)
    with pytest.raises(StepRefused, match="team that was sent"):
        emergencies.team_done(again, by=people.responder, at=NOON)
    handling.handle(again, by=people.community, at=NOON)


def test_an_emergency_has_its_own_limits_unless_its_class_runs_day_and_night(people: Ladder) -> None:
    """A collapse has 1 WD and the like by its class: as an emergency it has hours of the clock, and gains no time."""
    StageLimit.objects.filter(grade=None, stage="handle").update(value=5, unit="WD")
    team, _ = a_team(middle_of(), serves=people.unit)
    case = dispatch.dispatch(a_case(), by=people.dispatcher, at=NOON)
    assert CaseClock.objects.get(case=case, kind="handle").unit in ("WD", "WH")
    case = declared(case, people.dispatcher, at=NOON + HOUR)
    clock = CaseClock.objects.get(case=case, kind="handle", stopped_at=None)
    assert (clock.unit, clock.due_at) == ("UH", NOON + 3 * HOUR)
    case = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON + 2 * HOUR)
    case = emergencies.change_grade(case, grade="difficult", by=people.operator, at=NOON + 2 * HOUR, note="r")
    assert CaseClock.objects.get(case=case, kind="handle", stopped_at=None).due_at == NOON + 3 * HOUR
    case = emergencies.change_grade(case, grade="ordinary", by=people.operator, at=NOON + 2 * HOUR, note="r")
    assert CaseClock.objects.get(case=case, kind="handle", stopped_at=None).due_at == NOON + 6 * HOUR
    filed = a_burst_main(people, at=NOON)
    assert filed.due_at == NOON + 15 * MINUTE
    filed = declared(filed, people.operator, at=NOON + MINUTE)
    assert filed.due_at == NOON + 11 * MINUTE
    sound(case)


def test_a_case_is_reported_as_an_emergency_in_one_breath(people: Ladder) -> None:
    case = a_burst_main(people, at=NOON, emergency="major")
    assert (case.stage, case.emergency_id, case.coordinator) == (Stage.FILED, "major", people.city_grid)
    assert acts_of(case) == ["report", "file", "declare_emergency"]
    count = Case.objects.count()
    with pytest.raises(BadReport, match="no grade"):
        a_burst_main(people, at=NOON, emergency="huge")
    assert Case.objects.count() == count


def test_the_ledger_waits_until_it_is_settled_whose_it_is(people: Ladder) -> None:
    team, _ = a_team(middle_of(), serves=people.unit)
    case = declared(a_case(), people.dispatcher)
    case = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON, owner_open=True)
    enter_due(at=NOON)
    assert not LedgerEntry.objects.filter(case=case).exists()
    emergencies.settle_owner(case, owner=people.unit.code, by=people.shift, at=NOON, note="r")
    enter_due(at=NOON)
    assert LedgerEntry.objects.get(case=case).town == parent(people.unit)


def test_after_rework_the_same_team_may_be_sent_again(people: Ladder) -> None:
    team, responder = a_team(middle_of(), serves=people.unit)
    case = declared(a_case(), people.dispatcher)
    case = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    case = checking.ask_check(emergencies.team_done(case, by=responder, at=NOON), by=people.dispatcher, at=NOON)
    case = checking.rework(case, by=people.checker, at=NOON, note="仍漏水")
    case = emergencies.send_team(case, team=team.pk, by=people.dispatcher, at=NOON)
    assert (case.stage, case.team) == (Stage.HANDLING, team)
    sound(case)
