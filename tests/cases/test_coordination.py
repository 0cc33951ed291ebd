"""Coordination over the database: who gathers whom, what is promised and stays, and when a case may close."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases import checking, commitments, coordination, moves, queues, sight, voiding
from cases.clocks import Limit, Unit
from cases.coordination import Called, Who
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.history import verify_history
from cases.models import Case, CaseEvent, Commitment, Coordination, Message
from cases.queues import Queue
from cases.timetable import TIMETABLE
from cases.workflow import Act, Side, StepRefused
from cells.models import Grid, Level, Role
from tests.cases.gathering_desk import DAY, HOUR, WATER, Gathering, lines, read
from tests.cases.makers import NOON, a_user
from tests.cases.test_dispatch import at_once
from tests.cases.test_life import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Gathering:
    return Gathering()


def test_departments_are_gathered_meet_plan_and_end_with_an_outcome() -> None:
    desk = Gathering(called=False)
    held = coordination.call(desk.case, by=desk.dispatcher, at=NOON, note="多部门职责交叉")
    assert held.unit.level_id == Level.CITY, "who is seated in no grid coordinates for the city"
    called = [Called(who=Who(unit=desk.other_unit)), Called(who=WATER), Called(person=desk.town.person)]
    meeting = coordination.call_meeting(
        desk.case, meets_at=NOON + DAY, place_words="街道二楼会议室", called=called, by=desk.dispatcher, at=NOON
    )
    assert [str(one) for one in meeting.participants.all()] == [
        str(desk.other_unit), "水务局", str(desk.town.person),
    ]  # fmt: skip
    told = Message.objects.filter(kind="to_meeting").order_by("pk")
    assert {(m.to, m.person) for m in told} == {
        (desk.other_unit, None), (desk.town.person.territory, desk.town.person),
    }  # fmt: skip
    coordination.write_minutes(desk.case, meeting.pk, minutes="初稿", by=desk.shift, at=NOON + DAY)
    coordination.write_minutes(desk.case, meeting.pk, minutes="分工明确", by=desk.shift, at=NOON + DAY)
    notes = desk.case.history.filter(act="write_minutes").order_by("pk").values_list("note", flat=True)
    assert (read(meeting).minutes, list(notes)) == ("分工明确", ["初稿", "分工明确"])
    step = coordination.plan_step(desk.case, who=WATER, what="关阀", by=desk.dispatcher, at=NOON + DAY)
    second = coordination.plan_step(
        desk.case, who=Who(unit=desk.unit), what="围挡", until=NOON + 2 * DAY, by=desk.dispatcher, at=NOON + DAY
    )
    assert [step.order, second.order] == [1, 2]
    coordination.finish_step(desk.case, step.pk, by=desk.dispatcher, at=NOON + DAY)
    with pytest.raises(AlreadyDone, match="Step 1 is done"):
        coordination.finish_step(desk.case, step.pk, by=desk.shift, at=NOON + DAY)
    coordination.end(desk.case, by=desk.shift, at=NOON + DAY, note="各司其职")
    assert lines(desk.case)[3:] == [
        "call_coordination", "call_meeting", "write_minutes", "write_minutes", "plan_step", "plan_step", "finish_step",
        "end_coordination",
    ]  # fmt: skip
    assert read(held).outcome == "各司其职"
    assert verify_history().broken == 0
    again_held = coordination.call(desk.case, by=desk.dispatcher, at=NOON + 2 * DAY, note="又起争议")
    assert again_held.pk != held.pk


def test_a_case_has_one_coordination_at_a_time_and_the_second_click_is_told_who_was_first(desk: Gathering) -> None:
    with pytest.raises(AlreadyDone) as quicker:
        coordination.call(desk.case, by=desk.shift, at=NOON, note="多部门")
    assert quicker.value.where["by"] == str(desk.dispatcher.person)
    assert Coordination.objects.count() == 1


def test_who_is_of_another_unit_and_not_above_it_cannot_coordinate(desk: Gathering) -> None:
    with pytest.raises(StepRefused, match="of the unit that coordinates"):
        coordination.plan_step(desk.case, who=WATER, what="关阀", by=again(desk.community), at=NOON)
    with pytest.raises(NotYours):
        coordination.plan_step(desk.case, who=WATER, what="关阀", by=again(desk.neighbour), at=NOON)
    with pytest.raises(NotYours):
        coordination.plan_step(desk.case, who=WATER, what="关阀", by=again(desk.leader), at=NOON)
    coordination.end(desk.case, by=desk.shift, at=NOON, note="转由社区协调")
    own = coordination.call(desk.case, by=again(desk.community), at=NOON, note="社区协调")
    assert own.unit == desk.unit
    coordination.plan_step(desk.case, who=WATER, what="关阀", by=again(desk.town), at=NOON)  # above it


def test_a_case_closes_when_all_commitments_are_met_or_released(desk: Gathering) -> None:
    first, second = desk.promise(), desk.promise(WATER)
    case = desk.checked()
    with pytest.raises(StepRefused) as refused:
        checking.close(case, by=desk.operator, at=NOON)
    assert refused.value.missing == (desk.other_unit.code, "水务局")
    assert "水务局" in str(refused.value)
    with pytest.raises(StepRefused, match="met or released"):
        coordination.end(case, by=desk.dispatcher, at=NOON, note="结束")
    commitments.meet(case, first.pk, by=desk.dispatcher, at=NOON)
    commitments.ask_release(case, second.pk, by=desk.dispatcher, at=NOON, note="管线改迁")
    commitments.release(case, second.pk, by=desk.dispatcher2, at=NOON, note="同意")
    assert [read(one).state for one in (first, second)] == ["met", "released"]
    assert checking.close(case, by=desk.operator, at=NOON).stage == "closed"
    assert verify_history().broken == 0


def test_a_release_takes_another_person_of_the_coordinators_side_never_the_unit_itself() -> None:
    desk = Gathering(called=False)
    coordination.call(desk.case, by=again(desk.community), at=NOON, note="社区协调")
    made = commitments.write(
        desk.case, who=Who(unit=desk.unit), text="清运", due_at=NOON + DAY, by=again(desk.community), at=NOON
    )
    commitments.sign(desk.case, made.pk, by=again(desk.community), at=NOON)
    for verb in (commitments.meet, commitments.release):
        with pytest.raises(StepRefused, match="outside the unit that promised"):
            verb(desk.case, made.pk, by=again(desk.community), at=NOON, note="已办")
    with pytest.raises(StepRefused, match="nobody has asked"):
        commitments.release(desk.case, made.pk, by=again(desk.town), at=NOON, note="不必")
    commitments.ask_release(desk.case, made.pk, by=again(desk.community), at=NOON, note="改由街道办")
    with pytest.raises(StepRefused, match="asked for already"):
        commitments.ask_release(desk.case, made.pk, by=again(desk.community), at=NOON, note="再请")
    commitments.refuse_release(desk.case, made.pk, by=again(desk.town), at=NOON, note="按期办")
    commitments.ask_release(desk.case, made.pk, by=again(desk.community), at=NOON, note="确有困难")
    commitments.release(desk.case, made.pk, by=again(desk.town), at=NOON, note="同意")
    with pytest.raises(AlreadyDone, match="released already"):
        commitments.meet(desk.case, made.pk, by=again(desk.town), at=NOON)


def test_who_asked_for_a_department_does_not_grant_it(desk: Gathering) -> None:
    made = desk.promise(WATER)
    commitments.ask_release(desk.case, made.pk, by=desk.dispatcher, at=NOON, note="管线改迁")
    with pytest.raises(StepRefused, match="another one than the one who asked"):
        commitments.release(desk.case, made.pk, by=desk.dispatcher, at=NOON, note="同意")


def test_only_the_unit_signs_and_a_department_is_signed_for_by_who_gathered_it(desk: Gathering) -> None:
    made = desk.promise(signed=False)
    for stranger in (desk.dispatcher, desk.community, desk.town):
        with pytest.raises((StepRefused, NotYours)):
            commitments.sign(desk.case, made.pk, by=again(stranger), at=NOON)
    with pytest.raises(StepRefused, match="nobody has signed"):
        commitments.meet(desk.case, made.pk, by=desk.dispatcher, at=NOON)
    signed = commitments.sign(desk.case, made.pk, by=again(desk.neighbour), at=NOON)
    assert (signed.signer, signed.signed_by) == (str(desk.neighbour.person), desk.neighbour)
    with pytest.raises(StepRefused, match="what is signed stays"):
        commitments.withdraw(desk.case, made.pk, by=desk.dispatcher, at=NOON)
    with pytest.raises(StepRefused, match="it is signed"):
        commitments.sign(desk.case, made.pk, by=again(desk.neighbour), at=NOON)
    paper = desk.promise(WATER)
    assert (paper.signer, paper.signed_by) == ("李主任", desk.dispatcher)
    blank = desk.promise(WATER, signed=False)
    assert commitments.withdraw(desk.case, blank.pk, by=desk.dispatcher, at=NOON).state == "withdrawn"


@pytest.mark.parametrize(
    "change",
    [
        {"text": "改了"},
        {"due_at": NOON + 9 * DAY},
        {"department": "x", "unit": None},
        {"signer": "别人"},
        {"digest": ""},
    ],
)
def test_what_is_signed_stays_whoever_writes(desk: Gathering, change: dict[str, Any]) -> None:
    made = desk.promise()
    assert read(made).is_as_signed
    line = CaseEvent.objects.get(act="sign_commitment")
    assert line.given["more"]["digest"] == made.digest
    with pytest.raises(DatabaseError), transaction.atomic():
        Commitment.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Commitment.objects.filter(pk=made.pk).delete()
    commitments.meet(desk.case, made.pk, by=desk.dispatcher, at=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        Commitment.objects.filter(pk=made.pk).update(state="open", settled_at=None)
    assert read(made).is_as_signed
    found = read(made)
    found.text = "改了"
    assert not found.is_as_signed


def test_the_end_of_a_commitment_is_a_moment_or_a_limit_in_working_time(desk: Gathering) -> None:
    def made(**end: Any) -> dt.datetime:
        return commitments.write(desk.case, who=WATER, text="关阀", by=desk.dispatcher, at=NOON, **end).due_at

    assert made(due_at=NOON + HOUR) == NOON + HOUR
    assert made(limit=Limit(2, Unit.UD)) == NOON + 2 * DAY
    # Monday noon and five working days of eight hours: the Monday after, over the weekend.
    assert made(limit=Limit(5, Unit.WD)) == NOON + 7 * DAY
    for end in ({}, {"due_at": NOON}, {"due_at": NOON + HOUR, "limit": Limit(1, Unit.UH)}):
        with pytest.raises(BadReport):
            made(**end)
    city = Grid.objects.get(level=Level.CITY)
    with pytest.raises(BadReport, match="Name the department"):
        commitments.write(desk.case, who=Who(unit=city), text="x", due_at=NOON + HOUR, by=desk.shift, at=NOON)


def test_a_case_with_open_commitments_is_not_voided(desk: Gathering) -> None:
    made = desk.promise()
    case = voiding.propose_void(desk.case, by=desk.dispatcher, at=NOON, note="重复")
    with pytest.raises(StepRefused, match="met or released"):
        voiding.confirm_void(case, by=desk.shift, at=NOON)
    commitments.meet(case, made.pk, by=desk.dispatcher, at=NOON)
    assert voiding.confirm_void(case, by=desk.shift, at=NOON).stage == "void"


def test_a_late_commitment_is_told_once_to_its_unit_and_the_coordinator(desk: Gathering) -> None:
    late, paper = desk.promise(due_at=NOON + HOUR), desk.promise(WATER, due_at=NOON + HOUR)
    met = desk.promise(WATER, due_at=NOON + HOUR)
    commitments.meet(desk.case, met.pk, by=desk.dispatcher, at=NOON)
    assert commitments.tell_late(at=NOON + HOUR) == []
    assert commitments.tell_late(at=NOON + 2 * HOUR) == [late, paper]
    assert commitments.tell_late(at=NOON + 3 * HOUR) == []
    city = Coordination.objects.get().unit
    told = Message.objects.filter(kind="commitment_late").values_list("to", flat=True)
    assert sorted(told) == sorted([city.pk, city.pk, desk.other_unit.pk])
    assert "tell_late" in [line.name for line in TIMETABLE]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_of_a_late_commitment_once() -> None:
    desk = Gathering()
    for _ in range(5):
        desk.promise(due_at=NOON + HOUR)
    found = at_once(*[lambda: commitments.tell_late(at=NOON + DAY)] * 3)
    assert sum(len(told) for told in found) == 5, found
    assert Message.objects.filter(kind="commitment_late").count() == 10


@pytest.mark.django_db(transaction=True)
def test_two_at_once_release_and_meet_one_commitment_one_wins() -> None:
    desk = Gathering()
    made = desk.promise()
    commitments.ask_release(desk.case, made.pk, by=again(desk.neighbour), at=NOON, note="困难")
    results = at_once(
        lambda: commitments.meet(desk.case, made.pk, by=desk.dispatcher, at=NOON),
        lambda: commitments.release(desk.case, made.pk, by=desk.shift, at=NOON, note="同意"),
    )
    assert sorted(type(one).__name__ for one in results) == ["AlreadyDone", "Commitment"], results
    assert {"meet_commitment", "release"} & set(lines(desk.case)) == {lines(desk.case)[-1]}


def test_who_is_gathered_sees_the_case_and_finds_what_he_promised(desk: Gathering) -> None:
    neighbour = again(desk.neighbour)
    assert not sight.may_see(neighbour, desk.case)
    assert queues.look(neighbour, at=NOON, most=9).counts[Queue.PROMISED] == 0
    desk.promise(signed=False)
    assert sight.may_see(neighbour, desk.case)
    shown = queues.look(neighbour, Queue.PROMISED, at=NOON, most=9)
    assert (shown.counts[Queue.PROMISED], list(shown.cases)) == (1, [Case.objects.get(pk=desk.case.pk)])
    elsewhere = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk__in=[desk.unit.pk, desk.other_unit.pk]).first()
    if elsewhere:
        assert not sight.may_see(a_user(Role.COMMUNITY, territory=elsewhere), desk.case)


def test_what_is_coordinated_and_late_stands_in_the_coordinators_queues(desk: Gathering) -> None:
    desk.promise(due_at=NOON + HOUR)  # long ago by the wall's clock
    for queue in (Queue.COORDINATE, Queue.LATE):
        assert [found.pk for found in queues.look(desk.dispatcher, queue, at=NOON, most=9).cases] == [desk.case.pk]
        assert queues.look(again(desk.community), at=NOON, most=9).counts[queue] == 1
        assert queues.look(again(desk.neighbour), at=NOON, most=9).counts[queue] == 0


def test_nothing_is_gathered_over_a_case_that_is_not_accepted_or_has_ended() -> None:
    desk = Gathering(called=False)
    case = checking.close(desk.checked(), by=desk.operator, at=NOON)
    with pytest.raises(StepRefused):
        coordination.call(case, by=desk.dispatcher, at=NOON, note="多部门")
    with pytest.raises(CaseError, match="No coordination"):
        commitments.sign(case, 1, by=desk.dispatcher, at=NOON)
    with pytest.raises(StepRefused):
        moves.move(case, Act.END_COORDINATION, by=desk.dispatcher, side=Side.COORDINATION, at=NOON, note="x")
