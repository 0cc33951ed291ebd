"""Live updates: PostgreSQL's NOTIFY carried to every open page by Server-Sent Events at `/live/`.

One LISTEN connection a process, opened with the first reader and closed with the last, is fanned out to a bounded queue
a reader. Events carry ids only; the page fetches what it may see, and a case of another territory is not told of at
all (but for its id, where it went up the ladder: those below it keep it in sight). Whoever may have missed something (a
reader back from a break, a queue run over, a database back from a restart) is told `refetch` instead of being sent a
backlog.

Events: `hello` (listening has begun: fetch now, nothing after it is lost), `case`, `edition`, `plan`, `away` (the
database is gone; `refetch` when it is back), `refetch`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from cases.moves import CHANNEL as CASE_CHANNEL
from cells.editions import CHANNEL as EDITION_CHANNEL
from cells.plans.doing import CHANNEL as PLAN_CHANNEL
from cells.territory import territory_of
from maps.errors import LoginNeeded, problem
from maps.watching.metrics import READERS
from spatial.postgis import roles

CHANNELS = {CASE_CHANNEL: "case", EDITION_CHANNEL: "edition", PLAN_CHANNEL: "plan"}
HEARTBEAT_S = 15.0
# A stream ends now and then, so that a page whose session has ended is asked again who it is.
LIFETIME_S = 900.0
MOST_WAITING = 200
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0
_ALIVE_CHECK_S = 60.0

log = logging.getLogger(__name__)


def wire(event: str, data: str) -> str:
    """One event as it goes over the wire; the data may have several lines."""
    return f"event: {event}\n" + "".join(f"data: {line}\n" for line in data.splitlines() or [""]) + "\n"


REFETCH, AWAY = wire("refetch", "{}"), wire("away", "{}")


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose cases a reader is told of: those of some grids (None: of all), and those that are his own work."""

    user: int
    grids: frozenset[int] | None

    def told(self, event: str, payload: str) -> str | None:
        """An event as this reader gets it, or None where it is not his."""
        if event != "case":
            return wire(event, payload)
        told = json.loads(payload)
        owners, people, up = told.pop("owners", None), told.pop("people", []), told.pop("up", False)
        if self.grids is None or owners is None or self.user in people or not self.grids.isdisjoint(owners):
            return wire(event, json.dumps(told))
        return wire(event, json.dumps({"id": told["id"]})) if up else None


class Switchboard:
    """The readers of one process and the one connection that listens for them."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[str], Sight] = {}
        self._listener: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    @asynccontextmanager
    async def reader(self, sight: Sight) -> AsyncIterator[asyncio.Queue[str]]:
        """A queue that fills with events as long as the context lasts."""
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._queues[queue] = sight
        READERS.inc()
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        try:
            yield queue
        finally:
            self._queues.pop(queue, None)
            READERS.dec()
            if not self._queues and self._listener is not None:
                self._listener.cancel()
                self._listener = None
                self.listening.clear()

    def tell(self, event: str, payload: str) -> None:
        """Hand an event to every reader whom it concerns; one who does not keep up is told to fetch anew instead."""
        for queue, sight in self._queues.items():
            message = sight.told(event, payload)
            if message is None:
                continue
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                message = REFETCH
            queue.put_nowait(message)

    async def _listen(self) -> None:
        pause_s, again = FIRST_PAUSE_S, False
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listening:
                    for channel in CHANNELS:
                        await listening.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
                    self.listening.set()
                    if again:
                        self.tell("refetch", "{}")
                    pause_s = FIRST_PAUSE_S
                    while True:
                        async for note in listening.notifies(timeout=_ALIVE_CHECK_S):
                            self.tell(CHANNELS[note.channel], note.payload)
                        await listening.execute("SELECT 1")
            except (psycopg.Error, OSError) as error:
                if self.listening.is_set():
                    self.tell("away", "{}")
                log.warning("Live updates lost the database (%s); trying again in %.1f s.", error, pause_s)
            self.listening.clear()
            again = True
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _parameters() -> dict[str, Any]:
    """How Django reaches its database, without what only Django understands."""
    own = {"cursor_factory", "context", "prepare_threshold"}
    found = {key: value for key, value in connection.get_connection_params().items() if key not in own}
    return {**found, "application_name": "wanmi live", "connect_timeout": 5}


_boards: WeakKeyDictionary[asyncio.AbstractEventLoop, Switchboard] = WeakKeyDictionary()


def _board() -> Switchboard:
    return _boards.setdefault(asyncio.get_running_loop(), Switchboard())


async def _events(board: Switchboard, sight: Sight, *, back: bool) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + LIFETIME_S * random.uniform(0.8, 1.2)
    async with board.reader(sight) as queue:
        yield "retry: 1000\n\n"
        while not board.listening.is_set():
            try:
                await asyncio.wait_for(board.listening.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield AWAY
        yield wire("hello", json.dumps({"back": back}))
        if back:
            yield REFETCH
        while loop.time() < ends:
            try:
                yield await asyncio.wait_for(queue.get(), HEARTBEAT_S)
            except TimeoutError:
                yield ": still here\n\n"


def _sight(user: Any) -> Sight:
    """What a reader is told of, as long as his stream lasts; the connection is given back."""
    grids = territory_of(user)
    roles.give_back()
    connection.close()
    return Sight(user.pk, None if grids is None else frozenset(grids))


async def live(request: HttpRequest) -> HttpResponseBase:
    """The stream of events for a logged-in page; a reader that comes back (Last-Event-ID or `?back`) refetches."""
    user = await request.auser()
    if not user.is_authenticated:
        refused = problem(LoginNeeded("Live updates need a login.", hint="Log in at /login/."))
        assert refused is not None
        return refused.as_json()
    # The stream may last for minutes: give back the connection that asked for the session.
    # (The name stands for one connection a thread: it must be looked up in the thread that closes it.)
    sight = await sync_to_async(_sight)(user)
    back = "Last-Event-ID" in request.headers or "back" in request.GET
    events = _events(_board(), sight, back=back)
    response = StreamingHttpResponse(events, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response
