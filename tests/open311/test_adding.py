"""A further word on a report: who may add one, to which, how often, and who is told of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from cases import keyring
from cases.models import Caller, CallerLook, OpenKey
from cells.models import Role
from tests.cases.makers import a_case, a_user
from tests.open311.desk import Answer, Desk, ended, filed

pytestmark = pytest.mark.django_db


def add(desk: Desk, number: str, form: str = "json", **given: Any) -> Answer:
    whole = {"api_key": desk.key, "service_request_id": number, "description": "还在那里", **given}
    body = urlencode({name: value for name, value in whole.items() if value is not None})
    return desk.post_raw(body, form, to="servicerequestupdates", schema="added")


def test_a_further_word_is_one_of_the_callers_who_are_answered(desk: Desk) -> None:
    case = desk.case()
    before = case.callers.count()
    told = add(desk, case.number, first_name="小明", last_name="王", phone="13800000000", update_id="7")
    assert told.status == 200
    caller = case.callers.latest("pk")
    assert told.told == [{"update_id": f"c{caller.pk}"}]
    assert (caller.name, caller.telephone, caller.words) == ("王小明", "13800000000", "还在那里")
    assert (caller.source_id, caller.answered_at, caller.taken_by) == ("public", None, None)
    case.refresh_from_db()
    assert case.stage == "reported", "a word changes no stage"
    assert add(
        desk, case.number, form="xml", first_name="小明", last_name="王", phone="13800000000", update_id="7"
    ).told == [{"update_id": f"c{caller.pk}"}]
    assert case.callers.count() == before + 1, "sent again it is the same"
    assert add(desk, case.number, description="又来了", update_id="8").status == 200
    anonymous = case.callers.latest("pk")
    assert anonymous.is_anonymous
    assert not CallerLook.objects.exists()


def test_what_the_sender_holds_of_it_is_kept_as_words(desk: Desk) -> None:
    case = desk.case()
    add(desk, case.number, status="OPEN")
    assert case.callers.latest("pk").words == "还在那里"
    add(desk, case.number, status="FIXED", media_url="https://example.org/a.jpg")
    assert case.callers.latest("pk").words == "[FIXED] 还在那里\nhttps://example.org/a.jpg"
    case.refresh_from_db()
    assert case.stage == "reported"


def test_only_who_reported_adds_and_only_while_it_is_open(desk: Desk) -> None:
    case, others = desk.case(), a_case(by=a_user(Role.OPERATOR))
    assert add(desk, others.number).status == 404
    assert add(desk, "x" * 40).status == 404
    other_key = keyring.make_key("b", scopes=["report"], source="public", per_minute=9, per_day=9, at=timezone.now())
    assert add(desk, case.number, api_key=other_key).status == 404
    for key in ("", "x" * 40):
        assert add(desk, case.number, api_key=key).status == 403
    OpenKey.objects.filter(name="app").update(scopes=["exchange"])
    assert add(desk, case.number).status == 403
    OpenKey.objects.filter(name="app").update(scopes=["report"])
    ended(filed(case))
    closed = add(desk, case.number)
    assert closed.status == 400
    assert "closed" in closed.told[0]["description"]
    assert not Caller.objects.filter(words="还在那里").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"description": None}, "description is missing"),
        ({"description": "字" * 4001}, "4001 characters"),
        ({"status": "fixed!"}, "capitals"),
        ({"media_url": "javascript:1"}, "no address"),
        ({"updated_datetime": "yesterday"}, "updated_datetime"),
        ({"phone": "no"}, "telephone"),
        ({"description": "字" * 3990, "status": "IN_PROGRESS"}, "together"),
        ({"service_request_id": None}, "service_request_id is missing"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, given: dict[str, Any], words: str) -> None:
    case = desk.case()
    before = Caller.objects.count()
    told = add(desk, case.number, **given)
    assert told.status == 400
    assert any(words in row["description"] for row in told.told), told.told
    assert Caller.objects.count() == before


def test_a_number_used_for_another_word_is_refused(desk: Desk) -> None:
    case = desk.case()
    assert add(desk, case.number, update_id="7", first_name="a").status == 200
    assert add(desk, case.number, update_id="7", first_name="b").status == 400
