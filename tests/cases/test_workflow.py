"""The table of the workflow, walked at random: no database needed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.guards import Asked, Facts, Given, Guard, Need
from cases.standing import Standing, after
from cases.workflow import ENDS, OPEN, STEPS, TOLD, Act, Side, Stage, StepRefused, open_acts, replay, step

_S = Stage
NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
# People by number: 1 to 3 sit in the centres, 4 and 5 in the unit that owns the case, 6 and 7 look for the centre.
UNIT = (4, 5)
PEOPLE: dict[Side, tuple[int | None, ...]] = {
    Side.SUPERVISION: (1, 2, 3),
    Side.COMMAND: (1, 2),
    Side.SHIFT: (1, 3),
    Side.PATROL: (6, 7, 4),
    Side.CHECK: (6, 7, 4, 5),
    Side.OWNER: UNIT,
    Side.SECONDED: (10,),
    Side.COORDINATION: (1, 3, 4),
    Side.PARTNER: (1, 4),
    Side.TEAM: (8, 9, 1),
    Side.SYSTEM: (None,),
}


def reached_from(start: Stage) -> set[Stage]:
    """All stages that can follow a stage, itself included."""
    seen, fresh = {start}, [start]
    while fresh:
        at = fresh.pop()
        for (stage, _), found in STEPS.items():
            if stage == at and found.to not in seen:
                seen.add(found.to)
                fresh.append(found.to)
    return seen


def test_every_stage_is_reached_from_the_report() -> None:
    assert reached_from(Stage.REPORTED) == set(Stage)


@pytest.mark.parametrize("stage", OPEN)
def test_every_open_stage_can_end(stage: Stage) -> None:
    assert Stage.CLOSED in reached_from(stage)


def test_void_is_the_end_and_other_ends_only_open_again() -> None:
    assert open_acts(Stage.VOID) == []
    assert open_acts(Stage.DECLINED) == [Act.REOPEN]
    assert open_acts(Stage.CLOSED) == [Act.EVALUATE, Act.REOPEN]


def test_every_act_but_the_report_stands_in_the_table() -> None:
    assert {act for _, act in STEPS} == set(Act) - {Act.REPORT}


def test_every_guard_and_every_gift_is_asked_for_somewhere() -> None:
    assert {guard for found in STEPS.values() for guard in found.guards} == set(Guard)
    assert {need for found in STEPS.values() for need in found.needs} == set(Need)


def test_no_end_is_reached_from_any_stage_before_it_is_settled_whose_it_is() -> None:
    """Handle first, settle afterwards: by the table itself, whoever acts, wherever the case stands."""
    ends = {(at, act) for (at, act), found in STEPS.items() if found.to in ENDS and at not in ENDS}
    assert {at for at, _ in ends} == {
        _S.REPORTED, _S.VERIFYING, _S.VERIFIED, _S.ACCEPTED, _S.FILED, _S.DISPATCHED, _S.HANDLING, _S.HANDLED,
        _S.CHECKED,
    }  # fmt: skip
    for at, act in ends:
        assert Guard.OWNER_SETTLED in STEPS[at, act].guards, (at, act)
        with pytest.raises(StepRefused, match="who answers for it must be settled first"):
            _all_but_settled(at, act)
    # Nor does the one who only coordinates pass it on, or let it climb.
    passing = (Act.RETURN, Act.ESCALATE, Act.CLIMB, Act.COME_DOWN, Act.REFER, Act.DECIDE, Act.STAND_DOWN, Act.DISPATCH)
    passing += (Act.TO_OWN_UNIT,)
    assert all(Guard.OWNER_SETTLED in found.guards for (_, act), found in STEPS.items() if act in passing)


def _all_but_settled(at: Stage, act: Act) -> None:
    """The step with all facts in its favour but one."""
    known = Facts(
        at=NOON, actor=1, asked=Asked.VOID, asked_by=2, on_spot=True, spot_closes=True, team=1, of_team=True,
        owner_open=True,
    )  # fmt: skip
    step(at, act, by=STEPS[at, act].by, facts=known)


def test_from_every_stage_a_team_leads_to_handling_and_it_can_be_settled_until_the_end() -> None:
    before = {_S.REPORTED, _S.VERIFYING, _S.VERIFIED, _S.ACCEPTED, _S.FILED, _S.DISPATCHED, _S.HANDLING}
    assert {at for at, act in STEPS if act is Act.SEND_TEAM} == before
    assert all(STEPS[at, Act.SEND_TEAM].to == _S.HANDLING for at in before)
    # Whatever can follow a team on its way, short of an end, is a place where it can be settled.
    later = {_S.HANDLING, _S.HELD, _S.HANDLED, _S.CHECKING, _S.CHECKED, _S.DISPATCHED}
    assert {at for at, act in STEPS if act is Act.SETTLE_OWNER} == later


def test_what_takes_two_persons_is_guarded_so() -> None:
    for act in (Act.VOID, Act.GRANT_EXTENSION, Act.GRANT_HOLD):
        rows = [found for (_, a), found in STEPS.items() if a is act]
        assert rows
        assert all(Guard.ANOTHER_PERSON in found.guards for found in rows)


class Life:
    """One case lived in memory by the table, its guards and the reading of its history."""

    def __init__(self) -> None:
        self.stage, self.standing, self.at = Stage.REPORTED, Standing(), NOON
        self.lines: list[tuple[Act, Stage, Stage, int | None]] = []

    def facts(self, actor: int | None, gift: Given, *, spot_closes: bool) -> Facts:
        s = self.standing
        return Facts(
            at=self.at, actor=actor, of_unit=actor in UNIT, person_of_unit=gift.person in UNIT, given=gift,
            asked=s.asked, asked_by=s.asked_by_id, asked_until=s.asked_until, asked_of=s.asked_of_id,
            assignee=s.assignee_id, wants_help=s.wants_help,
            handler=s.handler_id, true=s.true, extensions=s.extensions, holds=s.holds, hold_until=s.hold_until,
            on_spot=s.on_spot, evaluated=s.evaluated, spot_closes=spot_closes, rung=s.rung_id,
            at_top=s.rung_id == "town", came_down=s.came_down, to_decide=s.to_decide, emergency=s.emergency_id,
            team=s.team_id, of_team=actor in (1, 7 + (s.team_id or 0)), owner_open=s.owner_open,
        )  # fmt: skip

    def try_(self, act: Act, actor: int | None, gift: Given, *, spot_closes: bool = False) -> bool:
        """Do an act if the table and its guards let it happen."""
        found = STEPS[self.stage, act]
        try:
            step(self.stage, act, by=found.by, facts=self.facts(actor, gift, spot_closes=spot_closes))
        except StepRefused:
            return False
        self.lines.append((act, self.stage, found.to, actor))
        self.standing = after(self.standing, act, moved=found.to != self.stage, actor=actor, given=gift)
        self.stage = found.to
        return True


def walk(data: st.DataObject, *, spot_closes: bool) -> Life:
    life = Life()
    for _ in range(data.draw(st.integers(0, 40))):
        acts = open_acts(life.stage)
        if not acts:
            break
        # What gathers departments is open all the time: one step in four, so that lives get on.
        gathers = [act for act in acts if STEPS[life.stage, act].by in (Side.COORDINATION, Side.PARTNER)]
        rest = [act for act in acts if act not in gathers]
        acts = gathers if gathers and data.draw(st.integers(0, 3)) == 0 else rest
        life.at += dt.timedelta(hours=data.draw(st.sampled_from([0, 1, 30])))
        act = data.draw(st.sampled_from(acts))
        gift = Given(
            person=data.draw(st.sampled_from([None, 4, 6, 7])),
            until=life.at + dt.timedelta(hours=data.draw(st.sampled_from([-1, 5, 24 * 400]))),
            found=data.draw(st.booleans()),
            more={
                "rung": data.draw(st.sampled_from(["community", "town"])),
                "grade": data.draw(st.sampled_from(["ordinary", "major"])),
                "team": data.draw(st.sampled_from([1, 2])),
                "owner_open": data.draw(st.booleans()),
            },
        )
        life.try_(act, data.draw(st.sampled_from(PEOPLE[STEPS[life.stage, act].by])), gift, spot_closes=spot_closes)
    return life


def check_life(life: Life) -> None:
    """What holds of every life, line by line."""
    handled = checked = False
    asked: dict[str, int | None] = {}
    granted, handler, now = {Asked.EXTENSION: 0, Asked.HOLD: 0}, None, Stage.REPORTED
    for act, frm, to, actor in life.lines:
        assert frm == now
        match act:
            case Act.HANDLE | Act.FIX_ON_SPOT | Act.TEAM_DONE:
                handled, checked, handler = True, False, actor
            case Act.PASS_CHECK:
                assert actor not in (None, handler, *UNIT), "the handler or his unit checked"
                checked = True
            case Act.REWORK | Act.REOPEN | Act.RETURN:
                handled = checked = False
            case Act.CLOSE:
                assert handled, "closed what nobody had handled"
                assert checked, "closed what nobody had checked"
                assert actor != handler
            case Act.VOID:
                assert actor is not None
                assert actor != asked["void"], "one person voided it alone"
            case Act.PROPOSE_VOID:
                asked["void"] = actor
        if act is Act.REOPEN:
            granted = dict.fromkeys(granted, 0)
        granted[Asked.EXTENSION] += act is Act.GRANT_EXTENSION
        granted[Asked.HOLD] += act is Act.GRANT_HOLD
        assert granted[Asked.EXTENSION] <= 2
        assert granted[Asked.HOLD] <= 1
        now = to
    assert replay([Act.REPORT, *(line[0] for line in life.lines)]) == now == life.stage
    assert life.stage not in ENDS or not life.standing.owner_open, "ended, and nobody knows whose it was"


@settings(deadline=None)
@given(st.data())
def test_no_random_life_closes_what_was_not_handled_and_checked_since_the_last_rework(data: st.DataObject) -> None:
    check_life(walk(data, spot_closes=False))


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_where_the_city_says_so_only_what_was_fixed_on_the_spot_closes_unchecked(data: st.DataObject) -> None:
    life = walk(data, spot_closes=True)
    acts = [line[0] for line in life.lines]
    for n, (act, frm, _, actor) in enumerate(life.lines):
        if act is Act.CLOSE and frm == Stage.HANDLED:
            assert acts[n - 1] is Act.FIX_ON_SPOT
            assert actor is None


def test_most_lives_can_be_lived_to_every_end() -> None:
    """The walks above mean something: these three ways are open, step by step."""
    closed = Life()
    ways = [
        (Act.ASK_VERIFY, 1, Given(person=6)), (Act.VERIFY, 6, Given(found=True)), (Act.ACCEPT, 1, Given()),
        (Act.FILE, 1, Given()), (Act.DISPATCH, 1, Given()), (Act.TAKE_ON, 4, Given()),
        (Act.ASK_EXTENSION, 4, Given()), (Act.GRANT_EXTENSION, 3, Given()),
        (Act.ASK_HOLD, 4, Given(until=NOON + dt.timedelta(hours=1))), (Act.GRANT_HOLD, 3, Given()),
    ]  # fmt: skip
    assert all(closed.try_(*way) for way in ways)
    assert not closed.try_(Act.RESUME, None, Given()), "the hold has not run out"
    closed.at += dt.timedelta(hours=1)
    rest = [(Act.RESUME, None), (Act.HANDLE, 4), (Act.ASK_CHECK, 1), (Act.REWORK, 6), (Act.HANDLE, 5)]
    rest += [(Act.ASK_CHECK, 1), (Act.PASS_CHECK, 7), (Act.CLOSE, 2), (Act.EVALUATE, 2)]
    assert all(closed.try_(act, actor, Given()) for act, actor in rest)
    assert not closed.try_(Act.EVALUATE, 1, Given())
    assert closed.stage == Stage.CLOSED
    s = closed.standing
    assert (s.handler_id, s.checker_id, s.reworks, s.extensions, s.holds, s.hold_until) == (5, 7, 1, 1, 1, None)
    void = Life()
    assert void.try_(Act.PROPOSE_VOID, 1, Given())
    assert not void.try_(Act.VOID, 1, Given()), "the one who proposed it confirmed it"
    assert not void.try_(Act.PROPOSE_VOID, 2, Given())
    assert void.try_(Act.VOID, 3, Given())


def test_what_was_fixed_on_the_spot_badly_closes_by_a_check_like_all_else() -> None:
    life = Life()
    for act, actor in ((Act.FIX_ON_SPOT, 6), (Act.ASK_CHECK, 1), (Act.REWORK, 7), (Act.HANDLE, 4)):
        assert life.try_(act, actor, Given())
    assert not life.try_(Act.CLOSE, None, Given(), spot_closes=True)


def test_what_is_asked_for_lapses_when_the_case_moves_on() -> None:
    life = Life()
    for act, actor in ((Act.FILE, 1), (Act.DISPATCH, 1), (Act.ASK_EXTENSION, 4), (Act.HANDLE, 4)):
        assert life.try_(act, actor, Given())
    assert (life.standing.asked, life.standing.asked_by_id) == (Asked.NOTHING, None)


def test_one_who_was_asked_by_name_is_the_only_one_who_may_answer_until_another_is() -> None:
    life = Life()
    assert life.try_(Act.ASK_VERIFY, 1, Given(person=6))
    assert not life.try_(Act.VERIFY, 7, Given(found=True))
    assert not life.try_(Act.ASK_VERIFY, 2, Given(person=6)), "the same person is asked twice"
    assert life.try_(Act.ASK_VERIFY, 2, Given(person=7))
    assert life.try_(Act.VERIFY, 7, Given(found=False))
    assert not life.try_(Act.FILE, 1, Given()), "filed what was found to be untrue"
    assert life.try_(Act.DECLINE, 1, Given())
    assert life.stage in ENDS


@given(st.sampled_from(Stage), st.sampled_from(Act), st.sampled_from(Side))
def test_what_is_refused_says_what_is_open_and_to_whom(stage: Stage, act: Act, side: Side) -> None:
    known = STEPS.get((stage, act))
    if known is not None and known.by == side:
        assert step(stage, act, by=side) == known
        return
    with pytest.raises(StepRefused) as refused:
        step(stage, act, by=side)
    assert refused.value.open_acts == open_acts(stage)
    assert refused.value.open_to == {a: STEPS[stage, a].by for a in open_acts(stage)}
    assert str(act) in str(refused.value)


def test_a_refused_guard_says_what_must_be_so() -> None:
    with pytest.raises(StepRefused, match="another person than the handler") as refused:
        step(Stage.CHECKED, Act.CLOSE, by=Side.SUPERVISION, facts=Facts(at=NOON, actor=4, handler=4))
    assert refused.value.guard is Guard.NOT_THE_HANDLER


def test_a_hold_is_asked_before_it_ends_and_for_no_longer_than_the_city_allows() -> None:
    def hold(days: float) -> bool:
        gift = Given(until=NOON + dt.timedelta(days=days))
        try:
            step(Stage.HANDLING, Act.ASK_HOLD, by=Side.OWNER, facts=Facts(at=NOON, given=gift))
        except StepRefused:
            return False
        return True

    assert [hold(days) for days in (-1, 0, 0.01, 366, 367)] == [False, False, True, True, False]


def test_an_extension_is_asked_before_the_deadline() -> None:
    def ask(due_at: dt.datetime | None) -> None:
        step(Stage.HANDLING, Act.ASK_EXTENSION, by=Side.OWNER, facts=Facts(at=NOON, due_at=due_at))

    ask(None)
    ask(NOON + dt.timedelta(seconds=1))
    with pytest.raises(StepRefused, match="before the deadline"):
        ask(NOON)


def test_histories_from_before_there_were_checks_replay() -> None:
    acts = [Act.REPORT, Act.FILE, Act.DISPATCH, Act.HANDLE, Act.REWORK, Act.HANDLE, Act.CLOSE]
    assert replay(acts) == Stage.CLOSED
    assert replay([Act.REPORT, Act.VOID]) == Stage.VOID
    for (stage, act), to in TOLD.items():
        assert (stage, act) not in STEPS or STEPS[stage, act].to == to


def test_a_broken_history_does_not_replay() -> None:
    with pytest.raises(StepRefused):
        replay([Act.REPORT, Act.DISPATCH])
