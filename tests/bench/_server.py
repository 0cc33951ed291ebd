"""The server of `make run` with two workers, and a client that costs next to nothing beside it.

The client speaks HTTP/1.1 over one socket it keeps: on two cores every microsecond of a comfortable client would be
counted as the server's, and most of all in the floor.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from tests.bench._city import TOKEN

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
# uvicorn hangs up after five seconds of silence.
IDLE_S = 3.0


@contextmanager
def served() -> Iterator[int]:
    """The site and the floor of the database of this process, as .ci/serve.sh serves the site; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-m", "uvicorn", "maps.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    words += [
        "--workers",
        str(WORKERS),
        "--log-level",
        "warning",
        "--timeout-graceful-shutdown",
        "3",
        "--http",
        "maps.wire:AtOnce",
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.bench._floor_settings", "CITY_POOL": "12"}
    server = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stdout=sys.stderr)
    try:
        give_up = time.monotonic() + 60
        while True:
            with suppress(OSError), Line(port) as line:
                line.ask("GET", "/login/")
                break
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError("The server does not answer.")
            time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(15)
        server.kill()


class Line:
    """One connection to the server that stays open, of one logged-in reader (or of nobody)."""

    def __init__(self, port: int, cookies: str = "") -> None:
        self._port = port
        self._open()
        self._headers = "Host: 127.0.0.1\r\n" + (f"Cookie: {cookies}\r\nX-CSRFToken: {TOKEN}\r\n" if cookies else "")

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used, self._kept = time.monotonic(), b""

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of the answer."""
        if time.monotonic() - self._used > IDLE_S:  # the server may be hanging up just now
            self._socket.close()
            self._open()
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{self._headers}{more}\r\n".encode() + body)
        while b"\r\n\r\n" not in self._kept:
            self._read()
        head, _, self._kept = self._kept.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        said = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        if b"content-length" in said:
            length = int(said[b"content-length"])
            while len(self._kept) < length:
                self._read()
            answer, self._kept = self._kept[:length], self._kept[length:]
        else:
            answer = self._chunks()
        self._used = time.monotonic()
        return int(lines[0].split(b" ")[1]), answer

    def _chunks(self) -> bytes:
        whole = b""
        while True:
            while b"\r\n" not in self._kept:
                self._read()
            size, _, rest = self._kept.partition(b"\r\n")
            length = int(size, 16)
            while len(rest) < length + 2:
                self._read()
                rest = self._kept.partition(b"\r\n")[2]
            whole += rest[:length]
            self._kept = rest[length + 2 :]
            if not length:
                return whole

    def _read(self) -> None:
        found = self._socket.recv(65536)
        if not found:
            raise ConnectionError("The server hung up.")
        self._kept += found


def for_a_while(lines: list[Line], ask: Callable[[Line, int], None], *, seconds: float) -> np.ndarray:
    """(n,) milliseconds of the answers, each line asking again as soon as it has its own; `ask` gets line and place."""
    ends = time.perf_counter() + seconds
    took: list[list[float]] = [[] for _ in lines]
    broke: list[BaseException] = []

    def work(place: int) -> None:
        try:
            while time.perf_counter() < ends and not broke:
                began = time.perf_counter()
                ask(lines[place], place)
                took[place].append((time.perf_counter() - began) * 1000)
        except BaseException as error:
            broke.append(error)

    threads = [threading.Thread(target=work, args=[place]) for place in range(len(lines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broke:
        raise broke[0]
    return np.concatenate([np.array(times) for times in took])


def expect(answer: tuple[int, bytes], status: int) -> bytes:
    """The body of an answer that is as it must be."""
    if answer[0] != status:
        raise RuntimeError(f"The server answers {answer[0]}: {answer[1][:300].decode(errors='replace')}")
    return answer[1]
