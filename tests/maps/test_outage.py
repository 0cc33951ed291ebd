"""The database is gone for a while, and two people do the same at once: through a real server of two processes."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from cases.models import Case, CaseEvent
from maps import cluster
from tests.cases.makers import a_user, middle_of
from tests.cells.lattice_city import a_lattice_city
from tests.maps.live_desk import Reader, Wire, connections, serving, until

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 32


class Seat:
    """A logged-in dispatcher's browser at the served site."""

    def __init__(self, port: int, *, name: str) -> None:
        client = Client()
        client.force_login(a_user(name=name))
        self.port = port
        self.cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}"

    def ask(self, path: str, body: Any = None) -> tuple[int, dict[str, str], str]:
        """Status, headers and text of an answer; with a body it is a POST of JSON."""
        headers = {"Cookie": self.cookies, "X-CSRFToken": TOKEN, "Accept-Language": "en"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            if body is None:
                line.request("GET", path, headers=headers)
            else:
                line.request("POST", path, json.dumps(body), {**headers, "Content-Type": "application/json"})
            answer = line.getresponse()
            return answer.status, dict(answer.headers), answer.read().decode()
        finally:
            line.close()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """The server's way to its database."""
    made = Wire(str(cluster.socket_folder()))
    yield made
    made.cut()


@pytest.fixture(scope="module")
def port(wire: Wire, django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The served site, its database reached over the wire."""
    with django_db_blocker.unblock():
        address = wire.address(connection.settings_dict["NAME"])
    with serving(address, CITY_POOL="4", DJANGO_SETTINGS_MODULE="tests.maps.short_wait") as served:
        yield served
    with django_db_blocker.unblock():
        assert until(lambda: connections() == 0), "the server left connections behind"


@pytest.fixture
def seats(port: int, wire: Wire, transactional_db: None) -> Iterator[list[Seat]]:
    """Two dispatchers of a small city."""
    a_lattice_city(8, 4)
    both = [Seat(port, name="first"), Seat(port, name="second")]
    assert is_back(both[0])
    yield both
    # The tables are emptied next: nothing of the server may still be at work in them.
    wire.cut()
    assert until(lambda: connections() == 0)
    wire.mend()


def is_back(seat: Seat) -> bool:
    """Whether both processes have their database again, as far as a dozen questions tell."""
    return until(lambda: all(seat.ask("/api/desk")[0] == 200 for _ in range(12)), 20)


def a_call(key: str, words: str = "路面塌陷") -> dict[str, Any]:
    lon, lat = middle_of()
    return {"key": key, "lon": lon, "lat": lat, "crs": "CITY", "kind": "event", "class": "0103", "words": words}


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """The results of works that begin together."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        gate.wait()
        results[place] = works[place]()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_pages_say_that_the_database_is_away_and_work_again_by_themselves(seats: list[Seat], wire: Wire) -> None:
    seat = seats[0]
    reader = Reader(seat.port, {"Cookie": seat.cookies})
    assert reader.event()[0] == "hello"
    assert seat.ask("/board/")[0] == 200
    wire.cut()
    assert reader.event()[0] == "away"
    for path in ("/board/", "/admin/"):
        status, headers, text = seat.ask(path)
        assert status == 503, path
        assert int(headers["Retry-After"]) > 0
        assert 'data-test="away"' in text
        assert 'http-equiv="refresh"' in text
        assert "The database does not answer" in text
    for path, body in (("/api/board", None), ("/live/", None), ("/api/cases", a_call("k"))):
        status, headers, text = seat.ask(path, body)
        told = json.loads(text)
        assert (status, told["error"]) == (503, "no_database"), path
        assert told["sentence"].startswith("The database does not answer")
        assert told["detail"] == ""  # where the database lies is nobody's business
        assert int(headers["Retry-After"]) > 0
    assert seat.ask("/static/")[0] == 404  # needs no database
    wire.mend()
    assert reader.event()[0] == "refetch"
    assert is_back(seat)
    assert seat.ask("/board/")[0] == 200
    assert seat.ask("/api/cases", a_call("k"))[0] == 201
    assert reader.event()[0] == "case"
    reader.close()


def test_a_call_cut_off_in_the_middle_is_one_whole_case_or_none_and_sent_again_it_is_one(
    seats: list[Seat], wire: Wire
) -> None:
    seat = seats[0]
    assert seat.ask("/api/cases", a_call("warm"))[0] == 201
    calls = [a_call(f"cut-{n}", words=f"断在中间{n}") for n in range(8)]
    answers: dict[str, int] = {}

    def send(call: dict[str, Any]) -> None:
        answers[call["key"]] = seat.ask("/api/cases", call)[0]

    # The cases' table is held, so that every call is in the middle of its transaction when the wire is cut.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE cases_caseevent IN EXCLUSIVE MODE")
        threads = [threading.Thread(target=send, args=[call]) for call in calls]
        for thread in threads:
            thread.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'cases_caseevent'::regclass"

        def waiting() -> bool:
            cursor.execute(waits)
            return bool(cursor.fetchone()[0])

        assert until(waiting, 10)
        wire.cut()
        cursor.execute("COMMIT")
    for thread in threads:
        thread.join()
    assert set(answers.values()) == {503}
    assert until(lambda: connections() == 0)
    halves = Case.objects.filter(history=None).count()
    assert halves == 0
    wire.mend()
    assert is_back(seat)
    assert [seat.ask("/api/cases", call)[0] for call in calls * 2] == [201] * 16
    assert Case.objects.filter(idempotency_key__startswith="cut-").count() == 8
    assert Case.objects.filter(history=None).count() == 0


def test_of_two_dispatchers_at_the_same_moment_one_wins_and_the_other_is_told_who_and_when(seats: list[Seat]) -> None:
    for n in range(5):
        number = json.loads(seats[0].ask("/api/cases", a_call(f"both-{n}"))[2])["number"]
        # One over the door of the dispatch, the other over the desk's, as it comes.
        first, second = at_once(
            lambda number=number: seats[0].ask(f"/api/cases/{number}/dispatch", {}),
            lambda number=number: seats[1].ask(f"/api/cases/{number}/acts", {"act": "dispatch", "key": number}),
        )
        assert sorted([first[0], second[0]]) == [200, 409]
        winner, loser = (0, second) if first[0] == 200 else (1, first)
        told = json.loads(loser[2])
        line = CaseEvent.objects.get(case__number=number, act="dispatch")
        assert told["error"] == "already_done"
        with translation.override("en"):  # as the seat asked
            assert told["where"]["by"] == str(line.by.person)
        assert line.by.username == ("first", "second")[winner]
        assert told["where"]["at"][:19] == line.at.isoformat()[:19]


def test_a_double_click_and_its_resends_make_one_case_and_one_dispatch(seats: list[Seat]) -> None:
    call = a_call("again")
    filed = at_once(*[lambda: seats[0].ask("/api/cases", call)] * 8)
    assert {answer[0] for answer in filed} == {201}
    (number,) = {json.loads(answer[2])["number"] for answer in filed}
    act = {"act": "dispatch", "key": "click"}
    done = at_once(*[lambda: seats[0].ask(f"/api/cases/{number}/acts", act)] * 8)
    assert {answer[0] for answer in done} == {200}
    assert Case.objects.get().history.filter(act="dispatch").count() == 1
