"""No door tells of a foreign case; a connection that goes from hand to hand shows nobody what another may see.

The addresses are walked from the table of the site (`get_resolver`): one that stands in no list fails here.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import io
import json
import math
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mapbox_vector_tile
import pypdf
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cases import ledger
from cases.dispatch import dispatch
from cases.models import CallerLook, Case, Message
from cells.models import Role
from maps.live import Sight
from spatial import crs as reference
from spatial.postgis import roles
from tests.cases.makers import a_case, a_photo, a_user
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, an_officer
from tests.maps.row_addresses import (
    ADDRESSES,
    LAT,
    LETTER,
    LON,
    NUMBER,
    OPEN,
    PHOTO,
    UNNAMED,
    WORDS,
    Ask,
    X,
    Y,
    Z,
)  # fmt: skip
from tests.rest.desk import a_program

pytestmark = pytest.mark.django_db
ADDRESS, CALLER, PHONE = "乙里七号", "欧阳修文", "13912345678"
# Who works in a territory: every role but that of the administrator, who has the whole city.
TERRITORIAL = (
    Role.COMMUNITY, Role.SECONDED, Role.OPERATOR, Role.DISPATCHER, Role.PLANNER, Role.LEADER, Role.SHIFT_HEAD,
    Role.CHECKER, Role.COLLECTOR, Role.RESPONDER, Role.STAFF,
)  # fmt: skip


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 4 × 2 cells in two third-level grids."""
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


def at_cell(city: City, column: int, **given: Any) -> Case:
    lon, lat = city.metres(column, 0)
    return dispatch(a_case(lon=lon, lat=lat, crs=reference.CITY, at=EARLIER, **given), by=None, at=EARLIER)


@pytest.fixture
def foreign(city: City) -> Case:
    """A case of the second community, with a caller, a photo, a message and a line in the ledger."""
    case = at_cell(city, 6, words=WORDS, address=ADDRESS, caller_name=CALLER, caller_telephone=PHONE)
    a_photo(case)
    Message.objects.create(to=city.community(6, 0), kind=Message.Kind.CASES_CAME, body=WORDS).cases.add(case)
    ledger.enter_due(at=EARLIER)
    return case


