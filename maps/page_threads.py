"""The threads that pages are made in: each request has one for itself as long as it lasts, and hands it on.

A new thread for each request, as Django's own handler has it, took as much time as the least of pages: the thread, a
second one to end it, a new set of database connections, and a projection that PROJ sets up for each thread. Here a
thread goes back when its request is over, and the next one begins with the connections that it has. One that a broken
request has left in the middle of something, say of a transaction, is let go instead: nobody's next request begins in
somebody's last.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

MOST_IDLE = 40


class PageThread(ThreadPoolExecutor):
    """One thread, and the database connections that were opened in it."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="page")
        self._connections: list[Any] = []

    def remember(self) -> None:
        """To be called in the thread itself, before the request is over."""
        self._connections = connections.all(initialized_only=True)

    def is_clean(self) -> bool:
        """Whether nothing of its request is left: no connection open, none in a transaction or under a reader's role.

        A role is left where a browser went away before its page was made.
        """
        return not any(
            one.connection is not None or one.in_atomic_block or one.execute_wrappers for one in self._connections
        )


class PageThreads:
    """Those that wait for a request, the one used last first; for one event loop."""

    def __init__(self) -> None:
        self._idle: list[PageThread] = []

    def __len__(self) -> int:
        return len(self._idle)

    def take(self) -> PageThread:
        """One for a request that begins."""
        return self._idle.pop() if self._idle else PageThread()

    def give_back(self, thread: PageThread) -> None:
        """Its request is over, its response closed."""
        if thread.is_clean() and len(self._idle) < MOST_IDLE:
            self._idle.append(thread)
        else:
            thread.shutdown(wait=False)
