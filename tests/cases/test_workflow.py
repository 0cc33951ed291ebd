"""The table of the workflow, walked at random: no database needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.workflow import STEPS, Act, Side, Stage, StepRefused, open_acts, replay, step

ENDS = {Stage.CLOSED, Stage.VOID}


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


@pytest.mark.parametrize("stage", sorted(set(Stage) - ENDS))
def test_every_stage_can_end(stage: Stage) -> None:
    assert Stage.CLOSED in reached_from(stage)


@pytest.mark.parametrize("stage", sorted(ENDS))
def test_an_end_is_an_end(stage: Stage) -> None:
    assert open_acts(stage) == []


def test_every_act_but_the_report_stands_in_the_table() -> None:
    assert {act for _, act in STEPS} == set(Act) - {Act.REPORT}


@given(st.lists(st.integers(0, 9), max_size=40))
def test_a_random_walk_replays_to_where_it_stands_and_closes_only_what_was_handled(choices: list[int]) -> None:
    stage, acts = Stage.REPORTED, [Act.REPORT]
    for choice in choices:
        options = open_acts(stage)
        if not options:
            break
        act = options[choice % len(options)]
        stage = step(stage, act, by=STEPS[stage, act].by).to
        acts.append(act)
    assert replay(acts) == stage
    if stage == Stage.CLOSED:
        assert acts[-2:] == [Act.HANDLE, Act.CLOSE]


@given(st.sampled_from(Stage), st.sampled_from(Act), st.sampled_from(Side))
def test_what_is_refused_says_what_is_open(stage: Stage, act: Act, side: Side) -> None:
    known = STEPS.get((stage, act))
    if known is not None and known.by == side:
        assert step(stage, act, by=side) == known
        return
    with pytest.raises(StepRefused) as refused:
        step(stage, act, by=side)
    assert refused.value.open_acts == open_acts(stage)
    assert str(act) in str(refused.value)


def test_a_broken_history_does_not_replay() -> None:
    with pytest.raises(StepRefused):
        replay([Act.REPORT, Act.DISPATCH])
