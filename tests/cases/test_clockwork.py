"""The table of clocks, walked at random along the workflow: no database needed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.clocks import Limit, Unit
from cases.clockwork import (
    TICKS,
    Clock,
    Clocks,
    Do,
    Kind,
    Planned,
    State,
    Told,
    after,
    as_shown,
    as_started,
    marks_of,
    nearest,
    replay,
    ticks_of,
)
from cases.workdays import Shift, work_calendar
from cases.workflow import ENDS, STEPS, TOLD, Act, Stage

CALENDAR = work_calendar(
    zone=ZoneInfo("Asia/Shanghai"),
    week={day: [Shift(dt.time(8), dt.time(12)), Shift(dt.time(14), dt.time(18))] for day in range(1, 6)},
    first=dt.date(2026, 1, 1),
    last=dt.date(2026, 12, 31),
)
START = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)  # Monday, 09:00 in Shanghai
LIMITS = {
    Kind.ACCEPT: (Planned(limit=Limit(0.25, Unit.UH)),),
    Kind.DISPATCH: (Planned(limit=Limit(0.25, Unit.UH)),),
    Kind.VERIFY: (Planned(limit=Limit(0.5, Unit.UH)),),
    Kind.CHECK: (Planned(limit=Limit(1, Unit.WH)),),
    Kind.HANDLE: (
        Planned(limit=Limit(3, Unit.UH), label_zh="围挡", label_en="fence"),
        Planned(limit=Limit(8, Unit.UH), label_zh="抢修", label_en="repair"),
        Planned(limit=Limit(5, Unit.WD), label_zh="恢复", label_en="make good", after_previous=True),
    ),
}
# Which clock runs in which stage: said a second time, by stage, as the table says it by act.
RUNS = {
    **dict.fromkeys((Stage.REPORTED, Stage.VERIFIED, Stage.ACCEPTED), Kind.ACCEPT),
    Stage.VERIFYING: Kind.VERIFY,
    Stage.FILED: Kind.DISPATCH,
    **dict.fromkeys((Stage.DISPATCHED, Stage.HANDLING), Kind.HANDLE),
    **dict.fromkeys((Stage.HANDLED, Stage.CHECKING, Stage.CHECKED), Kind.CHECK),
}
PAUSED = {Stage.VERIFYING: Kind.ACCEPT, Stage.HELD: Kind.HANDLE}


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[Act, Stage, dt.datetime]]:
    """A walk along the workflow, whatever its guards say, with a time for each act."""
    at, stage = START, Stage.REPORTED
    lines = [(Act.REPORT, stage, at)]
    for _ in range(draw(st.integers(0, 25))):
        steps = {act: step.to for (frm, act), step in STEPS.items() if frm == stage}
        steps |= {act: to for (frm, act), to in TOLD.items() if frm == stage}
        if not steps:
            break
        act = draw(st.sampled_from(sorted(steps)))
        stage = steps[act]
        at += dt.timedelta(minutes=draw(st.sampled_from([0, 1, 20, 90, 600, 4000])))
        lines.append((act, stage, at))
    return lines


def lived(lines: list[tuple[Act, Stage, dt.datetime]]) -> list[Clocks]:
    """The clocks after each line."""
    clocks: Clocks = ()
    out = []
    for act, to, at in lines:
        clocks = after(clocks, act, to=to, at=at, limits=LIMITS.__getitem__)
        out.append(clocks)
    return out


def kinds(clocks: Clocks, state: State) -> set[Kind]:
    return {clock.kind for clock in clocks if clock.state == state}


def test_the_table_speaks_of_acts_that_there_are() -> None:
    for key in TICKS:
        act, to = key if isinstance(key, tuple) else (key, None)
        led = {step.to for (_, done), step in STEPS.items() if done == act} | {Stage.REPORTED}
        assert to is None or to in led


@settings(max_examples=300, deadline=None)
@given(walks())
def test_every_open_stage_has_its_clock_and_no_other(lines: list[tuple[Act, Stage, dt.datetime]]) -> None:
    for (act, stage, _), clocks in zip(lines, lived(lines), strict=True):
        if act == Act.FINISH_PART and not kinds(clocks, State.RUNNING):
            return  # the guards leave the last part to the handling
        running = kinds(clocks, State.RUNNING)
        assert running == ({RUNS[stage]} if stage in RUNS else set()), (act, stage)
        assert kinds(clocks, State.PAUSED) <= ({PAUSED[stage]} if stage in PAUSED else set())
        if stage in ENDS:
            assert all(clock.state == State.STOPPED for clock in clocks)


@settings(max_examples=300, deadline=None)
@given(walks())
def test_no_clock_is_negative_and_what_it_shows_adds_up(lines: list[tuple[Act, Stage, dt.datetime]]) -> None:
    before: Clocks = ()
    for (_, _, at), clocks in zip(lines, lived(lines), strict=True):
        for clock in clocks:
            assert clock.stopped_at is None or clock.stopped_at >= clock.started_at
            assert all(clock.started_at <= p.since < p.until <= at for p in clock.pauses)
        for told in as_shown(before, at, CALENDAR):
            assert told["elapsed"] >= 0
        marks = marks_of(clocks, CALENDAR, amber_share=0.8)
        for clock, its in zip(clocks, marks, strict=True):
            assert (its is None) == (clock.state == State.PAUSED)
            assert its is None or clock.started_at < its.amber_at <= its.due_at
        near = nearest(clocks, marks)
        assert (near is not None) == bool(kinds(clocks, State.RUNNING))
        before = clocks


@settings(max_examples=300, deadline=None)
@given(walks())
def test_a_history_gives_the_clocks_again(lines: list[tuple[Act, Stage, dt.datetime]]) -> None:
    story, before = [], ()
    for (act, to, at), clocks in zip(lines, lived(lines), strict=True):
        story.append(Told(act, to, at, as_started(before, clocks)))
        before = clocks
    assert replay(story) == before


def test_parts_follow_each_other_and_the_one_under_way_counts() -> None:
    walk = [
        (Act.REPORT, Stage.REPORTED, START),
        (Act.FILE, Stage.FILED, START),
        (Act.DISPATCH, Stage.DISPATCHED, START),
    ]
    clocks = lived(walk)[-1]
    marks = [
        its for clock, its in zip(clocks, marks_of(clocks, CALENDAR, amber_share=0.8), strict=True) if clock.is_open
    ]
    # Fence by 12:00, repaired by 20:00; five working days after Monday 20:00: Monday at 18:00.
    assert [its.due_at for its in marks if its] == [
        dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 9, 10, tzinfo=dt.UTC),
    ]
    # The fence stands after an hour: the repair is due as planned, and a longer repair moves what comes after it.
    at = START + dt.timedelta(hours=1)
    clocks = after(clocks, Act.FINISH_PART, to=Stage.DISPATCHED, at=at, limits=LIMITS.__getitem__)
    near = nearest(clocks, marks_of(clocks, CALENDAR, amber_share=0.8))
    assert near is not None
    assert near.due_at == dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    clocks = after(clocks, Act.GRANT_EXTENSION, to=Stage.DISPATCHED, at=at, limits=LIMITS.__getitem__)
    ends = [its.due_at for clock, its in zip(clocks, marks_of(clocks, CALENDAR, amber_share=0.8), strict=True)
            if its and clock.is_open]  # fmt: skip
    # 8 hours more: Tuesday 04:00; five working days from before Tuesday's work: Monday at 18:00.
    assert ends == [dt.datetime(2026, 3, 2, 20, tzinfo=dt.UTC), dt.datetime(2026, 3, 9, 10, tzinfo=dt.UTC)]


@pytest.mark.parametrize("act", [Act.REDRAW, Act.TAKE_ON, Act.ASK_HOLD, Act.EVALUATE, Act.PROPOSE_VOID])
def test_other_acts_leave_the_clocks_alone(act: Act) -> None:
    assert ticks_of(act, Stage.HANDLING) == ()


def test_rework_and_a_return_start_a_new_clock_of_handling() -> None:
    handle = Clock(kind=Kind.HANDLE, plan=LIMITS[Kind.HANDLE][0], started_at=START)
    for act, between in ((Act.REWORK, Stage.DISPATCHED), (Act.DISPATCH, Stage.DISPATCHED)):
        assert (Do.START, Kind.HANDLE) in ticks_of(act, between)
    now = after((handle,), Act.REWORK, to=Stage.DISPATCHED, at=START, limits=LIMITS.__getitem__)
    assert [clock.round for clock in now] == [1, 2, 2, 2]
