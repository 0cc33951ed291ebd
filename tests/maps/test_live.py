"""Live updates through a real server with two processes: what one files, the others see."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve, reverse

from cases import intake
from maps import cluster
from maps.asgi import STREAMS
from tests.cases.makers import NOON, a_report, a_user, middle_of
from tests.cells.lattice_city import a_lattice_city
from tests.maps.live_desk import Reader, connections, serving, until

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Server:
    """A running server, and a session of a logged-in dispatcher."""

    port: int
    cookie: str

    def listen(self, **headers: str) -> Reader:
        return Reader(self.port, {"Cookie": self.cookie, **headers})


def listening() -> int:
    """The connections to this database that listen for readers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'wanmi live' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture(scope="module")
def process(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """A real server of two processes on the test database; its port."""
    with django_db_blocker.unblock():
        address = cluster.url(connection.settings_dict["NAME"])
    with serving(address) as port:
        yield port
    with django_db_blocker.unblock():
        assert until(lambda: connections() == 0), "the server left connections behind"


@pytest.fixture
def server(process: int, transactional_db: None) -> Server:
    a_lattice_city(8, 4)
    client = Client()
    client.force_login(a_user(name="first"))
    return Server(process, f"sessionid={client.cookies['sessionid'].value}")


def file_case(client: Client, **more: object) -> str:
    lon, lat = middle_of()
    body = {"lon": lon, "lat": lat, "crs": "CITY", "kind": "event", "class": "0103", "words": "路面塌陷", **more}
    answer = client.post("/api/cases", json.dumps(body), content_type="application/json")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["number"])


def test_a_second_browser_sees_a_case_within_two_seconds_and_nothing_leaks(server: Server) -> None:
    readers = [server.listen() for _ in range(8)]
    assert [reader.event()[0] for reader in readers] == ["hello"] * 8
    # One connection a process, however many readers; and none kept for having asked who they are.
    assert 1 <= listening() <= 2
    assert until(lambda: connections() == listening())

    client = Client()
    client.force_login(a_user(name="second"))
    number = file_case(client)
    began = time.monotonic()
    for reader in readers:
        name, told = reader.event()
        assert name == "case"
        assert (told["number"], told["stage"]) == (number, "filed")
        assert set(told) == {"id", "number", "stage"}
    assert time.monotonic() - began < 2.0

    for reader in readers:
        reader.close()
    assert until(lambda: listening() == 0), "a LISTEN connection was left behind"


def test_what_is_taken_back_is_not_told(server: Server) -> None:
    reader = server.listen()
    assert reader.event()[0] == "hello"
    with transaction.atomic():
        intake.receive(a_report(words="taken back"), by=None, at=NOON)
        transaction.set_rollback(True)
    kept = intake.receive(a_report(words="kept"), by=None, at=NOON)
    assert reader.event()[1]["id"] == kept.pk
    reader.close()


def test_a_published_edition_is_told_and_a_reader_that_comes_back_is_told_to_fetch(server: Server) -> None:
    reader = server.listen(**{"Last-Event-ID": "whatever"})
    assert reader.event() == ("hello", {"back": True})
    assert reader.event()[0] == "refetch"
    a_lattice_city(8, 4, seed=2)
    assert reader.event()[0] == "edition"
    reader.close()


def test_when_the_database_drops_the_listener_readers_stay_and_are_told_to_fetch(server: Server) -> None:
    reader = server.listen()
    assert reader.event()[0] == "hello"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'wanmi live' AND datname = current_database()"
        )
    assert [reader.event()[0], reader.event()[0]] == ["away", "refetch"]
    client = Client()
    client.force_login(a_user(name="second"))
    number = file_case(client)
    assert reader.event()[1]["number"] == number
    reader.close()


def test_the_stream_is_the_view_that_runs_in_the_event_loop() -> None:
    assert {reverse("live")} == STREAMS
    assert iscoroutinefunction(resolve(reverse("live")).func)


def test_live_updates_are_for_logged_in_people(server: Server) -> None:
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    wire.request("GET", "/live/")
    answer = wire.getresponse()
    assert answer.status == 401
    assert json.load(answer)["error"] == "login_needed"
