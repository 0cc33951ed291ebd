"""Threads are handed from page to page, but nobody's request begins in what another has left behind."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from maps.asgi import Site
from maps.page_threads import MOST_IDLE, PageThread, PageThreads

together, begun, gone = threading.Barrier(3), threading.Event(), threading.Event()
numbers, mine = itertools.count(), threading.local()


def me() -> int:
    """A number for each thread that no later one gets, as the system's own may."""
    if not hasattr(mine, "number"):
        mine.number = next(numbers)
    return int(mine.number)


def who(_request: HttpRequest) -> HttpResponse:
    """The thread, and whether the connection is as new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), txid_current_if_assigned() IS NULL")
        role, unused = cursor.fetchone()
    return HttpResponse(f"{me()} {role} {unused} {connection.in_atomic_block}")


def at_once(request: HttpRequest) -> HttpResponse:
    together.wait(30)
    return who(request)


def unfinished(_request: HttpRequest) -> HttpResponse:
    """What a broken generator does: a transaction that nobody ends."""
    transaction.atomic().__enter__()
    User.objects.filter(username="nobody").update(first_name="x")
    return HttpResponse(str(me()))


def slow(request: HttpRequest) -> HttpResponse:
    """A page that is not made yet when its reader goes away."""
    begun.set()
    assert gone.wait(30)
    return who(request)


def streamed(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(str(me()) for _ in range(2))


urlpatterns = [
    path("who", who), path("at-once", at_once), path("unfinished", unfinished), path("streamed", streamed),
    path("slow", slow),
]  # fmt: skip
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


async def ask(site: Site, where: str, *, goes_away: bool = False) -> str:
    """The body of an answer, over ASGI; nothing, if the reader goes away once the page has begun."""
    sent: list[Any] = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        for message in asked:
            return message
        if goes_away:
            await asyncio.to_thread(begun.wait, 30)
            # By the same loop, after it has heard of it.
            asyncio.get_running_loop().call_later(0.2, gone.set)
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": where, "raw_path": where.encode(), "query_string": b"",
        "root_path": "", "headers": [(b"host", b"localhost")], "http_version": "1.1", "scheme": "http",
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await site(scope, receive, send)
    if goes_away:
        assert not sent
        return ""
    assert sent[0]["status"] == 200, sent
    return b"".join(message.get("body", b"") for message in sent[1:]).decode()


def run(*addresses: str, at_a_time: int = 1) -> tuple[Site, list[str]]:
    async def all_of_them() -> tuple[Site, list[str]]:
        site, told = Site(), []
        for k in range(0, len(addresses), at_a_time):
            told += await asyncio.gather(*(ask(site, where) for where in addresses[k : k + at_a_time]))
        return site, told

    with override_settings(ROOT_URLCONF=__name__):
        return asyncio.run(all_of_them())


def test_one_after_the_other_takes_the_same_thread_and_finds_it_as_new() -> None:
    site, told = run("/who", "/who", "/streamed", "/who")
    first = told[0].split()[0]
    assert told[2] == first * 2
    assert [one.split()[0] for one in told if " " in one] == [first] * 3
    assert {one.split()[-1] for one in told if " " in one} == {"False"}
    assert len(site._threads) == 1


def test_those_that_come_together_have_each_their_own() -> None:
    site, told = run(*["/at-once"] * 3, *["/at-once"] * 3, at_a_time=3)
    first, second = ({one.split()[0] for one in some} for some in (told[:3], told[3:]))
    assert len(first) == 3
    assert first == second
    assert len(site._threads) == 3


def test_a_thread_left_in_a_transaction_is_let_go() -> None:
    kept: list[PageThread] = []
    whole = PageThreads.give_back

    def looked_at(threads: PageThreads, thread: PageThread) -> None:
        kept.append(thread)
        whole(threads, thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PageThreads, "give_back", looked_at)
        site, told = run("/who", "/unfinished", "/who")
    try:
        before, broken, after = (one.split()[0] for one in told)
        assert before == broken != after
        assert told[2].endswith("True False"), "the next one is in no transaction, least of all in that one"
        assert len(site._threads) == 1
    finally:
        for one in kept[1]._connections:
            one.connection.close()  # not to hold its locks for the tests to come


def test_a_thread_whose_reader_went_away_is_let_go_with_the_role_it_wore() -> None:
    async def both() -> tuple[str, int, str]:
        site = Site()
        first = await ask(site, "/who")
        await ask(site, "/slow", goes_away=True)
        return first, len(site._threads), await ask(site, "/who")

    begun.clear()
    gone.clear()
    with override_settings(ROOT_URLCONF=__name__):
        first, kept, after = asyncio.run(both())
    assert kept == 0
    assert after.split()[0] != first.split()[0]
    assert after.split()[1:] == first.split()[1:], "under the same role, in no transaction"


def test_no_more_wait_than_are_worth_it() -> None:
    threads = PageThreads()
    taken = [threads.take() for _ in range(MOST_IDLE + 3)]
    for thread in taken:
        threads.give_back(thread)
    assert len(threads) == MOST_IDLE
    assert threads.take() is taken[MOST_IDLE - 1], "the one used last"