def routes(patterns: Any, before: str = "", space: str = "") -> Iterator[tuple[str, str, str]]:
    """Every pattern of the site: the space of its name ("admin" or none), its name, its path."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route, pattern.namespace or space)
        elif isinstance(pattern, URLPattern):
            yield space, pattern.name or "", route


def of_the_site() -> list[tuple[str, str, str]]:
    return list(routes(get_resolver().url_patterns))


def opened(answer: Any) -> bytes:
    """All that is answered, in the clear: what is packed in a tile, a spreadsheet or a PDF is unpacked."""
    said = body(answer)
    if said and answer.headers.get("Content-Encoding") == "gzip":
        return repr(mapbox_vector_tile.decode(gzip.decompress(said))).encode()
    if said.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(said)) as pack:
            return b"\n".join(pack.read(name) for name in pack.namelist())
    if said.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(said)).pages).encode()
    return said


def secrets_of(case: Case) -> list[bytes]:
    """What nobody of another territory may read, as it stands and as JSON writes it."""
    plain = (case.number, WORDS, ADDRESS, CALLER, PHONE)
    return [text.encode() for text in plain] + [json.dumps(text)[1:-1].encode() for text in plain]


def body(answer: Any) -> bytes:
    """All that is answered."""
    if not answer.streaming:
        return bytes(answer.content)
    return b"".join(async_to_sync(_pieces)(answer) if answer.is_async else answer)


async def _pieces(answer: Any) -> list[bytes]:
    return [piece async for piece in answer]


def tile_of(city: City, column: int, zoom: int) -> tuple[int, int, int]:
    lon, lat = city.lonlat(column, 0)
    n = 1 << zoom
    return zoom, int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)


def ask(client: Client, name: str, how: Ask, case: Case, city: City) -> Any:
    lon, lat = city.lonlat(6, 0)
    z, x, y = tile_of(city, 6, 16)
    meant = {
        NUMBER: case.number, PHOTO: case.photos.get().pk, LETTER: case.messages.get().pk,
        LON: str(lon), LAT: str(lat), Z: z, X: x, Y: y,
    }  # fmt: skip
    address = reverse(name, args=[meant.get(arg, arg) for arg in how.args])
    if how.post is not None:
        told = json.dumps(how.post).replace(json.dumps(NUMBER), json.dumps(case.number))
        return client.post(address, told, content_type="application/json")
    return client.get(address, {key: meant.get(value, value) for key, value in how.query.items()})


def test_every_address_has_a_rule() -> None:
    site = [(name, route) for space, name, route in of_the_site() if space != "admin"]
    assert {name for name, _ in site if name} == set(ADDRESSES)
    assert {route for name, route in site if not name} == UNNAMED
    assert set(ADDRESSES) >= OPEN


def test_every_role_is_asked_for() -> None:
    asked = {*TERRITORIAL, Role.OFFICER, Role.ADMINISTRATOR}
    assert set(Role.objects.values_list("slug", flat=True)) == asked


def test_no_door_tells_of_a_foreign_case(city: City, foreign: Case) -> None:
    at_cell(city, 0)  # so that there is something to tell
    here = city.community(0, 0)
    readers = {role: a_client(a_person(role, territory=here)) for role in TERRITORIAL}
    readers["officer"] = a_client(an_officer(city, 0, name="li"))
    readers["nobody of the city"] = a_client(a_user(None))
    readers["anonymous"] = Client()
    secrets = secrets_of(foreign)
    looks = CallerLook.objects.count()
    faults: list[tuple[Any, ...]] = []
    for who, reader in readers.items():
        for name, how in ADDRESSES.items():
            if how is None or (how.args[:1] == (1,) and who != Role.COMMUNITY):
                continue
            if how.slow and who not in (Role.COMMUNITY, Role.LEADER, "anonymous"):
                continue
            answer = ask(reader, name, how, foreign, city)
            said = opened(answer)
            if how.repeats:
                said = said.replace(foreign.number.encode(), b"")
            if how.told is not None and who != "anonymous":
                if answer.status_code != how.told:
                    faults.append((who, name, answer.status_code))
                # What was asked for may be repeated: that there is no such case.
                said = said.replace(foreign.number.encode(), b"")
            faults += [(who, name, secret.decode()) for secret in secrets if secret in said]
            if answer.status_code >= 500:
                faults.append((who, name, answer.status_code))
    assert faults == []
    assert CallerLook.objects.count() == looks


def test_who_is_not_logged_in_gets_in_by_the_open_doors_alone(city: City, foreign: Case) -> None:
    let_in = set()
    for name, how in ADDRESSES.items():
        if how is None or name in OPEN:
            continue
        answer = ask(Client(), name, how, foreign, city)
        turned_away = answer.status_code in (401, 403, 404, 405) or (
            answer.status_code == 302 and answer.headers["Location"].startswith("/login/")
        )
        if not turned_away:
            let_in.add((name, answer.status_code, answer.headers.get("Location", "")))
    assert let_in == set()
    for name in ("live", "logout"):
        assert Client().get(reverse(name)).status_code in (302, 401, 405), name


def test_the_administrators_pages_are_for_the_administrator_alone(city: City, foreign: Case) -> None:
    """Every pattern of the administrator's pages, asked of a case that is there where it takes a number."""
    paths = {
        re.sub(r"<[\w:]+>", str(foreign.pk), route) for space, _, route in of_the_site()
        if space == "admin" and "(?P" not in route
    } | {"admin/cases/", "admin/nothing"}  # fmt: skip
    assert len(paths) > 100
    people = [a_client(a_person(role, territory=city.community(0, 0))) for role in TERRITORIAL]
    people += [a_client(an_officer(city, 0, name="li")), Client()]
    shown = [
        (path, answer.status_code)
        for n, path in enumerate(sorted(paths))
        # A path is asked by three people in turn: who is let in does not hang on the path.
        for reader in (people[n % len(people)], people[(n + 5) % len(people)], people[-1])
        if (answer := reader.get(f"/{path}")).status_code not in (301, 302, 403, 404)
        and not path.startswith(("admin/login", "admin/logout", "admin/jsi18n"))
    ]
    assert shown == []


def test_no_token_of_a_territory_tells_of_a_foreign_case(city: City, foreign: Case) -> None:
    mine = at_cell(city, 0)
    program = a_program(territory=city.community(0, 0))
    basic = base64.b64encode(f"qgis:{program.token}".encode()).decode()
    told_of_mine = set()
    for way in (f"Bearer {program.token}", f"Basic {basic}"):
        client = Client(headers={"Authorization": way})
        for name, how in ADDRESSES.items():
            if how is None or how.args[:1] == (1,) or how.slow:
                continue
            answer = ask(client, name, how, foreign, city)
            said = opened(answer)
            if foreign.number in map(str, how.args) or NUMBER in how.args or how.repeats:
                said = said.replace(foreign.number.encode(), b"")
            assert not [secret for secret in secrets_of(foreign) if secret in said], (way[:6], name)
            assert answer.status_code < 500, (way[:6], name)
            if mine.number.encode() in said:
                told_of_mine.add(name)
    assert {"rest-cases", "ogc-items"} <= told_of_mine


def test_who_has_the_whole_city_is_told(city: City, foreign: Case) -> None:
    for role in (Role.OPERATOR, Role.DISPATCHER, Role.LEADER, Role.PLANNER):
        reader = a_client(a_user(role))
        for name in ("api-case", "api-acts", "api-cases", "api-near", "api-twins", "api-board", "api-ledger"):
            answer = ask(reader, name, ADDRESSES[name], foreign, city)
            assert foreign.number.encode() in body(answer), (role, name)
        assert ask(reader, "tile", ADDRESSES["tile"], foreign, city).content


