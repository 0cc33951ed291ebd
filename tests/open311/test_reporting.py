"""Reports come in: who may, what is missing, what is wrong, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone
from PIL import Image

from cases import keyring
from cases.models import Caller, Case, OpenDoor, OpenKey, OpenRequest
from cases.workflow import Stage
from spatial import crs as reference
from spatial import gcj02
from tests.cases.makers import a_component
from tests.open311.desk import DIRTY, LAMP, ROAD, Desk

pytestmark = pytest.mark.django_db


def refused(desk: Desk, status: int = 400, **given: Any) -> list[str]:
    """The words of a refusal, the same in both formats; nothing came in."""
    before = Case.objects.count()
    answer = desk.post(**given)
    assert answer.status == status, answer.told
    other = desk.post(form="xml", **given)
    assert [row["description"] for row in other.told] == [row["description"] for row in answer.told]
    assert Case.objects.count() == before
    return [row["description"] for row in answer.told]


# ---- keys -----------------------------------------------------------------------------------------------------------


def test_a_report_without_a_key_is_403(desk: Desk) -> None:
    assert "No api_key" in refused(desk, 403, key="")[0]


def test_a_report_with_a_key_that_is_none_is_403(desk: Desk) -> None:
    assert "not known" in refused(desk, 403, key="x" * 40)[0]


def test_a_report_with_an_obsolete_key_is_403(desk: Desk) -> None:
    OpenKey.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    refused(desk, 403)
    OpenKey.objects.update(until=None, is_active=False)
    refused(desk, 403)


def test_a_key_opens_only_what_it_is_for(desk: Desk) -> None:
    OpenKey.objects.update(scopes=["exchange"])
    assert "does not open" in refused(desk, 403)[0]


def test_a_key_may_stand_in_the_address(desk: Desk) -> None:
    lon, lat = desk.city.lonlat(0, 0)
    asked = f"/open311/v2/requests.json?api_key={desk.key}"
    body = f"service_code={DIRTY}&lat={lat}&long={lon}"
    answer = desk.client.post(asked, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


def test_a_key_used_too_often_is_told_when_to_come_again(desk: Desk) -> None:
    OpenKey.objects.update(per_day=2)
    assert [desk.post(description=f"{n}").status for n in range(3)] == [200, 200, 429]
    answer = desk.post()
    assert 0 < int(answer.headers["Retry-After"]) <= 86400
    assert Case.objects.count() == 2


def test_only_the_digest_of_a_key_is_kept(desk: Desk) -> None:
    kept = OpenKey.objects.values().get()
    assert desk.key not in str(kept)
    assert kept["digest"] == keyring.digest_of(desk.key)


# ---- what is missing ------------------------------------------------------------------------------------------------


def test_a_report_without_a_service_code_is_refused(desk: Desk) -> None:
    assert refused(desk, service_code=None) == ["service_code is missing."]


def test_a_report_of_an_unknown_service_is_404(desk: Desk) -> None:
    refused(desk, 404, service_code="event-9999")
    refused(desk, 404, service_code="event-0199")  # in the catalogue, not open


def test_a_report_without_a_place_is_refused(desk: Desk) -> None:
    assert "No place" in refused(desk, lat=None, long=None)[0]


def test_all_that_is_missing_is_told_at_once(desk: Desk) -> None:
    assert len(refused(desk, service_code=None, lat=None, long=None, description="长" * 4001)) == 3


# ---- places ---------------------------------------------------------------------------------------------------------


def test_a_place_by_degrees_has_its_cell_and_owner(desk: Desk) -> None:
    case = desk.case()
    assert case.cell == desk.city.cell(0, 0)
    assert case.owner == desk.city.community(0, 0)
    assert (case.source_id, case.stage) == ("public", Stage.REPORTED)


def test_a_place_by_address_waits_to_be_located(desk: Desk) -> None:
    case = desk.case(lat=None, long=None, address_string="乙里七号")
    assert (case.address, case.place, case.stage) == ("乙里七号", None, Stage.REPORTED)


def test_a_place_by_the_number_on_a_plate_is_the_components(desk: Desk) -> None:
    lamp = a_component(*desk.city.metres(3, 1))
    case = desk.case(lat=None, long=None, address_id=lamp.code)
    assert (case.component, case.cell) == (lamp, desk.city.cell(3, 1))
    assert "No component" in refused(desk, lat=None, long=None, address_id="0000")[0]


def test_a_latitude_alone_is_refused(desk: Desk) -> None:
    assert refused(desk, long=None) == ["Only lat is given: a place has lat and long."]
    assert refused(desk, lat=None) == ["Only long is given: a place has lat and long."]


def test_a_latitude_of_91_is_refused(desk: Desk) -> None:
    assert "lat is 91" in refused(desk, lat=91)[0]
    assert "long is -181" in refused(desk, long=-181)[0]


@pytest.mark.parametrize("found", ["NaN", "inf", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(desk: Desk, found: str) -> None:
    assert "not a number" in refused(desk, lat=found)[0]


@pytest.mark.parametrize("found", ["north", "34,7", "0x22", "３４", "1_0", "--3"])
def test_a_text_for_a_number_is_refused(desk: Desk, found: str) -> None:
    assert "not a number" in refused(desk, lat=found)[0]


def test_a_place_outside_the_city_has_a_code_of_its_own(desk: Desk) -> None:
    _, lat = desk.city.lonlat(0, 0)
    assert desk.post(lat=lat + 0.5).codes == ["400.outside"]
    assert Case.objects.count() == 0
    OpenDoor.objects.update(keep_outside=True)
    assert desk.case(lat=lat + 0.5).owner is None


def test_a_place_on_the_edge_of_two_cells_has_one_owner(desk: Desk) -> None:
    for column, row in ((1, 0), (2, 0), (2, 1)):
        lon, lat = desk.city.lonlat(column, row, east=0.0, south=0.0)
        case = desk.case(lat=lat, long=lon)
        assert case.cell is not None
        assert case.owner is not None


def test_a_shifted_place_is_taken_only_by_its_name(desk: Desk) -> None:
    """The web maps of China shift their places by hundreds of metres: never guessed, undone where `crs` says so."""
    lon, lat = desk.city.lonlat(1, 1)
    shifted = gcj02.wgs84_to_gcj02(np.array([[lon, lat]]))[0]
    case = desk.case(long=shifted[0], lat=shifted[1], crs="GCJ-02")
    assert (case.cell, case.given_crs) == (desk.city.cell(1, 1), reference.GCJ02)
    assert "MARS" in refused(desk, crs="MARS")[0]


# ---- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_that_is_required_is_asked_for(desk: Desk) -> None:
    assert "attribute[fault] is missing" in refused(desk, service_code=LAMP)[0]
    case = desk.case(service_code=LAMP, **{"attribute[fault]": "dark"})
    assert case.open_request.attributes == {"fault": "dark"}


def test_an_answer_that_is_not_in_the_list_is_refused(desk: Desk) -> None:
    assert "it takes dark, flicker" in refused(desk, service_code=LAMP, **{"attribute[fault]": "melted"})[0]
    assert "2 values" in refused(desk, service_code=LAMP, **{"attribute[fault]": ["dark", "day"]})[0]


def test_an_answer_to_no_question_passes(desk: Desk) -> None:
    case = desk.case(**{"attribute[colour]": "green"})
    assert case.open_request.attributes == {}


def test_several_answers_to_one_question_are_kept(desk: Desk) -> None:
    case = desk.case(service_code=ROAD, **{"attribute[danger][]": ["cars", "bikes", "cars"]})
    assert case.open_request.attributes == {"danger": ["cars", "bikes"]}
    assert "“walls”" in refused(desk, service_code=ROAD, **{"attribute[danger][]": ["cars", "walls"]})[0]


def test_numbers_and_moments_are_such(desk: Desk) -> None:
    assert "not a number" in refused(desk, service_code="event-0506", **{"attribute[depth_cm]": "deep"})[0]
    assert "%2B" in refused(desk, service_code="event-0301", **{"attribute[since]": "2026-03-02T22:00:00 08:00"})[0]
    case = desk.case(service_code="event-0301", **{"attribute[since]": "2026-03-02T22:00:00+08:00"})
    assert case.open_request.attributes == {"since": "2026-03-02T22:00:00+08:00"}


# ---- words ----------------------------------------------------------------------------------------------------------


def test_4000_signs_are_taken_and_4001_are_not(desk: Desk) -> None:
    assert len(desk.case(description="路" * 4000).words) == 4000
    assert "4001 characters" in refused(desk, description="路" * 4001)[0]


def test_emoji_chinese_and_lines_are_kept(desk: Desk) -> None:
    words = "井盖💥破损\n第二行：𠮷野家门口"
    assert desk.case(description=words).words == words


def test_html_is_plain_text(desk: Desk) -> None:
    assert desk.case(description="<script>alert(1)</script> & <b>").words == "<script>alert(1)</script> & <b>"


def test_a_plus_that_was_not_written_as_percent_2b_is_no_telephone_of_another(desk: Desk) -> None:
    desk.case(phone="+8613800000000", first_name="小明", last_name="王")
    caller = Caller.objects.get()
    assert (caller.name, caller.telephone) == ("王小明", "+8613800000000")


def test_what_is_empty_is_not_there(desk: Desk) -> None:
    names = ("email", "device_id", "account_id", "first_name", "last_name", "phone", "media_url", "address_id")
    case = desk.case(**dict.fromkeys(names, ""))
    assert not case.callers.exists()
    assert desk.post(description="").status == 200


def test_words_that_are_not_utf8_are_refused(desk: Desk) -> None:
    lon, lat = desk.city.lonlat(0, 0)
    gbk = quote("路面".encode("gbk"))
    answer = desk.post_raw(f"api_key={desk.key}&service_code={DIRTY}&lat={lat}&long={lon}&description={gbk}")
    assert (answer.status, "UTF-8" in answer.told[0]["description"]) == (400, True)
    assert "no text" in refused(desk, description="a\x00b")[0]


def test_a_body_that_is_no_form_is_refused(desk: Desk) -> None:
    answer = desk.post_raw(b'{"service_code": 1}', kind="application/json")
    assert (answer.status, "x-www-form-urlencoded" in answer.told[0]["description"]) == (400, True)
    assert desk.post_raw(b"a=" + b"x" * 600_000).status == 400
    assert desk.post_raw(b"--x\r\nbroken", kind="multipart/form-data").status == 400


# ---- once -----------------------------------------------------------------------------------------------------------


def test_the_same_report_of_the_same_device_is_one(desk: Desk) -> None:
    given = {"device_id": "d1", "description": "同一件事"}
    first = desk.case(**given)
    assert desk.case(**given) == first
    assert desk.case(**{**given, "device_id": "d2"}) != first
    assert desk.case(**{**given, "description": "另一件事"}) != first
    OpenRequest.objects.update(came_at=timezone.now() - dt.timedelta(days=2))
    assert desk.case(**given) != first  # two days later it is there again


def test_a_key_of_the_report_makes_it_one_for_good(desk: Desk) -> None:
    again = {"Idempotency-Key": "r1"}
    first = desk.case(headers=again)
    OpenRequest.objects.update(came_at=timezone.now() - dt.timedelta(days=400))
    assert desk.case(headers=again) == first
    assert "another report" in refused(desk, headers=again, description="別")[0]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(desk: Desk) -> None:
    def send(n: int) -> int:
        try:
            return desk.case(device_id="d", description="同时").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(send, range(8)))) == 1


# ---- pictures -------------------------------------------------------------------------------------------------------


def test_a_picture_comes_with_the_report_or_nothing_does(desk: Desk, tmp_path: Any, settings: Any) -> None:
    settings.PHOTOS = tmp_path
    lon, lat = desk.city.lonlat(0, 0)
    data = {"api_key": desk.key, "service_code": DIRTY, "lat": lat, "long": lon}
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(picture, "JPEG")

    def file(content: bytes) -> Any:
        found = io.BytesIO(content)
        found.name = "a.jpg"
        return found

    good = encode_multipart(BOUNDARY, {**data, "media": file(picture.getvalue())})
    assert desk.post_raw(good, kind=MULTIPART_CONTENT).status == 200
    assert Case.objects.get().photos.count() == 1
    bad = encode_multipart(BOUNDARY, {**data, "description": "别的", "media": file(b"GIF89a no")})
    assert desk.post_raw(bad, kind=MULTIPART_CONTENT).status == 400
    assert Case.objects.count() == 1


def test_the_address_of_a_picture_is_stripped_and_one_that_is_none_refused(desk: Desk) -> None:
    case = desk.case(media_url=" https://example.org/a.jpg ")
    assert case.open_request.media_url == "https://example.org/a.jpg"
    assert "media_url" in refused(desk, media_url="javascript:alert(1)")[0]


def test_neither_mail_nor_device_is_kept(desk: Desk) -> None:
    desk.case(email="li@example.org", device_id="device-77", account_id="account-88", first_name="Ada")
    with connection.cursor() as cursor:
        for table in ("cases_case", "cases_openrequest", "cases_caller", "cases_caseevent"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ 'li@example|device-77|account-88'")
            assert cursor.fetchone() == (0,), table
