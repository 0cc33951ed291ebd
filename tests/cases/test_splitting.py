"""Cases in parts: split and linked, one level deep, ten at most, and the whole ends after its parts."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from cases import checking, intake, splitting, voiding
from cases.errors import BadReport, CaseError, NotYours
from cases.history import verify_history
from cases.models import Case, CaseClock, CasePart
from cases.workflow import StepRefused
from cells.models import CellVersion, Rule
from tests.cases.gathering_desk import Gathering, lines
from tests.cases.makers import NOON, a_case, closed
from tests.cases.test_dispatch import at_once
from tests.cases.test_life import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Gathering:
    return Gathering(called=False)


def part(desk: Gathering, words: str = "路灯不亮", **given: object) -> Case:
    report = intake.Report(**{"source": "hotline", "words": words, "catalogue_class": "event-0103", **given})
    return splitting.split(desk.case, report, by=desk.dispatcher, at=NOON)


def test_a_part_is_a_case_with_its_own_class_unit_and_clock_at_the_same_place(desk: Gathering) -> None:
    child = part(desk, catalogue_class="event-0102")
    assert (child.place, child.owner, child.catalogue_class.code) == (desk.case.place, desk.unit, "0102")
    assert child.number != desk.case.number
    assert CaseClock.objects.filter(case=child, kind="dispatch", state="running").exists()
    assert lines(child) == ["report", "file", "join_parent"]
    line = desk.case.history.order_by("pk").last()
    assert (line.act, line.given["more"]) == ("split", {"child": child.number})
    assert child.history.order_by("pk").last().given["more"] == {"parent": desk.case.number}
    assert verify_history().broken == 0


def test_a_part_elsewhere_is_of_the_unit_there_and_its_line_says_so(desk: Gathering) -> None:
    version = CellVersion.objects.current().filter(community=desk.other_unit).first()
    x, y = version.shape.point_on_surface.coords
    report = intake.Report(source="hotline", words="另一社区", lon=x, lat=y, crs="city")
    child = splitting.split(desk.case, report, by=again(desk.community), at=NOON)
    assert child.owner == desk.other_unit
    # A community's officer files nothing: the centre does.
    assert (child.stage, lines(child)) == ("reported", ["report", "join_parent"])
    assert child.history.order_by("pk").last().by is None
    with pytest.raises(NotYours):
        splitting.unlink(desk.case, child, by=again(desk.community), at=NOON, note="不属本案")


def test_the_whole_closes_and_is_voided_only_after_its_parts(desk: Gathering) -> None:
    child = part(desk)
    case = desk.checked()
    with pytest.raises(StepRefused) as refused:
        checking.close(case, by=desk.operator, at=NOON)
    assert refused.value.missing == (child.number,)
    closed(child)
    assert checking.close(case, by=desk.operator, at=NOON).stage == "closed"

    other = a_case(words="另一件")
    second = splitting.link(other, a_case(words="其一"), by=desk.dispatcher, at=NOON).child
    voiding.propose_void(other, by=desk.dispatcher, at=NOON, note="重复")
    with pytest.raises(StepRefused, match="parts must have ended"):
        voiding.confirm_void(Case.objects.get(pk=other.pk), by=desk.shift, at=NOON)
    voiding.confirm_void(voiding.propose_void(second, by=desk.dispatcher, at=NOON, note="重复"), by=desk.shift, at=NOON)
    assert voiding.confirm_void(Case.objects.get(pk=other.pk), by=desk.shift, at=NOON).stage == "void"


def test_parts_are_one_level_deep_and_never_go_round(desk: Gathering) -> None:
    child, stranger = part(desk), a_case(words="旁边一件")
    by, at = desk.dispatcher, NOON
    with pytest.raises(StepRefused, match="itself a part"):
        splitting.link(child, stranger, by=by, at=at)
    with pytest.raises(StepRefused, match="has parts of its own"):
        splitting.link(stranger, desk.case, by=by, at=at)
    with pytest.raises(StepRefused, match="itself a part"):
        splitting.link(child, desk.case, by=by, at=at)
    with pytest.raises(StepRefused, match="itself a part"):
        splitting.link(stranger, child, by=by, at=at)
    with pytest.raises(BadReport, match="no part of itself"):
        splitting.link(desk.case, desk.case, by=by, at=at)
    with pytest.raises(CaseError, match="Only an open case"):
        splitting.link(desk.case, closed(a_case(words="已办")), by=by, at=at)
    for whole, made in ((child, stranger), (stranger, desk.case)):
        with pytest.raises(DatabaseError), transaction.atomic():
            CasePart.objects.create(parent=whole, child=made, since=NOON)
    assert lines(stranger) == ["report", "file"], "a refused link left a trace"


def test_a_part_taken_out_is_a_case_for_itself_again(desk: Gathering) -> None:
    child = part(desk)
    splitting.unlink(desk.case, child, by=desk.dispatcher, at=NOON, note="不属本案")
    assert not CasePart.objects.exists()
    assert (lines(child)[-1], lines(desk.case)[-1]) == ("leave_parent", "unlink")
    with pytest.raises(CaseError, match="no open part"):
        splitting.unlink(desk.case, child, by=desk.dispatcher, at=NOON, note="再")
    splitting.link(desk.case, child, by=desk.dispatcher, at=NOON)
    assert CasePart.objects.get().child == child


def test_the_number_of_parts_is_the_citys_rule(desk: Gathering) -> None:
    assert Rule.objects.get(pk="case_parts_most").value == 10
    Rule.objects.filter(pk="case_parts_most").update(value=2)
    part(desk), part(desk)
    before = Case.objects.count()
    with pytest.raises(StepRefused, match="as many parts"):
        part(desk)
    assert Case.objects.count() == before, "the refused part took a number"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_who_add_the_tenth_part_one_wins() -> None:
    desk = Gathering(called=False)
    for n in range(9):
        part(desk, f"第{n}处")
    linked = a_case(words="已有一件")
    results = at_once(
        lambda: part(desk, "第十处"),
        lambda: splitting.link(desk.case, linked, by=desk.shift, at=NOON),
        lambda: part(desk, "第十一处"),
    )
    refused = [one for one in results if isinstance(one, StepRefused)]
    assert len(refused) == 2, results
    assert CasePart.objects.filter(parent=desk.case).count() == 10
    assert verify_history().broken == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_that_link_each_other_make_no_circle() -> None:
    desk = Gathering(called=False)
    other = a_case(words="另一件")
    results = at_once(
        lambda: splitting.link(desk.case, other, by=desk.dispatcher, at=NOON),
        lambda: splitting.link(other, desk.case, by=desk.shift, at=NOON),
    )
    assert sorted(type(one).__name__ for one in results) == ["CasePart", "StepRefused"], results
