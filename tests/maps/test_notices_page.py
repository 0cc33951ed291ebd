"""The notice board and the register of awards: who posts, what everybody sees, and two persons for an award."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cases import awards, notices
from cases.errors import AlreadyDone, BadReport, NotYours
from cases.models import Award, Notice
from cells.models import Level, Role
from tests.cases.makers import a_user
from tests.maps.officer_desk import a_client

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)


def a_notice(**given: Any) -> Notice:
    usual = {
        "title": "夜市收市时间", "words": "二十二时收市。", "level": Level.CITY, "is_public": True,
        "first_day": TODAY, "last_day": None, "by": given.pop("by", None) or a_user(Role.LEADER), "at": NOW,
    }  # fmt: skip
    return notices.post(**(usual | given))


def test_a_notice_is_shown_from_its_first_day_to_its_last_and_taken_down_to_nobody() -> None:
    notice = a_notice(first_day=TODAY + dt.timedelta(days=1), last_day=TODAY + dt.timedelta(days=2))
    shown = [bool(notices.on_board(TODAY + dt.timedelta(days=n), public=True)) for n in range(4)]
    assert shown == [False, True, True, False]
    notices.take_down(notice, by=a_user(Role.ADMINISTRATOR), at=NOW)
    assert not notices.on_board(TODAY + dt.timedelta(days=1), public=False)
    assert Notice.objects.get().taken_down_at == NOW


def test_everybody_sees_public_notices_and_the_staff_all() -> None:
    leader = a_user(Role.LEADER)
    a_notice(by=leader, first_day=timezone.localdate(), at=timezone.now())
    a_notice(by=leader, first_day=timezone.localdate(), at=timezone.now(), title="内部例会", is_public=False)
    public = Client().get("/public/notices/").content.decode()
    assert "夜市收市时间" in public
    assert "内部例会" not in public
    assert str(leader.person) not in public
    staff = a_client(a_user(Role.OFFICER)).get("/notices/").content.decode()
    assert "内部例会" in staff
    assert "<summary>" not in staff.partition("<main")[2]  # an officer posts none
    assert Client().get("/notices/").status_code == 302


def test_markup_in_a_notice_stays_text() -> None:
    a_notice(title="<b>x</b>", words="<script>alert(1)</script>", first_day=timezone.localdate(), at=timezone.now())
    assert "<script>alert" not in Client().get("/public/notices/").content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"words": ""}, "words"),
        ({"words": "a\x00"}, "words"),
        ({"level": "moon"}, "level"),
        ({"last_day": TODAY - dt.timedelta(days=1)}, "last_day"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadReport) as refused:
        a_notice(**given)
    assert refused.value.where["field"] == field


def test_notices_are_posted_by_leaders_and_the_administrator_alone() -> None:
    for role in (Role.OPERATOR, Role.OFFICER, None):
        with pytest.raises(NotYours):
            a_notice(by=a_user(role))
    form = {"title": "t", "words": "w", "level": "city", "is_public": "yes"}
    assert a_client(a_user(Role.OPERATOR)).post("/notices/", form).status_code == 422
    leader = a_client(a_user(Role.LEADER))
    assert [leader.post("/notices/", form).status_code for _ in range(2)] == [302, 302]
    notice = Notice.objects.get()  # a second click posts nothing
    assert (notice.first_day, notice.is_public) == (timezone.localdate(), True)
    assert leader.post("/notices/", form | {"last_day": "32.13."}).status_code == 422
    a_client(a_user(Role.OPERATOR)).post(f"/notices/{notice.pk}/take-down/")
    assert Notice.objects.get().taken_down_at is None


def test_an_award_takes_two_persons() -> None:
    one, other = a_user(Role.LEADER), a_user(Role.ADMINISTRATOR)
    given = {"receiver": "甲社区", "reason": "先进", "awarded_on": "2026-03-02", "amount": "1,200.50"}
    assert [a_client(one).post("/awards/", given).status_code for _ in range(2)] == [302, 302]
    award = Award.objects.get()
    assert award.amount == Decimal("1200.50")
    with pytest.raises(NotYours):
        awards.decide(award.pk, approved=True, by=one, at=NOW)
    with pytest.raises(NotYours):
        awards.decide(award.pk, approved=True, by=a_user(Role.OPERATOR), at=NOW)
    a_client(other).post(f"/awards/{award.pk}/decide/", {"approved": "yes"})
    award.refresh_from_db()
    assert (award.approved, award.decided_by) == (True, other)
    with pytest.raises(AlreadyDone):
        awards.decide(award.pk, approved=False, by=other, at=NOW)
    page = a_client(a_user(Role.OFFICER)).get("/awards/").content.decode()
    assert "1200.50" in page
    assert "甲社区" in page


def test_the_database_itself_refuses_an_award_by_one_person() -> None:
    one = a_user(Role.LEADER)
    award = awards.propose(receiver="乙", reason="先进", awarded_on=TODAY, amount=None, by=one, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.filter(pk=award.pk).update(decided_by=one, decided_at=NOW, approved=True)


@pytest.mark.parametrize("text", ["-5", "0", "1.234", "NaN", "1e99", "五百", "10000000000.00"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadReport):
        awards.amount_of(text)
