"""What both officers of a grid cannot solve goes to the unit that seconded one of them, with receipts (R14)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from cases import deskwork, double_report, escalation, handling, inbox, sight
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.models import Case, LadderStep, Message, OwnUnit
from cases.workflow import StepRefused
from cells.models import Grid, Level, Posting
from tests.cases.ladder_desk import DONE, WHY, Ladder, down, sound, up
from tests.cases.makers import NOON
from tests.cases.test_life import HOUR, again, dispatched

pytestmark = pytest.mark.django_db
LATER = NOON + HOUR


@pytest.fixture
def people() -> Ladder:
    return Ladder()


def home(case: Case, people: Ladder, at: dt.datetime = LATER) -> Case:
    return escalation.to_own_unit(case, by=again(people.seconded), at=at, note=WHY, measure=DONE)


def test_what_both_cannot_solve_goes_to_the_seconded_officers_own_unit(people: Ladder) -> None:
    case = home(up(dispatched(people), people.officer), people)
    assert (case.owner, case.rung_id, case.assignee_id, case.stage) == (
        people.city_grid, "department", None, "dispatched",
    )  # fmt: skip
    line = case.history.order_by("pk").last()
    assert (line.act, line.by, line.note) == ("to_own_unit", people.seconded, WHY)
    assert line.given["more"] == {"measure": DONE, "from": people.unit.code, "rung": "department"}
    sound(case)
    first, second = Message.objects.filter(kind__in=["to_own_unit", "told_responsible"]).order_by("pk")
    assert (first.kind, first.to, first.other, first.person) == ("to_own_unit", people.city_grid, people.unit, None)
    assert (second.person, second.beside) == (people.officer.person, first)
    for message in (first, second):
        assert list(message.cases.all()) == [case]
        assert message.body == f"{WHY} · {DONE}"
    # The unit has the receipt: who read it, and when; the officer cannot give it in its stead.
    with pytest.raises(NotYours):
        inbox.read(first, by=again(people.officer), at=LATER)
    read = inbox.read(first, by=again(people.desk), at=LATER + HOUR)
    assert (read.read_by, read.read_at) == (people.desk, LATER + HOUR)
    second.refresh_from_db()
    assert second.read_at is None, "each has its own receipt"
    assert inbox.read(second, by=again(people.officer), at=LATER).read_by == people.officer
    for who in (people.officer, people.seconded, people.community):
        assert sight.may_see(again(who), case), "who is below keeps sight of it"
        assert case not in sight.work_of(again(who)), "and it is the unit's work"


def test_the_responsible_officer_must_have_reported_it_upward_first(people: Ladder) -> None:
    case = dispatched(people)
    with pytest.raises(StepRefused, match="must have reported it upward first"):
        home(case, people)
    assert (Case.objects.get(pk=case.pk).owner, Message.objects.count()) == (people.unit, 0)


def test_it_is_nobody_elses_to_do_and_not_of_another_place(people: Ladder) -> None:
    case = up(dispatched(people), people.officer)
    for who in (people.officer, people.community, people.elsewhere, people.desk):
        with pytest.raises(NotYours):
            escalation.to_own_unit(case, by=again(who), at=LATER, note=WHY, measure=DONE)
    assert Case.objects.get(pk=case.pk).owner == people.unit


@pytest.mark.parametrize(("note", "measure", "field"), [("", DONE, "reason"), (WHY, "  ", "measure")])
def test_the_reason_and_what_was_done_meanwhile_must_be_given(
    people: Ladder, note: str, measure: str, field: str
) -> None:
    case = up(dispatched(people), people.officer)
    with pytest.raises(BadReport) as refused:
        escalation.to_own_unit(case, by=again(people.seconded), at=LATER, note=note, measure=measure)
    assert refused.value.where["field"] == field


def test_a_second_click_and_a_look_that_is_too_old_change_nothing(people: Ladder) -> None:
    seen = up(dispatched(people), people.officer)
    done = home(seen, people)
    with pytest.raises(AlreadyDone):
        home(seen, people)
    with pytest.raises(CaseError, match="no higher"):
        home(done, people)
    assert Message.objects.filter(kind="to_own_unit").count() == 1


def test_the_unit_is_data_and_where_nobody_named_one_that_is_said(people: Ladder) -> None:
    OwnUnit.objects.create(person=people.seconded.person, unit=people.district_grid, step_id="district")
    case = home(up(dispatched(people), people.officer), people)
    assert (case.owner, case.rung_id) == (people.district_grid, "district")
    assert inbox.waiting(again(people.district)) == 1
    OwnUnit.objects.all().delete()
    LadderStep.objects.update(seconds=False)
    case = up(dispatched(people), people.officer)
    with pytest.raises(CaseError, match="which unit seconded"):
        home(case, people)


def test_a_unit_that_does_not_stand_above_gets_nothing(people: Ladder) -> None:
    far = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=people.unit.pk).first()
    OwnUnit.objects.create(person=people.seconded.person, unit=far, step_id="town")
    with pytest.raises(CaseError, match="no higher"):
        home(up(dispatched(people), people.officer), people)


def test_from_there_it_comes_down_again_and_ends(people: Ladder) -> None:
    case = home(up(dispatched(people), people.officer), people)
    case = down(case, people.unit, people.desk, at=LATER)
    assert (case.owner, case.rung_id) == (people.unit, "community")
    sound(handling.handle(case, by=again(people.community), at=LATER + HOUR))


def test_the_phone_and_the_desk_offer_it_where_it_is_open(people: Ladder) -> None:
    """The seconded officer posted to the case's grid alone, and seated nowhere in particular."""
    case = dispatched(people)
    grid = double_report._grid_of(case)
    Posting.objects.create(person=people.seconded.person, grid=grid, since=dt.date(2020, 1, 1))
    phone = Client(headers={"accept-language": "en"})
    phone.force_login(again(people.seconded))

    def offered() -> dict[str, list[str]]:
        return {c["number"]: c["acts"] for c in phone.get("/api/my/cases").json()["cases"]}

    assert "to_own_unit" not in offered().get(case.number, [])
    case = up(case, people.officer)
    assert "to_own_unit" in offered()[case.number]
    assert "to_own_unit" in [one.act for one in deskwork.open_acts(case, by=again(people.seconded), at=LATER)]
    told = {"key": "k1", "act": "to_own_unit", "number": case.number, "note": WHY}
    refused = phone.post("/api/my/acts", told)
    assert (refused.status_code, refused.json()["where"]["field"]) == (400, "measure")
    sent = [phone.post("/api/my/acts", told | {"key": "k2", "measure": DONE}) for _ in range(2)]
    assert [(one.status_code, one.json()["again"]) for one in sent] == [(200, False), (200, True)]
    found = Case.objects.get(pk=case.pk)
    assert (found.owner, found.rung_id) == (people.city_grid, "department")
    assert case.number not in offered()
    page = phone.get("/messages/").content.decode()
    assert case.number in page
    desk = Client(headers={"accept-language": "en"})
    desk.force_login(again(people.desk))
    page = desk.get("/messages/").content.decode()
    assert "brought to this unit, which seconded one" in page
    assert DONE in page


def test_a_desk_tells_it_too(people: Ladder) -> None:
    case = up(dispatched(people), people.officer)
    wish = deskwork.Wish(key="d1", act="to_own_unit", note=WHY, measure=DONE)
    done, again_ = deskwork.do(case, wish, by=again(people.seconded), at=LATER)
    assert (done["act"], again_) == ("to_own_unit", False)
    assert Case.objects.get(pk=case.pk).owner == people.city_grid
