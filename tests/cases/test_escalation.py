"""The ladder over the database: up with a reason and a measure, down with one, decided above, climbed once a level."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import dispatch, escalation, handling, sight
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.history import verify_history
from cases.models import Case, CaseClock, LadderStep, Message, Precedent
from cases.timetable import TIMETABLE
from cases.workflow import Stage, StepRefused
from cells.models import Component, Grid, Role
from tests.cases.ladder_desk import DONE, WHY, Ladder, down, sound, up
from tests.cases.makers import NOON, a_case, a_component, a_user, middle_of
from tests.cases.publishing_desk import PublishingDesk
from tests.cases.test_dispatch import at_once
from tests.cases.test_life import DAY, HOUR, again, dispatched

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Ladder:
    return Ladder()


def test_a_case_goes_up_step_by_step_to_the_citys_government(people: Ladder) -> None:
    case = dispatched(people)
    seen = []
    for n in range(6):
        case = up(case, people.boss_of(case), at=NOON + n * HOUR)
        seen.append((case.rung_id, case.owner, case.stage))
        sound(case)
        if case.rung_id == "government":
            break
    assert seen == [
        ("town", people.town_grid, "dispatched"),
        ("district", people.district_grid, "dispatched"),
        ("centre", people.city_grid, "dispatched"),
        ("department", people.city_grid, "dispatched"),
        ("government", people.city_grid, "dispatched"),
    ]
    with pytest.raises(StepRefused, match="no level stands above"):
        up(case, people.desk, at=NOON + DAY)
    line = case.history.filter(act="escalate").earliest("pk")
    assert (line.note, line.given["more"]) == (WHY, {"measure": DONE, "rung": "town"})
    assert verify_history().broken == 0


def test_a_step_whose_level_is_not_on_the_ladder_is_left_out(people: Ladder) -> None:
    LadderStep.objects.filter(pk="town").delete()
    assert up(dispatched(people), people.community).owner == people.district_grid


@pytest.mark.parametrize(("note", "measure", "field"), [(" ", DONE, "reason"), (WHY, " ", "measure")])
def test_going_up_needs_a_reason_and_a_measure(people: Ladder, note: str, measure: str, field: str) -> None:
    case = dispatched(people)
    with pytest.raises(BadReport) as refused:
        escalation.escalate(case, by=people.community, at=NOON, note=note, measure=measure)
    assert refused.value.where["field"] == field


def test_each_step_has_its_own_clock(people: Ladder) -> None:
    case = dispatched(people)
    first = CaseClock.objects.get(case=case, kind="handle")
    assert case.due_at == first.due_at
    case = up(case, people.community, at=NOON + HOUR)
    first.refresh_from_db()
    second = CaseClock.objects.get(case=case, kind="handle", round=2)
    assert (first.state, first.stopped_at) == ("stopped", NOON + HOUR)
    assert (second.state, second.started_at, second.value) == ("running", NOON + HOUR, first.value)
    assert case.due_at == second.due_at


def test_what_went_up_is_no_more_the_work_of_those_below_but_they_see_it(people: Ladder) -> None:
    case = handling.take_on(dispatched(people), by=people.officer, at=NOON)
    case = up(case, people.community)
    assert case.assignee_id is None
    for who in (people.officer, people.community):
        with pytest.raises(NotYours):
            handling.handle(case, by=again(who), at=NOON)
        assert sight.may_see(again(who), case)
    assert case not in sight.work_of(again(people.officer))
    assert not sight.may_see(again(people.elsewhere), case)
    for who in (people.officer, people.community, people.town, people.district, people.dispatcher):
        assert list(sight.gone_up(again(who))) == [case]
    assert list(sight.gone_up(again(people.elsewhere))) == []
    assert handling.handle(case, by=again(people.town), at=NOON).handler_id == people.town.pk


def test_a_second_click_goes_no_level_further(people: Ladder) -> None:
    """Also for somebody who may act for both levels."""
    case = dispatched(people)
    up(case, people.town)
    with pytest.raises(AlreadyDone) as told:
        up(case, people.town)
    assert told.value.where["owner"] == people.town_grid.code
    assert case.history.filter(act="escalate").count() == 1


def test_coming_down_needs_a_reason_and_a_unit_that_had_it(people: Ladder) -> None:
    case = dispatched(people)
    with pytest.raises(StepRefused, match="never went up"):
        down(case, people.unit, people.community)
    case = up(case, people.community)
    with pytest.raises(BadReport):
        escalation.come_down(case, to=people.unit, by=again(people.town), at=NOON, note="")
    neighbour = people.elsewhere.person.territory
    for wrong in (neighbour, people.town_grid, people.city_grid):
        with pytest.raises(CaseError, match="that had case"):
            down(case, wrong, people.town)
    case = down(case, people.unit, people.town)
    assert (case.owner, case.rung_id, case.came_down) == (people.unit, "community", 1)
    sound(case)


def test_the_second_return_between_the_same_two_goes_above_and_is_decided_there(people: Ladder) -> None:
    lamp: Component = a_component(*middle_of(), competent_department="城管局", owner_department="路灯所")
    report = a_case(component=lamp.code, catalogue_class="")
    case = Case.objects.get(pk=report.pk)
    case = escalation.move(case, escalation.Act.DISPATCH, by=None, side=escalation.Side.COMMAND, at=NOON)
    case = down(up(case, people.community), people.unit, people.town)
    case = down(up(case, people.community), people.unit, people.town)
    assert (case.owner, case.rung_id, case.to_decide) == (people.district_grid, "district", True)
    sound(case)
    with pytest.raises(StepRefused, match="waits for a decision"):
        down(case, people.town_grid, people.district)
    with pytest.raises(StepRefused, match="waits for a decision"):
        up(case, people.district)
    with pytest.raises(NotYours):
        escalation.decide(case, owner=people.unit, by=again(people.town), at=NOON, note="归社区")
    with pytest.raises(BadReport):
        escalation.decide(case, owner=people.unit, by=again(people.district), at=NOON, note="")
    case = escalation.decide(case, owner=people.unit, by=again(people.district), at=NOON + HOUR, note="归社区")
    assert (case.owner, case.rung_id, case.to_decide) == (people.unit, "community", False)
    sound(case)
    kept = Precedent.objects.get()
    assert (kept.component, kept.owner, kept.decided_by, kept.decided_at, kept.note, kept.decided_on_id) == (
        lamp, people.unit, people.district, NOON + HOUR, "归社区", "district",
    )  # fmt: skip
    found = escalation.precedents_of(a_case(component=lamp.code, catalogue_class=""))
    assert found.departments == escalation.Departments("城管局", "路灯所", "")
    assert found.decisions == [kept]
    other = escalation.precedents_of(a_case())
    assert (other.departments, other.decisions) == (None, []), "another class, and no component"
    assert verify_history().broken == 0


def test_at_the_top_the_last_owner_decides_himself(people: Ladder) -> None:
    LadderStep.objects.filter(rank__gt=3).delete()
    case = dispatched(people)
    for _ in range(2):
        case = down(up(case, people.community), people.unit, people.town)
    assert (case.owner, case.to_decide) == (people.town_grid, True)
    case = escalation.decide(case, owner=people.town_grid, by=again(people.town), at=NOON, note="街道办")
    assert (case.owner, case.rung_id, case.to_decide) == (people.town_grid, "town", False)


def test_who_is_to_decide_chooses_within_his_territory(people: Ladder) -> None:
    case = down(up(dispatched(people), people.community), people.unit, people.town)
    case = escalation.refer(case, by=again(people.community), at=NOON, note="争议")
    assert case.owner == people.town_grid
    with pytest.raises(CaseError, match="does not lie within"):
        escalation.decide(case, owner=people.district_grid, by=again(people.town), at=NOON, note="r")
    assert Precedent.objects.count() == 0


def test_a_case_climbs_by_itself_once_a_level(people: Ladder) -> None:
    case, other = dispatched(people), handling.handle(dispatched(people), by=None, at=NOON)
    assert escalation.climb_due(at=case.due_at) == []
    late = case.due_at + dt.timedelta(seconds=1)
    assert [c.pk for c in escalation.climb_due(at=late)] == [case.pk]
    assert escalation.climb_due(at=late) == []
    case = Case.objects.get(pk=case.pk)
    assert (case.owner, case.rung_id, case.stage) == (people.town_grid, "town", Stage.DISPATCHED)
    assert case.due_at > late
    line = case.history.latest("pk")
    assert (line.act, line.by, line.given) == ("climb", None, {"more": {"rung": "town"}})
    assert other.history.filter(act="climb").count() == 0
    sound(case)


def test_what_has_climbed_to_the_top_or_to_where_the_city_says_stays(people: Ladder) -> None:
    LadderStep.objects.filter(pk="district").update(climbs=False)
    case = dispatched(people)
    for _ in range(5):
        case = Case.objects.get(pk=case.pk)
        escalation.climb_due(at=case.due_at + dt.timedelta(seconds=1))
    case.refresh_from_db()
    assert case.rung_id == "district"
    LadderStep.objects.update(climbs=True)
    for _ in range(9):
        case = Case.objects.get(pk=case.pk)
        escalation.climb_due(at=case.due_at + dt.timedelta(seconds=1))
    assert (Case.objects.get(pk=case.pk).rung_id, case.history.filter(act="climb").count()) == ("government", 5)
    sound(case)


@pytest.mark.django_db(transaction=True)
def test_timers_at_once_let_each_case_climb_once() -> None:
    people = Ladder()
    cases = [dispatched(people) for _ in range(3)]
    late = max(case.due_at for case in cases) + dt.timedelta(seconds=1)
    climbed = at_once(*(lambda: escalation.climb_due(at=late) for _ in range(3)))
    assert sorted(case.pk for some in climbed for case in some) == sorted(case.pk for case in cases)
    assert [case.history.filter(act="climb").count() for case in cases] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_bring_a_case_one_level_up() -> None:
    people = Ladder()
    case, other = dispatched(people), a_user(Role.COMMUNITY, territory=people.town_grid)
    found = at_once(*(lambda who=who: up(case, who) for who in (people.town, other)))
    assert sorted(type(one).__name__ for one in found) == ["AlreadyDone", "Case"]
    assert case.history.filter(act="escalate").count() == 1
    sound(case)


@pytest.mark.django_db(transaction=True)
def test_redrawn_grids_leave_what_went_up_with_the_level_that_has_it() -> None:
    desk = PublishingDesk()
    case = dispatch.dispatch(desk.case(2, 0), by=None, at=timezone.now())
    case = up(case, a_user(Role.COMMUNITY, territory=case.owner), at=timezone.now())
    town = case.owner
    desk.paint_across(2, 0, into=(3, 0))
    desk.publish()
    case.refresh_from_db()
    assert case.history.latest("pk").act == "redraw"
    assert (case.owner, case.rung_id, case.cell.versions.get(until=None).community) == (
        town, "town", desk.city.community(3, 0),
    )  # fmt: skip


def test_the_timetable_knows_the_ladder() -> None:
    assert escalation.climb_due in [line.work for line in TIMETABLE]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_happens_on_the_ladder_a_case_has_one_owner_and_a_sound_history(
    people: Ladder, data: st.DataObject
) -> None:
    case, at = dispatched(people), NOON
    done = 0
    for _ in range(data.draw(st.integers(4, 14))):
        at += data.draw(st.sampled_from([dt.timedelta(0), HOUR, 5 * DAY]))
        case = Case.objects.select_related("owner").get(pk=case.pk)
        boss = people.boss_of(case)
        what = data.draw(st.sampled_from(["up", "down", "refer", "decide", "climb", "take_on", "rival"]))
        had = [Grid.objects.get(pk=pk) for pk in dict.fromkeys(case.history.values_list("owner", flat=True))]
        try:
            match what:
                case "up":
                    up(case, boss, at=at)
                case "down":
                    down(case, data.draw(st.sampled_from(had)), boss, at=at)
                case "refer":
                    escalation.refer(case, by=again(boss), at=at, note="r")
                case "decide":
                    escalation.decide(case, owner=data.draw(st.sampled_from(had)), by=again(boss), at=at, note="r")
                case "climb":
                    escalation.climb_due(at=at)
                    escalation.climb_due(at=at)
                case "take_on":
                    handling.take_on(case, by=again(boss), at=at)
                case "rival":
                    up(case, people.officer, at=at)
            done += 1
        except (StepRefused, CaseError):
            pass
        sound(case)
        # Between the same two units nothing comes down twice.
        pairs = [
            (line.given["more"]["from"], line.given["more"]["to"]) for line in case.history.filter(act="come_down")
        ]
        assert len(pairs) == len(set(pairs))
    assert Precedent.objects.filter(case=case).count() == case.history.filter(act="decide").count()
    assert verify_history().broken == 0


# ---- who is told ---------------------------------------------------------------------------------------------------


def test_the_new_owner_is_told_of_what_comes_to_him_and_why(people: Ladder) -> None:
    case = up(dispatched(people), people.community)
    told = Message.objects.get()
    assert (told.kind, told.to, told.other, told.body) == (
        "brought_up", people.town_grid, people.unit, f"{WHY} · {DONE}",
    )  # fmt: skip
    assert list(told.cases.all()) == [case]
    down(case, people.unit, people.town)
    back = Message.objects.latest("pk")
    assert (back.kind, back.to, back.other, back.body) == ("sent_down", people.unit, people.town_grid, "属社区职责")


def test_what_climbs_together_is_told_by_one_message(people: Ladder) -> None:
    cases = [dispatched(people) for _ in range(3)]
    late = max(case.due_at for case in cases) + dt.timedelta(seconds=1)
    escalation.climb_due(at=late)
    told = Message.objects.get()
    assert (told.kind, told.to, told.other) == ("climbed", people.town_grid, people.unit)
    assert set(told.cases.all()) == set(cases)
    escalation.climb_due(at=late)
    assert Message.objects.count() == 1


def test_a_decision_offers_the_units_of_the_territory_those_that_had_it_first(people: Ladder) -> None:
    case = down(up(dispatched(people), people.community), people.unit, people.town)
    case = escalation.refer(case, by=again(people.community), at=NOON, note="争议")
    offered = escalation.units_to_choose(case)
    assert offered[0] == people.unit
    assert people.town_grid in offered
    assert people.district_grid not in offered
    assert escalation.units_to_return(case) == [people.unit]
