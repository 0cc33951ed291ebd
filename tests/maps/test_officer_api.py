"""The officer's phone over HTTP: his cases, acts done exactly once, photos and who sees them."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import assigning, handling
from cases.errors import AlreadyDone, NotYours
from cases.models import Case, CasePhoto, DoneOnce, Message, StageLimit
from cases.workflow import Stage
from cells.models import FilingCondition, Role, Rule
from spatial import crs as reference
from tests.cases.makers import a_case, a_user
from tests.cases.phone import BLUE, a_jpeg
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, a_dispatched, a_file, an_officer, lines, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.PHOTOS = tmp_path / "photos"


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


# ---- the list ------------------------------------------------------------------------------------------------------


def test_an_officer_sees_the_cases_of_his_grids_nearest_first(city: City) -> None:
    officer = an_officer(city, 0, name="li")  # the grid of columns 0 and 1
    near, far = a_dispatched(city, 0, 0), a_dispatched(city, 1, 1)
    a_dispatched(city, 2), a_dispatched(city, 5)  # the other grid of his community, and another community
    a_case(lon=city.metres(0, 1)[0], lat=city.metres(0, 1)[1], crs=reference.CITY, at=EARLIER)  # not dispatched yet
    lon, lat = city.lonlat(1, 1)
    told = a_client(officer).get("/api/my/cases", {"lon": lon, "lat": lat}).json()
    assert [c["number"] for c in told["cases"]] == [far.number, near.number]
    # One cell of 100 m to the west and one to the north.
    assert [c["distance_m"] for c in told["cases"]] == pytest.approx([0.0, 141.4], abs=0.2)
    first = told["cases"][0]
    assert (first["stage"], first["words"], first["mine"]) == ("dispatched", "路面塌陷", False)
    assert set(first["acts"]) == {"take_on", "handle", "return", "ask_extension", "ask_help", "escalate"}
    assert first["told"]["note"] == "尽快"
    assert (first["lon"], first["lat"]) == pytest.approx((lon, lat), abs=1e-7)


def test_without_a_place_of_the_phone_the_oldest_comes_first(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    first, second = a_dispatched(city, 0), a_dispatched(city, 1)
    told = a_client(officer).get("/api/my/cases").json()
    assert [c["number"] for c in told["cases"]] == [first.number, second.number]
    assert [c["distance_m"] for c in told["cases"]] == [None, None]


def test_what_is_given_to_one_officer_is_no_more_the_others(city: City) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    case = a_dispatched(city, 0)
    assigning.assign(case, person=wang, by=li, at=timezone.now())
    assert a_client(li).get("/api/my/cases").json()["cases"] == []
    (told,) = a_client(wang).get("/api/my/cases").json()["cases"]
    assert (told["number"], told["mine"], told["assignee"]) == (case.number, True, "wang")


def test_the_desk_sees_all_cases_of_its_community(city: City) -> None:
    desk, officer = a_person(Role.COMMUNITY, territory=city.community(0, 0)), an_officer(city, 0, name="li")
    case, other = a_dispatched(city, 0), a_dispatched(city, 3)
    a_dispatched(city, 6)
    assigning.assign(case, person=officer, by=desk, at=timezone.now())
    assert {c["number"] for c in a_client(desk).get("/api/my/cases").json()["cases"]} == {case.number, other.number}


def test_the_list_costs_the_same_however_many_cases_it_has(city: City, django_assert_max_num_queries: Any) -> None:
    client = a_client(an_officer(city, 0, name="li"))
    for n in range(8):
        send(client, "photo", a_dispatched(city, n % 2, words=f"{n}"), key=f"{n}", before=a_file(a_jpeg(100 + n, 80)))
    with django_assert_max_num_queries(14):
        assert len(client.get("/api/my/cases").json()["cases"]) == 8


def test_strangers_and_people_of_the_centre_have_no_work_there(city: City) -> None:
    a_dispatched(city, 0)
    assert Client().get("/api/my/cases").status_code == 401
    assert a_client(a_user(None)).get("/api/my/cases").json()["cases"] == []
    assert a_client(a_user(Role.LEADER)).get("/api/my/cases").json()["cases"] == []


# ---- acts ----------------------------------------------------------------------------------------------------------


def test_an_officer_takes_a_case_on_and_handles_it_with_photos(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    case, client = a_dispatched(city, 0), a_client(officer)
    lon, lat = city.lonlat(0, 0)
    taken = send(client, "take_on", case, key="a", lon=lon, lat=lat, accuracy_m=8, done_at="2026-03-01T10:00:00+08:00")
    assert taken.status_code == 200, taken.content
    assert Case.objects.get().assignee == officer
    done = send(
        client, "handle", case, key="b", note="已清", lon=lon, lat=lat, accuracy_m=8.25,
        done_at=(timezone.now() - dt.timedelta(minutes=40)).isoformat(),
        before=a_file(a_jpeg(lon=lon, lat=lat)), after=a_file(a_jpeg(colour=BLUE, lon=lon, lat=lat)),
    )  # fmt: skip
    assert done.status_code == 200, done.content
    assert done.json()["stage"] == "handled"
    line = Case.objects.get().history.order_by("pk").last()
    assert line is not None
    assert (line.act, line.note, line.by) == ("handle", "已清", officer)
    assert line.photo is not None
    assert (line.photo.kind, line.photo.place_verdict) == ("after", "there")
    assert line.place.coords == pytest.approx(city.metres(0, 0), abs=0.05)
    assert line.given["more"]["accuracy_m"] == 8.2
    assert line.given["more"]["done_at"]
    assert CasePhoto.objects.count() == 2


def test_the_same_act_sent_again_is_done_once_and_answered_alike(city: City) -> None:
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    first = send(client, "handle", case, after=a_file())
    second = send(client, "handle", case, after=a_file())
    assert (first.status_code, second.status_code) == (200, 200)
    assert (first.json()["again"], second.json()["again"]) == (False, True)
    assert first.json() | {"again": True} == second.json()
    assert lines(case) == ["report", "file", "dispatch", "handle"]
    assert (DoneOnce.objects.count(), CasePhoto.objects.count()) == (1, 1)


def test_a_key_for_something_else_is_a_mistake_and_another_users_key_is_his_own(city: City) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    case, other = a_dispatched(city, 0), a_dispatched(city, 1)
    assert send(a_client(li), "take_on", case).status_code == 200
    wrong = send(a_client(li), "take_on", other)
    assert (wrong.status_code, wrong.json()["where"]["field"]) == (400, "key")
    assert send(a_client(wang), "take_on", other).status_code == 200
    for key in ("", "k" * 65, "a\nb"):
        assert send(a_client(li), "photo", other, key=key, before=a_file()).status_code == 400


def test_what_was_refused_used_up_no_key_and_left_no_photo(city: City) -> None:
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    refused = send(client, "handle", case, before=a_file())  # the photo after the work is missing
    assert (refused.status_code, refused.json()["where"]["field"]) == (400, "photo")
    assert (DoneOnce.objects.count(), CasePhoto.objects.count()) == (0, 0)
    assert send(client, "handle", case, before=a_file(), after=a_file(a_jpeg(colour=BLUE))).status_code == 200


def test_a_city_may_do_without_the_photo(city: City) -> None:
    Rule.objects.filter(pk="officer_photo_needed").update(value=0)
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    assert send(client, "handle", case).status_code == 200


def test_a_photo_that_was_sent_before_counts(city: City) -> None:
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    assert send(client, "photo", case, key="p", after=a_file()).status_code == 200
    assert lines(case) == ["report", "file", "dispatch"]
    assert send(client, "handle", case, key="h").status_code == 200
    assert Case.objects.get().history.order_by("pk").last().photo.kind == "after"  # type: ignore[union-attr]


def test_who_was_slower_is_told_who_was_quicker_and_when(city: City) -> None:
    li, wang = an_officer(city, 0, name="li"), an_officer(city, 0, name="wang")
    case = a_dispatched(city, 0)
    assert send(a_client(wang), "take_on", case).status_code == 200
    late = send(a_client(li), "take_on", case)
    assert (late.status_code, late.json()["error"]) == (409, "already_done")
    assert late.json()["where"]["by"] == "wang"
    assert late.json()["where"]["at"]


def test_reasons_are_asked_for_and_help_makes_a_case_nobodys(city: City) -> None:
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    send(client, "take_on", case, key="t")
    for act in ("ask_help", "return", "ask_extension"):
        without = send(client, act, case, key=act)
        assert (without.status_code, without.json()["where"]["field"]) == (400, "reason")
    assert send(client, "ask_help", case, key="h", note="要吊车").status_code == 200
    case.refresh_from_db()
    assert (case.stage, case.assignee, case.wants_help) == (Stage.HANDLING, None, True)
    again = send(client, "ask_help", case, key="h2", note="要吊车")
    assert again.status_code == 409
    (told,) = client.get("/api/my/cases").json()["cases"]
    assert (told["wants_help"], told["told"]["note"], "ask_help" in told["acts"]) == (True, "要吊车", False)


def test_a_verification_that_was_asked_for_is_made_by_phone(city: City) -> None:
    from cases import verifying
    from cases.intake import receive
    from tests.cases.makers import a_report

    officer = an_officer(city, 0, name="li")
    x, y = city.metres(0, 0)
    case = receive(a_report(lon=x, lat=y, crs=reference.CITY, source="patrol"), by=a_user(Role.COLLECTOR), at=EARLIER)
    verifying.ask_verify(case, by=None, at=EARLIER, whom=officer)
    client = a_client(officer)
    (told,) = client.get("/api/my/cases").json()["cases"]
    assert told["acts"] == ["verify"]
    assert send(client, "verify", case, key="0").status_code == 400
    assert send(client, "verify", case, key="1", found="false", before=a_file()).status_code == 200
    case.refresh_from_db()
    assert (case.stage, case.true) == (Stage.VERIFIED, False)


def test_what_was_fixed_on_the_spot_is_a_case_of_its_own(city: City) -> None:
    client = a_client(an_officer(city, 0, name="li"))
    lon, lat = city.lonlat(0, 0)
    given = {"words": "清走一袋垃圾", "class": "event-0103", "lon": lon, "lat": lat}
    without = send(client, "fix_on_spot", None, **given)
    assert (without.status_code, without.json()["where"]["field"]) == (400, "photo")
    assert Case.objects.count() == 0
    for again in (False, True):
        done = send(client, "fix_on_spot", None, **given, after=a_file(), before=a_file(a_jpeg(colour=BLUE)))
        assert (done.status_code, done.json()["again"]) == (200, again), done.content
    case = Case.objects.get()
    assert (case.on_spot, case.stage, case.source_id) == (True, Stage.HANDLED, "patrol")
    assert lines(case) == ["report", "fix_on_spot"]
    # Not in another's grid, nor outside the city.
    lon, lat = city.lonlat(6, 0)
    assert (
        send(client, "fix_on_spot", None, key="2", **given | {"lon": lon, "lat": lat}, after=a_file()).status_code
        == 403
    )
    assert send(client, "fix_on_spot", None, key="3", **given | {"lon": lon + 2}, after=a_file()).status_code == 422
    assert Case.objects.count() == 1


def test_a_phone_does_no_other_act_and_in_no_other_territory(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    client, foreign = a_client(officer), a_dispatched(city, 6)
    assert send(client, "close", foreign).status_code == 400
    assert send(client, "take_on", foreign).status_code == 404
    assert send(client, "photo", foreign, before=a_file()).status_code == 404
    assert client.post(f"/api/cases/{foreign.number}/photos", {"file": a_file()}).status_code == 404
    # His community's other grid lies beyond his post too.
    assert send(client, "take_on", a_dispatched(city, 3)).status_code == 403
    assert send(client, "take_on", None).status_code == 400
    with pytest.raises(NotYours):
        handling.handle(foreign, by=officer, at=timezone.now())


def test_what_one_entered_is_not_sent_by_another(city: City) -> None:
    li, case = an_officer(city, 0, name="li"), a_dispatched(city, 0)
    other = send(a_client(li), "take_on", case, **{"as": str(li.pk + 1)})
    assert (other.status_code, other.json()["error"]) == (401, "login_needed")
    assert send(a_client(li), "take_on", case, **{"as": str(li.pk)}).status_code == 200


def test_a_dreaming_phone_hinders_nothing(city: City) -> None:
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    assert send(client, "take_on", case, lon="0", lat="0", done_at="yesterday").status_code == 200
    line = case.history.order_by("pk").last()
    assert line is not None
    assert (line.place, line.given.get("more")) == (None, None)
    assert client.get("/api/my/cases", {"lon": "1e999", "lat": "x"}).status_code == 400


def test_assigning_asks_for_somebody_of_the_unit_and_not_the_same_again(city: City) -> None:
    desk, li = a_person(Role.COMMUNITY, territory=city.community(0, 0)), an_officer(city, 0, name="li")
    case, away = a_dispatched(city, 0), an_officer(city, 6, name="zhao")
    with pytest.raises(NotYours):
        assigning.assign(case, person=away, by=desk, at=timezone.now())
    assigning.assign(case, person=li, by=desk, at=timezone.now())
    with pytest.raises(AlreadyDone):
        assigning.assign(case, person=li, by=desk, at=timezone.now())
    assert lines(case) == ["report", "file", "dispatch", "assign"]


@pytest.mark.django_db(transaction=True)
def test_two_sends_at_the_same_time_are_one_act(city: City) -> None:
    client_of = an_officer(city, 0, name="li")
    case, barrier, answers = a_dispatched(city, 0), threading.Barrier(4), []

    def sending() -> None:
        client = a_client(client_of)
        barrier.wait()
        answers.append(send(client, "handle", case, after=a_file()))
        connection.close()

    threads = [threading.Thread(target=sending) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [200] * 4, [a.content for a in answers]
    assert sorted(a.json()["again"] for a in answers) == [False, True, True, True]
    assert lines(case) == ["report", "file", "dispatch", "handle"]
    assert CasePhoto.objects.count() == 1


def test_what_is_beyond_duty_goes_up_from_the_phone_once_and_both_are_told(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    seconded = a_person(Role.SECONDED, territory=city.community(0, 0))
    case, client = a_dispatched(city, 0), a_client(officer)
    lon, lat = city.lonlat(0, 0)
    given = {"note": "电缆外露", "measure": "已拉警戒线", "lon": lon, "lat": lat}
    without = send(client, "escalate", case, key="e", note="电缆外露")
    assert (without.status_code, without.json()["where"]["field"]) == (400, "measure")
    assert [send(client, "escalate", case, key="e", **given).json()["again"] for _ in range(2)] == [False, True]
    assert lines(case) == ["report", "file", "dispatch", "escalate"]
    line = case.history.get(act="escalate")
    assert (line.given["more"]["measure"], line.place is not None) == ("已拉警戒线", True)
    told = {(message.kind, message.person) for message in Message.objects.all()}
    assert told == {("reported_up", None), ("told_seconded", seconded.person)}
    assert client.get("/api/my/cases").json()["cases"] == []


def test_a_part_is_reported_from_the_phone(city: City) -> None:
    FilingCondition.objects.all().delete()
    StageLimit.objects.filter(stage="handle").delete()
    for order in (1, 2):
        StageLimit.objects.create(stage="handle", order=order, label_en=f"part {order}", value=order, unit="UH")
    client, case = a_client(an_officer(city, 0, name="li")), a_dispatched(city, 0)
    (seen,) = client.get("/api/my/cases").json()["cases"]
    assert ("finish_part" in seen["acts"], seen["part"]["part"], seen["part"]["of"]) == (True, 1, 2)
    assert send(client, "finish_part", case, part="1").status_code == 200
    (seen,) = client.get("/api/my/cases").json()["cases"]
    assert ("finish_part" in seen["acts"], seen["part"]["part"]) == (False, 2)
    assert send(client, "finish_part", case, key="k2", part="x").status_code == 400
