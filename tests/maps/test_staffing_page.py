"""The staffing map's answers and pages: each reader on his own ground, changes by who may, files that come in."""

from __future__ import annotations

import datetime as dt
import gzip
from io import BytesIO
from typing import Any

import mapbox_vector_tile
import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import load_workbook

from cases.models import Handover
from cells.models import Grid, Person, Post, Posting, Role
from maps import tiles
from tests.makers import City, a_city
from tests.maps.test_tiles import tile_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x2", community="3x2")


def client_of(user: Any, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def grids() -> list[Grid]:
    return list(Grid.objects.filter(level="grid").order_by("code"))


def _a_user(role: str, *, territory: Grid | None = None, username: str = "") -> Any:
    """Without a password, whose hash takes its time: nobody types one here."""
    user = get_user_model().objects.create_user(username or f"{role}-{territory.code if territory else ''}")
    Person.objects.create(user=user, role_id=role, territory=territory, name_en=user.get_username())
    return user


def an_officer(name: str, *its: Grid) -> Person:
    person: Person = _a_user(Role.OFFICER, username=name).person
    for grid in its:
        Posting.objects.create(person=person, grid=grid, since=dt.date(2025, 1, 1))
    return person


def test_the_overview_tells_gaps_and_figures_of_the_city(city: City) -> None:
    an_officer("li", *grids()[:2])
    _a_user(Role.SECONDED, territory=city.community(0, 0))
    told = client_of(_a_user(Role.LEADER)).get("/api/staffing").json()
    assert (told["grids"], told["well"], told["bounds"]) == (4, [g.pk for g in grids()[:2]], None)
    assert told["gaps"] == {"nobody": 2, "no_seconded": 2, "outside": 0, "lapsing": 0}
    assert [one["gaps"] for one in told["missing"]] == [["nobody", "no_seconded"]] * 2
    assert {one["kind"]: one["vacant"] for one in told["kinds"]}["second_cadre"] == 2


def test_another_day_and_no_day(city: City) -> None:
    an_officer("li", *grids())
    client = client_of(_a_user(Role.LEADER))
    assert client.get("/api/staffing?day=2024-12-31").json()["gaps"]["nobody"] == 4
    for nonsense in ("2026-02-30", "yesterday", "9999-01-01"):
        assert client.get("/api/staffing", {"day": nonsense}).status_code == 400


def test_who_works_in_a_territory_sees_his_own_ground(city: City) -> None:
    west, _east, far, _last = grids()
    community = client_of(_a_user(Role.COMMUNITY, territory=city.community(0, 0)))
    told = community.get("/api/staffing").json()
    assert [one["id"] for one in told["missing"]] == [g.pk for g in grids()[:2]]
    assert told["bounds"] is not None
    assert community.get(f"/api/staffing/grids/{west.pk}").status_code == 200
    assert community.get(f"/api/staffing/grids/{far.pk}").status_code == 403
    assert community.get("/api/staffing/grids/987654").status_code == 404
    officer = client_of(an_officer("li", west).user)
    assert officer.get("/api/staffing").json()["grids"] == 1
    assert Client().get("/api/staffing").status_code == 401
    assert Client().get("/staffing/").status_code == 302


def test_a_card_names_who_holds_what_with_telephone_and_substitute(city: City) -> None:
    west = grids()[0]
    li, wang = an_officer("li", west), an_officer("wang")
    Person.objects.filter(pk=li.pk).update(telephone="0000-6100001")
    Posting.objects.create(person=wang, grid=west, since=dt.date(2025, 2, 1), stands_in_for=li)
    Post.objects.create(kind_id="responsible", grid=west, duty="Walk it")
    told = client_of(_a_user(Role.LEADER)).get(f"/api/staffing/grids/{west.pk}").json()
    assert told["gaps"] == ["no_seconded", "outside"]
    own = told["levels"][0]
    (line,) = [post for post in own["posts"] if post["kind"] == "responsible"]
    assert (line["duty"], line["holders"][0]["telephone"]) == ("Walk it", "0000-6100001")
    assert line["holders"][1]["stands_in_for"]["name_en"] == "li"
    west_lon, south, east_lon, north = told["bounds"]
    lon, lat = city.lonlat(0, 0)
    assert west_lon < lon < east_lon
    assert south < lat < north


def test_answers_take_the_same_few_statements_however_many_people_there_are(city: City) -> None:
    client = client_of(_a_user(Role.LEADER))
    addresses = ("/api/staffing", f"/api/staffing/grids/{grids()[0].pk}")
    for address in addresses:
        client.get(address)

    def queries() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts.append(len(asked))
        return counts

    few = queries()
    for n in range(6):
        an_officer(f"p{n}", *grids())
    assert queries() == few


@pytest.mark.parametrize("zoom", [11, 16])
def test_third_level_grids_are_drawn_far_out_too(city: City, zoom: int) -> None:
    raw = tiles.drawn("third", *tile_of(city.lonlat(0, 0), zoom), city.edition.number)
    layer = mapbox_vector_tile.decode(gzip.decompress(raw.body))["third"]
    assert grids()[0].pk in {feature["id"] for feature in layer["features"]}


def test_the_page_offers_the_import_to_who_may_change_posts(city: City) -> None:
    for role, may in ((Role.SHIFT_HEAD, True), (Role.ADMINISTRATOR, True), (Role.DISPATCHER, False)):
        client = client_of(_a_user(role))
        page = client.get("/staffing/")
        assert page.status_code == 200
        assert (b'data-test="to-import"' in page.content) == may
        assert client.get("/staffing/import/").status_code == (200 if may else 403)
        assert client.get("/staffing/posts.xlsx").status_code == (200 if may else 403)
        file = SimpleUploadedFile("a.csv", b"post,grid,person\n")
        assert client.post("/staffing/import/", {"file": file}).status_code == (200 if may else 403)


def test_a_file_is_tried_then_taken_in_and_bad_lines_are_told(city: City) -> None:
    client = client_of(_a_user(Role.SHIFT_HEAD))
    rows = f"post,grid,person\nresponsible,{grids()[0].code},李伟\nresponsible,nowhere,<b>王</b>\n".encode()

    def sent(**more: str) -> str:
        with translation.override("en"):
            given = {"file": SimpleUploadedFile("posts.csv", rows), **more}
            return client.post("/staffing/import/", given).content.decode()

    tried = sent(**{"try": "1"})
    assert "nothing was kept" in tried
    assert Posting.objects.count() == 0
    page = sent()
    assert "2 rows: 1 added, 0 changed, 0 unchanged, 1 left out." in page
    assert "There is no such grid in force." in page
    assert "&lt;b&gt;王&lt;/b&gt;" in page
    assert '<td class="number">3</td>' in page, "the line of the sheet"
    assert "0 added, 0 changed, 1 unchanged" in sent()
    assert Posting.objects.get().person.name_zh == "李伟"


def test_what_is_no_table_is_refused_in_words(city: City) -> None:
    client = client_of(_a_user(Role.SHIFT_HEAD))
    for name, content in (("a.xlsx", b"PK nonsense"), ("a.exe", b"MZ"), ("../../a.csv", b"a,b\n1,2\n")):
        answer = client.post("/staffing/import/", {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 200
        assert b'data-test="refused"' in answer.content
    assert b'data-test="refused"' in client.post("/staffing/import/").content


def test_the_template_opens_and_has_a_list_of_kinds(city: City) -> None:
    answer = client_of(_a_user(Role.SHIFT_HEAD)).get("/staffing/posts.xlsx")
    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames[0] == "posts"
    (choice,) = book["posts"].data_validations.dataValidation
    assert choice.formula1 == "=lists!$A$1:$A$13"


def test_a_handover_is_shown_first_then_done(city: City) -> None:
    li, wang = an_officer("li", *grids()[:2]), an_officer("wang")
    client = client_of(_a_user(Role.SHIFT_HEAD))
    address = f"/staffing/handover/{li.pk}/"
    today = timezone.localdate()
    given = {"to": wang.pk, "day": today.isoformat(), "reason": "moves away"}
    page = client.get(address).content.decode()
    assert 'data-test="postings"' in page
    shown = client.post(address, {**given, "show": "1"}).content.decode()
    assert 'data-test="rehearsed"' in shown
    assert wang.postings.count() == 0
    assert client.post(address, {**given, f"grid-{grids()[1].pk}": ""}).status_code == 302
    assert wang.postings.count() == 2
    assert 'data-test="nothing"' in client.get(address).content.decode()


def test_a_later_handover_waits_and_is_called_off(city: City) -> None:
    li, wang = an_officer("li", grids()[0]), an_officer("wang")
    client = client_of(_a_user(Role.SHIFT_HEAD))
    address = f"/staffing/handover/{li.pk}/"
    later = timezone.localdate() + dt.timedelta(days=9)
    assert client.post(address, {"login": "wang", "day": later.isoformat(), "reason": "retires"}).status_code == 302
    made = Handover.objects.get()
    assert (made.state, made.successor, made.day) == (Handover.State.WAITING, wang, later)
    page = client.get(address).content.decode()
    assert 'data-test="waiting"' in page
    assert client.post(f"{address}{made.pk}/cancel/").status_code == 302
    made.refresh_from_db()
    assert made.state == Handover.State.CANCELLED


def test_a_handover_that_cannot_be_says_why_and_strangers_are_kept_out(city: City) -> None:
    li, checker = an_officer("li", grids()[0]), _a_user(Role.CHECKER)
    client = client_of(_a_user(Role.SHIFT_HEAD))
    address = f"/staffing/handover/{li.pk}/"
    today = timezone.localdate().isoformat()
    with translation.override("en"):
        for given, told in (
            ({"day": today, "reason": "x"}, "Choose who follows."),
            ({"login": "nobody", "day": today, "reason": "x"}, "There is no person of this login."),
            ({"to": li.pk, "day": today, "reason": "x"}, "This person cannot follow"),
            ({"to": checker.person.pk, "day": today, "reason": "x"}, "has another role"),
            ({"to": checker.person.pk, "day": today, "reason": ""}, "Say why"),
            ({"to": checker.person.pk, "day": "x", "reason": "x"}, "Choose today"),
            ({"to": checker.person.pk, "day": "2001-01-01", "reason": "x"}, "Choose today"),
        ):
            assert told in client.post(address, given).content.decode()
    assert li.postings.get().until is None
    for user in (_a_user(Role.DISPATCHER), _a_user(Role.COMMUNITY, territory=city.community(3, 0))):
        assert client_of(user).get(address).status_code == 403
        assert client_of(user).post(address, {"to": li.pk, "day": today, "reason": "x"}).status_code == 403
    own = client_of(_a_user(Role.COMMUNITY, territory=city.community(0, 0)))
    assert own.get(address).status_code == 200
    assert own.get(f"/staffing/handover/{checker.person.pk}/").status_code == 403
