"""Cases by the REST door: filters, pages, what is never told, reports that come in once."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from cases import intake
from cases.models import Case
from cases.moves import move
from cases.workflow import Act, Side
from cells.models import Role
from tests.cases.makers import a_report, a_user
from tests.makers import City
from tests.rest.desk import ROOT, Program, a_dispatched, a_program

pytestmark = pytest.mark.django_db
CALLER, TELEPHONE = "欧阳修文", "13800001111"


def numbers(answer: object) -> list[str]:
    assert answer.status_code == 200, answer.content  # type: ignore[attr-defined]
    return [item["number"] for item in answer.json()["items"]]  # type: ignore[attr-defined]


def test_a_case_is_told_without_anything_of_people(city: City) -> None:
    case = a_dispatched(
        city,
        0,
        words=f"王女士 {TELEPHONE} 说井盖破损",
        caller_name=CALLER,
        caller_telephone=TELEPHONE,
        address="甲里一号",
    )
    officer = a_user(Role.OFFICER, name="liming")
    Case.objects.filter(pk=case.pk).update(handler=officer)
    program = a_program()
    answers = [program.get(p) for p in ("cases", f"cases/{case.number}", f"cases/{case.number}/history")]
    for answer in answers:
        said = json.dumps(answer.json(), ensure_ascii=False)
        assert not [secret for secret in (CALLER, TELEPHONE, "liming", "handler") if secret in said], said
    told = answers[1].json()
    lon, lat = city.lonlat(0, 0)
    assert (told["lon"], told["lat"]) == (pytest.approx(lon, abs=1e-7), pytest.approx(lat, abs=1e-7))
    assert told["words"] == "王女士 ＊＊＊ 说井盖破损"
    assert (told["owner"], told["cell"]) == (city.community_code(0, 0), city.code(0, 0))
    acts = [line["act"] for line in answers[2].json()["items"]]
    assert acts == ["report", "file", "dispatch"]


def test_words_that_nobody_has_read_are_not_told(city: City) -> None:
    lon, lat = city.metres(0, 0)
    report = a_report(lon=lon, lat=lat, crs="CITY", words="张三家暴")
    case = intake.receive(report, by=a_user(None), at=timezone.now())
    assert a_program().get(f"cases/{case.number}").json()["words"] is None


def test_a_territory_is_all_that_its_token_sees(city: City) -> None:
    mine, foreign = (a_dispatched(city, column) for column in (0, 2))
    program = a_program(territory=city.community(0, 0))
    assert numbers(program.get("cases")) == [mine.number]
    assert numbers(program.get("cases", unit=city.community_code(2, 0))) == []
    for path in (f"cases/{foreign.number}", f"cases/{foreign.number}/history"):
        answer = program.get(path)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
    assert program.get(f"cases/{mine.number}").status_code == 200
    assert sorted(numbers(a_program(name="city").get("cases"))) == sorted([mine.number, foreign.number])


def test_filters_hold_together(city: City) -> None:
    one, other = a_dispatched(city, 0), a_dispatched(city, 3, catalogue_class="event-0112")
    program = a_program()
    lon, lat = city.lonlat(0, 0)
    around = f"{lon - 0.0003},{lat - 0.0003},{lon + 0.0003},{lat + 0.0003}"
    later = (timezone.now() + dt.timedelta(hours=1)).isoformat()
    assert numbers(program.get("cases", bbox=around)) == [one.number]
    assert numbers(program.get("cases", bbox="-180,-90,180,90")) == [other.number, one.number]
    assert numbers(program.get("cases", bbox="0,0,1,1")) == []
    assert numbers(program.get("cases", class_code="event-0112")) == [other.number]
    assert numbers(program.get("cases", unit=city.community_code(0, 0), stage="dispatched")) == [one.number]
    assert numbers(program.get("cases", stage="closed")) == []
    assert numbers(program.get("cases", reported_from=later)) == []
    assert numbers(program.get("cases", reported_before=later)) == [other.number, one.number]


def test_updated_since_goes_by_when_it_was_written_down(city: City) -> None:
    long_ago = timezone.now() - dt.timedelta(days=30)
    case = a_dispatched(city, 0)
    Case.objects.filter(pk=case.pk).update(reported_at=long_ago)
    since = (timezone.now() - dt.timedelta(hours=1)).isoformat()
    program = a_program()
    assert numbers(program.get("cases", updated_since=since)) == [case.number]
    assert numbers(program.get("cases", updated_since=(timezone.now() + dt.timedelta(hours=1)).isoformat())) == []


def test_pages_stay_whole_while_cases_come_in(city: City) -> None:
    there = [a_dispatched(city, n % 4).number for n in range(5)]
    program = a_program()
    first = program.get("cases", limit=2)
    fresh = a_dispatched(city, 1).number
    found, onward = numbers(first), first.json()["next"]
    while onward:
        answer = program.get("cases", limit=2, cursor=onward)
        found, onward = found + numbers(answer), answer.json()["next"]
    assert found == there[::-1]
    assert fresh not in found


@pytest.mark.parametrize("cursor", ["x", "eyJhIjoxfQ:abc", "\x00", "页"])
def test_a_cursor_that_is_none_of_ours_is_refused_in_words(city: City, cursor: str) -> None:
    answer = a_program().get("cases", cursor=cursor)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:wanmi:problem:bad_request"
    assert "cursor" in answer.json()["detail"]


def test_a_cursor_of_another_question_or_program_is_refused(city: City) -> None:
    for column in (0, 1, 2):
        a_dispatched(city, column)
    program = a_program()
    onward = program.get("cases", limit=1).json()["next"]
    assert program.get("cases", limit=1, stage="dispatched", cursor=onward).status_code == 400
    assert a_program(name="other").get("cases", limit=1, cursor=onward).status_code == 400
    assert program.get("cases", limit=3, cursor=onward).status_code == 200


def test_what_has_not_changed_is_not_sent_again(city: City) -> None:
    case = a_dispatched(city, 0)
    program = a_program()
    for path in ("cases", f"cases/{case.number}"):
        mark = program.get(path, limit=1)["ETag"]
        again = program.get(path, limit=1, headers={"If-None-Match": mark})
        assert (again.status_code, again.content) == (304, b"")
        assert "private" in again["Cache-Control"]
    move(
        case, Act.TAKE_ON, by=a_user(Role.COMMUNITY, territory=city.community(0, 0)), side=Side.OWNER, at=timezone.now()
    )
    changed = program.get(f"cases/{case.number}", headers={"If-None-Match": mark})
    assert changed.status_code == 200
    assert changed["ETag"] != mark


def report_at(city: City, column: int, **given: object) -> dict[str, object]:
    lon, lat = city.lonlat(column, 0)
    return {"words": "路面塌陷", "class_code": "event-0103", "lon": lon, "lat": lat, **given}


def test_a_report_comes_in_once_however_often_it_is_sent(city: City) -> None:
    program = a_program()
    first, again = (program.post(report_at(city, 0), key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert first["Location"] == f"{ROOT}/cases/{first.json()['number']}"
    case = Case.objects.get()
    assert (case.stage, case.source_id) == ("reported", "public")
    # Another report under the same key is no second copy; the same key of another program is its own.
    assert program.post(report_at(city, 1), key="k").status_code == 400
    assert a_program(name="other").post(report_at(city, 0), key="k").status_code == 201
    assert Case.objects.count() == 2


def test_who_reported_a_case_may_follow_it_beyond_its_territory(city: City) -> None:
    program = a_program(territory=city.community(0, 0))
    answer = program.post(report_at(city, 3))
    assert answer.status_code == 201
    assert program.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"lon": 34.6, "lat": 113.4}, 400, "swapped"),
        ({"lon": 116.4, "lat": 39.9}, 422, "outside"),
        ({"lon": None}, 400, "Only one"),
        ({"class_code": "event-9999"}, 400, "not a class"),
        ({"crs": "EPSG:0"}, 400, "EPSG:0"),
        ({"words": "a\x00b"}, 400, "no text"),
        ({"words": " ", "class_code": ""}, 400, "says nothing"),
        ({"component": "none"}, 400, "No component"),
        ({"nonsense": 1}, 400, "nonsense"),
    ],
)
def test_a_report_that_cannot_be_taken_is_told_what_is_wrong(
    city: City, change: dict[str, object], status: int, words: str
) -> None:
    answer = a_program().post(report_at(city, 0, **change))
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"], answer.json()
    assert Case.objects.count() == 0


@pytest.mark.parametrize("body", ["", "[]", "{", "\u0000", '{"lon": NaN, "words": "x"}', "9" * 5000])
def test_a_body_that_is_no_report_is_refused_in_words(city: City, body: str) -> None:
    program: Program = a_program()
    answer = program.post(body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]


def test_a_report_needs_its_key(city: City) -> None:
    answer = a_program().post(report_at(city, 0), key=None)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


def test_the_list_asks_the_same_number_of_questions_however_long(
    city: City, django_assert_max_num_queries: object
) -> None:
    for n in range(6):
        a_dispatched(city, n % 4)
    program = a_program(territory=city.community(0, 0))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        program.get("cases")
