"""Pages that only look are read from a real streaming replica: own writes are seen, lag is told, its loss is free."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import psycopg
import pytest
from django.urls import reverse

from maps.replica import LOOKS
from maps.watching.replicas import LEFT_ALONE_S, PrimaryLog
from tests.browser.conftest import served
from tests.drills._city import city_of_its_own, cluster
from tests.maps.row_addresses import ADDRESSES

LAG = "Wanmi-Replica-Lag"


class Reader:
    """A logged-in browser that keeps its cookies."""

    def __init__(self, address: str, name: str) -> None:
        self.address, self.jar = address, CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar))
        self.get("/login/")
        form = urlencode({"username": name, "password": name, "csrfmiddlewaretoken": self.cookie("csrftoken")})
        self.opener.open(f"{address}/login/", form.encode(), timeout=60).read()
        assert self.cookie("sessionid")

    def cookie(self, name: str) -> str:
        return next((str(one.value) for one in self.jar if one.name == name), "")

    def get(self, path: str) -> tuple[int, str | None, bytes]:
        """Status, the lag of the replica that answered (None: the primary did), body."""
        try:
            with self.opener.open(f"{self.address}{path}", timeout=60) as answer:
                return answer.status, answer.headers[LAG], answer.read()
        except HTTPError as error:
            return error.code, error.headers[LAG], error.read()

    def post(self, path: str, body: dict[str, Any]) -> int:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookie("csrftoken")}
        asked = Request(f"{self.address}{path}", json.dumps(body).encode(), headers)
        with self.opener.open(asked, timeout=60) as answer:
            return int(answer.status)


@dataclass(slots=True)
class Pair:
    """A served city with a replica that its pages are read from."""

    address: str
    facts: dict[str, Any]
    replica: dict[str, str]  # the environment in which maps/cluster.py means the replica

    def replaying(self, go_on: bool) -> None:
        self._sql(f"SELECT pg_wal_replay_{'resume' if go_on else 'pause'}()")

    def _sql(self, statement: str) -> None:
        with psycopg.connect(cluster(self.replica, "url").replace("postgis://", "postgresql://")) as there:
            there.execute(statement)  # type: ignore[call-overload]

    def until_it_answers(self, reader: Reader) -> float:
        """How far behind the replica says it is, as soon as it answers again."""
        give_up = time.monotonic() + LEFT_ALONE_S + 20
        while (lag := reader.get("/api/leader")[1]) is None:
            assert time.monotonic() < give_up, "the replica is not asked again"
            time.sleep(0.5)
        return float(lag)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with city_of_its_own(200) as (environment, facts), tempfile.TemporaryDirectory(prefix="wanmi-replica-") as folder:
        Path(folder).chmod(0o755)
        replica = environment | {"WANMI_LOCAL": folder}
        cluster(replica, "follow", environment["WANMI_LOCAL"])
        try:
            web = environment | {"REPLICA_URL": cluster(replica, "url"), "CITY_POOL": "4"}
            with served(web, Path(folder, "server.log")) as address:
                yield Pair(address, facts, replica)
        finally:
            cluster(replica, "remove")


def test_what_is_replayed_is_as_old_as_the_last_look_that_it_is_not_behind() -> None:
    primary = PrimaryLog()
    assert primary.lag(100, 0.0) is None
    for place, at in ((100, 0.0), (200, 5.0), (200, 9.0)):
        primary.note(place, at)
    assert [primary.lag(place, 9.5) for place in (200, 150, 50)] == [0.5, 9.5, None]


def count(body: bytes) -> int:
    """How many were reported today, as the leader's page says."""
    figures = json.loads(body)["figures"]
    return next(int(one["now"]) for one in figures if one["of"] == "reported")


def test_each_page_that_looks_is_answered_by_the_replica(pair: Pair) -> None:
    reader = Reader(pair.address, "leader")
    pair.until_it_answers(reader)
    asked = {name: ADDRESSES[name] for name in sorted(LOOKS)}
    from_primary = []
    for name, ask in asked.items():
        query = urlencode({key: value for key, value in ask.query.items() if not value.isupper()})
        status, lag, body = reader.get(f"{reverse(name, args=ask.args)}?{query}")
        assert status < 500, (name, body[:300])
        if lag is None and status == 200:
            from_primary.append(name)
    assert from_primary == []
    assert reader.get("/desk/")[1] is None


def test_who_wrote_reads_it_though_the_replica_is_behind_and_others_see_it_later(pair: Pair) -> None:
    writer, other = Reader(pair.address, "dispatcher"), Reader(pair.address, "leader")
    pair.until_it_answers(other)
    before = count(other.get("/api/leader")[2])
    pair.replaying(go_on=False)
    try:
        lon, lat = pair.facts["cell_at"]
        call = {"key": "one", "lon": lon, "lat": lat, "crs": "WGS84", "kind": "event", "class": "0103", "words": "路"}
        assert writer.post("/api/cases", call) == 201
        status, lag, body = writer.get("/api/leader")
        assert (status, lag, count(body)) == (200, None, before + 1)
        status, lag, body = other.get("/api/leader")
        assert status == 200
        assert (lag is None) == (count(body) == before + 1), "only what the replica said may be old"
    finally:
        pair.replaying(go_on=True)
    time.sleep(1)
    assert pair.until_it_answers(writer) < 10
    assert count(writer.get("/api/leader")[2]) == before + 1


def test_a_replica_that_is_killed_costs_nobody_a_page_and_is_asked_again_when_it_is_back(pair: Pair) -> None:
    reader = Reader(pair.address, "leader")
    pair.until_it_answers(reader)
    os.kill(int(cluster(pair.replica, "status")), signal.SIGKILL)
    answers = [reader.get("/api/leader")[:2] for _ in range(5)]
    assert answers == [(200, None)] * 5
    cluster(pair.replica, "up")
    assert pair.until_it_answers(reader) < 10
    # One that was promoted is no replica: what it has is its own.
    cluster(pair.replica, "promote")
    time.sleep(0.5)
    assert [reader.get("/api/leader")[:2] for _ in range(3)] == [(200, None)] * 3
