"""Whole lives over the database: random walks through the verbs, and the rules of persons, holds and extensions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import (
    assigning,
    checking,
    commitments,
    coordination,
    dispatch,
    emergencies,
    escalation,
    handling,
    holding,
    splitting,
    standing,
    verifying,
    voiding,
)
from cases.coordination import Called, Who
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.guards import Given
from cases.models import Case, CaseEvent, Commitment, Meeting, PlanStep, SideRole
from cases.standing import Standing
from cases.workflow import STEPS, Act, Side, Stage, StepRefused, open_acts, replay
from cells.models import Grid, Level, Posting, Role, Rule, Team
from tests.cases.duty_desk import a_team
from tests.cases.makers import NOON, a_case, a_photo, a_report, a_user
from tests.cases.test_dispatch import at_once
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class People:
    """One of each seat; the officer is posted to the grid of the case, `other` to no grid at all."""

    def __init__(self) -> None:
        a_lattice_city(8, 4)
        case = a_case(words="probe")
        grid = Grid.objects.filter(level=Level.GRID, versions__until=None).order_by("code")
        place = case.cell.versions.get(until=None)
        self.operator, self.dispatcher = a_user(Role.OPERATOR), a_user(Role.DISPATCHER)
        self.shift, self.shift2 = a_user(Role.SHIFT_HEAD), a_user(Role.SHIFT_HEAD)
        self.checker, self.collector = a_user(Role.CHECKER), a_user(Role.COLLECTOR)
        self.community = a_user(Role.COMMUNITY, territory=case.owner)
        self.officer, self.other = a_user(Role.OFFICER), a_user(Role.OFFICER)
        mine = place.grid or grid[0]
        today = dt.date(2020, 1, 1)
        Posting.objects.create(person=self.officer.person, grid=mine, since=today)
        elsewhere = grid.exclude(pk=mine.pk).last()
        Posting.objects.create(person=self.other.person, grid=elsewhere, since=today)
        self.town = a_user(Role.COMMUNITY, territory=case.owner.versions.get(until=None).parent)
        self.leader = a_user(Role.LEADER)
        _, self.responder = a_team(case.place.coords, serves=case.owner)

    @property
    def all(self) -> list[Any]:
        return list(vars(self).values())


@pytest.fixture
def people() -> People:
    return People()


def again(user: Any) -> Any:
    """The user as the next request reads him."""
    return type(user).objects.get(pk=user.pk)


VERBS: dict[Act, Callable[..., Case]] = {
    Act.ASK_VERIFY: verifying.ask_verify,
    Act.VERIFY: lambda case, **k: verifying.verify(case, found=True, **k),
    Act.ACCEPT: verifying.accept,
    Act.DECLINE: verifying.decline,
    Act.FILE: verifying.file,
    Act.DISPATCH: dispatch.dispatch,
    Act.RETURN: dispatch.send_back,
    Act.ASSIGN: lambda case, by, **k: assigning.assign(case, person=by, by=by, **k),
    Act.UNASSIGN: assigning.unassign,
    Act.ASK_HELP: assigning.ask_help,
    Act.TAKE_ON: handling.take_on,
    Act.FINISH_PART: lambda case, **k: handling.finish_part(case, part=1, **k),
    Act.HANDLE: handling.handle,
    Act.FIX_ON_SPOT: lambda case, **k: handling.fix_on_spot(case, photo=a_photo(case), **k),
    Act.ASK_CHECK: checking.ask_check,
    Act.PASS_CHECK: checking.pass_check,
    Act.REWORK: checking.rework,
    Act.CLOSE: checking.close,
    Act.REOPEN: checking.reopen,
    Act.EVALUATE: lambda case, **k: checking.evaluate(case, marks={"speed": 4}, **k),
    Act.ESCALATE: lambda case, **k: escalation.escalate(case, measure="已围挡", **k),
    Act.TO_OWN_UNIT: lambda case, **k: escalation.to_own_unit(case, measure="已围挡", **k),
    Act.COME_DOWN: lambda case, **k: escalation.come_down(case, to=case.history.earliest("pk").owner, **k),
    Act.REFER: escalation.refer,
    Act.DECIDE: lambda case, **k: escalation.decide(case, owner=case.history.earliest("pk").owner, **k),
    Act.DECLARE_EMERGENCY: lambda case, **k: emergencies.declare(case, grade="difficult", **k),
    Act.CHANGE_GRADE: lambda case, **k: emergencies.change_grade(
        case, grade="major" if case.emergency_id == "difficult" else "difficult", **k
    ),
    Act.STAND_DOWN: emergencies.stand_down,
    # Whose it is stays open every other time.
    Act.SEND_TEAM: lambda case, at, **k: emergencies.send_team(
        case, team=Team.objects.latest("pk").pk, owner_open=at.minute % 2 == 1, at=at, **k
    ),
    Act.TEAM_DONE: emergencies.team_done,
    Act.SETTLE_OWNER: lambda case, **k: emergencies.settle_owner(
        case, owner=case.history.earliest("pk").owner.code, **k
    ),
    Act.ASK_EXTENSION: holding.ask_extension,
    Act.GRANT_EXTENSION: holding.grant_extension,
    Act.REFUSE_EXTENSION: holding.refuse_extension,
    Act.ASK_HOLD: lambda case, at, **k: holding.ask_hold(case, at=at, until=at + 2 * HOUR, **k),
    Act.GRANT_HOLD: holding.grant_hold,
    Act.REFUSE_HOLD: holding.refuse_hold,
    Act.LIFT_HOLD: holding.lift_hold,
    Act.PROPOSE_VOID: voiding.propose_void,
    Act.REFUSE_VOID: voiding.refuse_void,
    Act.VOID: voiding.confirm_void,
    Act.CALL_COORDINATION: lambda case, **k: coordination.call(case, **k).case,
    Act.CALL_MEETING: lambda case, at, **k: coordination.call_meeting(
        case, meets_at=at, place_words="街道办", called=[Called(who=PARKS)], at=at, **k
    ),
    Act.WRITE_MINUTES: lambda case, by, at, note: coordination.write_minutes(
        case, last_of(Meeting, case), minutes=note, by=by, at=at
    ),
    Act.PLAN_STEP: lambda case, by, at, note: coordination.plan_step(case, who=PARKS, what=note, by=by, at=at),
    Act.FINISH_STEP: lambda case, **k: coordination.finish_step(case, last_of(PlanStep, case), **k),
    Act.WRITE_COMMITMENT: lambda case, by, at, note: commitments.write(
        case, who=PARKS, text=note, due_at=at + HOUR, by=by, at=at
    ),
    Act.SIGN_COMMITMENT: lambda case, by, at, note: commitments.sign(
        case, last_of(Commitment, case), signer="王工", by=by, at=at
    ),
    Act.WITHDRAW_COMMITMENT: lambda case, **k: commitments.withdraw(case, last_of(Commitment, case), **k),
    Act.MEET_COMMITMENT: lambda case, **k: commitments.meet(case, last_of(Commitment, case), **k),
    Act.ASK_RELEASE: lambda case, **k: commitments.ask_release(case, last_of(Commitment, case), **k),
    Act.REFUSE_RELEASE: lambda case, **k: commitments.refuse_release(case, last_of(Commitment, case), **k),
    Act.RELEASE: lambda case, **k: commitments.release(case, last_of(Commitment, case), **k),
    Act.END_COORDINATION: lambda case, **k: coordination.end(case, **k).case,
    Act.SPLIT: lambda case, by, at, note: splitting.split(case, a_report(words=note), by=by, at=at),
    Act.LINK: lambda case, **k: splitting.link(case, a_case(words="另一处", at=k["at"]), **k),
    Act.UNLINK: lambda case, **k: splitting.unlink(case, last_part(case), **k),
}
# In the history of a part: written with the line of the whole.
OF_PARTS = {Act.JOIN_PARENT, Act.LEAVE_PARENT}
GATHERS = {act for (_, act), step in STEPS.items() if step.by in (Side.COORDINATION, Side.PARTNER)}
PARKS = Who(department="园林局")


def last_of(model: Any, case: Case) -> int:
    """The last meeting, step or commitment of a case; 0 where there is none."""
    field = "case" if model is Commitment else "coordination__case"
    return model.objects.filter(**{field: case}).order_by("-pk").values_list("pk", flat=True).first() or 0


def last_part(case: Case) -> Case:
    return Case.objects.filter(part_of__parent=case).order_by("-pk").first() or case


def as_its_history_says(case: Case) -> tuple[Stage, Standing]:
    """The stage and the standing of a case, read from its lines alone."""
    lines = list(case.history.order_by("pk"))
    stood = Standing()
    for line in lines:
        gift = Given.of_data(line.given)
        moved = line.from_stage != line.to_stage
        if line.act != Act.REPORT:
            stood = standing.after(stood, Act(line.act), moved=moved, actor=line.by_id, given=gift)
    return replay([Act(line.act) for line in lines]), stood


def test_every_act_but_those_of_machines_has_a_verb() -> None:
    assert set(VERBS) == {act for _, act in STEPS} - {Act.RESUME, Act.REDRAW, Act.CLIMB} - OF_PARTS


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_random_life_is_what_its_history_says_and_each_side_did_its_own(people: People, data: st.DataObject) -> None:
    case = a_case(by=people.collector)
    at = NOON
    seats = {(row.side, row.role_id) for row in SideRole.objects.all()}
    for _ in range(data.draw(st.integers(5, 25))):
        at += data.draw(st.sampled_from([dt.timedelta(minutes=1), HOUR, 3 * HOUR]))
        holding.resume_due(at=at)
        escalation.climb_due(at=at)
        case = Case.objects.get(pk=case.pk)
        acts = [act for act in open_acts(Stage(case.stage)) if act in VERBS]
        if not acts:
            break
        # What gathers departments is open all the time: one step in four, so that lives get on.
        gathers = [act for act in acts if act in GATHERS]
        rest = [act for act in acts if act not in GATHERS]
        acts = gathers if gathers and data.draw(st.integers(0, 3)) == 0 else rest
        act, who = data.draw(st.sampled_from(acts)), data.draw(st.sampled_from(people.all))
        before = case.history.count()
        try:
            VERBS[act](case, by=who, at=at, note="r")
        except (StepRefused, CaseError):
            assert case.history.count() == before, "a refused act left a trace"
        else:
            line = case.history.order_by("pk").last()
            side = STEPS[Stage(line.from_stage), act].by
            assert (str(side), who.person.role_id) in seats
        found = Case.objects.get(pk=case.pk)
        stage, stood = as_its_history_says(found)
        assert stage == found.stage
        assert stood == Standing(**{name: getattr(found, name) for name in standing.NAMES})
        assert (found.closed_at is not None) == (found.stage in ("closed", "void", "declined"))


def dispatched(people: People) -> Case:
    return dispatch.dispatch(a_case(), by=people.dispatcher, at=NOON)


def test_a_call_is_verified_filed_handled_checked_closed_and_judged(people: People) -> None:
    case = a_case(by=people.collector)
    assert case.stage == Stage.REPORTED
    case = verifying.ask_verify(case, by=people.operator, whom=people.officer, at=NOON)
    with pytest.raises(StepRefused, match="another person"):
        verifying.verify(case, by=people.collector, found=True, at=NOON)
    x, y = case.place.coords
    case = verifying.verify(case, by=people.officer, found=True, at=NOON, note="属实", place=(x + 3, y))
    case = verifying.accept(case, by=people.operator, at=NOON)
    case = dispatch.dispatch(verifying.file(case, by=people.operator, at=NOON), by=people.dispatcher, at=NOON)
    case = handling.handle(handling.take_on(case, by=people.officer, at=NOON), by=people.officer, at=NOON + HOUR)
    assert case.handler_id == people.officer.pk
    case = checking.ask_check(case, by=people.dispatcher, whom=people.checker, at=NOON + HOUR)
    case = checking.rework(case, by=people.checker, at=NOON + HOUR, note="问题仍存在")
    assert (case.stage, case.reworks) == (Stage.DISPATCHED, 1)
    case = handling.handle(case, by=people.community, at=NOON + 2 * HOUR)
    case = checking.ask_check(case, by=people.dispatcher, at=NOON + 2 * HOUR)
    case = checking.pass_check(case, by=people.collector, at=NOON + 3 * HOUR)
    case = checking.close(case, by=people.dispatcher, at=NOON + 3 * HOUR)
    assert (case.stage, case.checker_id) == (Stage.CLOSED, people.collector.pk)
    case = checking.evaluate(case, by=people.dispatcher, at=NOON + DAY, marks={"speed": 5})
    assert case.closed_at == NOON + 3 * HOUR, "judging closed it a second time"
    verified = case.history.get(act="verify")
    assert (verified.given, verified.place.coords) == ({"found": True}, (x + 3, y))
    assert case.history.get(act="evaluate").given == {"more": {"speed": 5}}
    case = checking.reopen(case, by=people.operator, at=NOON + DAY, note="来电人不认可")
    assert (case.stage, case.closed_at, case.reopened, case.evaluated) == (Stage.FILED, None, 1, False)


def test_what_was_found_untrue_is_not_filed(people: People) -> None:
    case = verifying.ask_verify(a_case(by=people.collector), by=people.operator, at=NOON)
    case = verifying.verify(case, by=people.collector, found=False, at=NOON)
    for verb in (verifying.file, verifying.accept):
        with pytest.raises(StepRefused, match="found the report to be true"):
            verb(case, by=people.operator, at=NOON)
    with pytest.raises(BadReport, match="reason") as refused:
        verifying.decline(case, by=people.operator, at=NOON, note=" ")
    assert refused.value.where["field"] == "reason"
    assert verifying.decline(case, by=people.operator, at=NOON, note="未发现").stage == Stage.DECLINED
    assert case not in Case.objects.open()


def test_the_checker_is_neither_the_handler_nor_of_his_unit(people: People) -> None:
    """Also where the city lets officers check: they check elsewhere."""
    for role in (Role.COMMUNITY, Role.OFFICER, Role.DISPATCHER):
        SideRole.objects.create(side=Side.CHECK, role_id=role)
    case = handling.handle(dispatched(people), by=people.officer, at=NOON)
    neighbour = a_user(Role.OFFICER, territory=case.owner)
    with pytest.raises(StepRefused, match="of the unit"):
        checking.ask_check(case, by=people.dispatcher, whom=again(people.community), at=NOON)
    case = checking.ask_check(case, by=people.dispatcher, at=NOON)
    for who in (people.officer, people.community, neighbour):
        with pytest.raises(StepRefused, match=r"than the handler|outside the unit"):
            checking.pass_check(case, by=again(who), at=NOON)
    with pytest.raises(StepRefused, match="outside the unit"):
        checking.pass_check(case, by=None, at=NOON)
    free = checking.free_checkers(case)
    assert people.checker in free
    assert not {people.officer, people.community, neighbour} & set(free)
    drawn = {checking.draw_checker(case, rng=Random(seed)).pk for seed in range(40)}
    assert drawn == {user.pk for user in free}
    assert checking.pass_check(case, by=people.checker, at=NOON).stage == Stage.CHECKED


def test_voiding_takes_two_persons(people: People) -> None:
    case = voiding.propose_void(a_case(), by=people.shift, at=NOON, note="重复")
    assert (case.stage, case.asked) == (Stage.FILED, "void")
    assert case in Case.objects.asking()
    with pytest.raises(StepRefused, match="another one than the one who asked"):
        voiding.confirm_void(case, by=people.shift, at=NOON)
    with pytest.raises(StepRefused, match="takes a person"):
        voiding.confirm_void(case, by=None, at=NOON)
    with pytest.raises(NotYours, match="may not act for shift"):
        voiding.confirm_void(case, by=people.dispatcher, at=NOON)
    kept = voiding.refuse_void(case, by=people.shift2, at=NOON, note="仍在")
    assert (kept.stage, kept.asked) == (Stage.FILED, "")
    case = voiding.propose_void(kept, by=people.operator, at=NOON, note="重复")
    void = voiding.confirm_void(case, by=people.shift, at=NOON + HOUR)
    assert (void.stage, void.closed_at, void.asked) == (Stage.VOID, NOON + HOUR, "")


def test_at_most_two_extensions_are_granted_and_refusals_do_not_count(people: People) -> None:
    case = dispatched(people)
    for answer in (holding.refuse_extension, holding.grant_extension, holding.grant_extension):
        case = holding.ask_extension(case, by=people.community, at=NOON, note="缺件")
        with pytest.raises(AlreadyDone):
            holding.ask_extension(case, by=people.community, at=NOON, note="缺件")
        case = answer(case, by=people.shift, at=NOON, note="r")
    assert case.extensions == 2
    with pytest.raises(StepRefused, match="no further extension"):
        holding.ask_extension(case, by=people.community, at=NOON, note="缺件")
    closed_again = handling.handle(case, by=people.community, at=NOON)
    closed_again = checking.ask_check(closed_again, by=people.dispatcher, at=NOON)
    closed_again = checking.close(
        checking.pass_check(closed_again, by=people.checker, at=NOON), by=people.dispatcher, at=NOON
    )
    assert checking.reopen(closed_again, by=people.operator, at=NOON, note="r").extensions == 0
    case = dispatched(people)
    Rule.objects.filter(pk="limit_extensions_most").update(value=0)
    with pytest.raises(StepRefused, match="no further extension"):
        holding.ask_extension(case, by=people.community, at=NOON, note="缺件")
    Rule.objects.filter(pk="limit_extensions_most").update(value=1)
    assert holding.ask_extension(case, by=people.community, at=NOON, note="缺件").asked == "extension"


def test_a_hold_locks_the_handling_and_resumes_by_itself_once(people: People) -> None:
    case = holding.ask_hold(dispatched(people), by=people.community, at=NOON, until=NOON + 3 * DAY, note="补种")
    with pytest.raises(StepRefused, match="ends in the future"):
        holding.grant_hold(case, by=people.shift, at=NOON + 4 * DAY)
    case = holding.grant_hold(case, by=people.shift, at=NOON + HOUR)
    assert (case.stage, case.hold_until) == (Stage.HELD, NOON + 3 * DAY)
    with pytest.raises(StepRefused, match="not open while held"):
        handling.handle(case, by=people.community, at=NOON + DAY)
    assert holding.resume_due(at=NOON + 3 * DAY - dt.timedelta(seconds=1)) == []
    assert [c.pk for c in holding.resume_due(at=NOON + 3 * DAY)] == [case.pk]
    assert holding.resume_due(at=NOON + 3 * DAY) == []
    case.refresh_from_db()
    assert (case.stage, case.hold_until, case.holds) == (Stage.HANDLING, None, 1)
    with pytest.raises(StepRefused, match="no further hold"):
        holding.ask_hold(case, by=people.community, at=NOON + 3 * DAY, until=NOON + 9 * DAY, note="r")


@pytest.mark.django_db(transaction=True)
def test_timers_at_once_resume_each_hold_once() -> None:
    people = People()
    held = []
    for _ in range(3):
        case = holding.ask_hold(dispatched(people), by=people.community, at=NOON, until=NOON + DAY, note="r")
        held.append(holding.grant_hold(case, by=people.shift, at=NOON).pk)
    resumed = at_once(*(lambda: holding.resume_due(at=NOON + DAY) for _ in range(3)))
    assert sorted(case.pk for some in resumed for case in some) == held
    assert CaseEvent.objects.filter(act="resume").count() == 3


def test_a_hold_may_be_shortened_when_granted_and_lifted_with_a_reason(people: People) -> None:
    case = holding.ask_hold(dispatched(people), by=people.community, at=NOON, until=NOON + 300 * DAY, note="r")
    case = holding.grant_hold(case, by=people.shift, at=NOON, until=NOON + 10 * DAY)
    assert case.hold_until == NOON + 10 * DAY
    with pytest.raises(BadReport):
        holding.lift_hold(case, by=people.shift, at=NOON, note="")
    assert holding.lift_hold(case, by=people.shift, at=NOON, note="条件具备").stage == Stage.HANDLING


@pytest.mark.parametrize(("closes", "stage"), [(0, Stage.HANDLED), (1, Stage.CLOSED)])
def test_what_is_fixed_on_the_spot_closes_as_the_city_says(people: People, closes: int, stage: Stage) -> None:
    Rule.objects.filter(pk="spot_closes").update(value=closes)
    case = a_case(by=people.officer)
    photo = a_photo(case)
    done = handling.fix_on_spot(case, by=people.officer, at=NOON, photo=photo)
    assert (done.stage, done.on_spot, done.handler_id) == (stage, True, people.officer.pk)
    line = done.history.get(act="fix_on_spot")
    assert (line.photo, line.given) == (photo, {"photo": photo.sha256})
    if not closes:
        with pytest.raises(StepRefused):
            checking.close(done, by=people.dispatcher, at=NOON)


def test_a_photo_of_another_case_proves_nothing(people: People) -> None:
    case, other = a_case(by=people.officer), a_case(words="another")
    with pytest.raises(BadReport, match="is no photo of case"):
        handling.fix_on_spot(case, by=people.officer, at=NOON, photo=a_photo(other))
    assert case.history.count() == 1


def test_nothing_is_done_before_what_was_done_last(people: People) -> None:
    case = handling.take_on(dispatched(people), by=people.community, at=NOON + 3 * HOUR)
    with pytest.raises(CaseError, match="lies before"):
        handling.handle(case, by=people.community, at=NOON)
