"""The public page: a report is one report, its code opens the public side alone, and nobody floods the city."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import answering, checking, handling, verifying
from cases.citizens import codes, following, solved
from cases.dispatch import dispatch
from cases.errors import AlreadyDone, CaseError, NoSuchCase, NotYours
from cases.models import Caller, Case, CaseEvent, CasePhoto, Follower, Opinion, ReleasedPhoto
from cases.workflow import Stage
from cells.models import Role
from tests.cases.makers import a_user
from tests.cases.phone import a_jpeg, a_zip
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client, a_file
from tests.maps.public_desk import LITTER, NAME, TELEPHONE, WORDS, a_report, code_in, send

pytestmark = pytest.mark.django_db
NOTE, ANSWER = "内部备注：找物业老李", "垃圾已清运"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.PHOTOS = tmp_path / "photos"


@pytest.fixture
def city() -> City:
    return a_city(cells="8x2", community="4x2", at=timezone.now() - dt.timedelta(days=400))


def closed(case: Case, *, at: dt.datetime | None = None) -> Case:
    """The whole life of a public report, with an internal note and an answer."""
    at = at or timezone.now()
    case.refresh_from_db()
    if case.stage == Stage.REPORTED:
        case = verifying.file(case, by=None, at=at, note=NOTE)
    case = handling.handle(dispatch(case, by=None, at=at), by=None, at=at, note=NOTE)
    case = checking.pass_check(checking.ask_check(case, by=None, at=at), by=a_user(Role.CHECKER), at=at, note=NOTE)
    return checking.close(case, by=None, at=at, note=ANSWER)


# ---- reporting ------------------------------------------------------------------------------------------------------


def test_a_report_waits_for_the_desk_as_one_of_the_public(city: City) -> None:
    code = code_in(send(city, name=NAME, telephone="138 1234 5678"))
    case = Case.objects.get()
    assert (case.source_id, case.stage, case.words) == ("public", Stage.REPORTED, WORDS)
    assert case.cell is not None
    assert case.cell.code == city.code(0, 0)
    caller = Caller.objects.get()
    assert (caller.name, caller.telephone, caller.source_id) == (NAME, TELEPHONE, "public")
    assert CaseEvent.objects.get().by.username == "public:page"
    page = Client().get(f"/public/follow/{code}/").content.decode()
    assert case.number in page


def test_who_says_nothing_of_himself_is_an_anonymous_caller(city: City) -> None:
    send(city)
    assert Caller.objects.get().is_anonymous


def test_a_double_tap_and_a_resend_are_one_report_with_one_code(city: City) -> None:
    given = a_report(city)
    found = {code_in(Client().post("/public/", given)) for _ in range(3)}
    assert len(found) == 1
    assert (Case.objects.count(), Follower.objects.count(), Caller.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment_are_one_report() -> None:
    city = a_city(cells="2x1", at=timezone.now() - dt.timedelta(days=1))
    given = a_report(city)

    def tap(_: int) -> str:
        try:
            return code_in(Client().post("/public/", given))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(tap, range(4)))) == 1
    assert Case.objects.count() == 1


def test_words_alone_are_a_place_too_and_wait_for_one(city: City) -> None:
    code = code_in(send(city, lon="", lat="", address="人民路 5 号"))
    case = Case.objects.get()
    assert (case.owner, case.address, case.stage) == (None, "人民路 5 号", Stage.REPORTED)
    assert Client().get(f"/public/follow/{code}/").status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"service": ""}, "service"),
        ({"service": "event-0103"}, "service"),  # in the catalogue, but not open to the public
        ({"lon": "", "lat": ""}, "address"),
        ({"lon": "nan", "lat": "1e3"}, "address"),
        ({"lon": "2.35", "lat": "48.85"}, "address"),
        ({"words": "长" * 4001}, "words"),
        ({"words": "a\x00b"}, "words"),
        ({"telephone": "abc"}, "telephone"),
        ({"name": "长" * 61}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(city: City, given: dict[str, str], field: str) -> None:
    answer = send(city, **({"words": "留着"} | given))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert 'aria-invalid="true"' in page
    assert given.get("words") or "留着" in page
    assert not Case.objects.exists()


def test_a_photo_is_made_anew_and_a_bad_one_leaves_nothing(city: City) -> None:
    refused = send(city, photos=a_file(a_zip(), "a.jpg"))
    assert (refused.status_code, Case.objects.count(), Follower.objects.count()) == (422, 0, 0)
    too_many = send(city, photos=[a_file(a_jpeg(), f"{n}.jpg") for n in range(4)])
    assert (too_many.status_code, Case.objects.count()) == (422, 0)
    code_in(send(city, photos=[a_file(a_jpeg())]))
    assert CasePhoto.objects.get().kind == CasePhoto.Kind.BEFORE


# ---- joining --------------------------------------------------------------------------------------------------------


def test_who_reports_the_same_is_asked_first_and_follows_the_one_that_is_there(city: City) -> None:
    first = code_in(send(city))
    number = Case.objects.get().number
    given = a_report(city, choice="")
    asked = Client().post("/public/", given)
    assert asked.status_code == 200
    assert f'value="{number}"' in asked.content.decode()
    near = Client().get("/public/near.json", {"service": LITTER, "lon": given["lon"], "lat": given["lat"]}).json()
    assert [one["number"] for one in near["near"]] == [number]
    assert set(near["near"][0]) == {"number", "phase", "distance_m", "reported_at"}
    second = code_in(Client().post("/public/", given | {"choice": number, "telephone": TELEPHONE}))
    assert second != first
    assert Case.objects.count() == 1
    assert set(Caller.objects.values_list("telephone", "words")) == {("", ""), (TELEPHONE, WORDS)}
    assert number in Client().get(f"/public/follow/{second}/").content.decode()


def test_nobody_joins_what_is_not_near_or_has_ended(city: City) -> None:
    send(city)
    case = Case.objects.get()
    far = send(city, 7, choice=case.number)
    assert far.status_code == 422
    closed(case)
    assert send(city, choice=case.number).status_code == 422
    assert Follower.objects.count() == 1


# ---- codes ----------------------------------------------------------------------------------------------------------


def test_a_code_is_read_as_people_write_it_and_is_kept_nowhere(city: City) -> None:
    code = code_in(send(city))
    assert len(codes.tidy(code)) == 10
    for written in (code.lower(), code.replace("-", " "), code.replace("0", "O").replace("1", "l")):
        found = Client().get("/public/follow/", {"code": written})
        assert found.status_code == 302
        assert found.headers["Location"] == reverse("public_standing", args=[code])
    kept = Follower.objects.get()
    assert code not in str(vars(kept))
    assert codes.tidy(code) not in str(vars(kept))
    for wrong in ("", "U" * 5, "文" * 10, "A" * 500, "AAAAA-AAAAA"):
        assert codes.digest_of(wrong) != kept.code_digest


# ---- following ------------------------------------------------------------------------------------------------------


def test_nothing_private_leaves_by_any_public_address(city: City) -> None:
    code = code_in(send(city, name=NAME, telephone=TELEPHONE, address="乙里七号三单元", photos=[a_file(a_jpeg())]))
    case = Case.objects.get()
    hers = a_person(Role.COMMUNITY, territory=city.community(0, 0))
    hers.person.name_zh = "司徒网格"
    hers.person.save()
    photo = CasePhoto.objects.get()

    def public_answers() -> str:
        addresses = [
            "/public/", "/public/follow/", f"/public/follow/{code}/", "/public/solved/", "/public/notices/",
            "/public/places.json?q=乙里七号", f"/public/photos/{photo.pk}/view.jpg",
        ]  # fmt: skip
        lon, lat = city.lonlat(0, 0)
        addresses.append(f"/public/near.json?service={LITTER}&lon={lon}&lat={lat}")
        return "".join(Client().get(address).content.decode(errors="replace") for address in addresses)

    said = public_answers()
    case = closed(case)
    said += public_answers()
    assert ANSWER in said
    for secret in (NAME, TELEPHONE, WORDS, "乙里七号三单元", NOTE, "老李", "司徒网格", hers.username):
        assert secret not in said, secret


def test_the_page_says_how_far_it_is_and_the_answer(city: City) -> None:
    code = code_in(send(city))
    assert following.standing(code).phase == following.Phase.RECEIVED
    case = dispatch(verifying.file(Case.objects.get(), by=None, at=timezone.now()), by=None, at=timezone.now())
    found = following.standing(code)
    assert (found.phase, found.answer, found.may_say) == (following.Phase.WORK, "", False)
    assert set(found.reached) == {following.Phase.RECEIVED, following.Phase.ACCEPTED, following.Phase.WORK}
    assert any(found.unit)
    case = handling.handle(case, by=None, at=timezone.now())
    case = checking.pass_check(
        checking.ask_check(case, by=None, at=timezone.now()), by=a_user(Role.CHECKER), at=timezone.now()
    )
    checking.close(case, by=None, at=timezone.now(), note=ANSWER)
    found = following.standing(code)
    assert (found.phase, found.may_say) == (following.Phase.SOLVED, True)
    assert found.answer.endswith(ANSWER)
    page = Client().get(f"/public/follow/{code}/")
    assert ANSWER in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]


def test_a_declined_report_and_a_void_one_are_told_as_such(city: City) -> None:
    code = code_in(send(city))
    verifying.decline(Case.objects.get(), by=None, at=timezone.now(), note="不属城管职责")
    found = following.standing(code)
    assert (found.stage, found.phase, found.may_say) == (Stage.DECLINED, None, True)
    assert Client().get(f"/public/follow/{code}/").status_code == 200


def test_who_is_not_satisfied_has_the_case_reopened_once(city: City) -> None:
    code = code_in(send(city))
    case = closed(Case.objects.get())
    page = Client()
    answer = page.post(f"/public/follow/{code}/", {"satisfied": "no", "words": "还有一堆"})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.stage, case.reopened) == (Stage.FILED, 1)
    opinion = Opinion.objects.get()
    assert (opinion.satisfied, opinion.reopened, opinion.words) == (False, True, "还有一堆")
    assert "还有一堆" not in " ".join(CaseEvent.objects.values_list("note", flat=True))
    # The second tap finds the first one.
    page.post(f"/public/follow/{code}/", {"satisfied": "no", "words": "还有一堆"})
    assert Opinion.objects.count() == 1
    # It ends anew, he is answered anew and asked anew; the rule lets it be reopened once.
    closed(case, at=timezone.now() + dt.timedelta(minutes=5))
    later = timezone.now() + dt.timedelta(minutes=6)
    assert not following.say(code, satisfied=False, at=later).reopened
    case.refresh_from_db()
    assert case.stage == Stage.CLOSED
    with pytest.raises(AlreadyDone):
        following.say(code, satisfied=True, at=later)


def test_an_opinion_too_late_is_kept_and_reopens_nothing(city: City) -> None:
    code = code_in(send(city))
    case = closed(Case.objects.get())
    with pytest.raises(CaseError):
        following.say("AAAAA-AAAAA", satisfied=True, at=timezone.now())
    said = following.say(code, satisfied=False, at=timezone.now() + dt.timedelta(days=16))
    case.refresh_from_db()
    assert (said.reopened, case.stage) == (False, Stage.CLOSED)


def test_what_callers_say_is_read_by_those_who_speak_with_them(city: City) -> None:
    code = code_in(send(city))
    closed(Case.objects.get())
    following.say(code, satisfied=True, words="很快", at=timezone.now())
    assert "很快" in a_client(a_user(Role.OPERATOR)).get("/public/desk/").content.decode()
    head = a_client(a_user(Role.SHIFT_HEAD)).get("/public/desk/")
    assert head.status_code == 200
    assert "很快" not in head.content.decode()
    assert a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0))).get("/public/desk/").status_code == 403
    assert Client().get("/public/desk/").status_code == 302
    with pytest.raises(NotYours):
        following.opinions(by=a_user(Role.LEADER))


# ---- what was solved ------------------------------------------------------------------------------------------------


def test_what_was_solved_is_shown_in_the_middle_of_its_cell(city: City) -> None:
    lon, lat = city.lonlat(2, 0, east=0.1, south=0.1)
    send(city, lon=lon, lat=lat)
    assert solved.solved(at=timezone.now()) == []
    closed(Case.objects.get())
    (found,) = solved.solved(at=timezone.now())
    assert (found.x, found.y) == pytest.approx(city.metres(2, 0), abs=0.01)
    assert f"{lon:.4f}" not in Client().get("/public/solved/").content.decode()
    assert solved.solved(at=timezone.now() + dt.timedelta(days=31)) == []
    Case.objects.get().catalogue_class.open_service.__class__.objects.update(is_shown=False)
    assert solved.solved(at=timezone.now()) == []


def test_a_photo_is_public_when_somebody_of_the_desk_released_it(city: City) -> None:
    code = code_in(send(city, photos=[a_file(a_jpeg())]))
    photo = CasePhoto.objects.get()
    address = f"/public/photos/{photo.pk}/view.jpg"
    operator = a_client(a_user(Role.OPERATOR))
    release = reverse("public_desk_photo", args=[photo.pk])
    operator.post(release, {"release": "yes"})
    assert Client().get(address).status_code == 404  # its case is still open
    closed(Case.objects.get())
    shown = Client().get(address)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert address in Client().get(f"/public/follow/{code}/").content.decode()
    assert address in Client().get("/public/solved/").content.decode()
    operator.post(release, {"release": "no"})
    assert Client().get(address).status_code == 404
    for user in (a_user(Role.LEADER), a_person(Role.COMMUNITY, territory=city.community(0, 0))):
        assert a_client(user).post(release, {"release": "yes"}).status_code == 403
    with pytest.raises(NoSuchCase):
        solved.release(photo, by=a_person(Role.OPERATOR, territory=city.community(6, 0)), at=timezone.now())
    assert not ReleasedPhoto.objects.exists()


def test_the_answer_of_a_late_joiner_is_told_too(city: City) -> None:
    send(city)
    case = Case.objects.get()
    code = code_in(send(city, choice=case.number))
    case = closed(case)
    assert following.standing(code).answer.endswith(ANSWER)
    with pytest.raises(CaseError):
        answering.answer_waiting(case, by=None, at=timezone.now())
