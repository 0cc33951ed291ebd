"""A receiver of web-hooks on this machine, and an outbox that is allowed to reach it."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cases import outbox
from cases.models import Outgoing
from cells.models import Rule
from tests.cases.makers import NOON


@dataclass(slots=True)
class Receiver:
    """What came to it, and how it answers."""

    url: str = ""
    status: int = 200
    location: str = ""
    pause_s: float = 0.0
    drip_s: float = 0.0
    # From so many on, each is kept waiting until `release` is set.
    hold_after: int | None = None
    release: threading.Event = field(default_factory=threading.Event)
    held: int = 0
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keys(self) -> Counter[str]:
        """How often each key came."""
        with self.lock:
            return Counter(headers["idempotency-key"] for headers, _ in self.came)

    def take(self, headers: dict[str, str], body: bytes) -> None:
        with self.lock:
            self.came.append((headers, body))
            hold = self.hold_after is not None and len(self.came) > self.hold_after and not self.release.is_set()
            self.held += hold
        if hold:
            self.release.wait(30)
        time.sleep(self.pause_s)


@contextmanager
def a_receiver(**given: Any) -> Iterator[Receiver]:
    """A web-hook's receiver at http://127.0.0.1:…/take for as long as the context lasts."""
    receiver = Receiver(**given)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            with suppress(OSError):  # whoever asked was killed
                self._answer()

        do_GET = do_POST

        def _answer(self) -> None:
            if receiver.drip_s:
                for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000:
                    self.wfile.write(bytes([letter]))
                    time.sleep(receiver.drip_s)
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/take"
        try:
            yield receiver
        finally:
            receiver.release.set()
            server.shutdown()


def a_message(key: str = "k", *, to: str, at: dt.datetime = NOON, **given: Any) -> Outgoing:
    """A message for a web-hook, but for what is given."""
    return outbox.post(**{"kind": "hook", "to": to, "body": "已处理，谢谢您的来电。", "key": key, "at": at, **given})


def a_rule(slug: str, value: float) -> None:
    assert Rule.objects.filter(pk=slug).update(value=value) == 1
