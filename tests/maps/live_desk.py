"""A real server of two processes on the test database, its streams of events, and a wire that can be cut."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import connection

from maps import cluster


class Reader:
    """One open stream of events."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.wire.request("GET", "/live/", headers=headers)
        self.response = self.wire.getresponse()

    def event(self) -> tuple[str, dict[str, object]]:
        """The next event, comments and the retry time passed over."""
        name = ""
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
            elif not line and self.response.isclosed():
                raise ConnectionError("the stream ended")

    def close(self) -> None:
        self.response.close()
        self.wire.close()


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def answers(port: int) -> bool:
    try:
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        wire.request("GET", "/live/")
        return wire.getresponse().status == 401
    except OSError:
        return False


@contextmanager
def serving(address: str, **environment: str) -> Iterator[int]:
    """The site, served by two processes with a database at an address; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "maps.asgi:application", "--port", str(port), "--workers", "2",
         "--log-level", "warning", "--timeout-graceful-shutdown", "2"],
        cwd=settings.ROOT,
        env={**os.environ, "DATABASE_URL": address, **environment},
        start_new_session=True,
    )  # fmt: skip
    try:
        assert until(lambda: answers(port), 60), "the server does not answer"
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


class Wire:
    """A way to the private cluster that can be cut: what goes over it breaks off, and nothing new gets through."""

    def __init__(self, folder: str) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._ends: set[socket.socket] = set()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._door: socket.socket | None = None
        self.mend()

    def address(self, database: str) -> str:
        """A DATABASE_URL that goes over the wire."""
        return f"postgis://{cluster.USER}@127.0.0.1:{self.port}/{database}"

    def mend(self) -> None:
        """Let connections through (again); nothing where they go through."""
        if self._door is not None:
            return
        self._door = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._let_in, args=[self._door], daemon=True).start()

    def cut(self) -> None:
        """Break every connection off, and refuse new ones."""
        door, self._door = self._door, None
        if door is not None:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept()
            door.close()
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _let_in(self, door: socket.socket) -> None:
        while True:
            try:
                here, _ = door.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            try:
                there.connect(f"{self._folder}/.s.PGSQL.5432")
            except OSError:
                here.close()
                continue
            with self._lock:
                self._ends |= {here, there}
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while found := one.recv(65536):
                other.sendall(found)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._ends -= {one, other}
        with suppress(OSError):
            one.close()
