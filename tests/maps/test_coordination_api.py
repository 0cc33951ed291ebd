"""Coordination over HTTP: acts done exactly once, foreign territories, refusals that name what is missing; pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from cases import checking, handling
from cases.models import Case, CasePart, Commitment, Coordination
from cells.models import Role
from tests.cases.makers import a_user
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, a_dispatched, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


@pytest.fixture
def english() -> Any:
    with translation.override("en"):
        yield


def address(case: Case) -> str:
    return f"/api/cases/{case.number}/coordination"


def do(client: Client, case: Case, act: str, *, key: str = "", **given: Any) -> Any:
    body = {"act": act, "key": key or f"{act}-{given.get('meant', '')}", **given}
    return client.post(address(case), body, content_type="application/json")


def of(client: Client, case: Case) -> dict[str, Any]:
    return dict(client.get(address(case)).json())


def soon(hours: float = 24) -> str:
    return (timezone.now() + dt.timedelta(hours=hours)).isoformat()


def test_a_coordination_from_the_call_to_its_end(city: City) -> None:
    case, other = a_dispatched(city, 0), city.community(4, 0)
    centre, head = a_client(a_user(Role.DISPATCHER)), a_client(a_user(Role.SHIFT_HEAD))
    unit = a_client(a_person(Role.COMMUNITY, territory=other))
    assert unit.get(address(case)).status_code == 404
    assert {"call_coordination", "split", "link"} <= set(of(centre, case)["acts"])
    for again in (False, True):
        answer = do(centre, case, "call_coordination", note="多部门职责交叉")
        assert (answer.status_code, answer.json()["again"]) == (200, again)
    lon, lat = city.lonlat(0, 0)
    called = [{"unit": other.code}, {"department": "水务局"}]
    there = {"at": soon(), "place": "会议室", "called": called, "lon": lon, "lat": lat}
    meeting = do(centre, case, "call_meeting", **there).json()["made"]
    assert do(centre, case, "write_minutes", meant=meeting, note="分工明确").status_code == 200
    step = do(centre, case, "plan_step", who={"department": "水务局"}, note="关阀", until=soon()).json()["made"]
    assert do(centre, case, "finish_step", meant=step).status_code == 200
    made = do(
        centre, case, "write_commitment", who={"unit": other.code}, note="三日内清运", limit_value=3, limit_unit="UD"
    ).json()["made"]

    seen = of(unit, case)["coordinations"][0]  # who is gathered sees it
    assert [m["place"] for m in seen["meetings"]] == ["会议室"]
    assert seen["meetings"][0]["lon"] == pytest.approx(lon, abs=1e-6)
    [promised] = seen["commitments"]
    assert (promised["unit"]["code"], promised["limit"], promised["late"]) == (
        other.code, {"value": 3.0, "unit": "UD"}, False,
    )  # fmt: skip
    assert promised["acts"] == ["sign_commitment"]
    assert of(centre, case)["coordinations"][0]["commitments"][0]["acts"] == ["withdraw_commitment"]
    assert do(unit, case, "sign_commitment", meant=made, signer="李主任").status_code == 200
    assert do(unit, case, "ask_release", meant=made, note="设备故障").status_code == 200
    assert do(unit, case, "release", meant=made, note="自己解除").status_code == 403
    acts = of(head, case)["coordinations"][0]["commitments"][0]["acts"]
    assert acts == ["meet_commitment", "release", "refuse_release"]
    assert do(head, case, "release", meant=made, note="同意").status_code == 200
    told = of(centre, case)
    assert (told["open_commitments"], told["coordinations"][0]["commitments"][0]["state"]) == (0, "released")
    assert do(centre, case, "end_coordination", note="各司其职").status_code == 200
    assert Coordination.objects.get().outcome == "各司其职"
    assert len(lines(case)) == 3 + 10


@pytest.mark.usefixtures("english")
def test_a_closing_that_is_refused_names_what_is_missing(city: City) -> None:
    case, centre = a_dispatched(city, 0), a_client(a_user(Role.DISPATCHER))
    do(centre, case, "call_coordination", note="多部门")
    made = do(centre, case, "write_commitment", who={"department": "水务局"}, note="关阀", until=soon()).json()["made"]
    part = do(centre, case, "split", note="路灯不亮", **{"class": "event-0103"}).json()["made"]
    now = timezone.now()
    case = checking.ask_check(handling.handle(case, by=None, at=now), by=None, at=now)
    checking.pass_check(case, by=a_user(Role.CHECKER), at=now)
    close = {"act": "close", "key": "c", "note": ""}
    refused = centre.post(f"/api/cases/{case.number}/acts", close, content_type="application/json")
    assert refused.status_code == 409
    assert "水务局" in refused.json()["sentence"]
    assert refused.json()["where"]["missing"] == ["水务局"]
    do(centre, case, "withdraw_commitment", meant=made)
    refused = centre.post(f"/api/cases/{case.number}/acts", close, content_type="application/json")
    assert refused.json()["where"]["missing"] == [part]
    assert do(centre, case, "unlink", number=part, note="另办").status_code == 200
    answer = centre.post(f"/api/cases/{case.number}/acts", close, content_type="application/json")
    assert answer.status_code == 200, answer.content


def test_parts_are_shown_both_ways_and_what_one_may_not_see_by_its_number_only(city: City) -> None:
    whole, foreign = a_dispatched(city, 0), a_dispatched(city, 5)
    centre = a_client(a_user(Role.DISPATCHER))
    own = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    assert do(own, whole, "link", number=foreign.number).status_code == 404, "it is not there for him"
    assert do(centre, whole, "link", number=foreign.number).status_code == 200
    assert do(centre, whole, "link", key="2", number="2099010100001").status_code == 404
    [part] = of(own, whole)["parts"]
    assert (part["number"], part["seen"], part["words"], part["class"]) == (foreign.number, False, "", None)
    assert of(centre, whole)["parts"][0]["seen"]
    assert of(centre, foreign)["parent"]["number"] == whole.number
    assert "split" not in of(centre, foreign)["acts"], "a part has no parts"


MISTAKEN: list[tuple[str, dict[str, Any]]] = [
    ("close", {}), ("call_coordination", {}), ("call_coordination", {"note": "x", "strange": 1}),
    ("call_coordination", {"note": "x", "who": {"unit": "nobody"}}),
    ("call_coordination", {"note": "x", "who": {"department": "水务局"}}),
    ("call_coordination", {"note": "x", "who": ["a"]}), ("call_coordination", {"note": "字" * 5000}),
    ("call_meeting", {"place": "会议室", "called": [{"unit": "x"}]}),
    ("call_meeting", {"at": "tomorrow", "place": "会议室"}), ("call_meeting", {"at": soon(), "place": "会议室"}),
    ("call_meeting", {"at": soon(), "place": " ", "called": [{"department": "水务局"}]}),
    ("call_meeting", {"at": soon(), "place": "x", "called": [{"person": "7"}]}),
    ("call_meeting", {"at": soon(), "place": "x", "called": [{}]}),
    ("call_meeting", {"at": soon(), "place": "x", "called": "all"}),
    ("plan_step", {"note": "x"}), ("plan_step", {"note": "x", "who": {"department": "字" * 200}}),
    ("write_commitment", {"note": "x", "who": {"department": "水务局"}}),
    ("write_commitment", {"note": "x", "who": {"department": "水务局"}, "until": soon(-1)}),
    ("write_commitment", {"note": "x", "who": {"department": "水务局"}, "limit_value": -1, "limit_unit": "WD"}),
    ("write_commitment", {"note": "x", "who": {"department": "水务局"}, "limit_value": 1, "limit_unit": "XX"}),
    ("sign_commitment", {}), ("sign_commitment", {"meant": "1"}), ("sign_commitment", {"meant": True}),
    ("link", {}), ("split", {"note": "x", "class": "event-9999"}),
]  # fmt: skip


def test_a_mistaken_act_is_answered_with_words_and_changes_nothing(city: City) -> None:
    case, bare, centre = a_dispatched(city, 0), a_dispatched(city, 1), a_client(a_user(Role.DISPATCHER))
    do(centre, case, "call_coordination", note="多部门")
    for act, body in MISTAKEN:
        about = bare if act == "call_coordination" else case
        before = lines(about)
        answer = do(centre, about, act, key="mistaken", **body)
        assert answer.status_code == 400, (act, body, answer.content)
        assert answer.json()["detail"]
        assert lines(about) == before
    assert Case.objects.count() == 2


def test_who_has_no_seat_looks_and_does_nothing(city: City) -> None:
    case = a_dispatched(city, 0)
    do(a_client(a_user(Role.DISPATCHER)), case, "call_coordination", note="多部门")
    leader, stranger = a_client(a_user(Role.LEADER)), a_client(a_user(None))
    assert of(leader, case)["acts"] == []
    assert do(leader, case, "plan_step", who={"department": "x"}, note="x").status_code == 403
    assert stranger.get(address(case)).status_code == 404
    assert do(stranger, case, "plan_step", who={"department": "x"}, note="x").status_code == 404
    assert Client().get(address(case)).status_code == 401
    assert Client().get("/api/units").status_code == 401


def test_a_coordination_costs_the_same_however_much_was_promised(
    city: City, django_assert_max_num_queries: Any
) -> None:
    case = a_dispatched(city, 0)
    centre = a_client(a_user(Role.DISPATCHER))
    own = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    do(own, case, "call_coordination", note="多部门")
    for n in range(6):
        made = do(own, case, "write_commitment", key=f"w{n}", who={"department": f"局{n}"}, note="x", until=soon())
        do(own, case, "sign_commitment", meant=made.json()["made"], signer="x")
        do(own, case, "plan_step", key=f"p{n}", who={"department": f"局{n}"}, note="x")
        do(centre, case, "split", key=f"s{n}", note=f"第{n}处")
    assert CasePart.objects.count() == 6
    with django_assert_max_num_queries(32):  # whatever the number
        told = of(own, case)
    assert [c["acts"] for c in told["coordinations"][0]["commitments"]] == [["meet_commitment", "ask_release"]] * 6


@pytest.mark.usefixtures("english")
def test_the_letter_and_the_page_are_for_those_who_may_see_the_case(city: City) -> None:
    case = a_dispatched(city, 0)
    centre = a_client(a_user(Role.DISPATCHER))
    other = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    do(centre, case, "call_coordination", note="多部门")
    who, limit = {"department": "<b>水务局</b>"}, {"limit_value": 2, "limit_unit": "UH"}
    made = do(centre, case, "write_commitment", who=who, note="关阀", **limit).json()["made"]
    letter, page = f"/cases/{case.number}/commitments/{made}/", f"/cases/{case.number}/coordination/"
    blank = centre.get(letter, headers={"accept-language": "en"}).content.decode()
    assert "关阀" in blank
    assert "&lt;b&gt;水务局&lt;/b&gt;" in blank
    assert "SHA-256" not in blank
    do(centre, case, "sign_commitment", meant=made, signer="王建国")
    signed = centre.get(letter, headers={"accept-language": "en"}).content.decode()
    assert Commitment.objects.get().digest in signed
    assert "王建国" in signed
    assert "2 hours by the clock" in signed
    assert centre.get(page).status_code == 200
    for client in (other, a_client(a_user(None))):
        assert client.get(letter).status_code == client.get(page).status_code == 404
    assert centre.get(f"/cases/{case.number}/commitments/{made + 1}/").status_code == 404
    assert Client().get(letter).status_code == 302