def test_tiles_of_two_readers_are_never_taken_for_each_other(city: City, foreign: Case) -> None:
    mine = at_cell(city, 0)
    one, other = (a_client(a_person(Role.COMMUNITY, territory=city.community(c, 0))) for c in (0, 6))
    for zoom in (11, 15):
        z, x, y = tile_of(city, 0, zoom)
        address = reverse("tile", args=["cases", z, x, y])
        found = [reader.get(address) for reader in (one, other)]
        drawn = [repr(mapbox_vector_tile.decode(gzip.decompress(f.content))) for f in found]
        assert found[0]["ETag"] != found[1]["ETag"]
        for answer in found:
            assert answer["Cache-Control"].startswith("private")
            assert "Cookie" in answer["Vary"]
        # The mark of the one's tile is no "not modified" for the other.
        assert other.get(address, headers={"If-None-Match": found[0]["ETag"]}).status_code == 200
        if zoom == 15:
            assert (mine.number in drawn[0], foreign.number in drawn[0]) == (True, False)


def test_a_stream_tells_of_foreign_cases_to_nobody_whom_they_do_not_concern() -> None:
    told = json.dumps({"id": 5, "number": "N", "stage": "filed", "owners": [7, 8], "people": [3], "up": False})
    plain = 'event: case\ndata: {"id": 5, "number": "N", "stage": "filed"}\n\n'
    for sight in (Sight(1, None), Sight(1, frozenset({8})), Sight(3, frozenset({1}))):
        assert sight.told("case", told) == plain
    assert Sight(1, frozenset({1})).told("case", told) is None
    climbed = told.replace("false", "true")
    assert Sight(1, frozenset({1})).told("case", climbed) == 'event: case\ndata: {"id": 5}\n\n'
    assert Sight(1, frozenset()).told("edition", "{}") is not None


# ---- connections ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_goes_from_hand_to_hand_shows_each_only_his_own(city: City) -> None:
    """Requests of many people, four at a time, streamed files and refusals among them, on threads that keep theirs."""
    cases = [at_cell(city, column) for column in (0, 6)]
    ledger.enter_due(at=EARLIER)
    people = [a_person(Role.COMMUNITY, territory=city.community(column, 0)) for column in (0, 6)]
    cookies = []
    for user in people:
        client = a_client(user)
        cookies.append(client.cookies)

    def asks(turn: int) -> list[str]:
        who = turn % 2
        client = Client(raise_request_exception=False)
        client.cookies = cookies[who].copy()
        mine, others = cases[who].number, cases[1 - who].number
        said = [client.get(f"/api/cases/{n}").status_code for n in (mine, others)] == [200, 404]
        lines = body(client.get("/ledger/export.csv", {"since": "2020-01-01"}))
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('wanmi.grids', true)")
            user, grids = cursor.fetchone()
        faults = [] if said else ["case"]
        faults += [] if mine.encode() in lines and others.encode() not in lines else ["export"]
        return faults + ([] if (user.endswith("_web"), grids) == (False, "") else [f"left {user} {grids}"])

    def closing(turn: int) -> list[str]:
        try:
            return asks(turn)
        finally:
            if turn % 3 == 0:
                connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = [fault for faults in threads.map(closing, range(24)) for fault in faults]
        list(threads.map(lambda _: connection.close(), range(16)))
    assert found == []


def test_a_role_that_somebody_left_on_the_connection_is_taken_off_by_the_next_reader(city: City, foreign: Case) -> None:
    """A page broken off in the middle gives nothing back, and its connection goes into the pool as it is."""
    dispatcher = Client()
    dispatcher.force_login(a_user(Role.DISPATCHER))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', cases_web_role(''), false), set_config('wanmi.reader', '0', false)")
        cursor.execute("SELECT count(*) FROM cases_case")
        assert cursor.fetchone() == (0,), "the role that was left sees something"
    assert dispatcher.get(f"/api/cases/{foreign.number}").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = session_user, current_setting('wanmi.reader')")
        assert cursor.fetchone() == (True, "")


def test_the_owner_of_a_place_is_asked_for_without_a_role(
    city: City, client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    lon, lat = city.lonlat(0, 0)
    client.get("/api/route", {"lon": lon, "lat": lat})  # the ground is made, and nobody's role is known
    roles_said: list[str] = []
    say = roles._Worn.say

    def listening(worn: Any, raw: Any, role: str, *, idle: bool) -> None:
        roles_said.append(role)
        say(worn, raw, role, idle=idle)

    monkeypatch.setattr(roles._Worn, "say", listening)
    with django_assert_num_queries(0):  # the one there is goes past cursors
        assert client.get("/api/route", {"lon": lon, "lat": lat}).json()["rule"] == "contains"
    assert roles_said == []
    client.get("/public/")
    assert len(roles_said) > 1, "other doors say it"
