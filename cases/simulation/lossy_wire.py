"""A wire between two platforms that loses calls: half of the lost before they arrive, half with the answer on its way.

What is lost is drawn from the seed, the call and how often it was made, so that a run can be made again whatever the
order in which calls come in. A lost call ends like one whose network went away: the connection closes without a word.
"""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

_PASSED = ("Content-Type", "Idempotency-Key", "X-Api-Key", "Accept")


class LossyWire:
    """What passed and what was lost: `calls`, `lost_going`, `lost_coming`."""

    def __init__(self, *, port: int, loss: float, seed: int) -> None:
        self.port, self.loss, self.seed = port, loss, seed
        self.count = Counter[str]()
        self._made = Counter[str]()
        self._lock = threading.Lock()

    def draw(self, call: str) -> str:
        """What becomes of a call: "" where it passes, `lost_going` or `lost_coming`."""
        with self._lock:
            self._made[call] += 1
            nth = self._made[call]
            share = Random(f"{self.seed}/{call}/{nth}").random()
            fate = "lost_going" if share < self.loss / 2 else "lost_coming" if share < self.loss else ""
            self.count["calls"] += 1
            self.count[fate] += bool(fate)
        return fate

    def pass_on(self, verb: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, kind and body that the far end answers with."""
        far = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            far.request(verb, path, body=body or None, headers=headers)
            answer = far.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read()
        finally:
            far.close()


@contextmanager
def a_wire(*, port: int, loss: float, seed: int) -> Iterator[tuple[LossyWire, str]]:
    """A wire to a port of this machine, and the address of its near end; it lasts as long as the context."""
    wire = LossyWire(port=port, loss=loss, seed=seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.close_connection = True
            fate = wire.draw(self.headers.get("Idempotency-Key") or self.path)
            if fate == "lost_going":
                return
            headers = {name: self.headers[name] for name in _PASSED if self.headers.get(name)}
            status, kind, said = wire.pass_on(self.command, self.path, body, headers)
            if fate == "lost_coming":
                return
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(said)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield wire, f"http://127.0.0.1:{server.server_port}/open311/v2"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
