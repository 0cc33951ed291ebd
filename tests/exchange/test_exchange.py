"""Cases go up and results come down, each once, over real HTTP to our own door and through a wire that loses calls."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cases import keyring, verifying
from cases.dispatch import dispatch
from cases.exchange import exchange, exchange_due
from cases.exchange.choosing import choose
from cases.exchange.hearing import hear
from cases.exchange.news import news_of
from cases.exchange.sending import key_for, send_again
from cases.models import Case, OpenKey, PassedUp, Peer
from cases.simulation.lossy_wire import a_wire
from cases.simulation.two_platforms import compare
from cases.webhook import NotDelivered
from cases.workflow import Stage
from cells.models import CatalogueClass
from spatial import crs as reference
from tests.cases.makers import a_case
from tests.cases.makers import closed as close
from tests.makers import City, a_city
from tests.open311.desk import filed

NOW = timezone.now
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def city(settings: Any) -> City:
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    return a_city(cells="4x2", community="2x2")


def a_peer(url: str, *, key: bool = True, **given: Any) -> Peer:
    """A platform above that takes roads; with its key made known there."""
    peer = Peer.objects.create(**{"name": "city", "url": url, "since": NOW() - HOUR, **given})
    peer.classes.set(CatalogueClass.objects.in_use().filter(kind="event", major="01", minor__in=["13", "03"]))
    if key:
        keyring.make_key(
            "district", scopes=["report", "exchange"], source="transfer", per_minute=9999, per_day=9999, at=NOW(),
            given=key_for(url),
        )  # fmt: skip
    return peer


def cases(city: City, count: int, **given: Any) -> list[Case]:
    found = []
    for n in range(count):
        lon, lat = city.metres(n % 4, n % 2)
        found.append(a_case(lon=lon, lat=lat, crs=reference.CITY, at=NOW(), words=f"坑 {n}", **given))
    return found


def there() -> Any:
    return Case.objects.filter(source="transfer")


# ---- what goes up ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_goes_up_is_what_the_table_says(city: City) -> None:
    peer = a_peer("http://127.0.0.1:9/open311/v2", key=False)
    (road,) = cases(city, 1)
    a_case(at=NOW(), catalogue_class="event-0112")  # of another class
    a_case(at=NOW() - 2 * HOUR)  # from before
    close(a_case(at=NOW()), at=NOW())  # done already
    assert choose(peer, at=NOW()) == 1
    assert choose(peer, at=NOW()) == 0
    row = PassedUp.objects.get()
    assert (row.case, row.state) == (road, "waiting")
    peer.classes.clear()
    peer.levels = ["community"]
    assert choose(peer, at=NOW()) == 1  # whatever a community has: the one of another class


@pytest.mark.django_db
def test_neither_caller_nor_key_goes_with_it(city: City) -> None:
    peer = a_peer("http://127.0.0.1:9/open311/v2", key=False)
    cases(city, 1, caller_name="欧阳", caller_telephone="13812345678")
    choose(peer, at=NOW())
    told = str(PassedUp.objects.get().told)
    assert "欧阳" not in told
    assert "138" not in told
    assert key_for(peer.url) not in str(Peer.objects.values().get())


# ---- through the wire -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_wire_that_loses_calls_loses_no_case_and_doubles_none(city: City, live_server: Any, seed: int) -> None:
    with a_wire(port=urlsplit(live_server.url).port, loss=0.6, seed=seed) as (wire, url):
        peer, mine, at = a_peer(url), cases(city, 12), NOW()
        for n in range(60):
            exchange(peer, at=at + n * HOUR)
            for case in there().filter(stage=Stage.REPORTED):
                verifying.decline(case, by=None, at=NOW(), note="不属实")
            if PassedUp.objects.filter(stage_there="declined").count() == len(mine):
                break
    # What is lost hangs on the cases' numbers, and so on the day: one kind alone happens on a few days of a year.
    assert wire.count["lost_going"] + wire.count["lost_coming"] > 0
    labels = Counter(there().values_list("source_label", flat=True))
    assert labels == Counter(f"district:{case.number}" for case in mine)
    for row in PassedUp.objects.select_related("case"):
        other = there().get(number=row.number_there)
        assert (other.source_label, row.state, row.result) == (f"district:{row.case.number}", "sent", "不属实")
        assert row.news == 2  # reported, declined


@pytest.mark.django_db(transaction=True)
def test_what_ended_above_is_told_below_as_handled_once(city: City, live_server: Any) -> None:
    peer = a_peer(f"{live_server.url}/open311/v2")
    going, waiting = cases(city, 2)
    going = dispatch(going, by=None, at=NOW())
    exchange(peer, at=NOW())
    for case in there():
        close(filed(case), at=NOW())
    before = Peer.objects.get().cursor
    exchange(peer, at=NOW())
    going.refresh_from_db()
    waiting.refresh_from_db()
    assert (going.stage, waiting.stage) == (Stage.HANDLED, Stage.FILED)
    assert "closed" in going.history.order_by("pk").last().note
    # The same page read twice, as by another worker that was slower, changes nothing.
    Peer.objects.update(cursor=Peer.objects.get().cursor)
    lines = going.history.count()
    peer.cursor = before
    assert hear(peer, at=NOW()) == 0
    assert going.history.count() == lines


@pytest.mark.django_db(transaction=True)
def test_a_platform_that_is_away_costs_no_case(city: City, live_server: Any) -> None:
    peer = a_peer("http://127.0.0.1:9/open311/v2")
    cases(city, 2)
    done = exchange_due(at=NOW())
    assert (done.chosen, done.failed, done.sent, done.silent) == (2, 2, 0, 1)
    peer.refresh_from_db()
    assert "no answer" in peer.last_error
    row = PassedUp.objects.first()
    assert row is not None
    assert (row.state, row.attempts, row.next_at > NOW()) == ("waiting", 1, True)
    # It moves: the same rows go to its new address.
    Peer.objects.update(url=f"{live_server.url}/open311/v2")
    a_key = key_for(f"{live_server.url}/open311/v2")
    keyring.make_key("district", scopes=["report", "exchange"], source="transfer", per_minute=99, per_day=99, at=NOW(),
                     given=a_key)  # fmt: skip
    assert exchange_due(at=NOW() + HOUR).sent == 2


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_not_known_yet_waits_and_what_is_refused_is_told(city: City, live_server: Any) -> None:
    url = f"{live_server.url}/open311/v2"
    peer = a_peer(url, key=False)
    cases(city, 1)
    assert exchange(peer, at=NOW()).failed == 1
    assert "api_key" in PassedUp.objects.get().last_error
    keyring.make_key("district", scopes=["report", "exchange"], source="transfer", per_minute=99, per_day=99, at=NOW(),
                     given=key_for(url))  # fmt: skip
    PassedUp.objects.update(told={**PassedUp.objects.get().told, "service_code": "event-9999"})
    assert exchange(peer, at=NOW() + HOUR).refused == 1
    assert "no service" in PassedUp.objects.get().last_error
    PassedUp.objects.update(told={**PassedUp.objects.get().told, "service_code": "event-0103"})
    assert exchange(peer, at=NOW() + 2 * HOUR).sent == 0
    assert send_again(peer, at=NOW()) == 1
    assert exchange(peer, at=NOW() + 3 * HOUR).sent == 1


@pytest.mark.django_db
def test_no_call_goes_into_a_private_network_that_is_not_named(city: City, settings: Any) -> None:
    settings.HOOK_NETWORKS = []
    peer = a_peer("https://127.0.0.1/open311/v2", key=False)
    with pytest.raises(NotDelivered, match="private network"):
        hear(peer, at=NOW())


# ---- the cursor -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_step_that_is_committed_late_is_not_missed(city: City, live_server: Any) -> None:
    """One case's step is written first and committed last: who read the other's meanwhile still gets it."""
    peer = a_peer(f"{live_server.url}/open311/v2")
    cases(city, 2)
    exchange(peer, at=NOW())
    key = OpenKey.objects.get()
    slow, quick = there().order_by("pk")
    upto = news_of(key, after=0, most=100)[-1].number
    written, read = threading.Event(), threading.Event()

    def decline_slowly() -> None:
        with transaction.atomic():
            verifying.decline(slow, by=None, at=NOW(), note="慢")
            written.set()
            assert read.wait(20)
        connection.close()

    thread = threading.Thread(target=decline_slowly)
    thread.start()
    try:
        assert written.wait(20)
        verifying.decline(quick, by=None, at=NOW(), note="快")
        first = news_of(key, after=upto, most=100)
    finally:
        read.set()
        thread.join()
    second = news_of(key, after=first[-1].number, most=100)
    assert [[n.note for n in page] for page in (first, second)] == [["快"], ["慢"]]


@pytest.mark.django_db(transaction=True)
def test_news_are_for_the_key_that_passed_the_case_up(city: City, live_server: Any, client: Any) -> None:
    peer = a_peer(f"{live_server.url}/open311/v2")
    cases(city, 1)
    exchange(peer, at=NOW())
    other = keyring.make_key("other", scopes=["exchange"], source="transfer", per_minute=9, per_day=9, at=NOW())
    reports = keyring.make_key("app", scopes=["report"], source="public", per_minute=9, per_day=9, at=NOW())
    address = "/open311/v2/servicerequestupdates.json"
    assert client.get(address, {"after": 0, "api_key": other}).json() == []
    assert client.get(address, {"after": 0, "api_key": reports}).status_code == 403
    assert client.get(address, {"after": 0}).status_code == 403
    mine = client.get(address, {"after": 0}, headers={"X-Api-Key": key_for(peer.url)}).json()
    assert [row["source_label"] for row in mine] == [PassedUp.objects.get().case.number]


# ---- the drill ------------------------------------------------------------------------------------------------------


def test_the_drill_counts_what_is_lost_and_doubled() -> None:
    below = {"rows": [["a", "1", "closed", "sent", 2], ["b", "2", "closed", "sent", 2], ["c", "3", "", "sent", 0]],
             "told_done": {"a": 1, "b": 2}, "attempts": 9, "rounds": 3}  # fmt: skip
    above = {"rows": [["a", "1", "closed", "w1"], ["b", "2", "declined", "w2"], ["b2", "4", "reported", "w2"]],
             "steps": {"1": 2, "2": 2}}  # fmt: skip
    found = compare(below, above)
    assert (found["sent"], found["received"], found["lost"], found["doubled"]) == (3, 3, 1, 1)
    results = [found[name] for name in ("results", "results_received", "results_lost", "results_doubled")]
    assert results == [2, 1, 1, 1]


def test_the_wire_loses_the_same_for_the_same_seed() -> None:
    def fates(seed: int) -> list[str]:
        with a_wire(port=1, loss=0.5, seed=seed) as (wire, _):
            return [wire.draw(f"call {n % 20}") for n in range(200)]

    assert fates(3) == fates(3) != fates(4)
    lost = Counter(fates(3))
    assert 60 < lost["lost_going"] + lost["lost_coming"] < 140
