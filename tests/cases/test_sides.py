"""Who may act for which side, and where: as the table says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cases import moves, sides
from cases.errors import NotYours
from cases.models import Label, SideRole
from cases.workflow import Act, Side, Stage
from cells.models import Grid, Level, Posting, Role
from maps.stages import act_names, stage_names
from tests.cases.makers import NOON, a_case, a_user
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


def test_a_role_gets_a_side_by_a_row_and_loses_it_with_the_row() -> None:
    case = a_case()
    assert sides.sides_of(a_user(Role.LEADER)) == frozenset()
    SideRole.objects.create(side=Side.SHIFT, role_id=Role.LEADER)
    assert sides.sides_of(a_user(Role.LEADER)) == {Side.SHIFT}
    SideRole.objects.filter(role_id=Role.DISPATCHER).delete()
    with pytest.raises(NotYours, match="may not act for command") as refused:
        sides.require(a_user(Role.DISPATCHER), Side.COMMAND, owner=case.owner)
    assert refused.value.hint == "These roles may: operator, shift_head."


def test_nobody_acts_for_the_system() -> None:
    with pytest.raises(NotYours) as refused:
        sides.require(a_user(Role.SHIFT_HEAD), Side.SYSTEM)
    assert refused.value.hint == "Only the system does this."


def test_an_officer_acts_where_he_is_posted_and_for_the_unit_above() -> None:
    case = a_case()
    home = case.cell.versions.get(until=None).grid
    assert home is not None
    other = Grid.objects.filter(level=Level.GRID).exclude(pk=home.pk).first()
    officer = a_user(Role.OFFICER)
    assert not sides.may(officer, Side.OWNER, owner=case.owner, cell=case.cell_id), "he is posted nowhere"
    Posting.objects.create(person=officer.person, grid=other, since=dt.date(2020, 1, 1))
    assert not sides.may(officer, Side.OWNER, owner=case.owner, cell=case.cell_id)
    Posting.objects.create(person=officer.person, grid=home, since=dt.date(2020, 1, 1))
    assert sides.may(officer, Side.OWNER, owner=case.owner, cell=case.cell_id)
    elsewhere = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=case.owner_id).first()
    assert not sides.may(officer, Side.OWNER, owner=elsewhere, cell=case.cell_id), "another unit has the case"
    assert sides.may(officer, Side.PATROL, owner=elsewhere, cell=case.cell_id)
    Posting.objects.filter(grid=home).update(until=dt.date(2021, 1, 1))
    assert not sides.may(officer, Side.PATROL, owner=case.owner, cell=case.cell_id), "he was posted there once"


def test_a_level_keeps_a_role_from_the_whole_city() -> None:
    """Heads of the shift of a town, where the city has such."""
    SideRole.objects.filter(side=Side.SHIFT).update(level=Level.TOWN)
    case = a_case()
    town = Grid.objects.get(level=Level.TOWN, code=case.owner.code[:9])
    assert not sides.may(a_user(Role.SHIFT_HEAD), Side.SHIFT, owner=case.owner)
    assert not sides.may(a_user(Role.SHIFT_HEAD, territory=case.owner), Side.SHIFT, owner=case.owner)
    assert sides.may(a_user(Role.SHIFT_HEAD, territory=town), Side.SHIFT, owner=case.owner)


def test_seats_are_read_once_a_request() -> None:
    case, user = a_case(), a_user(Role.DISPATCHER)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for _ in range(5):
            sides.require(user, Side.COMMAND, owner=case.owner, cell=case.cell_id)
    assert len(queries) == 1


def test_what_is_open_to_a_person_is_what_he_may_do_now() -> None:
    case = a_case()
    dispatcher, shift = a_user(Role.DISPATCHER), a_user(Role.SHIFT_HEAD)

    def open_to(user: Any) -> list[Act]:
        """But for what gathers departments or parts, which is open all the time."""
        return [act for act in moves.open_to(case, user, at=NOON) if act not in gathers]

    gathers = {Act.CALL_COORDINATION, Act.SPLIT, Act.LINK, Act.JOIN_PARENT}
    assert open_to(dispatcher) == [Act.DISPATCH, Act.PROPOSE_VOID, Act.DECLARE_EMERGENCY]
    case = moves.move(case, Act.PROPOSE_VOID, by=dispatcher, side=Side.SUPERVISION, at=NOON, note="r")
    assert open_to(dispatcher) == [Act.DISPATCH, Act.DECLARE_EMERGENCY]
    assert open_to(shift) == [Act.DISPATCH, Act.VOID, Act.REFUSE_VOID, Act.DECLARE_EMERGENCY]
    assert gathers < set(moves.open_to(case, dispatcher, at=NOON))
    assert moves.open_to(case, a_user(Role.LEADER), at=NOON) == []


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.usefixtures("english")
def test_a_city_that_swaps_the_two_looks_changes_two_rows() -> None:
    assert stage_names()[Stage.VERIFYING] == "waits for verification"
    Label.objects.filter(pk=Label.VERIFY).update(name_en="field check")
    Label.objects.create(slug="stage-held", name_zh="缓办", name_en="deferred")
    assert stage_names()[Stage.VERIFYING] == "waits for field check"
    assert act_names()[Act.ASK_VERIFY] == "ask for field check"
    assert stage_names()[Stage.HELD] == "deferred"
