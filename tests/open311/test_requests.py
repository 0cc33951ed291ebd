"""What became of reports: filters and their limits, one by its number, tokens, and nothing of who reported."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case, OpenService
from cases.workflow import Stage
from cells.models import Role
from maps.open311.requests import _asked_for
from spatial import crs as reference
from tests.cases.makers import a_case, voided
from tests.makers import a_person
from tests.maps.officer_desk import a_client
from tests.open311.desk import DIRTY, ROAD, Desk, ended, filed

pytestmark = pytest.mark.django_db


def numbers(desk: Desk, **asked: Any) -> list[str]:
    answer = desk.both("requests", **asked)
    assert answer.status == 200, answer.told
    return [row["service_request_id"] for row in answer.told]


def at(desk: Desk, column: int = 0, *, days: float = 0, **given: Any) -> Case:
    """A patrol's case of some days ago."""
    lon, lat = desk.city.lonlat(column, 0)
    moment = timezone.now() - dt.timedelta(days=days)
    return a_case(lon=lon, lat=lat, crs=reference.WGS84, at=moment, catalogue_class=given.pop("code", ROAD), **given)


def written(moment: dt.datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The city was there long before."""
    desk.city.edition.__class__.objects.update(valid_from=timezone.now() - dt.timedelta(days=900))
    return desk


# ---- filters --------------------------------------------------------------------------------------------------------


def test_a_service_code_filters_and_a_list_of_them_too(desk: Desk) -> None:
    road, dirty = at(desk), at(desk, code=DIRTY)
    assert numbers(desk, service_code=ROAD) == [road.number]
    assert numbers(desk, service_code=f"{DIRTY}, {ROAD}") == [dirty.number, road.number]
    assert numbers(desk, service_code="event-9999") == []


def test_a_list_of_numbers_is_taken(desk: Desk) -> None:
    first, _, third = (at(desk, days=n) for n in range(3))
    assert numbers(desk, service_request_id=f"{first.number},{third.number},none") == [first.number, third.number]


def test_numbers_override_every_other_filter(desk: Desk) -> None:
    old = at(desk, days=300)
    assert numbers(desk) == []
    asked = {"status": "closed", "service_code": DIRTY, "start_date": "nonsense"}
    assert numbers(desk, service_request_id=old.number, **asked) == [old.number]


def test_open_and_closed_filter(desk: Desk) -> None:
    case, done = at(desk), ended(at(desk))
    assert numbers(desk, status="open") == [case.number]
    assert numbers(desk, status="closed") == [done.number]
    assert set(numbers(desk, status="open,closed")) == {case.number, done.number}


def test_an_unknown_status_is_refused(desk: Desk) -> None:
    assert desk.both("requests", status="pending").status == 400


def test_an_empty_status_is_none(desk: Desk) -> None:
    case = at(desk)
    assert numbers(desk, status="", service_code="", start_date="", page="") == [case.number]


def test_days_filter_by_the_time_of_the_report(desk: Desk) -> None:
    day, now = dt.timedelta(days=1), timezone.now()
    cases = [at(desk, days=n) for n in (1, 3, 5)]
    asked = {"start_date": written(now - 4 * day), "end_date": written(now - 2 * day)}
    assert numbers(desk, **asked) == [cases[1].number]


def test_ninety_days_are_listed_and_ninety_one_are_not(desk: Desk) -> None:
    end = timezone.now()
    for days, status in ((90, 200), (91, 400)):
        asked = {"start_date": written(end - dt.timedelta(days=days)), "end_date": written(end)}
        assert desk.both("requests", **asked).status == status
    backwards = {"start_date": written(end), "end_date": written(end - dt.timedelta(days=1))}
    assert desk.both("requests", **backwards).status == 400


def test_the_last_ninety_days_are_what_is_listed_by_itself(desk: Desk) -> None:
    young, old = at(desk, days=89.9), at(desk, days=90.1)
    assert numbers(desk) == [young.number]
    since = written(timezone.now() - dt.timedelta(days=120))
    assert set(numbers(desk, start_date=since)) == {young.number, old.number}
    assert numbers(desk, end_date=written(timezone.now() - dt.timedelta(days=90))) == [old.number]


def test_at_most_a_thousand_are_listed(desk: Desk) -> None:
    assert _asked_for(QueryDict("")).query.high_mark == 1000
    assert desk.both("requests", page_size="1001").status == 400
    many = ",".join(map(str, range(1001)))
    assert desk.get("requests", service_request_id=many).status == 400


@pytest.mark.parametrize(
    "moment", ["2026-03-02", "2026-03-02T00:00:00", "yesterday", "2026-13-02T00:00:00Z", "9999-12-31T23:59:59-23:59"]
)
def test_a_date_that_is_none_or_has_no_zone_is_refused(desk: Desk, moment: str) -> None:
    assert desk.both("requests", start_date=moment).status == 400


def test_a_raw_plus_is_told_how_to_be_written(desk: Desk) -> None:
    answer = desk.client.get("/open311/v2/requests.json?start_date=2026-03-02T00:00:00+08:00")
    assert (answer.status_code, "%2B" in answer.json()[0]["description"]) == (400, True)


def test_pages_follow_each_other_without_gap_or_repeat(desk: Desk) -> None:
    cases = [at(desk, days=n).number for n in range(5)]
    pages = [numbers(desk, page=n, page_size=2) for n in (1, 2, 3, 4)]
    assert pages == [cases[:2], cases[2:4], cases[4:], []]
    assert numbers(desk, page=0, page_size=2) == cases[:2]
    assert desk.both("requests", page="-1").status == 400


def test_a_box_filters_by_place(desk: Desk) -> None:
    west, east = at(desk, 0), at(desk, 3)
    lon, lat = desk.city.lonlat(3, 0)
    near = f"{lon - 0.0005},{lat - 0.0005},{lon + 0.0005},{lat + 0.0005}"
    assert numbers(desk, bbox=near) == [east.number]
    assert set(numbers(desk, bbox=f"{lon - 1},{lat - 1},{lon + 1},{lat + 1}")) == {west.number, east.number}
    for wrong in ("1,2,3", "3,2,1,4", "a,b,c,d", "-180,-90,180,90"):
        assert desk.both("requests", bbox=wrong).status == 400


def test_what_changed_since_is_listed(desk: Desk) -> None:
    still, moved = at(desk, days=5), ended(at(desk, days=5))
    since = written(timezone.now() - dt.timedelta(days=1))
    assert numbers(desk, updated_after=since) == [moved.number]
    assert numbers(desk, updated_before=since) == [still.number]


def test_a_case_of_a_class_that_is_not_shown_is_not_there(desk: Desk) -> None:
    case = at(desk)
    OpenService.objects.filter(catalogue_class=case.catalogue_class).update(is_shown=False)
    assert numbers(desk) == numbers(desk, service_request_id=case.number) == []
    assert desk.both(f"requests/{case.number}").status == 404


def test_what_nobody_meant_is_not_shown_but_to_who_sent_it(desk: Desk) -> None:
    voided(at(desk, code=DIRTY), at=timezone.now())
    sent = voided(desk.case(), at=timezone.now())
    (row,) = desk.both("requests").told
    assert (row["service_request_id"], row["status"], row["description"]) == (sent.number, "closed", None)


def test_nothing_of_who_reported_is_told(desk: Desk) -> None:
    """Neither to strangers nor to a logged-in operator: what is told here is told to everybody."""
    secrets = {
        "email": "li@example.org", "phone": "13812345678", "first_name": "小明", "last_name": "欧阳",
        "device_id": "device-77", "account_id": "account-88",
    }  # fmt: skip
    case = filed(desk.case(**secrets, description="找我 13812345678 或 li@example.org，身份证 110101199003071234"))
    other = at(
        desk, words="暗井漏水，住户欧阳说", address="乙里七号", caller_name="欧阳", caller_telephone="13812345678"
    )
    ended(case)
    readers = [desk.client, a_client(a_person(Role.OPERATOR)), a_client(a_person(Role.LEADER))]
    for reader in readers:
        desk.client = reader
        for path in ("requests", f"requests/{case.number}", f"requests/{other.number}", "servicerequestupdates"):
            schema = "service_request_updates" if path.startswith("service") else "service_requests+"
            answer = desk.both(path, schema, extensions="true")
            assert answer.status == 200
            said = answer.body.decode()
            for secret in (*secrets.values(), "110101199003071234", "乙里七号", "暗井"):
                assert secret not in said, (path, secret)
    (row,) = desk.both(f"requests/{case.number}").told
    assert row["description"] == "找我 ＊＊＊ 或 ＊＊＊，身份证 ＊＊＊"


def test_words_are_told_once_the_desk_has_read_them(desk: Desk) -> None:
    case = desk.case(description="请看", media_url="https://example.org/a.jpg")
    (row,) = desk.both(f"requests/{case.number}").told
    assert (row["description"], row["media_url"]) == (None, None)
    filed(case)
    (row,) = desk.both(f"requests/{case.number}").told
    assert (row["description"], row["media_url"]) == ("请看", "https://example.org/a.jpg")


def test_the_list_asks_the_database_as_often_for_one_as_for_many(desk: Desk) -> None:
    counts = []
    for _ in range(2):
        ended(at(desk))
        desk.get("requests")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get("requests")
        counts.append(len(queries))
        [at(desk, n % 4) for n in range(5)]
    assert counts[0] == counts[1]


def test_extensions_are_off_unless_asked_for(desk: Desk) -> None:
    case = at(desk)
    assert "extended_attributes" not in desk.both("requests").told[0]
    (row,) = desk.both("requests", "service_requests+", extensions="true").told
    assert row["extended_attributes"]["status"] == "FILED"
    assert row["extended_attributes"]["cell"] == desk.city.code(0, 0)
    assert case.stage == Stage.FILED


# ---- one ------------------------------------------------------------------------------------------------------------


def test_one_request_is_a_list_of_one_with_all_that_is_known(desk: Desk) -> None:
    case = at(desk, 2)
    (row,) = desk.both(f"requests/{case.number}").told
    lon, lat = desk.city.lonlat(2, 0)
    assert abs(row["lat"] - lat) < 1e-7
    assert abs(row["long"] - lon) < 1e-7
    assert row["service_code"] == ROAD
    assert row["agency_responsible"] == row["address"].split(", ")[0]
    assert row["requested_datetime"].endswith("+08:00")


def test_an_unknown_request_is_404(desk: Desk) -> None:
    for number in ("1", "x" * 100, "%00", "💡"):
        assert desk.both(f"requests/{number}").status == 404


def test_a_request_of_a_format_that_is_none_is_404(desk: Desk) -> None:
    case = at(desk)
    for form in ("html", "XML", "jsonp"):
        assert desk.get(f"requests/{case.number}", form).status == 404


# ---- tokens ---------------------------------------------------------------------------------------------------------


def test_an_unknown_token_is_404(desk: Desk) -> None:
    assert desk.both("tokens/abc", "reported").status == 404


def test_a_report_gets_its_number_and_no_token(desk: Desk) -> None:
    (row,) = desk.post().told
    assert row["service_request_id"]
    assert "token" not in row


# ---- round trip -----------------------------------------------------------------------------------------------------


def test_a_report_is_followed_to_its_end(desk: Desk) -> None:
    case = desk.case(service_code=ROAD, description="坑")
    (row,) = desk.both(f"requests/{case.number}").told
    assert (row["status"], row["status_notes"]) == ("open", "已上报")
    done = ended(filed(case))
    (row,) = desk.both(f"requests/{case.number}").told
    assert (row["status"], row["description"]) == ("closed", "坑")
    assert done.closed_at is not None
    assert dt.datetime.fromisoformat(row["updated_datetime"]) == done.closed_at.replace(microsecond=0)
    steps = desk.both("servicerequestupdates", "service_request_updates").told
    assert [s["external_status_code"] for s in steps] == [
        "REPORTED", "FILED", "DISPATCHED", "HANDLED", "CHECKING", "CHECKED", "CLOSED",
    ]  # fmt: skip
    assert [s["status"] for s in steps] == ["open"] * 6 + ["closed"]
    assert len({s["update_id"] for s in steps}) == 7
